"""Ingest pipeline: observes the objects of a batch of queue messages, commits them in one bulk write, publishes events.

A single message never raises: the ids of failed messages are returned and the queue delivers them again. A message that
fails on its last delivery goes to the dead-letter queue, and the reason is recorded on its asset.
"""

import concurrent.futures
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Final

from aws_lambda_powertools import Logger
from bson.errors import BSONError
from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from foveal.aws.s3 import Opened
from foveal.database.client import Document
from foveal.database.error_codes import DUPLICATE_KEY
from foveal.delivery.edge_copies import MARKED_FIELDS, Invalidate, drop_blocked
from foveal.encoding.ids import adopted_id
from foveal.events.outbox import Publisher
from foveal.ingest.batch import Message, Work, read
from foveal.ingest.commit import STATE_FIELDS, Asset, Change, archival, confirmation
from foveal.ingest.observation import Absent, Bucket, Observation, observe, observe_first_block
from foveal.ingest.s3_events import Kind
from foveal.objects.keys import MediaKey
from foveal.scanning.holding import Hold
from foveal.scanning.tags import settle_tag
from foveal.stack_contract import CLEAN, MAX_RECEIVE_COUNT, QUARANTINED

THREADS: Final = 16
STAGE_SIZE: Final = 16
"""Objects that go through one stage before the next begins: the code of a stage then stays in the CPU's caches."""
_UNENCODABLE: Final = (BSONError, OverflowError, UnicodeError)
"""Errors that the driver raises, before it sends anything, for a value that BSON cannot hold."""


class Pipeline:
    """Ingest from one bucket into one catalog. Its threads live as long as the execution environment.

    `invalidate` is None on a stage without a CDN.
    """

    def __init__(
        self,
        assets: Collection[Document],
        bucket: Bucket,
        publisher: Publisher,
        logger: Logger,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        holds: bool = False,
        invalidate: Invalidate | None = None,
    ) -> None:
        self._assets, self._bucket, self._publisher, self._logger, self._now = assets, bucket, publisher, logger, now
        self._holds, self._invalidate = holds, invalidate
        self._threads = concurrent.futures.ThreadPoolExecutor(THREADS, thread_name_prefix="observe")

    def ingest(self, messages: Sequence[Message], seconds: float) -> list[str]:
        """Return the ids of the messages to deliver again. `seconds` limits the time for reading objects."""
        failed, works = read(messages, self._bucket.name)
        for message_id, reason in failed.items():
            self._logger.error("unreadable message", extra={"message_id": message_id, "reason": reason})
        try:
            self._identify(works)
            self._observe(works, seconds)
            self._commit(works)
            self._settle_tags(works)
            self._drop_copies(works)
        except Exception as error:
            self._logger.exception("batch failed", extra={"error_type": type(error).__name__})
            return [message.id for message in messages]
        self._publish(works)
        failed_ids = set(failed)
        for work in works:
            if work.error is not None:
                failed_ids |= work.message_ids
                self._report(work, work.error)
        return [message.id for message in messages if message.id in failed_ids]

    def _identify(self, works: Iterable[Work]) -> None:
        """Set the asset of each work, with the state of its document."""
        works = sorted(works, key=lambda work: work.event.key)
        states = self._states(work.media_key.asset_id for work in works)
        keys = {asset_id: (state.get("s3") or {}).get("key") for asset_id, state in states.items()}
        unclaimed = []
        for work in works:
            key = keys[work.media_key.asset_id] = keys.get(work.media_key.asset_id) or work.event.key
            if key != work.event.key:
                # A second object under an asset's prefix that no upload created is an asset of its own.
                work.media_key = MediaKey(work.media_key.project, adopted_id(work.event.bucket, work.event.key), True)
                unclaimed.append(work.media_key.asset_id)
        states |= self._states(unclaimed)
        for work in works:
            project, asset_id, is_adopted = work.media_key
            state = states.get(asset_id)
            work.asset = Asset(asset_id, project, work.event.bucket, work.event.key, is_adopted, state)

    def _states(self, asset_ids: Iterable[str]) -> dict[str, Document]:
        ids = list(asset_ids)
        if not ids:
            return {}
        return {state["_id"]: state for state in self._assets.find({"_id": {"$in": ids}}, STATE_FIELDS)}

    def _observe(self, works: Iterable[Work], seconds: float) -> None:
        """Observe each object whose event is new; an object that is not read in time fails alone.

        Pipelined requests settle nearly all of them. Objects that need further requests, or got no response, are read
        concurrently by threads.
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
        for start in range(0, len(news), STAGE_SIZE):
            group = news[start : start + STAGE_SIZE]
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
        """Set the update of each work that needs no further request; yield the remaining task of each other one."""
        observations = [_try_first_block(work.event.key, each) for work, each in zip(works, opened, strict=True)]
        for work, each, observation in zip(works, opened, observations, strict=True):
            try:
                if observation is None or self._may_be_tagged(work):
                    yield work, partial(self._observe_fully, work, each if isinstance(each, Opened) else None)
                    continue
                change = self._change(work, observation)
                if change is not None and (_is_quarantined(change) or _is_released(change)):
                    yield work, partial(self._update, work, change)
                else:
                    work.update = self._update(work, change)
            except Exception as error:
                work.error = error

    def _observe_fully(self, work: Work, opened: Opened | None) -> UpdateOne | None:
        return self._update(work, self._change(work, observe(self._bucket, work.event.key, opened)))

    def _may_be_tagged(self, work: Work) -> bool:
        """Tell whether the tag of the version may know a scan result that the catalog has lost."""
        return self._holds and work.event.kind is Kind.RECHECK and work.known.version_id is None

    def _change(self, work: Work, observation: Observation) -> Change | None:
        if not self._holds or isinstance(observation, Absent):
            return work.change(observation)
        is_clean = (
            self._may_be_tagged(work) and self._bucket.status_tag(work.event.key, observation.head.version_id) == CLEAN
        )
        return work.change(observation, Hold("clean" if is_clean else None))

    def _update(self, work: Work, change: Change | None) -> UpdateOne | None:
        if change is None:
            return None
        set_quarantine(self._bucket, change)
        if change.hold and (_is_quarantined(change) or change.is_of_held_version):
            work.retagged_version = change.s3.get("version_id")
        return change.update(self._now(), marks_copies=self._invalidate is not None)

    def _commit(self, works: Iterable[Work]) -> None:
        pending = [(work, work.update) for work in works if work.update is not None]
        for is_last in (False, True):
            if not pending:
                return
            errors = self._write([update for _, update in pending])
            # Two first inserts at once: the server retries such an upsert by itself, in almost every case.
            retried = (
                []
                if is_last
                else [pending[index] for index, error in errors.items() if error == _error_name(DUPLICATE_KEY)]
            )
            for index, error in errors.items():
                if pending[index] not in retried:
                    pending[index][0].error = RuntimeError(f"the catalog refused the document ({error})")
            pending = retried

    def _settle_tags(self, works: Iterable[Work]) -> None:
        """Bring tags in line with what was committed, where a scan may have come to another result meanwhile."""
        for work in works:
            if work.retagged_version is None or work.error is not None:
                continue
            try:
                settle_tag(self._assets, self._bucket, work.known.asset_id, work.retagged_version)
            except Exception as error:
                work.error = error

    def _drop_copies(self, works: Iterable[Work]) -> None:
        """Have edge locations drop originals that were blocked after their delivery, by this recheck or one before."""
        rechecked = {
            work.known.asset_id: work for work in works if work.event.kind is Kind.RECHECK and work.error is None
        }
        if self._invalidate is None or not rechecked:
            return
        marked = {"_id": {"$in": list(rechecked)}, "cached_version": {"$exists": True}}
        for asset in self._assets.find(marked, MARKED_FIELDS):
            try:
                drop_blocked(self._assets, asset, self._invalidate)
            except Exception as error:
                rechecked[asset["_id"]].error = error

    def _write(self, updates: Sequence[UpdateOne]) -> dict[int, str]:
        """Write; return the errors of refused updates by position. Raises PyMongoError when the outcome is unknown."""
        try:
            self._assets.bulk_write(updates, ordered=False)
        except BulkWriteError as error:
            refused = error.details.get("writeErrors", [])
            if not refused or error.details.get("writeConcernErrors"):
                raise  # outcome unknown: all messages are delivered again; updates that were written are then no-ops
            return {each["index"]: _error_name(each["code"]) for each in refused}
        except _UNENCODABLE as error:
            if len(updates) == 1:
                return {0: type(error).__name__}
            alone = (self._write([update]) for update in updates)
            return {index: refused[0] for index, refused in enumerate(alone) if refused}
        return {}

    def _publish(self, works: Iterable[Work]) -> None:
        """Publish the pending events of these assets, including those that an earlier delivery left unpublished."""
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


def set_quarantine(bucket: Bucket, change: Change) -> None:
    """Tag a quarantined version before the catalog shows it; remove the tag from a version that is released."""
    if _is_quarantined(change):
        bucket.set_status_tag(change.asset.key, change.s3.get("version_id"), QUARANTINED)
    elif _is_released(change):
        bucket.set_status_tag(change.asset.key, change.s3.get("version_id"), None)


def _is_quarantined(change: Change) -> bool:
    return change.status == "quarantined"


def _is_released(change: Change) -> bool:
    is_free = change.hold is None and change.status in ("ready", "failed")
    return is_free and change.asset.status == "quarantined" and change.is_of_held_version


def _error_name(code: int) -> str:
    return f"MongoDB error {code}"


def _try_first_block(key: str, opened: Opened | Absent | None) -> Observation | None:
    """Return the observation if the first response suffices, else None: a worker thread reads further."""
    try:
        return observe_first_block(key, opened) if isinstance(opened, Opened) else opened
    except Exception:
        return None
