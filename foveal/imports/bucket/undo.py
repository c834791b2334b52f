"""Undo of the import of a bucket: assets that nobody has used since leave the catalog. The bucket is not touched.

An asset is unused that is as the import made it: tags, attributes and name as the key gives them, never annotated,
reviewed or deleted, and without embedding, rendition, label file or version of a data set. Others stay, and are
counted. Look and removal are one transaction: an edit that comes between wins. Only a version of a data set that is
being made at this moment may pin an asset that goes; the next import brings it back under the same id.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from pymongo.client_session import ClientSession
from pymongo.database import Database

from foveal.aws.s3 import S3
from foveal.catalog import label_counters
from foveal.database.catalog_documents import AssetDocument
from foveal.database.client import Document
from foveal.database.schema import INDEX_PREFIX
from foveal.database.stored_documents import ImportDocument
from foveal.database.transactions import run_transaction
from foveal.datasets import pins
from foveal.imports.bucket.indexing import given
from foveal.jobs.run import Run

BATCH: Final = 500
_BY_KEY: Final = f"{INDEX_PREFIX}s3_key"
_USES: Final = ("embeddings", "renditions", "asset_origins")
_LAST: Final = "\U0010ffff"


def undo(database: Database[Document], media: S3, import_: ImportDocument, run: Run) -> Mapping[str, Any]:
    """Remove the unused assets of an import from the catalog; return how many were removed and kept.

    Raises Stopped, TimeIsUp, LeaseLost, AwsError, PyMongoError.
    """
    counts: dict[str, Any] = {"removed": 0, "kept": 0, "done": 0, "after": ""} | run.job["checkpoint"]
    for found in _batches(database, import_, counts["after"]):
        used = _used(database, media, found)
        removed = _removed(database, import_, [each["_id"] for each in found if each["_id"] not in used])
        first, end = counts["done"], counts["done"] + len(found)
        counts["removed"] += removed
        counts["kept"] += len(found) - removed
        run.finish(first, end, counts := {**counts, "done": end, "after": found[-1]["s3"]["key"]})
    return {"counts": {name: counts[name] for name in ("removed", "kept")}}


def _batches(database: Database[Document], import_: ImportDocument, after: str) -> Iterator[list[Document]]:
    """Yield the assets of an import in the order of their keys, behind one."""
    prefix = import_["source"]["prefix"]
    of_import = {"project": import_["project"], "s3.import_id": import_["_id"], "s3.is_external": True}
    start: Document = {"$gte": prefix} if prefix and not after else {"$gt": after}
    while True:
        query = {**of_import, "s3.key": {**start, "$lt": prefix + _LAST}}
        found = list(database.assets.find(query, {"s3": 1, "project": 1}).sort("s3.key", 1).limit(BATCH).hint(_BY_KEY))
        if not found:
            return
        yield found
        start = {"$gt": found[-1]["s3"]["key"]}


def _used(database: Database[Document], media: S3, assets: Sequence[Document]) -> set[str]:
    """Return the ids of the assets that something else in the catalog has."""
    asset_ids = [each["_id"] for each in assets]
    used = {each for name in _USES for each in database[name].distinct("asset_id", {"asset_id": {"$in": asset_ids}})}
    if database.dataset_versions.find_one({"project": assets[0]["project"]}, {"_id": 1}):
        used |= {each["_id"] for each in assets if pins.versions_holding(database, media, each)}
    return used


def _removed(database: Database[Document], import_: ImportDocument, asset_ids: Sequence[str]) -> int:
    """Remove those assets that are as the import made them, with their part in the counters of labels; count them."""

    def attempt(session: ClientSession) -> int:
        found = database.assets.find({"_id": {"$in": list(asset_ids)}}, session=session)
        unused = [each for each in found if _is_as_imported(each, import_)]
        counted = [cast("AssetDocument", {**each, "status": "deleted"}) for each in unused if "counted" in each]
        label_counters.add(database, import_["project"], counted, session)
        database.assets.delete_many({"_id": {"$in": [each["_id"] for each in unused]}}, session=session)
        return len(unused)

    return run_transaction(database, attempt)


def _is_as_imported(asset: Mapping[str, Any], import_: ImportDocument) -> bool:
    members = given(import_["source"], asset["s3"]["key"])
    was_used = asset.get("annotation_revision") or asset.get("reviewed_fields") or asset.get("deletion")
    return (
        not was_used and not asset.get("pending_events") and all(asset.get(name) == members[name] for name in members)
    )
