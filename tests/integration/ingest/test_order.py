"""Events come twice, late and in any order; the catalog ends as the bucket is, and each change is told once."""

import itertools
import re

import pytest

from foveal import ids
from tests.integration.ingest.images import JPEG, image
from tests.integration.ingest.rig import NOW, Rig


def test_an_uploaded_photo_becomes_ready_and_is_told_once_when_its_event_comes_twice(rig: Rig) -> None:
    key = rig.begin("zoo")
    event = rig.bucket.put(key, JPEG)

    assert rig.deliver(event) == []
    requests = len(rig.bucket.requests)
    assert rig.deliver(event) == []

    asset = rig.asset(key)
    assert (asset["status"], asset["width"], asset["height"]) == ("ready", 320, 240)
    assert asset["s3"]["version_id"] == rig.bucket.keys[key][0].version_id
    assert (asset["tags"], asset["attributes"]) == (["night"], {"site": "north"})
    assert rig.told == ["AssetReady"]
    assert asset["pending_events"] == []
    assert len(rig.bucket.requests) == requests


def test_one_batch_with_the_same_event_three_times_tells_it_once(rig: Rig) -> None:
    event = rig.bucket.put(rig.begin("zoo"), JPEG)
    assert rig.deliver(event, event, event) == []
    assert rig.told == ["AssetReady"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_newest_version_wins_when_events_come_in_any_order(rig: Rig, order: tuple[int, ...]) -> None:
    key = rig.begin("zoo")
    events = [rig.bucket.put(key, image(side, side)) for side in (10, 20, 30)]
    for index in order:
        rig.deliver(events[index])
    assert rig.asset(key)["width"] == 30
    assert rig.told == ["AssetReady"]
    assert rig.detail()["version_id"] == rig.bucket.keys[key][-1].version_id


def test_each_version_is_told_when_each_event_comes_before_the_next_overwrite(rig: Rig) -> None:
    key = rig.begin("zoo")
    for side in (10, 20):
        rig.deliver(rig.bucket.put(key, image(side, side)))
    assert rig.told == ["AssetReady", "AssetReady"]
    assert [rig.detail(index)["width"] for index in (0, 1)] == [10, 20]
    assert rig.detail(0)["event_id"] != rig.detail(1)["event_id"]


def test_no_fact_of_the_old_version_stays_when_another_version_comes(rig: Rig) -> None:
    key = rig.begin("zoo")
    rig.deliver(rig.bucket.put(key, JPEG))
    rig.assets.update_one({"s3.key": key}, {"$set": {"duration_seconds": 3.5, "annotation_revision": 7}})
    rig.deliver(rig.bucket.put(key, image(10, 10, "PNG"), "image/png"))
    asset = rig.asset(key)
    assert (asset["format"], asset["width"]) == ("png", 10)
    assert "duration_seconds" not in asset
    assert asset["annotation_revision"] == 7


def test_a_late_create_does_not_bring_back_what_was_deleted(rig: Rig) -> None:
    key = rig.begin("zoo")
    created, deleted = rig.bucket.put(key, JPEG), rig.bucket.delete(key)
    rig.deliver(deleted)
    rig.deliver(created)
    asset = rig.asset(key)
    assert asset["status"] == "deleted"
    assert asset["s3"]["delete_marker_version_id"] == rig.bucket.keys[key][-1].version_id
    assert rig.told == ["AssetDeleted"]


def test_a_create_that_comes_after_its_deletion_happened_finds_the_asset_deleted(rig: Rig) -> None:
    key = rig.begin("zoo")
    created, deleted = rig.bucket.put(key, JPEG), rig.bucket.delete(key)
    rig.deliver(created)
    rig.deliver(deleted)
    assert rig.asset(key)["status"] == "deleted"
    assert rig.told == ["AssetDeleted"]
    assert rig.asset(key)["s3"]["delete_marker_version_id"] == rig.bucket.keys[key][-1].version_id


def test_an_asset_is_restored_with_its_facts_when_the_delete_marker_is_removed(rig: Rig) -> None:
    key = rig.begin("zoo")
    rig.deliver(rig.bucket.put(key, JPEG))
    for _ in range(2):
        rig.deliver(rig.bucket.delete(key))
        assert rig.asset(key)["status"] == "deleted"
        rig.deliver(rig.bucket.delete_version(key, rig.bucket.keys[key][-1].version_id))
    asset = rig.asset(key)
    assert (asset["status"], asset["width"]) == ("ready", 320)
    assert "deleted_at" not in asset
    assert "delete_marker_version_id" not in asset["s3"]
    assert rig.told == ["AssetReady", "AssetDeleted", "AssetRestored", "AssetDeleted", "AssetRestored"]
    assert len({rig.detail(index)["event_id"] for index in range(5)}) == 5


def test_the_older_version_is_current_again_when_the_newer_one_is_removed_for_good(rig: Rig) -> None:
    key = rig.begin("zoo")
    for side in (10, 20):
        rig.deliver(rig.bucket.put(key, image(side, side)))
    rig.deliver(rig.bucket.delete_version(key, rig.bucket.keys[key][-1].version_id))
    assert rig.asset(key)["width"] == 10
    assert rig.told == ["AssetReady"] * 3
    assert len({rig.detail(index)["event_id"] for index in range(3)}) == 3


def test_nothing_changes_when_an_older_version_is_removed_for_good(rig: Rig) -> None:
    key = rig.begin("zoo")
    for side in (10, 20):
        rig.deliver(rig.bucket.put(key, image(side, side)))
    before = rig.asset(key)
    rig.deliver(rig.bucket.delete_version(key, rig.bucket.keys[key][0].version_id))
    after = rig.asset(key)
    assert before.pop("s3") | {"sequencer": ""} == after.pop("s3") | {"sequencer": ""}
    assert before == after
    assert rig.told == ["AssetReady"] * 2


def test_an_asset_is_deleted_when_every_version_is_gone_before_it_was_read(rig: Rig) -> None:
    key = rig.begin("zoo")
    event = rig.bucket.put(key, JPEG)
    rig.bucket.delete_version(key, rig.bucket.keys[key][0].version_id)
    assert rig.deliver(event) == []
    assert rig.asset(key)["status"] == "deleted"
    assert rig.told == ["AssetDeleted"]


def test_nothing_is_written_when_an_unknown_object_is_gone_without_a_trace(rig: Rig) -> None:
    key = "media/zoo/by-hand.jpg"
    event = rig.bucket.put(key, JPEG)
    rig.bucket.delete_version(key, rig.bucket.keys[key][0].version_id)
    assert rig.deliver(event) == []
    assert rig.assets.count_documents({}) == 0


@pytest.mark.parametrize("has_version_ids", [True, False])
def test_what_was_deleted_before_it_was_ever_read_is_known_as_deleted(rig: Rig, has_version_ids: bool) -> None:
    key = "media/zoo/by-hand.jpg"
    events = [rig.bucket.put(key, JPEG), rig.bucket.delete(key)]
    if not has_version_ids:  # S3-compatible stores leave them out
        events = [re.sub(r', "version-id": "\w+"', "", event) for event in events]
    for event in events:
        rig.deliver(event)
    assert rig.asset(key)["status"] == "deleted"
    assert rig.told == ["AssetDeleted"]


def test_an_object_put_there_by_other_means_is_adopted_under_an_id_made_from_its_key(rig: Rig) -> None:
    key = "media/zoo/2026/cam 1+2/büro %41.jpg"
    rig.deliver(rig.bucket.put(key, JPEG))
    asset = rig.asset(key)
    assert asset["_id"] == ids.adopted_id(rig.bucket.name, key)
    assert (asset["project"], asset["status"], asset["file_name"]) == ("zoo", "ready", "büro %41.jpg")
    assert asset["created_at"] == NOW


def test_a_second_object_in_the_folder_of_an_asset_is_an_asset_of_its_own(rig: Rig) -> None:
    key = rig.begin("zoo")
    other = key.replace(".jpg", ".png")
    rig.deliver(rig.bucket.put(key, JPEG), rig.bucket.put(other, image(5, 5, "PNG"), "image/png"))
    rig.deliver(rig.bucket.put(other, image(6, 6, "PNG"), "image/png"))
    assert rig.asset(key)["width"] == 320
    assert rig.asset(other)["width"] == 6
    assert rig.asset(other)["_id"] == ids.adopted_id(rig.bucket.name, other)


@pytest.mark.parametrize("key", ["derived/zoo/x/v/t.jpg", "masks/zoo/x/m.png", "media/zoo/", "media/Zoo/a.jpg", "x"])
def test_what_is_no_original_is_left_alone(rig: Rig, key: str) -> None:
    assert rig.deliver(rig.bucket.put(key, JPEG)) == []
    assert rig.assets.count_documents({}) == 0
    assert rig.bucket.requests == []


def test_an_event_of_another_bucket_is_left_alone(rig: Rig) -> None:
    event = rig.bucket.put(rig.begin("zoo"), JPEG).replace(rig.bucket.name, "other-bucket")
    assert rig.deliver(event) == []
    assert rig.bucket.requests == []


def test_a_late_event_changes_nothing_after_a_comparison_has_found_the_object(rig: Rig) -> None:
    key = "media/zoo/by-hand.jpg"
    first, second = rig.bucket.put(key, image(10, 10)), rig.bucket.put(key, image(20, 20))
    rig.deliver(rig.look(key))
    assert "sequencer" not in rig.asset(key)["s3"]
    rig.deliver(first)
    rig.deliver(second)
    assert rig.asset(key)["width"] == 20
    assert rig.told == ["AssetReady"]


def test_a_look_at_what_agrees_changes_nothing(rig: Rig) -> None:
    key = rig.begin("zoo")
    rig.deliver(rig.bucket.put(key, JPEG))
    before = rig.asset(key)
    rig.deliver(rig.look(key))
    assert rig.asset(key) == before
    assert rig.told == ["AssetReady"]


def test_a_look_finds_what_lost_events_would_have_told(rig: Rig) -> None:
    key = rig.begin("zoo")
    rig.bucket.put(key, JPEG)
    rig.deliver(rig.look(key))
    assert rig.asset(key)["status"] == "ready"
    rig.bucket.delete(key)
    marker = rig.bucket.keys[key][-1].version_id
    rig.deliver(rig.look(key, marker))
    assert rig.asset(key)["status"] == "deleted"
    rig.bucket.delete_version(key, marker)
    rig.deliver(rig.look(key))
    assert rig.told == ["AssetReady", "AssetDeleted", "AssetRestored"]
