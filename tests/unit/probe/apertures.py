"""HEIC and AVIF files with a clean aperture (`clap`, ISO/IEC 14496-12, 12.1.4)."""

import io
import struct
from typing import Any

import pillow_heif
from PIL import Image

SIZE = (100, 64)
"""Stored width and height of `heic`."""
Clap = tuple[int, int, int, int, int, int, int, int]
"""Width, height, and how far the middle is right of and below the picture's: numerator and denominator of each."""


def clap(left: int, top: int, width: int, height: int, whole: tuple[int, int]) -> Clap:
    """A part of a picture of the size `whole`, as the box says it."""
    return width, 1, height, 1, 2 * left + width - whole[0], 2, 2 * top + height - whole[1], 2


def heic(image: Image.Image, told: Clap) -> bytes:
    """A picture of 100 x 60, which the encoder fills up to SIZE and crops by a `clap`, which is then another one."""
    assert image.size == (100, 60)
    output = io.BytesIO()
    pillow_heif.from_pillow(image).save(output, quality=95)
    data = bytearray(output.getvalue())
    at = data.index(b"clap") + 4
    data[at : at + 32] = struct.pack(">4IiIiI", *told)
    return bytes(data)


def avif(image: Image.Image, told: Clap, **options: Any) -> bytes:
    """A picture that is shown in part; Pillow writes no `clap`, so that it is added to the first item's properties."""
    output = io.BytesIO()
    image.save(output, "AVIF", quality=95, **options)
    data = bytearray(output.getvalue())
    added = struct.pack(">I4s4IiIiI", 40, b"clap", *told)
    uses = data.index(b"ipma") + 4
    at = uses + 8 + 2  # version and flags, number of items, id of the first
    count = data[at]
    data[at : at + 1] = bytes([count + 1, 0x80 | _properties(data) + 1])  # first of all: cropped before it is turned
    _grow(data, b"ipma", 1)
    end = data.index(b"ipco") - 4
    end += int.from_bytes(data[end : end + 4], "big")
    data[end:end] = added
    _grow(data, b"ipco", len(added))
    for outer in (b"iprp", b"meta"):
        _grow(data, outer, len(added) + 1)
    places = data.index(b"iloc") + 4
    for item in range(int.from_bytes(data[places + 6 : places + 8], "big")):
        at = places + 8 + 14 * item + 6  # id, reference, number of extents
        (offset,) = struct.unpack_from(">I", data, at)
        struct.pack_into(">I", data, at, offset + len(added) + 1)
    return bytes(data)


def _properties(data: bytearray) -> int:
    at = data.index(b"ipco") - 4
    end, count = at + int.from_bytes(data[at : at + 4], "big"), 0
    at += 8
    while at < end:
        at, count = at + int.from_bytes(data[at : at + 4], "big"), count + 1
    return count


def _grow(data: bytearray, kind: bytes, by: int) -> None:
    at = data.index(kind) - 4
    struct.pack_into(">I", data, at, int.from_bytes(data[at : at + 4], "big") + by)
