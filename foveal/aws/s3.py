"""The S3 calls of the request path, for one bucket."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple
from urllib.parse import quote

from foveal.aws import credentials, http, xml
from foveal.aws.endpoints import bucket_endpoint
from foveal.aws.errors import error_of
from foveal.signing.sigv4 import NOTHING, Signer, encoded_query

CHECKSUM_PREFIX: Final = "x-amz-checksum-"
EMPTY_SHA256: Final = hashlib.sha256(b"").hexdigest()
XML_HEADERS: Final = {"Content-Type": "application/xml"}


class ObjectHead(NamedTuple):
    """What S3 knows of one object version. `checksums` maps `crc64nvme`, `sha256`… to base64 as S3 gives them."""

    size_bytes: int
    etag: str
    version_id: str | None
    content_type: str
    last_modified: datetime | None
    storage_class: str
    restore: str | None
    checksums: Mapping[str, str]
    checksum_type: str | None
    metadata: Mapping[str, str]


class RangeResponse(NamedTuple):
    """Some bytes of one object version, and the size of the whole."""

    data: bytes
    size_bytes: int
    etag: str
    version_id: str | None
    content_type: str


class Part(NamedTuple):
    """One part that has arrived."""

    part_number: int
    size_bytes: int
    etag: str


class Completed(NamedTuple):
    """What S3 answers to a completed multipart upload."""

    etag: str
    version_id: str | None
    checksums: Mapping[str, str]


class Listed(NamedTuple):
    key: str
    size_bytes: int
    etag: str
    last_modified: datetime
    storage_class: str


class ListedVersion(NamedTuple):
    """One version or delete marker of a key."""

    key: str
    version_id: str
    is_latest: bool
    is_delete_marker: bool
    size_bytes: int
    etag: str
    last_modified: datetime


class VersionPage(NamedTuple):
    """A page of versions; the markers of the next one, None on the last."""

    versions: list[ListedVersion]
    next_markers: tuple[str, str] | None


class OpenUpload(NamedTuple):
    """A multipart upload that is neither completed nor aborted."""

    key: str
    s3_upload_id: str
    initiated_at: datetime


class S3:
    """One bucket. Safe to share by threads; every method raises the typed errors of foveal/aws/errors.py."""

    def __init__(self, bucket: str, region: str | None = None) -> None:
        self.bucket = bucket
        self._region = region or credentials.region()
        self._endpoint = bucket_endpoint(bucket, self._region)
        self._host = http.host(self._endpoint.scheme, self._endpoint.host)
        self._signer: Signer | None = None

    def get_range(self, key: str, offset: int, length: int, version_id: str | None = None) -> RangeResponse:
        """Return up to `length` bytes from `offset`, fewer at the end. Raises InvalidRange past the end."""
        headers = {"Range": f"bytes={offset}-{offset + length - 1}"}
        answer = self._call("GetObject", "GET", key, query=_version(version_id), headers=headers)
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

    def get(self, key: str, version_id: str | None = None) -> bytes:
        """Return a whole object; for small ones that the product made itself."""
        return self._call("GetObject", "GET", key, query=_version(version_id)).body

    def head(self, key: str, version_id: str | None = None) -> ObjectHead:
        """Return size, ETag, checksums… of an object. Raises NoSuchKey; MethodNotAllowed for a delete marker."""
        headers = {"x-amz-checksum-mode": "ENABLED"}
        answer = self._call("HeadObject", "HEAD", key, query=_version(version_id), headers=headers).headers
        modified = answer.get("last-modified")
        return ObjectHead(
            int(answer.get("content-length", 0)),
            answer.get("etag", "").strip('"'),
            answer.get("x-amz-version-id"),
            answer.get("content-type", ""),
            parsedate_to_datetime(modified) if modified else None,
            answer.get("x-amz-storage-class", "STANDARD"),
            answer.get("x-amz-restore"),
            _checksums(answer),
            answer.get("x-amz-checksum-type"),
            {name[11:]: value for name, value in answer.items() if name.startswith("x-amz-meta-")},
        )

    def put(self, key: str, body: bytes, content_type: str, headers: Mapping[str, str] = NOTHING) -> str | None:
        """Store an object; return its version id (None without versioning)."""
        sent = {"Content-Type": content_type, **headers}
        return self._call("PutObject", "PUT", key, headers=sent, body=body).headers.get("x-amz-version-id")

    def delete(self, key: str, version_id: str | None = None) -> str | None:
        """Delete, or put a delete marker when no version is named; return the version id of what was made or gone."""
        answer = self._call("DeleteObject", "DELETE", key, query=_version(version_id))
        return answer.headers.get("x-amz-version-id")

    def get_tagging(self, key: str, version_id: str | None = None) -> dict[str, str]:
        answer = self._call("GetObjectTagging", "GET", key, query={"tagging": "", **_version(version_id)})
        root = _root(answer)
        return {xml.text(tag, "Key"): xml.text(tag, "Value") for tag in root.iterfind("{*}TagSet/{*}Tag")}

    def put_tagging(self, key: str, tags: Mapping[str, str], version_id: str | None = None) -> None:
        """Replace all tags of an object version."""
        found = "".join(
            f"<Tag><Key>{xml.escape(name)}</Key><Value>{xml.escape(value)}</Value></Tag>"
            for name, value in tags.items()
        )
        body = f"<Tagging><TagSet>{found}</TagSet></Tagging>".encode()
        md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        headers = {**XML_HEADERS, "Content-MD5": md5}
        query = {"tagging": "", **_version(version_id)}
        self._call("PutObjectTagging", "PUT", key, query=query, headers=headers, body=body)

    def list_objects(self, prefix: str, start_after: str = "", max_keys: int = 1000) -> list[Listed]:
        """Return one page of current objects in key order; the next page starts after the last key."""
        query = {"list-type": "2", "prefix": prefix, "max-keys": str(max_keys)}
        if start_after:
            query["start-after"] = start_after
        root = _root(self._call("ListObjectsV2", "GET", "", query=query))
        return [
            Listed(
                xml.text(each, "Key"),
                int(xml.text(each, "Size")),
                xml.text(each, "ETag").strip('"'),
                _instant(xml.text(each, "LastModified")),
                xml.text(each, "StorageClass") or "STANDARD",
            )
            for each in xml.children(root, "Contents")
        ]

    def list_versions(self, prefix: str, markers: tuple[str, str] | None = None, max_keys: int = 1000) -> VersionPage:
        """Return one page of versions and delete markers, newest first within a key."""
        query = {"versions": "", "prefix": prefix, "max-keys": str(max_keys)}
        if markers:
            query["key-marker"], query["version-id-marker"] = markers
        root = _root(self._call("ListObjectVersions", "GET", "", query=query))
        versions = [
            ListedVersion(
                xml.text(each, "Key"),
                xml.text(each, "VersionId"),
                xml.text(each, "IsLatest") == "true",
                each.tag.endswith("DeleteMarker"),
                int(xml.text(each, "Size") or 0),
                xml.text(each, "ETag").strip('"'),
                _instant(xml.text(each, "LastModified")),
            )
            for each in root
            if each.tag.endswith(("}Version", "}DeleteMarker")) or each.tag in ("Version", "DeleteMarker")
        ]
        has_more = xml.text(root, "IsTruncated") == "true"
        following = (xml.text(root, "NextKeyMarker"), xml.text(root, "NextVersionIdMarker")) if has_more else None
        return VersionPage(versions, following)

    def create_multipart(self, key: str, content_type: str, headers: Mapping[str, str] = NOTHING) -> str:
        """Open a multipart upload; return S3's upload id."""
        sent = {"Content-Type": content_type, **headers}
        answer = self._call("CreateMultipartUpload", "POST", key, query={"uploads": ""}, headers=sent)
        return xml.text(_root(answer), "UploadId")

    def list_parts(self, key: str, s3_upload_id: str) -> list[Part]:
        """Return all parts that have arrived, in order, over as many pages as it takes. Raises NoSuchUpload."""
        parts: list[Part] = []
        marker = "0"
        while True:
            query = {"uploadId": s3_upload_id, "part-number-marker": marker, "max-parts": "1000"}
            root = _root(self._call("ListParts", "GET", key, query=query))
            parts += [
                Part(int(xml.text(each, "PartNumber")), int(xml.text(each, "Size")), xml.text(each, "ETag").strip('"'))
                for each in xml.children(root, "Part")
            ]
            following = xml.text(root, "NextPartNumberMarker")
            if xml.text(root, "IsTruncated") != "true" or following in ("", marker):
                return parts
            marker = following

    def complete_multipart(
        self, key: str, s3_upload_id: str, parts: Sequence[Part], headers: Mapping[str, str] = NOTHING
    ) -> Completed:
        """Make the object from its parts.

        Raises NoSuchUpload, InvalidPart, EntityTooSmall, PreconditionFailed, ConditionalRequestConflict, BadDigest.
        """
        listed = "".join(
            f'<Part><PartNumber>{part.part_number}</PartNumber><ETag>"{xml.escape(part.etag)}"</ETag></Part>'
            for part in parts
        )
        namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
        body = f'<CompleteMultipartUpload xmlns="{namespace}">{listed}</CompleteMultipartUpload>'.encode()
        answer = self._call(
            "CompleteMultipartUpload",
            "POST",
            key,
            query={"uploadId": s3_upload_id},
            headers={**XML_HEADERS, **headers},
            body=body,
        )
        root = _root(answer)
        checksums = {
            child.tag.rpartition("}")[2][8:].lower(): child.text or ""
            for child in root
            if child.tag.rpartition("}")[2].startswith("Checksum") and not child.tag.endswith("ChecksumType")
        }
        return Completed(xml.text(root, "ETag").strip('"'), answer.headers.get("x-amz-version-id"), checksums)

    def abort_multipart(self, key: str, s3_upload_id: str) -> None:
        """Give up a multipart upload and its parts. Raises NoSuchUpload when it is gone already."""
        self._call("AbortMultipartUpload", "DELETE", key, query={"uploadId": s3_upload_id})

    def list_multipart_uploads(self, prefix: str) -> list[OpenUpload]:
        """Return every open multipart upload below a prefix."""
        found: list[OpenUpload] = []
        query = {"uploads": "", "prefix": prefix, "max-uploads": "1000"}
        while True:
            root = _root(self._call("ListMultipartUploads", "GET", "", query=query))
            found += [
                OpenUpload(xml.text(each, "Key"), xml.text(each, "UploadId"), _instant(xml.text(each, "Initiated")))
                for each in xml.children(root, "Upload")
            ]
            if xml.text(root, "IsTruncated") != "true":
                return found
            query["key-marker"] = xml.text(root, "NextKeyMarker")
            query["upload-id-marker"] = xml.text(root, "NextUploadIdMarker")

    def restore(self, key: str, days: int, tier: str, version_id: str | None = None) -> None:
        """Ask for a readable copy of an archived object for some days (tier `Standard` or `Bulk`)."""
        body = (
            f"<RestoreRequest><Days>{days}</Days><GlacierJobParameters><Tier>{xml.escape(tier)}</Tier>"
            "</GlacierJobParameters></RestoreRequest>"
        ).encode()
        md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        headers = {**XML_HEADERS, "Content-MD5": md5}
        query = {"restore": "", **_version(version_id)}
        self._call("RestoreObject", "POST", key, query=query, headers=headers, body=body)

    def _call(
        self,
        operation: str,
        method: str,
        key: str,
        *,
        query: Mapping[str, str] = NOTHING,
        headers: Mapping[str, str] = NOTHING,
        body: bytes = b"",
    ) -> http.HttpResponse:
        digest = hashlib.sha256(body).hexdigest() if body else EMPTY_SHA256
        path = f"/{key}"

        def sign() -> http.HttpRequest:
            signed = self._current_signer().sign(
                method,
                self._endpoint,
                path,
                at=datetime.now(UTC).replace(microsecond=0),  # what a second has in common is derived once
                payload_sha256=digest,
                headers=headers,
                query=query,
            )
            target = self._endpoint.base_path + quote(path)
            return http.HttpRequest(method, f"{target}?{encoded_query(query)}" if query else target, signed, body)

        answer = http.send_with_retries(operation, self._host, sign, _error_code)
        code = _error_code(answer)
        if answer.status >= 300 or code:
            raise error_of(operation, code, answer.status)
        return answer

    def _current_signer(self) -> Signer:
        """Return the signer of the present credentials; a new one when they have been renewed."""
        found = credentials.current()
        if self._signer is None or self._signer.credentials != found:
            self._signer = Signer(found, self._region)
        return self._signer


def _error_code(answer: http.HttpResponse) -> str:
    """Return S3's error code; CompleteMultipartUpload may answer 200 and then an error in the body."""
    if answer.status < 300 and b"<Error" not in answer.body[:512]:
        return ""
    root = xml.parse(answer.body)
    if root is None or not root.tag.endswith("Error"):
        return ""
    return xml.text(root, "Code")


def _root(answer: http.HttpResponse) -> xml.Element:
    root = xml.parse(answer.body)
    if root is None:
        raise error_of("S3", "MalformedAnswer", answer.status)
    return root


def _version(version_id: str | None) -> Mapping[str, str]:
    return {"versionId": version_id} if version_id else NOTHING


def _checksums(headers: Mapping[str, str]) -> dict[str, str]:
    names = ((name.removeprefix(CHECKSUM_PREFIX), value) for name, value in headers.items() if CHECKSUM_PREFIX in name)
    return {name: value for name, value in names if name not in ("type", "algorithm")}


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
