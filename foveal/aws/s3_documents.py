"""What S3 answers in XML, as values: lists, pages of them, tags, and what a multipart upload became."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from urllib.parse import unquote_plus

from foveal.aws import xml
from foveal.aws.connection import HttpResponse
from foveal.aws.errors import error_of


class Part(NamedTuple):
    """One part that has arrived."""

    part_number: int
    size_bytes: int
    etag: str


class Completed(NamedTuple):
    """What S3 answers to a completed multipart upload."""

    etag: str
    version_id: str | None
    checksums: dict[str, str]


class ListedVersion(NamedTuple):
    """One version or delete marker of a key; a marker has neither bytes nor a storage class."""

    key: str
    version_id: str
    is_latest: bool
    is_delete_marker: bool
    size_bytes: int
    etag: str
    last_modified: datetime
    storage_class: str


class VersionPage(NamedTuple):
    """A page of versions; the markers of the next one, None on the last."""

    versions: list[ListedVersion]
    next_markers: tuple[str, str] | None


class PartPage(NamedTuple):
    """A page of parts; the marker of the next one, None on the last."""

    parts: list[Part]
    next_marker: str | None


def version_page(answer: HttpResponse) -> VersionPage:
    root = _root(answer)
    text = _reader(root)
    versions = [
        ListedVersion(
            text(each, "Key"),
            xml.text(each, "VersionId"),
            xml.text(each, "IsLatest") == "true",
            each.tag.endswith("DeleteMarker"),
            int(xml.text(each, "Size") or 0),
            xml.text(each, "ETag").strip('"'),
            _instant(xml.text(each, "LastModified")),
            xml.text(each, "StorageClass"),
        )
        for each in root
        if each.tag.endswith(("}Version", "}DeleteMarker")) or each.tag in ("Version", "DeleteMarker")
    ]
    return VersionPage(versions, (text(root, "NextKeyMarker"), _next(root, "VersionId")) if _has_more(root) else None)


def part_page(answer: HttpResponse) -> PartPage:
    root = _root(answer)
    parts = [
        Part(int(xml.text(each, "PartNumber")), int(xml.text(each, "Size")), xml.text(each, "ETag").strip('"'))
        for each in xml.children(root, "Part")
    ]
    return PartPage(parts, _next(root, "PartNumber") or None if _has_more(root) else None)


def upload_id(answer: HttpResponse) -> str:
    return xml.text(_root(answer), "UploadId")


def completed(answer: HttpResponse) -> Completed:
    root = _root(answer)
    checksums = {
        child.tag.rpartition("}")[2][8:].lower(): child.text or ""
        for child in root
        if child.tag.rpartition("}")[2].startswith("Checksum") and not child.tag.endswith("ChecksumType")
    }
    return Completed(xml.text(root, "ETag").strip('"'), answer.headers.get("x-amz-version-id"), checksums)


def tags(answer: HttpResponse) -> dict[str, str]:
    return {xml.text(tag, "Key"): xml.text(tag, "Value") for tag in _root(answer).iterfind("{*}TagSet/{*}Tag")}


def _has_more(root: xml.Element) -> bool:
    return xml.text(root, "IsTruncated") == "true"


def _next(root: xml.Element, name: str) -> str:
    return xml.text(root, f"Next{name}Marker")


def _reader(root: xml.Element) -> Callable[[xml.Element, str], str]:
    """Return what reads keys out of a list: decoded where S3 says that it has encoded them."""
    if xml.text(root, "EncodingType") != "url":
        return xml.text
    return lambda element, name: unquote_plus(xml.text(element, name))


def _root(answer: HttpResponse) -> xml.Element:
    root = xml.parse(answer.body)
    if root is None:
        raise error_of("S3", "MalformedAnswer", answer.status)
    return root


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
