"""Batches of up to 1,000 signed URLs; an asset that cannot be delivered has its problem in its place."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import Field
from pymongo.database import Database

from foveal.database.client import Document
from foveal.delivery import addresses
from foveal.delivery.access import deliverable
from foveal.delivery.addresses import Address
from foveal.delivery.archive import unreadable
from foveal.delivery.derivatives import Derivatives
from foveal.delivery.links import shared_expiry
from foveal.encoding.ids import is_id
from foveal.encoding.instants import timestamp
from foveal.errors import Problem
from foveal.objects.buckets import Buckets
from foveal.validation.models import Model

MAX_ASSETS: Final = 1_000
MAX_SECONDS: Final = 7 * 24 * 3600
MIN_SECONDS: Final = 10
LINKED_FIELDS: Final = {
    "project": 1,
    "status": 1,
    "deletion": 1,
    "media_type": 1,
    "mime_type": 1,
    "file_name": 1,
    "s3.bucket": 1,
    "s3.key": 1,
    "s3.version_id": 1,
    "s3.etag": 1,
    "s3.is_external": 1,
    "s3.storage_class": 1,
    "s3.archive_status": 1,
    "frame_count": 1,
    "format": 1,
    "colour_space": 1,
    "annotation_revision": 1,
    "width": 1,
    "height": 1,
}


MAX_ITEM_BYTES: Final = 2_048
"""Of a URL or a problem in an answer: a key has up to 1,024 bytes, a policy and its signature some hundred."""
Seconds = Annotated[int, Field(ge=MIN_SECONDS, le=MAX_SECONDS)]


class DownloadsRequest(Model):
    """The body of a request for URLs."""

    asset_ids: Annotated[list[str], Field(min_length=1, max_length=MAX_ASSETS)]
    variant: str = "original"
    disposition: Annotated[str, Field(pattern="^(inline|attachment)$")] = "inline"
    expires_in_seconds: Seconds | None = None


def sign(
    database: Database[Document],
    buckets: Buckets,
    url_of: Callable[[Address, int], str],
    derivatives: Derivatives,
    project: str,
    request: DownloadsRequest,
    ttl: int,
    window: int,
) -> list[dict[str, Any]]:
    """Return `{"asset_id", "url", "expires_at"}` for each id, in order; or `{"asset_id", "problem"}` in its place."""
    found = _assets(database, project, request.asset_ids)
    expires_at = shared_expiry(request.expires_in_seconds or ttl, window)
    expiry = timestamp(datetime.fromtimestamp(expires_at, UTC))
    ready = [asset for asset in found.values() if asset["status"] == "ready"]
    address_of: Callable[[Mapping[str, Any]], Address]
    if request.variant == "original":
        address_of = _originals(buckets, ready, is_attachment=request.disposition == "attachment")
    else:
        address_of = derivatives.many(ready, request.variant)
    downloads: list[dict[str, Any]] = []
    for asset_id in request.asset_ids:
        try:
            address = address_of(deliverable(found.get(asset_id)))
            downloads.append({"asset_id": asset_id, "url": url_of(address, expires_at), "expires_at": expiry})
        except Problem as problem:
            downloads.append({"asset_id": asset_id, "problem": problem.document()})
    return downloads


def _originals(
    buckets: Buckets, assets: Sequence[Mapping[str, Any]], *, is_attachment: bool
) -> Callable[[Mapping[str, Any]], Address]:
    refused = unreadable(buckets, assets)

    def address(asset: Mapping[str, Any]) -> Address:
        if asset["_id"] in refused:
            raise refused[asset["_id"]]
        return addresses.original(asset, is_attachment=is_attachment)

    return address


def _assets(database: Database[Document], project: str, asset_ids: Sequence[str]) -> dict[str, Document]:
    ids = [asset_id for asset_id in dict.fromkeys(asset_ids) if is_id(asset_id)]
    cursor = database.assets.find({"_id": {"$in": ids}, "project": project}, LINKED_FIELDS, batch_size=MAX_ASSETS)
    return {asset["_id"]: asset for asset in cursor}
