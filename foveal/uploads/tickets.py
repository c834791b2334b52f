"""Tickets: presigned requests by which a client sends bytes to S3, for one key, one type and one length.

A ticket allows to create the object of one upload and nothing else. PUT signs `If-None-Match: *`, so that it can
never overwrite; a part URL signs the length of that part.
"""

import functools
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from typing_extensions import TypedDict

from foveal.aws.endpoints import Endpoint, bucket_endpoint
from foveal.aws.post_policy import Forms
from foveal.aws.sigv4 import Signer
from foveal.database.stored_documents import UploadDocument
from foveal.objects.metadata import with_declaration
from foveal.uploads.backend import Backend
from foveal.uploads.limits import agreed_part_size, part_count, size_of_part


class SignedPart(TypedDict):
    """A presigned URL for one part of exactly so many bytes."""

    part_number: int
    size_bytes: int
    url: str


class PutTicket(TypedDict):
    """A presigned PUT, and the headers to send with it."""

    url: str
    headers: dict[str, str]


class PostTicket(TypedDict):
    """A presigned form; its last field has to be `file`."""

    url: str
    fields: dict[str, str]


class MultipartTicket(TypedDict):
    """Presigned URLs for some parts of a multipart upload."""

    part_size_bytes: int
    part_count: int
    parts: list[SignedPart]


class TicketIssuer:
    """Issues tickets at one instant, with one set of credentials and one validity.

    `accelerate` asks for Transfer Acceleration, None for what the stage says. Raises InvalidRequest where it is off.
    """

    def __init__(
        self, backend: Backend, at: datetime, asked_ttl_seconds: int | None = None, accelerate: bool | None = None
    ) -> None:
        self._backend, self._at = backend, at
        self._signer: Signer = backend.signer()
        self._ttl_seconds = backend.ttl_seconds(self._signer, at, asked_ttl_seconds)
        is_accelerated = backend.limits.is_accelerated(accelerate)
        self._endpoint: Endpoint = bucket_endpoint(backend.bucket, backend.region, is_accelerated=is_accelerated)
        self.expires_at = (at + timedelta(seconds=self._ttl_seconds)).replace(microsecond=0)

    @functools.cached_property
    def _forms(self) -> Forms:
        seconds = self._ttl_seconds
        return Forms(self._signer, self._endpoint, self._backend.bucket, at=self._at, expires_in_seconds=seconds)

    def put(self, upload: UploadDocument) -> PutTicket:
        """Return a ticket for one PUT. `Content-Length` is signed too; every HTTP client sends it by itself."""
        headers = object_headers(upload) | {"If-None-Match": "*"}
        signed = {**headers, "Content-Length": str(upload["size_bytes"])}
        return {"url": self._presign("PUT", upload, signed), "headers": headers}

    def post(self, upload: UploadDocument) -> PostTicket:
        """Return a ticket for one form."""
        size_bytes = upload["size_bytes"]
        form = self._forms.sign(
            upload["key"], object_headers(upload) | {"success_action_status": "201"}, size_bytes, size_bytes
        )
        return {"url": form.url, "fields": form.fields}

    def multipart(self, upload: UploadDocument, part_numbers: Iterable[int]) -> MultipartTicket:
        """Return a ticket for some parts."""
        return {
            "part_size_bytes": agreed_part_size(upload),
            "part_count": part_count(upload["size_bytes"], agreed_part_size(upload)),
            "parts": [self.part(upload, number) for number in part_numbers],
        }

    def part(self, upload: UploadDocument, part_number: int) -> SignedPart:
        size_bytes = size_of_part(part_number, upload["size_bytes"], agreed_part_size(upload))
        query = {"partNumber": str(part_number), "uploadId": str(upload["s3_upload_id"])}
        url = self._presign("PUT", upload, {"Content-Length": str(size_bytes)}, query)
        return {"part_number": part_number, "size_bytes": size_bytes, "url": url}

    def _presign(
        self, method: str, upload: UploadDocument, headers: Mapping[str, str], query: Mapping[str, str] | None = None
    ) -> str:
        return self._signer.presign(
            method,
            self._endpoint,
            f"/{upload['key']}",
            at=self._at,
            expires_in_seconds=self._ttl_seconds,
            headers=headers,
            query=query or {},
        )


def object_headers(upload: UploadDocument) -> dict[str, str]:
    """Return the headers that become properties of the object: its type, checksum and metadata."""
    headers = multipart_headers(upload)
    if upload["checksum"]:
        headers[f"x-amz-checksum-{upload['checksum']['algorithm']}"] = upload["checksum"]["value"]
    return headers


def multipart_headers(upload: UploadDocument) -> dict[str, str]:
    """Return the headers that open a multipart upload; S3 takes no checksum of the whole object there."""
    # An upload that an earlier version began has no file name.
    metadata = with_declaration(upload["metadata"], upload.get("file_name"), upload["size_bytes"], upload["checksum"])
    return {"Content-Type": upload["content_type"]} | {f"x-amz-meta-{name}": value for name, value in metadata.items()}
