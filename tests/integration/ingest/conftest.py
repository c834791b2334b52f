"""A fresh bucket, catalog and pipeline for each test."""

import pytest
from pymongo.database import Database

from foveal.mongo import Document
from tests.integration.ingest.bench import Bench
from tests.integration.ingest.memory_bucket import MemoryBucket


@pytest.fixture
def bench(database: Database[Document]) -> Bench:
    return Bench(database, MemoryBucket())
