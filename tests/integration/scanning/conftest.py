"""A migrated catalog that is empty at the start of each test."""

from collections.abc import Iterator

import pytest
from pymongo.database import Database

from foveal.database import client
from foveal.database.client import Document
from foveal.database.migration import migrate


@pytest.fixture(scope="session")
def scanned_catalog(mongodb_uri: str) -> Iterator[Database[Document]]:
    target = client.connect(mongodb_uri, "test_scanning")
    migrate(target)
    yield target
    target.client.drop_database(target.name)
    target.client.close()


@pytest.fixture
def catalog(scanned_catalog: Database[Document]) -> Database[Document]:
    scanned_catalog.assets.delete_many({})
    return scanned_catalog
