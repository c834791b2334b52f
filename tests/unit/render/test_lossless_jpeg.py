"""Lossless JPEG against an encoder that follows annex H of ITU-T T.81 word by word."""

import struct
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGLosslessSV1, JPEGLSLossless

from foveal.render.decode.lossless_jpeg import decoded
from tests.unit.render.test_dicom import RAMP, file_of, shown

Grid = np.ndarray[Any, Any]
CODE_LENGTHS = [0, 1, 1, 1, 1, 1, 1, 11, 0, 0, 0, 0, 0, 0, 0, 0]
"""Categories 0 to 5 have codes of 2 to 7 bits, the eleven others of 8."""


def codes() -> dict[int, str]:
    found, value, symbol = {}, 0, 0
    for length, count in enumerate(CODE_LENGTHS, 1):
        for _ in range(count):
            found[symbol] = f"{value:0{length}b}"
            value, symbol = value + 1, symbol + 1
        value <<= 1
    return found


def predicted(plane: Grid, y: int, x: int, selection: int, precision: int, transform: int) -> int:
    if y == 0 and x == 0:
        return 1 << (precision - transform - 1)
    if y == 0:
        return int(plane[0, x - 1])
    if x == 0:
        return int(plane[y - 1, 0])
    left, above, corner = int(plane[y, x - 1]), int(plane[y - 1, x]), int(plane[y - 1, x - 1])
    return [
        left,
        above,
        corner,
        left + above - corner,
        left + ((above - corner) >> 1),
        above + ((left - corner) >> 1),
        (left + above) >> 1,
    ][selection - 1]


def encoded(samples: Grid, precision: int, selection: int = 1, transform: int = 0) -> bytes:
    planes = [samples] if samples.ndim == 2 else [samples[:, :, number] for number in range(samples.shape[2])]
    planes = [plane.astype(int) >> transform for plane in planes]
    height, width = planes[0].shape
    table, bits = codes(), []
    for y in range(height):
        for x in range(width):
            for plane in planes:
                difference = (int(plane[y, x]) - predicted(plane, y, x, selection, precision, transform)) & 0xFFFF
                difference = difference - 65_536 if difference > 32_768 else difference
                category = abs(difference).bit_length()
                bits.append(table[category])
                if 0 < category < 16:
                    bits.append(f"{difference if difference > 0 else difference + (1 << category) - 1:0{category}b}")
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    entropy = int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\x00")

    def segment(marker: int, body: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body

    numbers = range(len(planes))
    frame = struct.pack(">BHHB", precision, height, width, len(planes))
    frame += b"".join(bytes([number + 1, 0x11, 0]) for number in numbers)
    scan = bytes([len(planes)]) + b"".join(bytes([number + 1, 0]) for number in numbers)
    return (
        b"\xff\xd8"
        + segment(0xC3, frame)
        + segment(0xC4, b"\0" + bytes(CODE_LENGTHS) + bytes(range(17)))
        + segment(0xDA, scan + bytes([selection, 0, transform]))
        + entropy
        + b"\xff\xd9"
    )


@settings(deadline=None)
@given(
    st.integers(1, 12), st.integers(1, 12), st.sampled_from([1, 3]), st.integers(2, 16), st.integers(1, 7), st.data()
)
def test_decoded_samples_equal_the_encoded_ones(
    height: int, width: int, components: int, precision: int, selection: int, data: st.DataObject
) -> None:
    chance = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    extremes = data.draw(st.booleans())
    size = (height, width, components) if components > 1 else (height, width)
    values = [0, (1 << precision) - 1] if extremes else np.arange(1 << precision)
    samples = chance.choice(values, size)
    found, bits = decoded(encoded(samples, precision, selection))
    assert bits == precision
    assert found.tolist() == samples.tolist()


def test_low_bits_are_gone_when_there_is_a_point_transform() -> None:
    samples = np.arange(64).reshape(8, 8) * 37
    found, _ = decoded(encoded(samples, 12, 4, transform=3))
    assert found.tolist() == (samples >> 3 << 3).tolist()


def test_sixteen_bits_that_begin_with_zero_are_read_right() -> None:
    """The difference of 32,768 to the prediction has a code of its own (table H.2)."""
    samples = np.array([[0, 1, 40_000], [7, 65_535, 3]])
    assert decoded(encoded(samples, 16))[0].tolist() == samples.tolist()


GOOD = encoded(np.arange(64).reshape(8, 8), 8)


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xd8", GOOD[:40], GOOD[:-12], GOOD.replace(b"\0\x08\0\x08", b"\xff\xff\xff\xff")],
    ids=["empty", "nothing", "half a header", "truncated", "bomb"],
)
def test_damaged_lossless_jpeg_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decoded(data)


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_lossless_jpeg_is_decoded_or_refused_whatever_its_bytes(position: int, value: int) -> None:
    try:
        found, _ = decoded(GOOD[:position] + bytes([value]) + GOOD[position + 1 :])
    except (ValueError, KeyError, IndexError, struct.error):
        return
    assert found.size <= 2**24


@pytest.mark.parametrize("syntax", [JPEGLosslessSV1, JPEGLSLossless])
def test_dicom_is_shown_the_same_when_it_is_compressed(syntax: Any) -> None:
    window = {"WindowCenter": 2000, "WindowWidth": 4000, "BitsStored": 12, "HighBit": 11}
    data = encoded(RAMP, 12) if syntax == JPEGLosslessSV1 else jpeg_ls(RAMP)
    found = shown(file_of(RAMP, syntax, PixelData=encapsulate([data]), **window))
    assert (found == shown(file_of(RAMP, **window))).all()


def jpeg_ls(samples: Grid) -> bytes:
    encoder: Any = av.CodecContext.create("jpegls", "w")
    encoder.height, encoder.width = samples.shape
    encoder.pix_fmt, encoder.time_base = "gray16le", Fraction(1)
    frame = av.VideoFrame.from_ndarray(samples, format="gray16le")
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])
