"""Writing of tasks: unedited ones byte for byte, edited ones in part, others from bodies."""

import json
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree

from foveal.formats.base.files.target import open_target
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import LabelledAsset, ListDataset
from foveal.formats.base.model.items import Asset
from foveal.formats.base.model.loss import LossReport
from foveal.formats.label_studio import FORMAT, brush
from tests.unit.formats.label_studio.editing import codes, converted, results, written
from tests.unit.formats.label_studio.tasks import write
from tests.unit.formats.reading import inspected, of_kind


def test_box_turned_by_90_degrees_on_an_image_that_is_not_square(tmp_path: Path) -> None:
    """label-studio-converter#101: 1000 x 500 pixels, 90 degrees."""
    body = {"type": "detection", "label": "Car", "bbox_px": [400, 200, 200, 50], "rotation": 90}
    tasks, _, _ = written(tmp_path, body, asset=Asset("a.jpg", width=1000, height=500))
    value = results(tasks)[0]["value"]
    assert [value[name] for name in ("x", "y", "width", "height")] == pytest.approx([52.5, 25, 20, 10])
    (back,) = of_kind(inspected(tmp_path / "out.json"), "annotation")
    assert back["rotation_origin"] == "top_left"


def test_turned_box_without_sides_is_left_out_and_told(tmp_path: Path) -> None:
    body = {"type": "detection", "label": "Car", "bbox": [0.4, 0.4, 0.2, 0.1], "rotation": 30}
    tasks, losses, _ = written(tmp_path, body, asset=Asset("a.jpg"))
    assert (results(tasks), losses.left_out, codes(losses)) == (
        [],
        1,
        [("not_reviewed", "labelled"), ("not_written", "rotation")],
    )


MASK = [2, 1, 1, 1, 1]
"""Down the columns of 3 x 2 pixels; along the rows [1, 2, 3]."""


@pytest.mark.parametrize(
    "mask",
    [
        {"encoding": "coco_rle", "size": [2, 3], "counts": MASK},
        {"encoding": "coco_rle_str", "size": [2, 3], "counts": "21100"},
        {"encoding": "cvat_rle", "size": [1, 2], "counts": [0, 2], "bbox_px": [1, 0, 2, 1]},
    ],
)
def test_masks_of_every_encoding_become_the_same_brush(tmp_path: Path, mask: dict[str, Any]) -> None:
    body = {"type": "mask", "label": "Mud", "mask": mask}
    tasks, _, _ = written(tmp_path, body, asset=Asset("a.jpg", width=3, height=2))
    (made,) = results(tasks)
    assert made["value"] == {"format": "rle", "rle": brush.encoded([1, 2, 3]), "brushlabels": ["Mud"]}
    assert (made["original_width"], made["original_height"]) == (3, 2)


def test_tracks_become_sequences_that_end_where_they_did(tmp_path: Path) -> None:
    base = {"type": "detection", "label": "Bee", "track_id": "t", "bbox_px": [64, 48, 64, 48], "keyframe": True}
    frames = [(0, False), (4, False), (5, True), (8, False), (12, True)]
    bodies = [base | {"frame_index": frame, "outside": outside} for frame, outside in frames]
    asset = Asset("clip.mp4", width=640, height=480, frame_count=20)
    tasks, losses, interface = written(tmp_path, *bodies, asset=asset)
    (made,) = results(tasks)
    assert [(each["frame"], each["enabled"]) for each in made["value"]["sequence"]] == [
        (1, True),
        (5, False),
        (9, True),
        (12, False),
    ]
    assert (made["type"], made["value"]["labels"], made["value"]["framesCount"]) == ("videorectangle", ["Bee"], 20)
    assert codes(losses) == [("keyframe_added", "outside")]
    assert 'toName="video"' in interface


def test_losses_are_told_by_field_and_nothing_is_silent(tmp_path: Path) -> None:
    box = {"type": "detection", "label": "Car", "bbox": [0.1, 0.1, 0.2, 0.2]}
    bodies: list[dict[str, Any]] = [
        box | {"iscrowd": True, "area": 5, "extra": {"score2": 1}, "tags": ["x"], "attributes": {"wet": True}},
        {"type": "cuboid", "cuboid": [0.1] * 16},
        {"type": "polygon", "label": "Leaf", "rings": [[[0, 0], [1, 0], [1, 1]]] * 2},
        {"type": "polygon", "rings": [[[0, 0], [1, 0], [1, 1]]], "holes": [[[0, 0], [1, 0], [1, 1]]]},
        {"type": "polygon", "rings": [[[0, 0], [1, 0], [1, 1]]], "frame_index": 3},
        {"type": "temporal", "support": {"start_seconds": 1, "end_seconds": 2}},
    ]
    tasks, losses, _ = written(tmp_path, *bodies)
    assert (losses.written, losses.left_out) == (2, 4)
    assert codes(losses) == [
        ("not_in_format", "area"),
        ("not_in_format", "extra"),
        ("not_in_format", "iscrowd"),
        ("not_in_format", "tags"),
        ("not_written", "frame_index"),
        ("not_written", "holes"),
        ("not_written", "support"),
        ("not_written", "type"),
        ("other_type", "attributes"),
        ("parts_apart", "rings"),
    ]
    found = inspected(tmp_path / "out.json")
    assert of_kind(found, "annotation")[0]["attributes"] == {"wet": "true"}
    assert len({each["id"] for each in results(tasks)}) == 3


def test_skeleton_becomes_points_that_hang_on_their_box(tmp_path: Path) -> None:
    points = [{"name": "nose", "x": 0.1, "y": 0.2, "visibility": 2}, {"name": "tail", "visibility": 0}]
    body = {"type": "keypoints", "label": "Cat", "bbox": [0, 0, 0.5, 0.5], "keypoints": points, "instance_id": "i"}
    tasks, losses, _ = written(tmp_path, body)
    box, nose = results(tasks)
    assert (box["id"], box["value"]["rectanglelabels"]) == ("i", ["Cat"])
    assert (nose["parentID"], nose["value"]["keypointlabels"]) == ("i", ["nose"])
    assert codes(losses) == [("point_not_kept", "keypoints"), ("skeleton_apart", "keypoints")]


def test_states_of_assets_are_written_apart(tmp_path: Path) -> None:
    tasks, _, _ = written(tmp_path, asset=Asset("a.jpg", labelled=True))
    assert tasks[0]["annotations"] == [{"result": []}]
    tasks, _, _ = written(tmp_path, asset=Asset("a.jpg", labelled=False))
    assert tasks[0]["annotations"] == []


def test_asset_whose_annotations_are_left_out_is_not_reviewed_and_empty(tmp_path: Path) -> None:
    tasks, losses, _ = written(tmp_path, {"type": "cuboid", "cuboid": [0.1] * 16})
    assert (tasks[0]["annotations"], losses.left_out) == ([], 1)


def test_losses_of_an_annotation_that_is_left_out_are_not_told_beside(tmp_path: Path) -> None:
    points = [{"name": "a", "x_px": 1, "y_px": 2, "visibility": 1}, {"name": "b", "x_px": 1, "y_px": 2}]
    _, losses, _ = written(tmp_path, {"type": "keypoints", "label": "Cat", "keypoints": points}, asset=Asset("a.jpg"))
    assert codes(losses) == [("not_reviewed", "labelled"), ("not_written", "xy_px")]


def test_files_without_a_suffix_read_back(tmp_path: Path) -> None:
    written(tmp_path, asset=Asset("train/1", labelled=False))
    assert of_kind(inspected(tmp_path / "out.json", "label_studio"), "asset")[0]["file_name"] == "train/1"


def test_track_tells_what_differs_by_frame(tmp_path: Path) -> None:
    base = {"type": "detection", "label": "Bee", "track_id": "t", "bbox": [0.1, 0.1, 0.1, 0.1]}
    bodies = [base | {"frame_index": at, "attributes": {"wet": at}, "label": "AB"[at]} for at in range(2)]
    _, losses, _ = written(tmp_path, *bodies, asset=Asset("clip.mp4", width=640, height=480))
    assert codes(losses) == [("differs_by_frame", "attributes"), ("labels_of_track", "label")]


def test_displayed_places_are_written_where_pixels_are_those_of_the_stored_image(tmp_path: Path) -> None:
    body = {"type": "detection", "bbox": [0.1, 0.2, 0.3, 0.4], "bbox_px": [9, 9, 9, 9], "coordinate_frame": "stored"}
    tasks, losses, _ = written(tmp_path, body)
    value = results(tasks)[0]["value"]
    assert [value[name] for name in ("x", "y", "width", "height")] == [10, 20, 30, 40]
    assert losses.losses() == []


def test_task_ids_are_kept_where_they_are_unique(tmp_path: Path) -> None:
    content = [LabelledAsset(Asset(f"{at}.jpg", external_id=each), []) for at, each in enumerate([3, None, 3, "x", 1])]
    with open_target(tmp_path / "out.json") as target:
        assert FORMAT.write is not None
        FORMAT.write(ListDataset(content), target, Context({"reference_prefix": "s3://b/"}), LossReport())
    made = json.loads((tmp_path / "out.json").read_text())
    assert [each["id"] for each in made] == [3, 2, 4, 5, 1]
    assert made[0]["data"] == {"image": "s3://b/0.jpg"}


def test_interface_names_every_control_and_label(tmp_path: Path) -> None:
    box = {"type": "detection", "bbox": [0.1, 0.1, 0.2, 0.2]}
    bodies: list[dict[str, Any]] = [
        box | {"label": 'a<b>"&', "attributes": {"colour": "red"}},
        box | {"label": "Car"},
        {"type": "classification", "label": "day"},
    ]
    _, losses, interface = written(tmp_path, *bodies)
    root = ElementTree.fromstring(interface)
    controls = {each.get("name"): (each.tag, [child.get("value") for child in each]) for each in root}
    assert controls == {
        "image": ("Image", []),
        "box": ("RectangleLabels", ["Car", 'a<b>"&']),
        "choice": ("Choices", ["day"]),
        "colour": ("Choices", ["red"]),
    }
    assert [each.get("background") for each in root.iter("Label")] == ["#ff0000", None]
    assert losses.losses() == []


def test_predictions_and_annotators_are_sets_of_their_own(tmp_path: Path) -> None:
    box = {"type": "detection", "label": "Car", "bbox": [0.1, 0.1, 0.2, 0.2]}
    model = {"field": "yolo", "run": {"model": "yolo v8"}, "source": "auto"}
    bodies: list[dict[str, Any]] = [
        box | {"annotator": "7", "lead_time_seconds": 3.5},
        box | model | {"confidence": 0.5},
        box | model | {"confidence": 0.75},
    ]
    tasks, losses, _ = written(tmp_path, *bodies)
    (made,) = tasks[0]["annotations"]
    assert (made["completed_by"], made["lead_time"]) == (7, 3.5)
    (prediction,) = tasks[0]["predictions"]
    assert prediction["model_version"] == "yolo v8"
    assert [each["score"] for each in prediction["result"]] == [0.5, 0.75]
    assert losses.losses() == []


def test_json_min_is_written_as_tasks(tmp_path: Path) -> None:
    box = {"x": 10, "y": 20, "width": 30, "height": 40, "rectanglelabels": ["Car"]}
    flat = [{"image": "a.jpg", "id": 5, "label": [box], "annotator": 2, "annotation_id": 7, "lead_time": 1.5}]
    converted(write(tmp_path, *flat), tmp_path / "out.json")
    (made,) = json.loads((tmp_path / "out.json").read_text())
    assert (made["id"], made["data"], made["annotations"][0]["completed_by"]) == (5, {"image": "a.jpg"}, 2)
    assert made["annotations"][0]["result"][0]["from_name"] == "label"


def test_output_is_the_same_for_the_same_input(tmp_path: Path) -> None:
    bodies = [{"type": "detection", "label": name, "bbox": [0.1, 0.1, 0.2, 0.2]} for name in ("b", "a", "c")]
    assert written(tmp_path, *bodies)[0::2] == written(tmp_path, *bodies)[0::2]
