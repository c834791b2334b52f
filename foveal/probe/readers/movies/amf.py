"""Action Message Format 0 (Adobe AMF 0 specification): the numbers of the metadata of Flash Video."""

from __future__ import annotations

import contextlib
import struct
from math import isfinite

_NAME = b"onMetaData"
_NUMBER, _OBJECT, _ARRAY, _STRICT_ARRAY = 0, 3, 8, 10
_SIZES = {_NUMBER: 8, 1: 1, 5: 0, 6: 0, 7: 2, 11: 10}
"""Bytes of values of a fixed size: number, boolean, null, undefined, reference, date."""
_LENGTHS = {2: 2, 12: 4, 15: 4}
"""Bytes of the length in front of texts: string, long string, XML document."""
_MAX_DEPTH = 8
_MAX_VALUES = 4096


class _EndOfDataError(Exception):
    """Raised where the values end early, or hold something unknown."""


def numbers_of(data: bytes) -> dict[str, float]:
    """Return the finite numbers of the `onMetaData` object by name, as far as the data can be read."""
    at = data.find(_NAME)
    numbers: dict[str, float] = {}
    if at >= 0:
        reader = _Reader(data, at + len(_NAME))
        with contextlib.suppress(_EndOfDataError):  # the numbers up to there count
            reader.value(numbers, 0)
    return numbers


class _Reader:
    """Position in the data; each value takes one step of a bounded number."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at, self._left = data, at, _MAX_VALUES

    def value(self, numbers: dict[str, float] | None, depth: int) -> float | None:
        """Pass one value; return it if it is a number. The members of an object are added to `numbers`."""
        self._left -= 1
        kind = self._take(1)[0]
        if self._left < 0 or depth > _MAX_DEPTH:
            raise _EndOfDataError
        if kind in (_OBJECT, _ARRAY):
            self._take(4 if kind == _ARRAY else 0)
            self._members(numbers, depth)
        elif kind == _STRICT_ARRAY:
            for _ in range(int.from_bytes(self._take(4), "big")):
                self.value(None, depth + 1)
        elif kind in _LENGTHS:
            self._take(int.from_bytes(self._take(_LENGTHS[kind]), "big"))
        elif kind in _SIZES:
            content = self._take(_SIZES[kind])
            return float(struct.unpack(">d", content)[0]) if kind == _NUMBER else None
        else:
            raise _EndOfDataError
        return None

    def _members(self, numbers: dict[str, float] | None, depth: int) -> None:
        """Pass pairs of name and value up to an empty name and the marker of the end."""
        while True:
            name = self._take(int.from_bytes(self._take(2), "big"))
            if not name:
                self._take(1)
                return
            number = self.value(None, depth + 1)
            if numbers is not None and number is not None and isfinite(number):
                numbers.setdefault(name.decode("latin-1"), number)

    def _take(self, length: int) -> bytes:
        taken = self._data[self._at : self._at + length]
        if len(taken) < length:
            raise _EndOfDataError
        self._at += length
        return taken
