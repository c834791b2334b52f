"""Execution of a job by a worker: claim, ranges, end.

A kind of job is a function that takes a `Run` and returns its result (JSON values). It calls `run.finish(first, end)`
after each range of its units that it has written for good: there the progress is stored, the lease renewed, and the
function left (by an exception that it must let pass) when the job has to stop or the time is up.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from aws_lambda_powertools import Logger
from pymongo.database import Database
from pymongo.errors import PyMongoError

from foveal.database.client import Document
from foveal.database.stored_documents import EventDocument, JobDocument
from foveal.errors import InternalError, Problem, ServiceUnavailable
from foveal.jobs import ranges, store
from foveal.jobs.garbage import collecting_rarely

MAX_ATTEMPTS: Final = 5
"""Claims in a row without a finished range before a job fails."""


class Stopped(Exception):
    """Somebody asked the job to stop."""


class TimeIsUp(Exception):
    """The worker's time is used up; the job goes on in the next one."""


class LeaseLost(Exception):
    """Another worker has claimed the job."""


class Run:
    """One worker's run of one job."""

    def __init__(self, database: Database[Document], job: JobDocument, seconds_left: Callable[[], float]) -> None:
        self._database, self._seconds_left = database, seconds_left
        self._has_finished = False
        self.job = job
        self.events: list[EventDocument] = []
        """Events that are committed with the end of the job."""

    def left(self, total: int, size: int) -> list[ranges.Range]:
        """Store the number of units, and return the ranges that are still to do, of at most `size` units each."""
        self._write({"total": total})
        return list(ranges.unfinished(self.job["finished"], total, size))

    def expect(self, total: int | None) -> None:
        """Store the number of units, where it is known before they are done."""
        self._write({"total": total})

    def is_finished(self, first: int, end: int) -> bool:
        """Tell whether a range was finished by this run or an earlier one."""
        return any(a <= first and end <= b for a, b in self.job["finished"])

    def finish(self, first: int, end: int, checkpoint: Mapping[str, Any] | None = None) -> None:
        """Store a range as finished, with what the job has to remember. Raises Stopped, TimeIsUp, LeaseLost."""
        merged = [list(each) for each in ranges.with_range(self.job["finished"], first, end)]
        changes: Document = {"finished": merged, "attempts": 0}
        self._write(changes if checkpoint is None else {**changes, "checkpoint": dict(checkpoint)})
        self._has_finished = True
        self.check()

    def finish_all(self, total: int) -> None:
        """Store all units as finished, before the end of the job. Raises LeaseLost."""
        self._write({"total": total, "finished": [[0, total]], "attempts": 0})

    def reserve(self, seconds: float) -> None:
        """Raise TimeIsUp when a step that cannot be divided is better begun by the next worker, with all of its time.

        That is so when this worker has finished ranges, and has less than so many seconds left.
        """
        if self._has_finished and not self.has(seconds):
            raise TimeIsUp

    def has(self, seconds: float) -> bool:
        """Tell whether this worker has so many seconds left."""
        return self._seconds_left() >= seconds

    def renew(self) -> None:
        """Renew the lease within a long range. Raises Stopped, TimeIsUp, LeaseLost."""
        self._write({})
        self.check()

    def check(self) -> None:
        """Raise Stopped or TimeIsUp when the job has to be left."""
        if self.job["is_stopping"]:
            raise Stopped
        if self._seconds_left() <= 0:
            raise TimeIsUp

    def _write(self, changes: Mapping[str, Any]) -> None:
        renewed = store.change_of_worker(
            self._database, self.job, {**changes, "due_at": datetime.now(UTC) + store.LEASE}
        )
        if renewed is None:
            raise LeaseLost
        self.job = renewed


Kind = Callable[[Run], Mapping[str, Any]]
"""Does a job of one kind and returns its result. A Problem ends the job, except ServiceUnavailable, which is tried
again as any other error."""


def run(
    database: Database[Document],
    job_id: str,
    kinds: Mapping[str, Kind],
    seconds: float,
    logger: Logger,
    clock: Callable[[], float] = time.monotonic,
) -> str:
    """Run a due job for at most about `seconds`; return its state, or `not due` when there is nothing to do."""
    job = store.claim(database, job_id, datetime.now(UTC))
    if job is None:
        return "not due"
    end = clock() + seconds
    current = Run(database, job, lambda: end - clock())
    try:
        if job["attempts"] > MAX_ATTEMPTS:
            raise InternalError(f"The job ended {MAX_ATTEMPTS} times without getting on; its logs say why.")
        if job["is_stopping"]:  # the worker that was asked has ended before
            raise Stopped
        with _lease_kept(database, job), collecting_rarely():
            result = dict(kinds[job["kind"]](current))
        return _ended(current, "completed", {"result": result}, current.events)
    except Stopped:
        return _ended(current, "stopped", {})
    except TimeIsUp:
        return _again(current)
    except LeaseLost:
        return "not due"
    except ServiceUnavailable as problem:
        logger.warning("job", extra={"job_id": job_id, "code": problem.code})
        return _again(current)
    except Problem as problem:
        return _ended(current, "failed", {"failure": {"code": problem.code, "detail": problem.detail}})
    except Exception as error:
        logger.exception("job", extra={"job_id": job_id, "error_type": type(error).__name__})
        return _again(current)


@contextmanager
def _lease_kept(database: Database[Document], job: JobDocument) -> Iterator[None]:
    """Renew the lease from a thread of its own, for ranges that take long; it ends with the process."""
    over = threading.Event()

    def renew() -> None:
        while not over.wait(store.LEASE.total_seconds() / 3):
            try:
                if store.change_of_worker(database, job, {"due_at": datetime.now(UTC) + store.LEASE}) is None:
                    return  # another worker has the job: the next range of this one finds out
            except PyMongoError:
                continue  # the lease lasts for two more attempts

    keeper = threading.Thread(target=renew, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _ended(run_: Run, state: str, members: Mapping[str, Any], events: Sequence[EventDocument] = ()) -> str:
    changes: Document = {**members, "state": state, "is_stopping": False, "ended_at": datetime.now(UTC)}
    if events:
        changes["pending_events"] = list(events)
    ended = store.change_of_worker(run_._database, run_.job, changes, unset=("due_at", "worker"))
    return state if ended else "not due"


def _again(run_: Run) -> str:
    """Give the job back, so that the next worker takes it at once."""
    given_back = store.change_of_worker(
        run_._database, run_.job, {"state": "queued", "due_at": datetime.now(UTC)}, unset=("worker",)
    )
    return "queued" if given_back else "not due"
