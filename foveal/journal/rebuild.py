"""Rebuild: makes an empty database equal to the one that the journal is of, now or at an instant.

Documents go in without secondary indexes, which are built at the end: faster, and functions serve nothing until then,
for they look for an index before they use a database. Progress is stored with what was done, so that a rebuild that was
killed goes on: parts of a snapshot may be written again, changes are applied once, in transactions with their number.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final, NamedTuple

from bson.timestamp import Timestamp
from pymongo import ReplaceOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import BulkWriteError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from foveal.database import migration
from foveal.database.client import Document, unhurried
from foveal.database.schema import COLLECTIONS, JOURNALLED
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.journal import chain, marker
from foveal.journal.bucket import Bucket
from foveal.journal.changes import Write, aware, document_id, writes
from foveal.journal.errors import NotEmpty
from foveal.journal.objects import Opened
from foveal.journal.recorder import save_rest
from foveal.journal.times import operation_time

ID: Final = "rebuild"
MAX_BATCH: Final = 1_000
KEPT: Final = frozenset({"assets", "uploads", "quotas", "label_tally", "jobs"})
"""Collections into which running functions may have written after the loss; of an id, the journal's document wins."""
_DUPLICATE: Final = 11000


@dataclass(slots=True)
class Outcome:
    """Counts of a rebuild. `as_of` is the wall time of the last change in it, or of the snapshot."""

    documents: int = 0
    changes: int = 0
    segments: int = 0
    size_bytes: int = 0
    as_of: datetime | None = None


@dataclass(slots=True)
class Times:
    """The cluster time of each range of ids that a snapshot has."""

    lasts: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    times: dict[str, list[Timestamp]] = field(default_factory=lambda: defaultdict(list))

    def add(self, part: Mapping[str, Any]) -> None:
        self.lasts[part["collection"]].append(part["last"])
        self.times[part["collection"]].append(part["time"])

    def include(self, change: Mapping[str, Any]) -> bool:
        """Return whether the snapshot has a change already."""
        lasts, key = self.lasts.get(change["c"], []), document_id(change)
        if not lasts or type(lasts[0]) is not type(key):
            return False
        place = bisect_left(lasts, key)
        return place < len(lasts) and bool(change["t"] <= self.times[change["c"]][place])


def verify(bucket: Bucket, at: datetime | None = None) -> Outcome:
    """Read everything that a rebuild would read, and return what it would write. Raises JournalError."""
    found, outcome, times = chain.plan(bucket, at), Outcome(), Times()
    outcome.as_of = found.manifest["ended_at"]
    for part in chain.parts(bucket, found):
        times.add(part.header)
        outcome.documents += sum(1 for _ in part.documents())
        outcome.size_bytes += part.size_bytes
    for segment in chain.segments(bucket, found):
        _count(outcome, segment)
        outcome.changes += sum(1 for _ in _changes(segment, found.at, times))
    return outcome


def rebuild(
    database: Database[Document],
    bucket: Bucket,
    at: datetime | None = None,
    told: Callable[[str], None] = lambda _line: None,
) -> Outcome:
    """Make the database what the journal says, and have the journal go on from it; return what was written.

    It goes on with a rebuild that was interrupted. Raises JournalError: NotEmpty before anything is written.
    """
    with unhurried():
        if not database[marker.COLLECTION].find_one({"_id": ID}):
            save_rest(database, bucket)
        found = chain.plan(bucket, at)
        # Progress is of the same oplog as what it tells, so a failover takes both; a majority read could miss it.
        fast = database.client.get_database(
            database.name, write_concern=WriteConcern(1), read_concern=ReadConcern("local")
        )
        work = _Work(fast, bucket, found, _progress(fast, found))
        outcome = work.load(told)
        start_at = operation_time(database)
        migration.migrate(database)
        reason = f"rebuilt as of {at:%FT%TZ}" if at else "rebuilt"
        restart = {"reason": reason, "start_at": start_at, "continues": at is None}
        marker.declare(database, found.newest, restart=restart, snapshots=found.snapshots, removed=found.oldest)
        database[marker.COLLECTION].delete_one({"_id": ID})
    return outcome


def _progress(database: Database[Document], found: chain.Plan) -> Document:
    """Return the progress of this rebuild; of a new one, after the collections were made ready."""
    journal = database[marker.COLLECTION]
    stored = journal.find_one({"_id": ID})
    if stored is None:
        for name in JOURNALLED:
            if name not in KEPT and database[name].find_one({}, {"_id": 1}):
                raise NotEmpty(
                    f"The database has {name} already. Rebuild into an empty one: give it another name in "
                    "FOVEAL_MONGODB_DATABASE, or drop what is there."
                )
        migration.prepare(database, COLLECTIONS)
        stored = {"schema_version": SCHEMA_VERSION, "start": found.start, "at": found.at, "newest": found.newest}
        stored |= {"parts": 0, "segment": found.start, "changes": 0}
        journal.replace_one({"_id": ID}, stored, upsert=True)
    if (stored["start"], stored["at"]) != (found.start, found.at):
        begun = f"--at {stored['at']:%FT%TZ}" if stored["at"] else "no --at"
        raise NotEmpty(
            f"A rebuild with {begun} from segment {stored['start']} was interrupted in this database: repeat it as it "
            "was, or drop the database and begin again."
        )
    return stored


class _Work:
    """The writes of a rebuild, and their progress."""

    def __init__(self, database: Database[Document], bucket: Bucket, found: chain.Plan, progress: Document) -> None:
        self._database, self._bucket, self._plan, self._progress = database, bucket, found, progress
        self._times, self._outcome = Times(), Outcome(as_of=found.manifest["ended_at"])

    def load(self, told: Callable[[str], None]) -> Outcome:
        total = self._plan.manifest["parts"]
        for number, part in enumerate(chain.parts(self._bucket, self._plan)):
            self._times.add(part.header)
            if number >= self._progress["parts"]:
                self._load_part(part)
                self._note({"parts": number + 1})
            self._outcome.size_bytes += part.size_bytes
            told(f"part {number + 1} of {total}: {part.header['collection']}")
        left = self._left(told)
        while batch := list(islice(left, MAX_BATCH)):
            self._apply([each.change for each in batch], batch[-1].sequence, batch[-1].done)
        return self._outcome

    def _left(self, told: Callable[[str], None]) -> Iterator["_Left"]:
        """Yield the changes of all segments that are not applied yet; small segments share a transaction."""
        for segment in chain.segments(self._bucket, self._plan):
            _count(self._outcome, segment)
            sequence, reached = segment.header["sequence"], self._progress["segment"]
            if sequence >= reached:
                done = self._progress["changes"] if sequence == reached else 0
                changes = islice(_changes(segment, self._plan.at, self._times), done, None)
                yield from (_Left(sequence, number, each) for number, each in enumerate(changes, done + 1))
            told(f"segment {sequence} of {self._plan.newest}: {segment.header['last_wall']:%FT%TZ}")

    def _load_part(self, part: Opened) -> None:
        collection, documents = self._database[part.header["collection"]], part.documents()
        while batch := list(islice(documents, MAX_BATCH)):
            self._outcome.documents += len(batch)
            try:
                collection.insert_many(batch, ordered=False, bypass_document_validation=True)
            except BulkWriteError as error:
                failed = error.details["writeErrors"]
                if error.details.get("writeConcernErrors") or any(each["code"] != _DUPLICATE for each in failed):
                    raise
                again = [ReplaceOne({"_id": batch[each["index"]]["_id"]}, batch[each["index"]]) for each in failed]
                collection.bulk_write(again, ordered=False, bypass_document_validation=True)

    def _apply(self, batch: list[Mapping[str, Any]], sequence: int, done: int) -> None:
        """Apply changes of which the last is number `done` of a segment."""
        try:
            self._write(batch, sequence, done, replaces=False)
        except BulkWriteError as error:
            if not any(each["code"] == _DUPLICATE for each in error.details["writeErrors"]):
                raise
            self._write(batch, sequence, done, replaces=True)  # a function wrote the document after the loss
        self._outcome.changes += len(batch)

    def _write(self, batch: list[Mapping[str, Any]], sequence: int, done: int, *, replaces: bool) -> None:
        """Apply changes in one transaction with their progress: of one collection in order."""
        by_collection: dict[str, list[Write]] = defaultdict(list)
        for change in batch:
            by_collection[change["c"]] += writes(change, replaces=replaces)

        def attempt(session: ClientSession) -> None:
            for name, each in by_collection.items():
                self._database[name].bulk_write(each, bypass_document_validation=True, session=session)
            self._note({"segment": sequence, "changes": done}, session)

        with self._database.client.start_session() as session:
            session.with_transaction(attempt, write_concern=WriteConcern(1))

    def _note(self, progress: Document, session: ClientSession | None = None) -> None:
        self._database[marker.COLLECTION].update_one({"_id": ID}, {"$set": progress}, session=session)


class _Left(NamedTuple):
    """A change that is to be applied, and the progress after it."""

    sequence: int
    done: int
    change: Mapping[str, Any]


def _changes(segment: Opened, at: datetime | None, times: Times) -> Iterator[Mapping[str, Any]]:
    """Yield the changes of a segment up to an instant that the snapshot does not have."""
    for change in segment.documents():
        if at and aware(change["w"]) > at:
            return
        if not times.include(change):
            yield change


def _count(outcome: Outcome, segment: Opened) -> None:
    outcome.segments += 1
    outcome.size_bytes += segment.size_bytes
    if segment.header["documents"]:
        outcome.as_of = max(filter(None, (outcome.as_of, segment.header["last_wall"])))
