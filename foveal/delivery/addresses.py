"""Addresses of objects: the key, the version, and the response headers that S3 is to send.

An address names the version. Replaced bytes get another address, so that no cache can hand out the old ones for the
new, and every entry may be kept for a year. Each parameter is part of the CDN's cache key (`infra/delivery/cdn.py`).
Type, disposition and caching are always given, because S3 would otherwise send those that the uploader stored.
"""

import functools
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from foveal.delivery.disposition import content_disposition, is_shown_inline
from foveal.objects.buckets import is_external

S3_UNRESERVED: Final = "/-._~"
MAX_AGE: Final = "max-age=31536000, immutable"


class Address(NamedTuple):
    """An object as a URL names it: its key, query parameters sorted by name, its bucket if not the media bucket."""

    key: str
    query: tuple[tuple[str, str], ...] = ()
    bucket: str | None = None

    def path_and_query(self) -> str:
        """Return `/key?query`, percent-encoded as S3 and CloudFront read it."""
        path = f"/{quote(self.key, safe=S3_UNRESERVED)}"
        if not self.query:
            return path
        return f"{path}?" + "&".join(f"{name}={_quoted(value)}" for name, value in self.query)


def original(asset: Mapping[str, Any], *, is_attachment: bool = False) -> Address:
    """Return the address of the current version of an asset's original.

    The type is the one that was found in the bytes, never the one that the uploader claimed. The file name is part of
    the URL only for a download that asks for it, because file names may be personal.
    """
    version_id, mime_type = asset["s3"].get("version_id"), asset.get("mime_type")
    return of_version(asset, version_id, mime_type, is_attachment=is_attachment)


def of_version(
    asset: Mapping[str, Any], version_id: str | None, mime_type: str | None, *, is_attachment: bool = False
) -> Address:
    """Return the address of a version of an original, of which the type was found in its bytes."""
    is_inline = is_shown_inline(mime_type)
    file_name = asset.get("file_name") if is_attachment else None
    query = {
        "versionId": version_id or "null",
        "response-cache-control": MAX_AGE,
        "response-content-disposition": content_disposition(file_name, is_attachment=is_attachment or not is_inline),
        "response-content-type": mime_type if is_inline and mime_type else "application/octet-stream",
    }
    if not is_external(asset):
        return Address(asset["s3"]["key"], tuple(sorted(query.items())))
    if version_id is None:
        del query["versionId"]  # of a bucket that may have versions: they are not known, or there are none
    return Address(asset["s3"]["key"], tuple(sorted(query.items())), asset["s3"]["bucket"])


@functools.lru_cache(maxsize=256)
def _quoted(value: str) -> str:
    return quote(value, safe="-._~")
