"""WebP (RFC 9649): lossy, lossless and extended, animated ones by their frame headers."""

from __future__ import annotations

import struct

from foveal.probe.errors import malformed, truncated
from foveal.probe.facts import Facts
from foveal.probe.metadata.exif import read_exif
from foveal.probe.metadata.icc import profile_name
from foveal.probe.metadata.xmp import read_xmp
from foveal.probe.picture_size import set_size
from foveal.probe.window import KIB, Window

_MAX_CHUNKS = 20_000
_MAX_METADATA_BYTES = 256 * KIB
_ICC, _ALPHA, _EXIF, _XMP, _ANIMATION = 0x20, 0x10, 0x08, 0x04, 0x02
_SHORTEST_LOSSLESS = 8  # signature, size, and the 23 bits that the smallest image stream takes


def read(window: Window, facts: Facts) -> None:
    """Read the size from the first chunk; metadata after the pixels justifies one more request."""
    facts.set_kind("image", "webp", "image/webp")
    facts.bit_depth, facts.colour_space, facts.num_channels = 8, "rgb", 3
    (size,) = struct.unpack("<I", window.read(4, 4))
    end = min(8 + size, window.size)
    kind, length = struct.unpack("<4sI", window.read(12, 8))
    facts.is_animated = False
    if kind == b"VP8X":
        _read_extended(window, end, length, facts)
    elif kind == b"VP8 ":
        facts.has_alpha = False
        set_size(facts, *_lossy_size(window.read(20, min(length, 10))))
        facts.codec = "vp8"
    elif kind == b"VP8L":
        facts.codec = "vp8l"
        width, height, facts.has_alpha = _lossless(window, 20, length)
        set_size(facts, width, height)
    else:
        raise malformed("no image where its first chunk should be")
    if facts.has_alpha:
        facts.num_channels = 4
    if 8 + size > window.size + 1:  # an odd last chunk may lack its padding byte
        raise truncated(f"its RIFF header says {8 + size} bytes, the object has {window.size}")


def _lossy_size(data: bytes) -> tuple[int, int]:
    if len(data) < 10 or data[3:6] != b"\x9d\x01\x2a" or data[0] & 1:
        raise malformed("no key frame where the image should be")
    width, height = struct.unpack_from("<HH", data, 6)
    return width & 0x3FFF, height & 0x3FFF


def _lossless(window: Window, offset: int, length: int) -> tuple[int, int, bool]:
    if length < _SHORTEST_LOSSLESS:
        raise truncated("fewer bytes than the smallest image takes")
    signature, word = struct.unpack("<BI", window.read(offset, 5))
    if signature != 0x2F or word >> 29:
        raise malformed("no lossless image where it should be")
    return (word & 0x3FFF) + 1, (word >> 14 & 0x3FFF) + 1, bool(word >> 28 & 1)


def _read_extended(window: Window, end: int, length: int, facts: Facts) -> None:
    if length < 10:
        raise malformed("a VP8X chunk that is too short")
    data = window.read(20, 10)
    flags = data[0]
    set_size(facts, int.from_bytes(data[4:7], "little") + 1, int.from_bytes(data[7:10], "little") + 1)
    facts.has_alpha = bool(flags & _ALPHA)
    facts.is_animated = bool(flags & _ANIMATION)
    missing = {b"ICCP": flags & _ICC, b"EXIF": flags & _EXIF, b"XMP ": flags & _XMP}
    missing = {kind: flag for kind, flag in missing.items() if flag}
    frames = milliseconds = 0
    has_pixels = False
    offset = 20 + length + (length & 1)
    for _ in range(_MAX_CHUNKS):
        if end - offset < 8:
            break
        is_done = has_pixels and not missing and not facts.is_animated
        if is_done or not window.can_plan(offset, 24):
            break
        kind, size = struct.unpack("<4sI", window.read(offset, 8))
        if offset + 8 + size > end:
            raise truncated("a chunk that ends after the file")
        if kind == b"ANMF" and size >= 16:
            frames += 1
            milliseconds += int.from_bytes(window.read(offset + 20, 3), "little")
        elif kind in (b"VP8 ", b"VP8L"):
            facts.codec = "vp8" if kind == b"VP8 " else "vp8l"
        elif missing.pop(kind, 0) and size <= _MAX_METADATA_BYTES and window.can_plan(offset + 8, size):
            _read_metadata(kind, window.read(offset + 8, size), facts)
        has_pixels = has_pixels or kind in (b"VP8 ", b"VP8L", b"ANMF")
        offset += 8 + size + (size & 1)
    if facts.is_animated and end - offset < 8:
        if not frames:
            raise malformed("an animation without frames")
        facts.frame_count = frames
        facts.duration_seconds = milliseconds / 1000
    elif end - offset < 8 and not has_pixels:
        raise malformed("it has no image")


def _read_metadata(kind: bytes, data: bytes, facts: Facts) -> None:
    if kind == b"ICCP":
        facts.icc_profile = profile_name(data)
    elif kind == b"EXIF":
        read_exif(data, facts)
    else:
        read_xmp(data, facts)
