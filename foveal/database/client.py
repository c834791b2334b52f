"""The one MongoDB client of an execution environment, made on first use and sized for Lambda."""

import functools
import time
from contextlib import AbstractContextManager
from typing import Any, Final

import pymongo
from pymongo.database import Database
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from foveal.aws import secrets
from foveal.errors import ServiceUnavailable
from foveal.settings import MongoSettings

Document = dict[str, Any]
PRIMARY_WITHIN_SECONDS: Final = 4.0
SCHEMA_IS_CHECKED_SECONDS: Final = 60.0
LOCK_INDEX: Final = "foveal_idempotency"
"""Unique index of `uploads`, as `foveal.database.schema` declares it; an unmigrated database does not have it."""


def database(settings: MongoSettings) -> Database[Document]:
    """Return the database, as long as it has a primary and a schema; call it anew for each request.

    Without a primary this raises ServerSelectionTimeoutError after four seconds; the operations themselves would wait
    for all of their time limit. Raises ServiceUnavailable for a database without schema: without its unique indexes
    two requests could write the same thing, so nothing is served. That is asked once a minute, for a database may be
    dropped under running functions, and writes would make its collections anew. Operations raise PyMongoError.
    """
    found = _connected(settings)
    with pymongo.timeout(PRIMARY_WITHIN_SECONDS):
        _require_schema(found, int(time.monotonic() // SCHEMA_IS_CHECKED_SECONDS))  # the first call, which connects
        if not found.client.topology_description.has_writable_server():
            found.client.admin.command("ping")
    return found


@functools.lru_cache(maxsize=4)
def _connected(settings: MongoSettings) -> Database[Document]:
    return connect(uri_of(settings), settings.database)


def uri_of(settings: MongoSettings) -> str:
    """Return the URI, from its secret where the environment has none."""
    return settings.uri or secrets.get_secret(str(settings.secret_arn))


@functools.lru_cache(maxsize=4)
def _require_schema(database: Database[Document], _period: int) -> None:
    """Check the schema once in each period."""
    require_schema(database)


def require_schema(database: Database[Document]) -> None:
    """Raise ServiceUnavailable for a database that was never migrated, or was dropped."""
    if LOCK_INDEX not in database.uploads.index_information():
        raise ServiceUnavailable("The catalog's database has no schema yet: its operator has to run `foveal migrate`.")


def forget() -> None:
    """Drop the kept connections, as a new execution environment would have none; for tests."""
    _connected.cache_clear()
    _require_schema.cache_clear()


def connect(uri: str, name: str) -> Database[Document]:
    """Return the database at a URI with the limits that a Lambda needs.

    pymongo's defaults (100 connections, 30 s to find a server) would hold a function past its own timeout. `timeoutMS`
    is the limit of an operation with its retries, and of finding a server for it.
    """
    client: pymongo.MongoClient[Document] = pymongo.MongoClient(
        uri,
        maxPoolSize=4,
        serverSelectionTimeoutMS=5_000,
        connectTimeoutMS=5_000,
        timeoutMS=10_000,
        maxIdleTimeMS=60_000,
        appname="foveal",
        tz_aware=True,
    )
    return client.get_database(name, write_concern=WriteConcern("majority"), read_concern=ReadConcern("majority"))


def unhurried() -> AbstractContextManager[Any]:
    """Lift the client's time limit, for work that takes as long as there is data (0 is no limit, None the client's)."""
    return pymongo.timeout(0)
