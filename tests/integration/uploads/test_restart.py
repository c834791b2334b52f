"""MongoDB goes away and comes back while a device keeps sending the same begin."""

import signal
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pymongo
import pytest

from foveal.database import client as mongo
from foveal.database.client import Document
from foveal.database.migration import migrate
from tests.integration.uploads.world import World, photo
from tests.ports import free_port

MONGOD = Path(sysconfig.get_paths()["purelib"]) / "fiftyone/db/bin/mongod"
BEGIN = "POST /v1/projects/{project}/uploads"


class Mongod:
    """A `mongod` that a test may kill."""

    def __init__(self, folder: Path) -> None:
        self._port, self._folder = free_port(), folder
        self.uri = f"mongodb://127.0.0.1:{self._port}/?replicaSet=restarts"
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        arguments = [str(MONGOD), "--dbpath", str(self._folder), "--port", str(self._port), "--bind_ip", "127.0.0.1"]
        arguments += ["--replSet", "restarts", "--noscripting", "--wiredTigerCacheSizeGB", "0.25"]
        self.process = subprocess.Popen([*arguments, "--logpath", str(self._folder / "log")], stdout=subprocess.DEVNULL)
        return self.process

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def initiate(self) -> None:
        uri = f"mongodb://127.0.0.1:{self._port}/?directConnection=true"
        with pymongo.MongoClient[Document](uri, serverSelectionTimeoutMS=60_000) as client:
            members = [{"_id": 0, "host": f"127.0.0.1:{self._port}"}]
            client.admin.command("replSetInitiate", {"_id": "restarts", "members": members})


@pytest.fixture
def mongod(tmp_path: Path) -> Iterator[Mongod]:
    started = Mongod(tmp_path)
    try:
        started.initiate()
        yield started
    finally:
        started.kill()


def test_same_asset_comes_back_when_mongodb_is_killed_between_two_begins(world: World, mongod: Mongod) -> None:
    database = mongo.connect(mongod.uri, "restarts")
    migrate(database)
    world.backend = replace(world.backend, database=database)
    body = {"uploads": [photo(idempotency_key="k"), photo(idempotency_key="other")]}
    status, answer = world.call(BEGIN, body, project="zoo")
    assert status == 201

    mongod.kill()
    assert world.call(BEGIN, body, project="zoo")[0] == 503

    mongod.start()
    status, again = world.call(BEGIN, body, project="zoo")
    assert status == 201
    assert [each["asset_id"] for each in again["uploads"]] == [each["asset_id"] for each in answer["uploads"]]
    assert database.assets.count_documents({}) == 2
    assert world.put(again["uploads"][0], b"lions").status_code == 200
