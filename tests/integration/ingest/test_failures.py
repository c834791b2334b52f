"""Failures in ingest: the failure of one message affects no other, and a repeated delivery is harmless."""

import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pymongo
import pytest
from aws_lambda_powertools import Logger
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foveal.aws.errors import AccessDenied, Unreachable
from foveal.database.client import Document
from foveal.database.migration import migrate
from foveal.events.outbox import Publisher
from foveal.ingest.batch import Message
from foveal.ingest.pipeline import Pipeline
from foveal.probe import Facts
from foveal.stack_contract import MAX_RECEIVE_COUNT
from tests.integration.ingest.images import JPEG, image
from tests.integration.ingest.ingest_harness import IngestHarness

UNREADABLE = ["", "not json", "[]", "{}", '{"detail-type": "Object Created"}', '{"Records": [{"eventName": 7}]}']


@pytest.mark.parametrize("poison", UNREADABLE)
def test_batch_delivers_only_the_unreadable_message_again(harness: IngestHarness, poison: str) -> None:
    keys = [harness.begin("zoo") for _ in range(3)]
    events = [harness.bucket.put(key, JPEG) for key in keys]
    assert harness.deliver(events[0], poison, *events[1:]) == ["m1"]
    assert [harness.asset(key)["status"] for key in keys] == ["ready"] * 3


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.sampled_from(UNREADABLE), st.text(), st.just("photo")), max_size=10))
def test_messages_to_deliver_again_are_of_the_batch_and_exactly_the_unreadable(
    harness: IngestHarness, bodies: list[str]
) -> None:
    """An id that is not of the batch would make Lambda deliver all of it again (guide, "batch failure conditions")."""
    messages = [harness.bucket.put(harness.begin("zoo"), JPEG) if body == "photo" else body for body in bodies]
    unreadable = [f"m{number}" for number, body in enumerate(bodies) if body != "photo"]
    assert sorted(harness.deliver(*messages)) == sorted(unreadable)


def test_log_record_stays_one_line_of_json_whatever_a_key_holds(
    harness: IngestHarness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def first_block(key: str, length: int) -> object:
        raise Unreachable(f"GetObject {key}", "TimeoutError")

    key = 'media/zoo/in\n{"level":"ERROR"}\x1b[31m\u202e.jpg'
    monkeypatch.setattr(harness.bucket, "first_block", first_block)
    assert harness.deliver(harness.bucket.put(key, JPEG)) == ["m0"]
    written = [logging.getLogger("test").handlers[0].format(record) for record in caplog.records]
    assert [json.loads(line)["message"] for line in written] == ["object not ingested"]
    assert not any(character in line for line in written for character in "\n\x1b")


def test_batch_delivers_only_the_message_of_the_unreadable_object_again(
    harness: IngestHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = harness.begin("zoo"), harness.begin("zoo")
    events = [harness.bucket.put(key, JPEG) for key in (good, bad)]
    read = harness.bucket.first_block

    def first_block(key: str, length: int) -> object:
        if key == bad:
            raise Unreachable("GetObject", "TimeoutError")
        return read(key, length)

    monkeypatch.setattr(harness.bucket, "first_block", first_block)
    assert harness.deliver(*events) == ["m1"]
    assert (harness.asset(good)["status"], harness.asset(bad)["status"]) == ("ready", "pending")
    monkeypatch.undo()
    assert harness.deliver(*events) == []
    assert harness.asset(bad)["status"] == "ready"
    assert harness.published_types == ["AssetReady", "AssetReady"]


def test_ingest_error_is_recorded_at_the_last_delivery_and_removed_by_a_success(
    harness: IngestHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = harness.begin("zoo")
    event = harness.bucket.put(key, JPEG)

    def first_block(_key: str, _length: int) -> object:
        raise AccessDenied("GetObject", "AccessDenied", 403)

    monkeypatch.setattr(harness.bucket, "first_block", first_block)
    harness.deliver(event, attempt=MAX_RECEIVE_COUNT - 1)
    assert "ingest_error" not in harness.asset(key)
    assert harness.deliver(event, attempt=MAX_RECEIVE_COUNT) == ["m0"]
    assert harness.asset(key)["ingest_error"]["error_type"] == "AccessDenied"
    monkeypatch.undo()
    harness.deliver(event, attempt=1)
    assert "ingest_error" not in harness.asset(key)
    assert harness.asset(key)["status"] == "ready"


def test_slow_object_is_delivered_again_and_the_others_are_committed(
    harness: IngestHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.bucket.opens_ahead = False  # what bounds the first attempt is told by tests/unit/aws/test_ahead.py
    slow, quick = harness.begin("zoo"), harness.begin("zoo")
    events = [harness.bucket.put(key, JPEG) for key in (slow, quick)]
    read, go_on = harness.bucket.first_block, threading.Event()

    def first_block(key: str, length: int) -> object:
        if key == slow:
            go_on.wait(30)
        return read(key, length)

    monkeypatch.setattr(harness.bucket, "first_block", first_block)
    messages = [Message("slow", events[0]), Message("quick", events[1])]
    assert harness.pipeline.ingest(messages, seconds=0.5) == ["slow"]
    go_on.set()
    assert (harness.asset(slow)["status"], harness.asset(quick)["status"]) == ("pending", "ready")


def test_all_messages_are_delivered_again_when_the_catalog_is_unreachable(harness: IngestHarness) -> None:
    client = pymongo.MongoClient[Document]("mongodb://127.0.0.1:1", serverSelectionTimeoutMS=100)
    publisher = Publisher("foveal", lambda _entries: [])
    pipeline = Pipeline(client.test.assets, harness.bucket, publisher, Logger("test"))
    events = [harness.bucket.put(harness.begin("zoo"), JPEG) for _ in range(3)]
    messages = [Message(f"m{index}", event) for index, event in enumerate([*events, "poison"])]
    assert pipeline.ingest(messages, 30) == ["m0", "m1", "m2", "m3"]
    client.close()


def test_batch_is_committed_except_one_refused_document(harness: IngestHarness) -> None:
    good, bad = harness.begin("zoo"), harness.begin("zoo")
    events = [harness.bucket.put(key, JPEG) for key in (good, bad)]
    validator = {"s3.key": {"$ne": bad}}
    harness.assets.database.command("collMod", "assets", validator=validator, validationLevel="strict")
    try:
        assert harness.deliver(*events) == ["m1"]
    finally:
        migrate(harness.assets.database)
    assert harness.asset(good)["status"] == "ready"
    assert harness.published_types == ["AssetReady"]


@pytest.mark.parametrize("value", [2**64, "\ud800", {"a\0b": 1}])
def test_batch_is_committed_except_one_document_that_cannot_be_stored(
    harness: IngestHarness, monkeypatch: pytest.MonkeyPatch, value: object
) -> None:
    keys = [harness.begin("zoo") for _ in range(3)]
    events = [harness.bucket.put(key, image(side, 8)) for side, key in enumerate(keys, 1)]
    document = Facts.document

    def with_the_value(facts: Facts) -> Document:
        return document(facts) | ({"camera": {"model": value}} if facts.width == 2 else {})

    monkeypatch.setattr(Facts, "document", with_the_value)
    assert harness.deliver(*events) == ["m1"]
    assert [harness.asset(key)["status"] for key in keys] == ["ready", "pending", "ready"]
    assert harness.published_types == ["AssetReady"] * 2


def test_events_are_published_by_the_next_delivery_when_eventbridge_refused_them(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    event = harness.bucket.put(key, JPEG)
    harness.refuse_events = True
    assert harness.deliver(event) == []
    assert len(harness.asset(key)["pending_events"]) == 1
    harness.refuse_events = False
    assert harness.deliver(event) == []
    assert harness.published_types == ["AssetReady"]
    assert harness.asset(key)["pending_events"] == []


def test_crash_between_commit_and_publication_loses_no_event(
    harness: IngestHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = harness.begin("zoo")
    event = harness.bucket.put(key, JPEG)

    class Killed(BaseException):
        pass

    def publish(*_arguments: object, **_options: object) -> int:
        raise Killed

    monkeypatch.setattr(Publisher, "publish", publish)
    with pytest.raises(Killed):
        harness.deliver(event)
    assert harness.asset(key)["status"] == "ready"
    monkeypatch.undo()
    assert harness.deliver(event) == []
    assert harness.published_types == ["AssetReady"]


def test_newest_version_wins_when_many_workers_ingest_one_key_at_once(harness: IngestHarness) -> None:
    keys = [harness.begin("zoo") for _ in range(4)]
    events = [harness.bucket.put(key, image(side, side)) for side in range(1, 16) for key in keys]
    with ThreadPoolExecutor(8) as workers:
        failed = list(workers.map(harness.deliver, reversed(events)))
    assert not any(failed)
    assert [harness.asset(key)["width"] for key in keys] == [15] * 4
    assert harness.assets.count_documents({}) == 4


def test_adopted_object_has_one_document_when_many_workers_ingest_it_at_once(harness: IngestHarness) -> None:
    for number in range(20):
        event = harness.bucket.put(f"media/zoo/{number}.jpg", JPEG)
        barrier = threading.Barrier(6)

        def deliver(_index: int, event: str = event, barrier: threading.Barrier = barrier) -> list[str]:
            barrier.wait()
            return harness.deliver(event)

        with ThreadPoolExecutor(6) as workers:
            assert not any(workers.map(deliver, range(6)))
    assert harness.assets.count_documents({}) == 20
    assert len({harness.detail(index)["event_id"] for index in range(len(harness.published))}) == 20


def test_older_observation_does_not_win_when_it_is_written_last(
    harness: IngestHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = harness.begin("zoo")
    first = harness.bucket.put(key, image(10, 10))
    second = harness.bucket.put(key, image(20, 20))
    looked, go_on = threading.Event(), threading.Event()
    head = harness.bucket.head

    def slow_head(key: str, version_id: str | None) -> object:
        answer = head(key, version_id)
        if not looked.is_set():
            looked.set()
            go_on.wait(30)
        return answer

    monkeypatch.setattr(harness.bucket, "head", slow_head)
    with ThreadPoolExecutor(1) as worker:
        slow = worker.submit(harness.deliver, second)  # observes the second version, then stalls
        assert looked.wait(30)
        third = harness.bucket.put(key, image(30, 30))
        harness.deliver(first)  # an older event observes the third version
        assert harness.asset(key)["width"] == 30
        harness.deliver(third)  # only its sequencer is new
        go_on.set()
        assert slow.result() == []
    assert harness.asset(key)["width"] == 30


@pytest.mark.parametrize("is_versioned", [True, False])
def test_bytes_of_two_versions_are_never_mixed_when_an_object_is_overwritten_while_reading(
    harness: IngestHarness, monkeypatch: pytest.MonkeyPatch, is_versioned: bool
) -> None:
    harness.bucket.is_versioned = is_versioned
    key = harness.begin("zoo")
    padding = b"".join(b"\xff\xee\xff\xff" + bytes(65533) for _ in range(3))
    events = [harness.bucket.put(key, JPEG[:2] + padding + image(10, 10)[2:])]
    read = harness.bucket.read

    def overwriting_read(*arguments: Any) -> object:
        if len(events) == 1:
            events.append(harness.bucket.put(key, JPEG[:2] + padding + image(500, 400)[2:]))
        return read(*arguments)

    monkeypatch.setattr(harness.bucket, "read", overwriting_read)
    assert harness.deliver(events[0]) == []
    asset = harness.asset(key)
    assert (asset["width"], asset["s3"]["etag"]) in [
        (10, harness.bucket.keys[key][0].etag),
        (500, harness.bucket.keys[key][-1].etag),
    ]
    assert harness.deliver(events[1]) == []
    assert (harness.asset(key)["width"], harness.asset(key)["height"]) == (500, 400)
