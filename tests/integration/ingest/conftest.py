"""A fresh bucket, catalog and pipeline for each test."""

import functools
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymongo.database import Database

from foveal.database import client
from foveal.database.client import Document
from foveal.database.migration import migrate
from tests.integration.ingest import aws_emulator
from tests.integration.ingest.ingest_harness import IngestHarness
from tests.integration.ingest.memory_bucket import MemoryBucket


@pytest.fixture(scope="session")
def catalog(mongodb_uri: str) -> Iterator[Database[Document]]:
    """One migrated database for all of these tests; each begins with it empty."""
    target = client.connect(mongodb_uri, "test_ingest")
    migrate(target)
    yield target
    target.client.drop_database(target.name)
    target.client.close()


@pytest.fixture(params=[True, False], ids=["opened-ahead", "opened-one-by-one"])
def harness(catalog: Database[Document], request: pytest.FixtureRequest) -> IngestHarness:
    """The resulting catalog must be the same whether the pipelined first read of an object succeeds or not."""
    for name in ("assets", "sweeps"):
        catalog[name].delete_many({})
    bucket = MemoryBucket()
    bucket.opens_ahead = request.param
    return IngestHarness(catalog, bucket)


@pytest.fixture(scope="session")
def cloud_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with aws_emulator.running(tmp_path_factory.mktemp("cloud")) as url:
        yield url


@pytest.fixture
def aws(cloud_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Make boto3 clients of the emulator, to which our own AWS calls go too."""
    for name, value in {**aws_emulator.KEYS, "AWS_ENDPOINT_URL": cloud_url}.items():
        monkeypatch.setenv(name, value)
    return functools.partial(aws_emulator.client, cloud_url)


@pytest.fixture
def bucket_name(aws: Callable[[str], Any]) -> str:
    """A new bucket with versions."""
    name = f"media-{uuid.uuid4().hex[:12]}"
    s3 = aws("s3")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name
