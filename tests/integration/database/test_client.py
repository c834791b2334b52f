"""The database of a function: without a primary it fails within five seconds, and works again when one is there."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo.errors import ServerSelectionTimeoutError

from foveal.database import client
from foveal.database.migration import migrate
from foveal.errors import ServiceUnavailable
from foveal.settings import MongoSettings
from tests.integration.ingest.fault_injection import Mongod


@pytest.fixture
def mongod(tmp_path: Path) -> Iterator[Mongod]:
    started = Mongod(tmp_path)
    yield started
    started.kill()


def test_dropped_database_is_noticed_within_a_minute(mongod: Mongod, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = MongoSettings("dropped", None, mongod.uri)
    migrate(client.connect(mongod.uri, "dropped"))
    found = client.database(settings)
    found.client.drop_database("dropped")
    monkeypatch.setattr(client, "SCHEMA_IS_CHECKED_SECONDS", client.SCHEMA_IS_CHECKED_SECONDS / 10_000)
    time.sleep(0.01)
    with pytest.raises(ServiceUnavailable, match="foveal migrate"):
        client.database(settings)
    with pytest.raises(ServiceUnavailable):
        client.database(settings)
    migrate(found)
    assert client.database(settings).assets.find_one() is None


def test_database_fails_within_five_seconds_when_it_has_no_primary(mongod: Mongod) -> None:
    settings = MongoSettings("away", None, mongod.uri)
    migrate(client.connect(mongod.uri, "away"))
    client.database(settings).assets.find_one()
    mongod.kill()
    with pytest.raises(Exception):  # noqa: B017, PT011  the request under way, whatever it meets
        client.database(settings).assets.find_one()
    for _ in range(2):
        started_at = time.monotonic()
        with pytest.raises(ServerSelectionTimeoutError):
            client.database(settings).assets.find_one()
        assert time.monotonic() - started_at < 5
    mongod.kill_and_restart(0)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            assert client.database(settings).assets.find_one() is None
            return
        except ServerSelectionTimeoutError:
            continue
    pytest.fail("the database was not found again")
