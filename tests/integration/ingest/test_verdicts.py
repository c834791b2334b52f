"""Verdicts: the bytes decide the status of an asset; mismatched or dangerous bytes never become ready."""

import pytest
from PIL import Image

from foveal.ingest.verdict import QUARANTINE_REASONS
from tests.integration.ingest.images import JPEG, image
from tests.integration.ingest.ingest_harness import IngestHarness

SVG_WITH_SCRIPT = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
HUGE_BMP = b"BM" + (58).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little") + (40).to_bytes(4, "little")
HUGE_BMP += (2_000_000_000).to_bytes(4, "little") + (2_000_000_000).to_bytes(4, "little") + b"\1\0\x18\0" + bytes(28)
PAGE = b"<!doctype html><html><body><script>alert(1)</script></body></html>"


@pytest.mark.parametrize(
    ("data", "content_type", "reason"),
    [
        (SVG_WITH_SCRIPT, "image/svg+xml", "active_content"),
        (PAGE, "image/jpeg", "active_content"),
        (JPEG, "video/mp4", "mismatch"),
        (HUGE_BMP, "image/bmp", "hostile"),
    ],
)
def test_dangerous_object_is_tagged_and_quarantined(
    harness: IngestHarness, data: bytes, content_type: str, reason: str
) -> None:
    key = harness.begin("zoo")
    harness.deliver(harness.bucket.put(key, data, content_type))
    asset = harness.asset(key)
    assert (asset["status"], asset["reason"]) == ("quarantined", reason)
    assert asset["reason"] in QUARANTINE_REASONS
    assert harness.bucket.keys[key][0].tags == {"foveal-status": "quarantined"}
    assert harness.published_types == ["AssetQuarantined"]
    assert "width" not in asset


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, deflate", "aws-chunked,GZIP"])
def test_object_with_a_content_encoding_is_quarantined(harness: IngestHarness, encoding: str) -> None:
    key = harness.begin("zoo")
    harness.deliver(harness.bucket.put(key, JPEG, content_encoding=encoding))
    assert (harness.asset(key)["status"], harness.asset(key)["reason"]) == ("quarantined", "mismatch")
    assert "Content-Encoding" in harness.asset(key)["reason_detail"]


@pytest.mark.parametrize("encoding", ["identity", "aws-chunked", "aws-chunked, identity"])
def test_object_is_ready_when_its_content_encoding_changes_no_bytes(harness: IngestHarness, encoding: str) -> None:
    key = harness.begin("zoo")
    harness.deliver(harness.bucket.put(key, JPEG, content_encoding=encoding))
    assert harness.asset(key)["status"] == "ready"


def test_quarantine_tag_is_set_before_the_catalog_is_written(
    harness: IngestHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = harness.begin("zoo")
    event = harness.bucket.put(key, SVG_WITH_SCRIPT, "image/svg+xml")
    monkeypatch.setattr(harness.bucket, "set_status_tag", _refuse)
    assert harness.deliver(event) == ["m0"]
    assert harness.asset(key)["status"] == "pending"
    assert harness.published_types == []


def test_copies_at_the_edge_are_dropped_when_a_recheck_blocks_a_delivered_version(harness: IngestHarness) -> None:
    key = delivered_and_harmful_since(harness)
    assert harness.deliver(harness.recheck(key)) == []
    assert harness.asset(key)["status"] == "quarantined"
    assert harness.invalidated == [f"/{key}*"]
    assert "cached_version" not in harness.asset(key)
    harness.deliver(harness.recheck(key))
    assert harness.invalidated == [f"/{key}*"]


def test_arrival_that_was_never_delivered_is_quarantined_without_an_invalidation(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    harness.deliver(harness.bucket.put(key, SVG_WITH_SCRIPT, "image/svg+xml"))
    harness.deliver(harness.recheck(key))
    assert (harness.asset(key)["status"], harness.invalidated) == ("quarantined", [])


@pytest.mark.parametrize("is_replaced", [False, True])
def test_invalidation_after_a_recheck_is_made_at_the_next_delivery_when_it_was_refused(
    harness: IngestHarness, is_replaced: bool
) -> None:
    key = delivered_and_harmful_since(harness)
    harness.refuse_invalidations = True
    assert harness.deliver(harness.recheck(key)) == ["m0"]
    blocked = harness.asset(key)
    assert (blocked["status"], blocked["cached_version"]) == ("quarantined", blocked["s3"]["version_id"])
    if is_replaced:
        harness.deliver(harness.bucket.put(key, JPEG))
    harness.refuse_invalidations = False
    assert harness.deliver(harness.recheck(key), attempt=2) == []
    assert harness.invalidated == [f"/{key}*"]
    assert "cached_version" not in harness.asset(key)


def test_recheck_on_a_stage_without_a_cdn_marks_nothing(harness: IngestHarness) -> None:
    key = delivered_and_harmful_since(harness)
    harness.pipeline = harness.on_a_stage(None)
    assert harness.deliver(harness.recheck(key)) == []
    assert harness.asset(key)["status"] == "quarantined"
    assert "cached_version" not in harness.asset(key)


def delivered_and_harmful_since(harness: IngestHarness) -> str:
    """Return the key of a ready asset of which the readers learn afterwards that it is harmful."""
    key = harness.begin("zoo")
    harness.deliver(harness.bucket.put(key, JPEG))
    assert harness.asset(key)["status"] == "ready"
    version = harness.bucket.keys[key][0]
    version.data, version.content_type = SVG_WITH_SCRIPT, "image/svg+xml"
    return key


def test_quarantine_tag_is_removed_when_a_later_reader_accepts_the_bytes(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    harness.deliver(harness.bucket.put(key, SVG_WITH_SCRIPT, "image/svg+xml"))
    harness.bucket.keys[key][0].data = JPEG  # as if the reader had learnt, and the version were the same
    harness.bucket.keys[key][0].content_type = "image/jpeg"
    harness.deliver(harness.recheck(key))
    assert harness.asset(key)["status"] == "ready"
    assert "reason" not in harness.asset(key)
    assert harness.bucket.keys[key][0].tags == {}


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"", "truncated"), (JPEG[:100], "truncated"), (b"plain words" * 99, "not_media")],
)
def test_unreadable_object_fails_with_its_reason(harness: IngestHarness, data: bytes, reason: str) -> None:
    key = harness.begin("zoo")
    assert harness.deliver(harness.bucket.put(key, data)) == []
    asset = harness.asset(key)
    assert (asset["status"], asset["reason"], asset["size_bytes"]) == ("failed", reason, len(data))
    assert harness.published_types == ["AssetFailed"]
    assert harness.detail()["reason"] == reason
    assert harness.bucket.keys[key][0].tags == {}


def test_photo_without_its_end_is_ready_with_a_warning_until_a_whole_version_comes(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    harness.deliver(harness.bucket.put(key, JPEG[:-2]))
    assert (harness.asset(key)["status"], harness.asset(key)["warnings"]) == ("ready", ["truncated"])
    harness.deliver(harness.bucket.put(key, JPEG))
    assert harness.asset(key)["status"] == "ready"
    assert "warnings" not in harness.asset(key)


def test_photo_of_another_size_than_declared_fails(harness: IngestHarness) -> None:
    key = harness.begin("zoo", size_bytes=len(JPEG) + 1)
    harness.deliver(harness.bucket.put(key, JPEG))
    assert harness.asset(key)["reason"] == "size_mismatch"
    assert harness.published_types == ["AssetFailed"]


def test_photo_of_another_content_type_than_declared_is_quarantined(harness: IngestHarness) -> None:
    key = harness.begin("zoo", mime_type="image/png")
    harness.deliver(harness.bucket.put(key, JPEG, "image/jpeg"))
    assert harness.asset(key)["reason"] == "mismatch"


@pytest.mark.parametrize(
    ("declared", "content_type"),
    [
        ("image/jpg", "image/jpeg"),
        ("image/jpeg", "image/pjpeg"),
        ("application/octet-stream", "image/jpeg"),
        ("image/jpeg", "application/octet-stream"),
        ("image/jpeg", "binary/octet-stream"),
        ("", ""),
    ],
)
def test_photo_is_ready_with_its_detected_type_when_types_are_aliases_or_unspecific(
    harness: IngestHarness, declared: str, content_type: str
) -> None:
    key = harness.begin("zoo", mime_type=declared)
    harness.deliver(harness.bucket.put(key, JPEG, content_type))
    assert (harness.asset(key)["status"], harness.asset(key)["mime_type"]) == ("ready", "image/jpeg")


def test_photo_declared_as_video_is_quarantined_when_its_content_type_is_unspecific(harness: IngestHarness) -> None:
    key = harness.begin("zoo", mime_type="video/mp4")
    harness.deliver(harness.bucket.put(key, JPEG, "application/octet-stream"))
    assert harness.asset(key)["reason"] == "mismatch"


@pytest.mark.parametrize(
    ("stored", "status", "verification"),
    [
        ({"sha256": "right", "crc64nvme": "other"}, "ready", "matched"),
        ({"sha256": "wrong"}, "failed", "mismatched"),
        ({"crc64nvme": "other"}, "ready", "not_comparable"),
    ],
)
def test_declared_checksum_is_compared_with_the_one_that_s3_keeps(
    harness: IngestHarness, stored: dict[str, str], status: str, verification: str
) -> None:
    key = harness.begin("zoo", checksum={"algorithm": "sha256", "value": "right"})
    harness.deliver(harness.bucket.put(key, JPEG, checksums=stored))
    asset = harness.asset(key)
    assert asset["status"] == status
    is_verified = verification == "matched"
    assert asset["checksums"] == {**stored, "verified": is_verified, "verification": verification}


def test_verification_says_not_declared_when_the_client_gave_no_checksum(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    harness.deliver(harness.bucket.put(key, JPEG, checksums={"crc64nvme": "any"}))
    assert harness.asset(key)["checksums"]["verification"] == "not_declared"


def test_declaration_applies_to_the_upload_and_not_to_later_versions(harness: IngestHarness) -> None:
    key = harness.begin("zoo", size_bytes=len(JPEG), mime_type="image/jpeg")
    harness.deliver(harness.bucket.put(key, JPEG))
    harness.deliver(harness.bucket.put(key, image(10, 10, "PNG"), "image/png"))
    assert (harness.asset(key)["status"], harness.asset(key)["width"]) == ("ready", 10)


def test_later_version_is_not_compared_with_the_declaration_of_a_failed_upload(harness: IngestHarness) -> None:
    key = harness.begin("zoo", size_bytes=1)
    harness.deliver(harness.bucket.put(key, JPEG))
    harness.deliver(harness.bucket.put(key, image(10, 10)))
    assert (harness.asset(key)["status"], harness.asset(key)["width"]) == ("ready", 10)
    assert "reason" not in harness.asset(key)


def test_failed_upload_stays_failed_after_a_recheck(harness: IngestHarness) -> None:
    key = harness.begin("zoo", size_bytes=1)
    harness.deliver(harness.bucket.put(key, JPEG))
    harness.deliver(harness.recheck(key))
    assert harness.asset(key)["reason"] == "size_mismatch"
    assert harness.published_types == ["AssetFailed"]


def test_archived_object_fails_as_archived_and_nothing_is_read(harness: IngestHarness) -> None:
    key = "media/zoo/old.jpg"
    harness.deliver(harness.bucket.put(key, JPEG, storage_class="GLACIER"))
    assert (harness.asset(key)["reason"], harness.asset(key)["s3"]["storage_class"]) == ("archived", "GLACIER")


def test_archived_object_is_read_once_it_is_restored(harness: IngestHarness) -> None:
    key = "media/zoo/old.jpg"
    harness.deliver(harness.bucket.put(key, JPEG, storage_class="GLACIER"))
    for _ in range(2):
        harness.deliver(harness.bucket.restore(key))
    asset = harness.asset(key)
    assert (asset["status"], asset["width"], asset["s3"]["storage_class"]) == ("ready", 320, "GLACIER")
    assert "reason" not in asset
    assert harness.published_types == ["AssetFailed", "AssetReady"]


def test_asset_stays_what_it_is_when_its_bytes_are_archived(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    harness.deliver(harness.bucket.put(key, JPEG))
    before, told = harness.asset(key), list(harness.published_types)
    requests = len(harness.bucket.requests)
    assert harness.deliver(harness.bucket.archive(key)) == []
    assert harness.asset(key) == {**before, "s3": {**before["s3"], "archive_status": "ARCHIVE_ACCESS"}}
    assert (harness.published_types, len(harness.bucket.requests)) == (told, requests)
    harness.deliver(harness.bucket.restore(key))
    assert harness.asset(key)["s3"] == before["s3"]


def test_archival_of_another_version_changes_nothing(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    harness.deliver(harness.bucket.put(key, JPEG))
    archived = harness.bucket.archive(key)
    harness.deliver(harness.bucket.put(key, image(10, 10)))
    before = harness.asset(key)
    harness.deliver(archived)
    assert harness.asset(key) == before


@pytest.mark.parametrize("is_first", [True, False])
def test_object_is_observed_when_archived_and_restored_within_one_batch(harness: IngestHarness, is_first: bool) -> None:
    key = "media/zoo/old.jpg"
    harness.deliver(harness.bucket.put(key, JPEG, storage_class="GLACIER"))
    bodies = [harness.bucket.archive(key), harness.bucket.restore(key)]
    harness.deliver(*bodies if is_first else bodies[::-1])
    assert harness.asset(key)["status"] == "ready"


def test_text_in_a_file_that_looks_like_an_expression_is_stored_as_text(harness: IngestHarness) -> None:
    exif = Image.Exif()
    exif[0x010F] = "$$NOW"
    data = image(8, 8, exif=exif)
    key = harness.begin("zoo")
    harness.deliver(harness.bucket.put(key, data))
    assert harness.asset(key)["camera"]["make"] == "$$NOW"


def test_event_has_no_member_that_identifies_a_person_or_a_location(harness: IngestHarness) -> None:
    key = harness.begin("zoo")
    harness.assets.update_one({"s3.key": key}, {"$set": {"file_name": "Jane Doe 1970.jpg"}})
    harness.deliver(harness.bucket.put(key, JPEG))
    assert "Jane" not in harness.published[0]["Detail"]
    assert not {"file_name", "camera", "location", "tags", "attributes"} & set(harness.detail())


def _refuse(*_arguments: object) -> None:
    raise ConnectionError
