"""Relations and point labels of Open Images: two ends in a row, attributes, answers, and edits of them."""

from pathlib import Path
from typing import Any

import pytest

from foveal.formats.base.files.source import open_source
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import LabelledAsset
from foveal.formats.registry import load
from tests.unit.formats.openimages.test_openimages import table
from tests.unit.formats.reading import inspected, of_kind
from tests.unit.formats.written import Edited, edit, written

HEADER = "ImageID,LabelName1,LabelName2,XMin1,XMax1,YMin1,YMax1,XMin2,XMax2,YMin2,YMax2,RelationshipLabel"
AT = "1,/m/01,/m/02,0.25,0.75,0,1,0.5,1,0.25,0.5,at"
IS = "1,/m/01,/m/03,0.25,0.75,0,1,0.25,0.75,0,1,is"
NAMES = ("/m/01,Man", "/m/02,Table", "/m/03,Wooden")
POINTS = "ImageId,X,Y,Label,EstimatedYesNo,Source,YesVotes,NoVotes,UnsureVotes,TextLabel"


def relations(folder: Path, *rows: str) -> Path:
    table(folder, *NAMES, name="oidv7-class-descriptions.csv")
    return table(folder, HEADER, *rows, name="oidv6-train-annotations-vrd.csv")


def points(folder: Path, *answers: str) -> Path:
    rows = [f"1,0.5,0.25,/m/01,{each},ih,1,0,0," for each in answers]
    table(folder, *NAMES, name="oidv7-class-descriptions.csv")
    return table(folder, POINTS, *rows, name="oidv7-train-annotations-point-labels.csv")


def edited(folder: Path, out: Path, *changes: dict[str, Any] | None) -> Any:
    """Write a set whose annotations have these members, one after the other; None takes one away."""
    with open_source(folder) as source:
        dataset = Edited(source, load("openimages"), Context())
        (labelled,) = dataset.assets()
        pairs = zip(labelled.annotations, changes, strict=True)
        kept = [edit(each, **change) if change else each for each, change in pairs if change is not None]
        return written(dataset.changed([LabelledAsset(labelled.asset, kept)]), out, "openimages")


def text(folder: Path) -> list[str]:
    (path,) = (each for each in folder.iterdir() if "annotations" in each.name)
    return path.read_text().splitlines()[1:]


def test_relation_is_two_boxes_of_which_the_first_names_the_second(tmp_path: Path) -> None:
    found = inspected(relations(tmp_path, AT))
    man, desk = of_kind(found, "annotation")
    assert (man["label"], man["bbox"], man["field"]) == ("Man", [0.25, 0, 0.5, 1], "relationships")
    assert (desk["label"], desk["bbox"]) == ("Table", [0.5, 0.25, 0.5, 0.25])
    assert man["relations"] == [{"to": desk["instance_id"], "labels": ["at"]}]
    assert man["pointer"] == desk["pointer"]
    assert (found[-1]["records"], found[-1]["imported"]) == (1, 1)


def test_relation_to_an_attribute_is_one_box(tmp_path: Path) -> None:
    (found,) = of_kind(inspected(relations(tmp_path, IS)), "annotation")
    assert (found["label"], found["attributes"], "relations" in found) == ("Man", {"is": "Wooden"}, False)


def test_relation_with_a_broken_end_is_told_as_a_whole(tmp_path: Path) -> None:
    found = inspected(relations(tmp_path, AT.replace(",0.5,1,0.25", ",x,1,0.25")))
    assert of_kind(found, "annotation") == []
    assert ["XMin2" in line["reason"] for line in of_kind(found, "not_imported")] == [True]


def test_edited_end_changes_its_cells_alone(tmp_path: Path) -> None:
    losses = edited(relations(tmp_path / "in", AT, IS), tmp_path / "out", {}, {"bbox": [0.5, 0.25, 0.25, 0.5]}, {})
    assert text(tmp_path / "out") == [AT.replace(",0.5,1,0.25,0.5,at", ",0.5,0.75,0.25,0.75,at"), IS]
    assert (losses.written, losses.losses()) == (3, [])


def test_edited_class_and_relation_are_written(tmp_path: Path) -> None:
    changes = {"label": "Table", "relations": [{"to": "x", "labels": ["on"]}]}
    edited(relations(tmp_path / "in", AT), tmp_path / "out", changes, {})
    assert text(tmp_path / "out") == [AT.replace("/m/01", "/m/02").replace(",at", ",on")]


def test_relation_without_an_end_becomes_a_box_and_is_told(tmp_path: Path) -> None:
    losses = edited(relations(tmp_path / "in", AT), tmp_path / "out", {}, None)
    assert "relation_not_written" in {each.code for each in losses.losses()}
    tables = {each.name: each.read_text().splitlines()[1:] for each in (tmp_path / "out").iterdir()}
    assert tables["oidv6-train-annotations-vrd.csv"] == []
    assert len(tables["added-train-annotations-bbox.csv"]) == 1


@pytest.mark.parametrize(
    ("answer", "layer"), [("yes", "points"), ("unsure", "points_unsure"), ("no", "verified_absent")]
)
def test_point_lies_in_the_layer_of_its_answer(tmp_path: Path, answer: str, layer: str) -> None:
    (found,) = of_kind(inspected(points(tmp_path, answer)), "annotation")
    assert (found["type"], found["label"], found["field"]) == ("keypoints", "Man", layer)
    assert [(each["x"], each["y"]) for each in found["keypoints"]] == [(0.5, 0.25)]
    assert found.get("confidence") == (0 if answer == "no" else None)
    assert found["extra"] == {"Source": "ih", "YesVotes": "1", "NoVotes": "0", "UnsureVotes": "0"}


def test_point_with_another_answer_is_told(tmp_path: Path) -> None:
    found = inspected(points(tmp_path, "maybe"))
    assert ["EstimatedYesNo" in line["reason"] for line in of_kind(found, "not_imported")] == [True]


def test_edited_point_changes_its_cells_alone(tmp_path: Path) -> None:
    point = {"keypoints": [{"x": 0.75, "y": 0.25}]}
    losses = edited(points(tmp_path / "in", "yes", "no"), tmp_path / "out", {**point, "field": "verified_absent"}, {})
    assert text(tmp_path / "out") == ["1,0.75,0.25,/m/01,no,ih,1,0,0,", "1,0.5,0.25,/m/01,no,ih,1,0,0,"]
    assert (losses.written, losses.losses()) == (2, [])


def test_unedited_tables_are_written_byte_for_byte(tmp_path: Path) -> None:
    for number, folder in enumerate([relations(tmp_path / "a", AT, IS, "broken"), points(tmp_path / "b", "yes", "x")]):
        with open_source(folder) as source:
            dataset = Edited(source, load("openimages"), Context())
            written(dataset, tmp_path / f"out{number}", "openimages")
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert {path.name: path.read_bytes() for path in (tmp_path / f"out{number}").iterdir()} == files
