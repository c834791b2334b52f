"""TIFF directories (IFD) of TIFF, BigTIFF and EXIF (TIFF 6.0, section 2)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from foveal.probe.errors import malformed, truncated
from foveal.probe.facts import MAX_COUNT

MAX_ENTRIES = 4096
MAX_VALUE_BYTES = 64 * 1024
_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_TYPE_BYTES |= {16: 8, 17: 8, 18: 8, 129: 1}
_TYPE_CODES = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I"}
_TYPE_CODES |= {16: "Q", 17: "q", 18: "Q"}

Read = Callable[[int, int], bytes]


@dataclass(slots=True)
class Entry:
    """One field: type, count and offset of its values."""

    tag: int
    type: int
    count: int
    offset: int

    @property
    def size(self) -> int:
        """Size of its values in bytes; 0 for an unknown type."""
        return _TYPE_BYTES.get(self.type, 0) * self.count


class Directory:
    """One image file directory, its values read on demand."""

    def __init__(self, read: Read, order: str, offset: int, *, big: bool = False) -> None:
        """Read the entries at `offset`; `order` is `<` or `>`.

        Raises ProbeError: `malformed` for a directory past MAX_ENTRIES, `truncated` where it ends early.
        """
        self._read = read
        self._order = order
        head, step, inline = (8, 20, 8) if big else (2, 12, 4)
        (count,) = struct.unpack(order + ("Q" if big else "H"), self._exactly(offset, head))
        if not 0 < count <= MAX_ENTRIES:
            raise malformed(f"a directory of {count} entries")
        self.count: int = count
        table = self._exactly(offset + head, count * step)
        self.entries: dict[int, Entry] = {}
        value_at = offset + head + step - inline
        for tag, kind, number, value in struct.iter_unpack(order + ("HHQQ" if big else "HHII"), table):
            if tag not in self.entries:
                is_inline = _TYPE_BYTES.get(kind, 0) * number <= inline
                self.entries[tag] = Entry(tag, kind, number, value_at if is_inline else value)
            value_at += step
        self._next_at = offset + head + count * step
        self._next_code = "Q" if big else "I"

    def next_offset(self) -> int:
        """Return the offset of the next directory, 0 for the last."""
        size = struct.calcsize(self._next_code)
        data = self._read(self._next_at, size)
        return int(struct.unpack(self._order + self._next_code, data)[0]) if len(data) == size else 0

    def raw(self, tag: int) -> bytes | None:
        """Return the bytes of a field's values; None if it is absent or longer than 64 KiB."""
        entry = self.entries.get(tag)
        if entry is None or not 0 < entry.size <= MAX_VALUE_BYTES:
            return None
        data = self._read(entry.offset, entry.size)
        return data if len(data) == entry.size else None

    def numbers(self, tag: int) -> tuple[int, ...]:
        """Return the integers of a field; empty if it is absent, of another type, or too large for the catalog."""
        entry, data = self.entries.get(tag), self.raw(tag)
        code = _TYPE_CODES.get(entry.type) if entry else None
        if entry is None or data is None or code is None or code in "fd":
            return ()
        numbers = struct.unpack(f"{self._order}{entry.count}{code}", data)
        return () if code in "Qq" and max(map(abs, numbers)) > MAX_COUNT else numbers

    def number(self, tag: int) -> int | None:
        """Return the first integer of a field."""
        numbers = self.numbers(tag)
        return numbers[0] if numbers else None

    def reals(self, tag: int) -> tuple[float, ...]:
        """Return rationals, floats or integers as floats; NaN for a rational with denominator zero."""
        entry, data = self.entries.get(tag), self.raw(tag)
        if entry is None or data is None:
            return ()
        if entry.type in (5, 10):
            code = "I" if entry.type == 5 else "i"
            pairs = struct.unpack(f"{self._order}{2 * entry.count}{code}", data)
            return tuple(_ratio(pairs[i], pairs[i + 1]) for i in range(0, len(pairs), 2))
        if entry.type in (11, 12):
            return struct.unpack(f"{self._order}{entry.count}{'f' if entry.type == 11 else 'd'}", data)
        return tuple(float(n) for n in self.numbers(tag))

    def _exactly(self, offset: int, length: int) -> bytes:
        data = self._read(offset, length)
        if len(data) < length:
            raise truncated("a directory that ends early")
        return data


def _ratio(num: int, den: int) -> float:
    return num / den if den else float("nan")
