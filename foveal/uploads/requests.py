"""Request bodies of the upload routes."""

import re
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from foveal.errors import InvalidChecksum
from foveal.objects.metadata import MAX_METADATA_BYTES, RESERVED_PREFIX
from foveal.uploads.limits import MAX_PARTS, MAX_TTL_SECONDS, TIB
from foveal.validation.models import Model
from foveal.validation.values import AttributeChanges, FileName, TagList

MAX_ITEMS: Final = 1_000
MAX_PARTS_PER_CALL: Final = 1_000
_BASE64: Final = "[A-Za-z0-9+/]"
_ONE_OVER: Final = "[AQgw]=="  # the unused bits of the last group are 0
_TWO_OVER: Final = "[AEIMQUYcgkosw048]="
DIGESTS: Final = {
    "crc32": re.compile(f"{_BASE64}{{5}}{_ONE_OVER}"),
    "crc32c": re.compile(f"{_BASE64}{{5}}{_ONE_OVER}"),
    "crc64nvme": re.compile(f"{_BASE64}{{10}}{_TWO_OVER}"),
    "sha256": re.compile(f"{_BASE64}{{42}}{_TWO_OVER}"),
}

_MIME: Final = (
    r"^$|^[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}( ?; ?[A-Za-z0-9!#$&^_.+-]{1,64}=[ -~]{1,64}){0,4}$"
)


IdempotencyKey = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,255}$")]
MetadataName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
MetadataText = Annotated[str, StringConstraints(pattern=r"^[!-~]([ -~]{0,254}[!-~])?$")]
PartNumber = Annotated[int, Field(ge=1, le=MAX_PARTS)]
Ttl = Annotated[int, Field(ge=60, le=MAX_TTL_SECONDS)]
Accelerate = Annotated[
    bool | None, Field(description="Whether URLs are of S3 Transfer Acceleration; as the stage says when not given")
]


def _within_user_metadata_limit(metadata: dict[str, str]) -> dict[str, str]:
    if sum(len(name) + len(value) for name, value in metadata.items()) > MAX_METADATA_BYTES:
        raise ValueError("S3 keeps at most 2 KiB of metadata with an object")
    if any(name.startswith(RESERVED_PREFIX) for name in metadata):
        raise ValueError(f"names that begin with {RESERVED_PREFIX} are reserved")
    return metadata


class Checksum(Model):
    """Expected checksum of the bytes: algorithm and digest in base64, as S3 writes it (CRCs big-endian)."""

    algorithm: Literal["crc32", "crc32c", "crc64nvme", "sha256"]
    value: str

    def is_well_formed(self) -> bool:
        return DIGESTS[self.algorithm].fullmatch(self.value) is not None

    def must_suit(self, method: str) -> None:
        """Raise InvalidChecksum for a malformed digest, or one that S3 does not keep of objects sent by a method."""
        if not self.is_well_formed():
            raise InvalidChecksum(f"checksum.value: this is not a {self.algorithm} digest in base64.")
        if method == "multipart" and self.algorithm != "crc64nvme":
            raise InvalidChecksum("checksum.algorithm: S3 knows the whole of a multipart object only by its crc64nvme.")


class UploadItem(Model):
    """One file that a client wants to upload.

    Tags and attributes stay as they were sent, since they are part of the payload that an idempotency key stands for;
    the asset has each tag once and no attribute that is null (`store.pending_asset`).
    """

    file_name: FileName
    content_type: Annotated[str, StringConstraints(pattern=_MIME, max_length=255)]
    size_bytes: Annotated[int, Field(ge=1, le=5 * TIB)]
    checksum: Checksum | None = None
    tags: TagList = []  # noqa: RUF012 pydantic copies it, and exclude_defaults needs the value
    attributes: AttributeChanges = {}  # noqa: RUF012
    metadata: Annotated[
        dict[MetadataName, MetadataText], Field(max_length=32), AfterValidator(_within_user_metadata_limit)
    ] = {}  # noqa: RUF012
    idempotency_key: IdempotencyKey | None = None
    method: Literal["put", "post", "multipart"] | None = None
    part_size_bytes: Annotated[int, Field(ge=1)] | None = None


class CheckedLater:
    """Marks a value that is checked as an UploadItem later; the OpenAPI document shows it as one already."""

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(UploadItem.__pydantic_core_schema__)


class BeginRequest(Model):
    """1 to 1,000 files; each is checked by itself, so that one that is wrong does not hold up the others."""

    uploads: Annotated[list[Annotated[Any, CheckedLater()]], Field(min_length=1, max_length=MAX_ITEMS)]
    checksum_as_key: bool = False
    expires_in_seconds: Ttl | None = None
    accelerate: Accelerate = None


class PartsRequest(Model):
    """Numbers of the parts to sign."""

    model_config = ConfigDict(defer_build=True)

    part_numbers: Annotated[list[PartNumber], Field(min_length=1, max_length=MAX_PARTS_PER_CALL)]
    expires_in_seconds: Ttl | None = None
    accelerate: Accelerate = None


class CompleteRequest(Model):
    """The body of a completion: the checksum that a client computed while it sent the parts."""

    model_config = ConfigDict(defer_build=True)

    checksum: Annotated[Checksum | None, Field(description="`crc64nvme` of the whole, if begin had none")] = None


class StatusRequest(Model):
    """Idempotency keys of uploads that the caller began."""

    model_config = ConfigDict(defer_build=True)

    idempotency_keys: Annotated[list[IdempotencyKey], Field(min_length=1, max_length=MAX_ITEMS)]


def stored_key(idempotency_key: str) -> str:
    """Return a key of a client as it is stored; the prefix keeps clients' keys and checksums apart."""
    return f"key:{idempotency_key}"
