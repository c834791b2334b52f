"""OpenEXR (openexr.com, "OpenEXR File Layout"): the attributes of the header, of the first part if there are more."""

from __future__ import annotations

import struct
from datetime import timedelta, timezone
from math import isfinite

from foveal.probe.clean_text import clean_text
from foveal.probe.errors import hostile, malformed
from foveal.probe.facts import Facts, Fraction
from foveal.probe.metadata.times import parse_time
from foveal.probe.picture_size import check_size, set_size
from foveal.probe.window import KIB, Window

_MAX_ATTRIBUTES = 1000
_MAX_NAME_BYTES = 256
_MAX_VALUE_BYTES = 64 * KIB
_MULTIPART = 0x1000
_PIXEL_BITS = {0: 32, 1: 16, 2: 32}  # unsigned integer, half, float
_CODECS = ("raw", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab", "htj2k256", "htj2k32")
_MAX_OFFSET_SECONDS = 14 * 3600
_LUMINANCE = frozenset({b"Y", b"RY", b"BY"})


def read(window: Window, facts: Facts) -> None:
    """Read the windows and channels: the data window is the stored picture, the display window the displayed one."""
    facts.set_kind("image", "exr", "image/x-exr")
    version = struct.unpack_from("<I", window.read(0, 8), 4)[0]
    if version & 0xFF not in (1, 2):
        raise malformed(f"version {version & 0xFF}")
    attributes = _read_attributes(window)
    data, display = (_box(attributes.get(name)) for name in (b"dataWindow", b"displayWindow"))
    if data is None:
        raise malformed("a header without a data window")
    set_size(facts, *data)
    if display is not None and min(display) > 0:
        check_size(*display)
        facts.width, facts.height = display
    facts.is_animated, facts.transfer = False, "linear"
    _read_channels(attributes.get(b"channels", b""), facts)
    compression = attributes.get(b"compression", b"\xff")[:1]
    if compression and compression[0] < len(_CODECS):
        facts.codec = _CODECS[compression[0]]
    _read_shot(attributes, facts)


def _read_attributes(window: Window) -> dict[bytes, bytes]:
    """Return the values by name, up to the empty name that ends the header."""
    attributes: dict[bytes, bytes] = {}
    offset = 8
    for _ in range(_MAX_ATTRIBUTES):
        name = _name(window, offset)
        if not name:
            return attributes
        kind = _name(window, offset + len(name) + 1)
        offset += len(name) + len(kind) + 2
        (size,) = struct.unpack("<i", window.read(offset, 4))
        if size < 0:
            raise malformed(f"an attribute of {size} bytes")
        if offset + 4 + size > window.size or size <= _MAX_VALUE_BYTES:
            attributes.setdefault(name, window.read(offset + 4, size))  # a preview is longer, and passed over
        offset += 4 + size
    raise hostile(f"more than {_MAX_ATTRIBUTES} attributes")


def _name(window: Window, offset: int) -> bytes:
    data = window.upto(offset, _MAX_NAME_BYTES)
    end = data.find(b"\0")
    if end < 0:
        window.read(offset, _MAX_NAME_BYTES)
        raise malformed("a name longer than the format allows")
    return data[:end]


def _box(value: bytes | None) -> tuple[int, int] | None:
    """Return width and height of a window, whose edges are inclusive."""
    if value is None or len(value) != 16:
        return None
    left, top, right, bottom = struct.unpack("<4i", value)
    return right - left + 1, bottom - top + 1


def _read_channels(value: bytes, facts: Facts) -> None:
    """Read the channels of the main layer, whose names have no dot."""
    channels: dict[bytes, int] = {}
    while value[:1] not in (b"", b"\0"):
        name, _, value = value.partition(b"\0")
        if len(value) < 16:
            break
        channels[name] = int.from_bytes(value[:4], "little")
        value = value[16:]
    main = {name: kind for name, kind in channels.items() if b"." not in name} or channels
    facts.num_channels = len(main) or None
    facts.bit_depth = max((_PIXEL_BITS.get(kind, 0) for kind in main.values()), default=0) or None
    facts.has_alpha = b"A" in main
    colours = main.keys() - {b"A", b"Z"}
    if {b"R", b"G", b"B"} <= colours:
        facts.colour_space = "rgb"
    elif colours == {b"Y"}:
        facts.colour_space = "gray"
    elif colours == _LUMINANCE:
        facts.colour_space = "ycbcr"


def _read_shot(attributes: dict[bytes, bytes], facts: Facts) -> None:
    """Read camera, exposure, time and place from the standard optional attributes."""
    camera = facts.camera
    camera.make, camera.model = (clean_text(attributes.get(name, b"")) for name in (b"cameraMake", b"cameraModel"))
    camera.lens_make, camera.lens_model = (
        clean_text(attributes.get(name, b"")) for name in (b"lensMake", b"lensModel")
    )
    camera.exposure_time_seconds = _positive(attributes, b"expTime")
    camera.f_number = _positive(attributes, b"aperture")
    iso = _real(attributes, b"isoSpeed")
    camera.iso = round(iso) if iso and 0.5 <= iso < 2**31 else None
    facts.captured_at = parse_time(clean_text(attributes.get(b"capDate", b"")) or "")
    behind = _real(attributes, b"utcOffset")  # seconds that are added to the local time for UTC
    if facts.captured_at is not None and behind is not None and abs(behind) <= _MAX_OFFSET_SECONDS:
        facts.captured_at = facts.captured_at.replace(tzinfo=timezone(-timedelta(seconds=round(behind / 60) * 60)))
    latitude, longitude = _real(attributes, b"latitude"), _real(attributes, b"longitude")
    if latitude is not None and longitude is not None and abs(latitude) <= 90 and abs(longitude) <= 180:
        facts.location = (longitude, latitude)
        facts.altitude_metres = _real(attributes, b"altitude")
    aspect = _positive(attributes, b"pixelAspectRatio")
    if aspect is not None and aspect < 1e6:
        facts.pixel_aspect = Fraction.of(*aspect.as_integer_ratio())


def _real(attributes: dict[bytes, bytes], name: bytes) -> float | None:
    value = attributes.get(name, b"")
    if len(value) != 4:
        return None
    number = float(f"{struct.unpack('<f', value)[0]:.7g}")  # the precision of 32 bits
    return number if isfinite(number) else None


def _positive(attributes: dict[bytes, bytes], name: bytes) -> float | None:
    number = _real(attributes, name)
    return number if number and number > 0 else None
