"""What a URL says: the object, its version, and the headers that S3 is to answer with.

A URL names the version. Replaced bytes get another URL, so that no cache can hand out the old ones for the new, and
every entry may be kept for a year. Whatever S3 answers by is part of the CDN's cache key (`infra/delivery.py`).
"""

import functools
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from foveal.delivery.disposition import content_disposition, is_shown_inline

S3_UNRESERVED: Final = "/-._~"
FOR_EVER: Final = "max-age=31536000, immutable"


class Address(NamedTuple):
    """An object in the bucket as a URL names it: its key, and query parameters sorted by name."""

    key: str
    query: tuple[tuple[str, str], ...] = ()

    def path_and_query(self) -> str:
        """Return `/key?query`, percent-encoded as S3 and CloudFront read it."""
        path = f"/{quote(self.key, safe=S3_UNRESERVED)}"
        if not self.query:
            return path
        return f"{path}?" + "&".join(f"{name}={_quoted(value)}" for name, value in self.query)


def original(asset: Mapping[str, Any], *, is_attachment: bool = False, version_id: str | None = None) -> Address:
    """Return the address of an asset's bytes as uploaded: of the current version, or of the one given.

    The type is the one that was found in the bytes, never the one that the uploader claimed. The file name is part of
    the URL only for a download that asks for it, because file names may be personal.
    """
    stored, mime_type = asset["s3"], asset.get("mime_type")
    query = [("versionId", version_id or stored.get("version_id") or "null"), ("response-cache-control", FOR_EVER)]
    if is_attachment:
        query.append(("response-content-disposition", content_disposition(asset.get("file_name"))))
    elif not is_shown_inline(mime_type):
        query.append(("response-content-disposition", content_disposition(None)))
    if mime_type:
        query.append(("response-content-type", mime_type if is_shown_inline(mime_type) else "application/octet-stream"))
    return Address(stored["key"], tuple(sorted(query)))


@functools.lru_cache(maxsize=256)
def _quoted(value: str) -> str:
    return quote(value, safe="-._~")
