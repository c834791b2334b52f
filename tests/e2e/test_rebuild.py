"""A lost database: the documented rebuild from the bucket, on a stack of its own, and `up` after it."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pymongo
import pytest
from rich.console import Console

from foveal.database.schema import JOURNALLED
from foveal.encoding.ids import new_id
from local.commands import status
from local.deployment import outputs
from local.instance import Instance
from local.lifecycle import down, up
from local.processes import emulator_process
from tests.e2e.conftest import own_instance
from tests.e2e.stack import eventually

FOVEAL = [sys.executable, "-c", "from local.commands import main; main()"]
KEPT = ("file_name", "status", "size_bytes", "width", "height", "created_at", "checksums", "s3")


@pytest.fixture(scope="module")
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


def test_lost_database_comes_back_from_its_journal_document_by_document(instance: Instance) -> None:
    """Dropped while somebody writes, and rebuilt: what was acknowledged before the loss is there, and nothing else."""
    up(instance, Console(quiet=True))
    values = outputs.read(instance)
    with pymongo.MongoClient[dict[str, Any]](instance.mongodb_uri) as client:
        database = client[values["mongodb_database"]]
        _run(instance, "journal", "restart")
        while not _record(instance)["snapshots"]:
            pass
        written: list[dict[str, Any]] = []
        lost = threading.Event()

        def write() -> None:
            while not lost.is_set():
                each = {"_id": new_id(), "schema_version": 1, "project": "demo", "name": new_id()}
                database.views.insert_one(each)
                written.append(each)

        writer = threading.Thread(target=write)
        writer.start()
        _record(instance)
        lost.set()
        writer.join()
        database.assets.update_many({}, {"$addToSet": {"tags": "told"}, "$set": {"attributes": {"site": 7}}})
        before = {name: {each["_id"]: each for each in database[name].find()} for name in JOURNALLED}
        assert len(before["views"]) >= len(written) > 0
        client.drop_database(database.name)

        assert "would be written" in _run(instance, "rebuild", "--dry-run")
        assert "Next: foveal reconcile --repair" in _run(instance, "rebuild")
        after = {name: {each["_id"]: each for each in database[name].find()} for name in JOURNALLED}
        assert after == before
        assert "0 differ" in _run(instance, "reconcile")
    assert status.report(instance)["warnings"] == []


def _record(instance: Instance) -> dict[str, Any]:
    """Call the function `journal` and return its counts."""
    call = emulator_process.client(instance, "lambda")
    name = next(
        each["FunctionName"]
        for each in call.list_functions()["Functions"]
        if each["Environment"]["Variables"].get("POWERTOOLS_SERVICE_NAME") == "journal"
    )
    answer = call.invoke(FunctionName=name, Payload=json.dumps({"seconds": 3}))
    counts: dict[str, Any] = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, counts
    return counts


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
