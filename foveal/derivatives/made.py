"""Records of derivatives in the catalog: existing ones, so that URLs can be signed without a request to S3 for each,
and impossible ones, so that they are not tried again and again; the limit of an asset.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from pymongo.database import Database

from foveal.database.client import Document
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.errors import Problem, RenditionNotReady, Unprocessable

REFUSAL_KEPT: Final = timedelta(days=1)
PENDING_KEPT: Final = timedelta(minutes=2)
MAX_PER_ASSET: Final = 10_000
"""Derivatives of one asset: sets of labels, frames and confidences multiply, so that names alone bound nothing. Tiles
do not count, as there are only so many of a picture."""
MIN_AGE_OF_EVICTED: Final = timedelta(days=8)
"""A URL lives for at most seven days and one window, and must open until then."""
MAX_EVICTED: Final = 100
_ON_REQUEST: Final = {"$regex": "/(overlay|annotated|crop)-[^/]*$"}
_COUNTED: Final = {"$not": {"$regex": "/tile-[^/]*$"}}
_BATCH_SIZE = 1_000


class Records(NamedTuple):
    """Keys of derivatives that exist, and the problem documents of those that cannot be made or take their time."""

    made: set[str]
    refused: dict[str, Document]


def known(database: Database[Document], keys: Sequence[str]) -> Records:
    """Return the records of the keys."""
    records = Records(set(), {})
    counts = {"$or": [{"refusal": None}, {"expires_at": {"$gt": datetime.now(UTC)}}]}  # the TTL index takes a minute
    query = {"_id": {"$in": list(keys)}, **counts}
    for each in database.renditions.find(query, {"refusal": 1}, batch_size=_BATCH_SIZE):
        if each.get("refusal"):
            records.refused[each["_id"]] = each["refusal"]["problem"]
        else:
            records.made.add(each["_id"])
    return records


def evicted(database: Database[Document], asset_id: str, now: datetime) -> list[Document]:
    """Remove the records of the oldest derivatives of an asset that is at its limit, and return them.

    Only those on request are removed, a hundred at most, and none whose URL may still open. Raises Unprocessable when
    none is old enough; returns nothing below the limit.
    """
    renditions = database.renditions
    if renditions.count_documents({"asset_id": asset_id, "_id": _COUNTED}, limit=MAX_PER_ASSET) < MAX_PER_ASSET:
        return []
    query = {"asset_id": asset_id, "_id": _ON_REQUEST, "created_at": {"$lt": now - MIN_AGE_OF_EVICTED}}
    old = list(renditions.find(query, {"version_id": 1}, sort=[("created_at", 1)], limit=MAX_EVICTED))
    if not old:
        raise Unprocessable(
            f"The asset has {MAX_PER_ASSET:,} derivatives, and those of the last eight days are kept: ask for one that "
            "exists, or draw the annotations yourself."
        )
    renditions.delete_many({"_id": {"$in": [each["_id"] for each in old]}})
    return old


def remember(
    database: Database[Document],
    asset: Mapping[str, Any],
    key: str,
    expire_after_days: int | None = None,
    version_id: str | None = None,
) -> None:
    """Record that a derivative of an asset exists; with `version_id` its object can be deleted again.

    The record expires one day before the lifecycle rule of the bucket may expire the object.
    """
    now = datetime.now(UTC)
    record = _record(asset, now)
    if expire_after_days:
        record["expires_at"] = now + timedelta(days=expire_after_days - 1)
    if version_id:
        record["version_id"] = version_id
    database.renditions.delete_one({"_id": key, "refusal": {"$ne": None}})
    database.renditions.update_one({"_id": key}, {"$setOnInsert": record}, upsert=True)


def remember_refusal(database: Database[Document], asset: Mapping[str, Any], key: str, problem: Problem) -> None:
    """Record for a day that a derivative cannot be made; for two minutes that it is being made (RenditionNotReady)."""
    now = datetime.now(UTC)
    kept = PENDING_KEPT if isinstance(problem, RenditionNotReady) else REFUSAL_KEPT
    record = {**_record(asset, now), "expires_at": now + kept, "refusal": {"problem": problem.document()}}
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
