"""Jobs: claims, finished ranges, stop, resume, killed workers."""

import gc
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from pymongo.database import Database

from foveal.catalog.author import Author
from foveal.database.client import Document
from foveal.database.stored_documents import JobDocument
from foveal.errors import InvalidRequest, ServiceUnavailable
from foveal.events.outbox import pending_event
from foveal.jobs import store
from foveal.jobs.garbage import NEW_OBJECTS
from foveal.jobs.run import MAX_ATTEMPTS, Run, run
from foveal.jobs.start import start_due

PROJECT = "harbour"
LOGGER = Logger()


def queued(database: Database[Document]) -> JobDocument:
    return store.create(database, PROJECT, "export", "e-1", Author.now("user-1"), {"format": "coco"})


def done(database: Database[Document], job: JobDocument, work: Any, seconds: float = 60) -> tuple[str, JobDocument]:
    state = run(database, job["_id"], {"export": work}, seconds, LOGGER)
    return state, store.get(database, job["_id"])


def in_tens(written: list[int], after: Any = lambda _unit: None) -> Any:
    """Return a kind of job that writes a hundred units, ten at a time, and calls `after` with each first unit."""

    def work(current: Run) -> dict[str, int]:
        for first, end in current.left(100, 10):
            written.extend(range(first, end))
            after(first)
            current.finish(first, end)
        return {"units": 100}

    return work


def test_job_ends_with_its_result_and_its_event(database: Database[Document]) -> None:
    job, written = queued(database), list[int]()

    def work(current: Run) -> dict[str, int]:
        current.events.append(pending_event("ExportCompleted", PROJECT, [job["_id"]], datetime.now(UTC), {}))
        result: dict[str, int] = in_tens(written)(current)
        return result

    state, stored = done(database, job, work)
    assert (state, stored["state"], stored["result"]) == ("completed", "completed", {"units": 100})
    assert written == list(range(100))
    assert store.public(stored)["progress"] == {"finished": 100, "total": 100, "ranges": [[0, 100]]}
    assert [each["detail_type"] for each in stored["pending_events"]] == ["ExportCompleted"]
    assert "due_at" not in stored
    assert done(database, job, work)[0] == "not due"
    assert start_due(database, lambda _: None) == 0


def test_job_runs_with_rare_collection_of_garbage(database: Database[Document]) -> None:
    state, stored = done(database, queued(database), lambda _: {"threshold": gc.get_threshold()[0]})
    assert (state, stored["result"]) == ("completed", {"threshold": NEW_OBJECTS})
    assert gc.get_threshold()[0] < NEW_OBJECTS


def test_job_is_continued_behind_its_finished_ranges_when_the_time_of_a_worker_is_up(
    database: Database[Document],
) -> None:
    job, written, runs = queued(database), list[int](), 0
    while done(database, job, in_tens(written), seconds=0)[0] == "queued":
        runs += 1
        assert start_due(database, lambda _: None) == 1
    assert runs == 10
    assert written == list(range(100))


def test_job_is_continued_by_sweep_when_its_worker_was_killed(database: Database[Document]) -> None:
    job, written = queued(database), list[int]()

    def killed(unit: int) -> None:
        if unit == 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        done(database, job, in_tens(written, killed))
    assert done(database, job, in_tens(written))[0] == "not due", "the lease still holds"
    started: list[str] = []
    assert start_due(database, started.append, datetime.now(UTC) + store.LEASE) == 1
    assert started == [job["_id"]]
    database.jobs.update_one({"_id": job["_id"]}, {"$set": {"due_at": datetime.now(UTC) - timedelta(seconds=1)}})
    assert done(database, job, in_tens(written))[0] == "completed"
    assert written == [*range(40), *range(30, 100)], "only the range without an end is done again"


def test_lease_is_renewed_within_a_long_range(database: Database[Document], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "LEASE", timedelta(seconds=0.3))
    job, others = queued(database), list[str]()

    def long(_unit: int) -> None:
        time.sleep(0.7)
        others.append(run(database, job["_id"], {"export": in_tens([])}, 60, LOGGER))

    def work(current: Run) -> dict[str, int]:
        long(0)
        return {}

    assert done(database, job, work)[0] == "completed"
    assert others == ["not due"]


def test_worker_that_lost_its_lease_writes_nothing_more(database: Database[Document]) -> None:
    job = queued(database)

    def taken_over(_unit: int) -> None:
        database.jobs.update_one({"_id": job["_id"]}, {"$set": {"worker": "another"}})

    state, stored = done(database, job, in_tens([], taken_over))
    assert (state, stored["state"], stored["finished"], stored["worker"]) == ("not due", "running", [], "another")


def test_job_stops_after_its_range_and_goes_on_when_it_is_resumed(database: Database[Document]) -> None:
    job, written = queued(database), list[int]()

    def stopping(unit: int) -> None:
        if unit == 20:
            assert store.public(store.stop(database, store.get(database, job["_id"])))["is_stopping"]

    state, stored = done(database, job, in_tens(written, stopping))
    assert (state, stored["state"], written) == ("stopped", "stopped", list(range(30)))
    assert done(database, job, in_tens(written))[0] == "not due"
    assert store.resume(database, stored)["state"] == "queued"
    assert done(database, job, in_tens(written))[0] == "completed"
    assert written == list(range(100))


def test_queued_job_stops_at_once(database: Database[Document]) -> None:
    job = queued(database)
    assert store.stop(database, job)["state"] == "stopped"
    assert start_due(database, lambda _: None) == 0


def test_job_fails_with_the_problem_that_its_work_raises(database: Database[Document]) -> None:
    job = queued(database)

    def work(_: Run) -> dict[str, int]:
        raise InvalidRequest("The file is not COCO.")

    state, stored = done(database, job, work)
    assert (state, stored["failure"]) == ("failed", {"code": "InvalidRequest", "detail": "The file is not COCO."})
    assert "pending_events" not in stored


@pytest.mark.parametrize("error", [RuntimeError("a defect"), ServiceUnavailable("busy")])
def test_job_fails_after_some_attempts_without_a_finished_range(database: Database[Document], error: Exception) -> None:
    job, attempts = queued(database), list[int]()

    def work(_: Run) -> dict[str, int]:
        attempts.append(1)
        raise error

    states = [done(database, job, work)[0] for _ in range(MAX_ATTEMPTS + 1)]
    assert states == [*["queued"] * MAX_ATTEMPTS, "failed"]
    assert len(attempts) == MAX_ATTEMPTS
    assert store.get(database, job["_id"])["failure"]["code"] == "InternalError"


def test_due_jobs_are_found_by_an_index(database: Database[Document]) -> None:
    for project in (PROJECT, *(f"meadow-{number}" for number in range(20))):
        store.create(database, project, "export", "e-1", Author.now("user-1"), {})
    plan = database.jobs.find({"due_at": {"$lte": datetime.now(UTC)}}).sort("due_at", 1).explain()
    assert plan["queryPlanner"]["winningPlan"]["inputStage"]["indexName"] == "foveal_due"
    page = database.jobs.find({"project": PROJECT, "_id": {"$lt": "z"}}).sort("_id", -1).explain()
    assert page["queryPlanner"]["winningPlan"]["inputStage"]["indexName"] == "foveal_project"
