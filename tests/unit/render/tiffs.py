"""TIFF files of any samples: strips or tiles, little- or big-endian, BigTIFF, deflate with predictors."""

import struct
import zlib
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np

Grid = np.ndarray[Any, Any]
KINDS = {"u": 1, "i": 2, "f": 3}
SHORT, LONG, LONG8 = 3, 4, 16


def tiff(
    samples: Grid,
    *,
    order: Literal["<", ">"] = "<",
    is_big: bool = False,
    is_apart: bool = False,
    tile: int | None = None,
    rows: int | None = None,
    predictor: int | None = None,
    tags: Iterable[tuple[int, int, bytes]] = (),
) -> bytes:
    """A TIFF of samples (height, width, bands). A `predictor` (1, 2 or 3) means deflate; `tags` have type and value."""
    height, width, bands = samples.shape
    stored = samples.astype(samples.dtype.newbyteorder(order))
    blocks = []
    for plane in np.split(stored, bands, axis=2) if is_apart else [stored]:
        step = tile or rows or height
        for top in range(0, height, step):
            for left in range(0, width, tile or width):
                block = plane[top : top + step, left : left + (tile or width)]
                if tile:
                    missing = (tile - block.shape[0], tile - block.shape[1])
                    block = np.pad(block, ((0, missing[0]), (0, missing[1]), (0, 0)))
                blocks.append(block.tobytes() if predictor is None else zlib.compress(_predicted(block, predictor)))
    entries = [
        (256, LONG, [width]),
        (257, LONG, [height]),
        (258, SHORT, [samples.dtype.itemsize * 8] * bands),
        (259, SHORT, [1 if predictor is None else 8]),
        (262, SHORT, [2 if bands >= 3 else 1]),
        (277, SHORT, [bands]),
        (284, SHORT, [2 if is_apart else 1]),
        (317, SHORT, [predictor or 1]),
        (339, SHORT, [KINDS[samples.dtype.kind]] * bands),
    ]
    offsets, data = [], bytearray(16)
    for each in blocks:
        offsets.append(len(data))
        data += each
    sizes = [len(each) for each in blocks]
    if tile:
        entries += [(322, LONG, [tile]), (323, LONG, [tile]), (324, LONG, offsets), (325, LONG, sizes)]
    else:
        entries += [(273, LONG, offsets), (278, LONG, [rows or height]), (279, LONG, sizes)]
    fields = [(tag, kind, len(values), _packed(order, kind, values)) for tag, kind, values in entries]
    fields += [(tag, kind, len(value), value) for tag, kind, value in tags]
    inline, count, offset = (8, "Q", "Q") if is_big else (4, "H", "I")
    directory = bytearray(struct.pack(order + count, len(fields)))
    for tag, kind, number, value in sorted(fields):
        if len(value) > inline:
            place = len(data)
            data += value
            value = struct.pack(order + offset, place)
        directory += struct.pack(order + "HH" + offset, tag, kind, number) + value.ljust(inline, b"\0")
    start = len(data)
    mark = b"II" if order == "<" else b"MM"
    head = struct.pack(order + "HHHQ", 43, 8, 0, start) if is_big else struct.pack(order + "HI", 42, start)
    data[: len(mark + head)] = mark + head
    return bytes(data + directory + bytes(8))


def _packed(order: str, kind: int, values: list[int]) -> bytes:
    return struct.pack(f"{order}{len(values)}{ {SHORT: 'H', LONG: 'I', LONG8: 'Q'}[kind] }", *values)


def _predicted(block: Grid, predictor: int) -> bytes:
    """TIFF 6.0, section 14, and Technical Note 3 for floating point."""
    if predictor == 1:
        return block.tobytes()
    if predictor == 2:
        before = np.zeros_like(block)
        before[:, 1:] = block[:, :-1]
        return (block - before).astype(block.dtype).tobytes()
    high_first = np.ascontiguousarray(block.astype(block.dtype.newbyteorder(">")))
    rows, bands = block.shape[0], block.shape[2]
    planes = high_first.view(np.uint8).reshape(rows, -1, block.dtype.itemsize).transpose(0, 2, 1).reshape(rows, -1)
    differences = planes.copy()
    differences[:, bands:] = planes[:, bands:] - planes[:, :-bands]
    return differences.tobytes()
