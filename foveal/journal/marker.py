"""The marker: one document by which a database says that it is the one whose changes the journal holds.

A database without it was never journalled, or is not the one that was: dropped and made anew, or somebody's copy. Only
the first start, `foveal rebuild` and `foveal journal restart` write it; a run changes it and never makes it anew, so
that a database that was dropped under a run has none. What it holds beside that is a hint: the bucket decides.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pymongo.database import Database

from foveal.database.client import Document
from foveal.database.vocabulary import SCHEMA_VERSION

COLLECTION: Final = "journal"
ID: Final = "journal"


@dataclass(frozen=True, slots=True)
class Finished:
    """A complete snapshot: the first segment after it, its parts, and an instant at which it was complete."""

    start: int
    parts: int
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Marker:
    """`sequence` is a segment near the newest. `restart` is set where the next run begins anew: `reason`, perhaps
    `start_at` (cluster time) and `continues` as `foveal.journal.segments.write_break` takes them.

    `snapshot` is the progress of a snapshot that is being written, None when there is none (`foveal.journal.snapshots`
    has its members). Segments below `removed` are gone.
    """

    sequence: int
    restart: Document | None
    snapshot: Document | None
    snapshots: tuple[Finished, ...]
    removed: int


def load(database: Database[Document]) -> Marker | None:
    found = database[COLLECTION].find_one({"_id": ID})
    if found is None:
        return None
    finished = tuple(Finished(each["start"], each["parts"], each["ended_at"]) for each in found["snapshots"])
    return Marker(found["sequence"], found.get("restart"), found.get("snapshot"), finished, found["removed"])


def declare(
    database: Database[Document],
    sequence: int,
    *,
    restart: Document | None = None,
    snapshots: tuple[Finished, ...] = (),
    removed: int = 0,
) -> None:
    """Declare the database to be the one whose changes the journal holds from now on."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "sequence": sequence,
        "snapshots": [_stored(each) for each in snapshots],
        "removed": removed,
        **({"restart": restart} if restart else {}),
    }
    database[COLLECTION].replace_one({"_id": ID}, document, upsert=True)


def note_sequence(database: Database[Document], sequence: int, *, is_restart: bool = False) -> None:
    update: dict[str, Any] = {"$max": {"sequence": sequence}}
    if is_restart:
        update["$unset"] = {"restart": ""}
    database[COLLECTION].update_one({"_id": ID}, update)


def note_snapshot(database: Database[Document], before: Document | None, progress: Document) -> bool:
    """Store the progress of a snapshot; return False when another run has stored other progress."""
    expected = {"snapshot.start": before["start"], "snapshot.parts": before["parts"]} if before else {"snapshot": None}
    return bool(
        database[COLLECTION].update_one({"_id": ID, **expected}, {"$set": {"snapshot": progress}}).matched_count
    )


def note_finished(database: Database[Document], finished: Finished) -> None:
    database[COLLECTION].update_one(
        {"_id": ID, "snapshot.start": finished.start},
        {"$unset": {"snapshot": ""}, "$push": {"snapshots": _stored(finished)}},
    )


def forget_snapshot(database: Database[Document], start: int) -> None:
    """Forget the progress of a snapshot that nothing needs any more."""
    database[COLLECTION].update_one({"_id": ID, "snapshot.start": start}, {"$unset": {"snapshot": ""}})


def note_removed(database: Database[Document], kept: Finished, removed: int) -> None:
    """Store up to which segment the journal is removed, and forget the snapshots before `kept`."""
    database[COLLECTION].update_one(
        {"_id": ID}, {"$set": {"removed": removed}, "$pull": {"snapshots": {"start": {"$lt": kept.start}}}}
    )


def _stored(finished: Finished) -> Document:
    return {"start": finished.start, "parts": finished.parts, "ended_at": finished.ended_at}
