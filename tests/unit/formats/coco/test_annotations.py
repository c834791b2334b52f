"""Annotations of COCO files: outlines, masks, keypoints, captions, scores; the traps of each."""

from pathlib import Path
from typing import Any

import pytest
from pycocotools import mask as oracle

from tests.unit.formats.coco.builders import annotation, box, category, document, image, written
from tests.unit.formats.reading import Line, body, inspected, of_kind

RING = [10, 10, 20, 10.5, 20, 20]


def _read(tmp_path: Path, record: Any, **members: Any) -> list[Line]:
    return inspected(written(tmp_path, document([record], **members)))


def _body(tmp_path: Path, record: Any, **members: Any) -> Line:
    found = _read(tmp_path, record, **members)
    lines = of_kind(found, "annotation")
    assert len(lines) == 1, found
    return body(lines[0])


def test_rings_are_the_parts_of_one_object(tmp_path: Path) -> None:
    found = _body(tmp_path, box(segmentation=[RING, [1, 2, 3, 4, 5, 16, 7, 8]]))
    assert found["type"] == "polygon"
    assert found["rings_px"] == [[[10, 10], [20, 10.5], [20, 20]], [[1, 2], [3, 4], [5, 16], [7, 8]]]
    assert (found["bbox_px"], found["area"]) == ([10, 20, 30, 5.5], 165)


@pytest.mark.parametrize("nothing", [[], None, [[]]])
def test_empty_segmentation_is_a_box_only(tmp_path: Path, nothing: Any) -> None:
    assert _body(tmp_path, box(segmentation=nothing))["type"] == "detection"


@pytest.mark.parametrize("outline", [[[1, 2, 3, 4]], [[1, 2, 3, 4, 5]], [1, 2, 3, 4, 5, 6], [[[1, 2], [3, 4], [5, 6]]]])
def test_outline_that_cannot_be_read_leaves_the_box_and_a_warning(tmp_path: Path, outline: Any) -> None:
    found = _read(tmp_path, box(segmentation=outline))
    line = of_kind(found, "annotation")[0]
    assert (line["type"], line["extra"]) == ("detection", {"segmentation": outline})
    assert len(of_kind(found, "warning")) == 1


def test_outline_of_two_points_is_left_out_beside_others(tmp_path: Path) -> None:
    found = _read(tmp_path, box(segmentation=[RING, [1, 2, 3, 4]]))
    line = of_kind(found, "annotation")[0]
    assert (len(line["rings_px"]), line["extra"]) == (1, {"segmentation": [[1, 2, 3, 4]]})
    assert [each["code"] for each in of_kind(found, "warning")] == ["two_point_outline"]


def test_outline_of_two_points_without_a_box_is_told(tmp_path: Path) -> None:
    found = _read(tmp_path, annotation(segmentation=[[1, 2, 3, 4]]))
    assert "two points" in of_kind(found, "not_imported")[0]["reason"]


@pytest.mark.parametrize("iscrowd", [0, 1])
def test_run_lengths_stay_run_lengths(tmp_path: Path, iscrowd: int) -> None:
    counts = [10, 20, 4970]
    found = _body(tmp_path, annotation(segmentation={"counts": counts, "size": [50, 100]}, iscrowd=iscrowd))
    assert (found["type"], found["iscrowd"]) == ("mask", bool(iscrowd))
    assert found["mask"] == {"encoding": "coco_rle", "size": [50, 100], "counts": counts}


def test_packed_run_lengths_stay_packed(tmp_path: Path) -> None:
    counts = oracle.frPyObjects({"counts": [10, 20, 4970], "size": [50, 100]}, 50, 100)["counts"].decode()
    found = _body(tmp_path, annotation(segmentation={"counts": counts, "size": [50, 100]}))
    assert found["mask"] == {"encoding": "coco_rle_str", "size": [50, 100], "counts": counts}


def test_mask_of_a_class_that_is_stuff_is_a_segmentation(tmp_path: Path) -> None:
    record = annotation(segmentation={"counts": [5000], "size": [50, 100]})
    assert _body(tmp_path, record, categories=[category(isthing=0)])["type"] == "segmentation"


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        ({"counts": [10, 20], "size": [50, 100]}, "add up to 30"),
        ({"counts": [10, -20, 5010], "size": [50, 100]}, "add up"),
        ({"counts": [5000], "size": [100, 50]}, "50 x 100 pixels, its image 100 x 50"),
        ({"counts": [2**62], "size": [2**31 - 1, 2**31 - 1]}, "its image"),
        ({"counts": "~~", "size": [50, 100]}, "run-length"),
        ({"counts": [1.5], "size": [50, 100]}, "whole numbers"),
        ({"counts": [5000], "size": [50]}, "height, width"),
        ({"counts": [5000], "size": [0, 100]}, "height, width"),
        ({}, "height, width"),
    ],
)
def test_mask_is_told_when_it_is_not_that_of_the_image(tmp_path: Path, mask: Any, reason: str) -> None:
    found = _read(tmp_path, box(segmentation=mask))
    assert reason in of_kind(found, "not_imported")[0]["reason"]


def test_record_with_keypoints_and_outline_is_two_annotations_of_one_instance(tmp_path: Path) -> None:
    record = box(segmentation=[RING], keypoints=[1, 2, 2, 0, 0, 0, 5, 6, 1], num_keypoints=2, score=0.5)
    found = _read(tmp_path, record, categories=[category(keypoints=["a", "b", "c"])])
    points, outline = of_kind(found, "annotation")
    assert points["keypoints"] == [
        {"name": "a", "x_px": 1, "y_px": 2, "visibility": 2},
        {"name": "b", "visibility": 0},
        {"name": "c", "x_px": 5, "y_px": 6, "visibility": 1},
    ]
    assert (points["bbox_px"], points["confidence"]) == ([10, 20, 30, 5.5], 0.5)
    assert outline["type"] == "polygon"
    assert points["pointer"] == outline["pointer"]
    assert points["instance_id"] == outline["instance_id"]
    assert found[-1]["records"] == 1


def test_keypoint_without_visibility_has_no_position_though_numbers_stand_there(tmp_path: Path) -> None:
    found = _body(tmp_path, box(keypoints=[20.25, 191, 0]))
    assert found["keypoints"] == [{"visibility": 0}]


def test_keypoint_with_a_share_for_its_visibility_has_a_confidence(tmp_path: Path) -> None:
    found = _body(tmp_path, box(keypoints=[2, 3, 0.25]))
    assert found["keypoints"] == [{"x_px": 2, "y_px": 3, "visibility": 2, "confidence": 0.25}]


def test_number_of_keypoints_is_kept_when_it_is_not_that_of_the_labelled_ones(tmp_path: Path) -> None:
    assert _body(tmp_path, box(keypoints=[2, 3, 2, 0, 0, 0], num_keypoints=2))["extra"] == {"num_keypoints": 2}
    assert "extra" not in _body(tmp_path, box(keypoints=[2, 3, 2, 0, 0, 0], num_keypoints=1))


def test_keypoints_are_not_named_when_the_class_has_another_number(tmp_path: Path) -> None:
    found = _read(tmp_path, box(keypoints=[2, 3, 2]), categories=[category(keypoints=["a", "b"])])
    assert "name" not in of_kind(found, "annotation")[0]["keypoints"][0]
    assert [line["code"] for line in of_kind(found, "warning")] == ["keypoint_names"]


@pytest.mark.parametrize("score", [1.5, -0.1, 100])
def test_score_outside_its_range_is_extra_with_a_warning(tmp_path: Path, score: float) -> None:
    found = _read(tmp_path, box(score=score))
    assert of_kind(found, "annotation")[0]["extra"] == {"score": score}
    assert [line["code"] for line in of_kind(found, "warning")] == ["score_range"]


def test_attributes_are_attributes_where_they_fit_and_extra_where_not(tmp_path: Path) -> None:
    given = {"occluded": True, "type/model (a.b)": 1, "nested": {"a": 1}, "rotation": 0.0, "none": None}
    found = _body(tmp_path, box(attributes=given))
    assert found["attributes"] == {"occluded": True, "rotation": 0.0}
    assert found["extra"] == {"attributes": {"type/model (a.b)": 1, "nested": {"a": 1}, "none": None}}


def test_box_with_a_negative_side_is_left_out_beside_an_outline(tmp_path: Path) -> None:
    found = _read(tmp_path, annotation(bbox=[9, 9, -1, 4], segmentation=[RING]))
    line = of_kind(found, "annotation")[0]
    assert "bbox_px" not in line
    assert line["extra"] == {"bbox": [9, 9, -1, 4]}


def test_box_partly_outside_keeps_its_numbers(tmp_path: Path) -> None:
    found = _read(tmp_path, annotation(bbox=[-5, 40, 20, 30]))
    assert of_kind(found, "annotation")[0]["bbox_px"] == [-5, 40, 20, 30]


@pytest.mark.parametrize("blob", ["x" * 20_000, [[[[[[[[[[[[[1]]]]]]]]]]]]]])
def test_extra_that_is_too_large_stays_in_the_record_alone(tmp_path: Path, blob: Any) -> None:
    found = _read(tmp_path, box(blob=blob))
    assert "extra" not in of_kind(found, "annotation")[0]
    assert [line["code"] for line in of_kind(found, "warning")] == ["extra_too_large"]


def test_caption_needs_no_class(tmp_path: Path) -> None:
    found = _body(tmp_path, {"id": 1, "image_id": 1, "caption": "a cat"}, categories=[])
    assert (found["type"], found["text"]) == ("caption", "a cat")


def test_sides_of_the_image_may_be_unknown(tmp_path: Path) -> None:
    record = annotation(segmentation={"counts": [6], "size": [2, 3]})
    assert _body(tmp_path, record, images=[image(width=0, height=0)])["type"] == "mask"
