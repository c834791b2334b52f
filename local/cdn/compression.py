"""Compression at the edge, by the CloudFront Developer Guide, "Serve compressed files".

Only gzip: browsers accept Brotli over TLS alone, which this edge has none of.
"""

import gzip
import re
from typing import Final

from local.cdn.cache import Answer

MIN_BYTES: Final = 1_000
MAX_BYTES: Final = 10_000_000
COMPRESSED_STATUSES: Final = frozenset({200, 403, 404})
# Those of the guide's list that occur here; types of a browser's fonts and of feeds are left out.
COMPRESSED_TYPES: Final = frozenset(
    {
        *("application/javascript", "application/json", "application/pdf", "application/wasm", "application/xml"),
        *("image/svg+xml", "text/css", "text/csv", "text/html", "text/javascript", "text/plain", "text/xml"),
    }
)


def accepts_gzip(accept_encoding: str) -> bool:
    """Tell whether a viewer takes gzip, by its Accept-Encoding (RFC 9110, 12.5.3)."""
    offered = [re.sub(r"\s", "", each).lower() for each in accept_encoding.split(",")]
    return any(each.partition(";")[0] == "gzip" and not re.search(r";q=0(\.0+)?$", each) for each in offered)


def compressed(answer: Answer) -> Answer:
    """Return the answer compressed, with a weak ETag, if the guide's conditions hold; otherwise as it is."""
    status, reason, headers, body = answer
    media_type = str(headers.get("content-type", "")).partition(";")[0].strip().lower()
    is_compressible = (
        status in COMPRESSED_STATUSES
        and media_type in COMPRESSED_TYPES
        and MIN_BYTES <= len(body) <= MAX_BYTES
        and "content-encoding" not in headers
    )
    if not is_compressible:
        return answer
    content = gzip.compress(body, mtime=0)
    changed = {"content-encoding": "gzip", "content-length": str(len(content)), "vary": _varied(headers)}
    if str(headers.get("etag", "")).startswith('"'):
        changed["etag"] = f"W/{headers['etag']}"
    without = {name: value for name, value in headers.items() if name != "accept-ranges"}
    return status, reason, {**without, **changed}, content


def _varied(headers: dict[str, object]) -> str:
    given = str(headers.get("vary", ""))
    return f"{given}, Accept-Encoding" if given else "Accept-Encoding"
