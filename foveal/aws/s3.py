"""The S3 calls of the request path, for one bucket."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from foveal.aws import credentials, http, xml
from foveal.aws import s3_documents as documents
from foveal.aws.ahead import send_ahead
from foveal.aws.endpoints import bucket_endpoint
from foveal.aws.errors import NoSuchKey, error_of
from foveal.aws.s3_answers import (
    ObjectHead,
    Opened,
    RangeResponse,
    error_code,
    late_error_code,
    object_head,
    opened,
    range_response,
)
from foveal.aws.s3_documents import Completed, ListedVersion, Part, VersionPage
from foveal.aws.sigv4 import NOTHING, Signer, encoded_path, encoded_query

__all__ = [
    "ARCHIVE_CLASSES",
    "S3",
    "Completed",
    "ListedVersion",
    "ObjectHead",
    "Opened",
    "Part",
    "RangeResponse",
    "VersionPage",
]

EMPTY_SHA256: Final = hashlib.sha256(b"").hexdigest()
XML_HEADERS: Final = {"Content-Type": "application/xml"}
KEYS_AS_URLS: Final = {"encoding-type": "url"}
"""XML cannot hold the control characters that a key may have."""
ARCHIVE_CLASSES: Final = ("GLACIER", "DEEP_ARCHIVE")
"""The storage classes in which an object cannot be read before it is restored."""
WITH_CHECKSUMS: Final = {"x-amz-checksum-mode": "ENABLED"}


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
        headers = _range(offset, length)
        answer = self._call("GetObject", "GET", key, query=_version(version_id), headers=headers)
        return range_response(answer, offset, length)

    def get(self, key: str, version_id: str | None = None) -> bytes:
        """Return a whole object; for small ones that the product made itself."""
        return self._call("GetObject", "GET", key, query=_version(version_id)).body

    def head(self, key: str, version_id: str | None = None) -> ObjectHead:
        """Return size, ETag, checksums… of an object. Raises NoSuchKey; MethodNotAllowed for a delete marker."""
        answer = self._call("HeadObject", "HEAD", key, query=_version(version_id), headers=WITH_CHECKSUMS)
        return object_head(answer)

    def open_ahead(
        self, sizes: Mapping[str, int | None], first_bytes: Callable[[str], int], whole_bytes: int, seconds: float
    ) -> Iterator[Opened | NoSuchKey | None]:
        """Yield, for each key in order, the `first_bytes` of its current version and what S3 says of it.

        `sizes` says how large each object is thought to be. One of up to `whole_bytes` is fetched whole, since only an
        answer without a range holds the checksums; a larger one takes a HEAD beside the ranged GET, and no first bytes
        are more than that. NoSuchKey where
        there is none; None where only calls with their retries can tell (see foveal/aws/ahead.py).
        """
        plans = [
            (("GET", WITH_CHECKSUMS),)
            if size is not None and size <= whole_bytes
            else (("GET", _range(0, first_bytes(key))), ("HEAD", WITH_CHECKSUMS))
            for key, size in sizes.items()
        ]
        signer = self._current_signer()
        requests = (
            self._request(signer, method, key, headers=headers)
            for key, plan in zip(sizes, plans, strict=True)
            for method, headers in plan
        )
        answers = send_ahead(self._host, requests, seconds, whole_bytes)
        for plan in plans:
            found = [next(answers) for _ in plan]
            yield opened(found[0], found[-1], whole_bytes)

    def put(self, key: str, body: bytes, content_type: str, headers: Mapping[str, str] = NOTHING) -> str | None:
        """Store an object; return its version id (None without versioning)."""
        sent = {"Content-Type": content_type, **headers}
        return self._call("PutObject", "PUT", key, headers=sent, body=body).headers.get("x-amz-version-id")

    def delete(self, key: str, version_id: str | None = None) -> str | None:
        """Delete, or put a delete marker when no version is named; return the version id of what was made or gone."""
        answer = self._call("DeleteObject", "DELETE", key, query=_version(version_id))
        return answer.headers.get("x-amz-version-id")

    def get_tagging(self, key: str, version_id: str | None = None) -> dict[str, str]:
        return documents.tags(self._call("GetObjectTagging", "GET", key, query={"tagging": "", **_version(version_id)}))

    def put_tagging(self, key: str, tags: Mapping[str, str], version_id: str | None = None) -> None:
        """Replace all tags of an object version."""
        found = "".join(
            f"<Tag><Key>{xml.escape(name)}</Key><Value>{xml.escape(value)}</Value></Tag>"
            for name, value in tags.items()
        )
        body = f"<Tagging><TagSet>{found}</TagSet></Tagging>".encode()
        query = {"tagging": "", **_version(version_id)}
        self._call("PutObjectTagging", "PUT", key, query=query, headers=_checked_xml(body), body=body)

    def list_versions(self, prefix: str, markers: tuple[str, str] | None = None, max_keys: int = 1000) -> VersionPage:
        """Return one page of versions and delete markers, newest first within a key."""
        query = {"versions": "", "prefix": prefix, "max-keys": str(max_keys), **KEYS_AS_URLS}
        if markers:
            query["key-marker"], query["version-id-marker"] = markers
        return documents.version_page(self._call("ListObjectVersions", "GET", "", query=query))

    def create_multipart(self, key: str, content_type: str, headers: Mapping[str, str] = NOTHING) -> str:
        """Open a multipart upload; return S3's upload id."""
        sent = {"Content-Type": content_type, **headers}
        answer = self._call("CreateMultipartUpload", "POST", key, query={"uploads": ""}, headers=sent)
        return documents.upload_id(answer)

    def list_parts(self, key: str, s3_upload_id: str) -> list[Part]:
        """Return all parts that have arrived, in order, over as many pages as it takes. Raises NoSuchUpload."""
        parts: list[Part] = []
        marker = "0"
        while True:
            query = {"uploadId": s3_upload_id, "part-number-marker": marker, "max-parts": "1000"}
            page = documents.part_page(self._call("ListParts", "GET", key, query=query))
            parts += page.parts
            if page.next_marker in (None, marker):
                return parts
            marker = page.next_marker

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
        return documents.completed(answer)

    def abort_multipart(self, key: str, s3_upload_id: str) -> None:
        """Give up a multipart upload and its parts. Raises NoSuchUpload when it is gone already."""
        self._call("AbortMultipartUpload", "DELETE", key, query={"uploadId": s3_upload_id})

    def restore(self, key: str, days: int | None, tier: str, version_id: str | None = None) -> None:
        """Ask for a readable copy of an archived object for some days (tier `Standard`, `Bulk` or `Expedited`).

        Without days for Intelligent-Tiering, which moves the object itself back and refuses a time.
        """
        kept = f"<Days>{days}</Days>" if days is not None else ""
        job = f"<GlacierJobParameters><Tier>{xml.escape(tier)}</Tier></GlacierJobParameters>"
        body = f"<RestoreRequest>{kept}{job}</RestoreRequest>".encode()
        query = {"restore": "", **_version(version_id)}
        self._call("RestoreObject", "POST", key, query=query, headers=_checked_xml(body), body=body)

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
        def sign() -> http.HttpRequest:
            return self._request(self._current_signer(), method, key, query=query, headers=headers, body=body)

        # Only this operation sends an error behind a status of 200; an object may well begin with the text of one.
        code_of = late_error_code if operation == "CompleteMultipartUpload" else error_code
        answer = http.send_with_retries(operation, self._host, sign, code_of)
        code = code_of(answer)
        if answer.status >= 300 or code:
            raise error_of(operation, code, answer.status)
        return answer

    def _request(
        self,
        signer: Signer,
        method: str,
        key: str,
        *,
        query: Mapping[str, str] = NOTHING,
        headers: Mapping[str, str] = NOTHING,
        body: bytes = b"",
    ) -> http.HttpRequest:
        """Return a request signed for the present second; what a second has in common is derived once."""
        path = f"/{key}"
        signed = signer.sign(
            method,
            self._endpoint,
            path,
            at=datetime.now(UTC).replace(microsecond=0),
            payload_sha256=hashlib.sha256(body).hexdigest() if body else EMPTY_SHA256,
            headers=headers,
            query=query,
        )
        target = self._endpoint.base_path + encoded_path(path)
        return http.HttpRequest(method, f"{target}?{encoded_query(query)}" if query else target, signed, body)

    def _current_signer(self) -> Signer:
        """Return the signer of the present credentials; a new one when they have been renewed."""
        found = credentials.current()
        if self._signer is None or self._signer.credentials != found:
            self._signer = Signer(found, self._region)
        return self._signer


def _range(offset: int, length: int) -> Mapping[str, str]:
    return {"Range": f"bytes={offset}-{offset + length - 1}"}


def _version(version_id: str | None) -> Mapping[str, str]:
    return {"versionId": version_id} if version_id else NOTHING


def _checked_xml(body: bytes) -> Mapping[str, str]:
    """Return the headers of a document that S3 takes only with its checksum."""
    md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    return {**XML_HEADERS, "Content-MD5": md5}
