"""Many annotations at once: a layer replaced, operations in bulk."""

from typing import Any

from pymongo.database import Database

from foveal.database.client import Document
from foveal.encoding.ids import new_id
from tests.integration.catalog.annotation_requests import BOX, BULK, REPLACE, assert_true_to_annotations, created
from tests.integration.catalog.conftest import OTHER_PROJECT, PROJECT, Client, an_asset


def test_layers_are_replaced_at_once(database: Database[Document], asset: Document, editor: Client) -> None:
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


def test_layers_stay_as_they_are_when_a_later_draft_is_refused(
    database: Database[Document], asset: Document, editor: Client
) -> None:
    made = created(editor, asset, {**BOX, "field": "m"})
    path = {"asset_id": asset["_id"], "field": "m"}
    box = {key: BOX[key] for key in ("type", "bbox")}
    same = {**box, "annotation_id": made["annotation_id"]}
    for refused in ({**box, "annotation_id": new_id()}, same):
        body = {"annotations": [box, same, refused]}
        assert editor.call(REPLACE, path, body, {"if-match": '"1"'}).status == 400
        assert [each["_id"] for each in database.annotations.find()] == [made["annotation_id"]]
        assert_true_to_annotations(database)


def test_reviewed_empty_layers_differ_from_unreviewed_ones(
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


def test_operations_have_each_their_result_when_unordered(
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


def test_operations_end_at_the_first_failure_when_ordered(
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


def test_impossible_drafts_are_named_by_their_position(asset: Document, editor: Client) -> None:
    path = {"asset_id": asset["_id"], "field": "ground_truth"}
    for wrong, place in (({"bbox": [5, 5, 1, 1]}, "annotations.1: "), ({"annotation_id": "x"}, "annotations.1.")):
        answer = editor.call(REPLACE, path, {"annotations": [BOX, {**BOX, **wrong}]}, {"if-match": '"0"'})
        assert (answer.status, answer.body["detail"].startswith(place)) == (400, True), answer.text


def test_annotation_ids_that_come_twice_in_a_layer_are_refused(
    database: Database[Document], asset: Document, editor: Client
) -> None:
    made = created(editor, asset)
    path, again = {"asset_id": asset["_id"], "field": "ground_truth"}, {**BOX, "annotation_id": made["annotation_id"]}
    answer = editor.call(REPLACE, path, {"annotations": [again, again]}, {"if-match": '"1"'})
    assert (answer.status, answer.body["detail"]) == (400, f"{made['annotation_id']} comes twice.")
    assert_true_to_annotations(database)


def test_events_name_every_layer_that_changed(database: Database[Document], asset: Document, editor: Client) -> None:
    made = created(editor, asset)
    moved = {"op": "update", "annotation_id": made["annotation_id"], "revision": 1, "changes": {"field": "b"}}
    new = {"op": "create", "asset_id": asset["_id"], "annotation": {**BOX, "field": "a"}}
    assert [each["revision"] for each in bulk(editor, [new, moved])] == [1, 2]
    stored = database.assets.find_one({"_id": asset["_id"]}) or {}
    assert stored["pending_events"][-1]["detail"]["fields"] == ["a", "b", "ground_truth"]
