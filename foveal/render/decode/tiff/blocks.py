"""The strips or tiles of TIFF bands, decompressed by rows of blocks, so that never all is held."""

import io
import struct
from typing import IO, Any, Final, NamedTuple

import numpy as np
from PIL import Image

from foveal.render.decode.tiff import layout as tiff
from foveal.render.decode.tiff.layout import Layout

Grid = np.ndarray[Any, Any]
Entries = list[tuple[int, list[int]]]
MAX_BYTES: Final = 128 * 1024 * 1024
"""Of what is decompressed at once."""
DIFFERENCES, FLOATING_DIFFERENCES = 2, 3


class Blocks(NamedTuple):
    """The strips or tiles of some bands."""

    source: IO[bytes]
    layout: Layout
    bands: int
    offsets: tuple[int, ...]
    counts: tuple[int, ...]

    def rows(self, top: int, bottom: int) -> Grid:
        """Return samples of shape (rows, width, bands); both edges are those of a block."""
        layout, height = self.layout, bottom - top
        bytes_per_pixel = self.bands * layout.kind.itemsize
        pixels = self._bytes(top, bottom).reshape(height, layout.width * bytes_per_pixel)
        predictor, block = layout.one(tiff.PREDICTOR, 1), layout.block[0]
        output = np.empty((height, layout.width, self.bands), layout.kind.newbyteorder("="))
        for left in range(0, layout.width, block):
            right = min(left + block, layout.width)
            part = np.ascontiguousarray(pixels[:, left * bytes_per_pixel : right * bytes_per_pixel])
            if predictor == FLOATING_DIFFERENCES:
                part = _undone(part, self.bands, layout.kind, right - left)
                output[:, left:right] = part.view(layout.kind.newbyteorder(">")).reshape(height, -1, self.bands)
            elif predictor == DIFFERENCES:
                values = part.view(layout.kind).reshape(height, -1, self.bands)
                output[:, left:right] = np.cumsum(values, axis=1, dtype=layout.kind.newbyteorder("="))
            else:
                output[:, left:right] = part.view(layout.kind).reshape(height, -1, self.bands)
        return output

    def _bytes(self, top: int, bottom: int) -> Grid:
        layout = self.layout
        row_bytes = layout.width * self.bands * layout.kind.itemsize
        if layout.is_plain:
            data, strip_rows = bytearray(), layout.strip_rows
            while top < bottom:
                strip, first = divmod(top, strip_rows)
                count = min(strip_rows - first, bottom - top)
                self.source.seek(self.offsets[strip] + first * row_bytes)
                data += self.source.read(count * row_bytes).ljust(count * row_bytes, b"\0")
                top += count
            return np.frombuffer(data, np.uint8)
        across = -(-layout.width // layout.block[0])
        chosen = slice(top // layout.block[1] * across, -(-bottom // layout.block[1]) * across)
        pieces = []
        for offset, count in zip(self.offsets[chosen], self.counts[chosen], strict=True):
            self.source.seek(offset)
            pieces.append(self.source.read(min(count, MAX_BYTES)))
        return _decompressed(layout, self.bands * layout.kind.itemsize, bottom - top, pieces)


def _decompressed(layout: Layout, bytes_per_pixel: int, height: int, pieces: list[bytes]) -> Grid:
    """Return the bytes of blocks. libtiff gets them as a grey image of bytes, by which nothing of them is lost."""
    file = io.BytesIO()
    file.write(bytes(8))
    places = []
    for piece in pieces:
        places.append(file.tell())
        file.write(piece)
    entries: Entries = [
        (tiff.WIDTH, [layout.width * bytes_per_pixel]),
        (tiff.HEIGHT, [height]),
        (tiff.BITS, [8]),
        (tiff.COMPRESSION, [layout.one(tiff.COMPRESSION, 1)]),
        (tiff.PHOTOMETRIC, [1]),
        (tiff.SAMPLES, [1]),
    ]
    lengths = [len(piece) for piece in pieces]
    if layout.is_tiled:
        sides = [(tiff.TILE_WIDTH, [layout.block[0] * bytes_per_pixel]), (tiff.TILE_HEIGHT, [layout.block[1]])]
        entries += [*sides, (tiff.TILE_OFFSETS, places), (tiff.TILE_COUNTS, lengths)]
    else:
        entries += [(tiff.OFFSETS, places), (tiff.ROWS, [layout.block[1]]), (tiff.COUNTS, lengths)]
    _write_directory(file, sorted(entries))
    with Image.open(file, formats=("TIFF",)) as image:
        return np.asarray(image)


def _undone(rows: Grid, bands: int, kind: np.dtype[Any], width: int) -> Grid:
    """Return big-endian samples from differences of bytes, plane by plane (TIFF Technical Note 3, floating point)."""
    summed = np.cumsum(rows.reshape(rows.shape[0], -1, bands), axis=1, dtype=np.uint8)
    planes = summed.reshape(rows.shape[0], kind.itemsize, width * bands)
    return np.ascontiguousarray(planes.transpose(0, 2, 1)).reshape(rows.shape)


def _write_directory(file: io.BytesIO, entries: Entries) -> None:
    """Append an image file directory of little-endian TIFF, and write the header that leads to it."""
    fields = []
    for tag, values in entries:
        data = struct.pack(f"<{len(values)}I", *values)
        place = file.tell()
        if len(values) > 1:
            file.write(data)
            data = struct.pack("<I", place)
        fields.append(struct.pack("<HHI", tag, 4, len(values)) + data)
    start = file.tell()
    file.write(struct.pack("<H", len(fields)) + b"".join(fields) + bytes(4))
    file.seek(0)
    file.write(b"II*\0" + struct.pack("<I", start))
    file.seek(0)
