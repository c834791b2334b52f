"""Answers of the routes of uploads as types, for the OpenAPI document and the checks of the tests."""

from datetime import datetime
from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from foveal.api.documentation import ProblemDocument, Uuid, closed
from foveal.database.documents import Checksums
from foveal.database.vocabulary import AssetStatus, UploadMethod, UploadState
from foveal.uploads.limits import MAX_PARTS

PartNumber = Annotated[int, Field(ge=1, le=MAX_PARTS)]
Bytes = Annotated[int, Field(ge=1)]
Url = Annotated[str, Field(json_schema_extra={"format": "uri"}, description="A presigned URL of S3")]
Headers = Annotated[dict[str, str], Field(description="Headers to send with the bytes, all of them as they are")]
Fields = Annotated[dict[str, str], Field(description="Fields of the form; the field `file` comes after them, last")]
PartSize = Annotated[int, Field(ge=1, description="Size in bytes of every part except for the last")]
Status = Annotated[AssetStatus, Field(description="The asset's status; unless `pending`, no bytes have to be sent")]


@closed
class SignedPart(TypedDict):
    """A presigned URL of one part, which takes exactly so many bytes."""

    part_number: PartNumber
    size_bytes: Bytes
    url: Url


@closed
class PutTicket(TypedDict):
    """A ticket for one PUT."""

    asset_id: Uuid
    upload_id: Uuid
    status: Status
    method: Literal["put"]
    url: Url
    headers: Headers
    expires_at: datetime


@closed
class PostTicket(TypedDict):
    """A ticket for one form (multipart/form-data)."""

    asset_id: Uuid
    upload_id: Uuid
    status: Status
    method: Literal["post"]
    url: Url
    fields: Fields
    expires_at: datetime


@closed
class MultipartTicket(TypedDict):
    """A ticket for a multipart upload; of the missing parts, the first ones are signed already."""

    asset_id: Uuid
    upload_id: Uuid
    status: Status
    method: Literal["multipart"]
    part_size_bytes: PartSize
    part_count: PartNumber
    parts: list[SignedPart]
    expires_at: datetime


@closed
class UploadQuota(TypedDict):
    """The daily quota of a project: bytes that were begun on this day (UTC), of all its callers."""

    daily_bytes: Bytes
    used_bytes: Annotated[int, Field(ge=0)]
    resets_at: datetime


@closed
class RefusedUpload(TypedDict):
    """The reason why an item was not begun; its member `item` is the item's position, counted from 0."""

    problem: ProblemDocument


@closed
class BegunUploads(TypedDict):
    """A ticket or a problem for each item, in the order of the request."""

    uploads: list[PutTicket | PostTicket | MultipartTicket | RefusedUpload]


@closed
class ListedUpload(TypedDict):
    """An upload in a list."""

    upload_id: Uuid
    asset_id: Uuid
    method: UploadMethod
    state: UploadState
    size_bytes: Bytes
    content_type: str
    created_at: datetime


@closed
class ArrivedPart(TypedDict):
    """A part that S3 holds."""

    part_number: PartNumber
    size_bytes: Annotated[int, Field(ge=0)]
    etag: str


@closed
class Upload(ListedUpload):
    """An upload and the status of its asset; checksums are those that S3 told at completion."""

    project: str
    status: Annotated[AssetStatus, Field(description="The asset's status")]
    checksums: Checksums | None


@closed
class UploadProgress(Upload):
    """An upload; of a multipart upload also the parts that have arrived and those that are missing."""

    part_size_bytes: NotRequired[PartSize]
    part_count: NotRequired[PartNumber]
    uploaded_parts: NotRequired[list[ArrivedPart]]
    missing_part_numbers: NotRequired[list[PartNumber]]


@closed
class KeyedUpload(Upload):
    """An upload, by its idempotency key."""

    idempotency_key: str


@closed
class UploadStates(TypedDict):
    """Uploads in the order of the keys, each key once; keys under which the caller began nothing in 30 days."""

    uploads: list[KeyedUpload]
    missing_idempotency_keys: list[str]


@closed
class SignedParts(TypedDict):
    """Presigned URLs of the parts that were asked for."""

    upload_id: Uuid
    part_size_bytes: PartSize
    part_count: PartNumber
    parts: list[SignedPart]
    expires_at: datetime


@closed
class ArrivedParts(TypedDict):
    """The parts that have arrived and those that are missing."""

    upload_id: Uuid
    part_size_bytes: PartSize
    part_count: PartNumber
    uploaded_parts: list[ArrivedPart]
    missing_part_numbers: list[PartNumber]


@closed
class SignedForUppy(TypedDict):
    """An answer to Uppy's `signRequest`; a URL of Foveal comes as a path. Key and asset are told at the beginning."""

    url: str
    key: NotRequired[str]
    asset_id: NotRequired[Uuid]
    headers: NotRequired[Headers]
    fields: NotRequired[Fields]


@closed
class CompanionEndpoint(TypedDict):
    """The path of a Companion endpoint; resolve it against the address of the API."""

    companion_endpoint: str
    expires_at: datetime


Seconds = Annotated[int, Field(ge=1, description="Validity in seconds")]


@closed
class CompanionForm(TypedDict):
    """A form for a single upload."""

    method: Literal["POST"]
    url: Url
    fields: Fields
    expires: Seconds


@closed
class CompanionUpload(TypedDict):
    """A multipart upload that was begun."""

    key: str
    uploadId: Uuid
    bucket: str


@closed
class CompanionPart(TypedDict):
    """A part that S3 holds, in S3's words."""

    PartNumber: PartNumber
    ETag: str
    Size: Annotated[int, Field(ge=0)]


@closed
class CompanionPartUrl(TypedDict):
    """A presigned URL of one part."""

    url: Url
    expires: Seconds


@closed
class CompanionCompleted(TypedDict):
    """A completed upload; `location` is the stable address of its asset, as a path."""

    location: str
    key: str
    bucket: str


@closed
class CompanionAborted(TypedDict):
    """An empty object."""
