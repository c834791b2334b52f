"""Masks as PNG files of one bit a pixel, from and to runs along the rows; the same mask makes the same bytes."""

import struct
import zlib
from collections.abc import Sequence
from typing import Final

from foveal.formats.base.files.png import Picture

_DIGITS: Final = bytes.maketrans(b"\0\1", b"01")


def row_runs(picture: Picture) -> list[int]:
    """Return the runs along the rows of pixels that are zero and not zero in their first channel, zeros first."""
    bits = picture.samples[:: picture.channels].translate(bytes([0]) + bytes([1]) * 255)
    counts, position, value = [], 0, 0
    while position < len(bits):
        end = bits.find(1 - value, position)
        end = len(bits) if end < 0 else end
        counts.append(end - position)
        position, value = end, 1 - value
    return counts


def png_of_runs(runs: Sequence[int], width: int, height: int) -> bytes:
    """Return a grey PNG of one bit a pixel, its data not compressed: builds of zlib differ."""
    bits = b"".join((b"\1" if index % 2 else b"\0") * run for index, run in enumerate(runs))
    row_bytes = -(-width // 8)
    rows = bytearray()
    for row in range(height):
        line = bits[row * width : (row + 1) * width].translate(_DIGITS)
        rows.append(0)
        rows += int(line.ljust(row_bytes * 8, b"0"), 2).to_bytes(row_bytes, "big")
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
