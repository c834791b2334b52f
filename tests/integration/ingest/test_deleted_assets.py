"""Arrivals at assets that were deleted through the API: they bring nothing back, and the sweep deletes them."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from foveal.ingest import pipeline
from tests.integration.ingest.images import JPEG
from tests.integration.ingest.ingest_harness import NOW, IngestHarness

PERMANENT, SOFT = ({"is_permanent": each, "requested_at": NOW} for each in (True, False))


def mark(harness: IngestHarness, key: str, deletion: dict[str, Any]) -> None:
    harness.assets.update_one({"s3.key": key}, {"$set": {"deletion": deletion}})


def uploaded(harness: IngestHarness) -> str:
    key = harness.begin("zoo")
    harness.deliver(harness.bucket.put(key, JPEG))
    return key


@pytest.mark.parametrize("deletion", [PERMANENT, SOFT], ids=["permanent", "soft"])
def test_asset_stays_deleted_when_its_ticket_is_used_again(harness: IngestHarness, deletion: dict[str, Any]) -> None:
    key = uploaded(harness)
    mark(harness, key, deletion)
    harness.deliver(harness.bucket.delete(key))
    published = list(harness.published_types)

    assert harness.deliver(harness.bucket.put(key, JPEG)) == []

    asset = harness.asset(key)
    assert asset["status"] == "deleted"
    assert asset["deletion"].items() >= deletion.items()
    assert asset["deletion"]["look_at"] > NOW
    assert harness.published_types == published


@pytest.mark.parametrize("deletion", [PERMANENT, SOFT], ids=["permanent", "soft"])
def test_asset_is_deleted_when_a_late_upload_overtakes_the_event_of_its_deletion(
    harness: IngestHarness, deletion: dict[str, Any]
) -> None:
    key = uploaded(harness)
    mark(harness, key, deletion)
    late = [harness.bucket.delete(key), harness.bucket.put(key, JPEG)]

    harness.deliver(late[1])
    harness.deliver(late[0])

    assert harness.asset(key)["status"] == "deleted"
    assert harness.published_types == ["AssetReady", "AssetDeleted"]


def test_asset_stays_deleted_when_it_was_deleted_before_its_upload(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    mark(harness, key, SOFT)
    harness.deliver(harness.bucket.put(key, JPEG))
    assert harness.asset(key)["status"] == "deleted"
    assert "AssetReady" not in harness.published_types


def test_soft_deletion_is_undone_when_its_delete_marker_is_removed(harness: IngestHarness) -> None:
    key = uploaded(harness)
    mark(harness, key, SOFT)
    harness.deliver(harness.bucket.delete(key))
    marker = harness.bucket.keys[key][-1].version_id
    harness.deliver(harness.bucket.delete_version(key, marker))
    asset = harness.asset(key)
    assert asset["status"] == "ready"
    assert "deletion" not in asset
    assert harness.published_types[-1] == "AssetRestored"


def test_mark_of_a_deletion_survives_when_the_object_is_read_meanwhile(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    event = harness.bucket.put(key, JPEG)
    commit = pipeline.Pipeline._commit

    def commit_after_deletion(self: pipeline.Pipeline, works: Any) -> None:
        mark(harness, key, PERMANENT)
        commit(self, works)

    with patch.object(pipeline.Pipeline, "_commit", commit_after_deletion):
        harness.deliver(event)

    assert harness.asset(key)["deletion"].items() >= PERMANENT.items()


def test_asset_of_an_aborted_upload_does_not_become_ready_when_its_ticket_is_used(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    harness.assets.update_one({"s3.key": key}, {"$set": {"status": "failed", "reason": "upload_aborted"}})
    harness.deliver(harness.bucket.put(key, JPEG))
    asset = harness.asset(key)
    assert asset["status"] == "deleted"
    assert asset["deletion"]["is_of_upload"]
    assert asset["deletion"]["look_at"] - asset["deletion"]["requested_at"] < timedelta(minutes=1)


def test_adopted_object_is_a_new_asset_when_its_writer_uses_the_key_again(harness: IngestHarness) -> None:
    key = "media/zoo/camera 7/latest.jpg"
    harness.deliver(harness.bucket.put(key, JPEG))
    mark(harness, key, PERMANENT)
    harness.deliver(harness.bucket.delete(key))
    harness.deliver(harness.bucket.put(key, JPEG))
    asset = harness.asset(key)
    assert asset["status"] == "ready"
    assert "deletion" not in asset
