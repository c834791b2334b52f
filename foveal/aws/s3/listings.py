"""XML documents of S3: pages of versions and parts, tags, results of multipart uploads."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from urllib.parse import unquote_plus

from foveal.aws.errors import error_of
from foveal.aws.s3 import xml
from foveal.http.protocol import HttpResponse


class Part(NamedTuple):
    """An uploaded part."""

    part_number: int
    size_bytes: int
    etag: str


class Completed(NamedTuple):
    """The result of CompleteMultipartUpload; `checksums` as in ObjectHead."""

    etag: str
    version_id: str | None
    checksums: dict[str, str]


class ListedVersion(NamedTuple):
    """A version or delete marker of a key; a marker has neither bytes nor a storage class."""

    key: str
    version_id: str
    is_latest: bool
    is_delete_marker: bool
    size_bytes: int
    etag: str
    last_modified: datetime
    storage_class: str


class VersionPage(NamedTuple):
    """A page of versions; `next_markers` is None on the last one."""

    versions: list[ListedVersion]
    next_markers: tuple[str, str] | None


class ListedObject(NamedTuple):
    """The current version of a key, as a listing without versions has it."""

    key: str
    size_bytes: int
    etag: str
    last_modified: datetime
    storage_class: str


class ObjectPage(NamedTuple):
    """A page of objects in the order of their keys; `has_more` tells whether another one follows."""

    objects: list[ListedObject]
    has_more: bool


class PartPage(NamedTuple):
    """A page of parts; `next_marker` is None on the last one."""

    parts: list[Part]
    next_marker: str | None


def version_page(response: HttpResponse) -> VersionPage:
    root = _root(response)
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


def object_page(response: HttpResponse) -> ObjectPage:
    root = _root(response)
    text = _reader(root)
    objects = [
        ListedObject(
            text(each, "Key"),
            int(xml.text(each, "Size") or 0),
            xml.text(each, "ETag").strip('"'),
            _instant(xml.text(each, "LastModified")),
            xml.text(each, "StorageClass") or "STANDARD",
        )
        for each in xml.children(root, "Contents")
    ]
    return ObjectPage(objects, _has_more(root))


def part_page(response: HttpResponse) -> PartPage:
    root = _root(response)
    parts = [
        Part(int(xml.text(each, "PartNumber")), int(xml.text(each, "Size")), xml.text(each, "ETag").strip('"'))
        for each in xml.children(root, "Part")
    ]
    return PartPage(parts, _next(root, "PartNumber") or None if _has_more(root) else None)


def upload_id(response: HttpResponse) -> str:
    return xml.text(_root(response), "UploadId")


def completed(response: HttpResponse) -> Completed:
    root = _root(response)
    checksums = {
        child.tag.rpartition("}")[2][8:].lower(): child.text or ""
        for child in root
        if child.tag.rpartition("}")[2].startswith("Checksum") and not child.tag.endswith("ChecksumType")
    }
    return Completed(xml.text(root, "ETag").strip('"'), response.headers.get("x-amz-version-id"), checksums)


def tags(response: HttpResponse) -> dict[str, str]:
    return {xml.text(tag, "Key"): xml.text(tag, "Value") for tag in _root(response).iterfind("{*}TagSet/{*}Tag")}


def _has_more(root: xml.Element) -> bool:
    return xml.text(root, "IsTruncated") == "true"


def _next(root: xml.Element, name: str) -> str:
    return xml.text(root, f"Next{name}Marker")


def _reader(root: xml.Element) -> Callable[[xml.Element, str], str]:
    """Return the function that reads keys: it decodes them when S3 has encoded them."""
    if xml.text(root, "EncodingType") != "url":
        return xml.text
    return lambda element, name: unquote_plus(xml.text(element, name))


def _root(response: HttpResponse) -> xml.Element:
    root = xml.parse(response.body)
    if root is None:
        raise error_of("S3", "MalformedResponse", response.status)
    return root


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
