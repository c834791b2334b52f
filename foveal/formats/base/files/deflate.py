"""Deflate of long runs of equal bytes, the same bytes on every machine: builds of zlib differ in what they make.

Source: RFC 1950 (zlib), RFC 1951, section 3.2.6: fixed Huffman codes; matches lead one byte back.
"""

import re
import zlib
from collections.abc import Iterator
from typing import Final

MAX_MATCH: Final = 258
_RUN: Final = re.compile(rb"(.)\1{3,}", re.DOTALL)
_FLUSH_BITS: Final = 1 << 13
_LENGTHS: Final = (
    *((257 + index, 3 + index, 0) for index in range(8)),
    *((265 + 4 * (bits - 1) + index, (4 + index << bits) + 3, bits) for bits in range(1, 6) for index in range(4)),
)
"""Code, least length and extra bits of matches; 258 has the code 285."""

Bits = tuple[int, int]


def compress(content: bytes) -> bytes:
    """Return a zlib stream of the content."""
    found, bits, count = bytearray(b"\x78\x01"), 0b011, 3  # the last block, with fixed codes
    for code, length in _codes(content):
        bits |= code << count
        count += length
        if count >= _FLUSH_BITS:
            found += (bits & ((1 << _FLUSH_BITS) - 1)).to_bytes(_FLUSH_BITS // 8, "little")
            bits >>= _FLUSH_BITS
            count -= _FLUSH_BITS
    found += bits.to_bytes((count + 7) // 8, "little")
    return bytes(found + zlib.adler32(content).to_bytes(4))


def _codes(content: bytes) -> Iterator[Bits]:
    position = 0
    for run in _RUN.finditer(content):
        yield from (_LITERALS[byte] for byte in content[position : run.start() + 1])
        left = run.end() - run.start() - 1
        while left >= 3:
            length = min(left, MAX_MATCH)
            yield _MATCHES[length]
            left -= length
        position = run.end() - left
    yield from (_LITERALS[byte] for byte in content[position:])
    yield _symbol(256)


def _symbol(code: int) -> Bits:
    """Return the fixed code of a literal or a length, its bits in the order in which they are packed."""
    if code < 144:
        bits, length = 0x30 + code, 8
    elif code < 256:
        bits, length = 0x190 + code - 144, 9
    elif code < 280:
        bits, length = code - 256, 7
    else:
        bits, length = 0xC0 + code - 280, 8
    return int(f"{bits:0{length}b}"[::-1], 2), length


def _match(length: int) -> Bits:
    """Return the code of a match one byte back: its length, extra bits, and the distance code 0 of five bits."""
    if length == MAX_MATCH:
        bits, count = _symbol(285)
        return bits, count + 5
    code, least, extra = max((each for each in _LENGTHS if each[1] <= length), key=lambda each: each[1])
    bits, count = _symbol(code)
    return bits | (length - least) << count, count + extra + 5


_LITERALS: Final = [_symbol(byte) for byte in range(256)]
_MATCHES: Final = [_match(length) if length >= 3 else (0, 0) for length in range(MAX_MATCH + 1)]
