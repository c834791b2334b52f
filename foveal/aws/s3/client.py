"""S3 client for one bucket."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from foveal.aws import credentials
from foveal.aws.credentials import Credentials
from foveal.aws.endpoints import bucket_endpoint
from foveal.aws.errors import NoSuchKey, error_of
from foveal.aws.retries import send_with_retries
from foveal.aws.s3 import listings, xml
from foveal.aws.s3.listings import Completed, ObjectPage, Part, VersionPage
from foveal.aws.s3.objects import (
    ObjectHead,
    Opened,
    RangeResponse,
    error_code,
    late_error_code,
    object_head,
    opened,
    range_response,
)
from foveal.aws.sigv4 import NOTHING, Signer, encoded_path, encoded_query
from foveal.http.concurrent_requests import send_concurrently
from foveal.http.pool import connection_pool
from foveal.http.protocol import HttpRequest, HttpResponse

EMPTY_SHA256: Final = hashlib.sha256(b"").hexdigest()
XML_HEADERS: Final = {"Content-Type": "application/xml"}
URL_ENCODED_KEYS: Final = {"encoding-type": "url"}
"""XML cannot hold all control characters that keys may have."""
WITH_CHECKSUMS: Final = {"x-amz-checksum-mode": "ENABLED"}


class S3:
    """Client of one bucket, safe to share by threads. Every method raises the errors of foveal/aws/errors.py."""

    def __init__(
        self, bucket: str, region: str | None = None, signed_by: Callable[[], Credentials] | None = None
    ) -> None:
        """Take the bucket's name and region, and the source of credentials where they are not the current ones."""
        self.bucket = bucket
        self._signed_by = signed_by
        self._region = region or credentials.region()
        self._endpoint = bucket_endpoint(bucket, self._region)
        self._pool = connection_pool(self._endpoint.scheme, self._endpoint.host)
        self._signer: Signer | None = None

    def get_range(self, key: str, offset: int, length: int, version_id: str | None = None) -> RangeResponse:
        """Return up to `length` bytes from `offset`, fewer at the end of the object. Raises InvalidRange past it."""
        headers = _range(offset, length)
        response = self._call("GetObject", "GET", key, query=_version(version_id), headers=headers)
        return range_response(response, offset, length)

    def presigned_get(self, key: str, query: Mapping[str, str], *, at: datetime, expires_in_seconds: int) -> str:
        """Return a presigned GET; it ends with the credentials that sign it, if sooner."""
        return self._current_signer().presign(
            "GET", self._endpoint, f"/{key}", at=at, expires_in_seconds=expires_in_seconds, query=query
        )

    def get(self, key: str, version_id: str | None = None) -> bytes:
        """Return a whole object; only for small ones that the product wrote."""
        return self._call("GetObject", "GET", key, query=_version(version_id)).body

    def head(self, key: str, version_id: str | None = None) -> ObjectHead:
        """Return size, ETag, checksums… of an object. Raises NoSuchKey; MethodNotAllowed for a delete marker."""
        response = self._call("HeadObject", "HEAD", key, query=_version(version_id), headers=WITH_CHECKSUMS)
        return object_head(response)

    def open_ahead(
        self, sizes: Mapping[str, int | None], first_bytes: Callable[[str], int], whole_bytes: int, seconds: float
    ) -> Iterator[Opened | NoSuchKey | None]:
        """Yield the `first_bytes` and the headers of the current version of each key, in order.

        `sizes` are the expected sizes. An object of up to `whole_bytes` is fetched whole, since only a response
        without a range holds the checksums; a larger one takes a ranged GET of at most `whole_bytes` and a HEAD.
        Yields NoSuchKey for an absent object, and None when a call with retries has to decide (see
        foveal/http/concurrent_requests.py).
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
        responses = send_concurrently(self._pool, requests, seconds, whole_bytes)
        for plan in plans:
            found = [next(responses) for _ in plan]
            yield opened(found[0], found[-1], whole_bytes)

    def put(self, key: str, body: bytes, content_type: str, headers: Mapping[str, str] = NOTHING) -> str | None:
        """Store an object; return its version id (None without versioning)."""
        sent = {"Content-Type": content_type, **headers}
        return self._call("PutObject", "PUT", key, headers=sent, body=body).headers.get("x-amz-version-id")

    def delete(self, key: str, version_id: str | None = None) -> str | None:
        """Delete a version, or add a delete marker without one; return the version id of the version or marker."""
        response = self._call("DeleteObject", "DELETE", key, query=_version(version_id))
        return response.headers.get("x-amz-version-id")

    def get_tagging(self, key: str, version_id: str | None = None) -> dict[str, str]:
        return listings.tags(self._call("GetObjectTagging", "GET", key, query={"tagging": "", **_version(version_id)}))

    def put_tagging(self, key: str, tags: Mapping[str, str], version_id: str | None = None) -> None:
        """Replace all tags of an object version."""
        found = "".join(
            f"<Tag><Key>{xml.escape(name)}</Key><Value>{xml.escape(value)}</Value></Tag>"
            for name, value in tags.items()
        )
        body = f"<Tagging><TagSet>{found}</TagSet></Tagging>".encode()
        query = {"tagging": "", **_version(version_id)}
        self._call("PutObjectTagging", "PUT", key, query=query, headers=_checked_xml(body), body=body)

    def list_objects(self, prefix: str, after: str = "", max_keys: int = 1000) -> ObjectPage:
        """Return one page of the current versions below a prefix, behind a key (ListObjectsV2)."""
        query = {"list-type": "2", "prefix": prefix, "max-keys": str(max_keys), **URL_ENCODED_KEYS}
        if after:
            query["start-after"] = after
        return listings.object_page(self._call("ListObjectsV2", "GET", "", query=query))

    def list_versions(self, prefix: str, markers: tuple[str, str] | None = None, max_keys: int = 1000) -> VersionPage:
        """Return one page of versions and delete markers, the newest of each key first."""
        query = {"versions": "", "prefix": prefix, "max-keys": str(max_keys), **URL_ENCODED_KEYS}
        if markers:
            query["key-marker"], query["version-id-marker"] = markers
        return listings.version_page(self._call("ListObjectVersions", "GET", "", query=query))

    def create_multipart(self, key: str, content_type: str, headers: Mapping[str, str] = NOTHING) -> str:
        """Begin a multipart upload; return its upload id of S3."""
        sent = {"Content-Type": content_type, **headers}
        response = self._call("CreateMultipartUpload", "POST", key, query={"uploads": ""}, headers=sent)
        return listings.upload_id(response)

    def upload_part(self, key: str, s3_upload_id: str, part_number: int, body: bytes) -> Part:
        """Upload one part, and return it as `complete_multipart` takes it. Raises NoSuchUpload."""
        query = {"partNumber": str(part_number), "uploadId": s3_upload_id}
        response = self._call("UploadPart", "PUT", key, query=query, body=body)
        return Part(part_number, len(body), response.headers["etag"].strip('"'))

    def list_parts(self, key: str, s3_upload_id: str) -> list[Part]:
        """Return all uploaded parts, in order. Raises NoSuchUpload."""
        parts: list[Part] = []
        marker = "0"
        while True:
            query = {"uploadId": s3_upload_id, "part-number-marker": marker, "max-parts": "1000"}
            page = listings.part_page(self._call("ListParts", "GET", key, query=query))
            parts += page.parts
            if page.next_marker in (None, marker):
                return parts
            marker = page.next_marker

    def complete_multipart(
        self, key: str, s3_upload_id: str, parts: Sequence[Part], headers: Mapping[str, str] = NOTHING
    ) -> Completed:
        """Complete a multipart upload.

        Raises NoSuchUpload, InvalidPart, EntityTooSmall, PreconditionFailed, ConditionalRequestConflict, BadDigest.
        """
        listed = "".join(
            f'<Part><PartNumber>{part.part_number}</PartNumber><ETag>"{xml.escape(part.etag)}"</ETag></Part>'
            for part in parts
        )
        namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
        body = f'<CompleteMultipartUpload xmlns="{namespace}">{listed}</CompleteMultipartUpload>'.encode()
        response = self._call(
            "CompleteMultipartUpload",
            "POST",
            key,
            query={"uploadId": s3_upload_id},
            headers={**XML_HEADERS, **headers},
            body=body,
        )
        return listings.completed(response)

    def abort_multipart(self, key: str, s3_upload_id: str) -> None:
        """Abort a multipart upload and delete its parts. Raises NoSuchUpload when it was ended before."""
        self._call("AbortMultipartUpload", "DELETE", key, query={"uploadId": s3_upload_id})

    def restore(self, key: str, days: int | None, tier: str, version_id: str | None = None) -> None:
        """Begin the restore of an archived object for some days (tier `Standard`, `Bulk` or `Expedited`).

        `days` is None for Intelligent-Tiering, which restores the object itself and rejects a number of days.
        """
        period = f"<Days>{days}</Days>" if days is not None else ""
        job = f"<GlacierJobParameters><Tier>{xml.escape(tier)}</Tier></GlacierJobParameters>"
        body = f"<RestoreRequest>{period}{job}</RestoreRequest>".encode()
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
    ) -> HttpResponse:
        def sign() -> HttpRequest:
            return self._request(self._current_signer(), method, key, query=query, headers=headers, body=body)

        # Only this operation sends an error with status 200; the bytes of an object may look like an error.
        code_of = late_error_code if operation == "CompleteMultipartUpload" else error_code
        response = send_with_retries(operation, self._pool, sign, code_of)
        code = code_of(response)
        if response.status >= 300 or code:
            raise error_of(operation, code, response.status)
        return response

    def _request(
        self,
        signer: Signer,
        method: str,
        key: str,
        *,
        query: Mapping[str, str] = NOTHING,
        headers: Mapping[str, str] = NOTHING,
        body: bytes = b"",
    ) -> HttpRequest:
        """Return a request signed for the current second: signatures of one second share their signing key."""
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
        return HttpRequest(method, f"{target}?{encoded_query(query)}" if query else target, signed, body)

    def _current_signer(self) -> Signer:
        """Return the signer of the current credentials, a new one after they were renewed."""
        found = self._signed_by() if self._signed_by else credentials.current()
        if self._signer is None or self._signer.credentials != found:
            self._signer = Signer(found, self._region)
        return self._signer


def _range(offset: int, length: int) -> Mapping[str, str]:
    return {"Range": f"bytes={offset}-{offset + length - 1}"}


def _version(version_id: str | None) -> Mapping[str, str]:
    return {"versionId": version_id} if version_id else NOTHING


def _checked_xml(body: bytes) -> Mapping[str, str]:
    """Return the headers of an XML body that S3 accepts only with its checksum."""
    md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    return {**XML_HEADERS, "Content-MD5": md5}
