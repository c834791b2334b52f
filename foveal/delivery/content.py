"""The stable address of an asset's bytes, which never expires: a redirect to a fresh URL each time."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pymongo.database import Database

from foveal.access.caller import Caller, Role
from foveal.catalog.assets import matches
from foveal.database.client import Document
from foveal.delivery import addresses
from foveal.delivery.access import asset_for, deliverable
from foveal.delivery.addresses import Address
from foveal.delivery.archive import require_original
from foveal.delivery.derivatives import Derivatives
from foveal.errors import Unprocessable
from foveal.objects.buckets import Buckets

ORIGINAL_OPTIONS: Final = frozenset({"variant", "disposition", "version_id"})


class Content(NamedTuple):
    """Address of the bytes, the variant and version that it names, and the entity tag if it is known."""

    asset: Mapping[str, Any]
    address: Address
    etag: str | None
    variant: str
    version_id: str | None

    def is_known(self, if_none_match: str | None) -> bool:
        """Return whether the caller has these bytes already, by the entity tags in `If-None-Match`."""
        return self.etag is not None and matches(if_none_match, self.etag)


def find(
    database: Database[Document],
    buckets: Buckets,
    derivatives: Derivatives,
    caller: Caller,
    asset_id: str,
    query: Mapping[str, str],
) -> Content:
    """Return the address of an asset's original, of one of its versions, or of a derivative.

    Raises NoSuchAsset, AssetNotReady, NoSuchVersion, InvalidObjectState for archived bytes, Unprocessable for a variant
    or option that is not offered, and the errors of `Derivatives.address`.
    """
    asset = deliverable(asset_for(database, caller, asset_id, Role.VIEWER))
    variant, current_id = query.get("variant", "original"), asset["s3"].get("version_id")
    if variant != "original":
        return Content(asset, derivatives.address(asset, query), None, variant, query.get("version_id") or current_id)
    unknown = sorted(set(query) - ORIGINAL_OPTIONS)
    if unknown or query.get("disposition", "inline") not in ("inline", "attachment"):
        raise Unprocessable("The original takes version_id, and disposition=inline or attachment.")
    version_id = query.get("version_id") or current_id
    etag = require_original(buckets, asset, version_id)
    is_attachment = query.get("disposition") == "attachment"
    mime_type = asset.get("mime_type")
    if version_id is not None and version_id != current_id:
        from foveal.delivery import noncurrent  # the header readers, which would lengthen every cold start

        mime_type = noncurrent.mime_type_of(buckets.of(asset), asset["s3"]["key"], version_id)
    address = addresses.of_version(asset, version_id, mime_type, is_attachment=is_attachment)
    return Content(asset, address, f'"{etag}"', variant, version_id)
