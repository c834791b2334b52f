"""JPEGs of 12 bits a sample, coded by hand (ITU-T T.81, process 2): flat blocks, so that each has one coefficient."""

import io

import pytest

from foveal.errors import Unrenderable
from foveal.render.decode import image

CODE_BITS = 5
BLOCK = 8


def jpeg(levels: list[int], components: int = 1, precision: int = 12) -> bytes:
    """Blocks of 8 × 8 pixels side by side, each of one level."""
    bits, before = "", 0
    for level in levels:
        coefficient = BLOCK * (level - (1 << precision - 1))
        difference, before = coefficient - before, coefficient
        category = abs(difference).bit_length()
        amplitude = difference if difference > 0 else difference + (1 << category) - 1
        bits += f"{category:0{CODE_BITS}b}" + (f"{amplitude:0{category}b}" if category else "") + "0"
    bits += "1" * (-len(bits) % 8)
    entropy = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    each = b"".join(bytes([number + 1, 0x11, 0]) for number in range(components))
    size = BLOCK.to_bytes(2, "big") + (BLOCK * len(levels)).to_bytes(2, "big")
    categories = bytes([0, 0, 0, 0, 16, *[0] * 11, *range(16)])
    return b"".join(
        [
            b"\xff\xd8",
            _segment(0xDB, b"\0" + b"\1" * 64),
            _segment(0xC1, bytes([precision]) + size + bytes([components]) + each),
            _segment(0xC4, b"\0" + categories),
            _segment(0xC4, b"\x10" + bytes([1, *[0] * 15, 0])),
            _segment(0xDA, b"\1\1\0\0\x3f\0"),
            entropy,
            b"\xff\xd9",
        ]
    )


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def test_grey_jpeg_of_12_bits_is_shown() -> None:
    levels = [100, 1000, 2000, 3000, 4000]
    shown = image.upright(io.BytesIO(jpeg(levels)), 320)
    assert shown.size == (40, 8)
    for number, level in enumerate(levels):
        found = shown.getpixel((number * BLOCK + 4, 4))
        assert isinstance(found, int)
        assert abs(found - level * 255 / 4095) <= 1


def test_reason_is_told_when_a_jpeg_of_12_bits_has_colours() -> None:
    with pytest.raises(Unrenderable, match="12 bits"):
        image.upright(io.BytesIO(jpeg([100], components=3)), 320)


def test_jpeg_of_12_bits_is_refused_when_it_is_cut_off() -> None:
    with pytest.raises(Unrenderable):
        image.upright(io.BytesIO(jpeg([100, 200])[:100]), 320)


def test_jpeg_of_12_bits_is_refused_from_its_header_when_it_is_too_large() -> None:
    data = bytearray(jpeg([100]))
    at = data.index(b"\xff\xc1") + 5
    data[at : at + 4] = b"\xff\xff\xff\xff"
    with pytest.raises(Unrenderable, match="too large"):
        image.upright(io.BytesIO(bytes(data)), 320)
