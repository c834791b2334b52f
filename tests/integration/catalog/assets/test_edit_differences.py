"""Edits change only what differs and still matches; attributes of an asset are bounded."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database

from foveal.catalog import asset_edits
from foveal.catalog.search import search
from foveal.database.client import Document
from foveal.validation.values import MAX_ATTRIBUTES_BYTES
from tests.integration.catalog.annotation_requests import BOX, create, created, on
from tests.integration.catalog.conftest import PROJECT, Client, an_asset

GET = "GET /v1/assets/{asset_id}"
PATCH = "PATCH /v1/assets/{asset_id}"
PATCH_ANNOTATION = "PATCH /v1/annotations/{annotation_id}"
EDIT = "POST /v1/projects/{project}/assets/edit"
HERE = {"project": PROJECT}
THEN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "edit",
    [
        {"add_tags": ["a"]},
        {"remove_tags": ["never"]},
        {"set_attributes": {"sky": "grey"}},
        {"set_attributes": {"sky": "grey", "speed": 3}, "add_tags": ["b", "a"]},
        {"unset_attributes": ["never"]},
    ],
    ids=str,
)
def test_edits_without_a_difference_modify_nothing(database: Database[Document], editor: Client, edit: Any) -> None:
    asset = an_asset(tags=["a", "b"], attributes={"sky": "grey", "speed": 3}, updated_at=THEN)
    database.assets.insert_one(asset)
    assert editor.call(EDIT, HERE, edit).body == {"matched": 1, "modified": 0, "next_token": None}
    assert database.assets.find_one() == asset


@pytest.mark.parametrize(
    "edit",
    [
        {"add_tags": ["a", "c"]},
        {"remove_tags": ["a"]},
        {"set_attributes": {"sky": "grey", "speed": 4}},
        {"set_attributes": {"speed": True}},
        {"set_attributes": {"sky": "$tags", "x": [1, 2]}},
        {"unset_attributes": ["sky"]},
    ],
    ids=str,
)
def test_edits_count_and_date_the_assets_that_they_change(
    database: Database[Document], editor: Client, edit: Any
) -> None:
    database.assets.insert_one(an_asset(tags=["a", "b"], attributes={"sky": "grey", "speed": 1}, updated_at=THEN))
    assert editor.call(EDIT, HERE, edit).body["modified"] == 1
    assert (database.assets.find_one() or {})["updated_at"] > THEN
    assert editor.call(EDIT, HERE, edit).body["modified"] == 0


def test_patches_without_a_difference_keep_the_entity_tag(database: Database[Document], editor: Client) -> None:
    asset = an_asset(tags=["a"], attributes={"speed": 1}, updated_at=THEN)
    database.assets.insert_one(asset)
    path = {"asset_id": asset["_id"]}
    tag = editor.call(GET, path).headers["etag"]
    same = editor.call(PATCH, path, {"tags": ["a"], "attributes": {"speed": 1}}, {"if-match": tag})
    assert (same.status, same.headers["etag"]) == (200, tag)
    other = editor.call(PATCH, path, {"attributes": {"speed": True}}, {"if-match": tag})
    assert other.headers["etag"] != tag
    assert editor.call(PATCH, path, {"tags": ["a"]}, {"if-match": tag}).status == 412


def test_assets_that_stopped_to_match_are_not_edited(
    database: Database[Document], editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, moved = an_asset(tags=["night"]), an_asset(tags=["night"])
    database.assets.insert_many([kept, moved])
    found = search.run

    def then_changed(*arguments: Any, **named: Any) -> list[Document]:
        result = found(*arguments, **named)
        database.assets.update_one({"_id": moved["_id"]}, {"$set": {"tags": ["day"]}})
        return result

    monkeypatch.setattr(search, "run", then_changed)
    body = {"filter": {"field": "tags", "eq": "night"}, "add_tags": ["dark"]}
    assert editor.call(EDIT, HERE, body).body == {"matched": 2, "modified": 1, "next_token": None}
    assert (database.assets.find_one({"_id": moved["_id"]}) or {})["tags"] == ["day"]


def test_attributes_are_bounded_in_bytes_all_together(database: Database[Document], editor: Client) -> None:
    half = ["x" * 1_000] * 40
    asset = an_asset(attributes={"a": half})
    database.assets.insert_one(asset)
    assert editor.call(EDIT, HERE, {"set_attributes": {"b": half, "c": half}}).status == 400
    assert editor.call(EDIT, HERE, {"set_attributes": {"b": half}}).body["modified"] == 0
    path = {"asset_id": asset["_id"]}
    tag = editor.call(GET, path).headers["etag"]
    answer = editor.call(PATCH, path, {"attributes": {"b": half}}, {"if-match": tag})
    assert (answer.status, str(MAX_ATTRIBUTES_BYTES) in answer.body["detail"]) == (400, True)
    assert create(editor, asset, {**BOX, "attributes": {"a": half, "b": half}}).status == 400


SMALL = {"annotations": {"any": {"label": "car", "area": {"lt": 0.05}}}}


@pytest.mark.parametrize("filter_", [SMALL, {"not": {"annotations": {"none": {"label": "car", "area": {"lt": 0.05}}}}}])
def test_edits_leave_assets_whose_annotations_stop_to_match_in_between(
    database: Database[Document], asset: Document, editor: Client, monkeypatch: pytest.MonkeyPatch, filter_: Any
) -> None:
    """Change of the only small car to a large one between search and edit: the search is made again."""
    made = created(editor, asset, {**BOX, "bbox": [0.1, 0.1, 0.1, 0.1]})
    run, searched = search.run, list[int]()

    def search_and_annotate(*arguments: Any, **options: Any) -> Any:
        found = run(*arguments, **options)
        searched.append(len(found))
        if len(searched) == 1:
            assert editor.call(PATCH_ANNOTATION, **on(made), body={"bbox": [0.1, 0.1, 0.5, 0.5]}).status == 200
        return found

    monkeypatch.setattr(search, "run", search_and_annotate)
    answer = editor.call(EDIT, HERE, {"filter": filter_, "add_tags": ["small"]})
    assert answer.body == {"matched": 0, "modified": 0, "next_token": None}
    assert searched == [1, 0]
    assert (database.assets.find_one() or {})["tags"] == []


def test_edits_by_annotations_go_on_in_parts(
    database: Database[Document], editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asset_edits, "ASSETS_IN_TRANSACTION", 2)
    assets = [an_asset() for _ in range(5)]
    database.assets.insert_many(assets)
    for each in assets:
        created(editor, each, {**BOX, "bbox": [0.1, 0.1, 0.1, 0.1]})
    body: dict[str, Any] = {"filter": SMALL, "add_tags": ["small"]}
    counts, token = list[int](), None
    while token is not None or not counts:
        answer = editor.call(EDIT, HERE, {**body, **({"next_token": token} if token else {})}).body
        counts.append(answer["modified"])
        token = answer["next_token"]
    assert counts == [2, 2, 1]
    assert database.assets.count_documents({"tags": "small"}) == 5
