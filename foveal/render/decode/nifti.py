"""One slice of a NIfTI volume: the middle one, at one point in time, as its voxels are stored.

Columns go to the right and rows down, as `width`, `height` and the coordinates of annotations count them; the header's
orientation in the scanner is not applied. Grey goes from the 1st to the 99.5th percentile of the slice. Of a volume
that gzip packs everything up to the slice is inflated, and passed over.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import IO, Any, Final, NamedTuple

import numpy as np
from PIL import Image

from foveal.errors import Unrenderable
from foveal.render.decode.depth import scaled

FORMAT: Final = "nifti"
MAX_SLICE_BYTES: Final = 128 * 1024 * 1024
MAX_INFLATED_BYTES: Final = 1024**3
READ_BYTES: Final = 1024 * 1024
PERCENTILES: Final = (1.0, 99.5)
SAMPLED_VOXELS: Final = 1_000_000
_TYPES: Final = {
    **{2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"},
    **{128: "u1", 2304: "u1"},
}
"""Data types (nifti1.h) whose voxels are one number, or bytes of colour."""
_COLOURS: Final = {128: (3,), 2304: (4,)}
_HEADER_BYTES: Final = 540
Grid = np.ndarray[Any, Any]


class _Layout(NamedTuple):
    """The type of a voxel, the place of the voxels in the (inflated) file, and the sides of the volume."""

    voxel: np.dtype[Any]
    start: int
    sides: tuple[int, ...]
    is_inverted: bool


def picture(source: IO[bytes], frame: int = 0) -> Image.Image:
    """Return the middle slice at a point in time, of mode L, RGB or RGBA.

    Raises Unrenderable for types without a picture (complex numbers, bits), and for slices that are missing, too large
    or too far into a packed file.
    """
    source.seek(0)
    is_packed = source.read(2) == b"\x1f\x8b"
    layout = _layout(_bytes(source, 0, _HEADER_BYTES, is_packed=is_packed))
    columns, rows, slices, times = (*layout.sides, 1, 1, 1)[:4]
    if frame >= times:
        raise Unrenderable("The volume has no such point in time.")
    size = columns * rows * layout.voxel.itemsize
    if size > MAX_SLICE_BYTES:
        raise Unrenderable("The slices of the volume are too large to be decoded here.")
    start = layout.start + (frame * slices + slices // 2) * size
    data = _bytes(source, start, size, is_packed=is_packed)
    if len(data) < size:
        raise Unrenderable("The volume ends before its middle slice.")
    voxels = np.frombuffer(data, layout.voxel).reshape(rows, columns, *layout.voxel.shape)
    if voxels.ndim == 3:
        return Image.fromarray(voxels)
    return Image.fromarray(_grey(voxels, is_inverted=layout.is_inverted))


def _layout(header: bytes) -> _Layout:
    """Return the layout that the header states (nifti1.h, nifti2.h). Raises Unrenderable for a type without picture."""
    order = "<" if header[:2] in (b"\x5c\x01", b"\x1c\x02") else ">"
    is_second = header[4:5] == b"n"
    try:
        dimensions = struct.unpack_from(order + ("8q" if is_second else "8h"), header, 16 if is_second else 40)
        (kind,) = struct.unpack_from(order + "h", header, 12 if is_second else 70)
        (start,) = struct.unpack_from(order + ("q" if is_second else "f"), header, 168 if is_second else 108)
        (slope,) = struct.unpack_from(order + ("d" if is_second else "f"), header, 176 if is_second else 112)
        sides = dimensions[1 : 1 + dimensions[0]]
        if not 1 <= len(sides) <= 7 or min(sides) < 1 or start < 0:
            raise ValueError(sides)
        first = int(start)
    except (struct.error, ValueError, OverflowError):
        raise Unrenderable("The header of the volume is damaged.") from None
    if kind not in _TYPES:
        raise Unrenderable("Volumes of this type of number are not decoded here.")
    return _Layout(np.dtype((order + _TYPES[kind], _COLOURS.get(kind, ()))), first, sides, is_inverted=slope < 0)


def _bytes(source: IO[bytes], start: int, length: int, *, is_packed: bool) -> bytes:
    """Return so many bytes of the file, inflated if it is packed, from an offset; fewer at its end."""
    if not is_packed:
        source.seek(start)
        return source.read(length)
    if start + length > MAX_INFLATED_BYTES:
        raise Unrenderable("The slice lies too far into the packed volume to be decoded here.")
    found, at = bytearray(), 0
    for part in _inflated(source):
        found += part[max(0, start - at) : max(0, start + length - at)]
        at += len(part)
        if at >= start + length:
            break
    return bytes(found)


def _inflated(source: IO[bytes]) -> Iterator[bytes]:
    """Yield the parts of a file that gzip packed, whose members may be several (RFC 1952, 2.2)."""
    source.seek(0)
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    packed = b""
    try:
        while packed := packed or source.read(READ_BYTES):
            yield inflater.decompress(packed, READ_BYTES)
            packed = inflater.unconsumed_tail or inflater.unused_data
            if inflater.eof:
                inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    except zlib.error:
        return  # what is missing is noticed by its length


def _grey(voxels: Grid, *, is_inverted: bool) -> Grid:
    step = max(1, round((voxels.size / SAMPLED_VOXELS) ** 0.5))
    sampled = voxels[::step, ::step]
    finite = sampled[np.isfinite(sampled)]
    if not finite.size:
        return np.zeros(voxels.shape, np.uint8)
    low, high = (float(each) for each in np.percentile(finite, PERCENTILES))
    shown = scaled(voxels, low, high)
    return 255 - shown if is_inverted else shown
