"""One annotation through the handler: revisions, two editors, undo, foreign projects."""

import threading
from typing import Any

import pytest
from pymongo.database import Database

from foveal.database import transactions
from foveal.database.client import Document
from foveal.encoding.ids import new_id
from foveal.events import contract
from tests.integration.catalog.annotation_requests import (
    BOX,
    BULK,
    DELETE,
    GET,
    LIST,
    PATCH,
    RESTORE,
    REVISIONS,
    assert_true_to_annotations,
    create,
    created,
    on,
)
from tests.integration.catalog.conftest import PROJECT, Answer, Client, an_asset


def test_only_a_ready_asset_is_annotated(database: Database[Document], editor: Client) -> None:
    pending = an_asset(status="pending")
    database.assets.insert_one(pending)
    answer = create(editor, pending, BOX)
    assert (answer.status, answer.body["code"]) == (409, "AssetNotReady")


def test_viewers_read_annotations_and_do_not_write_them(asset: Document, viewer: Client, editor: Client) -> None:
    assert create(viewer, asset, BOX).status == 403
    made = created(editor, asset)
    assert viewer.call(PATCH, **on(made), body={"label": "van"}).status == 403
    assert viewer.call(DELETE, **on(made)).status == 403
    assert viewer.call(BULK, {"project": PROJECT}, {"operations": [{}]}).status == 403


def test_lists_of_annotations_continue_after_the_page(asset: Document, editor: Client, viewer: Client) -> None:
    made = [created(editor, asset, {**BOX, "field": field})["annotation_id"] for field in ("b", "a", "b", "a", "c")]
    found: list[str] = []
    query: dict[str, str] = {"limit": "2"}
    while True:
        answer = viewer.call(LIST, {"asset_id": asset["_id"]}, query=query)
        assert answer.headers["etag"] == '"5"'
        found += [each["annotation_id"] for each in answer.body["items"]]
        if answer.body["next_token"] is None:
            break
        query = {"limit": "2", "next_token": answer.body["next_token"]}
    assert sorted(found) == sorted(made)
    assert [made.index(each) for each in found] == [1, 3, 0, 2, 4]
    only = viewer.call(LIST, {"asset_id": asset["_id"]}, query={"field": "b"}).body["items"]
    assert [each["annotation_id"] for each in only] == [made[0], made[2]]


def test_each_change_answers_the_annotation_revision_that_the_asset_has_since(
    database: Database[Document], asset: Document, editor: Client
) -> None:
    told: list[tuple[str, int]] = []

    def noted(answer: Answer) -> Answer:
        stored = database.assets.find_one({"_id": asset["_id"]}) or {}
        told.append((answer.headers["annotation-revision"], stored["annotation_revision"]))
        return answer

    made = noted(create(editor, asset, BOX))
    moved = noted(editor.call(PATCH, **on(made.body), body={"label": "van"}))
    late = editor.call(PATCH, **on(made.body), body={"label": "bus"})
    noted(editor.call(DELETE, **on(moved.body)))
    noted(editor.call(RESTORE, **on(moved.body, 3), body={}))
    assert told == [("1", 1), ("2", 2), ("3", 3), ("4", 4)]
    assert (late.status, "annotation-revision" in late.headers) == (412, False)


@pytest.mark.parametrize("limit", ["0", "-1", "1.0", ""])
def test_list_is_refused_when_its_limit_is_no_size_of_a_page(asset: Document, viewer: Client, limit: str) -> None:
    answer = viewer.call(LIST, {"asset_id": asset["_id"]}, query={"limit": limit})
    assert (answer.status, answer.body["code"]) == (400, "InvalidRequest")
    assert "limit" in answer.body["detail"]


def test_late_changes_get_the_present_state_and_are_kept_in_the_history(
    database: Database[Document], asset: Document, editor: Client, viewer: Client
) -> None:
    made = created(editor, asset)
    other = Client(editor.roles, "editor-2")
    answers: dict[str, Answer] = {}
    barrier = threading.Barrier(2)

    def edit(client: Client, label: str) -> None:
        barrier.wait()
        answers[client.subject] = client.call(PATCH, **on(made), body={"label": label})

    threads = [threading.Thread(target=edit, args=pair) for pair in ((editor, "van"), (other, "bus"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winner, loser = sorted(answers, key=lambda name: answers[name].status)
    assert [answers[winner].status, answers[loser].status] == [200, 412]
    refusal = answers[loser].body
    assert (refusal["code"], refusal["current"]) == ("PreconditionFailed", answers[winner].body)
    entries = viewer.call(REVISIONS, {"annotation_id": made["annotation_id"]}).body["items"]
    told = [(each["revision"], each["change"]["kind"], each["change"]["by"]) for each in entries]
    assert sorted(told) == [(1, "created", "editor-1"), (2, "refused", loser), (2, "updated", winner)]
    (refused,) = [each for each in entries if each["change"]["kind"] == "refused"]
    assert refused["attempted"] == {"label": "van" if loser == "editor-1" else "bus"}
    assert_true_to_annotations(database)


def test_writes_of_annotations_need_the_revision(asset: Document, editor: Client) -> None:
    made = created(editor, asset)
    path = {"annotation_id": made["annotation_id"]}
    for key, body in ((PATCH, {"label": "van"}), (DELETE, None), (RESTORE, {})):
        assert editor.call(key, path, body).status == 428
        assert editor.call(key, path, body, {"if-match": "abc"}).status == 400
        assert editor.call(key, path, body, {"if-match": '"7"'}).status == 412


def test_own_annotation_ids_are_created_once_only(
    database: Database[Document], asset: Document, editor: Client
) -> None:
    own = new_id()
    assert created(editor, asset, annotation_id=own)["annotation_id"] == own
    again = create(editor, asset, {**BOX, "label": "bus"}, annotation_id=own)
    assert (again.status, again.body["current"]["label"]) == (412, "car")
    assert_true_to_annotations(database)


def test_changes_keep_the_fields_that_they_do_not_name(asset: Document, editor: Client) -> None:
    made = created(
        editor, asset, {**BOX, "tags": ["a"], "origin": {"format": "coco", "record": "{}"}, "extra": {"k": 1}}
    )
    answer = editor.call(PATCH, **on(made), body={"label": "van", "tags": None, "attributes": {"hue": 3}})
    assert (answer.status, answer.headers["etag"]) == (200, '"2"')
    assert answer.body["bbox"] == made["bbox"]
    assert "tags" not in answer.body
    assert answer.body["origin"] == {"format": "coco", "record": "{}", "edited": True}
    assert answer.body["extra"] == {"k": 1}


def test_new_pixels_leave_no_old_place_standing(asset: Document, editor: Client) -> None:
    made = created(editor, asset, {**BOX, "area": 100.0})
    moved = editor.call(PATCH, **on(made), body={"bbox_px": [0, 0, 64, 48]}).body
    assert moved["bbox"] == pytest.approx([0, 0, 0.1, 0.1])
    assert moved["bbox_area"] == pytest.approx(0.01)
    assert "area" not in moved


def test_undo_brings_back_each_earlier_state_also_after_a_deletion(
    database: Database[Document], asset: Document, editor: Client, viewer: Client
) -> None:
    made = created(editor, asset)
    path = {"annotation_id": made["annotation_id"]}
    editor.call(PATCH, **on(made), body={"label": "van"})
    undone = editor.call(RESTORE, path, {}, {"if-match": '"2"'})
    assert (undone.body["label"], undone.body["revision"]) == ("car", 3)
    deleted = editor.call(DELETE, path, headers={"if-match": '"3"'})
    assert (deleted.status, deleted.headers["etag"]) == (204, '"4"')
    assert viewer.call(GET, path).status == 404
    assert_true_to_annotations(database)
    assert editor.call(RESTORE, path, {}, {"if-match": '"3"'}).status == 412
    back = editor.call(RESTORE, path, {}, {"if-match": '"4"'})
    assert (back.status, back.body["label"], back.body["revision"]) == (200, "car", 5)
    second = editor.call(RESTORE, path, {"to": 2}, {"if-match": '"5"'})
    assert (second.body["label"], second.body["revision"]) == ("van", 6)
    assert editor.call(RESTORE, path, {"to": 40}, {"if-match": '"6"'}).status == 404
    kinds = [each["change"]["kind"] for each in viewer.call(REVISIONS, path).body["items"]]
    assert kinds == ["created", "updated", "restored", "deleted", "restored", "restored"]
    assert_true_to_annotations(database)


def test_undoing_a_creation_deletes(database: Database[Document], asset: Document, editor: Client) -> None:
    made = created(editor, asset)
    assert editor.call(RESTORE, **on(made), body={}).status == 200
    assert database.annotations.count_documents({}) == 0
    assert_true_to_annotations(database)


def test_annotations_changed_events_keep_to_their_contract(
    database: Database[Document], asset: Document, editor: Client
) -> None:
    created(editor, asset)
    stored = database.assets.find_one({"_id": asset["_id"]}) or {}
    (event,) = stored["pending_events"]
    contract.check({"source": "foveal", "detail-type": event["detail_type"], "detail": event["detail"]})
    assert event["detail"]["fields"] == ["ground_truth"]
    assert (event["detail"]["created_count"], event["detail"]["updated_count"]) == (1, 0)


def test_another_project_cannot_tell_that_an_annotation_exists(
    asset: Document, editor: Client, stranger: Client
) -> None:
    made = created(editor, asset)
    for key, body in ((GET, None), (PATCH, {"label": "x"}), (DELETE, None), (REVISIONS, None), (RESTORE, {})):
        behind = stranger.call(key, **on(made), body=body)
        absent = stranger.call(key, **on({"annotation_id": new_id(), "revision": 1}), body=body)
        assert (behind.status, behind.text) == (absent.status, absent.text) == (404, behind.text)


def test_writes_are_unavailable_when_another_writer_holds_the_asset(
    database: Database[Document], asset: Document, editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "MAX_SECONDS", 0.5)
    with database.client.start_session() as session, session.start_transaction():
        database.assets.update_one({"_id": asset["_id"]}, {"$set": {"width": 1}}, session=session)
        answer = create(editor, asset, BOX)
        assert (answer.status, answer.body["code"]) == (503, "ServiceUnavailable")
        assert answer.headers["retry-after"]
        session.abort_transaction()
    created(editor, asset)
    assert database.annotations.count_documents({}) == 1
    assert_true_to_annotations(database)


def test_revisions_pages_are_the_whole_history_in_order(asset: Document, editor: Client, viewer: Client) -> None:
    annotation = created(editor, asset)
    for confidence in (0.1, 0.2, 0.3, 0.4):
        annotation = editor.call(PATCH, **on(annotation), body={"confidence": confidence}).body
    assert editor.call(PATCH, **on(annotation, 2), body={"label": "late"}).status == 412
    path = {"annotation_id": annotation["annotation_id"]}
    whole = viewer.call(REVISIONS, path).body
    assert whole["next_token"] is None
    assert [entry["revision"] for entry in whole["items"]] == [1, 2, 3, 4, 5, 5]
    items: list[Any] = []
    token: str | None = ""
    while token is not None:
        page = viewer.call(REVISIONS, path, query={"limit": "2"} | ({"next_token": token} if token else {})).body
        assert len(page["items"]) == 2
        items, token = items + page["items"], page["next_token"]
    assert items == whole["items"]


def test_revisions_token_of_another_annotation_is_refused(asset: Document, editor: Client, viewer: Client) -> None:
    first, second = created(editor, asset), created(editor, asset)
    editor.call(PATCH, **on(first), body={"label": "van"})
    token = viewer.call(REVISIONS, {"annotation_id": first["annotation_id"]}, query={"limit": "1"}).body["next_token"]
    answer = viewer.call(REVISIONS, {"annotation_id": second["annotation_id"]}, query={"next_token": token})
    assert (answer.status, answer.body["code"]) == (400, "InvalidRequest")
