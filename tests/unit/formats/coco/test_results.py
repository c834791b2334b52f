"""Lists of COCO results: kinds by record, images and classes of another file."""

from pathlib import Path
from typing import Any

from tests.unit.formats.coco.builders import category, document, image, written
from tests.unit.formats.reading import inspected, of_kind


def _result(**members: Any) -> dict[str, Any]:
    return {"image_id": 7, "category_id": 3, "score": 0.5} | members


RESULTS = [
    _result(bbox=[1, 2, 3, 4]),
    {"image_id": 7, "caption": "a cat"},
    _result(keypoints=[1, 2, 2]),
    _result(segmentation={"counts": [6], "size": [2, 3]}, score=-7),
]


def test_results_have_the_kind_of_their_own_members(tmp_path: Path) -> None:
    found = inspected(written(tmp_path, RESULTS))
    lines = of_kind(found, "annotation")
    assert [line["type"] for line in lines] == ["detection", "caption", "keypoints", "mask"]
    assert {line["field"] for line in lines} == {"predictions"}
    assert [line.get("confidence") for line in lines] == [0.5, None, 0.5, None]
    assert lines[3]["extra"] == {"score": -7}


def test_images_and_classes_of_results_are_called_by_their_ids(tmp_path: Path) -> None:
    found = inspected(written(tmp_path, RESULTS))
    assert [(line["file_name"], line["external_id"]) for line in of_kind(found, "asset")] == [("7", 7)]
    assert [(line["name"], line["external_ids"]) for line in of_kind(found, "label")] == [("3", {"coco": [3]})]
    assert "images_by_id" in [line["code"] for line in of_kind(found, "warning")]


def test_images_of_results_come_from_the_file_that_is_named(tmp_path: Path) -> None:
    written(tmp_path, document([], [image(7, file_name="a/b.jpg")], [category(3, "bird")]), "instances_val.json")
    path = written(tmp_path, [_result(bbox=[1, 2, 3, 4]), _result(image_id=8, bbox=[1, 2, 3, 4])], "results.json")
    found = inspected(path, images="instances_val.json")
    assert [(line["asset"], line["label"]) for line in of_kind(found, "annotation")] == [("a/b.jpg", "bird")]
    assert "image_id 8" in of_kind(found, "not_imported")[0]["reason"]


def test_file_of_the_images_is_asked_for_in_a_folder(tmp_path: Path) -> None:
    written(tmp_path, document([], [image(7)], [category(3)]), "instances_val.json")
    written(tmp_path, RESULTS, "results.json")
    found = inspected(tmp_path)
    question = of_kind(found, "question")[0]
    assert (question["option"], question["proposal"]) == ("images", "instances_val.json")
    assert len(of_kind(found, "not_imported")) == 4
    assert len(of_kind(inspected(tmp_path, images=question["proposal"]), "annotation")) == 3


def test_empty_list_of_results_is_no_error(tmp_path: Path) -> None:
    assert inspected(written(tmp_path, []), "coco")[-1]["records"] == 0


def test_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    assert inspected(written(tmp_path, RESULTS), images="x.json")[-1]["code"] == "wrong_option"
