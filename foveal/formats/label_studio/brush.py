"""Run-length encoding of Label Studio's brush: bits of an RGBA image, packed (thi.ng/umbrella, `rle-pack`).

The bits: 32 for the number of values, 5 for the bits of a value less 1, four times 4 for the bits of a run length less
1; then parts: 1 bit (1: one value repeated, 0: values one by one), 2 bits that choose the length of the next field, the
count less 1, the value or values. Values are the bytes of an RGBA image, row by row; the mask is where alpha is above 0
(label-studio-sdk 2.1.2, `converter/brush.py`).
"""

from collections.abc import Sequence
from typing import Final

CHANNELS: Final = 4
_RUN_BITS: Final = (3, 4, 8, 16)
_VALUE_BITS: Final = 8


def decoded(data: bytes, pixels: int) -> list[int]:
    """Return the runs of a mask along the rows of its image, background first.

    `pixels` is width times height of the image. Raises ValueError for data that does not fill exactly that image.
    """
    bits = _Bits(data)
    count = bits.read(32)
    if count != CHANNELS * pixels:
        raise ValueError(f"the brush mask has {count} values, and an image of {pixels} pixels {CHANNELS * pixels}")
    value_bits = bits.read(5) + 1
    run_bits = [bits.read(4) + 1 for _ in _RUN_BITS]
    runs = _Runs()
    start = 0
    while start < count:
        is_repeated = bits.read(1)
        end = start + 1 + bits.read(run_bits[bits.read(2)])
        if end > count:
            raise ValueError(f"the brush mask is longer than its image of {pixels} pixels")
        if is_repeated:
            runs.add(end // CHANNELS - start // CHANNELS, bits.read(value_bits) > 0)
        else:
            first = bits.skip((end - start) * value_bits)
            for alpha in range(start + (CHANNELS - 1 - start) % CHANNELS, end, CHANNELS):
                runs.add(1, bits.at(first + (alpha - start) * value_bits, value_bits) > 0)
        start = end
    return runs.counts


def encoded(counts: Sequence[int]) -> list[int]:
    """Return the bytes of a mask whose runs go along the rows, background first; foreground is white and opaque."""
    parts = [f"{CHANNELS * sum(counts):032b}", f"{_VALUE_BITS - 1:05b}", *(f"{each - 1:04b}" for each in _RUN_BITS)]
    for number, run in enumerate(counts):
        value = "1" * _VALUE_BITS if number % 2 else "0" * _VALUE_BITS
        left = CHANNELS * run
        while left:
            kind = next((kind for kind, bits in enumerate(_RUN_BITS) if left <= 1 << bits), len(_RUN_BITS) - 1)
            length = min(left, 1 << _RUN_BITS[kind])
            parts.append(f"1{kind:02b}{length - 1:0{_RUN_BITS[kind]}b}{value}")
            left -= length
    text = "".join(parts)
    text += "0" * (8 - len(text) % 8)  # the SDK pads with a whole byte where none is needed
    return list(int(text, 2).to_bytes(len(text) // 8, "big"))


class _Bits:
    """Bits of bytes, the highest first."""

    def __init__(self, data: bytes) -> None:
        self._data, self._position, self._end = data, 0, 8 * len(data)

    def read(self, count: int) -> int:
        return self.at(self.skip(count), count)

    def skip(self, count: int) -> int:
        """Go behind the next bits, and return where they begin. Raises ValueError at the end of the data."""
        start = self._position
        if start + count > self._end:
            raise ValueError("the brush mask ends before its image does")
        self._position += count
        return start

    def at(self, start: int, count: int) -> int:
        end = start + count
        last = (end + 7) // 8
        value = int.from_bytes(self._data[start // 8 : last], "big")
        return (value >> (8 * last - end)) & ((1 << count) - 1)


class _Runs:
    """Runs of background and foreground in turn, background first."""

    def __init__(self) -> None:
        self.counts = [0]

    def add(self, count: int, is_foreground: bool) -> None:
        if count and is_foreground is (len(self.counts) % 2 == 0):
            self.counts[-1] += count
        elif count:
            self.counts.append(count)
