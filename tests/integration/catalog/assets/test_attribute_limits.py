"""Limits of an asset's attributes over several changes, and assets that earlier versions let pass them."""

from typing import Any

import pytest
from pymongo.database import Database

from foveal.catalog.asset_edits import MAX_ATTRIBUTES
from foveal.database.client import Document
from foveal.encoding.json_text import MAX_ANSWER_BYTES, answer_bytes
from foveal.validation.values import MAX_ATTRIBUTES_BYTES
from tests.integration.catalog.conftest import PROJECT, Answer, Client, an_asset

GET = "GET /v1/assets/{asset_id}"
PATCH = "PATCH /v1/assets/{asset_id}"
EDIT = "POST /v1/projects/{project}/assets/edit"
SEARCH = "POST /v1/projects/{project}/assets/search"


def patched(client: Client, asset: Document, attributes: Any) -> Answer:
    return client.call(PATCH, {"asset_id": asset["_id"]}, {"attributes": attributes}, {"if-match": "*"})


def edited(client: Client, **changes: Any) -> Any:
    answer = client.call(EDIT, {"project": PROJECT}, changes)
    assert answer.status == 200, answer.text
    return answer.body["modified"]


def holding(database: Database[Document], attributes: Document) -> Document:
    """Store an asset with such attributes, as earlier versions let it come about."""
    asset = an_asset(attributes=attributes)
    database.assets.insert_one(asset)
    return asset


def test_attributes_are_refused_when_several_changes_add_up_to_more_than_their_limit(
    asset: Document, editor: Client
) -> None:
    for name in ("a", "b", "c"):
        assert patched(editor, asset, {name: ["x" * 1_000] * 20}).status == 200
    answer = patched(editor, asset, {"d": ["x" * 1_000] * 20})
    assert (answer.status, answer.body["code"]) == (400, "InvalidRequest")
    assert str(MAX_ATTRIBUTES_BYTES) in answer.body["detail"]
    assert edited(editor, set_attributes={"d": ["x" * 1_000] * 20}) == 0
    assert edited(editor, set_attributes={"d": "x"}) == 1


def test_attributes_are_refused_when_several_changes_add_up_to_more_than_their_number(
    asset: Document, editor: Client
) -> None:
    assert patched(editor, asset, {f"a{position}": 1 for position in range(MAX_ATTRIBUTES)}).status == 200
    assert patched(editor, asset, {"b": 1}).status == 400
    assert edited(editor, set_attributes={"b": 1}) == 0
    assert patched(editor, asset, {"b": 1, "a0": None}).status == 200


def test_attributes_above_their_limits_become_fewer_step_by_step(database: Database[Document], editor: Client) -> None:
    asset = holding(database, {f"a{position}": "x" * 1_000 for position in range(200)})
    assert patched(editor, asset, {"b": 1}).status == 400
    assert patched(editor, asset, {"a0": "y" * 1_000}).status == 400
    assert edited(editor, set_attributes={"b": 1}) == 0
    assert patched(editor, asset, {"a0": None}).status == 200
    assert edited(editor, unset_attributes=["a1"]) == 1
    assert len((database.assets.find_one() or {})["attributes"]) == 198


def test_tags_above_their_limit_become_fewer_step_by_step(database: Database[Document], editor: Client) -> None:
    database.assets.insert_one(an_asset(tags=[f"t{position}" for position in range(200)]))
    assert edited(editor, add_tags=["more"]) == 0
    assert edited(editor, remove_tags=["t0"], add_tags=["more"]) == 0
    assert edited(editor, remove_tags=["t0"]) == 1


@pytest.mark.parametrize("way", ["patch", "edit"])
def test_asset_that_no_answer_holds_is_found_and_made_smaller(
    database: Database[Document], editor: Client, viewer: Client, way: str
) -> None:
    names = [f"a{position}" for position in range(90)]
    asset = holding(database, {name: ["\u00e9" * 1_000] * 40 for name in names})
    database.assets.insert_one(an_asset())

    assert (answer := viewer.call(GET, {"asset_id": asset["_id"]})).status == 413
    assert "`fields`" in answer.body["detail"]
    assert (answer := viewer.call(SEARCH, {"project": PROJECT}, {"limit": 1, "sort": "created_at"})).status == 413
    found = viewer.call(SEARCH, {"project": PROJECT}, {"fields": ["file_name", "attributes.a0"]})
    assert {each["asset_id"] for each in found.body["items"]} >= {asset["_id"]}

    stale = editor.call(PATCH, {"asset_id": asset["_id"]}, {"tags": []}, {"if-match": '"stale"'})
    assert (stale.status, stale.body["code"], "current" in stale.body) == (412, "PreconditionFailed", False)

    if way == "patch":
        answer = patched(editor, asset, dict.fromkeys(names[1:]))
    else:
        edited(editor, filter={"field": "asset_id", "eq": asset["_id"]}, unset_attributes=names[1:])
        answer = viewer.call(GET, {"asset_id": asset["_id"]})
    assert (answer.status, list(answer.body["attributes"])) == (200, ["a0"])
    assert answer_bytes(answer.text) <= MAX_ANSWER_BYTES
