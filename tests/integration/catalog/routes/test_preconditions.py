"""Preconditions: saved views are not overwritten unseen, and what has not changed is answered 304."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database

from foveal.catalog import saved_views
from foveal.database import typed
from foveal.database.client import Document
from tests.integration.catalog.annotation_requests import BOX, created
from tests.integration.catalog.conftest import PROJECT, Answer, Client

VIEW = "/v1/projects/{project}/views/{name}"
HERE = {"project": PROJECT, "name": "dark"}
NIGHT = {"filter": {"field": "tags", "eq": "night"}}
RAIN = {"filter": {"field": "tags", "eq": "rain"}}


def put(client: Client, body: Any, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.call(f"PUT {VIEW}", HERE, body, headers=named)


def get(client: Client, **headers: str) -> Answer:
    return client.call(f"GET {VIEW}", HERE, headers={name.replace("_", "-"): each for name, each in headers.items()})


def test_view_that_another_has_changed_is_not_overwritten(editor: Client) -> None:
    first = put(editor, NIGHT)
    tag = first.headers["etag"]
    assert get(editor).headers["etag"] == tag
    other = put(editor, RAIN, if_match=tag)
    assert (other.status, other.headers["etag"] != tag) == (200, True)
    refused = put(editor, {}, if_match=tag)
    assert (refused.status, refused.body["code"]) == (412, "PreconditionFailed")
    assert refused.body["current"] == other.body == get(editor).body
    assert put(editor, {}, if_match=other.headers["etag"]).status == 200


def test_view_is_made_only_where_there_is_none(editor: Client) -> None:
    assert put(editor, NIGHT, if_none_match="*").status == 200
    refused = put(editor, RAIN, if_none_match="*")
    assert (refused.status, refused.body["current"]["filter"]) == (412, NIGHT["filter"])
    assert editor.call(f"DELETE {VIEW}", HERE).status == 204
    absent = put(editor, RAIN, if_match='"00000000000000000000000000000000"')
    assert (absent.status, absent.body["current"]) == (412, None)


def test_view_that_another_has_changed_is_not_deleted(editor: Client) -> None:
    tag = put(editor, NIGHT).headers["etag"]
    put(editor, RAIN)
    refused = editor.call(f"DELETE {VIEW}", HERE, headers={"if-match": tag})
    assert (refused.status, refused.body["current"]["filter"]) == (412, RAIN["filter"])
    assert editor.call(f"DELETE {VIEW}", HERE, headers={"if-match": get(editor).headers["etag"]}).status == 204


@pytest.mark.parametrize("has_view", [True, False])
def test_view_changed_between_check_and_write_is_not_overwritten(
    database: Database[Document], editor: Client, monkeypatch: pytest.MonkeyPatch, has_view: bool
) -> None:
    headers = {"if_match": put(editor, NIGHT).headers["etag"]} if has_view else {"if_none_match": "*"}
    check = saved_views.Precondition.holds

    def slow_check(condition: saved_views.Precondition, stored: Any) -> bool:
        holds = check(condition, stored)
        monkeypatch.setattr(saved_views.Precondition, "holds", check)
        put(editor, RAIN)
        return holds

    monkeypatch.setattr(saved_views.Precondition, "holds", slow_check)
    assert put(editor, {}, **headers).status == 412
    assert get(editor).body["filter"] == RAIN["filter"]


def test_view_of_an_earlier_version_has_an_entity_tag(database: Database[Document], editor: Client) -> None:
    typed.views(database).insert_one(
        {
            "_id": f"{PROJECT}/dark",
            "project": PROJECT,
            "name": "dark",
            "view": '{"sort": "-created_at"}',
            "updated_at": datetime(2026, 3, 1, tzinfo=UTC),
            "updated_by": "ann",
            "schema_version": 1,
        }
    )
    tag = get(editor).headers["etag"]
    assert get(editor, if_none_match=tag).status == 304
    assert put(editor, NIGHT, if_match=tag).status == 200


def test_asset_and_its_annotations_are_answered_304_until_one_changes(asset: Document, editor: Client) -> None:
    annotation = created(editor, asset)
    reads = (
        ("GET /v1/assets/{asset_id}", {"asset_id": asset["_id"]}, None),
        ("GET /v1/assets/{asset_id}/annotations", {"asset_id": asset["_id"]}, {"field": "ground_truth"}),
        ("GET /v1/annotations/{annotation_id}", {"annotation_id": annotation["annotation_id"]}, None),
    )
    tags = [editor.call(key, path, query=query).headers["etag"] for key, path, query in reads]
    for (key, path, query), tag in zip(reads, tags, strict=True):
        unchanged = editor.call(key, path, query=query, headers={"if-none-match": tag})
        assert (unchanged.status, unchanged.text, unchanged.headers["etag"]) == (304, "", tag)
    path, changes = {"annotation_id": annotation["annotation_id"]}, {"label": "boat"}
    editor.call("PATCH /v1/annotations/{annotation_id}", path, changes, headers={"if-match": '"1"'})
    for (key, path, query), tag in zip(reads, tags, strict=True):
        assert editor.call(key, path, query=query, headers={"if-none-match": tag}).status == 200


def test_label_schema_is_answered_304_in_the_revision_that_is_known(viewer: Client) -> None:
    admin = Client(f"[{PROJECT}:admin]")
    path = {"project": PROJECT, "name": "cars"}
    key = "/v1/projects/{project}/label-schemas/{name}"
    made = admin.call(f"PUT {key}", path, {"labels": [{"name": BOX["label"]}]}, headers={"if-match": '"0"'})
    assert made.status == 200, made.text
    assert viewer.call(f"GET {key}", path, headers={"if-none-match": '"1"'}).status == 304
    assert viewer.call(f"GET {key}", path, headers={"if-none-match": '"2"'}).status == 200
