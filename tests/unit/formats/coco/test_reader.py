"""Reader of COCO files: images, classes, ids, splits; the traps of ids and names."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from foveal.formats.base.files.source import open_source
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import Annotation
from foveal.formats.coco.files import split_of
from foveal.formats.reading import read
from foveal.formats.registry import load
from tests.unit.formats.coco.builders import annotation, box, category, document, image, written
from tests.unit.formats.reading import body, inspected, of_kind


def test_reader_finds_images_by_id_when_annotations_come_first(tmp_path: Path) -> None:
    content = {
        "annotations": [box(1, 7), box(2, 3), box(3, 7)],
        "categories": [category()],
        "images": [image(3), image(7)],
    }
    found = inspected(written(tmp_path, content))
    assert [(line["asset"], line["pointer"]) for line in of_kind(found, "annotation")] == [
        ("3.jpg", "/annotations/1"),
        ("7.jpg", "/annotations/0"),
        ("7.jpg", "/annotations/2"),
    ]


def test_reader_keeps_the_text_of_each_record(tmp_path: Path) -> None:
    text = '{ "id":1, "image_id":1,"category_id" : 1, "bbox":[1e1, 2.50,3,4.0] }'
    path = written(
        tmp_path,
        f'{{"images": [{json.dumps(image())}], "annotations": [{text}], "categories":[{{"id":1,"name":"a"}}]}}',
    )
    with open_source(path) as source:
        items = [item for item in read(source, load("coco"), Context()) if isinstance(item, Annotation)]
    assert [(item.record, item.format) for item in items] == [(text, "coco")]


@pytest.mark.parametrize("ids", [[0, 1], [1, 90], ["a", "b"], [0, "0"], [-3, 2**40]])
def test_category_ids_are_keys_when_they_are_zero_or_text_or_have_gaps(tmp_path: Path, ids: list[Any]) -> None:
    content = document(
        [box(number, 1, key) for number, key in enumerate(ids)],
        categories=[category(key, f"class {key!r}") for key in ids],
    )
    found = inspected(written(tmp_path, content))
    assert [line["label"] for line in of_kind(found, "annotation")] == [f"class {key!r}" for key in ids]
    assert [line["external_ids"] for line in of_kind(found, "label")] == [{"coco": [key]} for key in ids]


@pytest.mark.parametrize("key", [0, "0", "x/y", 5.0])
def test_image_ids_are_keys_when_they_are_zero_or_text(tmp_path: Path, key: Any) -> None:
    found = inspected(written(tmp_path, document([box(1, key)], [image(key, file_name="a.jpg")])))
    assert [line["asset"] for line in of_kind(found, "annotation")] == ["a.jpg"]
    assert of_kind(found, "asset")[0]["external_id"] == key


def test_classes_of_one_name_are_told_apart_by_their_ids(tmp_path: Path) -> None:
    content = document([box(1, 1, 4), box(2, 1, 9)], categories=[category(4, "bat"), category(9, "bat")])
    found = inspected(written(tmp_path, content))
    assert [(line["label"], line["label_id"]) for line in of_kind(found, "annotation")] == [("bat", "4"), ("bat", "9")]
    assert len(of_kind(found, "label")) == 2


def test_image_without_annotations_is_labelled_and_empty(tmp_path: Path) -> None:
    found = inspected(written(tmp_path, document()))
    assert [line["labelled"] for line in of_kind(found, "asset")] == [True]


def test_images_of_a_file_without_annotations_are_not_labelled(tmp_path: Path) -> None:
    content = {"info": {}, "images": [image()], "categories": []}
    found = inspected(written(tmp_path, content, "image_info_test2017.json"))
    assert [(line["labelled"], line["split"]) for line in of_kind(found, "asset")] == [(False, "test2017")]


def test_members_of_images_and_classes_are_kept(tmp_path: Path) -> None:
    content = document(
        images=[image(license=4, coco_url="u", neg_category_ids=[1], date_captured=None)],
        categories=[category(synset="cat.n.01", color=[1, 2, 255], isthing=1)],
    )
    found = inspected(written(tmp_path, content))
    assert of_kind(found, "asset")[0]["extra"] == {
        "license": 4, "coco_url": "u", "neg_category_ids": [1], "date_captured": None,
    }  # fmt: skip
    label = of_kind(found, "label")[0]
    assert (label["color"], label["isthing"], label["supercategory"]) == ("#0102ff", True, "animal")
    assert label["extra"] == {"synset": "cat.n.01"}


def test_image_of_lvis_is_called_by_the_path_of_its_address(tmp_path: Path) -> None:
    content = document(
        images=[{"id": 1, "coco_url": "http://images.cocodataset.org/val2017/0%20x.jpg", "height": 5, "width": 4}]
    )
    assert of_kind(inspected(written(tmp_path, content)), "asset")[0]["file_name"] == "val2017/0 x.jpg"


def test_skeleton_edges_count_from_zero(tmp_path: Path) -> None:
    content = document(categories=[category(keypoints=["nose", "tail"], skeleton=[[1, 2]])])
    label = of_kind(inspected(written(tmp_path, content)), "label")[0]
    assert label["skeleton"] == {"names": ["nose", "tail"], "edges": [[0, 1]]}


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (box(1, 99), "image_id 99"),
        (box(1, None), "no id"),
        (box(1, True), "no id"),
        (box(1, 1, 99), "category_id 99"),
        (annotation(), None),
        (annotation(bbox=[1, 2, 3]), "four numbers"),
        (annotation(bbox=[1, 2, -3, 4]), "negative"),
        (annotation(bbox=[1, 2, "3", 4]), "four numbers"),
        (annotation(caption=""), "caption"),
        ([1, 2], "no JSON object"),
    ],
)
def test_record_is_told_with_the_reason(tmp_path: Path, record: Any, reason: str | None) -> None:
    found = inspected(written(tmp_path, document([record])))
    told = of_kind(found, "not_imported")
    if reason is None:
        assert [line["type"] for line in of_kind(found, "annotation")] == ["classification"]
    else:
        assert [reason in line["reason"] for line in told] == [True], told


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"id": 1, "image_id": 1, "category_id": 1, "bbox": [NaN, 1, 2, 3]}', "NaN"),
        ('{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 3], "score": Infinity}', "Infinity"),
        (
            '{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 3], "bbox": [9, 9, 9, 9]}',
            "'bbox' comes twice",
        ),
        ('{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 3], "\\u0062box": [9, 9, 9, 9]}', "comes twice"),
        ('{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 1e999]}', "JSON"),
        ('{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 3], "a": {"b": 1, "b": 2}}', "'b' comes twice"),
    ],
)
def test_record_is_told_when_json_readers_differ_on_it(tmp_path: Path, text: str, reason: str) -> None:
    content = json.dumps(document(["@"])).replace('"@"', text)
    assert reason in of_kind(inspected(written(tmp_path, content)), "not_imported")[0]["reason"]


def test_equal_ids_of_annotations_are_told_and_both_are_read(tmp_path: Path) -> None:
    found = inspected(written(tmp_path, document([box(5), box(5)])))
    assert len(of_kind(found, "annotation")) == 2
    assert [line["code"] for line in of_kind(found, "warning")] == ["duplicate_annotation"]


def test_annotations_are_told_when_several_images_have_their_id(tmp_path: Path) -> None:
    content = document([box()], [image(1, file_name="a.jpg"), image(1, file_name="b.jpg")])
    found = inspected(written(tmp_path, content))
    assert "several images" in of_kind(found, "not_imported")[0]["reason"]
    assert len(of_kind(found, "asset")) == 2


def test_annotations_are_told_when_several_classes_have_their_id(tmp_path: Path) -> None:
    content = document([box()], categories=[category(1, "a"), category(1, "b")])
    assert "several classes" in of_kind(inspected(written(tmp_path, content)), "not_imported")[0]["reason"]


@pytest.mark.parametrize(
    "content", ['{"images": [], "images": []}', '{"annotations": {}}', '{"a": 1}', "{}", "[1", "{", '"a"', ""]
)
def test_file_is_refused_when_it_is_no_coco_file(tmp_path: Path, content: str) -> None:
    assert inspected(written(tmp_path, content), "coco")[-1]["kind"] == "error"


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("annotations/instances_train2017.json", "train2017"),
        ("annotations/person_keypoints_val.json", "val"),
        ("image_info_test-dev2017.json", "test-dev2017"),
        ("lvis_v1_val.json", "val"),
        ("valid/_annotations.coco.json", "valid"),
        ("train.json", "train"),
        ("_annotations.coco.json", None),
        ("annotations.json", None),
        ("constraint.json", None),
    ],
)
def test_split_is_that_of_the_file_name_or_the_roboflow_folder(name: str, split: str | None) -> None:
    assert split_of(name) == split


def test_files_of_one_split_are_read_as_one_set_of_images(tmp_path: Path) -> None:
    written(tmp_path, document([box()]), "annotations/instances_train.json")
    caption = [{"id": 1, "image_id": 8, "caption": "a cat"}]
    written(tmp_path, document(caption, [image(8, file_name="1.jpg"), image(9)], []), "annotations/captions_train.json")
    written(tmp_path, document([box()]), "annotations/instances_val.json")
    found = inspected(tmp_path)
    assert [(line["file_name"], line["split"]) for line in of_kind(found, "asset")] == [
        ("1.jpg", "train"), ("9.jpg", "train"), ("1.jpg", "val"),
    ]  # fmt: skip
    assert [line["type"] for line in of_kind(found, "annotation")] == ["caption", "detection", "detection"]
    assert [line["name"] for line in of_kind(found, "label")] == ["cat"]


def test_section_that_is_not_json_is_told(tmp_path: Path) -> None:
    found = inspected(written(tmp_path, json.dumps(document(info="@")).replace('"@"', "{1: NaN}")))
    assert [line["code"] for line in of_kind(found, "warning")] == ["section_not_read"]


def test_warnings_of_one_code_are_counted_when_there_are_very_many(tmp_path: Path) -> None:
    found = inspected(written(tmp_path, document([box(number, score=2) for number in range(1010)])))
    warnings = of_kind(found, "warning")
    assert (len(warnings), warnings[-1]["message"]) == (1001, "10 more records have this finding.")
    assert {line["code"] for line in warnings} == {"score_range"}


@pytest.mark.parametrize("answer", ["stored", "displayed"])
def test_sides_that_are_swapped_by_the_orientation_are_asked_for(tmp_path: Path, answer: str) -> None:
    sizes = tmp_path / "sizes.csv"
    sizes.write_text("file_name,width,height,orientation,frame_count\n1.jpg,50,100,6,\n")
    path = written(tmp_path, document([box()]))
    found = inspected(path, sizes=sizes)
    assert [line["option"] for line in of_kind(found, "question")] == ["coordinate_frame"]
    assert len(of_kind(found, "not_imported")) == 1
    line = of_kind(inspected(path, sizes=sizes, coordinate_frame=answer), "annotation")[0]
    assert line.get("coordinate_frame") == ("stored" if answer == "stored" else None)


def test_folder_of_more_files_than_can_be_open_is_read_one_by_one(tmp_path: Path) -> None:
    for number in range(120):
        written(tmp_path, document([box()], [image(1, file_name=f"{number}.jpg")]), f"{number}.json")
    found = inspected(tmp_path)
    assert (found[-1]["assets"], found[-1]["annotations"], found[-1]["labels"]) == (120, 120, 1)


def test_archives_are_read_as_folders_are(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train/_annotations.coco.json", json.dumps(document([box()])))
    found = inspected(path)
    assert [line["pointer"] for line in of_kind(found, "annotation")] == ["train/_annotations.coco.json#/annotations/0"]
    assert of_kind(found, "asset")[0]["split"] == "train"


def test_corpus_is_read_in_full() -> None:
    folder = Path(__file__).parents[4].parent / "shared/corpus"
    if not folder.is_dir():
        pytest.skip("shared/corpus is not beside the project")
    for entry in json.loads((folder / "index.json").read_text())["annotations"]:
        if entry.get("kind") == "coco":
            found = inspected(folder / entry["path"])
            assert (found[-1]["records"], found[-1]["assets"]) == (entry["annotations"], entry["images"]), entry["path"]
            assert found[-1]["labels"] == entry["categories"]
            told = of_kind(found, "not_imported")
            assert not told or all("PNG" in line["reason"] for line in told), entry["path"]


def test_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(document([box()])).encode())
    assert len(of_kind(inspected(path), "annotation")) == 1


def test_record_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(json.dumps(document([box(note="@")])).encode().replace(b"@", b"\xff"))
    assert of_kind(inspected(path), "not_imported")[0]["record"].endswith('"note": "\\xff"}')


def test_body_of_an_annotation_has_no_ids_of_the_file(tmp_path: Path) -> None:
    line = of_kind(inspected(written(tmp_path, document([box(note="x")]))), "annotation")[0]
    assert body(line) == {
        "type": "detection", "field": "ground_truth", "label": "cat", "iscrowd": False, "area": 165,
        "bbox_px": [10, 20, 30, 5.5], "extra": {"note": "x"},
    }  # fmt: skip
