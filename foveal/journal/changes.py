"""Changes as the journal holds them: from events of a change stream to entries, and from entries to writes.

An entry has `o` (i insert, r replace, u update, d delete), `c` (collection), `t` (cluster time) and `w` (wall time of
the server); `f` is the whole document of an insert or replace, `k` the document key and `u` the description of an
update (MongoDB manual, "Change Events"). An update is taken as the difference that it made, not as the document that a
later look-up would find, so that applying entries in order gives every document as it was at each entry.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import bson
from bson.timestamp import Timestamp
from pymongo import DeleteOne, InsertOne, ReplaceOne, UpdateOne

from foveal.database.client import Document

ENDS: Final = frozenset({"drop", "dropDatabase", "rename", "invalidate"})
"""Operations after which the catalog is no longer the one that the journal is of."""
_WHOLE: Final = {"insert": "i", "replace": "r"}
Write = InsertOne[Document] | ReplaceOne[Document] | UpdateOne | DeleteOne


def entry(event: Mapping[str, Any]) -> bytes:
    """Return the entry of an event (raw BSON inside). Raises ValueError for an operation that changes no document."""
    kind = event["operationType"]
    stamps = {"c": event["ns"]["coll"], "t": event["clusterTime"], "w": wall_time(event)}
    if kind in _WHOLE:
        return bson.encode({"o": _WHOLE[kind], **stamps, "f": event["fullDocument"]})
    if kind == "update":
        return bson.encode({"o": "u", **stamps, "k": event["documentKey"], "u": event["updateDescription"]})
    if kind == "delete":
        return bson.encode({"o": "d", **stamps, "k": event["documentKey"]})
    raise ValueError(f"the journal does not know the operation {kind}")


def wall_time(event: Mapping[str, Any]) -> datetime:
    """Return the instant of an event; from its cluster time where the server (before 6.0) gives no wall time."""
    found = event.get("wallTime")
    if found is not None:
        return aware(found)
    time: Timestamp = event["clusterTime"]
    return datetime.fromtimestamp(time.time, UTC)


def aware(instant: datetime) -> datetime:
    """Return an instant in UTC, as BSON means one that is decoded without a time zone."""
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant


def document_id(change: Mapping[str, Any]) -> Any:
    """Return the `_id` of the document that an entry changes."""
    return change["f"]["_id"] if change["o"] in "ir" else change["k"]["_id"]


def writes(change: Mapping[str, Any], *, replaces: bool = False) -> list[Write]:
    """Return the writes that make an entry's change; with `replaces` an insert takes the place of a document.

    The truncation of an array is a write of its own: one update must not name a path and a part of it.
    """
    if change["o"] == "i" and not replaces:
        return [InsertOne(change["f"])]
    if change["o"] in "ir":
        return [ReplaceOne({"_id": change["f"]["_id"]}, change["f"], upsert=True)]
    key = dict(change["k"])
    if change["o"] == "d":
        return [DeleteOne(key)]
    told = change["u"]
    made: list[Write] = [
        UpdateOne(key, {"$push": {each["field"]: {"$each": [], "$slice": each["newSize"]}}})
        for each in told.get("truncatedArrays") or ()
    ]
    update: Document = {}
    if told.get("updatedFields"):
        update["$set"] = told["updatedFields"]
    if told.get("removedFields"):
        update["$unset"] = dict.fromkeys(told["removedFields"], "")
    return [*made, UpdateOne(key, update)] if update else made
