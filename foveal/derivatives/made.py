"""The record of derivatives: those that exist, so that many URLs can be signed without one request to S3 for each,
and those that cannot be made, so that nobody can have them tried again and again.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from pymongo.database import Database

from foveal.database.client import Document
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.errors import Unrenderable

REFUSAL_KEPT: Final = timedelta(days=1)
_BATCH_SIZE = 1_000


class Records(NamedTuple):
    """Keys of derivatives that exist, and the refusal `{"problem", "seconds"}` of those that cannot be made."""

    made: set[str]
    refused: dict[str, Document]


def known(database: Database[Document], keys: Sequence[str]) -> Records:
    """Return what is recorded of the keys."""
    records = Records(set(), {})
    for each in database.renditions.find({"_id": {"$in": list(keys)}}, {"refusal": 1}, batch_size=_BATCH_SIZE):
        if each.get("refusal"):
            records.refused[each["_id"]] = each["refusal"]
        else:
            records.made.add(each["_id"])
    return records


def remember(
    database: Database[Document], asset: Mapping[str, Any], key: str, expire_after_days: int | None = None
) -> None:
    """Record that a derivative of an asset exists.

    The record expires one day before the lifecycle rule of the bucket may expire the object.
    """
    now = datetime.now(UTC)
    record = _record(asset, now)
    if expire_after_days:
        record["expires_at"] = now + timedelta(days=expire_after_days - 1)
    database.renditions.replace_one({"_id": key}, record, upsert=True)


def remember_refusal(
    database: Database[Document], asset: Mapping[str, Any], key: str, problem: Unrenderable, seconds: int
) -> None:
    """Record for a day that a derivative cannot be made in so many CPU seconds."""
    now = datetime.now(UTC)
    refusal = {"problem": problem.document(), "seconds": seconds}
    record = {**_record(asset, now), "expires_at": now + REFUSAL_KEPT, "refusal": refusal}
    database.renditions.replace_one({"_id": key}, record, upsert=True)


def forget(database: Database[Document], key: str) -> None:
    """Remove the record of a derivative."""
    database.renditions.delete_one({"_id": key})


def _record(asset: Mapping[str, Any], now: datetime) -> Document:
    return {
        "project": asset["project"],
        "asset_id": asset["_id"],
        "created_at": now,
        "schema_version": SCHEMA_VERSION,
    }
