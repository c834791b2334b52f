"""Facts that render finds in the pixels: ingest keeps them for the same version, and for no other."""

from tests.integration.ingest.images import JPEG, image
from tests.integration.ingest.ingest_harness import IngestHarness

DRAWN = {"thumbhash": "1QcSHQRnh493V4dIh4eXh1h4kJUI", "perceptual_hash": "f0e1d2c3b4a59687"}


def ready(harness: IngestHarness) -> str:
    key = harness.begin("zoo")
    harness.deliver(harness.bucket.put(key, JPEG))
    harness.assets.update_one({"s3.key": key}, {"$set": DRAWN})
    return key


def drawn(harness: IngestHarness, key: str) -> dict[str, str]:
    asset = harness.asset(key)
    return {name: asset[name] for name in DRAWN if name in asset}


def test_fingerprint_stays_when_the_same_version_is_read_again(harness: IngestHarness) -> None:
    key = ready(harness)
    harness.deliver(harness.recheck(key))
    assert (harness.asset(key)["status"], drawn(harness, key)) == ("ready", DRAWN)


def test_fingerprint_goes_with_its_version(harness: IngestHarness) -> None:
    key = ready(harness)
    harness.deliver(harness.bucket.put(key, image(16, 16)))
    assert (harness.asset(key)["status"], drawn(harness, key)) == ("ready", {})


def test_fingerprint_is_there_after_a_deletion_was_undone(harness: IngestHarness) -> None:
    key = ready(harness)
    harness.deliver(harness.bucket.delete(key))
    assert harness.asset(key)["status"] == "deleted"
    marker = harness.bucket.keys[key][-1].version_id
    harness.deliver(harness.bucket.delete_version(key, marker))
    assert (harness.asset(key)["status"], drawn(harness, key)) == ("ready", DRAWN)
