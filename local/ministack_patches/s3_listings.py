"""S3's listing of versions: `encoding-type=url`, which s3.py:4002 ignores: one control character ended a listing.

XML 1.0 has no form for most control characters ("ListObjectVersions", parameter encoding-type).
"""

import html
import re
from typing import Any, Final
from urllib.parse import quote_plus

Response = tuple[int, dict[str, Any], Any]
Query = dict[str, list[str]]
ENCODED: Final = re.compile(
    rb"<(Key|Prefix|KeyMarker|NextKeyMarker|Delimiter)>(.*?)</\1>", re.DOTALL
)  # a text holds no `<`: it is escaped

USES: Final = {"ministack.services.s3": ("_list_object_versions", "_qp")}


def install() -> None:
    from ministack.services import s3

    listed = s3._list_object_versions

    def list_object_versions(bucket: str, query: Query) -> Response:
        status, headers, body = listed(bucket, query)
        if status == 200 and s3._qp(query, "encoding-type", "") == "url":
            body = url_encoded(body)
        return status, headers, body

    s3._list_object_versions = list_object_versions


def url_encoded(document: bytes) -> bytes:
    """Return a ListVersionsResult with its keys and prefixes encoded as S3 does it, spaces as plus signs."""
    encoded = ENCODED.sub(_encoded, document)
    return encoded.replace(b"</IsTruncated>", b"</IsTruncated><EncodingType>url</EncodingType>", 1)


def _encoded(found: "re.Match[bytes]") -> bytes:
    name, text = found[1], html.unescape(found[2].decode())
    return b"<%s>%s</%s>" % (name, quote_plus(text, safe="/").encode(), name)
