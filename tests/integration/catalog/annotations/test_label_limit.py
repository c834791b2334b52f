"""Different labels of one asset are capped, so that the asset and every page with it stay readable."""

from typing import Any

import pytest
from pymongo.database import Database

from foveal.catalog.annotations import label_summary
from foveal.catalog.annotations.editing import pending_writes
from foveal.database.client import Document
from foveal.encoding.json_text import MAX_ANSWER_BYTES, answer_bytes
from tests.integration.catalog.annotation_requests import (
    BOX,
    BULK,
    DELETE,
    PATCH,
    REPLACE,
    assert_true_to_annotations,
    create,
    created,
    on,
)
from tests.integration.catalog.conftest import PROJECT, Client

SEARCH = "POST /v1/projects/{project}/assets/search"
HERE = {"project": PROJECT}


def bulk(client: Client, asset: Document, labels: list[str]) -> list[Any]:
    drafts = [{"type": "classification", "field": "m", "label": label} for label in labels]
    operations = [{"op": "create", "asset_id": asset["_id"], "annotation": draft} for draft in drafts]
    answer = client.call(BULK, HERE, {"operations": operations})
    assert answer.status == 200, answer.text
    results: list[Any] = answer.body["results"]
    return results


def test_labels_over_the_limit_are_refused_each_by_itself(
    database: Database[Document], asset: Document, editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_summary, "MAX_ENTRIES", 3)
    results = bulk(editor, asset, ["a", "b", "a", "c", "d", "c"])
    assert [each.get("code") for each in results] == [None, None, None, None, "InvalidRequest", None]
    assert results[4]["detail"] == (
        "The asset has 3 different labels already, counted by field, label and type; 3 is the most."
    )
    assert_true_to_annotations(database)
    sole = {"annotation_id": results[1]["annotation_id"], "revision": 1}
    renamed = editor.call(PATCH, **on(sole), body={"label": "d"})
    assert renamed.status == 200
    assert editor.call(PATCH, **on({**sole, "revision": 2}), body={"field": "other"}).status == 200
    of_two = {"annotation_id": results[0]["annotation_id"], "revision": 1}
    assert editor.call(PATCH, **on(of_two), body={"label": "e"}).status == 400
    assert editor.call(DELETE, **on({**sole, "revision": 3})).status == 204
    assert editor.call(PATCH, **on(of_two), body={"label": "e"}).status == 200
    assert_true_to_annotations(database)


def test_layers_are_replaced_by_as_many_other_labels(
    database: Database[Document], asset: Document, editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_summary, "MAX_ENTRIES", 3)
    bulk(editor, asset, ["a", "b", "c"])
    path = {"asset_id": asset["_id"], "field": "m"}
    others = [{"type": "classification", "label": label} for label in "def"]
    assert editor.call(REPLACE, path, {"annotations": others}, {"if-match": '"1"'}).status == 200
    more = {"annotations": [*others, {"type": "classification", "label": "g"}]}
    answer = editor.call(REPLACE, path, more, {"if-match": '"2"'})
    assert (answer.status, answer.body["detail"][:16]) == (400, "annotations.3: T")
    assert_true_to_annotations(database)


def test_assets_with_more_labels_from_before_can_lose_some(
    database: Database[Document], asset: Document, editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = bulk(editor, asset, ["a", "b", "c", "d"])
    monkeypatch.setattr(label_summary, "MAX_ENTRIES", 2)
    assert create(editor, asset, {**BOX, "label": "new"}).status == 400
    created(editor, asset, {"type": "classification", "field": "m", "label": "a"})
    assert editor.call(DELETE, **on({**results[3], "revision": 1})).status == 204
    assert_true_to_annotations(database)


def test_assets_with_as_many_long_labels_as_allowed_are_read_and_changed(
    database: Database[Document], asset: Document, editor: Client, viewer: Client
) -> None:
    labels = [f"{number:04}" + 252 * "\U0001f6a2" for number in range(label_summary.MAX_ENTRIES + 1)]
    results = bulk(editor, asset, labels)
    assert [each.get("code") for each in results].count("InvalidRequest") == 1
    path = {"asset_id": asset["_id"]}
    for answer in (viewer.call("GET /v1/assets/{asset_id}", path), viewer.call(SEARCH, HERE, {"limit": 5})):
        assert answer.status == 200
        assert answer_bytes(answer.text) <= MAX_ANSWER_BYTES
    assert editor.call(DELETE, **on({**results[0], "revision": 1})).status == 204
    assert_true_to_annotations(database)


def test_reviewed_layers_over_the_limit_are_refused(
    database: Database[Document], asset: Document, editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each name of a layer would stay on the asset, with every page that shows it."""
    monkeypatch.setattr(pending_writes, "MAX_REVIEWED", 2)

    def review(layer: str, is_reviewed: bool = True) -> Any:
        body = {"annotations": [], "reviewed": is_reviewed}
        revision = (database.assets.find_one() or {})["annotation_revision"]
        return editor.call(REPLACE, {"asset_id": asset["_id"], "field": layer}, body, {"if-match": f'"{revision}"'})

    assert [review(layer).status for layer in ("a", "b", "a")] == [200, 200, 200]
    answer = review("c")
    assert (answer.status, answer.body["detail"]) == (400, "The asset has 2 reviewed layers already; 2 is the most.")
    assert [review("c", False).status, review("a", False).status, review("c").status] == [200, 200, 200]
    assert (database.assets.find_one() or {})["reviewed_fields"] == ["b", "c"]
    assert_true_to_annotations(database)
