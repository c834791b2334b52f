"""Requests for scans: the sweep asks for results that did not come, and GuardDuty is called by the book."""

import json
from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database

from foveal.aws import guardduty, rest_json
from foveal.aws.errors import AwsError
from foveal.database.client import Document
from foveal.scanning.requests import RESCAN_AFTER, ask_for_lost
from tests.integration.ingest.images import JPEG
from tests.integration.scanning.world import World


@pytest.fixture
def world(catalog: Database[Document]) -> World:
    return World(catalog)


def arrived(world: World, count: int) -> list[str]:
    keys = [world.begin() for _ in range(count)]
    world.ingest(*[world.bucket.put(key, JPEG) for key in keys])
    return keys


def test_sweep_asks_once_for_a_scan_whose_result_was_lost(world: World) -> None:
    (key,) = arrived(world, 1)
    asked: list[tuple[str, ...]] = []
    now = world.asset(key)["scan"]["asked_at"]
    late = now + RESCAN_AFTER + timedelta(seconds=1)

    def scan(*place: str) -> None:
        asked.append(place)

    assert ask_for_lost(world.database.assets, scan, now + timedelta(minutes=1)) == 0
    assert ask_for_lost(world.database.assets, scan, late) == 1
    assert ask_for_lost(world.database.assets, scan, late) == 0
    assert asked == [(world.bucket.name, key, world.version(key))]
    world.scan(world.result(key, "NO_THREATS_FOUND"))
    assert ask_for_lost(world.database.assets, scan, late + RESCAN_AFTER * 2) == 0


def test_sweep_asks_for_the_other_scans_when_one_request_fails(world: World) -> None:
    keys = arrived(world, 3)
    asked: list[str] = []

    def scan(_bucket: str, key: str, _version_id: str) -> None:
        asked.append(key)
        if len(asked) == 1:
            raise AwsError("SendObjectMalwareScan", "ThrottlingException")

    now = world.asset(keys[0])["scan"]["asked_at"] + RESCAN_AFTER * 2
    with pytest.raises(AwsError):
        ask_for_lost(world.database.assets, scan, now)
    assert sorted(asked) == sorted(keys)


def test_scan_on_demand_names_bucket_key_and_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in botocore's model of GuardDuty, operation SendObjectMalwareScan."""
    calls: list[Any] = []
    monkeypatch.setattr(rest_json, "call", lambda *arguments: calls.append(arguments))
    guardduty.send_object_malware_scan("media", "media/zoo/a.jpg", "v1")
    body = {"s3Object": {"bucket": "media", "key": "media/zoo/a.jpg", "versionId": "v1"}}
    assert json.loads(json.dumps(calls)) == [["guardduty", "SendObjectMalwareScan", "/object-malware-scan/send", body]]
