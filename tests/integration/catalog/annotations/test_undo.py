"""Undo and the history: many operations in one call have the effect of one after the other."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.database import Database

from foveal.catalog.annotations import writes
from foveal.catalog.annotations.operations import OPERATION
from foveal.catalog.author import Author
from foveal.database.client import Document
from foveal.encoding.ids import new_id
from foveal.errors import Problem
from tests.integration.catalog.annotation_requests import (
    BOX,
    BULK,
    DELETE,
    PATCH,
    RESTORE,
    REVISIONS,
    assert_true_to_annotations,
    create,
    created,
    on,
)
from tests.integration.catalog.conftest import PROJECT, Answer, Client, an_asset
from tests.integration.catalog.in_memory_masks import MemoryMasks

AUTHOR = Author("user-1", datetime(2026, 3, 1, tzinfo=UTC))
ASSETS = [f"{number:08x}-0000-7000-8000-000000000000" for number in (1, 2)]
NAMES = [f"{number:08x}-0000-4000-8000-000000000000" for number in (3, 4)]
HERE = {"project": PROJECT}


def restored(client: Client, annotation_id: str, revision: int, to: int | None = None) -> Answer:
    body = {} if to is None else {"to": to}
    return client.call(RESTORE, {"annotation_id": annotation_id}, body, {"if-match": f'"{revision}"'})


def history(client: Client, annotation_id: str) -> list[tuple[int, str]]:
    items = client.call(REVISIONS, {"annotation_id": annotation_id}).body["items"]
    return [(each["revision"], each["change"]["kind"]) for each in items]


KNOWN = {"annotation_id": st.sampled_from(NAMES), "revision": st.integers(1, 5)}
OPERATIONS = st.one_of(
    st.fixed_dictionaries(
        {
            "op": st.just("create"),
            "annotation_id": st.sampled_from(NAMES),
            "asset_id": st.sampled_from(ASSETS),
            "annotation": st.sampled_from(["car", "boat"]).map(lambda label: {**BOX, "label": label}),
        }
    ),
    st.fixed_dictionaries(
        {"op": st.just("update"), **KNOWN, "changes": st.sampled_from([{"label": "van"}, {"field": "yolo"}])}
    ),
    st.fixed_dictionaries({"op": st.just("delete"), **KNOWN}),
    st.fixed_dictionaries({"op": st.just("restore"), **KNOWN}, optional={"to": st.integers(0, 5)}),
)


def state(database: Database[Document], outcomes: list[Any]) -> Any:
    """Outcomes of operations, without members that are new each time."""
    told = [each.document() if isinstance(each, Problem) else each for each in outcomes]
    entries = database.annotation_revisions.find()
    past = sorted(({**each, "_id": each["_id"].partition("/refused/")[0]} for each in entries), key=str)
    summaries = list(database.assets.find({}, {"label_summary": 1}).sort("_id", 1))
    return told, list(database.annotations.find().sort("_id", 1)), past, summaries


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.lists(OPERATIONS, min_size=1, max_size=10))
def test_operations_in_one_call_do_what_they_do_one_after_the_other(database: Database[Document], raw: Any) -> None:
    operations = [OPERATION.validate_python(each) for each in raw]
    results = []
    for calls in ([operations], [[operation] for operation in operations]):
        for name in ("assets", "annotations", "annotation_revisions", "label_tally"):
            database[name].delete_many({})
        database.assets.insert_many([an_asset(_id=asset_id) for asset_id in ASSETS])
        outcomes = [
            outcome for call in calls for outcome in writes.write(database, PROJECT, AUTHOR, call, masks=MemoryMasks())
        ]
        assert_true_to_annotations(database)
        results.append(state(database, outcomes))
    at_once, singly = results
    assert at_once == singly


def test_undo_of_an_undone_deletion_deletes_again(
    database: Database[Document], asset: Document, editor: Client
) -> None:
    made = created(editor, asset)
    assert editor.call(DELETE, **on(made)).status == 204
    assert restored(editor, made["annotation_id"], 2).body["label"] == "car"
    assert restored(editor, made["annotation_id"], 3).status == 200
    assert database.annotations.count_documents({}) == 0
    assert history(editor, made["annotation_id"]) == [
        (1, "created"),
        (2, "deleted"),
        (3, "restored"),
        (4, "deleted"),
    ]
    assert restored(editor, made["annotation_id"], 4).body["revision"] == 5
    assert_true_to_annotations(database)


def test_undo_of_an_id_that_was_made_again_deletes_it_and_its_history_goes_on(
    database: Database[Document], asset: Document, editor: Client
) -> None:
    name = new_id()
    first = created(editor, asset, annotation_id=name)
    assert editor.call(DELETE, **on(first)).status == 204
    assert created(editor, asset, {**BOX, "label": "boat"}, annotation_id=name)["revision"] == 3
    assert restored(editor, name, 3).status == 200
    assert restored(editor, name, 4, to=1).body["label"] == "car"
    kinds = ["created", "deleted", "created", "deleted", "restored"]
    assert history(editor, name) == list(enumerate(kinds, start=1))


def test_restored_annotations_keep_their_author(asset: Document, editor: Client, admin: Client) -> None:
    made = created(editor, asset)
    assert admin.call(DELETE, **on(made)).status == 204
    back = restored(admin, made["annotation_id"], 2).body
    assert (back["created_by"], back["created_at"]) == (made["created_by"], made["created_at"])
    assert (back["updated_by"], back["change"]["by"]) == ("admin-1", "admin-1")


def test_revisions_of_another_asset_do_not_replace_the_present_one(
    database: Database[Document], editor: Client
) -> None:
    one, other = an_asset(), an_asset()
    database.assets.insert_many([one, other])
    name = new_id()
    assert editor.call(DELETE, **on(created(editor, one, annotation_id=name))).status == 204
    assert created(editor, other, annotation_id=name)["revision"] == 3
    operations = [
        {"op": "create", "asset_id": one["_id"], "annotation": BOX},
        {"op": "restore", "annotation_id": name, "revision": 3, "to": 1},
    ]
    _, refused = editor.call(BULK, HERE, {"operations": operations}).body["results"]
    assert (refused["code"], refused["detail"]) == (
        "InvalidRequest",
        "That revision is of another asset; delete the annotation, then restore it.",
    )
    assert_true_to_annotations(database)
    assert editor.call(DELETE, {"annotation_id": name}, headers={"if-match": '"3"'}).status == 204
    assert restored(editor, name, 4, to=1).body["asset_id"] == one["_id"]
    assert_true_to_annotations(database)


@pytest.mark.parametrize("to", [2, 9])
def test_restore_of_a_revision_that_never_was_is_not_found(asset: Document, editor: Client, to: int) -> None:
    made = created(editor, asset)
    assert editor.call(DELETE, **on(made)).status == 204
    answer = restored(editor, made["annotation_id"], 2, to=to)
    assert (answer.status, answer.body["detail"]) == (404, "There is no such revision to go back to.")


@pytest.mark.parametrize("change", ['{"confidence": 1e400}', '{"extra": ' + '{"a":' * 940 + "1" + "}" * 941])
def test_late_changes_without_a_json_form_are_refused_and_not_kept(
    asset: Document, editor: Client, change: str
) -> None:
    made = created(editor, asset)
    answer = editor.call(PATCH, {"annotation_id": made["annotation_id"]}, raw=change, headers={"if-match": '"7"'})
    assert (answer.status, answer.body["code"]) == (400, "InvalidRequest")
    own = editor.call(
        "POST /v1/assets/{asset_id}/annotations",
        {"asset_id": asset["_id"]},
        raw=f'{{"annotation_id": "{made["annotation_id"]}", "annotation": {change}}}',
    )
    assert (own.status, own.body["code"]) == (400, "InvalidRequest")
    assert history(editor, made["annotation_id"]) == [(1, "created")]


@pytest.mark.parametrize("extra", ["1e400", "[" * 940 + "]" * 940])
def test_extra_that_could_not_be_given_back_is_refused(asset: Document, editor: Client, extra: str) -> None:
    raw = json.dumps({"annotation": {**BOX, "extra": {"a": "EXTRA"}}}).replace('"EXTRA"', extra)
    answer = editor.call("POST /v1/assets/{asset_id}/annotations", {"asset_id": asset["_id"]}, raw=raw)
    assert (answer.status, answer.body["code"]) == (400, "InvalidRequest")
    assert answer.body["detail"].startswith("extra: ")


def test_changes_within_an_object_keep_the_rest_of_it(asset: Document, editor: Client) -> None:
    made = created(editor, asset, {**BOX, "attributes": {"color": "red", "speed": 3}, "extra": {"a": {"b": None}}})
    changes = {"attributes": {"speed": None, "side": "left"}, "extra": {"c": [1]}, "label": None}
    changed = editor.call(PATCH, **on(made), body=changes).body
    assert changed["attributes"] == {"color": "red", "side": "left"}
    assert changed["extra"] == {"a": {"b": None}, "c": [1]}
    assert "label" not in changed
    assert create(editor, asset, {**BOX, "attributes": {"speed": None}}).status == 400
