"""Colour spaces, against figures of the recommendations that define them."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from foveal.render.decode import image
from foveal.render.decode.colour_space import HLG, PQ, ColourSpace
from tests.unit.render.test_images import png_of


def shown(space: ColourSpace, *colour: float) -> list[int]:
    found: list[int] = space.shown(np.array([[colour]], np.float32))[0, 0].tolist()
    return found


@pytest.mark.parametrize("primaries", [None, "bt709", "smpte170m", "bt470bg", "nonsense"])
@pytest.mark.parametrize("transfer", [None, "bt709", "iec61966-2-1", "smpte170m", "bt2020-10", "nonsense"])
def test_pixels_stay_when_their_space_looks_like_srgb(transfer: str | None, primaries: str | None) -> None:
    assert not ColourSpace(transfer, primaries).is_other


@pytest.mark.parametrize("primaries", ["smpte432", "bt2020"])
def test_grey_stays_grey_whatever_the_primaries(primaries: str) -> None:
    for value in range(0, 256, 15):
        assert shown(ColourSpace(None, primaries), *[value / 255] * 3) == [value] * 3


def test_colour_of_srgb_comes_back_when_it_is_written_with_other_primaries() -> None:
    """BT.2087-0, table: linear BT.709 to BT.2020."""
    matrix = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
    linear = np.array([0.5, 0.2, 0.05])
    expected = (1.055 * linear ** (1 / 2.4) - 0.055) * 255
    assert np.abs(shown(ColourSpace("linear", "bt2020"), *(matrix @ linear)) - expected).max() <= 1


def test_display_p3_red_is_more_than_srgb_can_show() -> None:
    assert shown(ColourSpace(None, "smpte432"), 1.0, 0.0, 0.0) == [255, 0, 0]
    assert shown(ColourSpace(None, "smpte432"), 0.917487, 0.200287, 0.138561) == pytest.approx([255, 0, 0], abs=2)


@pytest.mark.parametrize(
    ("transfer", "reference_white", "peak"), [(PQ, 0.5806, 0.7518), (HLG, 0.75, 1.0)], ids=["PQ", "HLG"]
)
def test_reference_white_is_bright_and_highlights_are_told_apart(
    transfer: str, reference_white: float, peak: float
) -> None:
    """203 and 1,000 cd/m² (BT.2408, table 1)."""
    levels = (0.0, reference_white / 2, reference_white, peak)
    steps = [shown(ColourSpace(transfer), *[level] * 3)[0] for level in levels]
    assert steps[0] == 0
    assert steps[3] == 255
    assert 225 <= steps[2] <= 245
    assert steps == sorted(set(steps))


def test_hue_of_a_highlight_stays() -> None:
    red, green, blue = (((each / 255 + 0.055) / 1.055) ** 2.4 for each in shown(ColourSpace(PQ), 0.70, 0.60, 0.50))
    one, other, third = (float(each) for each in _nits(np.array([0.70, 0.60, 0.50])))
    assert (green / red, blue / red) == pytest.approx((other / one, third / one), rel=0.05)


def _nits(samples: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    power = samples ** (32 / 2523)
    return np.asarray(10_000 * ((power - 107 / 128) / (2413 / 128 - 2392 / 128 * power)) ** (8192 / 1305))


def png_with_gamma(gamma: float, level: int, *chunks: bytes) -> io.BytesIO:
    plain = png_of(4, 4, zlib.compress((b"\0" + bytes([level] * 12)) * 4))
    name, body = b"gAMA", struct.pack(">I", round(gamma * 100_000))
    chunk = struct.pack(">I", 4) + name + body + struct.pack(">I", zlib.crc32(name + body))
    return io.BytesIO(plain[:33] + chunk + b"".join(chunks) + plain[33:])


def test_gamma_of_a_png_is_followed_unless_it_is_the_usual_one() -> None:
    assert image.upright(png_with_gamma(1.0, 55), 4).getpixel((1, 1)) == pytest.approx((127,) * 3, abs=1)
    assert image.upright(png_with_gamma(0.45455, 55), 4).getpixel((1, 1)) == (55, 55, 55)
    body = b"sRGB\0"
    says_srgb = struct.pack(">I", 1) + body + struct.pack(">I", zlib.crc32(body))
    assert image.upright(png_with_gamma(1.0, 55, says_srgb), 4).getpixel((1, 1)) == (55, 55, 55)


def test_alpha_of_a_picture_stays_when_its_colours_change() -> None:
    output = io.BytesIO()
    Image.new("RGBA", (8, 8), (255, 0, 0, 77)).save(output, "PNG")
    output.seek(0)
    found = image.upright(output, 8, stated=image.Stated(ColourSpace(None, "smpte432")))
    assert found.getpixel((3, 3)) == (255, 0, 0, 77)
