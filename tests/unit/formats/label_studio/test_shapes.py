"""Shapes of Label Studio in the words of the annotation model."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.label_studio.tasks import annotation, rectangle, result, task, write
from tests.unit.formats.reading import Line, inspected, of_kind

VIDEO = {"data": {"video": "clip.mp4"}}


def read(folder: Path, *results: dict[str, Any], **members: Any) -> list[Line]:
    return of_kind(inspected(write(folder, task(annotation(*results), **members))), "annotation")


def test_rectangle_keeps_its_percents_as_shares(tmp_path: Path) -> None:
    (found,) = read(tmp_path, rectangle(12.5, 25, 30, 40.5))
    assert (found["type"], found["label"], found["field"]) == ("detection", "Car", "ground_truth")
    assert found["bbox"] == [0.125, 0.25, 0.3, 0.405]
    assert "rotation" not in found
    assert found["extra"] == {"from_name": "label", "to_name": "image", "annotation_id": 10}


def test_turned_rectangle_keeps_its_corner_as_origin(tmp_path: Path) -> None:
    (found,) = read(tmp_path, rectangle(50, 25, 30, 40, 30))
    assert (found["bbox"], found["rotation"], found["rotation_origin"]) == ([0.5, 0.25, 0.3, 0.4], 30, "top_left")


def test_turned_rectangle_is_told_when_its_centre_lies_outside_in_pixels(tmp_path: Path) -> None:
    found = inspected(write(tmp_path, task(annotation(rectangle(10, 10, 30, 40, 180)))))
    assert "outside" in of_kind(found, "not_imported")[0]["reason"]


@pytest.mark.parametrize(("closed", "kind"), [(True, "polygon"), (None, "polygon"), (False, "polyline")])
def test_polygon_is_closed_unless_it_says_otherwise(tmp_path: Path, closed: bool | None, kind: str) -> None:
    value = {"points": [[10, 10], [20, 10], [20, 30]], "polygonlabels": ["Leaf"], "closed": closed}
    (found,) = read(tmp_path, result("polygonlabels", value))
    assert (found["type"], found["rings"]) == (kind, [[[0.1, 0.1], [0.2, 0.1], [0.2, 0.3]]])


def test_ellipse_has_radii_along_its_own_sides(tmp_path: Path) -> None:
    value = {"x": 50, "y": 40, "radiusX": 10, "radiusY": 5, "rotation": 20, "ellipselabels": ["Eye"]}
    (found,) = read(tmp_path, result("ellipselabels", value))
    assert (found["ellipse"], found["rotation"]) == ({"cx": 0.5, "cy": 0.4, "rx": 0.1, "ry": 0.05}, 20)


def test_keypoint_carries_its_label_as_its_name(tmp_path: Path) -> None:
    (found,) = read(tmp_path, result("keypointlabels", {"x": 5, "y": 8, "width": 0.4, "keypointlabels": ["Nose"]}))
    assert (found["label"], found["keypoints"]) == ("Nose", [{"name": "Nose", "x": 0.05, "y": 0.08}])
    assert found["extra"]["value"] == {"width": 0.4}


def test_video_rectangle_counts_frames_from_0_and_ends_where_it_is_not_enabled(tmp_path: Path) -> None:
    box = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 0, "time": 0}
    sequence = [box | {"frame": 1, "enabled": True}, box | {"frame": 5, "enabled": False, "x": 30}]
    sequence += [box | {"frame": 9, "enabled": True}, box | {"frame": 10, "enabled": False}]
    value = {"sequence": sequence, "framesCount": 10, "duration": 1, "labels": ["Bee"]}
    found = inspected(write(tmp_path, task(annotation(result("videorectangle", value, "t1", None)), **VIDEO)))
    places = [(each["frame_index"], each.get("outside", False)) for each in of_kind(found, "annotation")]
    assert places == [(0, False), (4, False), (5, True), (8, False), (9, False)]
    assert {each["track_id"] for each in of_kind(found, "annotation")} == {"t1"}
    assert of_kind(found, "asset")[0]["frame_count"] == 10
    assert found[-1]["records"] == 1


def test_keyframe_without_a_box_ends_visibility(tmp_path: Path) -> None:
    sequence = [{"frame": 2, "enabled": True, "x": 1, "y": 1, "width": 5, "height": 5}, {"frame": 4, "enabled": False}]
    value = {"sequence": sequence, "labels": ["Bee"]}
    found = read(tmp_path, result("videorectangle", value, "t1", None), **VIDEO)
    assert [(each["frame_index"], each.get("outside", False)) for each in found] == [(1, False), (3, True)]


def test_video_rectangle_is_told_when_a_frame_is_0(tmp_path: Path) -> None:
    value = {"sequence": [{"frame": 0, "x": 1, "y": 1, "width": 5, "height": 5}], "labels": ["Bee"]}
    found = inspected(write(tmp_path, task(annotation(result("videorectangle", value, "t1", None)), **VIDEO)))
    assert "counts from 1" in of_kind(found, "not_imported")[0]["reason"]


def test_timeline_is_an_interval_for_each_label(tmp_path: Path) -> None:
    value = {"ranges": [{"start": 3, "end": 5}], "timelinelabels": ["Moving", "Fast"]}
    found = read(tmp_path, result("timelinelabels", value, size=None), **VIDEO)
    assert [(each["label"], each["support"]) for each in found] == [
        ("Moving", {"first": 2, "last": 4}),
        ("Fast", {"first": 2, "last": 4}),
    ]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"x": "1", "y": 1, "width": 1, "height": 1}, "x is not a number"),
        ({"x": 1, "y": 1, "height": 1}, "width is missing"),
        ({"x": 1e300, "y": 1, "width": 1, "height": 1}, "x is out of range"),
        ({"x": True, "y": 1, "width": 1, "height": 1}, "x is not a number"),
        ({"x": 1, "y": 1, "width": -1, "height": 1}, "negative"),
        ({"points": [[1, 1], [2, 2]]}, "needs 3"),
        ({"points": [[1, 1], [2]]}, "[x, y]"),
        ({"x": 120, "y": 10, "keypointlabels": ["a"]}, "outside"),
        ({"rle": 10**9, "format": "rle"}, "not a list of bytes"),
        ({"rle": [300], "format": "rle"}, "rle"),
        ({"ranges": [{"start": 5, "end": 3}]}, "before its start"),
        ({"x": 1, "y": 1, "width": 1, "height": 1, "rectanglelabels": [None]}, "holds a name"),
        ({"start": 3, "end": 5, "text": "word", "labels": ["PER"]}, "not supported"),
    ],
)
def test_result_is_told_with_its_reason_when_it_cannot_be_read(
    tmp_path: Path, value: dict[str, Any], reason: str
) -> None:
    found = inspected(write(tmp_path, task(annotation(result("rectanglelabels", value)))))
    (told,) = of_kind(found, "not_imported")
    assert reason in told["reason"]
    assert told["pointer"] == "/0/annotations/0/result/0"


def test_numbers_times_100_are_told_and_never_placed(tmp_path: Path) -> None:
    """label-studio#2702"""
    found = inspected(write(tmp_path, task(annotation(rectangle(1250, 2500, 3000, 4000)))))
    assert len(of_kind(found, "not_imported")) == 1


def test_size_of_another_image_in_a_result_is_told(tmp_path: Path) -> None:
    """label-studio#4235"""
    found = inspected(
        write(tmp_path, task(annotation(rectangle(1, 1, 5, 5), rectangle(2, 2, 5, 5, id_="r2", size=(480, 640)))))
    )
    assert "480 x 640" in of_kind(found, "not_imported")[0]["reason"]
    sizes = tmp_path / "sizes.csv"
    sizes.write_text("file_name,width,height\na.jpg,800,800\n")
    found = inspected(write(tmp_path, task(annotation(rectangle(1, 1, 5, 5)))), sizes=sizes)
    assert "640 x 480" in of_kind(found, "not_imported")[0]["reason"]


def test_stored_frame_is_given_in_pixels_and_turned_boxes_about_their_centre(tmp_path: Path) -> None:
    sizes = tmp_path / "sizes.csv"
    sizes.write_text("file_name,width,height,orientation\na.jpg,480,640,6\n")
    path = write(tmp_path, task(annotation(rectangle(50, 50, 25, 10), rectangle(50, 50, 25, 10, 90, id_="r2"))))
    asked = inspected(path, sizes=sizes)
    assert of_kind(asked, "question")[0]["option"] == "coordinate_frame"
    assert not of_kind(asked, "annotation")
    plain, turned = of_kind(inspected(path, sizes=sizes, coordinate_frame="stored"), "annotation")
    assert plain["bbox_px"] == [320, 240, 160, 48]
    assert turned["bbox_px"] == pytest.approx([216, 296, 160, 48])
    assert (turned["rotation"], turned["rotation_origin"]) == (90, "center")
