"""Access to assets: the role of the caller in the project, then the status of the asset."""

from collections.abc import Mapping
from typing import Any, Final

from pymongo.database import Database

from foveal.access.caller import Caller, Role
from foveal.database.client import Document
from foveal.encoding.ids import is_id
from foveal.errors import AssetNotReady, NoSuchAsset, ScanPending

SCAN_RETRY_AFTER_SECONDS: Final = 10


def asset_for(database: Database[Document], caller: Caller, asset_id: str, role: Role) -> Document:
    """Return an asset of any status.

    Raises NoSuchAsset, with the same words for an absent asset and for one of a project that the caller may not see;
    AccessDenied for a role that is too low.
    """
    asset = database.assets.find_one({"_id": asset_id}) if is_id(asset_id) else None
    if asset is None:
        raise no_such_asset()
    caller.require(asset["project"], role, no_such_asset)
    return asset


def no_such_asset() -> NoSuchAsset:
    return NoSuchAsset("There is no such asset.")


def deliverable(asset: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return the asset if its bytes may be delivered.

    Raises NoSuchAsset for one that is absent or deleted, ScanPending before the scan for malware has a
    result, AssetNotReady for one that ingest has not found ready (yet).
    """
    if asset is None or asset["status"] == "deleted" or asset.get("deletion"):
        raise no_such_asset()
    if asset["status"] == "scanning":
        raise ScanPending(
            "The bytes are being scanned for malware; ask again when AssetReady is published, or in some seconds.",
            state=asset["status"],
            retry_after_seconds=SCAN_RETRY_AFTER_SECONDS,
        )
    if asset["status"] != "ready":
        raise AssetNotReady(f"The asset is {asset['status']}; only ready assets are delivered.", state=asset["status"])
    return asset
