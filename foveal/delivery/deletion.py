"""Deletion of assets: soft deletion that holds, and deletion for good with everything that is derived or remembered.

A delete marker alone does not hold. A presigned PUT says `If-None-Match: *`, which a delete marker satisfies, so a
client that repeats its upload would bring the asset back. An API deletion therefore also writes the mark `deletion`
into the asset: `is_permanent`, `requested_at`, `look_at`, and `is_cached` while an invalidation is outstanding. Ingest
refuses new versions of a marked asset and sets `look_at`; `look_again`, called by the sweep, then deletes them. It also
marks (`is_of_upload`) and refuses an asset whose upload was aborted. Adopted objects are not bound by a mark: their
keys belong to their writers, who may use them again.

Order of a permanent deletion: delete marker, mark, objects, documents, CDN. A render that began before the mark finds
the mark after its own write and removes it (`foveal/render/renderer.py`); one that was killed in between, and masks
that are written meanwhile, are found by the later looks.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from pymongo.database import Database

from foveal.aws import errors as aws
from foveal.aws.s3 import S3
from foveal.database.client import Document
from foveal.datasets import pins
from foveal.delivery import external, versions
from foveal.delivery.edge_copies import PURGED_PREFIXES, Invalidate, cached_paths
from foveal.errors import PinnedByDataset, VersionProtected
from foveal.objects.buckets import is_external
from foveal.stack_contract import DERIVED_PREFIX

KEPT_FIELDS: Final = frozenset(
    {
        *("_id", "project", "status", "s3", "created_at", "updated_at", "deleted_at", "schema_version"),
        *("pending_events", "counted", "deletion"),
    }
)
COLLECTIONS: Final = ("annotations", "annotation_revisions", "asset_origins", "embeddings", "renditions", "uploads")
LOOKS_AFTER: Final = (timedelta(minutes=10), timedelta(days=1))
"""Later looks at a permanent deletion: renders end within minutes, tickets and their uploads within a day."""
MARK_SETTLES_AFTER: Final = timedelta(minutes=1)
LOCKED_RETRY_AFTER: Final = timedelta(days=1)
TOO_MANY_INVALIDATIONS: Final = "TooManyInvalidationsInProgress"
ASSETS_PER_LOOK: Final = 5
"""CloudFront has at most 15 invalidations with a wildcard under way, and an asset takes three."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """Deletion of assets of one bucket; `invalidate` is None on a stage without a CDN."""

    database: Database[Document]
    bucket: S3
    invalidate: Invalidate | None

    def delete(self, asset: Mapping[str, Any], now: datetime) -> str | None:
        """Put a delete marker on top, unless there is one, and mark the asset; return the id of the marker.

        Its derivatives are deleted, because cookies of the project would open them; a demand after a restore makes
        them again. Under object lock they stay until the lock ends.
        """
        marker = self._take_away(asset, now)
        self._mark(asset, now, now + MARK_SETTLES_AFTER, is_permanent=False)
        self.database.renditions.delete_many({"asset_id": asset["_id"]})
        with contextlib.suppress(VersionProtected):
            versions.purge_below(self.bucket, f"{DERIVED_PREFIX}{asset['project']}/{asset['_id']}/")
        return marker

    def delete_permanently(self, asset: Mapping[str, Any], now: datetime) -> int:
        """Delete everything of an asset except a tombstone; return the number of deleted objects.

        The delete marker goes on top first, so that no older version is ever current on the way. Raises
        PinnedByDataset, before anything changes, for an asset that a version of a data set holds; VersionProtected for
        versions under object lock: the asset then stays deleted, and can be restored.
        """
        pins.require_unpinned(self.database, self.bucket, asset)
        self._take_away(asset, now)
        self._mark(asset, now, now + LOOKS_AFTER[0], is_permanent=True)
        try:
            pins.require_unpinned(self.database, self.bucket, asset)  # by a version that was made meanwhile
            count = self._erase(asset)
        except (PinnedByDataset, VersionProtected):
            self.database.assets.update_one({"_id": asset["_id"]}, {"$set": {"deletion.is_permanent": False}})
            raise
        if self.invalidate:
            try:
                self.invalidate(cached_paths(asset))
            except aws.AwsError:  # too many at once, or CloudFront is unreachable: the next look does it
                later = {"deletion.look_at": now, "deletion.is_cached": True}
                self.database.assets.update_one({"_id": asset["_id"]}, {"$set": later})
        return count

    def undo(self, asset: Mapping[str, Any]) -> None:
        """Take a soft deletion's mark away, before its delete marker is."""
        query = {"_id": asset["_id"], "deletion.is_permanent": {"$ne": True}}
        self.database.assets.update_one(query, {"$unset": {"deletion": ""}})

    def restore(self, asset: Mapping[str, Any], now: datetime) -> str | None:
        """Undo a soft deletion; return the version that is then current. Raises NoSuchVersion for lost bytes."""
        if is_external(asset):
            return external.show(self.database, asset, now)
        self.undo(asset)
        return versions.undelete(self.bucket, asset)

    def look_again(self, now: datetime) -> int:
        """Delete late arrivals at marked assets; return the number of assets looked at, 0 when none is due.

        Raises AwsError, PyMongoError; the assets are then looked at in the next run.
        """
        query = {"deletion.look_at": {"$lte": now}}
        due = list(self.database.assets.find(query, sort=[("deletion.look_at", 1)], limit=ASSETS_PER_LOOK))
        looks = [self._look(asset, now) for asset in due]
        paths = [path for asset, look in zip(due, looks, strict=True) if look.is_cached for path in cached_paths(asset)]
        if self.invalidate and paths:
            try:
                self.invalidate(paths)
            except aws.AwsError as error:
                if error.code != TOO_MANY_INVALIDATIONS:
                    raise
                return 0
        for asset, look in zip(due, looks, strict=True):
            query = {"_id": asset["_id"], "deletion.look_at": asset["deletion"]["look_at"]}
            gone = {"deletion.is_cached": ""} | ({} if look.next_at else {"deletion.look_at": ""})
            kept = {"$set": {"deletion.look_at": look.next_at}} if look.next_at else {}
            self.database.assets.update_one(query, {"$unset": gone, **kept})
        return len(due)

    def _look(self, asset: Document, now: datetime) -> "_Look":
        """Delete late arrivals at a marked asset."""
        mark = asset["deletion"]
        try:
            if mark["is_permanent"]:
                count = self._erase(asset)
                later = (mark["requested_at"] + after for after in LOOKS_AFTER)
                next_at = next((instant for instant in later if instant > now), None)
                return _Look(next_at, bool(count) or mark.get("is_cached", False))
        except VersionProtected:
            return _Look(now + LOCKED_RETRY_AFTER, is_cached=True)
        if is_external(asset):
            return _Look(None, is_cached=False)
        newest = next(iter(versions.versions_of(self.bucket, asset)), None)
        is_restored = newest is not None and newest.version_id == asset["s3"].get("version_id")
        if newest is not None and not newest.is_delete_marker and not is_restored:
            self.bucket.delete(newest.key)
        return _Look(None, is_cached=False)

    def _erase(self, asset: Mapping[str, Any]) -> int:
        """Delete all versions, derivatives, masks and documents of an asset; return the number of objects.

        An object in another bucket stays.
        """
        found = [] if is_external(asset) else versions.versions_of(self.bucket, asset)
        ordered = [
            *(each for each in reversed(found) if not each.is_delete_marker),
            *(each for each in found if each.is_delete_marker),
        ]
        for each in ordered:
            versions.purge(self.bucket, each.key, each.version_id)
        prefixes = (f"{top}{asset['project']}/{asset['_id']}/" for top in PURGED_PREFIXES)
        count = len(ordered) + sum(versions.purge_below(self.bucket, prefix) for prefix in prefixes)
        self._abort_uploads(asset)
        for name in COLLECTIONS:
            self.database[name].delete_many({"asset_id": asset["_id"]})
        facts = {name: "" for name in asset if name not in KEPT_FIELDS}
        if facts:
            self.database.assets.update_one({"_id": asset["_id"]}, {"$unset": facts})
        return count

    def _take_away(self, asset: Mapping[str, Any], now: datetime) -> str | None:
        """Put a delete marker on top, unless there is one, and return its id; hide an asset of another bucket."""
        if is_external(asset):
            external.hide(self.database, asset, now)
            return None
        return versions.delete(self.bucket, asset)

    def _abort_uploads(self, asset: Mapping[str, Any]) -> None:
        query = {"asset_id": asset["_id"], "state": "open", "s3_upload_id": {"$gt": ""}}
        for upload in self.database.uploads.find(query, {"key": 1, "s3_upload_id": 1}):
            try:
                self.bucket.abort_multipart(upload["key"], upload["s3_upload_id"])
            except aws.NoSuchUpload:
                continue

    def _mark(self, asset: Mapping[str, Any], now: datetime, look_at: datetime, *, is_permanent: bool) -> None:
        """Mark an asset as deleted by a person; a permanent mark is never replaced by a soft one."""
        mark: Document = {"is_permanent": is_permanent, "requested_at": now, "look_at": look_at}
        if is_external(asset):
            mark["status"] = external.status_before(asset)
        query = {"_id": asset["_id"], **({} if is_permanent else {"deletion.is_permanent": {"$ne": True}})}
        self.database.assets.update_one(query, {"$set": {"deletion": mark}})


class _Look(NamedTuple):
    """Outcome of one look: when to look again, and whether the CDN may hold something."""

    next_at: datetime | None
    is_cached: bool


def is_permanent(asset: Mapping[str, Any]) -> bool:
    """Tell whether an asset was deleted for good; only its tombstone is left."""
    return bool((asset.get("deletion") or {}).get("is_permanent"))
