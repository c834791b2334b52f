"""Start of an import's jobs: a dry run, the import itself or what is left of it, its undoing."""

from pymongo.database import Database

from foveal.catalog.author import Author
from foveal.database.client import Document
from foveal.database.stored_documents import ImportDocument, JobDocument
from foveal.errors import Conflict
from foveal.imports import store
from foveal.imports.store import StartRequest
from foveal.jobs import store as jobs

_BUSY = ("queued", "running")


def start(database: Database[Document], import_: ImportDocument, request: StartRequest, author: Author) -> JobDocument:
    """Queue the job of an import and return it; one that stopped or failed is resumed where it may be.

    Raises Conflict for an import that is at work, complete or undone.
    """
    if import_["state"] in ("completed", "undone"):
        raise Conflict(f"The import is {import_['state']}; begin another one to read the files again.")
    last = _idle_job(database, import_)
    options = {**import_["options"], **request.options}
    is_the_same = last is not None and last["kind"] == "import" and last["input"]["dry_run"] is request.dry_run
    if last is not None and is_the_same and options == import_["options"] and last["state"] in ("stopped", "failed"):
        job = jobs.resume(database, last)
    else:
        if last is not None and last["kind"] == "import" and not last["input"]["dry_run"] and last["finished"]:
            raise Conflict("A part is imported already: go on without other options, or undo the import first.")
        input_ = {"dry_run": request.dry_run}
        job = jobs.create(database, import_["project"], "import", import_["_id"], author, input_)
    state = "checking" if request.dry_run else "running"
    return _taken(database, import_, job, {"state": state, "options": options})


def undo(database: Database[Document], import_: ImportDocument, author: Author) -> JobDocument:
    """Queue the undoing of an import and return its job. Raises Conflict for an import that is at work or undone."""
    last = _idle_job(database, import_)
    if import_["state"] == "undone":
        raise Conflict("The import is undone already.")
    if last is not None and last["kind"] == "import_undo":
        job = jobs.resume(database, last)
    else:
        job = jobs.create(database, import_["project"], "import_undo", import_["_id"], author, {})
    return _taken(database, import_, job, {})


def _taken(
    database: Database[Document], import_: ImportDocument, job: JobDocument, changes: dict[str, object]
) -> JobDocument:
    """Make a job that of its import. Raises Conflict when somebody has started another one meanwhile."""
    if not store.change(database, import_["_id"], {**changes, "job_id": job["_id"]}, job_id=import_["job_id"]):
        database.jobs.delete_one({"_id": job["_id"], "finished": [], "attempts": 0})
        raise Conflict("Somebody has started the import at the same moment; look at its job.")
    return job


def idle_jobs(database: Database[Document], import_: ImportDocument) -> list[JobDocument]:
    """Return the jobs that worked on an import last. Raises Conflict while one is at work."""
    if import_["job_id"] is None:
        return []
    found = jobs.of_group(database, jobs.get(database, import_["job_id"]))
    busy = next((each for each in found if each["state"] in _BUSY), None)
    if busy is not None:
        raise Conflict(f"The job {busy['_id']} is at work on the import: wait for its end, or stop it.")
    return found


def _idle_job(database: Database[Document], import_: ImportDocument) -> JobDocument | None:
    return next(iter(idle_jobs(database, import_)), None)
