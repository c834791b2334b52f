"""Duplicate, late and reordered events: the catalog converges to the bucket; each change is published once."""

import itertools
import re

import pytest

from foveal.encoding import ids
from tests.integration.ingest.images import JPEG, image
from tests.integration.ingest.ingest_harness import NOW, IngestHarness


def test_uploaded_photo_becomes_ready_and_is_published_once_when_its_event_comes_twice(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    event = harness.bucket.put(key, JPEG)

    assert harness.deliver(event) == []
    requests = len(harness.bucket.requests)
    assert harness.deliver(event) == []

    asset = harness.asset(key)
    assert (asset["status"], asset["width"], asset["height"]) == ("ready", 320, 240)
    assert asset["s3"]["version_id"] == harness.bucket.keys[key][0].version_id
    assert (asset["tags"], asset["attributes"]) == (["night"], {"site": "north"})
    assert harness.published_types == ["AssetReady"]
    assert asset["pending_events"] == []
    assert len(harness.bucket.requests) == requests


def test_batch_with_three_copies_of_an_event_publishes_once(harness: IngestHarness) -> None:
    event = harness.bucket.put(harness.begin("zoo"), JPEG)
    assert harness.deliver(event, event, event) == []
    assert harness.published_types == ["AssetReady"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_newest_version_wins_when_events_come_in_any_order(harness: IngestHarness, order: tuple[int, ...]) -> None:
    key = harness.begin("zoo")
    events = [harness.bucket.put(key, image(side, side)) for side in (10, 20, 30)]
    for index in order:
        harness.deliver(events[index])
    assert harness.asset(key)["width"] == 30
    assert harness.published_types == ["AssetReady"]
    assert harness.detail()["version_id"] == harness.bucket.keys[key][-1].version_id


def test_versions_are_each_published_when_their_event_precedes_the_next_overwrite(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    for side in (10, 20):
        harness.deliver(harness.bucket.put(key, image(side, side)))
    assert harness.published_types == ["AssetReady", "AssetReady"]
    assert [harness.detail(index)["width"] for index in (0, 1)] == [10, 20]
    assert harness.detail(0)["event_id"] != harness.detail(1)["event_id"]


def test_facts_of_the_old_version_go_when_another_version_comes(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    harness.deliver(harness.bucket.put(key, JPEG))
    harness.assets.update_one({"s3.key": key}, {"$set": {"duration_seconds": 3.5, "annotation_revision": 7}})
    harness.deliver(harness.bucket.put(key, image(10, 10, "PNG"), "image/png"))
    asset = harness.asset(key)
    assert (asset["format"], asset["width"]) == ("png", 10)
    assert "duration_seconds" not in asset
    assert asset["annotation_revision"] == 7


def test_late_create_does_not_restore_a_deleted_asset(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    created, deleted = harness.bucket.put(key, JPEG), harness.bucket.delete(key)
    harness.deliver(deleted)
    harness.deliver(created)
    asset = harness.asset(key)
    assert asset["status"] == "deleted"
    assert asset["s3"]["delete_marker_version_id"] == harness.bucket.keys[key][-1].version_id
    assert harness.published_types == ["AssetDeleted"]


def test_create_event_after_the_deletion_marks_the_asset_deleted(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    created, deleted = harness.bucket.put(key, JPEG), harness.bucket.delete(key)
    harness.deliver(created)
    harness.deliver(deleted)
    assert harness.asset(key)["status"] == "deleted"
    assert harness.published_types == ["AssetDeleted"]
    assert harness.asset(key)["s3"]["delete_marker_version_id"] == harness.bucket.keys[key][-1].version_id


def test_asset_is_restored_with_its_facts_when_the_delete_marker_is_removed(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    harness.deliver(harness.bucket.put(key, JPEG))
    for _ in range(2):
        harness.deliver(harness.bucket.delete(key))
        assert harness.asset(key)["status"] == "deleted"
        harness.deliver(harness.bucket.delete_version(key, harness.bucket.keys[key][-1].version_id))
    asset = harness.asset(key)
    assert (asset["status"], asset["width"]) == ("ready", 320)
    assert "deleted_at" not in asset
    assert "delete_marker_version_id" not in asset["s3"]
    assert harness.published_types == ["AssetReady", "AssetDeleted", "AssetRestored", "AssetDeleted", "AssetRestored"]
    assert len({harness.detail(index)["event_id"] for index in range(5)}) == 5


def test_older_version_is_current_again_when_the_newer_one_is_removed_for_good(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    for side in (10, 20):
        harness.deliver(harness.bucket.put(key, image(side, side)))
    harness.deliver(harness.bucket.delete_version(key, harness.bucket.keys[key][-1].version_id))
    assert harness.asset(key)["width"] == 10
    assert harness.published_types == ["AssetReady"] * 3
    assert len({harness.detail(index)["event_id"] for index in range(3)}) == 3


def test_permanent_deletion_of_an_older_version_changes_nothing(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    for side in (10, 20):
        harness.deliver(harness.bucket.put(key, image(side, side)))
    before = harness.asset(key)
    harness.deliver(harness.bucket.delete_version(key, harness.bucket.keys[key][0].version_id))
    after = harness.asset(key)
    assert before.pop("s3") | {"sequencer": ""} == after.pop("s3") | {"sequencer": ""}
    assert before == after
    assert harness.published_types == ["AssetReady"] * 2


def test_asset_is_deleted_when_every_version_is_gone_before_it_was_read(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    event = harness.bucket.put(key, JPEG)
    harness.bucket.delete_version(key, harness.bucket.keys[key][0].version_id)
    assert harness.deliver(event) == []
    assert harness.asset(key)["status"] == "deleted"
    assert harness.published_types == ["AssetDeleted"]


def test_unknown_object_without_a_delete_marker_writes_nothing(harness: IngestHarness) -> None:
    key = "media/zoo/by-hand.jpg"
    event = harness.bucket.put(key, JPEG)
    harness.bucket.delete_version(key, harness.bucket.keys[key][0].version_id)
    assert harness.deliver(event) == []
    assert harness.assets.count_documents({}) == 0


@pytest.mark.parametrize("has_version_ids", [True, False])
def test_object_deleted_before_its_first_read_is_recorded_as_deleted(
    harness: IngestHarness, has_version_ids: bool
) -> None:
    key = "media/zoo/by-hand.jpg"
    events = [harness.bucket.put(key, JPEG), harness.bucket.delete(key)]
    if not has_version_ids:  # S3-compatible stores leave them out
        events = [re.sub(r', "version-id": "\w+"', "", event) for event in events]
    for event in events:
        harness.deliver(event)
    assert harness.asset(key)["status"] == "deleted"
    assert harness.published_types == ["AssetDeleted"]


def test_object_without_an_upload_is_adopted_under_an_id_derived_from_its_key(harness: IngestHarness) -> None:
    key = "media/zoo/2026/cam 1+2/büro %41.jpg"
    harness.deliver(harness.bucket.put(key, JPEG))
    asset = harness.asset(key)
    assert asset["_id"] == ids.adopted_id(harness.bucket.name, key)
    assert (asset["project"], asset["status"], asset["file_name"]) == ("zoo", "ready", "büro %41.jpg")
    assert asset["created_at"] == NOW


def test_second_object_under_the_prefix_of_an_asset_is_a_separate_asset(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    other = key.replace(".jpg", ".png")
    harness.deliver(harness.bucket.put(key, JPEG), harness.bucket.put(other, image(5, 5, "PNG"), "image/png"))
    harness.deliver(harness.bucket.put(other, image(6, 6, "PNG"), "image/png"))
    assert harness.asset(key)["width"] == 320
    assert harness.asset(other)["width"] == 6
    assert harness.asset(other)["_id"] == ids.adopted_id(harness.bucket.name, other)


@pytest.mark.parametrize("key", ["derived/zoo/x/v/t.jpg", "masks/zoo/x/m.png", "media/zoo/", "media/Zoo/a.jpg", "x"])
def test_key_outside_the_originals_is_ignored(harness: IngestHarness, key: str) -> None:
    assert harness.deliver(harness.bucket.put(key, JPEG)) == []
    assert harness.assets.count_documents({}) == 0
    assert harness.bucket.requests == []


def test_event_of_another_bucket_is_ignored(harness: IngestHarness) -> None:
    event = harness.bucket.put(harness.begin("zoo"), JPEG).replace(harness.bucket.name, "other-bucket")
    assert harness.deliver(event) == []
    assert harness.bucket.requests == []


def test_late_event_changes_nothing_after_a_recheck_has_observed_the_object(harness: IngestHarness) -> None:
    key = "media/zoo/by-hand.jpg"
    first, second = harness.bucket.put(key, image(10, 10)), harness.bucket.put(key, image(20, 20))
    harness.deliver(harness.recheck(key))
    assert "sequencer" not in harness.asset(key)["s3"]
    harness.deliver(first)
    harness.deliver(second)
    assert harness.asset(key)["width"] == 20
    assert harness.published_types == ["AssetReady"]


def test_recheck_changes_nothing_when_bucket_and_catalog_agree(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    harness.deliver(harness.bucket.put(key, JPEG))
    before = harness.asset(key)
    harness.deliver(harness.recheck(key))
    assert harness.asset(key) == before
    assert harness.published_types == ["AssetReady"]


def test_recheck_reads_the_facts_of_a_version_again_and_keeps_what_users_wrote(harness: IngestHarness) -> None:
    """As for facts that an earlier version of Foveal read wrong, or not at all."""
    key = harness.begin("zoo")
    harness.deliver(harness.bucket.put(key, JPEG))
    right = harness.asset(key)
    wrong = {"$set": {"width": 1, "frame_count": 7, "tags": ["night"]}, "$unset": {"height": ""}}
    harness.assets.update_one({"_id": right["_id"]}, wrong)
    harness.deliver(harness.recheck(key))
    assert harness.asset(key) == {**right, "tags": ["night"]}
    assert harness.published_types == ["AssetReady"]


def test_recheck_publishes_the_changes_of_lost_events(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    harness.bucket.put(key, JPEG)
    harness.deliver(harness.recheck(key))
    assert harness.asset(key)["status"] == "ready"
    harness.bucket.delete(key)
    marker = harness.bucket.keys[key][-1].version_id
    harness.deliver(harness.recheck(key, marker))
    assert harness.asset(key)["status"] == "deleted"
    harness.bucket.delete_version(key, marker)
    harness.deliver(harness.recheck(key))
    assert harness.published_types == ["AssetReady", "AssetDeleted", "AssetRestored"]
