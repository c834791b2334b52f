"""Store of imports of buckets: what is read, the jobs that share the work, and their counts."""

from collections import Counter

from pymongo import ReturnDocument
from pymongo.database import Database

from foveal.catalog.author import Author
from foveal.database import typed
from foveal.database.client import Document
from foveal.database.stored_documents import ImportDocument, JobDocument
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.encoding.ids import new_id
from foveal.errors import Conflict, Unprocessable
from foveal.imports import store
from foveal.imports.bucket.requests import BucketSource
from foveal.imports.starting import idle_jobs
from foveal.imports.store import StartRequest
from foveal.jobs import store as jobs
from foveal.objects.buckets import Buckets
from foveal.stack_contract import MEDIA_PREFIX


def create(
    database: Database[Document], buckets: Buckets, project: str, author: Author, source: BucketSource
) -> ImportDocument:
    """Store an import. Raises Unprocessable for a bucket, prefix or report that the stage does not read."""
    buckets.readable(source.bucket, source.prefix)
    if source.inventory:
        buckets.readable(*place_of(source.inventory))
    own = f"{MEDIA_PREFIX}{project}/"
    if buckets.is_media(source.bucket) and not source.prefix.startswith(own):
        raise Unprocessable(f"Of the media bucket a project imports what lies below {own}: send this as the prefix.")
    stored: ImportDocument = {
        "_id": new_id(),
        "project": project,
        "state": "open",
        "format": None,
        "options": {},
        "files": [],
        "job_id": None,
        "created_at": author.at,
        "created_by": author.subject,
        "updated_at": author.at,
        "schema_version": SCHEMA_VERSION,
        "asset_events": False,
        "kind": "bucket",
        "source": {
            "bucket": source.bucket,
            "prefix": source.prefix,
            "inventory": source.inventory,
            "tags": source.tags,
            "tags_from_path": source.tags_from_path,
            "facts": source.facts,
            "workers": source.workers,
        },
    }
    typed.imports(database).insert_one(stored)
    return stored


def place_of(address: str) -> tuple[str, str]:
    """Return bucket and key of an `s3://` address."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return bucket, key


def start(
    database: Database[Document], import_: ImportDocument, request: StartRequest, author: Author
) -> list[JobDocument]:
    """Queue the jobs of an import and return them; those that stopped or failed go on behind what they finished.

    Raises Conflict for an import that is at work or complete.
    """
    if request.options:
        raise Conflict("The import of a bucket has no options to answer: begin another one.")
    if import_["state"] in ("completed", "undone"):
        raise Conflict(f"The import is {import_['state']}; begin another one to read the bucket again.")
    before = idle_jobs(database, import_)
    first = before[0] if before else None
    if first is not None and first["kind"] == "import_undo":
        raise Conflict("The import is half undone: go on with that (DELETE), and begin another one then.")
    if first is not None and first["input"]["dry_run"] is request.dry_run and import_["state"] != "checked":
        queued = [jobs.resume(database, each) for each in before]
    else:
        if first is not None and not first["input"]["dry_run"]:
            raise Conflict("A part is imported already: go on with it, or begin another import for a dry run.")
        queued = _new_jobs(database, import_, author, is_dry=request.dry_run)
    state = "checking" if request.dry_run else "running"
    if not store.change(
        database, import_["_id"], {"state": state, "job_id": queued[0]["_id"]}, job_id=import_["job_id"]
    ):
        raise Conflict("Somebody has started the import at the same moment; look at its job.")
    return [each for each in queued if each["state"] == "queued"]


def require_undoable(buckets: Buckets, import_: ImportDocument) -> None:
    """Raise Conflict for the import of what lies in the media bucket, which the catalog follows by itself."""
    if buckets.is_media(import_["source"]["bucket"]):
        raise Conflict("The objects lie in the media bucket, which the catalog follows: delete the assets themselves.")


def _new_jobs(
    database: Database[Document], import_: ImportDocument, author: Author, *, is_dry: bool
) -> list[JobDocument]:
    lanes = 1 if is_dry else import_["source"]["workers"]
    database.imports.update_one({"_id": import_["_id"]}, {"$unset": {"lanes": ""}})
    made: list[JobDocument] = []
    for lane in range(lanes):
        input_ = {"dry_run": is_dry, "lane": lane, "lanes": lanes}
        group = made[0]["_id"] if made else None
        made.append(jobs.create(database, import_["project"], "bucket_import", import_["_id"], author, input_, group))
    return made


def finish_lane(database: Database[Document], job: JobDocument, counts: dict[str, int]) -> dict[str, int] | None:
    """Store the counts of a worker that is done; return the sum of all when it is the last one, else None."""
    lane, lanes = job["input"]["lane"], job["input"]["lanes"]
    stored = typed.imports(database).find_one_and_update(
        {"_id": job["subject"]},
        {"$set": {f"lanes.{lane}": counts}},
        return_document=ReturnDocument.AFTER,
    )
    if stored is None or len(stored["lanes"]) < lanes:
        return None
    total: Counter[str] = Counter()
    for each in stored["lanes"].values():
        total.update(each)
    return dict(total)
