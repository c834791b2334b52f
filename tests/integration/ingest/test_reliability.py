"""Faults of docs/reliability.md: writes of unknown outcome, hostile texts, media that points elsewhere."""

import io
import json
import uuid
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from pymongo.errors import BulkWriteError

from tests.integration.ingest.images import JPEG, image_with_camera
from tests.integration.ingest.ingest_harness import IngestHarness

PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://169.254.169.254/latest/meta-data/\n#EXT-X-ENDLIST\n"
CONCAT = b"ffconcat version 1.0\nfile /etc/passwd\nduration 9\n" * 40
HOSTILE_TEXT = 'Canon\n{"level":"ERROR"}\x1b[31m'


def test_write_of_unknown_outcome_is_delivered_again_and_applied_once(
    harness: IngestHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = harness.begin("zoo")
    event = harness.bucket.put(key, JPEG)
    written = harness.assets.bulk_write

    def write_without_confirmation(*arguments: Any, **options: Any) -> None:
        written(*arguments, **options)
        unconfirmed = {"code": 64, "errmsg": "waiting for replication timed out", "errInfo": {"wtimeout": True}}
        raise BulkWriteError({"writeErrors": [], "writeConcernErrors": [unconfirmed], "nModified": 1})

    monkeypatch.setattr(harness.pipeline._assets, "bulk_write", write_without_confirmation, raising=False)
    assert harness.deliver(event) == ["m0"]
    monkeypatch.undo()
    before = harness.asset(key)
    assert harness.deliver(event, attempt=2) == []
    asset = harness.asset(key)
    assert (asset["status"], asset["updated_at"]) == ("ready", before["updated_at"])
    assert "ingest_error" not in asset
    assert harness.published_types == ["AssetReady"]


@pytest.mark.parametrize("data", [PLAYLIST, CONCAT], ids=["hls", "ffconcat"])
@pytest.mark.parametrize("content_type", ["video/mp4", "application/x-mpegURL", "image/jpeg"])
def test_media_that_points_elsewhere_is_no_media_and_nothing_is_fetched(
    harness: IngestHarness, data: bytes, content_type: str
) -> None:
    key = harness.begin("zoo")
    assert harness.deliver(harness.bucket.put(key, data, content_type)) == []  # the network guard sees a connection
    asset = harness.asset(key)
    assert (asset["status"], asset["reason"]) == ("failed", "not_media")


def test_text_of_a_file_makes_no_line_of_the_log(harness: IngestHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    key = harness.begin("zoo")
    event = harness.bucket.put(key, image_with_camera(HOSTILE_TEXT))
    monkeypatch.setattr(harness.pipeline, "_logger", Logger(uuid.uuid4().hex, stream=stream))
    assert harness.deliver(event, "poison") == ["m1"]
    assert "\n" not in harness.asset(key)["camera"]["make"]
    lines = stream.getvalue().splitlines()
    assert lines
    assert all(isinstance(json.loads(line), dict) for line in lines)
    assert "Canon" not in "".join(lines)
