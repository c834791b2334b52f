"""Store of jobs: creation, list, stop, and the claims of workers.

A worker claims a job for a time (a lease), renews the lease with each finished range, and writes only while it holds
it. A job whose lease has ended is due again: a killed worker, a lost invocation and a full time limit all end in a new
claim, which goes on behind the finished ranges.
"""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pymongo import ReturnDocument
from pymongo.database import Database

from foveal.access.page_tokens import Tokens
from foveal.catalog.author import Author
from foveal.catalog.keyset import newest_first
from foveal.database import typed
from foveal.database.client import Document
from foveal.database.stored_documents import JobDocument
from foveal.database.vocabulary import SCHEMA_VERSION, JobKind
from foveal.encoding.ids import new_id
from foveal.errors import Conflict, NoSuchJob
from foveal.jobs import ranges

LEASE: Final = timedelta(seconds=60)
MAX_PAGE: Final = 100
_OPEN: Final = ("queued", "running")


def create(
    database: Database[Document],
    project: str,
    kind: JobKind,
    subject: str,
    author: Author,
    input_: Mapping[str, Any],
    group: str | None = None,
) -> JobDocument:
    """Store a queued job and return it. `subject` is the id of what it works on: an import, an export, a version.

    `group` is the id of the first of several jobs that share one work.
    """
    job: JobDocument = {
        "_id": new_id(),
        "project": project,
        "kind": kind,
        "state": "queued",
        "subject": subject,
        "input": dict(input_),
        "total": None,
        "finished": [],
        "checkpoint": {},
        "attempts": 0,
        "is_stopping": False,
        "created_at": author.at,
        "created_by": author.subject,
        "updated_at": author.at,
        "due_at": author.at,
        "schema_version": SCHEMA_VERSION,
    }
    if group is not None:
        job["group"] = group
    typed.jobs(database).insert_one(job)
    return job


def get(database: Database[Document], job_id: str) -> JobDocument:
    """Return a job. Raises NoSuchJob."""
    job = typed.jobs(database).find_one({"_id": job_id})
    if job is None:
        raise NoSuchJob("There is no such job.")
    return job


def page(database: Database[Document], key: bytes, project: str, limit: int, next_token: str | None) -> Document:
    """Return `{"items": [job, …], "next_token": …}`, newest first. Raises InvalidRequest for another list's token."""
    return newest_first(typed.jobs(database), project, public, Tokens.of(key, "jobs", project), limit, next_token)


def stop(database: Database[Document], job: JobDocument) -> JobDocument:
    """Ask a job to stop, with those that share its work; return it.

    A queued one stops at once, a running one after its present range.
    """
    for other in of_group(database, job):
        if other["_id"] != job["_id"]:
            stop_alone(database, other)
    return stop_alone(database, job)


def of_group(database: Database[Document], job: JobDocument) -> list[JobDocument]:
    """Return the jobs that share the work of a job, itself included, in the order in which they were made."""
    first = job.get("group", job["_id"])
    query = {"project": job["project"], "_id": {"$gte": first}, "$or": [{"_id": first}, {"group": first}]}
    return list(typed.jobs(database).find(query).sort("_id", 1))


def stop_alone(database: Database[Document], job: JobDocument) -> JobDocument:
    """Ask one job to stop, and none that shares its work; return it."""
    jobs, now = typed.jobs(database), datetime.now(UTC)
    stopped = jobs.find_one_and_update(
        {"_id": job["_id"], "state": "queued"},
        {"$set": {"state": "stopped", "updated_at": now, "ended_at": now}, "$unset": {"due_at": ""}},
        return_document=ReturnDocument.AFTER,
    )
    if stopped is None:
        stopped = jobs.find_one_and_update(
            {"_id": job["_id"], "state": "running"},
            {"$set": {"is_stopping": True, "updated_at": now}},
            return_document=ReturnDocument.AFTER,
        )
    return stopped or get(database, job["_id"])


def restart(database: Database[Document], job: JobDocument) -> JobDocument:
    """Resume a job by itself. Raises Conflict for one that only goes on, or can only be made anew, by its subject."""
    if job["kind"] in ("import", "import_undo", "bucket_import"):
        raise Conflict(f"Start the import itself: POST /v1/imports/{job['subject']}/start; or DELETE it to undo it.")
    if job["kind"] == "dataset_version" and job["state"] == "failed":
        raise Conflict("The version failed with its job: make another one.")
    return resume(database, job)


def resume(database: Database[Document], job: JobDocument) -> JobDocument:
    """Queue a job that stopped or failed again; it goes on behind its finished ranges. Others stay as they are."""
    now = datetime.now(UTC)
    again: Document = {"state": "queued", "attempts": 0, "is_stopping": False, "updated_at": now, "due_at": now}
    found = typed.jobs(database).find_one_and_update(
        {"_id": job["_id"], "state": {"$in": ["stopped", "failed"]}},
        {"$set": again, "$unset": {"ended_at": "", "failure": "", "worker": ""}},
        return_document=ReturnDocument.AFTER,
    )
    return found or get(database, job["_id"])


def due(database: Database[Document], now: datetime, limit: int) -> list[str]:
    """Return the ids of jobs that a worker has to take or to continue, the longest due first."""
    found = typed.jobs(database).find({"due_at": {"$lte": now}}, {"_id": 1}).sort("due_at", 1).limit(limit)
    return [each["_id"] for each in found]


def claim(database: Database[Document], job_id: str, now: datetime) -> JobDocument | None:
    """Return a due job with the lease of a new worker, or None for one that is not due."""
    return typed.jobs(database).find_one_and_update(
        {"_id": job_id, "state": {"$in": list(_OPEN)}, "due_at": {"$lte": now}},
        {
            "$set": {"state": "running", "worker": uuid.uuid4().hex, "due_at": now + LEASE, "updated_at": now},
            "$inc": {"attempts": 1},
        },
        return_document=ReturnDocument.AFTER,
    )


def change_of_worker(
    database: Database[Document], job: JobDocument, set_: Mapping[str, Any], unset: tuple[str, ...] = ()
) -> JobDocument | None:
    """Change a job in the name of the worker that claimed it; None when another one has claimed it since."""
    update: Document = {"$set": {**set_, "updated_at": datetime.now(UTC)}}
    if unset:
        update["$unset"] = dict.fromkeys(unset, "")
    return typed.jobs(database).find_one_and_update(
        {"_id": job["_id"], "worker": job.get("worker"), "state": "running"},
        update,
        return_document=ReturnDocument.AFTER,
    )


def public(job: JobDocument) -> Document:
    """Return a job as callers see it."""
    shown: Document = {
        "job_id": job["_id"],
        "project": job["project"],
        "kind": job["kind"],
        "state": job["state"],
        "is_stopping": job["is_stopping"] and job["state"] == "running",
        "subject": job["subject"],
        "progress": {
            "finished": ranges.count(job["finished"]),
            "total": job["total"],
            "ranges": [list(each) for each in job["finished"]],
        },
        "created_at": job["created_at"],
        "created_by": job["created_by"],
        "updated_at": job["updated_at"],
    }
    return shown | {name: job[name] for name in ("ended_at", "result", "failure") if name in job}
