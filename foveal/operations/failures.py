"""What failed of late in a stage: numbers of assets by project, jobs that failed or are under way.

Operators see ids and numbers, and nothing of a project's content.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo.database import Database

from foveal.database import typed
from foveal.database.client import Document
from foveal.database.stored_documents import JobDocument
from foveal.jobs import ranges
from foveal.stack_contract import QUARANTINED

RECENT: Final = timedelta(days=1)
MAX_PROJECTS: Final = 200
"""Projects whose failures are counted, by name; a count is one range of an index."""
MAX_JOBS: Final = 20
NEWEST_JOBS: Final = 1_000
"""Newest jobs among which failed ones are looked for."""
FAILED: Final = ("failed", QUARANTINED)


def failed_assets(database: Database[Document], now: datetime) -> list[dict[str, Any]]:
    """Return the projects with assets that failed or were quarantined within a day: `project`, and a number by status.

    The greatest number comes first.
    """
    found = []
    for project in sorted(database.assets.distinct("project"))[:MAX_PROJECTS]:
        numbers = {
            status: database.assets.count_documents(
                {"project": project, "status": status, "updated_at": {"$gte": now - RECENT}}
            )
            for status in FAILED
        }
        if any(numbers.values()):
            found.append({"project": project, **numbers})
    return sorted(found, key=lambda each: (-sum(each[status] for status in FAILED), each["project"]))


def jobs(database: Database[Document]) -> list[dict[str, Any]]:
    """Return jobs that are under way or overdue, and then the newest that failed, each group at most MAX_JOBS."""
    all_jobs = typed.jobs(database)
    open_ = list(all_jobs.find({"due_at": {"$exists": True}}).sort("due_at", 1).limit(MAX_JOBS))
    newest = all_jobs.find({}).sort("_id", -1).limit(NEWEST_JOBS)
    failed = [each for each in newest if each["state"] == "failed"][:MAX_JOBS]
    return [_job(each) for each in (*open_, *failed)]


def _job(job: JobDocument) -> dict[str, Any]:
    failure: Mapping[str, Any] = job.get("failure") or {}
    return {
        "job_id": job["_id"],
        "project": job["project"],
        "kind": job["kind"],
        "state": job["state"],
        "finished": ranges.count(job["finished"]),
        "total": job["total"],
        "attempts": job["attempts"],
        "created_at": job["created_at"],
        "updated_at": job["updated_at"],
        "failure_code": failure.get("code"),
    }
