"""Joins of Croissant: record sets that reference one another, in the spellings of 1.0 and of 1.1."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.converted import converted, mutations
from tests.unit.formats.reading import inspected, of_kind

Json = dict[str, Any]
IMAGES = "id,name,part\n7,a.jpg,train\n8,b.jpg,test\n9,c.jpg,test\n"
BOXES = "image,kind,x\n7,1,1 2 3 4\n8,2,5 6 7 8\n7,2,2 2 2 2\n"
KINDS = "id,name\n1,cat\n2,car\n"


def to_field_1_0(name: str) -> Json:
    return {"field": {"@id": name}}


def to_field_1_1(name: str) -> Json:
    return {"@id": name}


spellings = pytest.mark.parametrize("to_field", [to_field_1_0, to_field_1_1])
ToField = Callable[[str], Json]


def column(name: str, file: str, of: str, type_: str | None = "sc:Text", **more: Any) -> Json:
    source = {"fileObject": {"@id": file}, "extract": {"column": of}} | more.pop("format", {})
    return {"@id": name, "dataType": type_, "source": source} | more


def record_set(name: str, *fields: Json, **more: Any) -> Json:
    return {"@type": "cr:RecordSet", "@id": name, "field": list(fields)} | more


IMAGE_SET = record_set(
    "images",
    column("images/id", "images.csv", "id", "sc:Integer"),
    column("images/file_name", "images.csv", "name"),
    column("images/split", "images.csv", "part", "cr:Split"),
    key={"@id": "images/id"},
)


def boxes(*more: Json, **of_image: Any) -> Json:
    box = column("boxes/bbox", "boxes.csv", "x", "cr:BoundingBox", format={"format": "XYWH"})
    return record_set("boxes", column("boxes/image_id", "boxes.csv", "image", "sc:Integer", **of_image), box, *more)


def write(folder: Path, *sets: Json, files: dict[str, str] | None = None, more: tuple[Json, ...] = ()) -> Path:
    given = {"images.csv": IMAGES, "boxes.csv": BOXES, "kinds.csv": KINDS} if files is None else files
    for name, text in given.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    resources = [{"@type": "cr:FileObject", "@id": name, "contentUrl": name} for name in given if name[-4:] != ".jpg"]
    metadata = {
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "distribution": [*resources, *more],
        "recordSet": list(sets),
    }
    (folder / "croissant.json").write_text(json.dumps(metadata))
    return folder


def found_boxes(found: list[Json]) -> list[tuple[str, list[int]]]:
    return [(line["asset"], line["bbox_px"]) for line in of_kind(found, "annotation")]


ALL_BOXES = [("a.jpg", [1, 2, 3, 4]), ("a.jpg", [2, 2, 2, 2]), ("b.jpg", [5, 6, 7, 8])]


@spellings
def test_reference_to_images_gives_the_name_of_the_image(tmp_path: Path, to_field: ToField) -> None:
    found = inspected(write(tmp_path, IMAGE_SET, boxes(references=to_field("images/id"))))
    assert found_boxes(found) == ALL_BOXES
    assert [(line["file_name"], line["split"], line["labelled"]) for line in of_kind(found, "asset")] == [
        ("a.jpg", "train", True),
        ("b.jpg", "test", True),
        ("c.jpg", "test", False),
    ]
    assert of_kind(found, "warning") == []


@spellings
def test_field_of_a_referenced_record_set_is_brought_in(tmp_path: Path, to_field: ToField) -> None:
    kinds = record_set("kinds", column("kinds/id", "kinds.csv", "id"), column("kinds/name", "kinds.csv", "name"))
    kind = column("boxes/kind", "boxes.csv", "kind", references=to_field("kinds/id"))
    label = {"@id": "boxes/label", "dataType": "sc:Text", "source": to_field("kinds/name")}
    name = {"@id": "boxes/file_name", "dataType": "sc:Text", "source": to_field("images/file_name")}
    image = to_field("images/id")
    found = inspected(write(tmp_path, IMAGE_SET, kinds, boxes(kind, label, name, references=image)))
    assert [(line["asset"], line["label"]) for line in of_kind(found, "annotation")] == [
        ("a.jpg", "cat"),
        ("a.jpg", "car"),
        ("b.jpg", "car"),
    ]
    assert of_kind(found, "warning") == []


def test_field_of_records_in_the_metadata_is_brought_in(tmp_path: Path) -> None:
    data = [{"kinds/id": 1, "kinds/title": "cat"}, {"kinds/id": 2, "kinds/title": "car"}]
    kinds = record_set("kinds", {"@id": "kinds/id"}, {"@id": "kinds/title"}, data=data)
    kind = column("boxes/kind", "boxes.csv", "kind", references={"field": {"@id": "kinds/id"}})
    label = {"@id": "boxes/label", "source": {"field": {"@id": "kinds/title"}}}
    found = inspected(write(tmp_path, IMAGE_SET, kinds, boxes(kind, label, references={"@id": "images/id"})))
    assert [line["label"] for line in of_kind(found, "annotation")] == ["cat", "car", "car"]


def test_arrays_of_one_json_file_are_joined(tmp_path: Path) -> None:
    def of(name: str, path: str, **more: Any) -> Json:
        return {"@id": name, "source": {"fileObject": {"@id": "l.json"}, "extract": {"jsonPath": path}}} | more

    images = record_set("images", of("images/id", "$.images[*].id"), of("images/image", "$.images[*].file_name"))
    reference = of("anns/image_id", "$.annotations[*].image_id", references={"@id": "images/id"})
    box = of("anns/bbox", "$.annotations[*].bbox", dataType="cr:BoundingBox", format="XYWH")
    text = json.dumps(
        {
            "annotations": [{"image_id": 7, "bbox": [1, 2, 3, 4]}],
            "images": [{"id": 7, "file_name": "a.jpg"}, {"id": 8, "file_name": "b.jpg"}],
        }
    )
    found = inspected(write(tmp_path, images, record_set("anns", reference, box), files={"l.json": text}), "croissant")
    assert found_boxes(found) == [("a.jpg", [1, 2, 3, 4])]
    assert [line["file_name"] for line in of_kind(found, "asset")] == ["a.jpg", "b.jpg"]


def test_files_are_joined_with_the_rows_of_a_table(tmp_path: Path) -> None:
    """The example of images with a table of features in the section "Joins" of the specification."""
    table = "hash,label\n0a,cat\n0b,car\n"
    extract = {"fileSet": {"@id": "image-files"}, "extract": {"fileProperty": "filename"}}
    key = {
        "@id": "images/hash",
        "source": extract | {"transform": {"regex": r"([^\/]*)\.jpg"}},
        "references": {"fileObject": {"@id": "t.csv"}, "extract": {"column": "hash"}},
    }
    content = {
        "@id": "images/content",
        "dataType": "sc:ImageObject",
        "source": {"fileSet": {"@id": "image-files"}, "extract": {"fileProperty": "content"}},
    }
    images = record_set("images", key, content, column("images/label", "t.csv", "label"))
    files = {"t.csv": table, "i/0a.jpg": "", "i/0b.jpg": "", "i/0c.jpg": ""}
    file_set = {"@type": "cr:FileSet", "@id": "image-files", "includes": "*.jpg"}
    found = inspected(write(tmp_path, images, files=files, more=(file_set,)), "croissant")
    assert [(line["asset"], line["label"]) for line in of_kind(found, "annotation")] == [
        ("i/0a.jpg", "cat"),
        ("i/0b.jpg", "car"),
    ]
    assert [line["file_name"] for line in of_kind(found, "asset")] == ["i/0a.jpg", "i/0b.jpg", "i/0c.jpg"]


def test_annotations_are_joined_with_images_that_are_files(tmp_path: Path) -> None:
    source = {"fileSet": {"@id": "files"}, "extract": {"fileProperty": "filename"}, "transform": {"regex": r"0*(\d+)"}}
    content = {"fileSet": {"@id": "files"}, "extract": {"fileProperty": "content"}}
    images = record_set(
        "images",
        {"@id": "images/id", "source": source},
        {"@id": "images/content", "dataType": "sc:ImageObject", "source": content},
    )
    files = {"boxes.csv": BOXES, "i/0007.jpg": "", "i/0008.jpg": ""}
    file_set = {"@type": "cr:FileSet", "@id": "files", "includes": "i/*.jpg"}
    found = inspected(
        write(tmp_path, images, boxes(references={"@id": "images/id"}), files=files, more=(file_set,)), "croissant"
    )
    assert [name for name, _ in found_boxes(found)] == ["i/0007.jpg", "i/0007.jpg", "i/0008.jpg"]


@spellings
def test_record_set_of_fields_of_others_adds_its_joins_and_no_records(tmp_path: Path, to_field: ToField) -> None:
    view = record_set(
        "all",
        {"@id": "all/image_id", "source": to_field("boxes/image_id"), "references": to_field("images/id")},
        {"@id": "all/bbox", "source": to_field("boxes/bbox")},
        {"@id": "all/file_name", "source": to_field("images/file_name")},
    )
    assert found_boxes(inspected(write(tmp_path, IMAGE_SET, boxes(), view))) == ALL_BOXES


def test_nested_records_are_joined_by_their_parent_field(tmp_path: Path) -> None:
    nested = {
        "@id": "images/boxes",
        "dataType": "cr:RecordSet",
        "parentField": {"source": {"field": {"@id": "boxes/image_id"}}, "references": {"field": {"@id": "images/id"}}},
        "subField": [{"@id": "images/boxes/bbox", "source": {"field": {"@id": "boxes/bbox"}}}],
    }
    found = inspected(write(tmp_path, IMAGE_SET | {"field": [*IMAGE_SET["field"], nested]}, boxes()))
    assert (found_boxes(found), of_kind(found, "warning")) == (ALL_BOXES, [])


def test_reference_to_no_image_and_to_several_is_told(tmp_path: Path) -> None:
    images = "id,name,part\n7,a.jpg,train\n8,b.jpg,test\n8,c.jpg,test\n"
    files = {"images.csv": images, "boxes.csv": BOXES + "12,1,1 1 1 1\n"}
    found = inspected(write(tmp_path, IMAGE_SET, boxes(references={"@id": "images/id"}), files=files))
    assert [name for name, _ in found_boxes(found)] == ["a.jpg", "a.jpg"]
    assert [(line["pointer"], line["reason"]) for line in of_kind(found, "not_imported")] == [
        (
            "boxes.csv#L3",
            "2 records have the value '8' that its field boxes/image_id refers to: make the field that is referenced "
            "a key",
        ),
        ("boxes.csv#L5", "the image that its field boxes/image_id refers to does not exist"),
    ]


def test_field_of_a_record_set_that_is_not_referenced_is_warned_of(tmp_path: Path) -> None:
    label = {"@id": "boxes/label", "source": {"field": {"@id": "kinds/name"}}}
    kinds = record_set("kinds", column("kinds/id", "kinds.csv", "id"), column("kinds/name", "kinds.csv", "name"))
    found = inspected(write(tmp_path, IMAGE_SET, kinds, boxes(label, references={"@id": "images/id"})))
    assert [line["code"] for line in of_kind(found, "warning")] == ["no_image", "no_join"]
    assert found_boxes(found) == ALL_BOXES


def test_fields_that_come_from_one_another_in_a_circle_are_no_records(tmp_path: Path) -> None:
    one, other = {"@id": "a/x", "source": {"@id": "b/x"}}, {"@id": "b/x", "source": {"@id": "a/x"}}
    found = inspected(write(tmp_path, record_set("a", one), record_set("b", other)))
    assert of_kind(found, "annotation") == []


def test_joined_records_come_back_byte_equal_when_they_are_unedited(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write(tmp_path / "in", IMAGE_SET, boxes(references={"@id": "images/id"}))
    converted(tmp_path / "in", tmp_path / "out", "croissant")
    for name in ("croissant.json", "images.csv", "boxes.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "in" / name).read_bytes()


def test_metadata_of_mutated_joins_gives_records_or_an_error(tmp_path: Path) -> None:
    view = record_set("all", {"@id": "all/x", "source": {"@id": "boxes/image_id"}, "references": {"@id": "images/id"}})
    write(tmp_path, IMAGE_SET, boxes(references={"@id": "images/id"}), view)
    content = (tmp_path / "croissant.json").read_bytes()
    for changed in mutations(content, 300):
        (tmp_path / "croissant.json").write_bytes(changed)
        inspected(tmp_path, "croissant")


def test_references_to_two_parts_of_one_key_are_refused(tmp_path: Path) -> None:
    images = {**IMAGE_SET, "key": [{"@id": "images/id"}, {"@id": "images/split"}]}
    part = column("boxes/part", "boxes.csv", "kind", references={"@id": "images/split"})
    path = write(tmp_path, images, boxes(part, references={"@id": "images/id"}))
    (refused,) = inspected(path)
    assert (refused["kind"], refused["code"]) == ("error", "composite_key")
    assert "images/id and images/split" in refused["message"]


def test_field_that_refers_to_several_fields_is_refused(tmp_path: Path) -> None:
    several = [{"@id": "images/id"}, {"@id": "images/split"}]
    (refused,) = inspected(write(tmp_path, IMAGE_SET, boxes(references=several)))
    assert (refused["kind"], refused["code"]) == ("error", "composite_key")


def test_two_references_to_one_record_set_are_joined_when_they_are_keys_each(tmp_path: Path) -> None:
    part = column("boxes/part", "boxes.csv", "kind", references={"@id": "images/split"})
    path = write(tmp_path, IMAGE_SET, boxes(part, references={"@id": "images/id"}))
    assert sorted(found_boxes(inspected(path))) == ALL_BOXES
