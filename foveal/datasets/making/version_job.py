"""Making of a version: at once where it is small, as a job where it is large, by the same code."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from pymongo.database import Database

from foveal.catalog.author import Author
from foveal.database.client import Document, unhurried
from foveal.datasets import deletion
from foveal.datasets.documents import VersionDocument, dataset_versions
from foveal.datasets.making import selection
from foveal.datasets.making.creation import Creation
from foveal.datasets.tree.page_store import Objects
from foveal.errors import Problem, ServiceUnavailable
from foveal.jobs import store as jobs
from foveal.jobs.run import Kind, Run

MAX_AT_ONCE: Final = 5_000
"""Assets of a version that is made within a request."""
SECONDS_AT_ONCE: Final = 10.0


class _TimeIsUp(Exception):
    """The request has taken long enough; a job goes on."""


def make(
    database: Database[Document],
    objects: Objects,
    stored: VersionDocument,
    author: Author,
    start: Callable[[str], None],
) -> VersionDocument:
    """Return the version, complete or with the job that makes it. Raises Problem; the version is then gone."""
    end = time.monotonic() + SECONDS_AT_ONCE

    def advance(_: int) -> None:
        if time.monotonic() > end:
            raise _TimeIsUp

    try:
        if selection.count(database, stored["project"], stored["selection"], MAX_AT_ONCE + 1) <= MAX_AT_ONCE:
            return Creation(database, objects, stored["_id"]).run(_now, advance)
    except (_TimeIsUp, ServiceUnavailable):
        pass
    except Problem:
        deletion.delete(database, objects, stored)
        raise
    job = jobs.create(database, stored["project"], "dataset_version", stored["_id"], author, {})
    dataset_versions(database).update_one({"_id": stored["_id"]}, {"$set": {"job_id": job["_id"]}})
    start(job["_id"])
    return {**stored, "job_id": job["_id"]}


def job_kind(database: Callable[[], Database[Document]], objects: Callable[[], Objects]) -> Kind:
    """Return the kind of job that makes versions; its units are assets."""

    def run(current: Run) -> Mapping[str, Any]:
        version_id, catalog = current.job["subject"], database()
        creation = Creation(catalog, objects(), version_id)
        with unhurried():
            stored = creation.version
            total = selection.count(catalog, stored["project"], stored["selection"], 2**31 - 1)
        current.left(total, total or 1)
        try:
            made = creation.run(_now, lambda count: current.finish(0, count))
        except ServiceUnavailable:
            raise
        except Problem:
            query = {"_id": version_id, "state": "creating"}
            dataset_versions(catalog).update_one(query, {"$set": {"state": "failed"}})
            raise
        return {"dataset_version_id": version_id, "root": made["root"], "asset_count": made["asset_count"]}

    return run


def _now() -> datetime:
    return Author.now("").at
