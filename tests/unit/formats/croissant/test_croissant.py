"""Croissant: record sets over tables, boxes by their format, splits, checksums; the metadata that is written."""

import hashlib
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from foveal.formats.base.files.source import open_source
from foveal.formats.base.model.dataset import LabelledAsset
from foveal.formats.base.model.items import Annotation, Asset, Label
from foveal.formats.croissant.values import is_safe
from foveal.formats.registry import detect
from tests.unit.formats.bodies import MemoryDataset, assert_near, datasets
from tests.unit.formats.converted import converted, mutations
from tests.unit.formats.reading import body, inspected, of_kind
from tests.unit.formats.written import written

CSV = "img,kind,box,part\na.jpg,1,10 20 30 40,train\nb.jpg,2,1 2 3 4,test\n"
Json = dict[str, Any]


def field(name: str, column: str, type_: Any = "sc:Text", file: str = "labels.csv", **more: Any) -> Json:
    source = {"fileObject": {"@id": file}, "extract": {"column": column}} | more.pop("source", {})
    return {"@type": "cr:Field", "@id": f"records/{name}", "dataType": type_, "source": source} | more


def document(*fields: Json, sets: tuple[Json, ...] = (), **file: Any) -> Json:
    resource = {"@type": "cr:FileObject", "@id": "labels.csv", "contentUrl": "labels.csv"} | file
    return {
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": "x",
        "distribution": [resource],
        "recordSet": [{"@type": "cr:RecordSet", "@id": "records", "field": list(fields)}, *sets],
    }


def write(folder: Path, metadata: Json, text: str = CSV, name: str = "labels.csv") -> Path:
    (folder / name).write_text(text)
    (folder / "croissant.json").write_text(json.dumps(metadata))
    return folder


BOXES = (
    field("image", "img"),
    field("kind", "kind", references={"field": {"@id": "kinds/id"}}),
    field("box", "box", "cr:BoundingBox", source={"format": "XYXY"}),
    field("part", "part", references={"@id": "splits/name"}),
)
KINDS = {
    "@id": "kinds",
    "dataType": "sc:Enumeration",
    "field": [{"@id": "kinds/id"}, {"@id": "kinds/name"}, {"@id": "kinds/supercategory"}],
    "data": [
        {"kinds/id": 1, "kinds/name": "cat", "kinds/supercategory": "animal"},
        {"kinds/id": 2, "kinds/name": "car", "kinds/supercategory": "thing"},
    ],
}
SPLITS = {
    "@id": "splits",
    "dataType": "cr:Split",
    "field": [{"@id": "splits/name"}],
    "data": [{"splits/name": "train"}, {"splits/name": "test"}],
}


def test_box_is_read_by_its_format_and_class_by_the_enumeration(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, document(*BOXES, sets=(KINDS, SPLITS))))
    assert [(line["file_name"], line["split"]) for line in of_kind(found, "asset")] == [
        ("a.jpg", "train"),
        ("b.jpg", "test"),
    ]
    assert [(line["label"], line["bbox_px"]) for line in of_kind(found, "annotation")] == [
        ("cat", [10, 20, 20, 20]),
        ("car", [1, 2, 2, 2]),
    ]
    assert [(line["name"], line["external_ids"], line["supercategory"]) for line in of_kind(found, "label")] == [
        ("cat", {"croissant": [1]}, "animal"),
        ("car", {"croissant": [2]}, "thing"),
    ]
    assert of_kind(found, "annotation")[0]["pointer"] == "labels.csv#L2"


def test_box_without_a_format_is_asked(tmp_path: Path) -> None:
    metadata = document(field("image", "img"), field("box", "box", "cr:BoundingBox"))
    found = inspected(write(tmp_path, metadata))
    assert ([line["option"] for line in of_kind(found, "question")], of_kind(found, "annotation")) == (["box"], [])
    assert of_kind(inspected(tmp_path, box="xywh"), "annotation")[0]["bbox_px"] == [10, 20, 30, 40]


def test_records_of_an_array_in_json_are_read_by_their_path(tmp_path: Path) -> None:
    def of(name: str, type_: str = "sc:Text", **more: Any) -> Json:
        found = field(name, "", type_, source=more)
        found["source"]["extract"] = {"jsonPath": f"$.annotations[*].{name}"}
        return found

    metadata = document(of("image_id"), of("bbox", "cr:BoundingBox", format="REL_XYWH"), contentUrl="l.json")
    text = '{"info": {}, "annotations": [{"image_id": "a.jpg", "bbox": [0.1, 0.2, 0.3, 0.4]}]}'
    found = inspected(write(tmp_path, metadata, text, "l.json"))
    annotation = of_kind(found, "annotation")[0]
    assert (annotation["bbox"], annotation["pointer"]) == ([0.1, 0.2, 0.3, 0.4], "l.json#/annotations/0")


def test_split_comes_from_the_name_of_the_file_by_a_pattern(tmp_path: Path) -> None:
    split = field("split", "", ["sc:Text", "wd:Q3985153"])
    split["source"] = {
        "fileSet": {"@id": "labels.csv"},
        "extract": {"fileProperty": "filename"},
        "transform": {"regex": r".*_(val|train)\.csv$"},
    }
    metadata = document(field("image", "img"), field("kind", "kind", "cr:Label"), split)
    metadata["distribution"][0] |= {"@type": "cr:FileSet", "includes": "labels_*.csv"}
    write(tmp_path, metadata, CSV, "labels_val.csv")
    assert [line["split"] for line in of_kind(inspected(tmp_path), "asset")] == ["val", "val"]


@pytest.mark.parametrize("pattern", ["(a+)+$", "(.*)*x", ".*.*.*x", "(a|a)+", "((a))?b", "a" * 501])
def test_pattern_that_may_take_forever_is_not_tried(pattern: str) -> None:
    assert not is_safe(pattern)


@pytest.mark.parametrize("pattern", [r"^(train|val|test)2014/.*\.jpg$", r".*_(val|train)2014\.json$", r"_(\d+)\."])
def test_pattern_of_the_specification_is_tried(pattern: str) -> None:
    assert is_safe(pattern)


def test_file_with_another_checksum_is_warned_of_and_a_remote_one_is_not_fetched(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, document(*BOXES, sets=(KINDS,), sha256="0" * 64)))
    assert [line["code"] for line in of_kind(found, "warning")] == ["checksum"]
    assert len(of_kind(found, "annotation")) == 2
    found = inspected(write(tmp_path, document(*BOXES, contentUrl="https://x.example/other.csv")))
    assert [line["code"] for line in of_kind(found, "warning")] == ["file_missing", "no_records"]


def test_croissant_is_detected_by_the_format_that_it_conforms_to(tmp_path: Path) -> None:
    folder = write(tmp_path, document(*BOXES))
    for path in (folder, folder / "croissant.json"):
        with open_source(path) as source:
            assert detect(source).name == "croissant"


@settings(max_examples=25, deadline=None)
@given(dataset=datasets())
def test_data_set_reads_back_as_it_was_written(dataset: MemoryDataset) -> None:
    with tempfile.TemporaryDirectory() as folder:
        losses = written(dataset, Path(folder) / "out", "croissant")
        found = inspected(Path(folder) / "out")
    bodies = {
        each.asset.file_name: sorted((annotation.body for annotation in each.annotations), key=str)
        for each in dataset.content
    }
    assert (losses.losses(), losses.written) == ([], sum(map(len, bodies.values())))
    back: dict[str, list[Json]] = {each.asset.file_name: [] for each in dataset.content}
    for line in of_kind(found, "annotation"):
        back[line["asset"]].append({name: body(line)[name] for name in ("type", "field", *body(line))})
    for name, given_bodies in bodies.items():
        key = lambda each: json.dumps(each, sort_keys=True)  # noqa: E731  # boxes come before the others
        assert_near(sorted(given_bodies, key=key), sorted(back[name], key=key))
    assert of_kind(found, "warning") == []
    assert [(line["file_name"], line["labelled"], line["width"]) for line in of_kind(found, "asset")] == [
        (each.asset.file_name, each.asset.labelled, each.asset.width) for each in dataset.content
    ]


def test_metadata_holds_checksums_splits_and_the_format_of_boxes(tmp_path: Path) -> None:
    box = {"type": "detection", "field": "g", "label": "cat", "bbox_px": [1, 2, 3, 4]}
    labelled = LabelledAsset(Asset("a.jpg", split="train"), [Annotation("a.jpg", box, "1")])
    other = LabelledAsset(Asset("b.jpg", width=4, height=4), [])
    dataset = MemoryDataset([labelled, other], names=[Label("cat", color="#ff0000")])
    losses = written(dataset, tmp_path / "out", "croissant", name="zoo", license="https://x.example", version="2.0.1")
    found = json.loads((tmp_path / "out/croissant.json").read_text())
    assert (found["name"], found["version"], found["conformsTo"]) == (
        "zoo",
        "2.0.1",
        "http://mlcommons.org/croissant/1.1",
    )
    for each in found["distribution"]:
        content = (tmp_path / "out" / each["contentUrl"]).read_bytes()
        assert (each["sha256"], each["contentSize"]) == (hashlib.sha256(content).hexdigest(), f"{len(content)} B")
    sets = {each["@id"]: each for each in found["recordSet"]}
    assert sets["splits"]["data"] == [{"splits/name": "train", "splits/url": "cr:TrainingSplit"}]
    assert sets["boxes"]["field"][-1]["source"]["format"] == "XYWH"
    assert [(loss.code, loss.field) for loss in losses.losses()] == [
        ("no_place", "asset.width"),
        ("no_place", "label.color"),
    ]


def test_croissant_comes_back_byte_equal_when_it_is_unedited(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write(tmp_path / "in", document(*BOXES, sets=(KINDS, SPLITS)))
    converted(tmp_path / "in", tmp_path / "out", "croissant")
    for name in ("croissant.json", "labels.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "in" / name).read_bytes()


def test_version_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"MAJOR\.MINOR\.PATCH"):
        written(replace(MemoryDataset([])), tmp_path / "out", "croissant", version="1")


def test_metadata_of_mutated_bytes_gives_records_or_an_error(tmp_path: Path) -> None:
    write(tmp_path, document(*BOXES, sets=(KINDS, SPLITS), sha256="0" * 64))
    content = (tmp_path / "croissant.json").read_bytes()
    for changed in mutations(content, 400):
        (tmp_path / "croissant.json").write_bytes(changed)
        inspected(tmp_path, "croissant")
