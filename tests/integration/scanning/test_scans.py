"""Scan results: state, tag, events; versions, older assets, lost catalogs, messages that nobody can read."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pymongo.database import Database

from foveal.aws.errors import AwsError
from foveal.database.client import Document
from foveal.delivery.access import deliverable
from foveal.errors import AssetNotReady, ScanPending
from foveal.ingest.s3_events import recheck_message
from foveal.scanning.messages import adoption_message, release_message
from tests.integration.ingest.images import JPEG
from tests.integration.scanning.world import NOW, World, messages


@pytest.fixture
def world(catalog: Database[Document]) -> World:
    return World(catalog)


def test_arrival_waits_for_its_scan_and_publishes_nothing(world: World) -> None:
    key = world.begin()
    assert world.ingest(world.bucket.put(key, JPEG)) == []
    asset = world.asset(key)
    assert (asset["status"], asset["reason"], asset["width"]) == ("scanning", "scan_pending", 320)
    assert (world.published_types, world.tag(key)) == ([], None)
    with pytest.raises(ScanPending) as refused:
        deliverable(asset)
    assert refused.value.document()["retry_after_seconds"] > 0


def test_clean_version_is_tagged_and_published_once_when_its_result_comes_twice(world: World) -> None:
    key = world.begin()
    world.ingest(world.bucket.put(key, JPEG))
    result = world.result(key, "NO_THREATS_FOUND")
    assert world.scan(result, result) == []
    asset = world.asset(key)
    assert (asset["status"], asset["scan"]["result"], world.tag(key)) == ("ready", "clean", "clean")
    assert "reason" not in asset
    assert world.published_types == ["AssetReady"]
    assert deliverable(asset) == asset


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ("THREATS_FOUND", "malware"),
        ("UNSUPPORTED", "not_scanned"),
        ("FAILED", "not_scanned"),
        ("ACCESS_DENIED", "not_scanned"),
    ],
)
def test_version_that_is_not_clean_stays_blocked_until_it_is_released(world: World, result: str, reason: str) -> None:
    key = world.begin()
    world.ingest(world.bucket.put(key, JPEG))
    world.scan(world.result(key, result))
    asset = world.asset(key)
    assert (asset["status"], asset["reason"], world.tag(key)) == ("quarantined", reason, "quarantined")
    with pytest.raises(AssetNotReady):
        deliverable(asset)
    at = NOW + timedelta(minutes=5)
    world.scan(release_message(world.bucket.name, key, world.version(key), "admin", "a test file", at))
    asset = world.asset(key)
    assert (asset["status"], asset["scan"]["by"], asset["scan"]["note"]) == ("ready", "admin", "a test file")
    assert world.tag(key) == "clean"
    assert world.published_types == ["AssetQuarantined", "AssetReady"]


def test_copies_at_the_edge_are_dropped_when_a_delivered_version_is_blocked(world: World) -> None:
    key = world.begin()
    world.ingest(world.bucket.put(key, JPEG))
    world.scan(world.result(key, "NO_THREATS_FOUND"))
    assert world.invalidated == []
    later = world.result(key, "THREATS_FOUND", seconds=60)
    assert world.scan(later, later) == []
    assert world.invalidated == [f"/{key}*"]
    assert "cached_version" not in world.asset(key)
    assert world.published_types == ["AssetReady", "AssetQuarantined"]


def test_version_that_was_never_delivered_is_blocked_without_an_invalidation(world: World) -> None:
    key = world.begin()
    world.ingest(world.bucket.put(key, JPEG))
    world.scan(world.result(key, "THREATS_FOUND"))
    assert (world.asset(key)["status"], world.invalidated) == ("quarantined", [])


@pytest.mark.parametrize("is_replaced", [False, True])
def test_invalidation_that_was_refused_is_made_at_the_next_delivery(world: World, is_replaced: bool) -> None:
    key = world.begin()
    world.ingest(world.bucket.put(key, JPEG))
    world.scan(world.result(key, "NO_THREATS_FOUND"))
    first = world.version(key)
    found = world.result(key, "THREATS_FOUND", seconds=60)

    def refuse(_paths: list[str]) -> None:
        raise AwsError("CreateInvalidation", "TooManyInvalidationsInProgress")

    assert replace(world.settlement, invalidate=refuse).settle(messages(found)) == ["m0"]
    asset = world.asset(key)
    assert (asset["status"], world.tag(key), asset["cached_version"]) == ("quarantined", "quarantined", first)
    if is_replaced:
        world.ingest(world.bucket.put(key, JPEG + b"\0"))
    assert world.scan(found) == []
    assert world.invalidated == [f"/{key}*"]
    assert "cached_version" not in world.asset(key)


def test_stage_without_a_cdn_marks_nothing(world: World) -> None:
    key = world.begin()
    world.ingest(world.bucket.put(key, JPEG))
    direct = replace(world.settlement, invalidate=None)
    direct.settle(messages(world.result(key, "NO_THREATS_FOUND")))
    assert direct.settle(messages(world.result(key, "THREATS_FOUND", seconds=60))) == []
    assert "cached_version" not in world.asset(key)


def test_names_of_threats_are_kept_on_the_asset(world: World) -> None:
    key = world.begin()
    world.ingest(world.bucket.put(key, JPEG))
    world.scan(world.result(key, "THREATS_FOUND"))
    assert world.asset(key)["scan"]["threats"] == ["EICAR-Test-File"]


def test_result_before_its_asset_comes_again(world: World) -> None:
    key = world.begin()
    event = world.bucket.put(key, JPEG)
    result = world.result(key, "NO_THREATS_FOUND")
    assert world.scan(result) == ["m0"]
    world.ingest(event)
    assert world.scan(result) == []
    assert world.asset(key)["status"] == "ready"


def test_result_of_a_replaced_version_says_nothing_about_the_new_one(world: World) -> None:
    key = world.begin()
    world.ingest(world.bucket.put(key, JPEG))
    first = world.version(key)
    world.ingest(world.bucket.put(key, JPEG + b"\0"))
    assert world.scan(world.result(key, "NO_THREATS_FOUND", version_id=first)) == []
    assert (world.asset(key)["status"], world.tag(key)) == ("scanning", None)


def test_replaced_version_of_a_clean_asset_is_held_again(world: World) -> None:
    key = world.begin()
    world.ingest(world.bucket.put(key, JPEG))
    world.scan(world.result(key, "NO_THREATS_FOUND"))
    world.ingest(world.bucket.put(key, JPEG + b"\0"))
    assert world.asset(key)["status"] == "scanning"
    assert world.asset(key)["scan"]["result"] == "pending"


def test_deleted_clean_asset_is_ready_when_it_is_restored(world: World) -> None:
    key = world.begin()
    world.ingest(world.bucket.put(key, JPEG))
    world.scan(world.result(key, "NO_THREATS_FOUND"))
    world.ingest(world.bucket.delete(key))
    assert world.asset(key)["status"] == "deleted"
    world.ingest(world.bucket.delete_version(key, world.version(key)))
    assert (world.asset(key)["status"], world.tag(key)) == ("ready", "clean")
    assert world.published_types == ["AssetReady", "AssetDeleted", "AssetRestored"]


def test_asset_older_than_the_option_stays_ready_and_is_tagged_when_it_is_adopted(world: World) -> None:
    key = world.begin()
    world.ingest_with(world.database.assets, world.bucket, holds=False).ingest(
        messages(world.bucket.put(key, JPEG)), 30
    )
    world.ingest(recheck_message(world.bucket.name, key, None, NOW))
    assert (world.asset(key)["status"], world.tag(key)) == ("ready", None)
    adoption = adoption_message(world.bucket.name, key, world.version(key), NOW)
    assert world.scan(adoption, adoption) == []
    assert (world.asset(key)["status"], world.asset(key)["scan"]["result"]) == ("ready", "older")
    assert world.tag(key) == "clean"
    assert world.published_types == ["AssetReady"]


def test_adoption_clears_no_version_that_waits_for_its_scan(world: World) -> None:
    key = world.begin()
    world.ingest(world.bucket.put(key, JPEG))
    world.scan(adoption_message(world.bucket.name, key, world.version(key), NOW))
    assert (world.asset(key)["status"], world.tag(key)) == ("scanning", None)


@pytest.mark.parametrize(("result", "status"), [("NO_THREATS_FOUND", "ready"), ("THREATS_FOUND", "scanning")])
def test_rebuilt_catalog_trusts_the_tag_of_clean_versions_alone(world: World, result: str, status: str) -> None:
    key = world.begin()
    world.ingest(world.bucket.put(key, JPEG))
    world.scan(world.result(key, result))
    world.database.assets.delete_many({})
    world.ingest(recheck_message(world.bucket.name, key, None, NOW))
    assert world.asset(key)["status"] == status


def test_asset_that_waited_is_ready_when_the_option_is_switched_off_and_ingest_looks_again(world: World) -> None:
    key = world.begin()
    world.ingest(world.bucket.put(key, JPEG))
    off = world.ingest_with(world.database.assets, world.bucket, holds=False)
    off.ingest(messages(recheck_message(world.bucket.name, key, None, NOW)), 30)
    assert world.asset(key)["status"] == "ready"
    assert world.published_types == ["AssetReady"]


@pytest.mark.parametrize("body", ["", "[]", '{"source": "aws.guardduty"}', '{"source": "aws.s3", "detail-type": "x"}'])
def test_unreadable_message_comes_again_and_ends_in_the_dead_letter_queue(world: World, body: str) -> None:
    assert world.scan(body) == ["m0"]
