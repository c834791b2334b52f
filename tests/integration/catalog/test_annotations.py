"""Annotations through the handler: every type, revisions, layers, bulk."""

import dataclasses
import threading
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from pymongo.database import Database

from foveal.api import Api
from foveal.catalog import summary, writes
from foveal.catalog.routes import annotations
from foveal.events import contract
from foveal.ids import new_id
from foveal.keys import mask_key
from foveal.mongo import Document
from functions.catalog import handler
from tests.integration.catalog.conftest import OTHER_PROJECT, PROJECT, Answer, Client, an_asset

CREATE = "POST /v1/assets/{asset_id}/annotations"
LIST = "GET /v1/assets/{asset_id}/annotations"
REPLACE = "PUT /v1/assets/{asset_id}/fields/{field}/annotations"
GET = "GET /v1/annotations/{annotation_id}"
PATCH = "PATCH /v1/annotations/{annotation_id}"
DELETE = "DELETE /v1/annotations/{annotation_id}"
REVISIONS = "GET /v1/annotations/{annotation_id}/revisions"
RESTORE = "POST /v1/annotations/{annotation_id}/restore"
MASK = "GET /v1/annotations/{annotation_id}/mask"
BULK = "POST /v1/projects/{project}/annotations/bulk"

BOX = {"type": "detection", "field": "ground_truth", "label": "car", "bbox": [0.1, 0.2, 0.3, 0.4]}


@pytest.fixture
def asset(database: Database[Document]) -> Document:
    asset = an_asset()
    database.assets.insert_one(asset)
    return asset


@pytest.fixture
def video(database: Database[Document]) -> Document:
    video = an_asset(media_type="video", frame_count=100)
    database.assets.insert_one(video)
    return video


def create(client: Client, asset: Document, annotation: Any, **more: Any) -> Answer:
    return client.call(CREATE, {"asset_id": asset["_id"]}, {"annotation": annotation, **more})


def created(client: Client, asset: Document, annotation: Any = BOX, **more: Any) -> Any:
    answer = create(client, asset, annotation, **more)
    assert answer.status == 201, answer.text
    return answer.body


def on(annotation: Any, revision: int | None = None) -> dict[str, Any]:
    headers = {"if-match": f'"{annotation["revision"] if revision is None else revision}"'}
    return {"path": {"annotation_id": annotation["annotation_id"]}, "headers": headers}


def assert_true_to_annotations(database: Database[Document]) -> None:
    """The invariant: every summary is that of the annotations, and every change counted once."""
    for asset in database.assets.find():
        annotations = list(database.annotations.find({"asset_id": asset["_id"]}))
        assert asset["label_summary"] == summary.summarise(annotations)
        told = [event["detail"]["annotation_revision"] for event in asset.get("pending_events", [])]
        assert told == list(range(1, asset["annotation_revision"] + 1))


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
    {"type": "cuboid", "field": "g", "label": "car", "cuboid": [0.1, 0.2] * 8},
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
    {"type": "regression", "field": "g", "value": -3.5},
    {"type": "geolocation", "field": "g", "longitude": 9.9, "latitude": 53.5},
    {**BOX, "extra": {"$where": 1, "a.b": {"": None}}, "origin": {"format": "coco", "record": '{"id": 7, "$x": 1}'}},
    {**BOX, "run": {"model": "yolo11", "version": "2026-10", "params": {"imgsz": 640}}, "tags": ["hard", "hard"]},
]


@pytest.mark.parametrize("annotation", VALID, ids=lambda each: str(each)[:70])
def test_an_annotation_comes_back_as_it_was_sent(
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


def test_the_box_around_a_shape_is_filled_in(asset: Document, editor: Client) -> None:
    ring = {"type": "polygon", "field": "g", "rings": [[[0.1, 0.2], [0.5, 0.2], [0.3, 0.8]]]}
    assert created(editor, asset, ring)["bbox"] == pytest.approx([0.1, 0.2, 0.4, 0.6])
    counts = [480 * 2 + 5, 3, 480 - 3, 3, 480 * 640 - (480 * 3 + 5 + 3)]
    mask = {"type": "mask", "field": "g", "mask": {"encoding": "coco_rle", "size": [480, 640], "counts": counts}}
    made = created(editor, asset, mask)
    assert made["bbox"] == pytest.approx([2 / 640, 5 / 480, 2 / 640, 3 / 480])
    assert made["mask"]["area"] == 6


def test_what_lies_outside_is_refused_or_cut_off_when_asked(asset: Document, editor: Client) -> None:
    beyond = {**BOX, "bbox": [0.8, 0.8, 0.4, 0.4]}
    assert create(editor, asset, beyond).status == 400
    made = created(editor, asset, beyond, clip=True)
    assert made["bbox"] == pytest.approx([0.8, 0.8, 0.2, 0.2])
    assert create(editor, asset, {**BOX, "bbox": [1.5, 0, 0.1, 0.1]}, clip=True).status == 400
    again = editor.call(PATCH, **on(made), body={"label": "van"})
    assert (again.status, again.body["bbox"]) == (200, made["bbox"])


INVALID: list[Any] = [
    {},
    {"type": "heatmap", "field": "g"},
    {"type": "detection", "field": "g"},
    {"type": "detection", "field": "g", "bbox": [0, 0, 0.5]},
    {"type": "detection", "field": "g", "bbox": [0, 0, -0.5, 0.5]},
    {"type": "detection", "field": "g", "bbox": ["0", 0, 0.5, 0.5]},
    {"type": "detection", "field": "g", "bbox": [0, 0, 0.5, 0.5], "bbox_px": [0, 0, 10, 10]},
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
def test_what_cannot_be_an_annotation_is_refused_and_leaves_no_trace(
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
    found = viewer.call(LIST, {"asset_id": video["_id"]}, query={"frame_from": "7", "frame_to": "98"}).body
    assert [each["frame_index"] for each in found["items"]] == [7, 8]


def test_only_a_ready_asset_is_annotated(database: Database[Document], editor: Client) -> None:
    pending = an_asset(status="pending")
    database.assets.insert_one(pending)
    answer = create(editor, pending, BOX)
    assert (answer.status, answer.body["code"]) == (409, "AssetNotReady")


def test_a_viewer_reads_and_does_not_write(asset: Document, viewer: Client, editor: Client) -> None:
    assert create(viewer, asset, BOX).status == 403
    made = created(editor, asset)
    assert viewer.call(PATCH, **on(made), body={"label": "van"}).status == 403
    assert viewer.call(DELETE, **on(made)).status == 403
    assert viewer.call(BULK, {"project": PROJECT}, {"operations": [{}]}).status == 403


def test_the_list_goes_on_where_the_page_ended(asset: Document, editor: Client, viewer: Client) -> None:
    made = [created(editor, asset, {**BOX, "field": field})["annotation_id"] for field in ("b", "a", "b", "a", "c")]
    found: list[str] = []
    query: dict[str, str] = {"limit": "2"}
    while True:
        answer = viewer.call(LIST, {"asset_id": asset["_id"]}, query=query)
        assert answer.headers["etag"] == '"5"'
        found += [each["annotation_id"] for each in answer.body["items"]]
        if "next_token" not in answer.body:
            break
        query = {"limit": "2", "next_token": answer.body["next_token"]}
    assert sorted(found) == sorted(made)
    assert [made.index(each) for each in found] == [1, 3, 0, 2, 4]
    only = viewer.call(LIST, {"asset_id": asset["_id"]}, query={"field": "b"}).body["items"]
    assert [each["annotation_id"] for each in only] == [made[0], made[2]]


def test_the_second_of_two_editors_gets_the_present_state_and_nothing_is_lost(
    database: Database[Document], asset: Document, editor: Client, viewer: Client
) -> None:
    made = created(editor, asset)
    other = Client(editor.roles, "editor-2")
    answers: dict[str, Answer] = {}
    barrier = threading.Barrier(2)

    def edit(client: Client, label: str) -> None:
        barrier.wait()
        answers[client.subject] = client.call(PATCH, **on(made), body={"label": label})

    threads = [threading.Thread(target=edit, args=pair) for pair in ((editor, "van"), (other, "bus"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winner, loser = sorted(answers, key=lambda name: answers[name].status)
    assert [answers[winner].status, answers[loser].status] == [200, 412]
    refusal = answers[loser].body
    assert (refusal["code"], refusal["current"]) == ("PreconditionFailed", answers[winner].body)
    entries = viewer.call(REVISIONS, {"annotation_id": made["annotation_id"]}).body["items"]
    told = [(each["revision"], each["change"]["kind"], each["change"]["by"]) for each in entries]
    assert sorted(told) == [(1, "created", "editor-1"), (2, "refused", loser), (2, "updated", winner)]
    (refused,) = [each for each in entries if each["change"]["kind"] == "refused"]
    assert refused["attempted"] == {"label": "van" if loser == "editor-1" else "bus"}
    assert_true_to_annotations(database)


def test_a_write_needs_the_revision_that_it_changes(asset: Document, editor: Client) -> None:
    made = created(editor, asset)
    path = {"annotation_id": made["annotation_id"]}
    for key, body in ((PATCH, {"label": "van"}), (DELETE, None), (RESTORE, {})):
        assert editor.call(key, path, body).status == 428
        assert editor.call(key, path, body, {"if-match": "abc"}).status == 400
        assert editor.call(key, path, body, {"if-match": '"7"'}).status == 412


def test_an_id_of_ones_own_is_made_once_only(database: Database[Document], asset: Document, editor: Client) -> None:
    own = new_id()
    assert created(editor, asset, annotation_id=own)["annotation_id"] == own
    again = create(editor, asset, {**BOX, "label": "bus"}, annotation_id=own)
    assert (again.status, again.body["current"]["label"]) == (412, "car")
    assert_true_to_annotations(database)


def test_a_change_keeps_what_it_does_not_name(asset: Document, editor: Client) -> None:
    made = created(
        editor, asset, {**BOX, "tags": ["a"], "origin": {"format": "coco", "record": "{}"}, "extra": {"k": 1}}
    )
    answer = editor.call(PATCH, **on(made), body={"label": "van", "tags": None, "attributes": {"hue": 3}})
    assert (answer.status, answer.headers["etag"]) == (200, '"2"')
    assert answer.body["bbox"] == made["bbox"]
    assert "tags" not in answer.body
    assert answer.body["origin"] == {"format": "coco", "record": "{}", "edited": True}
    assert answer.body["extra"] == {"k": 1}


def test_new_pixels_leave_no_old_place_standing(asset: Document, editor: Client) -> None:
    made = created(editor, asset, {**BOX, "area": 100.0})
    moved = editor.call(PATCH, **on(made), body={"bbox_px": [0, 0, 64, 48]}).body
    assert moved["bbox"] == pytest.approx([0, 0, 0.1, 0.1])
    assert moved["bbox_area"] == pytest.approx(0.01)
    assert "area" not in moved


def test_undo_brings_back_each_earlier_state_also_after_a_deletion(
    database: Database[Document], asset: Document, editor: Client, viewer: Client
) -> None:
    made = created(editor, asset)
    path = {"annotation_id": made["annotation_id"]}
    editor.call(PATCH, **on(made), body={"label": "van"})
    undone = editor.call(RESTORE, path, {}, {"if-match": '"2"'})
    assert (undone.body["label"], undone.body["revision"]) == ("car", 3)
    deleted = editor.call(DELETE, path, headers={"if-match": '"3"'})
    assert (deleted.status, deleted.headers["etag"]) == (204, '"4"')
    assert viewer.call(GET, path).status == 404
    assert_true_to_annotations(database)
    assert editor.call(RESTORE, path, {}, {"if-match": '"3"'}).status == 412
    back = editor.call(RESTORE, path, {}, {"if-match": '"4"'})
    assert (back.status, back.body["label"], back.body["revision"]) == (200, "car", 5)
    second = editor.call(RESTORE, path, {"to": 2}, {"if-match": '"5"'})
    assert (second.body["label"], second.body["revision"]) == ("van", 6)
    assert editor.call(RESTORE, path, {"to": 40}, {"if-match": '"6"'}).status == 404
    kinds = [each["change"]["kind"] for each in viewer.call(REVISIONS, path).body["items"]]
    assert kinds == ["created", "updated", "restored", "deleted", "restored", "restored"]
    assert_true_to_annotations(database)


def test_undoing_a_creation_deletes(database: Database[Document], asset: Document, editor: Client) -> None:
    made = created(editor, asset)
    assert editor.call(RESTORE, **on(made), body={}).status == 200
    assert database.annotations.count_documents({}) == 0
    assert_true_to_annotations(database)


def test_a_layer_is_replaced_at_once(database: Database[Document], asset: Document, editor: Client) -> None:
    kept, dropped, other = (created(editor, asset, {**BOX, "field": field}) for field in ("m", "m", "other"))
    path = {"asset_id": asset["_id"], "field": "m"}
    new = {"type": "classification", "label": "night"}
    moved = {**{key: BOX[key] for key in ("type", "bbox")}, "label": "van", "annotation_id": kept["annotation_id"]}
    body = {"annotations": [{**new, "field": "m"}, {**moved, "field": "m"}]}
    assert editor.call(REPLACE, path, body).status == 428
    late = editor.call(REPLACE, path, body, {"if-match": '"2"'})
    assert (late.status, late.body["current"]) == (412, {"annotation_revision": 3})
    answer = editor.call(REPLACE, path, body, {"if-match": '"3"'})
    assert (answer.status, answer.body) == (200, {"annotation_revision": 4})
    left = {each["_id"]: each for each in database.annotations.find()}
    assert other["annotation_id"] in left
    assert dropped["annotation_id"] not in left
    assert (left[kept["annotation_id"]]["label"], left[kept["annotation_id"]]["revision"]) == ("van", 2)
    assert len(left) == 3
    assert_true_to_annotations(database)
    wrong = {"annotations": [{**new, "field": "m"}, {"type": "detection", "field": "m"}]}
    assert editor.call(REPLACE, path, wrong, {"if-match": '"4"'}).status == 400
    assert database.annotations.count_documents({}) == 3


def test_reviewed_and_empty_is_not_the_same_as_never_looked_at(
    database: Database[Document], asset: Document, editor: Client, viewer: Client
) -> None:
    database.assets.insert_one(an_asset())
    path = {"asset_id": asset["_id"], "field": "ground_truth"}
    body = {"annotations": [], "reviewed": True}
    assert editor.call(REPLACE, path, body, {"if-match": '"0"'}).status == 200
    empty = {
        "and": [
            {"field": "reviewed_fields", "eq": "ground_truth"},
            {"annotations": {"none": {"field": "ground_truth"}}},
        ]
    }
    search = "POST /v1/projects/{project}/assets/search"
    found = viewer.call(search, {"project": PROJECT}, {"filter": empty}).body["items"]
    assert [each["asset_id"] for each in found] == [asset["_id"]]
    editor.call(REPLACE, path, {"annotations": [], "reviewed": False}, {"if-match": '"1"'})
    assert viewer.call(search, {"project": PROJECT}, {"filter": empty}).body["items"] == []


def bulk(client: Client, operations: list[Any], **more: Any) -> list[Any]:
    answer = client.call(BULK, {"project": PROJECT}, {"operations": operations, **more})
    assert answer.status == 200, answer.text
    results: list[Any] = answer.body["results"]
    return results


def test_each_operation_has_its_own_result_when_unordered(
    database: Database[Document], asset: Document, editor: Client
) -> None:
    foreign = an_asset(project=OTHER_PROJECT)
    database.assets.insert_one(foreign)
    made = created(editor, asset)
    own = new_id()
    results = bulk(
        editor,
        [
            {"op": "create", "asset_id": asset["_id"], "annotation": BOX, "annotation_id": own},
            {"op": "create", "asset_id": foreign["_id"], "annotation": BOX},
            {"op": "create", "asset_id": new_id(), "annotation": BOX},
            {"op": "update", "annotation_id": own, "revision": 1, "changes": {"label": "van"}},
            {"op": "update", "annotation_id": made["annotation_id"], "revision": 9, "changes": {"label": "van"}},
            {"op": "delete", "annotation_id": made["annotation_id"], "revision": 1},
            {"op": "explode"},
            {"op": "create", "asset_id": asset["_id"], "annotation": {"type": "detection", "field": "g"}},
            {"op": "delete", "annotation_id": new_id(), "revision": 1},
        ],
    )
    codes = [result.get("code", result.get("revision")) for result in results]
    assert codes == [
        1,
        "NoSuchAsset",
        "NoSuchAsset",
        2,
        "PreconditionFailed",
        2,
        "InvalidRequest",
        "InvalidRequest",
        "NoSuchAnnotation",
    ]
    assert results[1] == results[2]
    assert [each["label"] for each in database.annotations.find()] == ["van"]
    assert_true_to_annotations(database)


def test_nothing_is_tried_after_the_first_failure_when_ordered(
    database: Database[Document], asset: Document, editor: Client
) -> None:
    good = {"op": "create", "asset_id": asset["_id"], "annotation": BOX}
    results = bulk(editor, [good, good, {"op": "delete", "annotation_id": new_id(), "revision": 1}, good], ordered=True)
    assert [result.get("code") for result in results] == [None, None, "NoSuchAnnotation"]
    assert database.annotations.count_documents({}) == 2
    assert_true_to_annotations(database)


def test_ten_thousand_operations_go_in_one_call(database: Database[Document], editor: Client) -> None:
    assets = [an_asset() for _ in range(500)]
    database.assets.insert_many(assets)
    operations = [{"op": "create", "asset_id": assets[n % 500]["_id"], "annotation": BOX} for n in range(10_000)]
    results = bulk(editor, operations)
    assert {result["revision"] for result in results} == {1}
    assert database.annotations.count_documents({}) == 10_000
    assert_true_to_annotations(database)
    more = {"operations": [*operations, operations[0]]}
    assert editor.call(BULK, {"project": PROJECT}, more).status == 400


def test_the_event_keeps_to_its_contract(database: Database[Document], asset: Document, editor: Client) -> None:
    created(editor, asset)
    stored = database.assets.find_one({"_id": asset["_id"]}) or {}
    (event,) = stored["pending_events"]
    contract.check({"source": "foveal", "detail-type": event["detail_type"], "detail": event["detail"]})
    assert event["detail"]["fields"] == ["ground_truth"]
    assert (event["detail"]["created_count"], event["detail"]["updated_count"]) == (1, 0)


def test_another_project_cannot_tell_that_an_annotation_exists(
    asset: Document, editor: Client, stranger: Client
) -> None:
    made = created(editor, asset)
    for key, body in ((GET, None), (PATCH, {"label": "x"}), (DELETE, None), (REVISIONS, None), (RESTORE, {})):
        behind = stranger.call(key, **on(made), body=body)
        absent = stranger.call(key, **on({"annotation_id": new_id(), "revision": 1}), body=body)
        assert (behind.status, behind.text) == (absent.status, absent.text) == (404, behind.text)


def test_the_caller_is_asked_to_come_again_when_another_writer_holds_the_asset(
    database: Database[Document], asset: Document, editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writes, "SECONDS", 0.5)
    with database.client.start_session() as session, session.start_transaction():
        database.assets.update_one({"_id": asset["_id"]}, {"$set": {"width": 1}}, session=session)
        answer = create(editor, asset, BOX)
        assert (answer.status, answer.body["code"]) == (503, "ServiceUnavailable")
        assert answer.headers["retry-after"]
        session.abort_transaction()
    created(editor, asset)
    assert database.annotations.count_documents({}) == 1
    assert_true_to_annotations(database)


class Shelf:
    """A store of masks in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put(self, project: str, asset_id: str, text: bytes) -> dict[str, Any]:
        key = mask_key(project, asset_id, str(len(self.objects)))
        self.objects[key] = text
        return {"bucket": "media", "key": key, "sha256": "0" * 64, "size_bytes": len(text)}

    def get(self, stored: dict[str, Any]) -> bytes:
        return self.objects[stored["key"]]


def large_mask() -> Any:
    counts = [1] * 20_000 + [480 * 640 - 20_000]
    return {"type": "mask", "field": "g", "mask": {"encoding": "coco_rle", "size": [480, 640], "counts": counts}}


def test_a_large_mask_lies_in_the_bucket_and_comes_back(
    database: Database[Document], asset: Document, editor: Client, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf()
    monkeypatch.setattr(handler.handler, "routes", with_masks(shelf))
    made = created(editor, asset, large_mask())
    assert "counts" not in made["mask"]
    assert (made["mask"]["area"], len(shelf.objects)) == (10_000, 1)
    path = {"annotation_id": made["annotation_id"]}
    assert viewer.call(MASK, path).body == large_mask()["mask"]["counts"]
    renamed = editor.call(PATCH, **on(made), body={"label": "van"})
    assert (renamed.status, renamed.body["mask"]) == (200, made["mask"])
    assert_true_to_annotations(database)


def test_nobody_points_a_mask_at_an_object_of_their_choice(
    asset: Document, editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler.handler, "routes", with_masks(Shelf()))
    theirs = {"bucket": "media", "key": "masks/meadow/a/b", "sha256": "0" * 64, "size_bytes": 9}
    pointing = {"encoding": "coco_rle", "size": [480, 640], "s3": theirs}
    assert create(editor, asset, {"type": "mask", "field": "g", "mask": pointing}).status == 400
    made = created(editor, asset, large_mask())
    assert editor.call(PATCH, **on(made), body={"mask": pointing}).status == 400


def test_a_large_mask_is_refused_where_there_is_no_bucket(asset: Document, editor: Client) -> None:
    assert create(editor, asset, large_mask()).body["code"] == "EntityTooLarge"


def with_masks(shelf: Shelf) -> Any:
    """Return the routes of the function with a store of masks."""
    api = Api(Logger(), lambda: handler.settings().access)
    annotations.add(api, dataclasses.replace(handler.services, masks=lambda: shelf))
    return api.routes
