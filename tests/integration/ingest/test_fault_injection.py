"""Fault injection: events duplicated and shuffled, mongod and workers killed; the catalog converges to the bucket.

`FOVEAL_CHAOS_EVENTS` sets how many changes are made to the bucket (5,000 for the full run, see docs/operations.md).
"""

import io
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from foveal.aws.eventbridge import put_events
from foveal.aws.s3 import S3
from foveal.database import client
from foveal.database.client import Document
from foveal.database.migration import migrate
from foveal.events import contract
from foveal.events.outbox import Publisher
from foveal.ingest.reconcile import compare
from foveal.ingest.sweep import Sweep
from foveal.stack_contract import MAX_RECEIVE_COUNT
from foveal.uploads.sweep import Swept
from tests.integration.ingest import aws_emulator
from tests.integration.ingest.fault_injection import SCRIPT, Clients, Workers, running_mongod

CHANGES = int(os.environ.get("FOVEAL_CHAOS_EVENTS", "600"))
SEED = int(os.environ.get("FOVEAL_CHAOS_SEED", "20261031"))
POISON = ["not json", '{"source": "aws.s3", "detail-type": "Object Created"}', '{"Records": [{}]}']
VISIBILITY_SECONDS = 6 if CHANGES <= 600 else 20  # long against a batch, as in the template; poison takes five of it


def test_catalog_converges_to_the_bucket_when_mongod_and_workers_are_killed(
    bucket_name: str, aws: Callable[[str], Any], cloud_url: str, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    s3, sqs, events = aws("s3"), aws("sqs"), aws("events")
    arrivals, ingest, dead, out = (_queue(sqs, f"{bucket_name}-{name}") for name in ("in", "ingest", "dead", "out"))
    attributes = {
        "VisibilityTimeout": str(VISIBILITY_SECONDS),
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": _arn(sqs, dead), "maxReceiveCount": MAX_RECEIVE_COUNT}),
    }
    sqs.set_queue_attributes(QueueUrl=ingest, Attributes=attributes)
    s3.put_bucket_notification_configuration(
        Bucket=bucket_name, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    events.create_event_bus(Name=bucket_name)
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket_name]}}}
    _route(events, None, pattern, _arn(sqs, arrivals), f"{bucket_name}-in")
    _route(events, bucket_name, {"source": ["foveal"]}, _arn(sqs, out), f"{bucket_name}-out")

    (tmp_path / "db").mkdir()
    with running_mongod(tmp_path / "db") as mongod:
        database = client.connect(mongod.uri, "chaos")
        migrate(database)
        clients = Clients(s3, bucket_name, chance)
        for _ in range(CHANGES):
            clients.act()
        bodies = [body for body in _drain(sqs, arrivals, CHANGES) for _ in range(chance.randint(1, 3))]
        chance.shuffle(bodies)
        environment = {
            **aws_emulator.KEYS,
            "AWS_ENDPOINT_URL": cloud_url,
            "AWS_DEFAULT_REGION": aws_emulator.REGION,
            "STAGE": "chaos",
            "POWERTOOLS_SERVICE_NAME": "ingest",
            "MONGODB_URI": mongod.uri,
            "MONGODB_DATABASE": "chaos",
            "MEDIA_BUCKET": bucket_name,
            "EVENT_BUS_NAME": bucket_name,
        }
        workers = Workers(2, ingest, environment, tmp_path / "workers.log")
        seen: list[dict[str, Any]] = []
        try:
            deliveries = [*POISON, *bodies]
            kills = {len(deliveries) // 3, 2 * len(deliveries) // 3}
            for start in range(0, len(deliveries), 10):
                _send(sqs, ingest, deliveries[start : start + 10])
                if any(start <= at < start + 10 for at in kills):
                    mongod.kill_and_restart(seconds_down=1.5)
                if chance.random() < min(0.5, 12 / (len(deliveries) / 10)):
                    workers.kill_one(chance)
            end = time.monotonic() + 60 + 6 * VISIBILITY_SECONDS + CHANGES / 10
            while _waiting(sqs, ingest) and time.monotonic() < end:
                workers.assert_alive()
                seen += _take(sqs, out)
                time.sleep(0.2)
        finally:
            workers.stop()
        assert _waiting(sqs, ingest) == 0, "messages are left in the queue"
        assert workers.killed >= 2

        later = datetime.now(UTC) + timedelta(hours=1)
        publisher = Publisher(bucket_name, put_events)
        asked: list[str] = []
        Sweep(
            database, S3(bucket_name), publisher, asked.extend, lambda _now: Swept(0, 0), lambda _now: 0, lambda: later
        ).run(120)
        assert asked == [], "bucket and catalog do not agree"
        assert [each for page in compare(S3(bucket_name), database.assets, later) for each in page.differences] == []
        while more := _take(sqs, out):
            seen += more

        assert sorted(_take_bodies(sqs, dead)) == sorted(POISON)
        assets = {asset["s3"]["key"]: asset for asset in database.assets.find()}
        _assert_catalog_is_bucket(clients, assets)
        _assert_told(assets, seen)
        statuses = Counter(asset["status"] for asset in assets.values())
        told = {"changes": CHANGES, "deliveries": len(deliveries), "workers_killed": workers.killed, "seen": len(seen)}
        print(json.dumps({**told, "distinct": len({each["detail"]["event_id"] for each in seen}), **statuses}))
        database.client.close()


def _assert_catalog_is_bucket(clients: Clients, assets: dict[str, Document]) -> None:
    truth = clients.truth()
    never_seen_alive = {key for key, versions in clients.versions.items() if not versions}
    assert set(truth) - never_seen_alive <= set(assets) <= set(truth)
    for key, asset in assets.items():
        version_id, data = truth[key]
        assert asset["pending_events"] == []
        if data is None:
            assert asset["status"] == "deleted", key
            continue
        assert asset["s3"]["version_id"] == version_id, key
        assert asset["size_bytes"] == len(data)
        if data == SCRIPT:
            assert (asset["status"], asset["reason"]) == ("quarantined", "active_content")
            tags = clients.s3.get_object_tagging(Bucket=clients.bucket, Key=key, VersionId=version_id)["TagSet"]
            assert {"Key": "foveal-status", "Value": "quarantined"} in tags
        elif data == b"no picture":
            assert (asset["status"], asset["reason"]) == ("failed", "not_media")
        else:
            assert asset["status"] == "ready", (key, asset)
            with Image.open(io.BytesIO(data)) as picture:
                assert (asset["width"], asset["height"]) == picture.size


def _assert_told(assets: dict[str, Document], seen: list[dict[str, Any]]) -> None:
    told: dict[tuple[str, str | None], set[str]] = {}
    for event in seen:
        contract.check(event)
        detail = event["detail"]
        told.setdefault((detail["asset_id"], detail["version_id"]), set()).add(event["detail-type"])
    expected = {
        "ready": {"AssetReady", "AssetRestored"},
        "failed": {"AssetFailed"},
        "quarantined": {"AssetQuarantined"},
    }
    for asset in assets.values():
        if asset["status"] == "deleted":
            assert any("AssetDeleted" in types for (asset_id, _), types in told.items() if asset_id == asset["_id"])
        else:
            assert told.get((asset["_id"], asset["s3"]["version_id"]), set()) & expected[asset["status"]], asset["_id"]


def _queue(sqs: Any, name: str) -> str:
    return str(sqs.create_queue(QueueName=name)["QueueUrl"])


def _arn(sqs: Any, queue: str) -> str:
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    return str(attributes["QueueArn"])


def _route(events: Any, bus: str | None, pattern: dict[str, Any], queue_arn: str, name: str) -> None:
    where = {"EventBusName": bus} if bus else {}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern), **where)
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue_arn}], **where)


def _send(sqs: Any, queue: str, bodies: list[str]) -> None:
    entries = [{"Id": str(index), "MessageBody": body} for index, body in enumerate(bodies)]
    assert not sqs.send_message_batch(QueueUrl=queue, Entries=entries).get("Failed")


def _drain(sqs: Any, queue: str, count: int) -> list[str]:
    bodies: list[str] = []
    end = time.monotonic() + 30 + count / 10
    while len(bodies) < count and time.monotonic() < end:
        bodies += _take_bodies(sqs, queue)
    assert len(bodies) == count
    return bodies


def _take_bodies(sqs: Any, queue: str) -> list[str]:
    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    if messages:
        entries = [{"Id": str(index), "ReceiptHandle": each["ReceiptHandle"]} for index, each in enumerate(messages)]
        sqs.delete_message_batch(QueueUrl=queue, Entries=entries)
    return [each["Body"] for each in messages]


def _take(sqs: Any, queue: str) -> list[dict[str, Any]]:
    return [json.loads(body) for body in _take_bodies(sqs, queue)]


def _waiting(sqs: Any, queue: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)
