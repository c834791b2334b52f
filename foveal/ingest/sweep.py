"""Scheduled sweep: publishes events left in the outbox, settles stale uploads, starts due jobs, deletes what arrived at
deleted assets, counts in the labels of many new assets, reconciles bucket and catalog.

Each part runs even if another one fails; the first failure is raised at the end, so that it is reported.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from pymongo.database import Database

from foveal.aws.s3 import S3
from foveal.database.client import Document
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.encoding.instants import timestamp
from foveal.events.outbox import OUTBOX_COLLECTIONS, Publisher
from foveal.ingest.reconcile import Markers, compare

SendMessages = Callable[[Sequence[str]], None]
SettleUploads = Callable[[datetime], tuple[int, int]]
"""Settles some stale uploads; returns how many had arrived and how many expired, (0, 0) when none is left."""
LookAtDeletions = Callable[[datetime], int]
"""Deletes what arrived at some deleted assets; returns how many it looked at, 0 when none is due."""
StartJobs = Callable[[], int]
"""Starts a worker for each of some jobs that are due, and returns how many."""
AskForScans = Callable[[datetime], int]
"""Asks for malware scans whose results have not come, and returns for how many."""
CatchUp = Callable[[], int]
"""Counts some new assets into the label counters; returns how many, 0 when no project is behind."""
SETTLING: Final = timedelta(minutes=1)
"""Minimum age of an unpublished event: a younger one may be in the course of being published by its writer."""
MAX_COUNTING_SECONDS: Final = 60.0
"""Time for label counters in a run: some 100,000 assets, so that a large import is caught up with in minutes."""
DOCUMENTS_PER_CALL: Final = 200
_CURSOR: Final = {"_id": "reconcile"}


class EmptyCatalog(Exception):
    """The catalog holds no asset although the bucket holds objects: the database was lost, or is another one."""


def no_scans(_now: datetime) -> int:
    """Ask for no scan, on a stage that scans nothing."""
    return 0


class Sweep:
    """One scheduled run. Tests pass their own `now` and `clock` (monotonic seconds)."""

    def __init__(
        self,
        database: Database[Document],
        s3: S3,
        publisher: Publisher,
        send_messages: SendMessages,
        settle_uploads: SettleUploads,
        look_at_deletions: LookAtDeletions,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
        start_jobs: StartJobs = lambda: 0,
        ask_for_scans: AskForScans = no_scans,
        catch_up: CatchUp = lambda: 0,
    ) -> None:
        self._database, self._s3, self._publisher, self._send = database, s3, publisher, send_messages
        self._settle_stale_uploads, self._look_at_deletions = settle_uploads, look_at_deletions
        self._start_jobs, self._now, self._clock = start_jobs, now, clock
        self._ask_for_scans, self._catch_up = ask_for_scans, catch_up

    def run(self, seconds: float) -> dict[str, int]:
        """Return counts of the work done. Stops after `seconds`; the next run continues where this one ended."""
        end = self._clock() + seconds
        counts: dict[str, int] = {}
        failures: list[Exception] = []
        for part in (
            self._publish,
            self._settle_uploads,
            self._start,
            self._delete,
            self._scan,
            self._count,
            self._reconcile,
        ):
            try:
                counts |= part(end)
            except Exception as error:
                failures.append(error)
        if failures:
            raise failures[0]
        return counts

    def _publish(self, end: float) -> dict[str, int]:
        settled = {"pending_events.detail.occurred_at": {"$lt": timestamp(self._now() - SETTLING)}}
        published = 0
        for name in OUTBOX_COLLECTIONS:
            publish = partial(self._publisher.publish, self._database[name], settled, DOCUMENTS_PER_CALL)
            published += self._repeat(publish, end)
        return {"events_published": published}

    def _settle_uploads(self, end: float) -> dict[str, int]:
        arrived = expired = 0
        while self._clock() < end:
            counts = self._settle_stale_uploads(self._now())
            arrived, expired = arrived + counts[0], expired + counts[1]
            if counts == (0, 0):
                break
        return {"uploads_arrived": arrived, "uploads_expired": expired}

    def _start(self, _end: float) -> dict[str, int]:
        return {"jobs_started": self._start_jobs()}

    def _delete(self, end: float) -> dict[str, int]:
        return {"deletions_looked_at": self._repeat(lambda: self._look_at_deletions(self._now()), end)}

    def _scan(self, _end: float) -> dict[str, int]:
        return {"scans_asked_for": self._ask_for_scans(self._now())}

    def _count(self, end: float) -> dict[str, int]:
        return {"assets_counted": self._repeat(self._catch_up, min(end, self._clock() + MAX_COUNTING_SECONDS))}

    def _repeat(self, step: Callable[[], int], end: float) -> int:
        """Repeat a step until it has done nothing or time is over, and return the sum of what it has done."""
        done = 0
        while self._clock() < end:
            count = step()
            done += count
            if count == 0:
                break
        return done

    def _reconcile(self, end: float) -> dict[str, int]:
        """Compare from the end of the last run onwards, at most to the end of the bucket.

        Raises EmptyCatalog instead of rebuilding a lost catalog: a backup may have to be restored first.
        """
        keys = sent = 0
        now = self._now()
        for page in compare(self._s3, self._database.assets, now, markers=self._load_cursor()):
            if page.differences and not sent and self._database.assets.find_one({}, {"_id": 1}) is None:
                raise EmptyCatalog("the catalog is empty and the bucket is not: see docs/operations.md, Lost database")
            self._send([difference.message(self._s3.bucket, now) for difference in page.differences])
            self._save_cursor(page.markers)
            keys, sent = keys + page.keys, sent + len(page.differences)
            if self._clock() >= end:
                break
        return {"keys_compared": keys, "keys_to_look_at": sent}

    def _load_cursor(self) -> Markers | None:
        cursor = (self._database.sweeps.find_one(_CURSOR) or {}).get("cursor")
        return (cursor["key"], cursor["version_id"]) if cursor else None

    def _save_cursor(self, markers: Markers | None) -> None:
        cursor = {"key": markers[0], "version_id": markers[1]} if markers else None
        change = {"$set": {"cursor": cursor, "schema_version": SCHEMA_VERSION}}
        self._database.sweeps.update_one(_CURSOR, change, upsert=True)
