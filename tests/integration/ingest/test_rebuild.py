"""Rebuild: after the loss of the database, the catalog is made again from the bucket alone."""

from datetime import UTC, datetime, timedelta

import pytest

from foveal.database import client
from foveal.database.schema import UPLOADS
from foveal.encoding import ids
from foveal.errors import ServiceUnavailable
from foveal.ingest.s3_events import recheck_message
from foveal.objects.metadata import with_declaration
from foveal.settings import MongoSettings
from tests.integration.ingest.images import JPEG
from tests.integration.ingest.ingest_harness import NOW, IngestHarness

SUM = "AAAAAAAAAAA="
OTHER_SUM = "AAAAAAAAAAE="


def _upload(harness: IngestHarness, *, size_bytes: int = len(JPEG), declared_sum: str = SUM) -> str:
    """Begin and arrive, with the metadata that a ticket puts on the object."""
    checksum = {"algorithm": "crc64nvme", "value": declared_sum}
    key = harness.begin("zoo", size_bytes=size_bytes, checksum=checksum)
    metadata = with_declaration({}, "Löwe 1.jpg", size_bytes, checksum)
    harness.deliver(harness.bucket.put(key, JPEG, metadata=metadata, checksums={"crc64nvme": SUM}))
    return key


def _rebuild(harness: IngestHarness, key: str, *, is_quiet: bool = False) -> None:
    harness.assets.delete_many({})
    harness.published.clear()
    assert harness.deliver(recheck_message(harness.bucket.name, key, None, NOW, is_quiet=is_quiet)) == []


def test_rebuilt_asset_has_its_name_its_time_and_its_proof_again(harness: IngestHarness) -> None:
    key = _upload(harness)
    assert harness.asset(key)["checksums"]["verified"] is True
    _rebuild(harness, key)
    asset = harness.asset(key)
    assert (asset["status"], asset["file_name"]) == ("ready", "Löwe 1.jpg")
    assert asset["created_at"] == min(ids.time_of(asset["_id"]) or NOW, NOW)
    assert asset["checksums"]["verified"] is True


def test_rebuilt_asset_is_as_old_as_its_id_when_the_recheck_comes_later(harness: IngestHarness) -> None:
    key = f"media/zoo/{ids.new_id(1_700_000_000.125)}/original.jpg"
    harness.bucket.put(key, JPEG)
    _rebuild(harness, key)
    assert harness.asset(key)["created_at"] == datetime(2023, 11, 14, 22, 13, 20, 125_000, tzinfo=UTC)


def test_adopted_object_is_as_old_as_its_change_in_the_bucket(harness: IngestHarness) -> None:
    key = "media/zoo/cam7/a.jpg"
    harness.bucket.put(key, JPEG)
    _rebuild(harness, key)
    asset = harness.asset(key)
    assert (asset["created_at"], asset["file_name"]) == (NOW, "a.jpg")
    assert harness.detail()["occurred_at"] == "2026-10-31T09:30:00.000Z"


@pytest.mark.parametrize(
    ("reason", "options"),
    [("checksum_mismatch", {"declared_sum": OTHER_SUM}), ("size_mismatch", {"size_bytes": len(JPEG) + 1})],
)
def test_refused_upload_stays_refused_after_a_rebuild(
    harness: IngestHarness, reason: str, options: dict[str, str]
) -> None:
    key = _upload(harness, **options)  # type: ignore[arg-type]
    assert (harness.asset(key)["status"], harness.asset(key)["reason"]) == ("failed", reason)
    _rebuild(harness, key)
    assert (harness.asset(key)["status"], harness.asset(key)["reason"]) == ("failed", reason)
    assert harness.published_types == ["AssetFailed"]


def test_quiet_rebuild_publishes_nothing_and_leaves_nothing_to_publish(harness: IngestHarness) -> None:
    key = _upload(harness)
    _rebuild(harness, key, is_quiet=True)
    asset = harness.asset(key)
    assert (asset["status"], asset["pending_events"], harness.published) == ("ready", [], [])
    harness.deliver(harness.bucket.put(key, JPEG[:-2]))
    assert len(harness.published) == 1


def test_original_of_an_impossible_time_is_ingested_with_the_time_of_its_arrival(harness: IngestHarness) -> None:
    key = "media/zoo/ffffffff-ffff-7fff-bfff-ffffffffffff/original.jpg"
    assert harness.deliver(harness.bucket.put(key, JPEG)) == []
    assert abs(harness.asset(key)["created_at"] - datetime.now(UTC)) < timedelta(days=400)


def test_database_is_refused_when_it_was_never_migrated(mongodb_uri: str) -> None:
    assert client.LOCK_INDEX in {index.full_name for index in UPLOADS.indexes}
    settings = MongoSettings("test_never_migrated", None, mongodb_uri)
    with pytest.raises(ServiceUnavailable, match="foveal migrate"):
        client.database(settings)
