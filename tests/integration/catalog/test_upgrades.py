"""Documents of every recorded version: migrated without a change, read by today's routes, and back again."""

import copy
import json
from typing import Any

import pytest
from pymongo.database import Database

from foveal.database import migration
from foveal.database.client import Document
from foveal.database.schema import COLLECTIONS
from tests.integration.catalog.conftest import Client
from tests.upgrades.recordings import RECORDINGS, Recording

PROJECT = "demo"


@pytest.fixture(params=RECORDINGS, ids=lambda each: each.name)
def recording(request: pytest.FixtureRequest, database: Database[Document]) -> Recording:
    found: Recording = request.param
    found.restore(database)
    return found


@pytest.fixture
def editor() -> Client:
    return Client(f"[{PROJECT}:admin]", "editor-1")


def test_migration_changes_no_document_and_ends_at_todays_schema(
    recording: Recording, database: Database[Document]
) -> None:
    migration.migrate(database)
    assert migration.plan(database) == []
    for name, documents in recording.documents.items():
        assert list(database[name].find().sort("_id", 1)) == documents


def test_todays_validators_take_every_document(recording: Recording, database: Database[Document]) -> None:
    migration.migrate(database)
    refused = {
        collection.name: list(database[collection.name].find({"$nor": [collection.validator()]}, {"_id": 1}))
        for collection in COLLECTIONS
    }
    assert {name: ids for name, ids in refused.items() if ids} == {}


def test_routes_answer_with_what_was_stored(recording: Recording, database: Database[Document], editor: Client) -> None:
    migration.migrate(database)
    stored = next(each for each in recording.documents["assets"] if each["label_summary"])
    path = {"asset_id": stored["_id"]}
    asset = editor.call("GET /v1/assets/{asset_id}", path).body
    assert (asset["file_name"], asset["tags"], asset["attributes"]) == (
        stored["file_name"],
        stored["tags"],
        stored["attributes"],
    )
    listed = editor.call("GET /v1/assets/{asset_id}/annotations", path).body["items"]
    alive = [
        each
        for each in recording.documents["annotations"]
        if each["asset_id"] == stored["_id"] and each.get("deleted_at") is None
    ]
    assert {each["annotation_id"] for each in listed} == {_annotation_id(each) for each in alive}
    assert sorted(each["type"] for each in listed) == sorted(each["type"] for each in alive)
    revisions = editor.call(
        "GET /v1/annotations/{annotation_id}/revisions",
        {"annotation_id": _annotation_id(next(each for each in alive if each["revision"] > 1))},
    ).body["items"]
    assert len(revisions) >= 2
    found = _search(editor, {"filter": {"field": "tags", "eq": "night"}, "view": "night"})
    assert [each["asset_id"] for each in found] == [stored["_id"]]
    schemas = editor.call("GET /v1/projects/{project}/label-schemas", {"project": PROJECT}).body["items"]
    assert [each["name"] for each in schemas] == [each["name"] for each in recording.documents["label_schemas"]]
    similar = editor.call(
        "POST /v1/projects/{project}/assets/similar",
        {"project": PROJECT},
        {"space": {"model": "clip", "version": "1"}, "to": {"vector": [0.1, 0.2, 0.3]}},
    )
    assert similar.status == 200, similar.text
    assert [each["asset_id"] for each in similar.body["items"]] == [stored["_id"]]


def test_documents_written_today_pass_the_validators_of_the_version(
    recording: Recording, database: Database[Document], editor: Client
) -> None:
    migration.migrate(database)
    stored = next(each for each in recording.documents["assets"] if each["label_summary"])
    path = {"asset_id": stored["_id"]}
    before = editor.call("GET /v1/assets/{asset_id}", path)
    edits = [
        editor.call("PATCH /v1/assets/{asset_id}", path, {"tags": ["day"]}, {"if-match": before.headers["etag"]}),
        editor.call(
            "POST /v1/assets/{asset_id}/annotations",
            path,
            {"annotation": {"type": "detection", "field": "yolo", "label": "car", "bbox": [0.1, 0.1, 0.2, 0.2]}},
        ),
        editor.call(
            "PUT /v1/projects/{project}/views/{name}", {"project": PROJECT, "name": "day"}, {"sort": "-created_at"}
        ),
        editor.call(
            "PUT /v1/projects/{project}/label-schemas/{name}",
            {"project": PROJECT, "name": "meadow"},
            {"labels": [{"name": "cow"}]},
            {"if-match": '"0"'},
        ),
    ]
    assert [each.status for each in edits if each.status >= 300] == [], [each.text for each in edits]
    for name, declared in recording.collections.items():
        if declared["validator"]:
            assert list(database[name].find({"$nor": [copy.deepcopy(declared["validator"])]}, {"_id": 1})) == [], name


def _annotation_id(document: Document) -> str:
    return str(document.get("annotation_id") or document["_id"])


def _search(client: Client, body: dict[str, Any]) -> list[dict[str, Any]]:
    answer = client.call("POST /v1/projects/{project}/assets/search", {"project": PROJECT}, body)
    assert answer.status == 200, json.dumps(answer.body)[:300]
    found: list[dict[str, Any]] = answer.body["items"]
    return found
