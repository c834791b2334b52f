"""A review queue: assets with annotations that nobody has reviewed, by layer, author and time, and their counts."""

from typing import Any

import pytest
from pymongo.database import Database

from foveal.database.client import Document
from tests.integration.catalog.annotation_requests import BOX, GET, PATCH, RESTORE, created, on
from tests.integration.catalog.conftest import PROJECT, Client, an_asset

SEARCH = "POST /v1/projects/{project}/assets/search"
AGGREGATE = "POST /v1/projects/{project}/assets/aggregate"
ANNOTATIONS = "POST /v1/projects/{project}/annotations/search"


@pytest.fixture
def assets(database: Database[Document], editor: Client) -> list[Document]:
    """Return four assets: unreviewed in `yolo12`, accepted there, unreviewed in another layer, pending."""
    made = [an_asset() for _ in range(4)]
    database.assets.insert_many(made)
    created(editor, made[0], {**BOX, "field": "yolo12"})
    created(editor, made[1], {**BOX, "field": "yolo12", "review": {"state": "accepted", "by": "ann"}})
    created(editor, made[2], {**BOX, "field": "ground_truth"})
    created(editor, made[3], {**BOX, "field": "yolo12", "review": {"state": "pending"}})
    return made


def found(client: Client, wanted: Any) -> set[str]:
    body = {"filter": {"annotations": {"any": wanted}}, "fields": []}
    answer = client.call(SEARCH, {"project": PROJECT}, body)
    assert answer.status == 200, answer.text
    return {item["asset_id"] for item in answer.body["items"]}


def ids(assets: list[Document], *numbers: int) -> set[str]:
    return {assets[number]["_id"] for number in numbers}


def test_queue_holds_the_assets_with_unreviewed_annotations_of_a_layer(assets: list[Document], viewer: Client) -> None:
    assert found(viewer, {"field": "yolo12", "review": "unreviewed"}) == ids(assets, 0)
    assert found(viewer, {"field": "yolo12", "review": ["unreviewed", "pending"]}) == ids(assets, 0, 3)
    assert found(viewer, {"review": "accepted"}) == ids(assets, 1)


def test_queue_is_asked_for_in_a_query_string(assets: list[Document], viewer: Client) -> None:
    query = {"field": "yolo12", "review": "unreviewed", "created_by": "editor-1"}
    answer = viewer.call("GET /v1/projects/{project}/assets", {"project": PROJECT}, query=query)
    assert {item["asset_id"] for item in answer.body["items"]} == ids(assets, 0)


def test_annotations_are_found_by_author_and_time_of_the_last_change(
    assets: list[Document], editor: Client, viewer: Client
) -> None:
    other = Client(editor.roles, "editor-2")
    body = {"filter": {"field": "asset_id", "eq": assets[0]["_id"]}}
    (annotation,) = viewer.call(ANNOTATIONS, {"project": PROJECT}, body).body["items"]
    changed = other.call(
        "PATCH /v1/annotations/{annotation_id}",
        {"annotation_id": annotation["annotation_id"]},
        {"review": {"state": "rejected", "note": "a shadow"}},
        headers={"if-match": '"1"'},
    )
    assert changed.status == 200, changed.text
    assert found(viewer, {"updated_by": "editor-2"}) == ids(assets, 0)
    assert found(viewer, {"created_by": "editor-2"}) == set()
    moment = changed.body["updated_at"]
    assert found(viewer, {"updated_by": ["editor-1", "editor-2"], "updated_at": {"gte": moment}}) == ids(assets, 0)
    assert found(viewer, {"updated_at": {"gt": moment}}) == set()
    page = viewer.call(ANNOTATIONS, {"project": PROJECT}, {"annotations": {"updated_at": {"gte": moment}}})
    assert [item["review"]["state"] for item in page.body["items"]] == ["rejected"]


def test_review_names_the_subject_that_stated_it_last(assets: list[Document], editor: Client) -> None:
    other = Client(editor.roles, "editor-2")
    made = created(editor, assets[0], {**BOX, "review": {"state": "pending"}})
    assert (made["review"]["by"], made["review"]["at"]) == ("editor-1", made["updated_at"])
    changed = other.call(PATCH, **on(made), body={"review": {"state": "accepted", "note": "sharp"}}).body
    assert changed["review"] == {"state": "accepted", "by": "editor-2", "at": changed["updated_at"], "note": "sharp"}
    relabelled = editor.call(PATCH, **on(changed), body={"label": "van"}).body
    assert relabelled["review"] == changed["review"]
    taken_back = editor.call(PATCH, **on(relabelled), body={"review": None}).body
    assert "review" not in taken_back
    restored = editor.call(RESTORE, **on(taken_back), body={}).body
    assert restored["review"] == changed["review"]


def test_review_keeps_the_subject_that_a_caller_names(assets: list[Document], editor: Client) -> None:
    review = {"state": "accepted", "by": "ann"}
    made = created(editor, assets[0], {**BOX, "review": review})
    assert made["review"] == review
    named = editor.call(PATCH, **on(made), body={"review": {"state": "rejected", "by": "bob"}}).body
    assert named["review"] == {"state": "rejected", "by": "bob"}


def test_review_that_was_stored_without_a_subject_stays_so(
    database: Database[Document], assets: list[Document], editor: Client
) -> None:
    made = created(editor, assets[0], {**BOX, "review": {"state": "accepted"}})
    stored = {"review": {"state": "accepted"}}
    database.annotations.update_one({"_id": made["annotation_id"]}, {"$set": stored})
    read = editor.call(GET, {"annotation_id": made["annotation_id"]}).body
    assert read["review"] == {"state": "accepted"}
    relabelled = editor.call(PATCH, **on(made), body={"label": "van"}).body
    assert relabelled["review"] == {"state": "accepted"}
    again = editor.call(PATCH, **on(relabelled), body={"review": {"state": "rejected"}}).body
    assert (again["review"]["state"], again["review"]["by"]) == ("rejected", "editor-1")


def test_counts_tell_the_progress_of_a_review(assets: list[Document], viewer: Client) -> None:
    counts = {"annotation_counts": {"by": ["review"], "where": {"field": "yolo12"}}}
    answer = viewer.call(AGGREGATE, {"project": PROJECT}, {"aggregates": {"progress": counts}})
    assert {group["review"]: group["annotations"] for group in answer.body["aggregates"]["progress"]["counts"]} == {
        "unreviewed": 1,
        "accepted": 1,
        "pending": 1,
    }


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"review": "seen"}, "review"),
        ({"updated_at": {}}, "needs gt, gte, lt or lte"),
        ({"updated_at": {"gte": "yesterday"}}, "an instant is RFC 3339"),
        ({"created_by": ""}, "created_by"),
    ],
)
def test_description_of_an_annotation_is_refused_by_the_name_of_its_member(
    viewer: Client, wanted: Any, words: str
) -> None:
    answer = viewer.call(SEARCH, {"project": PROJECT}, {"filter": {"annotations": {"any": wanted}}})
    assert (answer.status, answer.body["code"]) == (400, "InvalidRequest")
    assert words in answer.body["detail"]
