"""What S3 answers with an object, in headers and bytes, as values; and the code of an error."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from foveal.aws import xml
from foveal.aws.connection import HttpResponse
from foveal.aws.errors import NoSuchKey, error_of

CHECKSUM_PREFIX: Final = "x-amz-checksum-"


class ObjectHead(NamedTuple):
    """What S3 knows of one object version. `checksums` maps `crc64nvme`, `sha256`… to base64 as S3 gives them."""

    size_bytes: int
    etag: str
    version_id: str | None
    content_type: str
    storage_class: str
    restore: str | None
    checksums: Mapping[str, str]
    metadata: Mapping[str, str]


class RangeResponse(NamedTuple):
    """Some bytes of one object version, and the size of the whole."""

    data: bytes
    size_bytes: int
    etag: str
    version_id: str | None
    content_type: str


class Opened(NamedTuple):
    """The first bytes of the current version of an object, and what S3 says of that version."""

    first: RangeResponse
    head: ObjectHead


def opened(got: HttpResponse | None, stated: HttpResponse | None, length: int) -> Opened | NoSuchKey | None:
    """Return what two answers tell of an object (`stated` has its checksums); None where they do not tell it."""
    if got is not None and got.status == 404:
        error = error_of("GetObject", error_code(got), got.status)
        return error if isinstance(error, NoSuchKey) else None
    if got is None or stated is None or got.status not in (200, 206) or stated.status != 200:
        return None
    try:
        first, head = range_response(got, 0, length), object_head(stated)
    except (KeyError, ValueError):
        return None
    is_same = (head.etag, head.version_id, head.size_bytes) == (first.etag, first.version_id, first.size_bytes)
    return Opened(first, head) if is_same else None


def range_response(answer: HttpResponse, offset: int, length: int) -> RangeResponse:
    data, size_bytes = answer.body, int(answer.headers.get("x-amz-decoded-content-length", len(answer.body)))
    if answer.status == 206:
        size_bytes = int(answer.headers["content-range"].rpartition("/")[2])
    else:
        data = data[offset : offset + length]
    return RangeResponse(
        data,
        size_bytes,
        answer.headers.get("etag", "").strip('"'),
        answer.headers.get("x-amz-version-id"),
        answer.headers.get("content-type", ""),
    )


def object_head(answer: HttpResponse) -> ObjectHead:
    headers = answer.headers
    return ObjectHead(
        int(headers.get("content-length", 0)),
        headers.get("etag", "").strip('"'),
        headers.get("x-amz-version-id"),
        headers.get("content-type", ""),
        headers.get("x-amz-storage-class", "STANDARD"),
        headers.get("x-amz-restore"),
        _checksums(headers),
        {name[11:]: value for name, value in headers.items() if name.startswith("x-amz-meta-")},
    )


def error_code(answer: HttpResponse) -> str:
    """Return S3's error code; nothing for a success, nor where the body tells none."""
    return _code_in(answer.body) if answer.status >= 300 else ""


def late_error_code(answer: HttpResponse) -> str:
    """Like `error_code`, for an operation that may answer 200 and then an error in the body."""
    return _code_in(answer.body) if b"<Error" in answer.body[:512] else ""


def _code_in(body: bytes) -> str:
    root = xml.parse(body)
    return xml.text(root, "Code") if root is not None and root.tag.endswith("Error") else ""


def _checksums(headers: Mapping[str, str]) -> dict[str, str]:
    names = ((name.removeprefix(CHECKSUM_PREFIX), value) for name, value in headers.items() if CHECKSUM_PREFIX in name)
    return {name: value for name, value in names if name not in ("type", "algorithm")}
