"""Writing of tables: round trips of random data sets, splicing of edited rows, losses."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from foveal.formats.base.files.source import open_source
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import LabelledAsset
from foveal.formats.base.model.items import Annotation, Asset
from foveal.formats.registry import load
from tests.unit.formats.bodies import MemoryDataset, assert_near, datasets
from tests.unit.formats.converted import converted
from tests.unit.formats.reading import body, inspected, of_kind
from tests.unit.formats.written import Edited, edit, written


@pytest.mark.parametrize(("format_", "suffix"), [("csv", ".csv"), ("csv", ".tsv"), ("parquet", ".parquet")])
@settings(max_examples=25, deadline=None)
@given(dataset=datasets())
def test_table_reads_back_as_it_was_written(format_: str, suffix: str, dataset: MemoryDataset) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"out{suffix}"
        losses = written(dataset, path, format_)
        found = inspected(path)
    bodies = [annotation.body for each in dataset.content for annotation in each.annotations]
    assert (losses.losses(), losses.written) == ([], len(bodies))
    assert_near(bodies, [body(line) for line in of_kind(found, "annotation")])
    assert [(each.asset.file_name, each.asset.labelled) for each in dataset.content] == [
        (line["file_name"], line["labelled"]) for line in of_kind(found, "asset")
    ]


@settings(max_examples=25, deadline=None)
@given(dataset=datasets())
def test_metadata_jsonl_holds_boxes_and_tells_the_rest(dataset: MemoryDataset) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "metadata.jsonl"
        losses = written(dataset, path, "csv")
        found = inspected(path, box="xywh")
    boxes = [
        annotation.body["bbox"]
        for each in dataset.content
        for annotation in each.annotations
        if annotation.body["type"] == "detection"
    ]
    back = [line["bbox_px"] for line in of_kind(found, "annotation")]
    assert_near([[box[0] * 640, box[1] * 480, box[2] * 640, box[3] * 480] for box in boxes], back, 1e-6)
    count = sum(len(each.annotations) for each in dataset.content)
    assert (losses.written, losses.written + losses.left_out) == (len(boxes), count)


def test_csv_writes_the_edited_row_anew_and_leaves_the_others(tmp_path: Path) -> None:
    text = (
        "photo;label;x_min;y_min;x_max;y_max;note\r\na.jpg;cat;1,5;2;30;40;n1\r\n"
        "b.jpg; dog;1,50;2;30;40;\r\na.jpg;cow;1;2;9;9;\r\n"
    )
    (tmp_path / "in.csv").write_bytes(text.encode())
    with open_source(tmp_path / "in.csv") as source:
        dataset = Edited(source, load("csv"), Context())
        a, b = dataset.assets()
        cat = edit(a.annotations[0], label="big cat", bbox_px=[1.5, 2, 20, 38.5], attributes={"wild": True})
        new = Annotation("b.jpg", {"type": "detection", "field": "g", "label": "new", "bbox_px": [0, 0, 5, 5]}, "new")
        content = [
            replace(a, annotations=[cat], is_unedited=False),  # the cow is deleted
            replace(b, annotations=[*b.annotations, new], is_unedited=False),
        ]
        losses = written(dataset.changed(content), tmp_path / "out.csv", "csv")
    assert (tmp_path / "out.csv").read_bytes().decode() == (
        "photo;label;x_min;y_min;x_max;y_max;note\r\na.jpg;big cat;1,5;2;21,5;40,5;n1\r\n"
        "b.jpg; dog;1,50;2;30;40;\r\nb.jpg;new;0;0;5;5;\r\n"
    )
    assert [(loss.code, loss.field) for loss in losses.losses()] == [("no_column", "attributes")]
    assert (losses.written, losses.left_out) == (3, 0)


def test_json_lines_write_the_objects_of_an_edited_image_anew(tmp_path: Path) -> None:
    text = (
        '{"file_name":"a.jpg","mood":1.0,"objects":{"bbox":[[1,2,3,4],[5,6,7,8]],"categories":["x","y"]}}\n'
        '{"file_name": "b.jpg","objects":{"bbox":[[1,2,3,4]],"categories":["x"]}}\n'
    )
    (tmp_path / "in.jsonl").write_text(text)
    with open_source(tmp_path / "in.jsonl") as source:
        dataset = Edited(source, load("csv"), Context({"box": "xywh"}))
        a, b = dataset.assets()
        content = [replace(a, annotations=[edit(a.annotations[0], label="z")], is_unedited=False), b]
        losses = written(dataset.changed(content), tmp_path / "out.jsonl", "csv", box="xywh")
    assert (tmp_path / "out.jsonl").read_text() == (
        '{"file_name":"a.jpg","mood":1.0,"objects":{"bbox":[[1,2,3,4]],"categories":["z"]}}\n'
    ) + text.splitlines(keepends=True)[1]
    assert (losses.written, losses.losses()) == (2, [])


@pytest.mark.parametrize("format_", ["csv", "parquet", "croissant"])
def test_data_set_without_an_image_of_its_file_is_written_without_it(tmp_path: Path, format_: str) -> None:
    (tmp_path / "in.csv").write_text("image,label\na.jpg,cat\nb.jpg,dog\n")
    suffix = {"csv": ".csv", "parquet": ".parquet", "croissant": ""}[format_]
    converted(tmp_path / "in.csv", tmp_path / f"own{suffix}", format_)
    with open_source(tmp_path / f"own{suffix}") as source:
        dataset = Edited(source, load(format_), Context())
        content = list(dataset.assets())[1:]
        losses = written(dataset.changed(content), tmp_path / f"out{suffix}", format_)
    found = inspected(tmp_path / f"out{suffix}")
    assert [line["asset"] for line in of_kind(found, "annotation")] == ["b.jpg"]
    assert [line["file_name"] for line in of_kind(found, "asset")] == ["b.jpg"]
    assert losses.written == 1


def test_members_of_an_image_come_back(tmp_path: Path) -> None:
    asset = Asset("a.jpg", extra={"license": 3, "deep": {"a": [1]}})
    bodies = [{"type": "classification", "field": "g", "label": name} for name in ("x", "y")]
    dataset = MemoryDataset([LabelledAsset(asset, [Annotation("a.jpg", each, each["label"]) for each in bodies])])
    for name, format_ in (("a.csv", "csv"), ("a.parquet", "parquet"), ("c", "croissant")):
        assert written(dataset, tmp_path / name, format_).losses() == []
        found = inspected(tmp_path / name)
        assert of_kind(found, "asset")[0]["extra"] == {"license": 3, "deep": {"a": [1]}}
        assert [line["label"] for line in of_kind(found, "annotation")] == ["x", "y"]
