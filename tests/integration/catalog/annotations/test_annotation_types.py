"""Types of annotations: members that each takes, refuses and fills in."""

import base64
import zlib
from typing import Any

import numpy
import pytest
from pymongo.database import Database

from foveal.database.client import Document
from tests.integration.catalog.annotation_requests import (
    BOX,
    CREATE,
    GET,
    LIST,
    PATCH,
    REPLACE,
    assert_true_to_annotations,
    create,
    created,
    on,
)
from tests.integration.catalog.conftest import Client


def heatmap(rows: list[list[float]], dtype: str = "float32") -> dict[str, Any]:
    values = base64.b64encode(zlib.compress(numpy.array(rows, numpy.dtype(dtype).newbyteorder("<")).tobytes()))
    grid = {"dtype": dtype, "size": [len(rows), len(rows[0])], "values": values.decode()}
    return {"type": "heatmap", "field": "saliency", "map": grid}


VALID: list[Any] = [
    BOX,
    {**BOX, "confidence": 0.5, "rotation": 30.0, "rotation_origin": "center", "attributes": {"parked": True}},
    {"type": "detection", "field": "voc", "label": "dog", "bbox_px": [64, 48, 64, 96], "difficult": True},
    {"type": "classification", "field": "scene", "label": "harbour", "confidence": 1},
    {
        "type": "polygon",
        "field": "g",
        "label": "car",
        "rings": [[[0, 0], [0.5, 0], [0.5, 0.5]]],
        "holes": [[[0.1, 0.05], [0.2, 0.05], [0.2, 0.1]]],
    },
    {
        "type": "polygon",
        "field": "g",
        "label": "car",
        "rings_px": [[[0, 0], [64, 0], [64, 48]], [[80, 80], [90, 80], [90, 90]]],
        "area": 1586.5,
        "iscrowd": False,
    },
    {"type": "polyline", "field": "g", "label": "lane", "rings": [[[0, 0], [1, 1]]]},
    {
        "type": "keypoints",
        "field": "g",
        "label": "person",
        "keypoints": [{"name": "nose", "x": 0.5, "y": 0.5, "visibility": 1}, {"name": "ear", "visibility": 0}],
    },
    {"type": "ellipse", "field": "g", "label": "eye", "ellipse": {"cx": 0.5, "cy": 0.5, "rx": 0.1, "ry": 0.2}},
    {"type": "cuboid", "field": "g", "label": "car", "cuboid": [0.1, 0.2, 0.3, 0.2, 0.3, 0.4, 0.1, 0.4] * 2},
    {
        "type": "cuboid_3d",
        "field": "g",
        "label": "car",
        "box3d": {"location": [1, 2, 3], "dimensions": [4, 2, 1.5], "rotation": [0, 0, 1.5]},
    },
    {
        "type": "mask",
        "field": "g",
        "label": "car",
        "mask": {"encoding": "coco_rle", "size": [480, 640], "counts": [480, 10, 480 * 640 - 490], "area": 10},
    },
    {
        "type": "segmentation",
        "field": "g",
        "label": "sky",
        "mask": {"encoding": "coco_rle", "size": [480, 640], "counts": [0, 480 * 640]},
    },
    {
        "type": "mask",
        "field": "g",
        "label": "car",
        "mask": {"encoding": "cvat_rle", "size": [2, 3], "counts": [1, 4, 1], "bbox_px": [10, 20, 3, 2]},
    },
    heatmap([[0.0, 0.25], [0.5, 1.0]]),
    {**heatmap([[0, 255], [7, 9]], "uint8"), "label": "grad-cam", "bbox": [0, 0, 0.5, 0.5]},
    {**heatmap([[-3.0, 3.0]]), "map": {**heatmap([[-3.0, 3.0]])["map"], "range": [-4, 4]}},
    {"type": "caption", "field": "g", "text": "A boat\nin the harbour.", "language": "en"},
    {"type": "classification", "field": "g", "label": "boat", "logits": [-1.5, 3.0]},
    {**BOX, "text": "HH-1234", "relations": [{"to": "other", "labels": ["owns"], "direction": "both"}]},
    {"type": "regression", "field": "g", "value": -3.5},
    {"type": "geolocation", "field": "g", "longitude": 9.9, "latitude": 53.5},
    {"type": "geolocation", "field": "g", "line": [[9.9, 53.5], [10.0, 53.5]]},
    {"type": "geolocation", "field": "g", "polygon": [[[9.9, 53.5], [10.0, 53.5], [10.0, 53.6], [9.9, 53.5]]]},
    {**BOX, "extra": {"$where": 1, "a.b": {"": None}}, "origin": {"format": "coco", "record": '{"id": 7, "$x": 1}'}},
    {**BOX, "run": {"model": "yolo11", "version": "2026-10", "params": {"imgsz": 640}}, "tags": ["hard", "hard"]},
]


@pytest.mark.parametrize("annotation", VALID, ids=lambda each: str(each)[:70])
def test_annotations_come_back_as_they_were_sent(
    database: Database[Document], asset: Document, editor: Client, viewer: Client, annotation: Any
) -> None:
    made = created(editor, asset, annotation)
    seen = viewer.call(GET, {"annotation_id": made["annotation_id"]})
    assert (seen.status, seen.headers["etag"], seen.body) == (200, '"1"', made)
    for name, value in annotation.items():
        expected = ["hard"] if name == "tags" else value
        sent = {key: made[name].get(key) for key in expected} if isinstance(expected, dict) else made[name]
        if name != "keypoints":
            assert sent == expected, name
    assert made["created_by"] == "editor-1"
    assert_true_to_annotations(database)


def test_pixels_become_relative_and_stay_as_given(asset: Document, editor: Client) -> None:
    made = created(editor, asset, {"type": "detection", "field": "voc", "label": "dog", "bbox_px": [64, 48, 64, 96]})
    assert made["bbox"] == pytest.approx([0.1, 0.1, 0.1, 0.2])
    assert made["bbox_area"] == pytest.approx(0.02)
    elsewhere = {"type": "detection", "field": "voc", "bbox_px": [10, 10, 10, 10], "image_size": [100, 50]}
    assert created(editor, asset, elsewhere)["bbox"] == pytest.approx([0.1, 0.2, 0.1, 0.2])


def test_pixels_of_the_stored_frame_are_checked_against_the_stored_size(
    database: Database[Document], asset: Document, editor: Client
) -> None:
    sideways = {"stored_width": 480, "stored_height": 640, "orientation": 6}
    database.assets.update_one({"_id": asset["_id"]}, {"$set": sideways})
    box = {"type": "detection", "field": "voc", "label": "dog", "bbox_px": [48, 64, 240, 64]}
    assert created(editor, asset, {**box, "coordinate_frame": "stored"})["bbox"] == pytest.approx([0.8, 0.1, 0.1, 0.5])
    as_displayed = created(editor, asset, box)["bbox"]
    assert as_displayed == pytest.approx([48 / 640, 64 / 480, 240 / 640, 64 / 480])
    counts = [640 * 2 + 5, 3, 640 * 480 - (640 * 2 + 8)]
    mask = {"type": "mask", "field": "g", "mask": {"encoding": "coco_rle", "size": [640, 480], "counts": counts}}
    assert create(editor, asset, {**mask, "coordinate_frame": "stored"}).status == 201
    assert create(editor, asset, mask).status == 400


def test_boxes_around_shapes_are_filled_in(asset: Document, editor: Client) -> None:
    ring = {"type": "polygon", "field": "g", "rings": [[[0.1, 0.2], [0.5, 0.2], [0.3, 0.8]]]}
    assert created(editor, asset, ring)["bbox"] == pytest.approx([0.1, 0.2, 0.4, 0.6])
    counts = [480 * 2 + 5, 3, 480 - 3, 3, 480 * 640 - (480 * 3 + 5 + 3)]
    mask = {"type": "mask", "field": "g", "mask": {"encoding": "coco_rle", "size": [480, 640], "counts": counts}}
    made = created(editor, asset, mask)
    assert made["bbox"] == pytest.approx([2 / 640, 5 / 480, 2 / 640, 3 / 480])
    assert made["mask"]["area"] == 6


def test_geometry_outside_the_image_is_refused_or_clipped(asset: Document, editor: Client) -> None:
    beyond = {**BOX, "bbox": [0.8, 0.8, 0.4, 0.4]}
    assert create(editor, asset, beyond).status == 400
    made = created(editor, asset, beyond, clip=True)
    assert made["bbox"] == pytest.approx([0.8, 0.8, 0.2, 0.2])
    assert create(editor, asset, {**BOX, "bbox": [1.5, 0, 0.1, 0.1]}, clip=True).status == 400
    ring = {"type": "polygon", "field": "g", "rings": [[[1.2, 0.2], [1.5, 0.2], [1.5, 0.5]]]}
    assert create(editor, asset, ring, clip=True).body["detail"].startswith("a ring lies wholly outside the image")
    again = editor.call(PATCH, **on(made), body={"label": "van"})
    assert (again.status, again.body["bbox"]) == (200, made["bbox"])


def test_clipped_geometry_can_be_changed_and_sent_back(asset: Document, editor: Client) -> None:
    beyond = {"type": "detection", "field": "voc", "label": "dog", "bbox_px": [-100, 10, 200, 100]}
    made = created(editor, asset, beyond, clip=True)
    assert made["bbox_px"] == beyond["bbox_px"]
    turned = editor.call(PATCH, **on(made), body={"rotation_origin": "center", "rotation": 0})
    assert (turned.status, turned.body["bbox"]) == (200, made["bbox"])
    again = {name: turned.body[name] for name in ("type", "label", "bbox", "bbox_px")}
    path = {"asset_id": asset["_id"], "field": "copy"}
    assert editor.call(REPLACE, path, {"annotations": [again]}, {"if-match": '"2"'}).status == 200
    assert create(editor, asset, {**beyond, "bbox": [0.1, 0.1, 0.5, 0.5]}).status == 400


INVALID: list[Any] = [
    {},
    {"type": "heat_map", "field": "g"},
    {"type": "heatmap", "field": "g"},
    {**heatmap([[0.5]]), "bbox": [0, 0, 2, 2]},
    *(
        {"type": "heatmap", "field": "g", "map": {**heatmap([[0.5, 1]])["map"], **wrong}}
        for wrong in (
            {"size": [1, 3]},
            {"size": [1, 1]},
            {"size": [2**20, 2**20]},
            {"values": "not base64"},
            {"values": base64.b64encode(b"not zlib").decode()},
            {"values": base64.b64encode(zlib.compress(bytes(8))[:-2]).decode()},
            {"values": heatmap([[float("nan"), 0]])["map"]["values"]},
            {"values": heatmap([[0, float("inf")]])["map"]["values"]},
            {"values": None},
            {"range": [1, 0]},
            {"range": [0]},
            {"dtype": "float64"},
        )
    ),
    {"type": "caption", "field": "g"},
    {"type": "caption", "field": "g", "text": ""},
    {**BOX, "review": {"state": "accepted", "at": "yesterday"}},
    {**BOX, "review": {"state": "accepted", "at": "2026-10-31T09:30:00"}},
    {**BOX, "relations": [{"to": "other", "direction": "up"}]},
    {"type": "geolocation", "field": "g"},
    {"type": "geolocation", "field": "g", "longitude": 9.9},
    {"type": "geolocation", "field": "g", "line": [[9.9, 153.5], [10.0, 53.5]]},
    {"type": "geolocation", "field": "g", "polygon": [[[9.9, 53.5], [10.0, 53.5], [10.0, 53.6], [9.9, 53.6]]]},
    {"type": "detection", "field": "g"},
    {"type": "detection", "field": "g", "bbox": [0, 0, 0.5]},
    {"type": "detection", "field": "g", "bbox": [0, 0, -0.5, 0.5]},
    {"type": "detection", "field": "g", "bbox": ["0", 0, 0.5, 0.5]},
    {"type": "detection", "field": "g", "bbox": [0, 0, 0.5, 0.5], "bbox_px": [0, 0, 10, 10]},
    {**BOX, "rotation": 1, "bbox": [-5e299, -5e299, 1e300, 1e300]},
    {"type": "ellipse", "field": "g", "rotation": 1, "ellipse": {"cx": 0.5, "cy": 0.5, "rx": 1e308, "ry": 1e308}},
    {"type": "polygon", "field": "g", "rings": [[[0, 0], [0.5, 0], [0.5, 0.5]] * 30_000] * 2},
    {"type": "geolocation", "field": "g", "polygon": [[[0, 0], [1, 0], [1, 1], [0, 0]] * 20_000] * 2},
    {"type": "classification", "field": "g"},
    {**BOX, "field": "$where"},
    {**BOX, "field": ""},
    {**BOX, "label": "a\u0000b"},
    {**BOX, "label": "x" * 300},
    {**BOX, "label": {"$ne": 1}},
    {**BOX, "confidence": 1.1},
    {**BOX, "confidence": True},
    {**BOX, "attributes": {"$set": 1}},
    {**BOX, "attributes": {"a.b": 1}},
    {**BOX, "attributes": {"a\u0000": 1}},
    {**BOX, "attributes": {"deep": {"a": 1}}},
    {**BOX, "attributes": {"large": 2**64}},
    {**BOX, "track_id": "t\u0000"},
    {**BOX, "project": "other"},
    {**BOX, "revision": 7},
    {**BOX, "_id": "x"},
    {**BOX, "frame_index": 3},
    {**BOX, "extra": {"x": "y" * 20_000}},
    {**BOX, "origin": {"format": "coco", "record": {"a": 1}}},
    {"type": "polygon", "field": "g", "rings": [[[0, 0], [0.5, 0.5]]]},
    {"type": "polygon", "field": "g", "rings": [[[0, 0], [0.5, 0.5], [0, 0]]]},
    {"type": "polygon", "field": "g", "rings": [[[0, 0], [0.5, 0], [0.5, 1.5]]]},
    {"type": "polygon", "field": "g", "closed": False, "rings": [[[0, 0], [0.5, 0], [0.5, 0.5]]]},
    {"type": "keypoints", "field": "g", "keypoints": [{"name": "nose"}]},
    {"type": "keypoints", "field": "g", "keypoints": [{"x": 0.1, "y": 0.1, "visibility": 3}]},
    {"type": "keypoints", "field": "g", "keypoints": [{"x": 0.1, "y": 0.1, "visibility": True}]},
    {"type": "mask", "field": "g", "mask": {"encoding": "coco_rle", "size": [480, 640], "counts": [1, 2]}},
    {"type": "mask", "field": "g", "mask": {"encoding": "coco_rle", "size": [640, 480], "counts": [640 * 480]}},
    {
        "type": "mask",
        "field": "g",
        "mask": {"encoding": "coco_rle", "size": [480, 640], "counts": [0, 480 * 640], "area": 5},
    },
    {"type": "mask", "field": "g", "mask": {"encoding": "coco_rle_str", "size": [480, 640], "counts": "\u0001"}},
    {"type": "mask", "field": "g", "mask": {"encoding": "coco_rle", "size": [480, 640], "counts": [-1, 480 * 640 + 1]}},
    {"type": "temporal", "field": "g", "support": {"first": 0, "last": 1}},
]


@pytest.mark.parametrize("annotation", INVALID, ids=lambda each: str(each)[:80])
def test_invalid_annotations_are_refused_and_leave_no_trace(
    database: Database[Document], asset: Document, editor: Client, annotation: Any
) -> None:
    answer = create(editor, asset, annotation)
    assert (answer.status, answer.body["code"]) in ((400, "InvalidRequest"), (413, "EntityTooLarge")), answer.text
    assert database.annotations.count_documents({}) == 0
    assert database.assets.find_one() == asset


def test_numbers_that_json_cannot_mean_are_refused(asset: Document, editor: Client) -> None:
    for number in ("1e999", "-1e999", "NaN"):
        raw = '{"annotation": {"type": "detection", "field": "g", "bbox": [0, 0, 0.1, ' + number + "]}}"
        assert editor.call(CREATE, {"asset_id": asset["_id"]}, raw=raw).status == 400
    deep = '{"annotation": {"type": "detection", "field": "g", "extra": ' + '{"a":' * 3000 + "1" + "}" * 3000 + "}}"
    assert editor.call(CREATE, {"asset_id": asset["_id"]}, raw=deep).status == 400


def test_frames_lie_within_the_video(video: Document, editor: Client, viewer: Client) -> None:
    for frame in (0, 7, 8, 99):
        created(editor, video, {**BOX, "frame_index": frame, "track_id": "t1"})
    beyond = create(editor, video, {**BOX, "frame_index": 100})
    assert (beyond.status, "100 frames" in beyond.body["detail"]) == (400, True)
    temporal = {"type": "temporal", "field": "events", "label": "docking", "support": {"first": 3, "last": 99}}
    created(editor, video, temporal)
    assert create(editor, video, {**temporal, "support": {"first": 4, "last": 3}}).status == 400
    assert create(editor, video, {**temporal, "support": {"first": 4}}).status == 400
    assert create(editor, video, {**temporal, "support": {"start_seconds": 2.5, "end_seconds": 1}}).status == 400
    created(editor, video, {**temporal, "support": {"start_seconds": 1, "end_seconds": 2.5}})
    found = viewer.call(LIST, {"asset_id": video["_id"]}, query={"frame_from": "7", "frame_to": "98"}).body
    assert [each["frame_index"] for each in found["items"]] == [7, 8]


def test_heatmaps_answer_with_the_range_that_is_shown(asset: Document, editor: Client) -> None:
    assert created(editor, asset, heatmap([[0, 9]], "uint8"))["map"]["range"] == [0, 255]
    assert created(editor, asset, heatmap([[0, 9]], "uint16"))["map"]["range"] == [0, 65535]
    made = created(editor, asset, heatmap([[0, 0.5]]))
    assert made["map"]["range"] == [0, 1]
    warmer = editor.call(PATCH, **on(made), body={"map": heatmap([[0.5, 1]])["map"]})
    assert (warmer.status, warmer.body["map"]["values"]) == (200, heatmap([[0.5, 1]])["map"]["values"])


def test_reviews_answer_with_their_instant(asset: Document, editor: Client) -> None:
    review = {"state": "accepted", "by": "reviewer-1", "at": "2026-10-31T10:30:00.5+01:00"}
    made = created(editor, asset, {**BOX, "review": review})
    assert made["review"]["at"] == "2026-10-31T09:30:00.500Z"
    again = editor.call(PATCH, **on(made), body={"label": "van"})
    assert (again.status, again.body["review"]) == (200, made["review"])
