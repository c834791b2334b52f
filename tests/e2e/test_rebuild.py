"""A lost database: the documented rebuild from the bucket, on a stack of its own, and `up` after it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pymongo
import pytest
from rich.console import Console

from local.commands import status
from local.deployment import outputs
from local.instance import Instance
from local.lifecycle import down, up
from tests.e2e.conftest import own_instance
from tests.e2e.stack import eventually

FOVEAL = [sys.executable, "-c", "from local.commands import main; main()"]
KEPT = ("file_name", "status", "size_bytes", "width", "height", "created_at", "checksums", "s3")


@pytest.fixture
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    found = own_instance(tmp_path_factory.mktemp("rebuild"))
    try:
        yield found
    finally:
        down(found)


def test_up_finds_every_asset_again_after_the_documented_rebuild(instance: Instance) -> None:
    up(instance, Console(quiet=True))
    values = outputs.read(instance)
    with pymongo.MongoClient[dict[str, Any]](instance.mongodb_uri) as client:
        assets = client[values["mongodb_database"]].assets
        before = _kept(assets)
        assert len(before) == 4
        client.drop_database(values["mongodb_database"])
        assert status.report(instance)["warnings"] == [status.LOST_CATALOG]

        _run(instance, "migrate")
        told = _run(instance, "reconcile", "--repair", "--quiet", "--min-age", "0")
        assert "4 differ (4 missing); ingest was asked to recheck 4" in told
        eventually(lambda: True if _kept(assets) == before else None)
        assert assets.count_documents({"pending_events.0": {"$exists": True}}) == 0
    assert status.report(instance)["warnings"] == []

    down(instance)
    up(instance, Console(quiet=True))
    with pymongo.MongoClient[dict[str, Any]](instance.mongodb_uri) as client:
        assert _kept(client[values["mongodb_database"]].assets) == before


def _kept(assets: Any) -> dict[str, Any]:
    return {
        each["_id"]: {name: each.get(name) for name in KEPT if name not in ("created_at", "s3")}
        | {"created_at": each["created_at"].replace(microsecond=0), "version": each["s3"].get("version_id")}
        for each in assets.find()
    }


def _run(instance: Instance, *arguments: str) -> str:
    environment = {**os.environ, "FOVEAL_STATE": str(instance.state)}
    done = subprocess.run([*FOVEAL, *arguments], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout
