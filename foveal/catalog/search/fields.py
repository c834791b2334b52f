"""The fields of an asset that a filter, a sort or an aggregate may name, and of what kind each is."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Kind(Enum):
    """What a field holds."""

    TEXT = "text"
    TEXTS = "list of text"
    NUMBER = "number"
    FLAG = "true or false"
    INSTANT = "instant"
    PLACE = "place"
    ANY = "text, number, true or false, or a list of them"


@dataclass(frozen=True, slots=True)
class Field:
    """A field as callers name it, and where it lies in the document."""

    name: str
    kind: Kind
    path: str


_NAMES: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.TEXT: (
        *("status", "reason", "media_type", "format", "mime_type", "file_name", "codec", "codec_profile"),
        *("colour_space", "hdr_format", "audio.codec", "dicom.modality"),
        *("camera.make", "camera.model", "camera.lens_make", "camera.lens_model"),
        *("checksums.crc64nvme", "checksums.sha256", "s3.storage_class", "s3.archive_status"),
    ),
    Kind.TEXTS: ("tags", "reviewed_fields", "warnings"),
    Kind.NUMBER: (
        *("size_bytes", "width", "height", "stored_width", "stored_height", "orientation", "rotation"),
        *("num_channels", "bit_depth", "duration_seconds", "frame_count", "page_count", "altitude_metres"),
        *("camera.exposure_time_seconds", "camera.f_number", "camera.iso", "camera.focal_length_mm"),
        *("camera.focal_length_35mm", "audio.channels", "audio.sample_rate", "annotation_revision"),
    ),
    Kind.FLAG: (
        *("checksums.verified", "is_animated", "has_alpha", "hdr", "is_mirrored", "is_variable_frame_rate"),
        *("is_fragmented", "captured_at_is_local"),
    ),
    Kind.INSTANT: ("captured_at", "created_at", "updated_at", "deleted_at"),
    Kind.PLACE: ("location",),
}

FIELDS: Final[dict[str, Field]] = {
    "asset_id": Field("asset_id", Kind.TEXT, "_id"),
    **{name: Field(name, kind, name) for kind, names in _NAMES.items() for name in names},
}

ATTRIBUTE: Final = re.compile(r"attributes\.(\w[\w -]{0,63})\Z")


def lookup(name: str) -> Field:
    """Return a field by its name. Raises ValueError, with the names that there are."""
    if name in FIELDS:
        return FIELDS[name]
    if ATTRIBUTE.match(name):
        return Field(name, Kind.ANY, name)
    raise ValueError(f"{name[:100]!r} is not a field; choose one of {', '.join(sorted(FIELDS))} or attributes.<name>")
