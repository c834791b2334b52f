"""The tag `foveal-status` of a version, brought in line with the catalog.

Ingest and the scan function both change the state of an asset, and S3 has no conditional write of tags. So the tag is
never computed from the own change, but from the committed asset: whoever has committed a change or has written the tag
reads the asset, compares, writes, and reads again until both agree. The last one to act sees the last state, whatever
the order was; a tag stays wrong only where a process dies in between, and the message that it did not acknowledge
comes again.
"""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from pymongo.collection import Collection

from foveal.database.client import Document
from foveal.ingest.observation import NotThere
from foveal.scanning.results import tag_of

MAX_ROUNDS: Final = 20
_FIELDS: Final = {"status": 1, "s3": 1, "scan": 1}


class Unsettled(Exception):
    """Asset and tag change faster than they can be brought in line; a later attempt helps."""


class TaggedBucket(Protocol):
    """Operations on the tag of a version."""

    def status_tag(self, key: str, version_id: str | None, /) -> str | None:
        """Return the tag `foveal-status` of a version, None without one. Raises NotThere."""
        ...

    def set_status_tag(self, key: str, version_id: str | None, status: str | None, /) -> None:
        """Set the tag of a version, or remove it (None). Raises NotThere."""
        ...


def settle_tag(assets: Collection[Document], bucket: TaggedBucket, asset_id: str, version_id: str | None) -> None:
    """Give a version the tag that belongs to its asset, as long as the asset holds it. Raises Unsettled, AwsError."""
    for _ in range(MAX_ROUNDS):
        asset = assets.find_one({"_id": asset_id}, _FIELDS)
        if asset is None or not _decides(asset, version_id):
            return
        try:
            if bucket.status_tag(asset["s3"]["key"], version_id) == tag_of(asset):
                return
            bucket.set_status_tag(asset["s3"]["key"], version_id, tag_of(asset))
        except NotThere:
            return
    raise Unsettled


def _decides(asset: Mapping[str, Any], version_id: str | None) -> bool:
    """Tell whether the state of the asset says anything about the version: not of a deleted or an older one."""
    holds = (asset.get("s3") or {}).get("version_id") == version_id
    return holds and asset["status"] != "deleted" and "scan" in asset
