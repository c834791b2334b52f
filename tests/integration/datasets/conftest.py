"""A project with annotated assets, and a bucket in memory, for the tests of data sets."""

import importlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database

from foveal.aws import functions, secrets
from foveal.aws.errors import NoSuchKey, PreconditionFailed
from foveal.aws.s3.listings import ListedVersion, VersionPage
from foveal.aws.sigv4 import NOTHING
from foveal.catalog.annotations import writes
from foveal.catalog.annotations.operations import OPERATION
from foveal.catalog.author import Author
from foveal.database import client
from foveal.database.client import Document
from foveal.datasets import requests
from foveal.datasets.documents import VersionDocument
from foveal.datasets.making import creation
from foveal.datasets.tree import pages
from foveal.datasets.tree.members import Line
from foveal.datasets.tree.page_store import PageStore
from foveal.encoding.ids import new_id
from foveal.errors import Problem
from foveal.objects.keys import media_key
from tests.gateway import NO_BODY, gateway_event
from tests.integration.catalog.in_memory_masks import MemoryMasks
from tools.openapi import ENVIRONMENT

PROJECT = "zoo"
BOX = {"type": "detection", "field": "ground_truth", "label": "cat", "bbox": [0.1, 0.2, 0.3, 0.4]}


@dataclass
class MemoryObjects:
    """A bucket in memory that counts what is read and written."""

    objects: dict[str, bytes] = field(default_factory=dict)
    versions: dict[str, list[ListedVersion]] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)

    def get(self, key: str, version_id: str | None = None) -> bytes:  # noqa: ARG002
        self.reads.append(key)
        if key not in self.objects:
            raise NoSuchKey("GetObject", "NoSuchKey", 404)
        return self.objects[key]

    def put(self, key: str, body: bytes, content_type: str, headers: Mapping[str, str] = NOTHING) -> str | None:  # noqa: ARG002
        if "if-none-match" in headers and key in self.objects:
            raise PreconditionFailed("PutObject", "PreconditionFailed", 412)
        self.writes.append(key)
        self.objects[key] = body
        return "v"

    def delete(self, key: str, version_id: str | None = None) -> str | None:  # noqa: ARG002
        self.objects.pop(key, None)
        return None

    def list_versions(self, prefix: str, _markers: object = None) -> VersionPage:
        return VersionPage(self.versions.get(prefix, []), None)


@dataclass
class Zoo:
    """The catalog and the bucket."""

    database: Database[Document]
    bucket: MemoryObjects = field(default_factory=MemoryObjects)

    def add(self, count: int = 1, **facts: Any) -> list[str]:
        """Add ready assets, as ingest would, and return their ids."""
        now, ids = datetime.now(UTC), [new_id() for _ in range(count)]
        self.database.assets.insert_many(
            {
                "_id": asset_id,
                "project": PROJECT,
                "status": "ready",
                "file_name": f"{number}.jpg",
                "size_bytes": 10,
                "s3": {"bucket": "b", "key": media_key(PROJECT, asset_id, "a.jpg"), "version_id": "v1", "etag": "e"},
                "checksums": {"crc64nvme": asset_id[-11:] + "="},
                "annotation_revision": 0,
                "created_at": now,
                "updated_at": now,
                "schema_version": 1,
                **facts,
            }
            for number, asset_id in enumerate(ids)
        )
        return ids

    def write(self, *operations: Mapping[str, Any]) -> list[Any]:
        """Carry out operations on annotations; return the annotations."""
        parsed = [OPERATION.validate_python(each) for each in operations]
        found = writes.write(self.database, PROJECT, Author.now("tester"), parsed, masks=MemoryMasks())
        assert not [each for each in found if isinstance(each, Problem)], found
        return found

    def annotate(self, asset_id: str, **body: Any) -> Any:
        return self.write({"op": "create", "asset_id": asset_id, "annotation": {**BOX, **body}})[0]

    def create(self, name: str = "cats", advance: creation.Advance = lambda _: None, **body: Any) -> VersionDocument:
        return self.build(self.begin(name, **body)["_id"], advance)

    def begin(self, name: str = "cats", **body: Any) -> VersionDocument:
        request = requests.parse(body)
        return creation.begin(self.database, PROJECT, name, Author.now("tester"), request, body)

    def build(self, version_id: str, advance: creation.Advance = lambda _: None) -> VersionDocument:
        return creation.Creation(self.database, self.bucket, version_id).run(lambda: datetime.now(UTC), advance)

    @property
    def store(self) -> PageStore:
        return PageStore(self.database, self.bucket, PROJECT)

    def lines(self, version: VersionDocument) -> list[Line]:
        return list(self.store.lines_after(version["_id"], ""))

    def splits(self, version: VersionDocument) -> dict[str, str | None]:
        return {line.asset_id: line.content().split for line in self.lines(version)}


@pytest.fixture
def zoo(database: Database[Document]) -> Zoo:
    return Zoo(database)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of about eight members, so that a few hundred assets make many."""
    monkeypatch.setattr(pages, "MEAN_MEMBERS", 8)
    monkeypatch.setattr(pages, "MAX_MEMBERS", 32)


@dataclass
class Client:
    """A caller of the function `jobs`; `started` are the jobs whose worker was started."""

    api: Any
    worker: Any
    started: list[str]

    def call(
        self,
        key: str,
        body: Any = None,
        *,
        role: str = "admin",
        project: str = PROJECT,
        query: Mapping[str, str] | None = None,
        **path: str,
    ) -> tuple[int, Any]:
        sent = NO_BODY if body is None else json.dumps(body).encode()
        authorized = {"sub": "user-1", "cognito:groups": f"[{project}:{role}]"}
        names = {"project": PROJECT, **({"name": "cats"} if "{name}" in key else {}), **path}
        answer = self.api(gateway_event(key, names, sent, query=query, authorized=authorized), None)
        return answer["statusCode"], json.loads(answer.get("body") or "null")

    def create(self, **body: Any) -> Any:
        status, answer = self.call("POST /v1/projects/{project}/datasets/{name}/versions", body)
        assert status == 201, answer
        return answer

    def everything(self, key: str, limit: int, **options: Any) -> Iterator[Any]:
        """Yield the items of all pages."""
        query = {"limit": str(limit), **options.pop("query", {})}
        while True:
            status, page = self.call(key, query=query, **options)
            assert status == 200, page
            assert len(page["items"]) <= limit
            yield from page["items"]
            if page["next_token"] is None:
                return
            query["next_token"] = page["next_token"]

    def work(self) -> None:
        """Run the workers that were started."""
        while self.started:
            self.worker.handler({"job_id": self.started.pop()}, Context())


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 900_000


@pytest.fixture
def caller(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> Client:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(client, "database", lambda _: zoo.database)
    monkeypatch.setattr(secrets, "get_secret", lambda _: "a key that only tests have")
    started: list[str] = []
    monkeypatch.setattr(functions, "invoke_async", lambda _name, payload: started.append(payload["job_id"]))
    modules = []
    for name in ("jobs", "worker"):
        sys.modules.pop(f"functions.{name}.handler", None)
        module = importlib.import_module(f"functions.{name}.handler")
        monkeypatch.setattr(module, "S3", lambda _: zoo.bucket)
        modules.append(module)
    monkeypatch.setattr(modules[1], "database", lambda _: zoo.database)
    monkeypatch.setattr(modules[1], "put_events", lambda _: [])
    return Client(modules[0].api, modules[1], started)
