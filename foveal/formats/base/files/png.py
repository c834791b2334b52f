"""PNG files of id maps and masks by the standard library: 1 to 8 bits a sample, no interlacing.

Source: Portable Network Graphics, third edition (W3C), sections 5, 7, 9 and 11. Colour profiles, gamma and
transparency are left out: the samples are the numbers that stand in the file.
"""

import functools
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from foveal.formats.base.files.deflate import compress

MAX_SAMPLE_BYTES: Final = 96 * 2**20
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel by colour type: grey, RGB, palette, grey and alpha, RGBA."""
_DEPTHS: Final = {0: (1, 2, 4, 8), 2: (8,), 3: (1, 2, 4, 8), 4: (8,), 6: (8,)}


class PngError(ValueError):
    """A file that is no PNG, is broken, or is of a kind that is not read; the message says which."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Samples row by row, `channels` bytes a pixel; samples of less than 8 bits are not scaled.

    In a picture with a palette each sample is an index into `palette`, which has three bytes a colour.
    """

    width: int
    height: int
    channels: int
    samples: bytes
    palette: bytes | None = None


def decode(content: bytes, limit: int = MAX_SAMPLE_BYTES) -> Picture:
    """Return the picture in a PNG file. Raises PngError, also for one of more than `limit` bytes of samples."""
    if not content.startswith(_SIGNATURE):
        raise PngError("it is not a PNG file")
    header, palette, packed = b"", None, []
    for kind, data in _chunks(content):
        if kind == b"IHDR":
            header = data
        elif kind == b"PLTE":
            palette = data
        elif kind == b"IDAT":
            packed.append(data)
    if len(header) != 13:
        raise PngError("its header is missing")
    width, height, depth, colour, compression, filtering, interlace = struct.unpack(">IIBBBBB", header)
    if not width or not height or compression or filtering or depth not in _DEPTHS.get(colour, ()):
        if colour in _CHANNELS and depth == 16:
            raise PngError("it has 16 bits a sample: save it with 8")
        raise PngError("its header is not valid")
    if interlace:
        raise PngError("it is interlaced: save it without interlacing")
    if colour == 3 and (palette is None or len(palette) % 3):
        raise PngError("its palette is missing or broken")
    channels = _CHANNELS[colour]
    row_bytes = (width * depth * channels + 7) // 8
    if width * height * channels > limit:
        raise PngError(f"it has {width} x {height} pixels, more than are read")
    rows = _inflated(packed, (row_bytes + 1) * height)
    samples = b"".join(
        row if depth == 8 else _unpacked(row, depth)[:width]
        for row in _unfiltered(rows, row_bytes, max(1, channels * depth // 8))
    )
    return Picture(width, height, channels, samples, palette if colour == 3 else None)


def encode(picture: Picture) -> bytes:
    """Return a PNG file of a grey or an RGB picture or one with a palette, the same bytes on every machine."""
    row_bytes = picture.width * picture.channels
    above, rows = bytes(row_bytes), []
    for start in range(0, len(picture.samples), row_bytes):
        row = picture.samples[start : start + row_bytes]
        rows.append(b"\2" + _below(row, above))
        above = row
    colour = 3 if picture.palette is not None else {1: 0, 3: 2}[picture.channels]
    header = struct.pack(">IIBBBBB", picture.width, picture.height, 8, colour, 0, 0, 0)
    palette = () if picture.palette is None else ((b"PLTE", picture.palette),)
    chunks = ((b"IHDR", header), *palette, (b"IDAT", compress(b"".join(rows))), (b"IEND", b""))
    return _SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = len(_SIGNATURE)
    while position + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, position)
        data = content[position + 8 : position + 8 + length]
        end = position + 8 + length
        if len(data) < length or content[end : end + 4] != struct.pack(">I", zlib.crc32(kind + data)):
            raise PngError(f"its chunk {kind!r} is cut off or broken")
        if kind == b"IEND":
            return
        yield kind, data
        position = end + 4
    raise PngError("it is cut off")


def _inflated(packed: list[bytes], wanted: int) -> bytes:
    unpacker, found, missing = zlib.decompressobj(), [], wanted
    try:
        for data in packed:
            found.append(unpacker.decompress(data, missing))
            missing -= len(found[-1])
            if not missing:
                break
    except zlib.error as error:
        raise PngError(f"its pixels cannot be unpacked: {error}") from error
    if missing:
        raise PngError("its pixels are cut off")
    return b"".join(found)


def _unfiltered(content: bytes, row_bytes: int, step: int) -> Iterator[bytes]:
    """Yield the rows without their filters (section 9.2); `step` is the distance to the pixel on the left."""
    above = bytes(row_bytes)
    for start in range(0, len(content), row_bytes + 1):
        row = content[start + 1 : start + 1 + row_bytes]
        match content[start]:
            case 0:
                pass
            case 1:
                row = _sub(row, step)
            case 2:
                row = _up(row, above)
            case 3:
                row = _average(row, above, step)
            case 4:
                row = _paeth(row, above, step)
            case kind:
                raise PngError(f"it has a row with the unknown filter {kind}")
        yield row
        above = row


def _sub(row: bytes, step: int) -> bytes:
    found = bytearray(row)
    for channel in range(step):
        found[channel::step] = bytes(total & 255 for total in accumulate(row[channel::step]))
    return bytes(found)


def _up(row: bytes, above: bytes) -> bytes:
    """Add two rows byte by byte: as two large numbers, the highest bit of each byte apart, so that none carries."""
    low, high = (int.from_bytes(bit * len(row)) for bit in (b"\x7f", b"\x80"))
    one, two = int.from_bytes(row), int.from_bytes(above)
    return (((one & low) + (two & low)) ^ ((one ^ two) & high)).to_bytes(len(row))


def _below(row: bytes, above: bytes) -> bytes:
    """Subtract two rows byte by byte, as `_up` adds them."""
    low, high = (int.from_bytes(bit * len(row)) for bit in (b"\x7f", b"\x80"))
    one, two = int.from_bytes(row), int.from_bytes(above)
    return (((one | high) - (two & low)) ^ (~(one ^ two) & high)).to_bytes(len(row))


def _average(row: bytes, above: bytes, step: int) -> bytes:
    found = bytearray(row)
    for index, value in enumerate(row):
        left = found[index - step] if index >= step else 0
        found[index] = (value + (left + above[index]) // 2) & 255
    return bytes(found)


def _paeth(row: bytes, above: bytes, step: int) -> bytes:
    found = bytearray(row)
    for index, value in enumerate(row):
        if index < step:
            found[index] = (value + above[index]) & 255
            continue
        left, up, corner = found[index - step], above[index], above[index - step]
        by_left, by_up, by_corner = abs(up - corner), abs(left - corner), abs(left + up - corner - corner)
        nearest = left if by_left <= by_up and by_left <= by_corner else up if by_up <= by_corner else corner
        found[index] = (value + nearest) & 255
    return bytes(found)


def _unpacked(row: bytes, depth: int) -> bytes:
    """Return the samples of a row that has several in a byte, the first in the highest bits."""
    per_byte = 8 // depth
    found = bytearray(len(row) * per_byte)
    for place, samples in enumerate(_samples_of_bytes(depth)):
        found[place::per_byte] = row.translate(samples)
    return bytes(found)


@functools.cache
def _samples_of_bytes(depth: int) -> list[bytes]:
    """Return for each place in a byte the table from bytes to the samples there."""
    return [bytes(value >> shift & (1 << depth) - 1 for value in range(256)) for shift in range(8 - depth, -1, -depth)]
