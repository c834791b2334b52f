"""Start of workers: at once for a job that was just queued, by `sweep` for one that is due and has none."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from aws_lambda_powertools import Logger
from pymongo.database import Database

from foveal.aws import functions
from foveal.aws.errors import AwsError
from foveal.database.client import Document
from foveal.jobs import store

MAX_STARTS: Final = 20
"""Workers that one sweep starts; the reserved concurrency of the worker bounds how many run."""


def starter(worker_function: str, logger: Logger) -> Callable[[str], None]:
    """Return a function that starts a worker for a job and raises nothing: a job that is due is started by `sweep`."""

    def start(job_id: str) -> None:
        try:
            functions.invoke_async(worker_function, {"job_id": job_id})
        except AwsError as error:
            logger.warning("job left to sweep", extra={"job_id": job_id, "error_type": type(error).__name__})

    return start


def start_due(database: Database[Document], start: Callable[[str], None], now: datetime | None = None) -> int:
    """Start a worker for each job that is due, and return how many."""
    found = store.due(database, now or datetime.now(UTC), MAX_STARTS)
    for job_id in found:
        start(job_id)
    return len(found)
