"""Recorder: reads the change stream of the catalog and writes segments and snapshots into the bucket.

A run takes up where the newest segment ends, whoever wrote it. It may be killed at any point, and run beside another.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bson.timestamp import Timestamp
from pymongo.change_stream import ChangeStream
from pymongo.database import Database
from pymongo.errors import OperationFailure

from foveal.database.client import Document, require_schema, unhurried
from foveal.database.schema import JOURNALLED
from foveal.journal import marker, segments, snapshots
from foveal.journal.bucket import Bucket, Overtaken
from foveal.journal.changes import ENDS
from foveal.journal.errors import CatalogLost
from foveal.journal.marker import Finished, Marker
from foveal.journal.objects import RAW
from foveal.journal.segments import Head, Segment
from foveal.journal.times import operation_time

FLUSH_SECONDS: Final = 10
"""Age at which changes are written."""
MAX_SEGMENT_BYTES: Final = 16 * 1024 * 1024
"""Raw bytes of a segment; a transaction goes on past them."""
IDLE_SECONDS: Final = 600
"""Without changes, an empty segment keeps the resume token young after so long."""
MAX_REMOVED: Final = 200
_WAIT_MS: Final = 250
_SNAPSHOT_SECONDS: Final = 2
"""Time for parts of a snapshot before the stream is looked at again."""
_HISTORY_LOST: Final = frozenset({136, 260, 280, 286, 10334})
"""CappedPositionLost, InvalidResumeToken, ChangeStreamFatalError, ChangeStreamHistoryLost, BSONObjectTooLarge."""
_WATCHED: Final[list[dict[str, Any]]] = [
    {"$match": {"$or": [{"ns.coll": {"$in": list(JOURNALLED)}}, {"operationType": "dropDatabase"}]}},
    {"$project": {"lsid": 0, "txnNumber": 0}},
]
LOST: Final = (
    "The database is not the one that the journal is of ({reason}): nothing is recorded. A database that was lost is "
    "brought back by `foveal rebuild`; one that is right as it is (restored from a backup) is taken as it is by "
    "`foveal journal restart`."
)


@dataclass(slots=True)
class Report:
    """Counts of a run; `lag_seconds` is the greatest age of a change when it was in the bucket."""

    segments: int = 0
    changes: int = 0
    lag_seconds: float = 0.0
    gaps: int = 0
    snapshot_parts: int = 0
    snapshots: int = 0
    removed: int = 0

    def counts(self) -> dict[str, float]:
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(slots=True)
class Recorder:
    """Writes the journal of a database. Intervals are settings of the stage; tests pass others."""

    database: Database[Document]
    bucket: Bucket
    snapshot_every: timedelta
    retention: timedelta
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    flush_seconds: float = FLUSH_SECONDS
    max_segment_bytes: int = MAX_SEGMENT_BYTES

    def run(self, seconds: float) -> Report:
        """Record for some seconds; return counts.

        Raises CatalogLost, ServiceUnavailable for a database that has no schema yet, Damaged, PyMongoError, AwsError.

        It ends early when another run records at the same time.
        """
        report, until = Report(), time.monotonic() + seconds
        with unhurried(), suppress(Overtaken):  # another run has written what this one was about to write
            self._record(until, report)
        return report

    def _record(self, until: float, report: Report) -> None:
        found = marker.load(self.database)
        head = self._marked_head(found) if found else self._first_head(until, report)
        while True:
            try:
                return self._follow(head, until, report, is_marked=True)
            except OperationFailure as error:
                if error.code not in _HISTORY_LOST:
                    raise
                report.gaps += 1
                newest = segments.require_head(self.bucket, head.sequence)
                head = self._begin(newest, f"the server no longer has the changes after {newest.last_wall:%FT%TZ}")

    def _marked_head(self, found: Marker) -> Head:
        head = segments.require_head(self.bucket, found.sequence)
        if found.restart:
            head = self._begin(head, **found.restart)
            marker.note_sequence(self.database, head.sequence, is_restart=True)
        elif head.ended or head.database != self.database.name:
            raise CatalogLost(LOST.format(reason=head.ended or f"the journal is of {head.database}"))
        return head

    def _first_head(self, until: float, report: Report) -> Head:
        """Begin the journal; where the bucket has one, save what the server still has, and raise CatalogLost."""
        newest = segments.newest_sequence(self.bucket)
        if newest is None:
            require_schema(self.database)
            head = self._begin(None, "the journal begins")
            marker.declare(self.database, head.sequence)
            return head
        head = segments.require_head(self.bucket, newest)
        if head.ended is None and head.database == self.database.name:
            try:
                self._follow(head, until, report, is_marked=False)
            except OperationFailure as error:
                if error.code not in _HISTORY_LOST:
                    raise
        raise CatalogLost(LOST.format(reason=head.ended or "it has no marker"))

    def _begin(
        self, before: Head | None, reason: str, start_at: Timestamp | None = None, *, continues: bool = False
    ) -> Head:
        start_at = start_at or operation_time(self.database)
        name = self.database.name
        return segments.write_break(self.bucket, name, before, reason, start_at, self.now(), continues=continues)

    def _follow(self, head: Head, until: float, report: Report, *, is_marked: bool) -> None:
        """Write what the stream has after a head, until the time is up; without a marker, up to the end of the stream.

        Raises CatalogLost at the end of the database.
        """
        with self._stream(head) as stream:
            segment = Segment(head)
            while True:
                event = stream.try_next()
                if event is not None and event["operationType"] in ENDS:
                    reason = f"{event['operationType']} in the database"
                    self._write(segment, report, ended=reason)
                    raise CatalogLost(LOST.format(reason=reason))
                is_over = event is None if not is_marked else time.monotonic() >= until
                is_whole = event is None or event["clusterTime"] != segment.last_time  # no transaction is cut
                if is_whole and segment.entries and (is_over or self._is_due(segment, is_idle=event is None)):
                    segment = self._following(segment, stream, report, is_idle=event is None)
                    if event is not None and not is_over:
                        self._keep_snapshots(segment.head, report)
                if event is not None and not (is_over and is_whole):
                    segment.add(event, self.now())
                    continue
                if event is None and is_marked and not self._keep_snapshots(segment.head, report):
                    segment = self._kept_young(segment, stream, report)
                if is_over:
                    return

    def _stream(self, head: Head) -> ChangeStream[Any]:
        """Return the changes after a head, updates as differences."""
        begin: dict[str, Any] = {"resume_after": head.token} if head.token else {}
        begin = begin or {"start_at_operation_time": head.start_at}
        raw = self.database.with_options(codec_options=RAW)
        return raw.watch(_WATCHED, max_await_time_ms=_WAIT_MS, batch_size=1_000, **begin)

    def _is_due(self, segment: Segment, *, is_idle: bool) -> bool:
        """Tell whether changes are to be written now: when they are old, but of a backlog no single ones.

        While the stream has more, the age counts from when they were read: they may have waited for long before that.
        """
        since = segment.first_wall if is_idle else segment.read_since
        is_old = since is not None and self.now() - since >= timedelta(seconds=self.flush_seconds)
        return is_old or segment.raw_bytes >= self.max_segment_bytes

    def _kept_young(self, segment: Segment, stream: ChangeStream[Any], report: Report) -> Segment:
        """Write an empty segment for its resume token when nothing has changed for long."""
        if segment.entries or self.now() - segment.head.written_at < timedelta(seconds=IDLE_SECONDS):
            return segment
        return self._following(segment, stream, report, is_idle=True)

    def _following(self, segment: Segment, stream: ChangeStream[Any], report: Report, *, is_idle: bool) -> Segment:
        """Write a segment and return the next one; of an idle stream the token is newer than its last change."""
        if is_idle:
            segment.token = stream.resume_token
        head = self._write(segment, report)
        marker.note_sequence(self.database, head.sequence)
        return Segment(head)

    def _write(self, segment: Segment, report: Report, ended: str | None = None) -> Head:
        head = segment.write(self.bucket, self.now(), ended)
        report.segments += 1
        report.changes += segment.entries
        if segment.first_wall:
            report.lag_seconds = max(report.lag_seconds, (self.now() - segment.first_wall).total_seconds())
        return head

    def _keep_snapshots(self, head: Head, report: Report) -> bool:
        """Go on with a snapshot, or with the removal of what is too old; return whether there was something to do."""
        found = marker.load(self.database)
        if found is None:
            return False  # the end of the database is in the stream
        progress = found.snapshot
        if progress is None:
            if not self._wants_snapshot(found, head):
                return self._remove_old(found, report)
            progress = snapshots.begin(self.database, head.sequence + 1)
        if progress is None:
            return False
        if progress["start"] <= head.broken:
            snapshots.abandon(self.database, self.bucket, progress)
            return True
        until = time.monotonic() + _SNAPSHOT_SECONDS
        while time.monotonic() < until:
            outcome = snapshots.write_part(self.database, self.bucket, progress)
            if isinstance(outcome, Finished):
                report.snapshots += 1
                self._remove_old(found, report)
                return True
            report.snapshot_parts += 1
            progress = outcome
        return True

    def _remove_old(self, found: Marker, report: Report) -> bool:
        removed = snapshots.remove_old(self.database, self.bucket, found, self.now() - self.retention, MAX_REMOVED)
        report.removed += removed
        return removed > 0

    def _wants_snapshot(self, found: Marker, head: Head) -> bool:
        usable = [each for each in found.snapshots if each.start > head.broken]
        return all(each.ended_at <= self.now() - self.snapshot_every for each in usable)


def save_rest(database: Database[Document], bucket: Bucket) -> None:
    """Record what the server still has of a database that was dropped, before it is rebuilt."""
    recorder = Recorder(database, bucket, timedelta.max, timedelta.max)
    if marker.load(database) is None and segments.newest_sequence(bucket) is not None:
        with suppress(CatalogLost):
            recorder.run(0)


def restart(database: Database[Document], bucket: Bucket, reason: str) -> None:
    """Have the next run take the database as it is, and begin the journal anew with a snapshot of it.

    Raises Damaged and AwsError.
    """
    newest = segments.newest_sequence(bucket)
    if newest is None:
        return  # the first run begins it
    found = marker.load(database)
    known = found.snapshots if found else ()
    marker.declare(database, newest, restart={"reason": reason}, snapshots=known, removed=found.removed if found else 0)
