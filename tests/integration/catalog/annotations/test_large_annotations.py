"""Annotations of some megabytes: what can be written can be read, changed and deleted."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy
import pytest
from pymongo.database import Database

from foveal.catalog.annotations import history, writes
from foveal.catalog.annotations.editing import batches, sizes
from foveal.catalog.annotations.operations import Create, Delete, Update
from foveal.catalog.author import Author
from foveal.database import transactions
from foveal.database.client import Document
from foveal.encoding.json_text import MAX_ANSWER_BYTES, answer_bytes
from foveal.errors import Problem
from tests.integration.catalog.annotation_requests import (
    BOX,
    BULK,
    DELETE,
    GET,
    LIST,
    PATCH,
    REPLACE,
    REVISIONS,
    assert_true_to_annotations,
    create,
    created,
    on,
)
from tests.integration.catalog.annotations.test_annotation_types import heatmap
from tests.integration.catalog.conftest import PROJECT, Answer, Client, an_asset
from tests.integration.catalog.in_memory_masks import MemoryMasks

AUTHOR = Author("author", datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture(autouse=True)
def transactions_have_time(database: Database[Document], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lift the limits of a transaction, the product's and that of the server of the tests: a busy machine is slow."""
    monkeypatch.setattr(transactions, "MAX_SECONDS", 600.0)
    before = database.client.admin.command("getParameter", transactionLifetimeLimitSeconds=1)
    database.client.admin.command("setParameter", transactionLifetimeLimitSeconds=600)
    yield
    database.client.admin.command("killAllSessions", [])  # a transaction that is left open keeps the limit of its start
    seconds = before["transactionLifetimeLimitSeconds"]
    database.client.admin.command("setParameter", transactionLifetimeLimitSeconds=seconds)


def polygon(points: int, **more: Any) -> Any:
    numbers = random.Random(points)
    return {
        "type": "polygon",
        "field": "m",
        "rings": [[[numbers.random(), numbers.random()] for _ in range(points)]],
    } | more


def test_annotations_larger_than_an_answer_are_refused(asset: Document, editor: Client) -> None:
    pixels = [[[round(x * 640, 2), round(y * 480, 2)] for x, y in ring] for ring in polygon(90_000)["rings"]]
    both = {"type": "polygon", "field": "m", "rings_px": pixels, "holes_px": pixels}
    answer = create(editor, asset, both)
    assert (answer.status, answer.body["code"]) == (413, "EntityTooLarge")
    assert "5000000 bytes" in answer.body["detail"]
    assert editor.call(LIST, {"asset_id": asset["_id"]}).body["items"] == []


def test_annotations_of_megabytes_are_changed_read_in_pages_and_deleted(
    database: Database[Document], asset: Document, editor: Client, viewer: Client
) -> None:
    made = [created(editor, asset, polygon(100_000)) for _ in range(2)]
    changed = editor.call(PATCH, **on(made[0]), body={"label": "big"})
    assert changed.status == 200
    late = editor.call(PATCH, **on(made[0]), body={"rings": polygon(100_000)["rings"]})
    assert (late.status, late.body["current"]["label"]) == (412, "big")
    pages = [
        *walked(viewer, LIST, {"asset_id": asset["_id"]}),
        *walked(viewer, REVISIONS, {"annotation_id": made[0]["annotation_id"]}),
    ]
    assert [len(page.body["items"]) for page in pages] == [1, 1, 1, 1, 1]
    assert max(answer_bytes(page.text) for page in [*pages, late]) <= MAX_ANSWER_BYTES
    assert editor.call(DELETE, **on(changed.body)).status == 204
    assert editor.call(DELETE, **on(made[1])).status == 204
    assert viewer.call(GET, {"annotation_id": made[1]["annotation_id"]}).status == 404
    assert_true_to_annotations(database)


def walked(client: Client, route: str, path: dict[str, str]) -> list[Answer]:
    """Return the pages of a list."""
    pages, token = list[Answer](), ""
    while True:
        pages.append(client.call(route, path, query={"next_token": token} if token else {}))
        assert pages[-1].status == 200, pages[-1].text
        token = pages[-1].body["next_token"]
        if token is None:
            return pages


def test_large_annotations_are_deleted_many_in_one_call(database: Database[Document], asset: Document) -> None:
    draft = polygon(100_000)
    creations = [Create(op="create", asset_id=asset["_id"], annotation=draft) for _ in range(8)]  # 26 MB
    made = writes.write(database, PROJECT, AUTHOR, creations, masks=MemoryMasks())
    assert not [each for each in made if isinstance(each, Problem)]
    deletions = [Delete(op="delete", annotation_id=each["_id"], revision=1) for each in made if isinstance(each, dict)]
    gone = writes.write(database, PROJECT, AUTHOR, deletions, masks=MemoryMasks())
    assert [each["revision"] for each in gone if isinstance(each, dict)] == [2] * 8
    assert database.annotations.count_documents({}) == 0
    assert_true_to_annotations(database)


def test_sizes_are_not_read_when_operations_are_small(
    database: Database[Document], asset: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_read(*_: object) -> list[int]:
        raise AssertionError("sizes were read")

    monkeypatch.setattr(sizes, "bytes_of_each", no_read)
    made = writes.write(database, PROJECT, AUTHOR, _creations(asset, 20), masks=MemoryMasks())
    changes = [
        Update(op="update", annotation_id=each["_id"], revision=1, changes={"label": "x"})
        for each in made
        if isinstance(each, dict)
    ]
    changed = writes.write(database, PROJECT, AUTHOR, changes, masks=MemoryMasks())
    assert [each["revision"] for each in changed if isinstance(each, dict)] == [2] * 20


@pytest.mark.parametrize("ordered", [False, True])
def test_operations_that_are_large_together_are_cut_into_transactions(
    database: Database[Document], asset: Document, monkeypatch: pytest.MonkeyPatch, ordered: bool
) -> None:
    monkeypatch.setattr(batches, "BYTES_IN_TRANSACTION", 400)
    made = writes.write(database, PROJECT, AUTHOR, _creations(asset, 20), ordered=ordered, masks=MemoryMasks())
    assert len({each["_id"] for each in made if isinstance(each, dict)}) == 20
    asset_now = database.assets.find_one({"_id": asset["_id"]}) or {}
    assert 4 < asset_now["annotation_revision"] < 20
    deletions = [Delete(op="delete", annotation_id=each["_id"], revision=1) for each in made if isinstance(each, dict)]
    writes.write(database, PROJECT, AUTHOR, deletions, ordered=ordered, masks=MemoryMasks())
    after = database.assets.find_one({"_id": asset["_id"]}) or {}
    assert after["annotation_revision"] - asset_now["annotation_revision"] > 5
    assert_true_to_annotations(database)


def test_drafts_that_nest_too_deep_are_refused_beside_others(asset: Document, editor: Client) -> None:
    deep: Any = 1
    for _ in range(300):
        deep = {"a": deep}
    drafts = [BOX | {"extra": deep}, BOX]
    operations = [{"op": "create", "asset_id": asset["_id"], "annotation": each} for each in drafts]
    refused, made = editor.call(BULK, {"project": PROJECT}, {"operations": operations}).body["results"]
    assert "nests deeper" in str(refused), refused
    assert made["revision"] == 1


def _creations(asset: Document, count: int) -> list[Create]:
    return [Create(op="create", asset_id=asset["_id"], annotation=BOX) for _ in range(count)]


def test_attempts_larger_than_an_answer_are_refused_and_not_kept(
    asset: Document, editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MAX_ATTEMPT_BYTES", 100)
    made = created(editor, asset)
    late = editor.call(PATCH, **on(made, 7), body={"text": "x" * 100})
    assert (late.status, late.body["detail"]) == (400, "The change is larger than 100 bytes.")
    entries = editor.call(REVISIONS, {"annotation_id": made["annotation_id"]}).body["items"]
    assert [entry["change"]["kind"] for entry in entries] == ["created"]


def test_layers_too_large_for_one_transaction_are_not_replaced(
    asset: Document, editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writes, "MAX_REPLACED_BYTES", 1_000)
    for _ in range(3):
        created(editor, asset)
    path = {"asset_id": asset["_id"], "field": BOX["field"]}
    answer = editor.call(REPLACE, path, {"annotations": []}, {"if-match": '"3"'})
    assert (answer.status, answer.body["code"]) == (413, "EntityTooLarge")
    assert "annotations/bulk" in answer.body["detail"]


def test_mask_is_stored_as_an_object_when_an_answer_holds_its_counts(asset: Document, editor: Client) -> None:
    counts = [1] * (640 * 480)
    mask = {"type": "mask", "field": "m", "mask": {"encoding": "coco_rle", "size": [480, 640], "counts": counts}}
    assert created(editor, asset, mask)["mask"]["s3"]["size_bytes"] == len(json.dumps(counts, separators=(",", ":")))


@pytest.mark.parametrize(("runs", "status"), [(1_495_000, 201), (1_505_000, 413)])
def test_mask_is_refused_when_no_answer_holds_its_counts(
    database: Database[Document], editor: Client, runs: int, status: int
) -> None:
    """Each run takes four bytes of JSON, `100,`: just below 6,000,000 bytes, and just above."""
    asset = an_asset(width=runs // 100, height=10_000)
    database.assets.insert_one(asset)
    counts = {"encoding": "coco_rle", "size": [10_000, runs // 100], "counts": [100] * runs}
    answer = create(editor, asset, {"type": "mask", "field": "m", "mask": counts})
    assert answer.status == status
    if status == 413:
        assert answer.body["code"] == "EntityTooLarge"
        assert answer.body["detail"] == "mask.counts is larger than 6000000 bytes as JSON."
        assert database.annotations.count_documents({}) == 0


def test_heatmap_is_refused_when_no_answer_holds_its_values(
    database: Database[Document], asset: Document, editor: Client
) -> None:
    answer = create(editor, asset, heatmap(numpy.random.default_rng(1).random((1_000, 1_300)).tolist()))
    assert (answer.status, answer.body["detail"]) == (413, "map.values is larger than 6000000 bytes as JSON.")
    assert database.annotations.count_documents({}) == 0


def test_service_unavailable_names_the_other_writer_only_where_there_is_one(
    database: Database[Document], asset: Document, editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "MAX_SECONDS", 0.5)
    slow = {"failCommands": ["insert"], "blockConnection": True, "blockTimeMS": 2_000}
    database.client.admin.command("configureFailPoint", "failCommand", mode="alwaysOn", data=slow)
    try:
        answer = create(editor, asset, BOX)
    finally:
        database.client.admin.command("configureFailPoint", "failCommand", mode="off")
    assert (answer.status, answer.body["code"]) == (503, "ServiceUnavailable")
    assert "Somebody else" not in answer.body["detail"]


def test_changes_too_large_for_the_servers_cache_are_too_large(
    database: Database[Document], asset: Document, editor: Client
) -> None:
    failing = {"failCommands": ["insert"], "errorCode": 357}
    database.client.admin.command("configureFailPoint", "failCommand", mode="alwaysOn", data=failing)
    try:
        answer = create(editor, asset, BOX)
    finally:
        database.client.admin.command("configureFailPoint", "failCommand", mode="off")
    assert (answer.status, answer.body["code"]) == (413, "EntityTooLarge")
