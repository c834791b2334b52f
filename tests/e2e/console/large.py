"""A picture of 300 megapixels: a pyramid in a tiled TIFF, turned by its orientation, whose colours tell each place."""

import struct
import zlib
from functools import cache
from itertools import accumulate
from typing import Any, Final

import numpy as np

WIDTH, HEIGHT = 20_000, 15_000
"""As stored; displayed it is turned to the right by 90 degrees."""
TURNED_RIGHT: Final = 6
BLOCK: Final = 1_024
"""Side of the squares of one colour."""
CHECK: Final = 8
"""Side of the small squares, brighter and darker by turns, that only the full size shows."""
CONTRAST: Final = 30
_TILE: Final = 512
_LEVELS: Final = 5
_SHORT, _LONG = 3, 4


def colour(x: float, y: float) -> tuple[int, int, int]:
    """Return the mean colour at a place of the displayed picture."""
    column, row = int(y) // BLOCK, int(HEIGHT - 1 - x) // BLOCK
    return 30 + 10 * column, 30 + 13 * row, 128


def pyramid() -> bytes:
    """Return the file."""
    data = bytearray(struct.pack("<2sHI", b"II", 42, 0))
    link = 4
    for level in range(_LEVELS):
        tiles = _tiles(level)
        offsets = list(accumulate((len(each) for each in tiles), initial=len(data)))[:-1]
        for each in tiles:
            data += each
        struct.pack_into("<I", data, link, len(data))
        link = _directory(data, level, offsets, [len(each) for each in tiles])
    return bytes(data)


def _tiles(level: int) -> list[bytes]:
    across, down = (-(-side // (_TILE << level)) for side in (WIDTH, HEIGHT))
    squares = np.arange(_TILE) << level
    tiles = []
    for row in range(down):
        for column in range(across):
            columns = tuple((((column * _TILE) << level) + squares[:: BLOCK >> level]) // BLOCK)
            rows = tuple((((row * _TILE) << level) + squares[:: BLOCK >> level]) // BLOCK)
            tiles.append(_packed(level, columns, rows))
    return tiles


@cache
def _packed(level: int, columns: tuple[int, ...], rows: tuple[int, ...]) -> bytes:
    side = min(_TILE, BLOCK >> level)
    pixels = np.full((_TILE, _TILE, 3), 128, np.int16)
    pixels[:, :, 0] = np.repeat(30 + 10 * np.array(columns), side)[None, :]
    pixels[:, :, 1] = np.repeat(30 + 13 * np.array(rows), side)[:, None]
    if level == 0:
        bright = (np.add.outer(np.arange(_TILE) // CHECK, np.arange(_TILE) // CHECK) % 2) * 2 - 1
        pixels += (CONTRAST * bright)[:, :, None].astype(np.int16)
    return zlib.compress(np.clip(pixels, 0, 255).astype(np.uint8).tobytes(), 1)


def _directory(data: bytearray, level: int, offsets: list[int], sizes: list[int]) -> int:
    """Append the directory of a level; return where the address of the next one goes."""
    start = len(data)
    entries: list[tuple[int, int, list[int]]] = [
        (254, _LONG, [1 if level else 0]),
        (256, _LONG, [WIDTH >> level]),
        (257, _LONG, [HEIGHT >> level]),
        (258, _SHORT, [8, 8, 8]),
        (259, _SHORT, [8]),
        (262, _SHORT, [2]),
        (274, _SHORT, [TURNED_RIGHT]),
        (277, _SHORT, [3]),
        (322, _LONG, [_TILE]),
        (323, _LONG, [_TILE]),
        (324, _LONG, offsets),
        (325, _LONG, sizes),
    ]
    behind = start + 2 + 12 * len(entries) + 4
    directory, values = bytearray(struct.pack("<H", len(entries))), bytearray()
    for tag, kind, numbers in entries:
        packed: Any = struct.pack(f"<{len(numbers)}{'H' if kind == _SHORT else 'I'}", *numbers)
        directory += struct.pack("<HHI", tag, kind, len(numbers))
        directory += packed.ljust(4, b"\0") if len(packed) <= 4 else struct.pack("<I", behind + len(values))
        values += packed if len(packed) > 4 else b""
    data += directory + bytes(4) + values
    return start + len(directory)
