"""Fixtures of every test: a real MongoDB (a replica set of one, without scripting), and a guard against the network."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

import hypothesis
import pymongo
import pytest
from pymongo.database import Database

from foveal.api.gateway import Api
from foveal.database import client as mongo
from foveal.database.client import Document
from foveal.database.migration import migrate
from tests import answers, network_guard
from tests.ports import free_port

hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine is no wrong answer
hypothesis.settings.load_profile("untimed")

MAX_WAIT_FOR_TRANSACTIONS = 60.0
MONGOD = Path(sysconfig.get_paths()["purelib"]) / "fiftyone/db/bin/mongod"

network_guard.install()
os.environ["FOVEAL_CONFIG_DIR"] = f"{os.devnull}/none"  # a developer's own sign-in is not for tests


@pytest.fixture(autouse=True)
def network_stays_unused() -> Iterator[None]:
    """Fail a test that connected, or tried to connect, to anything but this machine."""
    yield
    refused, network_guard.refused[:] = list(network_guard.refused), []
    if refused:
        pytest.fail(f"{network_guard.RULE}, and this one tried {', '.join(refused)}.")


@pytest.fixture(autouse=True)
def priority_stays_ordinary() -> Iterator[None]:
    """Fail a test that leaves real-time priority to those after it, as encoders of video may take it as root."""
    yield
    if sys.platform == "linux" and os.sched_getscheduler(0) != os.SCHED_OTHER:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        pytest.fail("The test left its process with real-time priority.")


@pytest.fixture(autouse=True)
def answers_are_as_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test whose call of a route is answered in a way that the route does not declare."""
    monkeypatch.setattr(Api, "__call__", answers.checked(Api.__call__))


@pytest.fixture(scope="session")
def mongodb_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URI of a fresh `mongod`. Abandoned transactions end after 5 seconds (elsewhere 60)."""
    port, folder = free_port(), tmp_path_factory.mktemp("mongod")
    arguments = [str(MONGOD), "--dbpath", str(folder), "--port", str(port), "--bind_ip", "127.0.0.1"]
    arguments += ["--replSet", "foveal", "--noscripting", "--wiredTigerCacheSizeGB", "0.5"]
    arguments += ["--setParameter", "transactionLifetimeLimitSeconds=5", "--setParameter", "enableTestCommands=1"]
    arguments += ["--logpath", str(folder / "log")]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL) as process:
        try:
            uri = f"mongodb://127.0.0.1:{port}/?directConnection=true"
            with pymongo.MongoClient[Document](uri, serverSelectionTimeoutMS=60_000) as client:
                members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
                client.admin.command("replSetInitiate", {"_id": "foveal", "members": members})
                while not client.admin.command("hello")["isWritablePrimary"]:
                    assert process.poll() is None
            yield f"mongodb://127.0.0.1:{port}/?replicaSet=foveal"
        finally:
            process.kill()


@pytest.fixture(scope="session")
def as_migrated(mongodb_uri: str) -> dict[str, Document]:
    """The schema of the test database while it is as declared; empty before its first migration."""
    return {}


@pytest.fixture
def database(mongodb_uri: str, as_migrated: dict[str, Document]) -> Iterator[Database[Document]]:
    """A migrated, empty database. It is emptied and used again: a new one for each test is sixty files each time."""
    target = mongo.connect(mongodb_uri, "foveal_test")
    if not as_migrated:
        migrate(target)
        as_migrated.update(_schema(target))
    yield target
    if _schema(target) == as_migrated:
        for name in _filled(target, as_migrated):
            target[name].delete_many({})
    else:
        as_migrated.clear()
        with pymongo.timeout(MAX_WAIT_FOR_TRANSACTIONS):  # a drop waits for transactions that a test abandoned
            target.client.drop_database(target.name)
    target.client.close()


def _schema(target: Database[Document]) -> dict[str, Document]:
    """Return the options and the indexes of each collection, from one command.

    `$listCatalog` is MongoDB's own and undocumented (6.0); 20 calls of `listIndexes` took longer than most tests.
    """
    entries = target.client.admin.aggregate([{"$listCatalog": {}}, {"$match": {"db": target.name}}])
    return {
        each["name"]: {"options": each["md"]["options"], "indexes": [index["spec"] for index in each["md"]["indexes"]]}
        for each in entries
    }


def _filled(target: Database[Document], names: Iterable[str]) -> list[str]:
    """Return the names of the collections that hold a document, from one command."""
    first, *others = names
    unions = [{"$unionWith": {"coll": name, "pipeline": _name_if_filled(name)}} for name in others]
    return [each["name"] for each in target[first].aggregate([*_name_if_filled(first), *unions])]


def _name_if_filled(name: str) -> list[Document]:
    return [{"$limit": 1}, {"$project": {"_id": 0, "name": {"$literal": name}}}]
