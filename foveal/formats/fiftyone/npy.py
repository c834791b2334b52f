"""Arrays in zlib-packed `.npy` (NumPy Enhancement Proposal 1), as FiftyOne keeps masks, maps and vectors.

The header is read before anything is allocated, arrays of Python objects (pickles) are refused.
"""

import ast
import re
import struct
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from foveal.formats.base.files.json_records import BadRecord

MAX_BYTES: Final = 96 * 2**20
_MAGIC: Final = b"\x93NUMPY"
_MAX_HEADER: Final = 10_000
_CODES: Final = {
    "b1": "?",
    "u1": "B",
    "i1": "b",
    "u2": "H",
    "i2": "h",
    "u4": "I",
    "i4": "i",
    "u8": "Q",
    "i8": "q",
    "f2": "e",
    "f4": "f",
    "f8": "d",
}
_TYPE: Final = re.compile(r"([<>|=])([a-z]\d)")


@dataclass(frozen=True, slots=True)
class Array:
    """An array in C order: `type` is NumPy's letter and size (`b1`, `u1`, `f4`), `data` its bytes, little-endian."""

    type: str
    shape: tuple[int, ...]
    data: bytes

    def numbers(self) -> Sequence[float]:
        """Return all values in order, without a copy of the bytes but for 16-bit floats."""
        if self.type == "f2":
            return array("f", (value for (value,) in struct.iter_unpack("<e", self.data)))
        return memoryview(self.data).cast(_CODES[self.type])  # type: ignore[no-any-return,call-overload,unused-ignore]  # a cast by a code


def decode(packed: bytes) -> Array:
    """Return the array. Raises BadRecord for what is no array, or one of objects, or larger than MAX_BYTES."""
    stream = zlib.decompressobj()
    try:
        head = stream.decompress(packed, _MAX_HEADER)
        if not head.startswith(_MAGIC) or len(head) < 12 or head[6] not in (1, 2, 3):
            raise BadRecord("its array is no .npy in zlib")
        length_bytes = 2 if head[6] == 1 else 4
        start = 8 + length_bytes
        end = start + int.from_bytes(head[8:start], "little")
        if end > len(head):
            raise BadRecord("the header of its array is cut off, or longer than any")
        kind, is_columns_first, shape = _header(head[start:end])
        itemsize = int(kind[2])
        size = itemsize
        for side in shape:
            size *= side
        if size > MAX_BYTES:
            raise BadRecord(f"its array of {' x '.join(map(str, shape))} values is larger than {MAX_BYTES} bytes")
        data = head[end : end + size]
        data += stream.decompress(stream.unconsumed_tail, size - len(data)) if size > len(data) else b""
    except zlib.error as error:
        raise BadRecord(f"its array cannot be unpacked: {error}") from None
    if len(data) != size:
        raise BadRecord("its array is cut off")
    if kind[0] == ">" and itemsize > 1:
        data = _swapped(data, itemsize)
    if is_columns_first and len(shape) > 1:
        data = _rows_first(data, shape, itemsize)
    return Array(kind[1:], shape, data)


def encode(array: Array) -> bytes:
    """Return an array as zlib-packed `.npy`, stored without compression: builds of zlib pack differently."""
    mark = "|" if array.type[1] == "1" else "<"
    shape = f"({array.shape[0]},)" if len(array.shape) == 1 else str(array.shape)
    header = f"{{'descr': '{mark}{array.type}', 'fortran_order': False, 'shape': {shape}, }}"
    padding = -(len(_MAGIC) + 4 + len(header) + 1) % 64
    text = header.encode() + b" " * padding + b"\n"
    return zlib.compress(_MAGIC + b"\1\0" + struct.pack("<H", len(text)) + text + array.data, 0)


def _header(text: bytes) -> tuple[str, bool, tuple[int, ...]]:
    try:
        found = ast.literal_eval(text.decode("latin-1").strip())
        kind, is_columns_first, shape = found["descr"], found["fortran_order"], found["shape"]
    except (ValueError, SyntaxError, KeyError, TypeError, MemoryError, RecursionError):
        raise BadRecord("the header of its array is broken") from None
    match_ = _TYPE.fullmatch(kind) if isinstance(kind, str) else None
    if match_ is None or match_[2] not in _CODES:
        raise BadRecord(f"its array has values of a kind that is not read: {str(kind)[:40]}")
    if (
        not isinstance(shape, tuple)
        or len(shape) > 4
        or not all(isinstance(side, int) and not isinstance(side, bool) and 0 <= side < 2**31 for side in shape)
    ):
        raise BadRecord("the shape of its array is not valid")
    return kind, bool(is_columns_first), shape


def _swapped(data: bytes, itemsize: int) -> bytes:
    found = bytearray(len(data))
    for place in range(itemsize):
        found[place::itemsize] = data[itemsize - 1 - place :: itemsize]
    return bytes(found)


def _rows_first(data: bytes, shape: tuple[int, ...], itemsize: int) -> bytes:
    """Return the values of an array of two axes in rows; arrays of more axes in columns are not read."""
    if len(shape) != 2:
        raise BadRecord("its array has more than two axes in columns")
    rows, columns = shape
    found = bytearray(len(data))
    for place in range(itemsize):
        values = data[place::itemsize]
        mixed = bytearray(len(values))
        for row in range(rows):
            mixed[row * columns : (row + 1) * columns] = values[row::rows]
        found[place::itemsize] = mixed
    return bytes(found)
