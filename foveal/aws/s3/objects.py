"""Responses of S3 about one object: its bytes, its headers, error codes."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from foveal.aws.errors import NoSuchKey, error_of
from foveal.aws.s3 import xml
from foveal.http.protocol import HttpResponse

CHECKSUM_PREFIX: Final = "x-amz-checksum-"


class ObjectHead(NamedTuple):
    """Headers of one object version. `checksums` maps `crc64nvme`, `sha256`… to base64 as S3 gives them."""

    size_bytes: int
    etag: str
    version_id: str | None
    content_type: str
    storage_class: str
    restore: str | None
    checksums: Mapping[str, str]
    metadata: Mapping[str, str]
    content_encoding: str = ""


class RangeResponse(NamedTuple):
    """A byte range of one object version; `size_bytes` is the size of the whole object."""

    data: bytes
    size_bytes: int
    etag: str
    version_id: str | None
    content_type: str


class Opened(NamedTuple):
    """The first bytes of the current version of an object, and the headers of that version."""

    first: RangeResponse
    head: ObjectHead


def opened(get: HttpResponse | None, head: HttpResponse | None, length: int) -> Opened | NoSuchKey | None:
    """Combine the responses to a GET and to a request for checksums.

    Returns None when they do not tell the state of the object: errors that a retry may solve, or two versions.
    """
    if get is not None and get.status == 404:
        error = error_of("GetObject", error_code(get), get.status)
        return error if isinstance(error, NoSuchKey) else None
    if get is None or head is None or get.status not in (200, 206) or head.status != 200:
        return None
    try:
        first, whole = range_response(get, 0, length), object_head(head)
    except (KeyError, ValueError):
        return None
    is_same = (whole.etag, whole.version_id, whole.size_bytes) == (first.etag, first.version_id, first.size_bytes)
    return Opened(first, whole) if is_same else None


def range_response(response: HttpResponse, offset: int, length: int) -> RangeResponse:
    data, size_bytes = response.body, int(response.headers.get("x-amz-decoded-content-length", len(response.body)))
    if response.status == 206:
        size_bytes = int(response.headers["content-range"].rpartition("/")[2])
    else:
        data = data[offset : offset + length]
    return RangeResponse(
        data,
        size_bytes,
        response.headers.get("etag", "").strip('"'),
        response.headers.get("x-amz-version-id"),
        response.headers.get("content-type", ""),
    )


def object_head(response: HttpResponse) -> ObjectHead:
    headers = response.headers
    return ObjectHead(
        int(headers.get("content-length", 0)),
        headers.get("etag", "").strip('"'),
        headers.get("x-amz-version-id"),
        headers.get("content-type", ""),
        headers.get("x-amz-storage-class", "STANDARD"),
        headers.get("x-amz-restore"),
        _checksums(headers),
        {name[11:]: value for name, value in headers.items() if name.startswith("x-amz-meta-")},
        headers.get("content-encoding", ""),
    )


def error_code(response: HttpResponse) -> str:
    """Return the error code of a response; empty for a success, and for an error without a code."""
    return _code_in(response.body) if response.status >= 300 else ""


def late_error_code(response: HttpResponse) -> str:
    """Return the error code of a response that may have status 200 and an error in its body."""
    return _code_in(response.body) if b"<Error" in response.body[:512] else ""


def _code_in(body: bytes) -> str:
    root = xml.parse(body)
    return xml.text(root, "Code") if root is not None and root.tag.endswith("Error") else ""


def _checksums(headers: Mapping[str, str]) -> dict[str, str]:
    names = ((name.removeprefix(CHECKSUM_PREFIX), value) for name, value in headers.items() if CHECKSUM_PREFIX in name)
    return {name: value for name, value in names if name not in ("type", "algorithm")}
