"""The record of derivatives that exist, so that many URLs can be signed without one request to S3 for each."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.database import Database

from foveal.database.client import Document
from foveal.database.vocabulary import SCHEMA_VERSION

_BATCH_SIZE = 1_000


def made(database: Database[Document], keys: Sequence[str]) -> set[str]:
    """Return which of the keys are recorded as existing derivatives."""
    found = database.renditions.find({"_id": {"$in": list(keys)}}, {"_id": 1}, batch_size=_BATCH_SIZE)
    return {each["_id"] for each in found}


def remember(
    database: Database[Document], asset: Mapping[str, Any], key: str, expire_after_days: int | None = None
) -> None:
    """Record that a derivative of an asset exists.

    The record expires one day before the lifecycle rule of the bucket may expire the object.
    """
    now = datetime.now(UTC)
    record: Document = {"project": asset["project"], "asset_id": asset["_id"], "created_at": now}
    record["schema_version"] = SCHEMA_VERSION
    if expire_after_days:
        record["expires_at"] = now + timedelta(days=expire_after_days - 1)
    database.renditions.update_one({"_id": key}, {"$setOnInsert": record}, upsert=True)


def forget(database: Database[Document], key: str) -> None:
    """Remove the record of a derivative."""
    database.renditions.delete_one({"_id": key})
