"""Lossless JPEG decoder (ITU-T T.81, annex H), common in DICOM; no library among the dependencies decodes it right.

Pillow does not know it, and FFmpeg misreads a difference of 32,768, which is how 16-bit data begins with a zero.
"""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

Grid = np.ndarray[Any, Any]

MAX_SAMPLES: Final = 2**24
START_OF_FRAME: Final = 0xC3
HUFFMAN_TABLES: Final = 0xC4
RESTART_INTERVAL: Final = 0xDD
START_OF_SCAN: Final = 0xDA
MAX_CODE_BITS: Final = 16
PREDICTORS: Final[Mapping[int, Callable[[int, int, int], int]]] = {
    1: lambda left, _above, _corner: left,
    2: lambda _left, above, _corner: above,
    3: lambda _left, _above, corner: corner,
    4: lambda left, above, corner: left + above - corner,
    5: lambda left, above, corner: left + ((above - corner) >> 1),
    6: lambda left, above, corner: above + ((left - corner) >> 1),
    7: lambda left, above, _corner: (left + above) >> 1,
}
"""By the predictor selection value (table H.1)."""

Codes = Sequence[tuple[int, int]]
"""For every 16 bits that may follow: the length of the code and its category, length 0 for an invalid code."""


class Scan(NamedTuple):
    precision: int
    height: int
    width: int
    codes: Sequence[Codes]
    predictor: int
    transform: int
    entropy: bytes


def decoded(source: bytes) -> tuple[Grid, int]:
    """Return the samples, (height, width) or (height, width, components), and their bits.

    Raises ValueError for what is damaged, too large or unusual (several scans, restarts, subsampling).
    """
    scan = _scan(source)
    count = len(scan.codes)
    if scan.height * scan.width * count > MAX_SAMPLES:
        raise ValueError("too many samples")
    differences = np.fromiter(_differences(scan), np.int64, scan.height * scan.width * count)
    planes = [
        _undone(differences[number::count].reshape(scan.height, scan.width), scan) << scan.transform
        for number in range(count)
    ]
    samples = planes[0] if count == 1 else np.stack(planes, axis=2)
    return samples.astype(np.uint8 if scan.precision <= 8 else np.uint16), scan.precision


def _scan(source: bytes) -> Scan:
    tables: dict[int, Codes] = {}
    frame: tuple[int, int, int, dict[int, int]] | None = None
    at = 2
    while at + 4 <= len(source) and source[at] == 0xFF:
        marker, length = source[at + 1], int.from_bytes(source[at + 2 : at + 4], "big")
        body = source[at + 4 : at + 2 + length]
        at += 2 + length
        if marker == HUFFMAN_TABLES:
            tables.update(_tables(body))
        elif marker == START_OF_FRAME:
            precision, height, width, count = struct.unpack_from(">BHHB", body)
            sampling = {body[6 + 3 * number]: body[7 + 3 * number] for number in range(count)}
            frame = precision, height, width, sampling
        elif marker == RESTART_INTERVAL and any(body):
            raise ValueError("restarts")
        elif marker == START_OF_SCAN:
            if frame is None or body[0] != len(frame[3]) or set(frame[3].values()) != {0x11}:
                raise ValueError("no frame, several scans, or subsampling")
            codes = [tables[body[2 + 2 * number] >> 4] for number in range(body[0])]
            predictor, _, low = body[1 + 2 * body[0] : 4 + 2 * body[0]]
            if predictor not in PREDICTORS or not 2 <= frame[0] <= 16:
                raise ValueError("no such predictor or precision")
            entropy = source[at:].replace(b"\xff\x00", b"\xff\xff\x00").split(b"\xff\xd9", 1)[0]
            return Scan(*frame[:3], codes, predictor, low & 15, entropy.replace(b"\xff\xff\x00", b"\xff"))
    raise ValueError("no scan")


def _tables(body: bytes) -> Iterator[tuple[int, Codes]]:
    """Yield each table by its number (C.2: codes of one length follow one another)."""
    while body:
        counts, symbols = body[1:17], body[17 : 17 + sum(body[1:17])]
        codes: list[tuple[int, int]] = []
        at = 0
        for length, count in enumerate(counts, 1):
            for symbol in symbols[at : at + count]:
                codes += [(length, symbol)] * (1 << MAX_CODE_BITS - length)
            at += count
        if len(codes) > 1 << MAX_CODE_BITS or len(symbols) < sum(counts) or any(symbol > 16 for symbol in symbols):
            raise ValueError("no Huffman table")
        yield body[0], codes + [(0, 0)] * ((1 << MAX_CODE_BITS) - len(codes))
        body = body[17 + sum(counts) :]


def _differences(scan: Scan) -> Iterator[int]:
    data, position, end = scan.entropy + bytes(8), 0, len(scan.entropy) * 8
    for _ in range(scan.height * scan.width):
        for codes in scan.codes:
            byte, bit = position >> 3, position & 7
            bits = int.from_bytes(data[byte : byte + 5], "big") << bit & 0xFFFFFFFFFF
            length, category = codes[bits >> 24]
            if not length or position >= end:
                raise ValueError("damaged")
            if category == 16:
                yield 32_768
                position += length
            elif category:
                value = bits >> 40 - length - category & (1 << category) - 1
                yield value if value >> category - 1 else value - (1 << category) + 1
                position += length + category
            else:
                yield 0
                position += length


def _undone(differences: Grid, scan: Scan) -> Grid:
    """Return the samples that the differences were taken of; all is counted modulo 65,536 (H.1.2.1)."""
    samples = differences.copy()
    samples[0, 0] += 1 << scan.precision - scan.transform - 1
    samples[:, 0] = np.cumsum(samples[:, 0])
    if scan.predictor == 1:
        return np.cumsum(samples, axis=1) & 0xFFFF
    samples[0] = np.cumsum(samples[0])
    predict = PREDICTORS[scan.predictor]
    rows = (samples & 0xFFFF).tolist()
    for y in range(1, scan.height):
        row, above = rows[y], rows[y - 1]
        for x in range(1, scan.width):
            row[x] = (predict(row[x - 1], above[x], above[x - 1]) + row[x]) & 0xFFFF
    return np.array(rows, np.int64)
