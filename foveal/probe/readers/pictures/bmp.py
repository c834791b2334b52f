"""BMP and DIB: headers of OS/2 1 and 2, Windows 3, 4 and 5, bottom-up and top-down."""

from __future__ import annotations

import struct

from foveal.probe.errors import malformed, truncated
from foveal.probe.facts import Facts
from foveal.probe.picture_size import set_size
from foveal.probe.window import Window

_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_OS2_HEADERS = frozenset({16, 64})
_DEPTHS = {  # by compression: none, RLE 8, RLE 4, bit fields, JPEG, PNG, bit fields with alpha, CMYK
    0: frozenset({1, 2, 4, 8, 16, 24, 32, 64}), 1: frozenset({8}), 2: frozenset({4}), 3: frozenset({16, 32}),
    4: frozenset({0}), 5: frozenset({0}), 6: frozenset({16, 32}),
    11: frozenset({24, 32}), 12: frozenset({8, 32}), 13: frozenset({4, 32}),
}  # fmt: skip
_OS2_DEPTHS = _DEPTHS | {3: frozenset({1}), 4: frozenset({24})}


def read(window: Window, facts: Facts) -> None:
    """Read size, depth and alpha. Raises ProbeError if uncompressed rows are incomplete."""
    facts.set_kind("image", "bmp", "image/bmp")
    (pixels_at,) = struct.unpack_from("<I", window.read(0, 14), 10)
    row_bytes = read_dib(window, 14, facts)
    assert facts.stored_height is not None
    if row_bytes and pixels_at + row_bytes * facts.stored_height > window.size:
        raise truncated(f"{facts.stored_height} rows of {row_bytes} bytes do not fit in {window.size} bytes")


def read_dib(window: Window, offset: int, facts: Facts, *, is_icon: bool = False) -> int:
    """Set the facts of a DIB header. Returns the bytes of an uncompressed row, 0 for a compressed picture."""
    (size,) = struct.unpack("<I", window.read(offset, 4))
    if size not in _HEADERS:
        raise malformed(f"a header of {size} bytes")
    data = window.read(offset, size)
    compression, alpha_mask = 0, 0
    if size == 12:
        width, height, planes, depth = struct.unpack_from("<4H", data, 4)
    else:
        width, height, planes, depth = struct.unpack_from("<iiHH", data, 4)
        compression = struct.unpack_from("<I", data, 16)[0] if size > 16 else 0
        alpha_mask = struct.unpack_from("<I", data, 52)[0] if size >= 56 else 0
    depths = _OS2_DEPTHS if size in _OS2_HEADERS else _DEPTHS
    if planes != 1 or depth not in depths.get(compression, ()) or width < 0:
        raise malformed(f"{planes} planes of {depth} bits in compression {compression}")
    set_size(facts, width, abs(height) // (2 if is_icon else 1))
    colours = struct.unpack_from("<I", data, 32)[0] if size >= 40 and depth <= 8 else 0
    if offset + size + 4 * colours > window.size:
        raise truncated(f"{colours} colours do not fit in {window.size} bytes")
    facts.has_alpha = depth == 32 and (alpha_mask != 0 or is_icon)
    facts.num_channels = 4 if facts.has_alpha else 3
    facts.bit_depth = 16 if depth == 64 else 5 if depth == 16 and compression == 0 else 8
    if depth == 16 and compression == 3:
        facts.bit_depth = None
    facts.colour_space = "rgb"
    facts.codec = {4: "jpeg", 5: "png"}.get(compression, "bmp")
    return (width * depth + 31) // 32 * 4 if compression in (0, 3, 6) and depth else 0
