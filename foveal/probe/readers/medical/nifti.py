"""NIfTI-1 and NIfTI-2 volumes (nifti.nimh.nih.gov, nifti1.h and nifti2.h), also compressed by gzip."""

from __future__ import annotations

import struct
import zlib
from math import isfinite, prod

from foveal.probe.errors import hostile, malformed, not_media, truncated
from foveal.probe.facts import Facts, bounded_count
from foveal.probe.picture_size import MAX_SIDE, set_size
from foveal.probe.window import KIB, Window

HEADER_BYTES = 540
_PACKED_BYTES = 4 * KIB
_GZIP = b"\x1f\x8b\x08"
_TYPES = {  # name, bits, channels
    1: ("bit", 1, 1), 2: ("uint8", 8, 1), 4: ("int16", 16, 1), 8: ("int32", 32, 1), 16: ("float32", 32, 1),
    32: ("complex64", 32, 2), 64: ("float64", 64, 1), 128: ("rgb24", 8, 3), 256: ("int8", 8, 1),
    512: ("uint16", 16, 1), 768: ("uint32", 32, 1), 1024: ("int64", 64, 1), 1280: ("uint64", 64, 1),
    1536: ("float128", 128, 1), 1792: ("complex128", 64, 2), 2048: ("complex256", 128, 2), 2304: ("rgba32", 8, 4),
}  # fmt: skip
_LENGTH_UNITS = {1: "metre", 2: "millimetre", 3: "micrometre"}
_TIME_UNITS = {8: "second", 16: "millisecond", 24: "microsecond"}


def header_of(head: bytes) -> bytes | None:
    """Return the header at the start of an object, inflated if it is packed by gzip; None if it is none of NIfTI."""
    if head.startswith(_GZIP):
        try:
            head = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(head[:_PACKED_BYTES], HEADER_BYTES)
        except zlib.error:
            return None
    is_first = head[:4] in (b"\x5c\x01\0\0", b"\0\0\x01\x5c") and head[344:348] in (b"n+1\0", b"ni1\0")
    is_second = head[:4] in (b"\x1c\x02\0\0", b"\0\0\x02\x1c") and head[4:8] in (b"n+2\0", b"ni2\0")
    return head if is_first or is_second else None


def read(window: Window, facts: Facts) -> None:
    """Read the header: columns and rows are width and height, slices are pages, points in time are frames.

    The fields of free text, which may name persons, are passed over.
    """
    facts.set_kind("image", "nifti", "image/x-nifti")
    head = window.upto(0, _PACKED_BYTES)
    header = header_of(head)
    assert header is not None
    wide = header[4:5] == b"n"
    order = "<" if header[:2] in (b"\x5c\x01", b"\x1c\x02") else ">"
    if len(header) < (HEADER_BYTES if wide else 348):
        raise truncated("a header that ends early")
    dimensions = struct.unpack_from(order + ("8q" if wide else "8h"), header, 16 if wide else 40)
    kind, bits = struct.unpack_from(order + "2h", header, 12 if wide else 70)
    spacing = struct.unpack_from(order + ("8d" if wide else "8f"), header, 104 if wide else 76)
    pixels_at = struct.unpack_from(order + ("q" if wide else "f"), header, 168 if wide else 108)[0]
    units = struct.unpack_from(order + "i", header, 500)[0] if wide else header[123]
    rank = dimensions[0]
    sides = dimensions[1 : 1 + rank]
    if not 1 <= rank <= 7 or min(sides) < 1 or kind not in _TYPES:
        raise malformed(f"{rank} dimensions of type {kind}")
    if max(sides) > MAX_SIDE:
        raise hostile(f"a volume of {max(sides)} cells on one side")
    if (header[4:8] if wide else header[344:348])[1:2] == b"i":
        raise not_media("a header whose pixels lie in another file")
    set_size(facts, sides[0], sides[1] if rank > 1 else 1)
    name, facts.bit_depth, facts.num_channels = _TYPES[kind]
    facts.colour_space = "rgb" if name.startswith("rgb") else "gray"
    facts.has_alpha = name == "rgba32"
    facts.codec, facts.is_animated = "raw", False
    facts.page_count = bounded_count(sides[2]) if rank > 2 else 1
    facts.frame_count = bounded_count(sides[3]) if rank > 3 else 1
    facts.nifti = {
        "dimensions": list(sides),
        "spacing": [round(each, 6) if isfinite(each) and abs(each) < 2**53 else 0.0 for each in spacing[1 : 1 + rank]],
        "data_type": name,
        "length_unit": _LENGTH_UNITS.get(units & 7),
        "time_unit": _TIME_UNITS.get(units & 0x38),
    }
    facts.nifti = {key: value for key, value in facts.nifti.items() if value is not None}
    if not head.startswith(_GZIP) and isfinite(pixels_at) and pixels_at + prod(sides) * bits // 8 > window.size:
        raise truncated(f"its voxels end at {int(pixels_at) + prod(sides) * bits // 8}, the object at {window.size}")
