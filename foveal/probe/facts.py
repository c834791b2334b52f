"""Facts of one object, each exact or absent, named as in the asset document."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import gcd
from operator import attrgetter
from typing import Any

MAX_COUNT = 2**53  # what every JSON reader holds exactly; far inside BSON's int64
MIN_PREVIEW_BYTES = 128  # less than any JPEG takes
_SWAPS_SIDES = frozenset({5, 6, 7, 8})


class Damage(StrEnum):
    """Damage that viewers tolerate: the picture is shown although its file is not as its format demands."""

    TRUNCATED = "truncated"
    """It ends without its end marker; the last pixels may be missing."""
    MALFORMED = "malformed"
    """A field violates the format, and the picture does not depend on it."""


@dataclass(frozen=True, slots=True)
class Fraction:
    """An exact rate or ratio in lowest terms."""

    num: int
    den: int

    @classmethod
    def of(cls, num: int, den: int) -> Fraction | None:
        """Return the reduced fraction; None if it is not positive or too large for the catalog."""
        if num <= 0 or den <= 0:
            return None
        divisor = gcd(num, den)
        num, den = num // divisor, den // divisor
        return cls(num, den) if max(num, den) <= MAX_COUNT else None


@dataclass(slots=True)
class Audio:
    """The first audio stream."""

    codec: str | None = None
    channels: int | None = None
    sample_rate: int | None = None
    """Samples per second and channel."""


@dataclass(frozen=True, slots=True)
class CleanAperture:
    """A rectangle of the stored picture in pixels."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Preview:
    """An embedded JPEG: its place in the object, in bytes."""

    offset: int
    size_bytes: int


@dataclass(slots=True)
class Camera:
    """Camera and exposure data written by the camera."""

    make: str | None = None
    model: str | None = None
    lens_make: str | None = None
    lens_model: str | None = None
    exposure_time_seconds: float | None = None
    f_number: float | None = None
    iso: int | None = None
    focal_length_mm: float | None = None
    focal_length_35mm: int | None = None


@dataclass(slots=True)
class Facts:
    """Facts that the headers of one object state. None: not stated, or not exactly known."""

    media_type: str | None = None
    """`image` or `video`."""
    format: str | None = None
    mime_type: str | None = None
    width: int | None = None
    """Displayed size: after the crop and rotation of the file, in pixels of the stored grid."""
    height: int | None = None
    stored_width: int | None = None
    """Size of the decoded picture before orientation or rotation."""
    stored_height: int | None = None
    clean_aperture: CleanAperture | None = None
    """The displayed rectangle of the stored pixels; absent if it is the whole picture."""
    orientation: int | None = None
    """1 to 8 as in EXIF; for HEIF the effect of its `irot` and `imir`."""
    rotation: int | None = None
    """Video: clockwise degrees to turn the stored frames for display (0, 90, 180, 270)."""
    is_mirrored: bool | None = None
    num_channels: int | None = None
    """Channels of the decoded picture, alpha included (a palette counts as its colours)."""
    bit_depth: int | None = None
    """Bits per channel of the decoded picture."""
    colour_space: str | None = None
    """`gray`, `rgb`, `ycbcr`, `cmyk`, `lab`: the model of the decoded picture."""
    icc_profile: str | None = None
    has_alpha: bool | None = None
    colour_primaries: str | None = None
    transfer: str | None = None
    hdr: bool | None = None
    hdr_format: str | None = None
    """`pq`, `hlg`, `dolby_vision` or `gain_map`."""
    is_animated: bool | None = None
    frame_count: int | None = None
    page_count: int | None = None
    frame_rate: Fraction | None = None
    """Frames per second; the average where `is_variable_frame_rate`."""
    is_variable_frame_rate: bool | None = None
    is_fragmented: bool | None = None
    duration_seconds: float | None = None
    codec: str | None = None
    codec_profile: str | None = None
    codec_string: str | None = None
    """As RFC 6381, for example `avc1.640028`; absent where the header does not tell it."""
    pixel_aspect: Fraction | None = None
    """Width of a pixel divided by its height; absent if not stated."""
    audio: Audio | None = None
    camera: Camera = field(default_factory=Camera)
    captured_at: datetime | None = None
    """With its UTC offset if the file states one; else naive local time of the camera."""
    location: tuple[float, float] | None = None
    """(longitude, latitude) in degrees, WGS 84."""
    altitude_metres: float | None = None
    geotiff: dict[str, Any] | None = None
    dicom: dict[str, Any] | None = None
    pyramid: dict[str, Any] | None = None
    """Levels of a picture stored in several sizes, and the scale of a whole slide."""
    preview: Preview | None = None
    """The embedded JPEG of a camera's raw file."""
    nifti: dict[str, Any] | None = None
    warnings: tuple[Damage, ...] | None = None

    def set_kind(self, media_type: str, format_: str, mime_type: str) -> None:
        self.media_type, self.format, self.mime_type = media_type, format_, mime_type

    def warn(self, damage: Damage) -> None:
        """Record damage that does not hinder viewers, once."""
        if damage not in (self.warnings or ()):
            self.warnings = (*(self.warnings or ()), damage)

    def finish(self) -> None:
        """Derive the displayed size if the reader did not set it."""
        if self.width is None and self.stored_width is not None:
            turned = self.orientation in _SWAPS_SIDES or self.rotation in (90, 270)
            sides = (self.stored_width, self.stored_height)
            self.width, self.height = sides[::-1] if turned else sides
        if self.hdr_format is not None:
            self.hdr = True
        if self.media_type == "image" and self.is_animated is None and self.format != "gif":
            self.is_animated = False  # of the formats that can move, only a GIF may leave it open
        if self.media_type == "image" and self.frame_count is None and self.is_animated is False:
            self.frame_count = self.page_count if self.format == "tiff" else 1

    def document(self) -> dict[str, Any]:
        """Return the facts as fields of the asset document, without absent ones.

        `captured_at` is an aware UTC datetime. Where the file states no zone it is the camera's wall
        clock and `captured_at_is_local` is true; else `captured_at_offset_minutes` gives the zone.
        `location` is a GeoJSON point (longitude, latitude).
        """
        from datetime import UTC

        stated = zip(self.__slots__, _values(self), strict=True)
        document: dict[str, Any] = {name: value for name, value in stated if value is not None}
        for name in _COMPOUND:
            if (value := document.get(name)) is not None:
                document[name] = {part: getattr(value, part) for part in value.__slots__}
                document[name] = {part: stated for part, stated in document[name].items() if stated is not None}
        if not document["camera"]:
            del document["camera"]
        if self.warnings is not None:
            document["warnings"] = [damage.value for damage in self.warnings]
        if self.location is not None:
            document["location"] = {"type": "Point", "coordinates": list(self.location)}
        if self.captured_at is not None:
            offset = self.captured_at.utcoffset()
            if offset is None:
                document["captured_at"] = self.captured_at.replace(tzinfo=UTC)
                document["captured_at_is_local"] = True
            else:
                document["captured_at"] = self.captured_at.astimezone(UTC)
                document["captured_at_offset_minutes"] = int(offset.total_seconds() // 60)
        return document


_COMPOUND = ("frame_rate", "pixel_aspect", "clean_aperture", "audio", "camera", "preview")
_values = attrgetter(*Facts.__slots__)


def bounded_count(value: int) -> int | None:
    """Return a count, None if it is too large for the catalog."""
    return value if 0 < value <= MAX_COUNT else None
