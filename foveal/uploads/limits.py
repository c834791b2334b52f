"""Limits of uploads: sizes, types and parts, by S3 and by the stage.

Source of S3's: S3 user guide, "Amazon S3 multipart upload limits", and S3 API reference, "PutObject".
"""

import functools
from typing import Final

from pydantic import Field

from foveal.database.stored_documents import UploadDocument
from foveal.database.vocabulary import UploadMethod
from foveal.errors import EntityTooLarge, InvalidRequest, UnsupportedMediaType
from foveal.objects.media_types import UNSPECIFIC, canonical_media_type, stated_media_type
from foveal.validation.models import Model

KIB, MIB, GIB, TIB = 1024, 1024**2, 1024**3, 1024**4
MAX_SINGLE_BYTES: Final = 5 * GIB
MIN_PART_BYTES: Final = 5 * MIB
MAX_PART_BYTES: Final = 5 * GIB
MAX_PARTS: Final = 10_000
DEFAULT_PART_BYTES: Final = 16 * MIB  # Uppy sends the parts of a file one after another, so small ones cost round trips
MAX_TTL_SECONDS: Final = 12 * 3600  # no role session outlives it by default, and a URL dies with its credentials


class UploadLimits(Model):
    """Limits of a stage, as the stack writes them into UPLOAD_LIMITS."""

    allowed_types: tuple[str, ...]
    max_object_bytes: int = Field(ge=1, le=5 * TIB)
    daily_quota_bytes: int = Field(ge=1)
    url_ttl_seconds: int = Field(ge=1, le=MAX_TTL_SECONDS)
    multipart_threshold_bytes: int = Field(default=100 * MIB, ge=1, le=MAX_SINGLE_BYTES)
    transfer_acceleration: bool = False

    @functools.cached_property
    def _types(self) -> frozenset[str]:
        return frozenset(canonical_media_type(each) for each in self.allowed_types)

    def check_type(self, content_type: str, file_name: str) -> None:
        """Raise UnsupportedMediaType for a type that the stage does not accept; parameters do not matter.

        Browsers and phones send no type, `application/octet-stream` or an alias for many media: the type is then that
        of the file name. Where the name tells none either, ingest finds the type in the bytes.
        """
        stated = stated_media_type(content_type, file_name)
        if stated == UNSPECIFIC or stated in self._types or f"{stated.partition('/')[0]}/*" in self._types:
            return
        accepted = ", ".join(self.allowed_types)
        raise UnsupportedMediaType(f"{stated} is not accepted here; accepted are {accepted}.")

    def check_size(self, size_bytes: int, method: str) -> None:
        """Raise EntityTooLarge above the limit of the stage, or of a single request to S3."""
        if size_bytes > self.max_object_bytes:
            raise EntityTooLarge(f"{size_bytes} bytes are more than the {self.max_object_bytes} accepted here.")
        if method != "multipart" and size_bytes > MAX_SINGLE_BYTES:
            raise EntityTooLarge(f"S3 takes at most {MAX_SINGLE_BYTES} bytes in one request; ask for multipart.")

    def is_accelerated(self, asked: bool | None) -> bool:
        """Return whether tickets are of Transfer Acceleration. Raises InvalidRequest where the stage has it off."""
        if asked and not self.transfer_acceleration:
            raise InvalidRequest("accelerate: this deployment has Transfer Acceleration off; leave the member out.")
        return self.transfer_acceleration if asked is None else asked

    def method_for(self, size_bytes: int) -> UploadMethod:
        return "put" if size_bytes <= self.multipart_threshold_bytes else "multipart"


def part_size(size_bytes: int, asked_bytes: int | None) -> int:
    """Return the size of every part but the last.

    Raises InvalidRequest for an asked size with which S3's limits do not hold.
    """
    least = max(MIN_PART_BYTES, -(-size_bytes // MAX_PARTS))
    if asked_bytes is None:
        return max(DEFAULT_PART_BYTES, -(-least // MIB) * MIB)
    if not least <= asked_bytes <= MAX_PART_BYTES:
        raise InvalidRequest(f"part_size_bytes: {least} to {MAX_PART_BYTES} bytes are possible for this size.")
    return asked_bytes


def agreed_part_size(upload: UploadDocument) -> int:
    """Return the size of every part of a multipart upload except for the last."""
    assert upload["part_size_bytes"] is not None, "a single upload has no parts"
    return upload["part_size_bytes"]


def part_count(size_bytes: int, part_size_bytes: int) -> int:
    return max(1, -(-size_bytes // part_size_bytes))


def size_of_part(part_number: int, size_bytes: int, part_size_bytes: int) -> int:
    """Return the size of a part in bytes; the last part has the rest."""
    return min(part_size_bytes, size_bytes - (part_number - 1) * part_size_bytes)
