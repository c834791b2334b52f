"""A bucket in memory, a database of the test's own, and writers that change it at random."""

import random
import threading
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import Int64
from pymongo.database import Database
from pymongo.errors import PyMongoError

from foveal.aws.errors import NoSuchKey, PreconditionFailed
from foveal.aws.s3.listings import ListedVersion, VersionPage
from foveal.database import client as mongo
from foveal.database import migration
from foveal.database.client import Document
from foveal.database.schema import JOURNALLED
from foveal.journal import marker
from foveal.journal.recorder import Recorder

START = datetime(2026, 1, 1, tzinfo=UTC)
Contents = dict[str, dict[Any, Document]]


class Killed(BaseException):
    """The end of a process, which nothing catches."""


class MemoryBucket:
    """Objects in memory; `dies_at` are the writes (counted from 1) at which the process ends.

    Before the write where the number is positive, after it where it is negative.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.dies_at: set[int] = set()
        self.writes = 0
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes:
        with self._lock:
            if key not in self.objects:
                raise NoSuchKey("GetObject", "NoSuchKey", 404)
            return self.objects[key]

    def put(self, key: str, body: bytes, content_type: str, headers: Mapping[str, str]) -> str | None:
        assert headers == {"if-none-match": "*"}
        assert content_type
        with self._lock:
            self.writes += 1
            if self.writes in self.dies_at:
                raise Killed
            if key in self.objects:
                raise PreconditionFailed("PutObject", "PreconditionFailed", 412)
            self.objects[key] = body
            if -self.writes in self.dies_at:
                raise Killed
        return "1"

    def delete(self, key: str) -> str | None:
        self.objects.pop(key, None)
        return None

    def list_versions(self, prefix: str, markers: tuple[str, str] | None = None) -> VersionPage:
        found = sorted(key for key in self.objects if key.startswith(prefix) and key > (markers or ("",))[0])
        page = [ListedVersion(key, "1", True, False, 1, "", START, "STANDARD") for key in found[:100]]
        return VersionPage(page, (found[99], "1") if len(found) > 100 else None)


class Writer:
    """Changes all journalled collections at random: inserts, every kind of update, replacements, transactions."""

    def __init__(self, database: Database[Document], seed: int) -> None:
        self._database, self._random = database, random.Random(seed)

    def write(self, count: int) -> None:
        for _ in range(count):
            try:
                self._step()
            except PyMongoError as error:
                if not error.has_error_label("TransientTransactionError"):
                    raise

    def _step(self) -> None:
        some = self._random
        kind = some.random()
        if kind < 0.15:
            with self._database.client.start_session() as session, session.start_transaction():
                for _ in range(some.randrange(1, 8)):
                    self._change(session)
        elif kind < 0.25:
            name = some.choice(JOURNALLED)
            self._database[name].insert_many([self._document() for _ in range(some.randrange(1, 20))])
        else:
            self._change(None)

    def _change(self, session: Any) -> None:
        some = self._random
        collection = self._database[some.choice(JOURNALLED)]
        ids = [each["_id"] for each in collection.find({}, {"_id": 1}, session=session).limit(50)]
        if not ids or some.random() < 0.2:
            collection.insert_one(self._document(), session=session)
            return
        one: Document = {"_id": some.choice(ids)}
        kind = some.randrange(8)
        if kind == 0:
            collection.delete_one(one, session=session)
        elif kind == 1:
            collection.replace_one(one, self._document() | one, session=session)
        elif kind == 2:
            cut = {"$slice": ["$tags", some.randrange(1, 4)]}
            collection.update_one(one, [{"$set": {"tags": cut, "a.b.c": some.random()}}], session=session)
        elif kind == 3:
            collection.update_one(one, {"$push": {"tags": some.random()}, "$inc": {"count": 1}}, session=session)
        elif kind == 4:
            collection.update_one(
                one, {"$unset": {"a.b": ""}, "$set": {"a.x": {"0": [1, {"y": None}]}}}, session=session
            )
        elif kind == 5:
            collection.update_one(one, {"$set": {"list.1.m": some.random()}}, session=session)
        elif kind == 6:
            moved = {"$concatArrays": [{"$ifNull": ["$list", []]}, [{"m": Int64(some.getrandbits(60))}]]}
            collection.update_one(
                one, [{"$set": {"list": moved, "at": "$$NOW", "attributes": {"1": 1}}}], session=session
            )
        else:
            collection.update_many(
                {"count": {"$lt": 1}}, {"$set": {"seen": START}, "$pop": {"tags": 1}}, session=session
            )

    def _document(self) -> Document:
        some = self._random
        return {
            "_id": uuid.UUID(int=some.getrandbits(128)).hex,
            "schema_version": 1,
            "project": some.choice(["zoo", "harbour"]),
            **{name: uuid.UUID(int=some.getrandbits(128)).hex for name in ("name", "dataset", "idempotency_key")},
            "count": some.randrange(3),
            "big": Int64(some.getrandbits(62)),
            "score": some.random(),
            "at": START + timedelta(milliseconds=some.randrange(10**9)),
            "tags": [some.random() for _ in range(some.randrange(6))],
            "list": [{"m": 1}, {"m": 2}][: some.randrange(3)] + [{"k": "ü"}] * 2,
            "a": {"b": {"c": 1, "d": b"\x00\x01"}},
        }


@pytest.fixture
def with_indexes() -> None:
    """For a test whose rebuild builds the indexes too, which takes seconds."""


@pytest.fixture(autouse=True)
def rebuilds_leave_indexes_out(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "with_indexes" not in request.fixturenames:
        monkeypatch.setattr(migration, "migrate", lambda _database: None)


@pytest.fixture
def lost(mongodb_uri: str, request: pytest.FixtureRequest) -> Iterator[Database[Document]]:
    """A database of the test's own, without validators, so that the writer may write anything."""
    found = mongo.connect(mongodb_uri, f"journal_{uuid.uuid4().hex[:12]}")
    if "with_indexes" in request.fixturenames:
        migration.migrate(found)
    else:
        found.uploads.create_index("idempotency_key", name=mongo.LOCK_INDEX)  # the sign of a schema
    let_anything_in(found)
    yield found
    found.client.drop_database(found.name)
    found.client.close()


def let_anything_in(database: Database[Document]) -> None:
    """Take the validators away, so that the writer may write anything."""
    for name in database.list_collection_names():
        database.command("collMod", name, validator={})


@pytest.fixture
def bucket() -> MemoryBucket:
    return MemoryBucket()


def recorder(database: Database[Document], bucket: MemoryBucket, **options: Any) -> Recorder:
    settings: dict[str, Any] = {
        "snapshot_every": timedelta(days=7),
        "retention": timedelta(days=35),
        "flush_seconds": 0.05,
    }
    return Recorder(database, bucket, **(settings | options))


def settle(database: Database[Document], bucket: MemoryBucket, **options: Any) -> None:
    """Run until every change is in the bucket, and a complete snapshot."""
    while recorder(database, bucket, **options).run(0.5).changes or not (found := marker.load(database)):
        pass
    while not found.snapshots:
        recorder(database, bucket, **options).run(0.5)
        found = marker.load(database) or found


def contents(database: Database[Document]) -> Contents:
    """Return every document of every journalled collection."""
    return {name: {each["_id"]: each for each in database[name].find()} for name in JOURNALLED}


def drop(database: Database[Document]) -> None:
    database.client.drop_database(database.name)
