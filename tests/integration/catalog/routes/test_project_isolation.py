"""Isolation of projects: for every route of the catalog, as the OpenAPI document lists them."""

import json
from typing import Any

import pytest
from pymongo.database import Database

from foveal.api.openapi import DOCUMENT
from foveal.catalog import assets
from foveal.database.asset_fields import INTERNAL
from foveal.database.client import Document
from foveal.encoding.ids import new_id
from tests.integration.catalog.annotation_requests import (
    BOX,
    DELETE,
    GET,
    PATCH,
    RESTORE,
    REVISIONS,
    assert_true_to_annotations,
    create,
    created,
)
from tests.integration.catalog.annotations.test_annotation_types import heatmap
from tests.integration.catalog.conftest import OTHER_PROJECT, PROJECT, Client, an_asset

WITHOUT_A_PROJECT = {"GET /v1/openapi.json", "GET /v1/reference", "GET /v1/me"}
BODIES: dict[str, Any] = {
    "POST /v1/projects/{project}/assets/search": {},
    "POST /v1/projects/{project}/assets/aggregate": {"aggregates": {"n": {"count": {}}}},
    "POST /v1/projects/{project}/assets/edit": {"add_tags": ["x"]},
    "POST /v1/projects/{project}/assets/similar": {"to": {"asset_id": "ASSET"}, "space": {"model": "clip"}},
    "POST /v1/projects/{project}/assets/duplicates": {"by": "bytes"},
    "POST /v1/projects/{project}/embeddings": {
        "embeddings": [{"asset_id": "ASSET", "model": "clip", "vector": [1, 0]}]
    },
    "POST /v1/projects/{project}/annotations/bulk": {
        "operations": [{"op": "create", "asset_id": "ASSET", "annotation": BOX}]
    },
    "POST /v1/projects/{project}/annotations/search": {"asset_ids": ["ASSET"]},
    "PUT /v1/projects/{project}/label-schemas/{name}": {"labels": []},
    "PUT /v1/projects/{project}/views/{name}": {},
    "POST /v1/assets/{asset_id}/annotations": {"annotation": BOX},
    "PUT /v1/assets/{asset_id}/fields/{field}/annotations": {"annotations": []},
    "PATCH /v1/assets/{asset_id}": {"tags": ["x"]},
    "PATCH /v1/annotations/{annotation_id}": {"label": "van"},
    "POST /v1/annotations/{annotation_id}/restore": {},
}


def catalog_routes() -> list[str]:
    paths = json.loads(DOCUMENT.read_text())["paths"]
    return [
        f"{method.upper()} {path}"
        for path, methods in paths.items()
        for method, described in methods.items()
        if "catalog" in described["tags"] and f"{method.upper()} {path}" not in WITHOUT_A_PROJECT
    ]


class World:
    """A project with one of everything."""

    def __init__(self, database: Database[Document], admin: Client) -> None:
        self.asset = an_asset()
        database.assets.insert_one(self.asset)
        counts = {"encoding": "coco_rle", "size": [480, 640], "counts": [480 * 640]}
        self.annotation = created(admin, self.asset, {"type": "mask", "field": "g", "label": "car", "mask": counts})
        self.heatmap = created(admin, self.asset, heatmap([[0.5]]))
        asset_id = self.asset["_id"]
        vectors = {"embeddings": [{"asset_id": asset_id, "model": "clip", "vector": [1, 1]}]}
        admin.call("POST /v1/projects/{project}/embeddings", {"project": PROJECT}, vectors)
        view = admin.call("PUT /v1/projects/{project}/views/{name}", {"project": PROJECT, "name": "v"}, {})
        self.view_tag = view.headers["etag"]
        schema = {"project": PROJECT, "name": "v"}
        admin.call("PUT /v1/projects/{project}/label-schemas/{name}", schema, {"labels": []}, {"if-match": '"0"'})
        self.asset = database.assets.find_one({"_id": asset_id}, dict.fromkeys(INTERNAL, 0)) or {}

    def request(self, key: str, *, absent: bool) -> dict[str, Any]:
        """Return what to call a route with: things that are there, or things that are not."""
        there = {
            "project": PROJECT,
            "asset_id": self.asset["_id"],
            "annotation_id": (self.heatmap if key.endswith("/map") else self.annotation)["annotation_id"],
        }
        nowhere = {"project": "nowhere", "asset_id": new_id(), "annotation_id": new_id()}
        path = {**(nowhere if absent else there), "name": "v", "field": "g"}
        tag = assets.etag(assets.public(self.asset))
        known = {
            "PATCH /v1/assets/{asset_id}": tag,
            "PUT /v1/assets/{asset_id}/fields/{field}/annotations": '"2"',
            "PUT /v1/projects/{project}/views/{name}": self.view_tag,
            "DELETE /v1/projects/{project}/views/{name}": self.view_tag,
        }
        text = json.dumps(BODIES[key]).replace("ASSET", self.asset["_id"]) if key in BODIES else None
        if key == "POST /v1/annotations/{annotation_id}/restore":
            text = '{"to": null}'
        return {"path": path, "raw": text, "headers": {"if-match": known.get(key, '"1"')}}


@pytest.mark.parametrize("key", catalog_routes())
def test_foreign_projects_look_like_absent_ones(
    database: Database[Document], admin: Client, stranger: Client, key: str
) -> None:
    world = World(database, admin)
    before = [list(database[name].find().sort("_id", 1)) for name in sorted(database.list_collection_names())]
    behind = stranger.call(key, **world.request(key, absent=False))
    absent = stranger.call(key, **world.request(key, absent=True))
    assert (behind.status, behind.text) == (404, absent.text)
    assert [list(database[name].find().sort("_id", 1)) for name in sorted(database.list_collection_names())] == before
    assert Client("", subject="").call(key, **world.request(key, absent=False)).status == 401
    own = admin.call(key, **world.request(key, absent=False))
    assert own.status in (200, 201, 204), own.text


@pytest.mark.parametrize("key", catalog_routes())
def test_foreign_and_missing_assets_take_the_same_queries(
    database: Database[Document], admin: Client, stranger: Client, key: str
) -> None:
    world = World(database, admin)
    asked = []
    for absent in (False, True):
        database.command("profile", 2)
        stranger.call(key, **world.request(key, absent=absent))
        database.command("profile", 0)
        found = database.system.profile.find({"ns": {"$ne": f"{database.name}.system.profile"}})
        asked.append([(each["op"], each["ns"], each.get("nreturned")) for each in found])
        database.system.profile.drop()
    assert asked[0] == asked[1]


def test_routes_with_a_body_all_have_one_here() -> None:
    with_body = {key for key in catalog_routes() if key.split(" ")[0] in ("POST", "PUT", "PATCH")}
    assert with_body == set(BODIES)


def test_documents_of_another_project_are_not_reached_by_id(
    database: Database[Document], admin: Client, stranger: Client
) -> None:
    world = World(database, admin)
    theirs = an_asset(project="meadow")
    database.assets.insert_one(theirs)
    there = {"project": "meadow"}
    mine, annotation_id = world.asset["_id"], world.annotation["annotation_id"]
    operations = [
        {"op": "create", "asset_id": mine, "annotation": BOX},
        {"op": "update", "annotation_id": annotation_id, "revision": 1, "changes": {"label": "x"}},
        {"op": "delete", "annotation_id": annotation_id, "revision": 1},
        {"op": "restore", "annotation_id": annotation_id, "revision": 1},
    ]
    bulk = stranger.call("POST /v1/projects/{project}/annotations/bulk", there, {"operations": operations})
    codes = [result["code"] for result in bulk.body["results"]]
    assert codes == ["NoSuchAsset", "NoSuchAnnotation", "NoSuchAnnotation", "NoSuchAnnotation"]
    similar = {"to": {"asset_id": mine}, "space": {"model": "clip"}}
    assert stranger.call("POST /v1/projects/{project}/assets/similar", there, similar).status == 404
    named = {"filter": {"field": "asset_id", "eq": mine}}
    assert stranger.call("POST /v1/projects/{project}/assets/search", there, named).body["items"] == []
    assert stranger.call("POST /v1/projects/{project}/assets/search", there, {"view": "v"}).status == 404


def test_own_annotation_ids_reveal_nothing_of_another_project(
    database: Database[Document], editor: Client, stranger: Client
) -> None:
    mine, theirs = an_asset(), an_asset(project=OTHER_PROJECT)
    database.assets.insert_many([mine, theirs])
    ours, own = created(editor, mine)["annotation_id"], new_id()
    created(editor, mine, annotation_id=own)
    for taken in (ours, own):
        made = created(stranger, theirs, annotation_id=taken)
        assert (made["annotation_id"], made["revision"]) == (taken, 1)
        path = {"annotation_id": taken}
        assert stranger.call(PATCH, path, {"label": "theirs"}, {"if-match": '"1"'}).status == 200
        assert editor.call(GET, path).body["label"] == BOX["label"]
        assert [each["revision"] for each in editor.call(REVISIONS, path).body["items"]] == [1]
        assert stranger.call(DELETE, path, headers={"if-match": '"2"'}).status == 204
        assert stranger.call(GET, path).status == 404
        assert stranger.call(RESTORE, path, {}, {"if-match": '"3"'}).body["label"] == "theirs"
        assert editor.call(GET, path).body["revision"] == 1
        assert created_again(stranger, theirs, taken)["current"]["revision"] == 4
    vector = {"annotation_id": own, "model": "clip", "vector": [1, 0]}
    for client, project, asset in ((editor, PROJECT, mine), (stranger, OTHER_PROJECT, theirs)):
        draft = {"embeddings": [{**vector, "asset_id": asset["_id"]}]}
        answer = client.call("POST /v1/projects/{project}/embeddings", {"project": project}, draft)
        assert "embedding_id" in answer.body["results"][0], answer.text
    assert database.embeddings.count_documents({"annotation_id": own}) == 2
    assert_true_to_annotations(database)


def created_again(client: Client, asset: Document, annotation_id: str) -> Any:
    answer = create(client, asset, BOX, annotation_id=annotation_id)
    assert answer.status == 412, answer.text
    return answer.body


def test_annotation_ids_of_several_projects_need_the_project(database: Database[Document]) -> None:
    both = Client(f"[{PROJECT}:editor {OTHER_PROJECT}:viewer]")
    assets_ = [an_asset(), an_asset(project=OTHER_PROJECT)]
    database.assets.insert_many(assets_)
    own = new_id()
    created(Client(f"[{OTHER_PROJECT}:editor]"), assets_[1], annotation_id=own)
    path = {"annotation_id": own}
    assert both.call(GET, path).body["asset_id"] == assets_[1]["_id"]
    created(both, assets_[0], annotation_id=own)
    refused = both.call(PATCH, path, {"label": "van"}, {"if-match": '"1"'})
    assert (refused.status, refused.body["code"]) == (400, "InvalidRequest")
    for project, asset in zip((PROJECT, OTHER_PROJECT), assets_, strict=True):
        assert both.call(GET, path, query={"project": project}).body["asset_id"] == asset["_id"]
    assert both.call(PATCH, path, {"label": "van"}, {"if-match": '"1"'}, {"project": PROJECT}).status == 200
    assert both.call(PATCH, path, {"label": "van"}, {"if-match": '"1"'}, {"project": OTHER_PROJECT}).status == 403
    assert both.call(GET, path, query={"project": "elsewhere"}).status == 404
    assert_true_to_annotations(database)
