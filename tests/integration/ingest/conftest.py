"""A fresh bucket, catalog and pipeline for each test."""

from collections.abc import Iterator

import pytest
from pymongo.database import Database

from foveal import mongo
from foveal.catalog.migration import migrate
from foveal.mongo import Document
from tests.integration.ingest.rig import Rig
from tests.integration.ingest.memory_bucket import MemoryBucket


@pytest.fixture(scope="session")
def catalog(mongodb_uri: str) -> Iterator[Database[Document]]:
    """One migrated database for all of these tests; each begins with it empty."""
    target = mongo.connect(mongodb_uri, "test_ingest")
    migrate(target)
    yield target
    target.client.drop_database(target.name)
    target.client.close()


@pytest.fixture
def rig(catalog: Database[Document]) -> Rig:
    for name in ("assets", "sweeps"):
        catalog[name].delete_many({})
    return Rig(catalog, MemoryBucket())
