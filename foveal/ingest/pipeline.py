"""A batch of queue messages becomes one bulk write: look at each object, commit what it is, publish what that means.

Nothing is raised for a single message: those that could not be handled are named, the queue delivers them again, and
what still fails the last time ends in the dead-letter queue, with the reason on its asset.
"""

import concurrent.futures
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any, Final

from aws_lambda_powertools import Logger
from bson.errors import BSONError
from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from foveal.aws.s3 import Opened
from foveal.events import Publisher
from foveal.ids import adopted_id
from foveal.ingest.batch import Message, Work, read
from foveal.ingest.commit import STATE_FIELDS, Asset, Change, archival, confirmation
from foveal.ingest.observation import Absent, Bucket, Observation, glance, observe
from foveal.ingest.records import Kind
from foveal.keys import MediaKey

Document = dict[str, Any]
MAX_RECEIVE_COUNT: Final = 5
"""How often the queue delivers a message before it goes to the dead-letter queue; the stack sets the same number."""
THREADS: Final = 16
STEP: Final = 16
"""How many objects are taken through one stage before the next: the code of a stage then stays in the CPU's caches."""
_DUPLICATE_KEY: Final = "MongoDB error 11000"
_UNENCODABLE: Final = (BSONError, OverflowError, UnicodeError)
"""What the driver raises, before anything is sent, for a value that BSON cannot hold."""


class Pipeline:
    """Ingest into one catalog from one bucket. Its threads live as long as the execution environment."""

    def __init__(
        self,
        assets: Collection[Document],
        bucket: Bucket,
        publisher: Publisher,
        logger: Logger,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._assets, self._bucket, self._publisher, self._logger, self._now = assets, bucket, publisher, logger, now
        self._threads = concurrent.futures.ThreadPoolExecutor(THREADS, thread_name_prefix="observe")

    def ingest(self, messages: Sequence[Message], seconds: float) -> list[str]:
        """Return the ids of the messages to be delivered again. `seconds` bounds the reading of objects."""
        failed, works = read(messages, self._bucket.name)
        for message_id, reason in failed.items():
            self._logger.error("unreadable message", extra={"message_id": message_id, "reason": reason})
        try:
            self._identify(works)
            self._observe(works, seconds)
            self._commit(works)
        except Exception as error:
            self._logger.exception("batch failed", extra={"error_type": type(error).__name__})
            return [message.id for message in messages]
        self._publish(works)
        again = set(failed)
        for work in works:
            if work.error is not None:
                again |= work.message_ids
                self._report(work, work.error)
        return [message.id for message in messages if message.id in again]

    def _identify(self, works: Iterable[Work]) -> None:
        """Find the asset of each key, and what the catalog holds of it."""
        works = sorted(works, key=lambda work: work.event.key)
        states = self._states(work.media_key.asset_id for work in works)
        keys = {asset_id: (state.get("s3") or {}).get("key") for asset_id, state in states.items()}
        strays = []
        for work in works:
            key = keys[work.media_key.asset_id] = keys.get(work.media_key.asset_id) or work.event.key
            if key != work.event.key:
                # A second object in an asset's folder, put there by other means, is an asset of its own.
                work.media_key = MediaKey(work.media_key.project, adopted_id(work.event.bucket, work.event.key), True)
                strays.append(work.media_key.asset_id)
        states |= self._states(strays)
        for work in works:
            project, asset_id, is_adopted = work.media_key
            state = states.get(asset_id)
            work.asset = Asset(asset_id, project, work.event.bucket, work.event.key, is_adopted, state)

    def _states(self, asset_ids: Iterable[str]) -> dict[str, Document]:
        wanted = list(asset_ids)
        if not wanted:
            return {}
        return {state["_id"]: state for state in self._assets.find({"_id": {"$in": wanted}}, STATE_FIELDS)}

    def _observe(self, works: Iterable[Work], seconds: float) -> None:
        """Look at each object whose event is news; what is not there in time fails on its own.

        Nearly all of them are settled by the answers to requests that go out together. What takes further requests, or
        had no answer, goes on side by side in threads.
        """
        end = time.monotonic() + seconds
        news = []
        for work in works:
            if work.is_late:
                continue
            if work.event.kind is Kind.ARCHIVED:
                work.update = archival(work.known, work.event.version_id, work.event.moved_to)
            elif work.is_of_held_version and work.event.sequencer is not None:
                work.update = confirmation(work.known, work.event.sequencer)
            else:
                news.append(work)
        sizes = {work.event.key: work.event.size_bytes for work in news}
        ahead = self._bucket.open_ahead(sizes, seconds)
        futures = {}
        for start in range(0, len(news), STEP):
            group = news[start : start + STEP]
            for work, rest in self._settle(group, list(islice(ahead, len(group)))):
                futures[self._threads.submit(rest)] = work
        done, late = concurrent.futures.wait(futures, timeout=max(0.0, end - time.monotonic()))
        for future in done:
            work = futures[future]
            try:
                work.update = future.result()
            except Exception as error:
                work.error = error
        for future in late:
            future.cancel()
            futures[future].error = TimeoutError("the object could not be read in time")

    def _settle(
        self, works: Sequence[Work], opened: Sequence[Opened | Absent | None]
    ) -> Iterator[tuple[Work, Callable[[], UpdateOne | None]]]:
        """Settle what is known already; yield what is left to do for the others, and takes requests to S3."""
        sights = [_first_sight(work.event.key, each) for work, each in zip(works, opened, strict=True)]
        for work, each, seen in zip(works, opened, sights, strict=True):
            try:
                found = work.change(seen) if seen is not None else None
                if seen is None:
                    yield work, partial(self._look, work, each if isinstance(each, Opened) else None)
                elif found is not None and (_is_quarantined(found) or _is_released(found)):
                    yield work, partial(self._update, found)
                else:
                    work.update = self._update(found)
            except Exception as error:
                work.error = error

    def _look(self, work: Work, opened: Opened | None) -> UpdateOne | None:
        return self._update(work.change(observe(self._bucket, work.event.key, opened)))

    def _update(self, found: Change | None) -> UpdateOne | None:
        if found is None:
            return None
        set_quarantine(self._bucket, found)
        return found.update(self._now())

    def _commit(self, works: Iterable[Work]) -> None:
        pending = [(work, work.update) for work in works if work.update is not None]
        for is_last in (False, True):
            if not pending:
                return
            errors = self._write([update for _, update in pending])
            # Two first inserts at once: the server retries such an upsert by itself, in almost every case.
            again = [] if is_last else [pending[index] for index, error in errors.items() if error == _DUPLICATE_KEY]
            for index, error in errors.items():
                if pending[index] not in again:
                    pending[index][0].error = RuntimeError(f"the catalog refused the document ({error})")
            pending = again

    def _write(self, updates: Sequence[UpdateOne]) -> dict[int, str]:
        """Write, and return what was refused, by position. Raises PyMongoError when the outcome is not known."""
        try:
            self._assets.bulk_write(updates, ordered=False)
        except BulkWriteError as error:
            refused = error.details.get("writeErrors", [])
            if not refused or error.details.get("writeConcernErrors"):
                raise  # a write of unknown outcome: everything is delivered again, and what was written is then a no-op
            return {each["index"]: f"MongoDB error {each['code']}" for each in refused}
        except _UNENCODABLE as error:
            if len(updates) == 1:
                return {0: type(error).__name__}
            alone = (self._write([update]) for update in updates)
            return {index: refused[0] for index, refused in enumerate(alone) if refused}
        return {}

    def _publish(self, works: Iterable[Work]) -> None:
        """Publish what these assets have to tell, also what an earlier delivery had committed and not published."""
        asset_ids = [
            asset.asset_id
            for asset, update in ((work.known, work.update) for work in works)
            if update is not None or (asset.state or {}).get("pending_events")
        ]
        if not asset_ids:
            return
        try:
            self._publisher.publish(self._assets, {"_id": {"$in": asset_ids}})
        except Exception as error:
            # The events are committed; `sweep` publishes them. Ingesting again would not help.
            self._logger.error("events not published yet", extra={"error_type": type(error).__name__})

    def _report(self, work: Work, error: Exception) -> None:
        asset = work.known
        about = {"asset_id": asset.asset_id, "attempt": work.attempt, "error_type": type(error).__name__}
        self._logger.error("object not ingested", extra=about, exc_info=error)
        if work.attempt < MAX_RECEIVE_COUNT:
            return
        note = {"error_type": type(error).__name__, "attempts": work.attempt, "at": self._now()}
        try:
            self._assets.update_one({"_id": asset.asset_id}, {"$set": {"ingest_error": note}})
        except Exception as second:
            self._logger.error("reason not recorded", extra={**about, "error_type": type(second).__name__})


def set_quarantine(bucket: Bucket, found: Change) -> None:
    """Tag what must not be delivered before the catalog tells of it; take the tag off what turned out to be sound."""
    if _is_quarantined(found):
        bucket.set_status_tag(found.asset.key, found.s3.get("version_id"), "quarantined")
    elif _is_released(found):
        bucket.set_status_tag(found.asset.key, found.s3.get("version_id"), None)


def _is_quarantined(found: Change) -> bool:
    return found.status == "quarantined"


def _is_released(found: Change) -> bool:
    asset, version_id = found.asset, found.s3.get("version_id")
    return found.status in ("ready", "failed") and asset.status == "quarantined" and asset.version_id == version_id


def _first_sight(key: str, opened: Opened | Absent | None) -> Observation | None:
    """Return what the first answers tell; None where they do not, or fail: then a thread tells, or fails alone."""
    try:
        return glance(key, opened) if isinstance(opened, Opened) else opened
    except Exception:
        return None
