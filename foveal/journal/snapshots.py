"""Snapshots: all journalled documents in parts, each part of one moment, written while the catalog changes.

A part is the answer to one `find` with read concern `snapshot`, up to 16 MiB, of a range of ids of a collection. It
states the cluster time of which it is: a rebuild applies to its documents only the changes after that, so that the
snapshot need not be of one moment as a whole (a server keeps a moment for minutes only, a large catalog takes hours).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bson.raw_bson import RawBSONDocument
from bson.timestamp import Timestamp
from pymongo.database import Database

from foveal.database.client import Document
from foveal.database.schema import JOURNALLED
from foveal.journal import layout, marker
from foveal.journal.bucket import Bucket, Overtaken, create, read
from foveal.journal.errors import JournalError
from foveal.journal.marker import Finished
from foveal.journal.objects import RAW, Builder, opened
from foveal.journal.times import instant_after

MAX_PART_DOCUMENTS: Final = 20_000
ADVICE: Final = "run `foveal journal restart`, which has a new snapshot written."


@dataclass(frozen=True, slots=True)
class Read:
    """A range of a collection as it was at a cluster time."""

    documents: list[RawBSONDocument]
    time: Timestamp


def begin(database: Database[Document], start: int) -> Document | None:
    """Store and return the progress of a snapshot that segment `start` continues; None when another run was first."""
    first: Document = {"start": start, "parts": 0, "previous": None, "collection": JOURNALLED[0], "after": None}
    return first if marker.note_snapshot(database, None, first) else None


def write_part(database: Database[Document], bucket: Bucket, progress: Document) -> Document | Finished:
    """Write the next part and return the progress after it, or the snapshot when it is complete.

    Raises Overtaken when another run goes on with it.
    """
    name, after = progress["collection"], progress["after"]
    while True:
        found = read_range(database, name, after)
        if found.documents:
            return _written(database, bucket, {**progress, "collection": name, "after": after}, found)
        following = JOURNALLED.index(name) + 1
        if following == len(JOURNALLED):
            return _finished(database, bucket, progress, found.time)
        name, after = JOURNALLED[following], None


def read_range(database: Database[Document], name: str, after: Any) -> Read:
    """Return the documents after an id, all of one moment. Raises JournalError for ids of more than one type."""
    if after is None:
        ends = [next(iter(database[name].find({}, {"_id": 1}).sort("_id", way).limit(1)), None) for way in (1, -1)]
        if len({type(each["_id"]) for each in ends if each}) > 1:
            raise JournalError(f"{name} has ids of more than one type, of which a snapshot would miss some")
    reply: Any = database.command(
        {
            "find": name,
            "filter": {} if after is None else {"_id": {"$gt": after}},
            "sort": {"_id": 1},
            "limit": MAX_PART_DOCUMENTS,
            "batchSize": MAX_PART_DOCUMENTS,
            "singleBatch": True,
            "readConcern": {"level": "snapshot"},
        },
        codec_options=RAW,
    )
    cursor = reply["cursor"]  # of a collection that is not there it has no time
    return Read(list(cursor["firstBatch"]), cursor.get("atClusterTime") or reply["operationTime"])


def _written(database: Database[Document], bucket: Bucket, progress: Document, found: Read) -> Document:
    builder = Builder()
    for document in found.documents:
        builder.add(document.raw)
    key = layout.part_key(progress["start"], progress["parts"])
    last = found.documents[-1]["_id"]
    facts = {name: progress[name] for name in ("start", "parts", "previous", "collection", "after")}
    data = builder.sealed({"kind": "part", **facts, "last": last, "time": found.time})
    try:
        create(bucket, key, data)
    except Overtaken:
        data = read(bucket, key) or data  # of a run that ended, or goes on, after this part: take it as it is
    part = opened(key, data, ADVICE)
    if any(part.header[name] != progress[name] for name in ("previous", "collection", "after")):
        raise Overtaken(key)
    moved = {**progress, "parts": progress["parts"] + 1, "previous": part.sha256, "after": part.header["last"]}
    if not marker.note_snapshot(database, progress, moved):
        raise Overtaken(key)
    return moved


def _finished(database: Database[Document], bucket: Bucket, progress: Document, time: Timestamp) -> Finished:
    key = layout.manifest_key(progress["start"])
    ended_at = instant_after(time)
    facts = {"start": progress["start"], "parts": progress["parts"], "previous": progress["previous"]}
    header = {"kind": "manifest", **facts, "time": time, "ended_at": ended_at}
    try:
        create(bucket, key, Builder().sealed(header))
    except Overtaken:
        ended_at = opened(key, read(bucket, key) or b"", ADVICE).header["ended_at"]
    finished = Finished(progress["start"], progress["parts"], ended_at)
    marker.note_finished(database, finished)
    return finished


def abandon(database: Database[Document], bucket: Bucket, progress: Document) -> None:
    """Delete the parts of a snapshot that is older than a break, and forget it."""
    for part in range(progress["parts"]):
        bucket.delete(layout.part_key(progress["start"], part))
    marker.forget_snapshot(database, progress["start"])


def remove_old(
    database: Database[Document], bucket: Bucket, found: marker.Marker, retained_from: datetime, most: int
) -> int:
    """Delete up to `most` objects that no instant since `retained_from` needs; return how many were deleted.

    An instant is rebuilt from the newest snapshot before it. Segments go first and oldest first, so that a removal that
    was interrupted goes on where it was.
    """
    old = [each for each in found.snapshots if each.ended_at <= retained_from]
    if not old:
        return 0
    kept = max(old, key=lambda each: each.start)
    last = kept.start - 1  # this one stays: as long as nothing has changed since, it is the newest
    upto = min(last, found.removed + most)
    for sequence in range(found.removed, upto):
        bucket.delete(layout.segment_key(sequence))
    count, is_done = max(0, upto - found.removed), upto >= last
    for snapshot in found.snapshots if is_done else ():
        if snapshot.start < kept.start:
            bucket.delete(layout.manifest_key(snapshot.start))
            for part in range(snapshot.parts):
                bucket.delete(layout.part_key(snapshot.start, part))
            count += snapshot.parts + 1
    if count:
        marker.note_removed(database, kept if is_done else Finished(0, 0, kept.ended_at), max(upto, found.removed))
    return count
