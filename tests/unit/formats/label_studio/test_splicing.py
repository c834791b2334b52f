"""Files of tasks that are written back: unedited ones byte for byte, edited ones in part."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from foveal.formats.base.model.items import Annotation
from tests.unit.formats.label_studio.editing import converted, edited
from tests.unit.formats.label_studio.tasks import annotation, rectangle, task, write
from tests.unit.formats.label_studio.test_hostile import everything
from tests.unit.formats.label_studio.test_references import tree
from tests.unit.formats.reading import Line, inspected, of_kind


@pytest.mark.parametrize("indent", [None, 2])
def test_unedited_tasks_go_out_byte_for_byte(tmp_path: Path, indent: int | None) -> None:
    tasks = [
        task(annotation(rectangle(10, 10.0, 1e-2, 20), {"type": "relation"}), drafts=[{"result": [{}]}]),
        task(id=2, data={"image": "b.jpg"}),
        task(id=3, data={"text": "no media"}),
        "no task",
    ]
    (tmp_path / "t.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(tasks, indent=indent).encode() + b"\n")
    found = converted(tmp_path / "t.json", tmp_path / "out.json")
    assert (tmp_path / "out.json").read_bytes() == (tmp_path / "t.json").read_bytes()
    assert (found[-1]["written"], found[-1]["left_out"]) == (1, 0)


def test_unedited_folder_goes_out_file_by_file(tmp_path: Path) -> None:
    path = tree(tmp_path)
    converted(path, tmp_path / "out")
    for name in ("1.json", "2.json", "3"):
        assert (tmp_path / "out" / name).read_bytes() == (path / name).read_bytes()
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for name in ("1.json", "2.json", "3"):
            archive.write(path / name, name)
    converted(tmp_path / "set.zip", tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as made:
        assert {name: made.read(name) for name in made.namelist()} == {
            name: (path / name).read_bytes() for name in ("1.json", "2.json", "3")
        }


def test_folder_becomes_one_list_when_one_file_is_wanted(tmp_path: Path) -> None:
    converted(tree(tmp_path), tmp_path / "all.json")
    assert [each["id"] for each in json.loads((tmp_path / "all.json").read_text())] == [1, 1, 9]


def test_secrets_are_all_that_changes_in_a_task(tmp_path: Path) -> None:
    one = task(annotation(rectangle(1, 1, 5, 5), completed_by={"id": 7, "email": "a@b.example"}))
    one["data"] = {"image": "https://h.example/a.jpg?X-Amz-Signature=s&x=1", "meta": "kept?x=1"}
    converted(write(tmp_path, one), tmp_path / "out.json")
    one["annotations"][0]["completed_by"], one["data"]["image"] = 7, "https://h.example/a.jpg"
    assert json.loads((tmp_path / "out.json").read_text()) == [one]


def moved(one: Annotation) -> Annotation:
    """Move the box of region `e`."""
    if one.body.get("instance_id") != "e":
        return one
    return replace(one, body=one.body | {"bbox": [0.07, 0.29, 0.5, 0.25]}, is_edited=True)


def test_one_edit_changes_one_result_of_one_task(tmp_path: Path) -> None:
    tasks = [task(annotation(rectangle(1, 1, 5, 5)), id=at, data={"image": f"{at}.jpg"}) for at in range(50)]
    tasks[7] = task(
        annotation(rectangle(1.10, 1, 5, 5), rectangle(2, 2, 5, 5, id_="e"), {"type": "relation", "from_id": "e"}),
        id=7,
        data={"image": "7.jpg"},
    )
    text = json.dumps(tasks, indent=1)
    (tmp_path / "t.json").write_text(text)
    losses = edited(tmp_path / "t.json", tmp_path / "out.json", moved)
    made = (tmp_path / "out.json").read_text()
    before, after = json.loads(text), json.loads(made)
    assert [at for at in range(50) if before[at] != after[at]] == [7]
    value = after[7]["annotations"][0]["result"][1]["value"]
    assert value == {"x": 7, "y": 29, "width": 50, "height": 25, "rotation": 0, "rectanglelabels": ["Car"]}
    expected = before[7]
    expected["annotations"][0]["result"][1]["value"] = value
    assert after[7] == expected
    assert made.startswith(text[:400])
    assert made.endswith(text[-400:])
    assert (losses.losses(), losses.written) == ([], 51)


def test_removed_annotation_leaves_its_task_and_the_rest(tmp_path: Path) -> None:
    path = write(
        tmp_path, task(annotation(rectangle(1, 1, 5, 5, labels=["Car", "Red"]), rectangle(9, 9, 5, 5, id_="b")))
    )
    edited(path, tmp_path / "1.json", lambda one: None if one.body["instance_id"] == "b" else one)
    (found,) = json.loads((tmp_path / "1.json").read_text())
    assert [each["id"] for each in found["annotations"][0]["result"]] == ["r1"]
    edited(path, tmp_path / "2.json", lambda one: None if one.body["label"] == "Red" else one)
    (found,) = json.loads((tmp_path / "2.json").read_text())
    assert [each["value"]["rectanglelabels"] for each in found["annotations"][0]["result"]] == [["Car"], ["Car"]]
    edited(path, tmp_path / "3.json", lambda _: None)
    assert json.loads((tmp_path / "3.json").read_text())[0]["annotations"][0]["result"] == []


def test_new_annotation_joins_the_annotation_of_its_layer(tmp_path: Path) -> None:
    path = write(tmp_path, task(annotation(rectangle(1, 1, 5, 5))))
    body = {"field": "ground_truth", "type": "detection", "label": "Bus", "bbox": [0.1, 0.1, 0.2, 0.2]}
    other = body | {"field": "model", "run": {"model": "m"}, "confidence": 0.5}
    edited(path, tmp_path / "1.json", lambda one: one, {"a.jpg": Annotation("a.jpg", body, "new")})
    edited(path, tmp_path / "2.json", lambda one: one, {"a.jpg": Annotation("a.jpg", other, "new")})
    first, second = (json.loads((tmp_path / name).read_text())[0] for name in ("1.json", "2.json"))
    assert [each["value"]["rectanglelabels"] for each in first["annotations"][0]["result"]] == [["Car"], ["Bus"]]
    assert second["annotations"][0]["result"] == task(annotation(rectangle(1, 1, 5, 5)))["annotations"][0]["result"]
    (prediction,) = second["predictions"]
    assert (prediction["model_version"], prediction["score"], len(prediction["result"])) == ("m", 0.5, 1)


def same(one: Annotation) -> Annotation:
    return replace(one, is_edited=True)


def test_every_type_reads_back_the_same_when_all_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_bytes(everything())
    losses = edited(tmp_path / "t.json", tmp_path / "out.json", same)
    options = {"annotators": "one_layer"}
    before, after = (inspected(tmp_path / name, "label_studio", None, **options) for name in ("t.json", "out.json"))
    assert losses.left_out == 0

    def plain(lines: list[Line]) -> list[Line]:
        found = [each for each in of_kind(lines, "annotation") if each["asset"] != "d.jpg"]  # JSON_MIN has no ids
        return [{name: value for name, value in each.items() if name != "pointer"} for each in found]

    assert plain(after) == plain(before)
