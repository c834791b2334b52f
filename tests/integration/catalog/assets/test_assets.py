"""One asset through the handler."""

import pytest
from pymongo.database import Database

from foveal.database.client import Document
from foveal.encoding.ids import new_id
from tests.integration.catalog.conftest import Client, an_asset

GET = "GET /v1/assets/{asset_id}"


def test_assets_are_answered_without_internals(database: Database[Document], viewer: Client) -> None:
    asset = an_asset(pending_events=[{"event_id": "e", "detail_type": "AssetReady", "detail": {}}], expected={"a": 1})
    database.assets.insert_one(asset)
    answer = viewer.call(GET, {"asset_id": asset["_id"]})
    assert answer.status == 200
    assert answer.body["asset_id"] == asset["_id"]
    assert answer.body["created_at"].endswith(".000Z")
    assert answer.body["s3"] == {"bucket": "media", "key": asset["s3"]["key"]}
    assert not {"_id", "pending_events", "expected"} & set(answer.body)


def test_foreign_assets_look_as_if_they_did_not_exist(database: Database[Document], stranger: Client) -> None:
    asset = an_asset()
    database.assets.insert_one(asset)
    behind = stranger.call(GET, {"asset_id": asset["_id"]})
    absent = stranger.call(GET, {"asset_id": new_id()})
    assert behind.status == absent.status == 404
    assert behind.text == absent.text


@pytest.mark.parametrize("asset_id", ["", "x", "../etc", "$where", "\x00", "0" * 4000])
def test_malformed_asset_ids_find_no_asset(asset_id: str, viewer: Client) -> None:
    answer = viewer.call(GET, {"asset_id": asset_id})
    assert (answer.status, answer.body["code"]) == (404, "NoSuchAsset")


def test_assets_are_not_modified_when_the_caller_has_the_entity_tag(
    database: Database[Document], viewer: Client
) -> None:
    asset = an_asset()
    database.assets.insert_one(asset)
    tag = viewer.call(GET, {"asset_id": asset["_id"]}).headers["etag"]
    again = viewer.call(GET, {"asset_id": asset["_id"]}, headers={"if-none-match": f'"x", W/{tag}'})
    assert (again.status, again.text, again.headers["etag"]) == (304, "", tag)
    database.assets.update_one({"_id": asset["_id"]}, {"$set": {"tags": ["night"]}})
    changed = viewer.call(GET, {"asset_id": asset["_id"]}, headers={"if-none-match": tag})
    assert (changed.status, changed.body["tags"]) == (200, ["night"])


def test_callers_without_a_token_are_unauthenticated(database: Database[Document]) -> None:
    nobody = Client("", subject="")
    assert nobody.call(GET, {"asset_id": new_id()}).status == 401
