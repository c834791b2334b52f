"""What the bytes are decides what becomes of the asset; mismatches and dangers are never told as ready."""

import pytest
from PIL import Image

from foveal.ingest.verdict import QUARANTINE_REASONS
from tests.integration.ingest.images import JPEG, image
from tests.integration.ingest.rig import Rig

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
def test_what_must_not_be_delivered_is_tagged_and_quarantined(
    rig: Rig, data: bytes, content_type: str, reason: str
) -> None:
    key = rig.begin("zoo")
    rig.deliver(rig.bucket.put(key, data, content_type))
    asset = rig.asset(key)
    assert (asset["status"], asset["reason"]) == ("quarantined", reason)
    assert asset["reason"] in QUARANTINE_REASONS
    assert rig.bucket.keys[key][0].tags == {"foveal-status": "quarantined"}
    assert rig.told == ["AssetQuarantined"]
    assert "width" not in asset


def test_the_tag_is_there_before_the_catalog_tells_of_it(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    key = rig.begin("zoo")
    event = rig.bucket.put(key, SVG_WITH_SCRIPT, "image/svg+xml")
    monkeypatch.setattr(rig.bucket, "set_status_tag", _refuse)
    assert rig.deliver(event) == ["m0"]
    assert rig.asset(key)["status"] == "pending"
    assert rig.told == []


def test_the_tag_comes_off_when_a_later_reader_finds_nothing_wrong(rig: Rig) -> None:
    key = rig.begin("zoo")
    rig.deliver(rig.bucket.put(key, SVG_WITH_SCRIPT, "image/svg+xml"))
    rig.bucket.keys[key][0].data = JPEG  # as if the reader had learnt, and the version were the same
    rig.bucket.keys[key][0].content_type = "image/jpeg"
    rig.deliver(rig.look(key))
    assert rig.asset(key)["status"] == "ready"
    assert "reason" not in rig.asset(key)
    assert rig.bucket.keys[key][0].tags == {}


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"", "truncated"), (JPEG[:100], "truncated"), (b"plain words" * 99, "not_media")],
)
def test_what_nothing_can_be_told_of_fails_with_its_reason(rig: Rig, data: bytes, reason: str) -> None:
    key = rig.begin("zoo")
    assert rig.deliver(rig.bucket.put(key, data)) == []
    asset = rig.asset(key)
    assert (asset["status"], asset["reason"], asset["size_bytes"]) == ("failed", reason, len(data))
    assert rig.told == ["AssetFailed"]
    assert rig.detail()["reason"] == reason
    assert rig.bucket.keys[key][0].tags == {}


def test_a_photo_of_another_size_than_declared_fails(rig: Rig) -> None:
    key = rig.begin("zoo", size_bytes=len(JPEG) + 1)
    rig.deliver(rig.bucket.put(key, JPEG))
    assert rig.asset(key)["reason"] == "size_mismatch"
    assert rig.told == ["AssetFailed"]


def test_a_photo_of_another_content_type_than_declared_is_quarantined(rig: Rig) -> None:
    key = rig.begin("zoo", mime_type="image/png")
    rig.deliver(rig.bucket.put(key, JPEG, "image/jpeg"))
    assert rig.asset(key)["reason"] == "mismatch"


@pytest.mark.parametrize(
    ("stored", "status", "is_verified"),
    [
        ({"sha256": "right", "crc64nvme": "other"}, "ready", True),
        ({"sha256": "wrong"}, "failed", False),
        ({"crc64nvme": "other"}, "ready", False),
    ],
)
def test_a_declared_checksum_is_compared_with_the_one_that_s3_keeps(
    rig: Rig, stored: dict[str, str], status: str, is_verified: bool
) -> None:
    key = rig.begin("zoo", checksum={"algorithm": "sha256", "value": "right"})
    rig.deliver(rig.bucket.put(key, JPEG, checksums=stored))
    asset = rig.asset(key)
    assert asset["status"] == status
    assert asset["checksums"] == {**stored, "verified": is_verified}


def test_what_was_declared_holds_for_the_upload_and_not_for_later_versions(rig: Rig) -> None:
    key = rig.begin("zoo", size_bytes=len(JPEG), mime_type="image/jpeg")
    rig.deliver(rig.bucket.put(key, JPEG))
    rig.deliver(rig.bucket.put(key, image(10, 10, "PNG"), "image/png"))
    assert (rig.asset(key)["status"], rig.asset(key)["width"]) == ("ready", 10)


def test_another_version_is_not_held_against_what_the_upload_that_failed_had_declared(rig: Rig) -> None:
    key = rig.begin("zoo", size_bytes=1)
    rig.deliver(rig.bucket.put(key, JPEG))
    rig.deliver(rig.bucket.put(key, image(10, 10)))
    assert (rig.asset(key)["status"], rig.asset(key)["width"]) == ("ready", 10)
    assert "reason" not in rig.asset(key)


def test_an_upload_that_failed_stays_failed_when_it_is_looked_at_again(rig: Rig) -> None:
    key = rig.begin("zoo", size_bytes=1)
    rig.deliver(rig.bucket.put(key, JPEG))
    rig.deliver(rig.look(key))
    assert rig.asset(key)["reason"] == "size_mismatch"
    assert rig.told == ["AssetFailed"]


def test_an_archived_object_fails_as_archived_and_nothing_is_read(rig: Rig) -> None:
    key = "media/zoo/old.jpg"
    rig.deliver(rig.bucket.put(key, JPEG, storage_class="GLACIER"))
    assert (rig.asset(key)["reason"], rig.asset(key)["s3"]["storage_class"]) == ("archived", "GLACIER")


def test_an_archived_object_is_read_once_it_is_restored(rig: Rig) -> None:
    key = "media/zoo/old.jpg"
    rig.deliver(rig.bucket.put(key, JPEG, storage_class="GLACIER"))
    for _ in range(2):
        rig.deliver(rig.bucket.restore(key))
    asset = rig.asset(key)
    assert (asset["status"], asset["width"], asset["s3"]["storage_class"]) == ("ready", 320, "GLACIER")
    assert "reason" not in asset
    assert rig.told == ["AssetFailed", "AssetReady"]


def test_an_asset_stays_what_it_is_when_its_bytes_are_archived(rig: Rig) -> None:
    key = rig.begin("zoo")
    rig.deliver(rig.bucket.put(key, JPEG))
    before, told = rig.asset(key), list(rig.told)
    requests = len(rig.bucket.requests)
    assert rig.deliver(rig.bucket.archive(key)) == []
    assert rig.asset(key) == {**before, "s3": {**before["s3"], "archive_status": "ARCHIVE_ACCESS"}}
    assert (rig.told, len(rig.bucket.requests)) == (told, requests)
    rig.deliver(rig.bucket.restore(key))
    assert rig.asset(key)["s3"] == before["s3"]


def test_it_is_of_no_concern_when_another_version_is_archived(rig: Rig) -> None:
    key = rig.begin("zoo")
    rig.deliver(rig.bucket.put(key, JPEG))
    archived = rig.bucket.archive(key)
    rig.deliver(rig.bucket.put(key, image(10, 10)))
    before = rig.asset(key)
    rig.deliver(archived)
    assert rig.asset(key) == before


@pytest.mark.parametrize("is_first", [True, False])
def test_the_object_is_looked_at_when_it_was_archived_and_restored_within_one_batch(rig: Rig, is_first: bool) -> None:
    key = "media/zoo/old.jpg"
    rig.deliver(rig.bucket.put(key, JPEG, storage_class="GLACIER"))
    bodies = [rig.bucket.archive(key), rig.bucket.restore(key)]
    rig.deliver(*bodies if is_first else bodies[::-1])
    assert rig.asset(key)["status"] == "ready"


def test_text_in_a_file_that_looks_like_an_expression_is_stored_as_text(rig: Rig) -> None:
    exif = Image.Exif()
    exif[0x010F] = "$$NOW"
    data = image(8, 8, exif=exif)
    key = rig.begin("zoo")
    rig.deliver(rig.bucket.put(key, data))
    assert rig.asset(key)["camera"]["make"] == "$$NOW"


def test_an_event_says_nothing_that_could_name_a_person_or_a_place(rig: Rig) -> None:
    key = rig.begin("zoo")
    rig.assets.update_one({"s3.key": key}, {"$set": {"file_name": "Jane Doe 1970.jpg"}})
    rig.deliver(rig.bucket.put(key, JPEG))
    assert "Jane" not in rig.published[0]["Detail"]
    assert not {"file_name", "camera", "location", "tags", "attributes"} & set(rig.detail())


def _refuse(*_arguments: object) -> None:
    raise ConnectionError
