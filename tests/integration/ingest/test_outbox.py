"""Outbox: committed events are published at least once, whichever step fails."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from pymongo.database import Database

from foveal.aws.errors import Unreachable
from foveal.aws.eventbridge import Entry, FailedEntry
from foveal.database.client import Document
from foveal.events.outbox import Publisher, pending_event
from tests.integration.ingest.ingest_harness import NOW

AT = datetime(2026, 10, 31, tzinfo=UTC)


def _asset(database: Database[Document], asset_id: str, count: int) -> list[str]:
    events = [pending_event("AssetReady", "zoo", (asset_id, str(index)), AT, {}) for index in range(count)]
    document = {"_id": asset_id, "project": "zoo", "status": "ready", "created_at": NOW, "updated_at": NOW}
    database.assets.insert_one({**document, "schema_version": 1, "pending_events": events})
    return [event["event_id"] for event in events]


def _pending(database: Database[Document]) -> set[str]:
    return {event["event_id"] for asset in database.assets.find() for event in asset["pending_events"]}


def test_published_events_are_no_longer_pending_and_are_not_sent_again(database: Database[Document]) -> None:
    ids = _asset(database, "a", 2) + _asset(database, "b", 25)
    sent: list[Entry] = []

    def send(entries: Sequence[Entry]) -> list[FailedEntry]:
        sent.extend(entries)
        return []

    publisher = Publisher("bus", send)
    assert publisher.publish(database.assets, {}) == len(ids)
    assert _pending(database) == set()
    assert publisher.publish(database.assets, {}) == 0
    assert len(sent) == len(ids)
    assert {entry["EventBusName"] for entry in sent} == {"bus"}
    assert {entry["Source"] for entry in sent} == {"foveal"}


def test_refused_entries_alone_stay_pending_when_eventbridge_takes_some(database: Database[Document]) -> None:
    ids = _asset(database, "a", 3)

    def send(entries: Sequence[Entry]) -> list[FailedEntry]:
        return [FailedEntry(entries[1], "ThrottlingException")]

    assert Publisher("bus", send).publish(database.assets, {}) == 2
    assert _pending(database) == {ids[1]}


def test_events_stay_pending_when_eventbridge_cannot_be_reached(database: Database[Document]) -> None:
    ids = _asset(database, "a", 3)

    def send(entries: Sequence[Entry]) -> list[FailedEntry]:
        raise Unreachable("PutEvents", "TimeoutError")

    with pytest.raises(Unreachable):
        Publisher("bus", send).publish(database.assets, {})
    assert _pending(database) == set(ids)


def test_event_that_is_added_while_others_are_sent_stays_pending(database: Database[Document]) -> None:
    _asset(database, "a", 1)
    late = pending_event("AssetDeleted", "zoo", ("a", "late"), AT, {})

    def send(entries: Sequence[Entry]) -> list[FailedEntry]:
        database.assets.update_one({"_id": "a"}, {"$push": {"pending_events": late}})
        return []

    Publisher("bus", send).publish(database.assets, {})
    assert _pending(database) == {late["event_id"]}


def test_query_for_pending_events_uses_the_partial_index(database: Database[Document]) -> None:
    _asset(database, "a", 1)
    plan = database.assets.find({"pending_events.event_id": {"$exists": True}}).explain()
    assert "foveal_pending_events" in str(plan["queryPlanner"]["winningPlan"])
