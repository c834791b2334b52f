"""`AnnotationsChanged` is published within the request; if the bus refuses, the write stands and the event stays."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from pymongo.database import Database

from foveal.aws.errors import Unreachable
from foveal.aws.eventbridge import Entry, FailedEntry
from foveal.database.client import Document
from foveal.events.outbox import Publisher
from foveal.events.prompt import MAX_DOCUMENTS, PromptPublisher
from tests.catalog_function import handler
from tests.integration.catalog.annotation_requests import (
    BOX,
    BULK,
    DELETE,
    PATCH,
    REPLACE,
    RESTORE,
    create,
    created,
    on,
)
from tests.integration.catalog.conftest import PROJECT, Client, an_asset

Use = Callable[[Callable[[Sequence[Entry]], Sequence[FailedEntry]], float], None]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch, database: Database[Document]) -> Use:
    """Make the function publish by a given sender, and wait for it so long."""

    def by(send: Callable[[Sequence[Entry]], Sequence[FailedEntry]], seconds: float) -> None:
        publisher = PromptPublisher(Publisher("bus", send), lambda: database.assets, Logger(), seconds)
        monkeypatch.setattr(handler, "publisher", publisher)

    return by


def pending(database: Database[Document]) -> int:
    return sum(len(asset.get("pending_events", [])) for asset in database.assets.find())


def test_events_are_published_before_the_write_answers(
    database: Database[Document], asset: Document, editor: Client, use: Use
) -> None:
    sent: list[Entry] = []

    def send(entries: Sequence[Entry]) -> Sequence[FailedEntry]:
        sent.extend(entries)
        return []

    use(send, 30)
    made = created(editor, asset)
    changed = editor.call(PATCH, **on(made), body={"label": "van"}).body
    editor.call(DELETE, **on(changed))
    editor.call(RESTORE, {"annotation_id": made["annotation_id"]}, {}, {"if-match": '"3"'})
    operations = [{"op": "create", "asset_id": asset["_id"], "annotation": BOX}, {"op": "create"}]
    editor.call(BULK, {"project": PROJECT}, {"operations": operations})
    layer = {"asset_id": asset["_id"], "field": "ground_truth"}
    editor.call(REPLACE, layer, {"annotations": []}, {"if-match": '"5"'})
    assert [f'"annotation_revision":{n},' in entry["Detail"] for n, entry in enumerate(sent, 1)] == [True] * 6
    assert {(entry["DetailType"], entry["EventBusName"]) for entry in sent} == {("AnnotationsChanged", "bus")}
    assert pending(database) == 0
    refused = editor.call(PATCH, **on(made), body={"label": "car"})
    assert (refused.status, len(sent)) == (404, 6)


@pytest.mark.parametrize("answer", ["refuses", "raises"])
def test_writes_stand_and_events_stay_when_the_bus_refuses(
    database: Database[Document], asset: Document, editor: Client, use: Use, answer: str
) -> None:
    def send(entries: Sequence[Entry]) -> Sequence[FailedEntry]:
        if answer == "raises":
            raise Unreachable("PutEvents", "TimeoutError")
        return [FailedEntry(entry, "ThrottlingException") for entry in entries]

    use(send, 30)
    assert create(editor, asset, BOX).status == 201
    assert (pending(database), database.annotations.count_documents({})) == (1, 1)


def test_writes_do_not_wait_for_a_bus_that_hangs(
    database: Database[Document], asset: Document, editor: Client, use: Use
) -> None:
    is_over, started = threading.Event(), threading.Event()

    def send(entries: Sequence[Entry]) -> Sequence[FailedEntry]:
        started.set()
        assert is_over.wait(60)
        return []

    use(send, 0.01)
    try:
        assert create(editor, asset, BOX).status == 201
        assert started.wait(60)
        assert create(editor, asset, BOX).status == 201  # while the first one still hangs
        assert pending(database) == 2
    finally:
        is_over.set()


def test_bulk_writes_of_many_assets_leave_events_to_sweep(
    database: Database[Document], editor: Client, use: Use
) -> None:
    assets = [an_asset() for _ in range(MAX_DOCUMENTS + 5)]
    database.assets.insert_many(assets)
    use(lambda _: [], 30)
    operations: list[Any] = [{"op": "create", "asset_id": each["_id"], "annotation": BOX} for each in assets]
    assert editor.call(BULK, {"project": PROJECT}, {"operations": operations}).status == 200
    assert pending(database) == 5
    left = database.assets.find_one({"pending_events.0": {"$exists": True}}) or {}
    assert create(editor, left, BOX).status == 201
    assert pending(database) == 4
