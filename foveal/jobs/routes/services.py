"""Services of the routes of jobs: database, bucket, key of page tokens, worker, each made on first use."""

from collections.abc import Callable
from dataclasses import dataclass

from pymongo.database import Database

from foveal.access.caller import Caller, Role
from foveal.aws.s3 import S3
from foveal.database.client import Document
from foveal.database.stored_documents import JobDocument
from foveal.errors import NoSuchJob
from foveal.jobs import store


@dataclass(frozen=True, slots=True)
class Services:
    """Providers of the clients and keys that the routes use."""

    database: Callable[[], Database[Document]]
    token_key: Callable[[], bytes]
    bucket: Callable[[], S3]
    start: Callable[[str], None]
    """Starts a worker for a job that was just queued; one that does not start is started by `sweep`. Raises nothing."""


def job_for(services: Services, caller: Caller, job_id: str, role: Role) -> JobDocument:
    """Return a job that the caller may see or change. Raises NoSuchJob, AccessDenied."""
    job = store.get(services.database(), job_id)
    caller.require(job["project"], role, lambda: NoSuchJob("There is no such job."))
    return job
