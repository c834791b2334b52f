"""One batch after another against a real mongod: the catalog follows the bucket, and tells each change once."""

from tests.integration.ingest.bench import Bench
from tests.integration.ingest.images import JPEG


def test_an_uploaded_photo_becomes_ready_and_is_told_once_when_its_event_comes_twice(bench: Bench) -> None:
    key = bench.begin("zoo")
    event = bench.bucket.put(key, JPEG)

    assert bench.deliver(event) == []
    assert bench.deliver(event) == []

    asset = bench.asset(key)
    assert (asset["status"], asset["width"], asset["height"]) == ("ready", 320, 240)
    assert asset["s3"]["version_id"] == bench.bucket.keys[key][0].version_id
    assert [event["DetailType"] for event in bench.published] == ["AssetReady"]
    assert asset["pending_events"] == []
