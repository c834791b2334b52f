"""Assets whose objects lie in other buckets: listed, hidden and shown again in the catalog alone.

Foveal only reads such objects. So a deletion hides the asset, a restore shows it again, and a permanent deletion
removes what Foveal has made and knows of it; the object itself stays as it is.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pymongo.database import Database

from foveal.database.asset_fields import EVENT_MEMBERS
from foveal.database.client import Document
from foveal.errors import NoSuchVersion, Unprocessable
from foveal.events.outbox import appended, pending_event
from foveal.objects.buckets import is_external


def require_own(asset: Mapping[str, Any]) -> None:
    """Raise Unprocessable for an asset whose object Foveal may only read."""
    if is_external(asset):
        raise Unprocessable(
            f"The object lies in the bucket {asset['s3']['bucket']}, which Foveal only reads: its owner changes it."
        )


def known_version(asset: Mapping[str, Any]) -> dict[str, Any]:
    """Return the one version that the catalog knows, in the form of `foveal.delivery.versions.described`."""
    s3 = asset["s3"]
    return {
        "version_id": s3.get("version_id") or "null",
        "is_latest": True,
        "is_delete_marker": False,
        "created_at": s3.get("last_modified", asset["created_at"]),
        "size_bytes": asset.get("size_bytes", 0),
        "etag": s3["etag"],
        "storage_class": s3.get("storage_class", "STANDARD"),
    }


def hide(database: Database[Document], asset: Mapping[str, Any], now: datetime) -> None:
    """Give an asset the status `deleted` with the event of it; one that is deleted stays as it is."""
    query = {"_id": asset["_id"], "status": {"$ne": "deleted"}}
    event = _event("AssetDeleted", asset, now, {"delete_marker_version_id": None})
    changes = {"status": "deleted", "deleted_at": now, "updated_at": now, "pending_events": appended((event,))}
    database.assets.update_one(query, [{"$set": changes}])


def status_before(asset: Mapping[str, Any]) -> str:
    """Return the status to which a restore takes an asset back."""
    return str((asset.get("deletion") or {}).get("status") or asset["status"])


def show(database: Database[Document], asset: Mapping[str, Any], now: datetime) -> str | None:
    """Undo `hide` and the mark of the deletion; return the version id. Raises NoSuchVersion for a lost object."""
    status = status_before(asset)
    if status == "deleted":
        raise NoSuchVersion("Nothing is left to restore.")
    query = {"_id": asset["_id"], "status": "deleted", "deletion.is_permanent": {"$ne": True}}
    changes: Document = {"status": status, "updated_at": now}
    if status == "ready":
        members = {name: asset[name] for name in EVENT_MEMBERS if name in asset}
        changes["pending_events"] = appended((_event("AssetRestored", asset, now, members),))
    database.assets.update_one(query, [{"$set": changes}, {"$unset": ["deletion", "deleted_at"]}])
    version_id: str | None = asset["s3"].get("version_id")
    return version_id


def _event(detail_type: str, asset: Mapping[str, Any], now: datetime, members: Mapping[str, Any]) -> Any:
    s3 = asset["s3"]
    version_id = s3.get("version_id")
    subject = {"asset_id": asset["_id"], "version_id": version_id, "bucket": s3["bucket"], "key": s3["key"]}
    identity = (asset["_id"], version_id or s3["etag"], now.isoformat())
    return pending_event(detail_type, asset["project"], identity, now, {**subject, **members})
