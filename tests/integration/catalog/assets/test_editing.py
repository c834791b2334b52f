"""Tags and attributes of one asset and of many; saved views; label schemas."""

import json
from typing import Any

import pytest
from pymongo.database import Database

from foveal.catalog import asset_edits
from foveal.database.client import Document
from foveal.encoding.json_text import MAX_ANSWER_BYTES, answer_bytes
from tests.integration.catalog.annotation_requests import BOX, create, created
from tests.integration.catalog.conftest import OTHER_PROJECT, PROJECT, Client, an_asset

GET = "GET /v1/assets/{asset_id}"
PATCH = "PATCH /v1/assets/{asset_id}"
EDIT = "POST /v1/projects/{project}/assets/edit"
SEARCH = "POST /v1/projects/{project}/assets/search"
VIEW = "/v1/projects/{project}/views/{name}"
SCHEMA = "/v1/projects/{project}/label-schemas/{name}"
HERE = {"project": PROJECT}
COUNT: dict[str, Any] = {"count": {}}


def test_assets_are_changed_by_callers_that_know_the_entity_tag(
    database: Database[Document], editor: Client, viewer: Client
) -> None:
    asset = an_asset(attributes={"sky": "grey", "speed": 3})
    database.assets.insert_one(asset)
    path = {"asset_id": asset["_id"]}
    tag = editor.call(GET, path).headers["etag"]
    body = {"tags": ["a", "b", "a"], "attributes": {"sky": "blue", "speed": None}, "file_name": "pier.jpg"}
    assert viewer.call(PATCH, path, body, {"if-match": tag}).status == 403
    assert editor.call(PATCH, path, body).status == 428
    answer = editor.call(PATCH, path, body, {"if-match": tag})
    assert (answer.status, answer.body["tags"]) == (200, ["a", "b"])
    assert answer.body["attributes"] == {"sky": "blue"}
    assert answer.headers["etag"] == editor.call(GET, path).headers["etag"] != tag
    late = editor.call(PATCH, path, {"tags": []}, {"if-match": tag})
    assert (late.status, late.body["current"]["tags"]) == (412, ["a", "b"])


@pytest.mark.parametrize(
    "body",
    [
        {"tags": ["a\u0000"]},
        {"tags": [1]},
        {"tags": [{"$ne": 1}]},
        {"attributes": {"$where": 1}},
        {"attributes": {"a.b": 1}},
        {"attributes": {"": 1}},
        {"attributes": {"a": {"b": 1}}},
        {"attributes": {"a": 2**63}},
        {"status": "deleted"},
        {"project": OTHER_PROJECT},
        {"file_name": ""},
    ],
    ids=str,
)
def test_values_that_cannot_be_stored_are_refused(database: Database[Document], editor: Client, body: Any) -> None:
    asset = an_asset()
    database.assets.insert_one(asset)
    path = {"asset_id": asset["_id"]}
    tag = editor.call(GET, path).headers["etag"]
    assert editor.call(PATCH, path, body, {"if-match": tag}).status == 400
    assert database.assets.find_one() == asset


def test_edits_change_all_assets_of_a_filter_page_by_page(
    database: Database[Document], editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asset_edits, "ASSETS_IN_CALL", 4)
    tagged = [an_asset(tags=["old", "kept"], attributes={"x": 1, "y": 2}) for _ in range(10)]
    database.assets.insert_many([*tagged, an_asset(), an_asset(tags=["old"], project=OTHER_PROJECT)])
    body: dict[str, Any] = {
        "filter": {"field": "tags", "eq": "old"},
        "add_tags": ["new", "kept", "$where"],
        "remove_tags": ["old"],
        "set_attributes": {"y": "$tags", "z": [1, 2]},
        "unset_attributes": ["x"],
    }
    matched = 0
    while True:
        answer = editor.call(EDIT, HERE, body)
        assert answer.status == 200, answer.text
        matched += answer.body["matched"]
        if answer.body["next_token"] is None:
            break
        body["next_token"] = answer.body["next_token"]
    assert matched == 10
    ids = [asset["_id"] for asset in tagged]
    for asset in database.assets.find({"_id": {"$in": ids}}):
        assert asset["tags"] == ["kept", "new", "$where"]
        assert asset["attributes"] == {"y": "$tags", "z": [1, 2]}
    assert database.assets.count_documents({"tags": "old", "project": OTHER_PROJECT}) == 1
    assert database.assets.count_documents({"tags": []}) == 1
    assert editor.call(EDIT, HERE, {"filter": None}).status == 400


def test_edits_do_not_exceed_the_number_of_tags_and_attributes(database: Database[Document], editor: Client) -> None:
    full, free = (an_asset(tags=[f"t{n}" for n in range(count)]) for count in (100, 99))
    crowded = an_asset(tags=full["tags"], attributes={f"a{n}": n for n in range(100)})
    database.assets.insert_many([full, free, crowded])
    assert editor.call(EDIT, HERE, {"add_tags": ["new"]}).body == {"matched": 3, "modified": 1, "next_token": None}
    (edited,) = database.assets.find({"_id": free["_id"]}, {"tags": 1})
    assert edited["tags"][-1] == "new"
    assert database.assets.find_one({"_id": full["_id"]}) == full
    assert editor.call(EDIT, HERE, {"set_attributes": {"x": 1}}).body == {
        "matched": 3,
        "modified": 2,
        "next_token": None,
    }
    swapped = {"set_attributes": {"x": 1}, "unset_attributes": ["a0"], "add_tags": ["z"], "remove_tags": ["t0"]}
    assert editor.call(EDIT, HERE, swapped).body == {"matched": 3, "modified": 3, "next_token": None}


def test_null_operands_are_no_filter_for_all_assets(database: Database[Document], editor: Client) -> None:
    database.assets.insert_one(an_asset())
    for operator in ("eq", "in", "not_in", "prefix", "exists"):
        for more in ({}, {"ne": "x"}):
            body = {"filter": {"field": "tags", **more, operator: None}, "add_tags": ["everywhere"]}
            assert editor.call(EDIT, HERE, body).status == 400
    assert database.assets.count_documents({"tags": "everywhere"}) == 0


def test_views_that_are_no_longer_valid_name_themselves_in_the_error(
    database: Database[Document], editor: Client, viewer: Client
) -> None:
    path = {**HERE, "name": "old"}
    assert editor.call(f"PUT {VIEW}", path, {"filter": {"field": "width", "eq": 1}}).status == 200
    removed = json.dumps({"filter": {"field": "removed", "eq": 1}})
    database.views.update_one({"name": "old"}, {"$set": {"view": removed}})
    for answer in (
        viewer.call(SEARCH, HERE, {"view": "old"}),
        viewer.call("POST /v1/projects/{project}/assets/aggregate", HERE, {"view": "old", "aggregates": {"a": COUNT}}),
        editor.call(EDIT, HERE, {"view": "old", "add_tags": ["x"]}),
    ):
        assert (answer.status, answer.body["code"]) == (400, "InvalidRequest")
        assert answer.body["detail"].startswith("view: old is not valid any more, save it anew: ")
    assert viewer.call(f"GET {VIEW}", path).body["filter"]["field"] == "removed"


def test_views_narrow_searches_and_edits(database: Database[Document], editor: Client, viewer: Client) -> None:
    night, day = an_asset(tags=["night"]), an_asset(tags=["day"])
    database.assets.insert_many([night, day, an_asset(tags=["night"], size_bytes=1)])
    path = {**HERE, "name": "nights"}
    view = {"description": "dark ones", "filter": {"field": "tags", "eq": "night"}, "sort": "size_bytes"}
    saved = editor.call(f"PUT {VIEW}", path, view)
    assert (saved.status, saved.body["updated_by"]) == (200, "editor-1")
    assert viewer.call(f"GET {VIEW}", path).body["filter"] == view["filter"]
    assert [each["name"] for each in viewer.call("GET /v1/projects/{project}/views", HERE).body["items"]] == ["nights"]
    wide = {"field": "size_bytes", "gt": 1}
    found = viewer.call(SEARCH, HERE, {"view": "nights", "filter": wide}).body["items"]
    assert [each["asset_id"] for each in found] == [night["_id"]]
    listed = viewer.call("GET /v1/projects/{project}/assets", HERE, query={"view": "nights", "limit": "1"}).body
    again = {"view": "nights", "limit": "1", "next_token": listed["next_token"]}
    assert len(viewer.call("GET /v1/projects/{project}/assets", HERE, query=again).body["items"]) == 1
    counted = {"view": "nights", "aggregates": {"n": {"count": {}}}}
    aggregate = viewer.call("POST /v1/projects/{project}/assets/aggregate", HERE, counted)
    assert aggregate.body["aggregates"]["n"] == {"count": 2}
    assert viewer.call(f"PUT {VIEW}", path, view).status == 403
    assert editor.call(f"PUT {VIEW}", path, {"filter": {"$where": "1"}}).status == 400
    assert editor.call(f"PUT {VIEW}", {**HERE, "name": "a/b"}, view).status == 400
    assert editor.call(f"DELETE {VIEW}", path).status == 204
    assert viewer.call(SEARCH, HERE, {"view": "nights"}).status == 404


PERSON = {
    "name": "person",
    "type": "keypoints",
    "skeleton": {"names": ["nose", "left eye"], "edges": [[0, 1]]},
    "external_ids": {"coco": 1, "yolo": 0},
}
CAR = {
    "name": "car",
    "color": "#ff0000",
    "attributes": [
        {"name": "colour", "input_type": "select", "values": ["red", "blue"]},
        {"name": "doors", "input_type": "number", "minimum": 2, "maximum": 5},
        {"name": "parked", "input_type": "checkbox", "required": True},
    ],
}
LABELS = {"labels": [PERSON, CAR], "enforced_fields": ["ground_truth"]}


def test_label_schemas_have_revisions_that_only_admins_add(
    database: Database[Document], admin: Client, editor: Client, viewer: Client
) -> None:
    path = {**HERE, "name": "traffic"}
    assert editor.call(f"PUT {SCHEMA}", path, LABELS, {"if-match": '"0"'}).status == 403
    assert admin.call(f"PUT {SCHEMA}", path, LABELS).status == 428
    assert admin.call(f"PUT {SCHEMA}", path, LABELS, {"if-match": '"0"'}).headers["etag"] == '"1"'
    late = admin.call(f"PUT {SCHEMA}", path, LABELS, {"if-match": '"0"'})
    assert (late.status, late.body["current"]["revision"]) == (412, 1)
    second = admin.call(f"PUT {SCHEMA}", path, {"labels": [CAR]}, {"if-match": '"1"'})
    assert second.body["revision"] == 2
    assert len(viewer.call(f"GET {SCHEMA}", path, query={"revision": "1"}).body["labels"]) == 2
    assert len(viewer.call(f"GET {SCHEMA}", path).body["labels"]) == 1
    listed = viewer.call("GET /v1/projects/{project}/label-schemas", HERE).body["items"]
    assert [(each["name"], each["revision"]) for each in listed] == [("traffic", 2)]
    assert viewer.call(f"GET {SCHEMA}", {**HERE, "name": "other"}).status == 404


@pytest.mark.parametrize(
    "schema",
    [
        {"labels": [CAR, CAR]},
        {"labels": [{**CAR, "color": "red"}]},
        {"labels": [{"name": "a", "attributes": [{"name": "b", "input_type": "select"}]}]},
        {"labels": [{"name": "a", "attributes": [{"name": "$b", "input_type": "text"}]}]},
        {"labels": [{"name": "a", "skeleton": {"names": ["x"], "edges": [[0, 1]]}}]},
        {"labels": [{"name": "a\u0000"}]},
        {"labels": [{"name": "a", "type": "heat_map"}]},
        *({"labels": [{"name": "a", "external_ids": {name: 2**63}}]} for name in ("coco", "yolo", "cvat")),
        {},
    ],
    ids=lambda each: str(each)[:70],
)
def test_label_schemas_with_impossible_members_are_refused(admin: Client, schema: Any) -> None:
    answer = admin.call(f"PUT {SCHEMA}", {**HERE, "name": "s"}, schema, {"if-match": '"0"'})
    assert answer.status == 400


def test_enforced_schemas_admit_only_their_labels(database: Database[Document], admin: Client, editor: Client) -> None:
    asset = an_asset()
    database.assets.insert_one(asset)
    admin.call(f"PUT {SCHEMA}", {**HERE, "name": "traffic"}, LABELS, {"if-match": '"0"'})
    good = {**BOX, "attributes": {"colour": "red", "doors": 4, "parked": False}}
    made = created(editor, asset, good)
    for attributes in (
        {},
        {"parked": "yes"},
        {"parked": True, "colour": "green"},
        {"parked": True, "doors": 6},
        {"parked": True, "doors": True},
        {"parked": True, "hue": 1},
    ):
        assert create(editor, asset, {**BOX, "attributes": attributes}).status == 400, attributes
    assert create(editor, asset, {**good, "label": "bus"}).status == 400
    assert create(editor, asset, {**good, "label": None}).status == 400
    nose = {"name": "nose", "x": 0.5, "y": 0.5}
    points = {"type": "keypoints", "field": "ground_truth", "label": "person"}
    created(editor, asset, {**points, "keypoints": [nose]})
    assert create(editor, asset, {**points, "keypoints": [{**nose, "name": "tail"}]}).status == 400
    assert create(editor, asset, {**points, "keypoints": [nose, nose]}).status == 400
    assert create(editor, asset, {**BOX, "label": "person"}).status == 400
    path = {"annotation_id": made["annotation_id"]}
    renamed = editor.call("PATCH /v1/annotations/{annotation_id}", path, {"label": "bus"}, {"if-match": '"1"'})
    assert (renamed.status, "label schema" in renamed.body["detail"]) == (400, True)
    created(editor, asset, {**BOX, "field": "yolo11", "label": "bus"})


def test_undo_brings_nothing_back_that_the_schema_does_not_know_any_more(
    asset: Document, admin: Client, editor: Client
) -> None:
    path = {"annotation_id": created(editor, asset, {**BOX, "label": "bus"})["annotation_id"]}
    editor.call("PATCH /v1/annotations/{annotation_id}", path, {"label": "car"}, {"if-match": '"1"'})
    strict = {"labels": [{"name": "car"}], "enforced_fields": ["ground_truth"]}
    admin.call(f"PUT {SCHEMA}", {**HERE, "name": "cars"}, strict, {"if-match": '"0"'})
    undone = editor.call("POST /v1/annotations/{annotation_id}/restore", path, {}, {"if-match": '"2"'})
    assert (undone.status, undone.body["detail"]) == (400, "label: 'bus' is not in the label schema of ground_truth.")


def test_views_are_listed_page_by_page_within_an_answer(editor: Client, viewer: Client) -> None:
    large = {"filter": {"field": "file_name", "in": ["x" * 240] * 1000}}
    names = [f"view-{number:02}" for number in range(30)]
    for name in names:
        assert editor.call("PUT /v1/projects/{project}/views/{name}", {**HERE, "name": name}, large).status == 200
    found: list[str] = []
    query: dict[str, str] = {}
    while "next_token" not in query or query["next_token"]:
        answer = viewer.call("GET /v1/projects/{project}/views", HERE, query=query)
        assert answer_bytes(answer.text) <= MAX_ANSWER_BYTES
        found += [each["name"] for each in answer.body["items"]]
        query = {"next_token": answer.body["next_token"]}
    assert found == names
    assert viewer.call("GET /v1/projects/{project}/views", HERE, query={"limit": "0"}).status == 400


def test_view_is_refused_when_no_page_could_hold_it(editor: Client) -> None:
    too_large = {"filter": {"field": "file_name", "in": ["x" * 1000] * 1000}}
    answer = editor.call("PUT /v1/projects/{project}/views/{name}", {**HERE, "name": "large"}, too_large)
    assert (answer.status, answer.body["code"]) == (400, "InvalidRequest")
