"""Fujifilm RAF (exiftool.org/TagNames/FujiFilm.html, RAF): an embedded JPEG with the EXIF, and a directory of sizes."""

from __future__ import annotations

import struct

from foveal.probe.errors import malformed, truncated
from foveal.probe.facts import Facts, Preview
from foveal.probe.metadata.exif import read_exif
from foveal.probe.picture_size import set_size
from foveal.probe.window import KIB, Window

_HEADER_BYTES = 108
_DIRECTORY_BYTES = 16 * KIB
_MAX_SEGMENT_BYTES = 64 * KIB
_FULL_SIZE, _CROPPED_SIZE = 0x100, 0x111


def read(window: Window, facts: Facts) -> None:
    """Read the size of the developed picture, and EXIF from the JPEG's first segment."""
    facts.set_kind("image", "raf", "image/x-fuji-raf")
    jpeg, jpeg_bytes, directory, directory_bytes, pixels, pixel_bytes = struct.unpack_from(
        ">6I", window.read(0, _HEADER_BYTES), 84
    )
    sizes = _sizes(window.read(directory, min(directory_bytes, _DIRECTORY_BYTES)))
    size = sizes.get(_CROPPED_SIZE) or sizes.get(_FULL_SIZE)
    if size is None:
        raise malformed("a directory without the size of the picture")
    set_size(facts, *size)
    facts.num_channels, facts.colour_space, facts.has_alpha = 1, "cfa", False
    facts.is_animated = False
    if pixels + pixel_bytes > window.size:
        raise truncated(f"its pixels end at {pixels + pixel_bytes}, the object at {window.size}")
    if _HEADER_BYTES <= jpeg <= window.size - jpeg_bytes and jpeg_bytes:
        facts.preview = Preview(jpeg, jpeg_bytes)
        _read_exif(window, jpeg, facts)


def _sizes(data: bytes) -> dict[int, tuple[int, int]]:
    """Return (width, height) by tag: records of tag, length and value, a size as height and width."""
    sizes: dict[int, tuple[int, int]] = {}
    at = 4
    for _ in range(min(int.from_bytes(data[:4], "big"), 256)):
        if at + 8 > len(data):
            break
        tag, length, height, width = struct.unpack_from(">4H", data, at)
        if length == 4:
            sizes.setdefault(tag, (width, height))
        at += 4 + length
    return sizes


def _read_exif(window: Window, jpeg: int, facts: Facts) -> None:
    """Read EXIF from the JPEG's first segment, where the camera writes it, if it is within the plan."""
    if not window.can_plan(jpeg, 12):
        return
    head = window.upto(jpeg, 12)
    length = int.from_bytes(head[4:6], "big")
    if head[:4] == b"\xff\xd8\xff\xe1" and head[6:10] == b"Exif" and window.can_plan(jpeg + 12, length):
        read_exif(window.upto(jpeg + 12, min(length, _MAX_SEGMENT_BYTES)), facts)
