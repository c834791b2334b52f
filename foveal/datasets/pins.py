"""Pins: the versions of data sets that hold an asset, or one version of its bytes.

One look-up for each version of the project finds the page that may hold the asset; a page that several versions have in
common is read once. The module imports only what the function of versions is deployed with.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, Protocol

from pymongo.database import Database

from foveal.database.client import Document
from foveal.errors import PinnedByDataset
from foveal.objects.keys import dataset_page_key

MAX_NAMED: Final = 20


class PageObjects(Protocol):
    """The part of `foveal.aws.s3.S3` that reads pages."""

    def get(self, key: str, version_id: str | None = None) -> bytes: ...


def versions_holding(
    database: Database[Document], bucket: PageObjects, asset: Mapping[str, Any], version_id: str | None = None
) -> list[str]:
    """Return the versions, as `name/number`, that pin an asset, or only that version of its object.

    Versions that are being made count. Raises AwsError, PyMongoError.
    """
    project, asset_id = asset["project"], asset["_id"]
    found: list[str] = []
    pinned: dict[str, set[str | None]] = {}
    query = {"project": project, "state": {"$in": ["creating", "ready"]}}
    for stored in database.dataset_versions.find(query, {"dataset": 1, "version": 1}).sort(
        [("dataset", 1), ("_id", 1)]
    ):
        entries = {"_id": {"$gt": f"{stored['_id']}/", "$lte": f"{stored['_id']}/{asset_id}"}}
        entry = database.dataset_pages.find_one(entries, {"digest": 1, "page.last": 1}, sort=[("_id", -1)])
        if entry is None or entry["page"]["last"] < asset_id:
            continue
        digest = entry["digest"]
        if digest not in pinned:
            pinned[digest] = _pinned(bucket.get(dataset_page_key(project, digest)), asset_id)
        held = pinned[digest]
        if held and (version_id is None or version_id in held):
            found.append(f"{stored['dataset']}/{stored['version']}")
    return found


def require_unpinned(
    database: Database[Document], bucket: PageObjects, asset: Mapping[str, Any], version_id: str | None = None
) -> None:
    """Raise PinnedByDataset, with the names of the versions, for an asset or a version of it that one holds."""
    if holding := versions_holding(database, bucket, asset, version_id):
        raise PinnedByDataset(
            f"Versions of data sets hold it: {', '.join(holding[:MAX_NAMED])}. Delete them first.", held_by=holding
        )


def _pinned(page: bytes, asset_id: str) -> set[str | None]:
    """Return the version ids that a page pins of an asset: one, or none."""
    mark = json.dumps(asset_id).encode()
    lines = (json.loads(line) for line in page.splitlines() if mark in line)
    return {line["s3"]["version_id"] for line in lines if line["asset_id"] == asset_id}
