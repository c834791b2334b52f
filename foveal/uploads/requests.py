"""What a client may ask for: the bodies of the upload routes, checked before a byte moves."""

import base64
import binascii
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from foveal.uploads.limits import MAX_PARTS, MAX_TTL_SECONDS, TIB

MAX_ITEMS: Final = 1_000
MAX_PARTS_PER_CALL: Final = 1_000
CHECKSUM_BYTES: Final = {"crc32": 4, "crc32c": 4, "crc64nvme": 8, "sha256": 32}

_MIME: Final = (
    r"^[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}( ?; ?[A-Za-z0-9!#$&^_.+-]{1,64}=[ -~]{1,64}){0,4}$"
)


def _no_whole_number(value: Any) -> Any:
    """Keep a whole number beyond 64 bits from being taken for a float, which would change its digits."""
    if isinstance(value, int):
        raise ValueError("a whole number must fit into 64 bits")
    return value


Tag = Annotated[str, StringConstraints(min_length=1, max_length=128)]
AttributeName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$")]
Number = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
Fraction = Annotated[float, BeforeValidator(_no_whole_number), Field(allow_inf_nan=False)]
AttributeText = Annotated[str, StringConstraints(max_length=1024)]
IdempotencyKey = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,255}$")]
MetadataName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
MetadataText = Annotated[str, StringConstraints(pattern=r"^[!-~]([ -~]{0,254}[!-~])?$")]
PartNumber = Annotated[int, Field(ge=1, le=MAX_PARTS)]
Ttl = Annotated[int, Field(ge=60, le=MAX_TTL_SECONDS)]


def _within_user_metadata_limit(metadata: dict[str, str]) -> dict[str, str]:
    if sum(len(name) + len(value) for name, value in metadata.items()) > 2048:
        raise ValueError("S3 keeps at most 2 KiB of metadata with an object")
    return metadata


class Checksum(BaseModel):
    """What the bytes must be: an algorithm, and its digest in base64 as S3 writes it (CRCs big-endian)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    algorithm: Literal["crc32", "crc32c", "crc64nvme", "sha256"]
    value: str

    def is_well_formed(self) -> bool:
        try:
            digest = base64.b64decode(self.value, validate=True)
        except (binascii.Error, ValueError):
            return False
        return len(digest) == CHECKSUM_BYTES[self.algorithm] and base64.b64encode(digest).decode() == self.value


class UploadItem(BaseModel):
    """One file that a client wants to upload."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    file_name: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    content_type: Annotated[str, StringConstraints(pattern=_MIME, max_length=255)]
    size_bytes: Annotated[int, Field(ge=1, le=5 * TIB)]
    checksum: Checksum | None = None
    tags: Annotated[list[Tag], Field(max_length=100)] = []
    attributes: Annotated[
        dict[AttributeName, AttributeText | bool | Number | Fraction | None], Field(max_length=100)
    ] = {}
    metadata: Annotated[
        dict[MetadataName, MetadataText], Field(max_length=32), AfterValidator(_within_user_metadata_limit)
    ] = {}
    idempotency_key: IdempotencyKey | None = None
    method: Literal["put", "post", "multipart"] | None = None
    part_size_bytes: Annotated[int, Field(ge=1)] | None = None


class BeginRequest(BaseModel):
    """1 to 1,000 files; each is checked by itself, so that one that is wrong does not hold up the others."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    uploads: Annotated[list[Any], Field(min_length=1, max_length=MAX_ITEMS)]
    checksum_as_key: bool = False
    expires_in_seconds: Ttl | None = None


class PartsRequest(BaseModel):
    """Which parts to sign."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    part_numbers: Annotated[list[PartNumber], Field(min_length=1, max_length=MAX_PARTS_PER_CALL)]
    expires_in_seconds: Ttl | None = None
