"""Reconciliation: reports drift between bucket and catalog; rechecks by ingest repair it."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from pymongo.database import Database

from foveal.aws.s3 import S3
from foveal.aws.sqs import send_messages
from foveal.database.client import Document
from foveal.events.outbox import Publisher, pending_event
from foveal.ingest.batch import Message
from foveal.ingest.bucket import MediaBucket
from foveal.ingest.pipeline import Pipeline
from foveal.ingest.reconcile import GRACE, Drift, compare
from foveal.ingest.sweep import EmptyCatalog, Sweep
from foveal.uploads.sweep import Swept
from tests.integration.ingest.images import JPEG, image

LATER = timedelta(hours=1)


class Plant:
    """A bucket of the emulator and the catalog; ingest receives only rechecks from reconciliation."""

    def __init__(self, name: str, s3_client: Any, catalog: Database[Document]) -> None:
        self.name, self.client, self.catalog = name, s3_client, catalog
        self.s3, self.published = S3(name), list[str]()
        self.now = datetime.now(UTC) + LATER
        self.publisher = Publisher("foveal", self._send)
        self.pipeline = Pipeline(catalog.assets, MediaBucket(self.s3), self.publisher, Logger("test"))

    def put(self, key: str, data: bytes = JPEG) -> str:
        return str(self.client.put_object(Bucket=self.name, Key=key, Body=data, ContentType="image/jpeg")["VersionId"])

    def drift(self) -> dict[str, Drift]:
        pages = compare(self.s3, self.catalog.assets, self.now)
        return {each.key: each.drift for page in pages for each in page.differences}

    def repair(self) -> None:
        differences = [each for page in compare(self.s3, self.catalog.assets, self.now) for each in page.differences]
        bodies = [each.message(self.name, self.now) for each in differences]
        messages = [Message(str(index), body) for index, body in enumerate(bodies)]
        assert self.pipeline.ingest(messages, 60) == []

    def sweep(self, send: Any, settle_uploads: Any = lambda _now: Swept(0, 0), **options: Any) -> Sweep:
        return Sweep(
            self.catalog, self.s3, self.publisher, send, settle_uploads, lambda _now: 0, lambda: self.now, **options
        )

    def _send(self, entries: Any) -> list[Any]:
        self.published += [entry["DetailType"] for entry in entries]
        return []


@pytest.fixture
def plant(bucket_name: str, aws: Callable[[str], Any], catalog: Database[Document]) -> Plant:
    for name in ("assets", "sweeps"):
        catalog[name].delete_many({})
    return Plant(bucket_name, aws("s3"), catalog)


def test_drift_of_every_kind_is_named_and_repaired(plant: Plant) -> None:
    keys = {kind: f"media/zoo/{kind}.jpg" for kind in Drift}
    for kind in set(keys) - {Drift.MISSING}:
        plant.put(keys[kind])
    agreed = "media/zoo/agreed.jpg"
    plant.put(agreed)
    plant.repair()
    assert plant.drift() == {}
    plant.put(keys[Drift.MISSING])
    plant.put(keys[Drift.STALE], image(7, 7))
    plant.client.delete_object(Bucket=plant.name, Key=keys[Drift.NOT_DELETED])
    for kind, status in {Drift.NOT_INGESTED: "pending", Drift.NOT_RESTORED: "deleted"}.items():
        plant.catalog.assets.update_one({"s3.key": keys[kind]}, {"$set": {"status": status}})

    assert plant.drift() == {key: kind for kind, key in keys.items()}

    plant.repair()
    assert plant.drift() == {}
    found = {asset["s3"]["key"]: asset for asset in plant.catalog.assets.find()}
    assert found[keys[Drift.STALE]]["width"] == 7
    assert found[keys[Drift.NOT_DELETED]]["status"] == "deleted"
    assert {found[key]["status"] for key in found if key != keys[Drift.NOT_DELETED]} == {"ready"}


def test_catalog_is_rebuilt_from_the_bucket_when_it_is_lost(plant: Plant) -> None:
    asset_id = "0199f3a2-5c00-7abc-8def-0123456789ab"
    plant.put(f"media/zoo/{asset_id}/original.jpg")
    plant.put("media/zoo/gone.jpg")
    plant.client.delete_object(Bucket=plant.name, Key="media/zoo/gone.jpg")
    plant.client.put_object(Bucket=plant.name, Key="derived/zoo/x/v/t.jpg", Body=JPEG)
    plant.repair()
    before = list(plant.catalog.assets.find(sort=[("_id", 1)]))
    assert {asset["status"] for asset in before} == {"ready", "deleted"}
    assert plant.catalog.assets.find_one({"_id": asset_id}) is not None
    plant.catalog.assets.delete_many({})
    plant.repair()
    facts = [_facts(asset) for asset in plant.catalog.assets.find(sort=[("_id", 1)])]
    assert facts == [_facts(asset) for asset in before]


@pytest.mark.parametrize("name", ["a b+c", "%41%2B+ %", "ü\u202e", "a\nb", "a&lt;<b>", "..//x", "日本"])
def test_key_of_any_characters_is_reported_missing_and_repaired(plant: Plant, name: str) -> None:
    key = f"media/zoo/{name}.jpg"
    plant.put(key)
    assert plant.drift() == {key: Drift.MISSING}
    plant.repair()
    assert plant.drift() == {}
    asset = plant.catalog.assets.find_one({"s3.key": key}) or {}
    assert (asset["status"], asset["file_name"]) == ("ready", key.rpartition("/")[2])


def test_asset_is_deleted_when_its_object_is_gone_without_a_delete_marker(plant: Plant) -> None:
    version = plant.put("media/zoo/a.jpg")
    plant.repair()
    plant.client.delete_object(Bucket=plant.name, Key="media/zoo/a.jpg", VersionId=version)
    assert plant.drift() == {"media/zoo/a.jpg": Drift.NOT_DELETED}
    plant.repair()
    assert plant.drift() == {}
    assert plant.published == ["AssetReady", "AssetDeleted"]


def test_recent_change_is_not_drift(plant: Plant) -> None:
    plant.put("media/zoo/a.jpg")
    plant.now = datetime.now(UTC) + GRACE - timedelta(minutes=1)
    assert plant.drift() == {}


def test_open_or_expired_upload_is_not_drift(plant: Plant) -> None:
    stored = {"project": "zoo", "status": "pending", "created_at": plant.now, "updated_at": plant.now}
    key = {"bucket": plant.name, "key": "media/zoo/on-its-way.jpg"}
    plant.catalog.assets.insert_one({"_id": "x", "schema_version": 1, **stored, "s3": key})
    given_up = {**stored, "status": "failed", "reason": "upload_expired"}
    plant.catalog.assets.insert_one({"_id": "y", "schema_version": 1, **given_up, "s3": {**key, "key": "media/zoo/y"}})
    assert plant.drift() == {}


def test_object_that_an_import_has_indexed_is_read_without_an_event(plant: Plant) -> None:
    plant.put("media/zoo/a.jpg")
    plant.repair()
    plant.published.clear()
    indexed = {"status": "pending", "s3.import_id": "i-1"}
    plant.catalog.assets.update_one({}, {"$set": indexed, "$unset": {"s3.sequencer": ""}})
    plant.repair()
    assert (plant.catalog.assets.find_one() or {})["status"] == "ready"
    assert plant.published == []


def test_object_in_another_bucket_is_not_drift(plant: Plant) -> None:
    stored = {"project": "zoo", "status": "ready", "created_at": plant.now, "updated_at": plant.now}
    place = {"bucket": "theirs", "key": "media/zoo/a.jpg", "etag": "e", "is_external": True}
    plant.catalog.assets.insert_one({"_id": "x", "schema_version": 1, **stored, "s3": place})
    assert plant.drift() == {}


def test_pages_join_without_gap_or_overlap(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [f"media/zoo/{index:02}.jpg" for index in range(12)]
    for key in keys:
        for _ in range(2):
            plant.put(key)
    plant.repair()
    plant.client.delete_object(Bucket=plant.name, Key=keys[5])
    whole, list_versions = plant.drift(), S3.list_versions
    monkeypatch.setattr(S3, "list_versions", lambda s3, prefix, markers=None: list_versions(s3, prefix, markers, 3))
    pages = list(compare(plant.s3, plant.catalog.assets, plant.now))
    assert len(pages) >= 8
    assert sum(page.keys for page in pages) == len(keys)
    assert (
        {each.key: each.drift for page in pages for each in page.differences} == whole == {keys[5]: Drift.NOT_DELETED}
    )


def test_sweep_publishes_what_a_crash_left_and_sends_drift_to_the_ingest_queue(
    plant: Plant, aws: Callable[[str], Any]
) -> None:
    queue = aws("sqs").create_queue(QueueName=f"ingest-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    plant.put("media/zoo/a.jpg")
    left = pending_event("AssetReady", "zoo", ("x",), plant.now - LATER, {})
    stored = {"project": "zoo", "status": "ready", "created_at": plant.now, "updated_at": plant.now}
    plant.catalog.assets.insert_one({"_id": "x", "schema_version": 1, **stored, "pending_events": [left]})
    swept = [Swept(1, 2), Swept(3, 0), Swept(0, 0), Swept(0, 0)]
    to_count = [700, 3, 0, 0]
    sweep = plant.sweep(
        lambda bodies: send_messages(queue, bodies),
        settle_uploads=lambda _now: swept.pop(0),
        catch_up=lambda: to_count.pop(0),
    )
    assert sweep.run(60) == {
        "events_published": 1,
        "uploads_arrived": 4,
        "uploads_expired": 2,
        "jobs_started": 0,
        "deletions_looked_at": 0,
        "scans_asked_for": 0,
        "assets_counted": 703,
        "keys_compared": 1,
        "keys_to_look_at": 1,
    }
    assert plant.published == ["AssetReady"]
    received = aws("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert plant.pipeline.ingest([Message("m", each["Body"]) for each in received], 60) == []
    assert plant.drift() == {}
    assert set(sweep.run(60).values()) == {0, 1}
    assert aws("sqs").receive_message(QueueUrl=queue).get("Messages") is None


def test_sweep_leaves_an_event_that_is_just_being_published(plant: Plant) -> None:
    fresh = pending_event("AssetReady", "zoo", ("x",), plant.now, {})
    stored = {"project": "zoo", "status": "ready", "created_at": plant.now, "updated_at": plant.now}
    plant.catalog.assets.insert_one({"_id": "x", "schema_version": 1, **stored, "pending_events": [fresh]})
    sweep = plant.sweep(lambda _bodies: None)
    assert sweep.run(60)["events_published"] == 0


def test_sweep_continues_where_the_last_one_ended(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    for index in range(6):
        plant.put(f"media/zoo/{index}.jpg")
    list_versions = S3.list_versions
    monkeypatch.setattr(S3, "list_versions", lambda s3, prefix, markers=None: list_versions(s3, prefix, markers, 2))
    told: list[str] = []
    plant.catalog.assets.insert_one(_asset_elsewhere(plant))
    sweep = plant.sweep(told.extend, clock=lambda: 0.0)
    for _ in range(3):
        assert sweep.run(0)["keys_compared"] == 2
    assert [index for index in range(6) for body in told if f"media/zoo/{index}.jpg" in body] == list(range(6))


def test_sweep_leaves_time_to_compare_when_a_project_has_much_to_count(plant: Plant) -> None:
    plant.put("media/zoo/a.jpg")
    plant.catalog.assets.insert_one(_asset_elsewhere(plant))
    seconds = iter(range(1_000_000))
    sweep = plant.sweep(lambda _bodies: None, clock=lambda: float(next(seconds)), catch_up=lambda: 1_000)
    counts = sweep.run(200)
    assert counts["assets_counted"] in range(1_000, 61_000)
    assert counts["keys_compared"] == 1


def test_sweep_compares_also_when_nothing_can_be_published(plant: Plant) -> None:
    plant.put("media/zoo/a.jpg")
    left = pending_event("AssetReady", "zoo", ("x",), plant.now - LATER, {})
    stored = {"project": "zoo", "status": "ready", "created_at": plant.now, "updated_at": plant.now}
    plant.catalog.assets.insert_one({"_id": "x", "schema_version": 1, **stored, "pending_events": [left]})

    def refuse(_entries: Any) -> list[Any]:
        raise ConnectionError

    told: list[str] = []
    plant.publisher = Publisher("foveal", refuse)
    sweep = plant.sweep(told.extend)
    with pytest.raises(ConnectionError):
        sweep.run(60)
    assert len(told) == 1


def test_sweep_raises_instead_of_rebuilding_a_lost_catalog(plant: Plant) -> None:
    plant.put("media/zoo/a.jpg")
    told: list[str] = []
    with pytest.raises(EmptyCatalog, match=r"docs/operations\.md"):
        plant.sweep(told.extend).run(60)
    assert told == []
    plant.now = datetime.now(UTC)  # the object is so young that its event may be on its way
    assert plant.sweep(told.extend).run(60)["keys_to_look_at"] == 0


def _asset_elsewhere(plant: Plant) -> Document:
    stored = {"project": "zoo", "status": "ready", "created_at": plant.now, "updated_at": plant.now}
    return {"_id": "x", "schema_version": 1, **stored}


def _facts(asset: Document) -> Document:
    return {name: value for name, value in asset.items() if name not in ("created_at", "updated_at", "deleted_at")}
