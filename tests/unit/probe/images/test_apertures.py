"""The clean aperture of HEIC and AVIF, against libheif, which crops by it."""

import io

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from foveal.probe import Facts, MemorySource, probe
from tests.unit.probe.apertures import SIZE, Clap, avif, clap, heic

NOISE = Image.fromarray(np.random.default_rng(1).integers(0, 256, (60, 100), dtype=np.uint8))
WHOLE = clap(0, 0, *SIZE, SIZE)


@st.composite
def parts(draw: st.DrawFn) -> tuple[int, int, int, int]:
    """Left, top, width and height within SIZE."""
    left, top = draw(st.integers(0, SIZE[0] - 1)), draw(st.integers(0, SIZE[1] - 1))
    return left, top, draw(st.integers(1, SIZE[0] - left)), draw(st.integers(1, SIZE[1] - top))


def decoded(data: bytes) -> Image.Image:
    image: Image.Image = pillow_heif.read_heif(io.BytesIO(data)).to_pillow()
    return image


def aperture(facts: Facts) -> tuple[int, int, int, int] | None:
    found = facts.clean_aperture
    return None if found is None else (found.left, found.top, found.width, found.height)


@settings(deadline=None, max_examples=50)
@given(part=parts())
def test_clean_aperture_agrees_with_libheif(part: tuple[int, int, int, int]) -> None:
    data = heic(NOISE, clap(*part, SIZE))
    shown, facts = decoded(data), probe(MemorySource(data))
    left, top, width, height = aperture(facts) or (0, 0, *SIZE)
    assert (left, top, width, height) == part
    assert (facts.width, facts.height) == (width, height) == shown.size
    whole = np.asarray(decoded(heic(NOISE, WHOLE)))
    assert np.array_equal(whole[top : top + height, left : left + width], np.asarray(shown))


@settings(deadline=None, max_examples=50)
@given(part=parts(), thirds=st.tuples(st.integers(-1, 1), st.integers(-1, 1)))
def test_clean_aperture_of_fractional_size_is_rounded_as_by_libheif(
    part: tuple[int, int, int, int], thirds: tuple[int, int]
) -> None:
    whole = clap(*part, SIZE)
    told = (3 * whole[0] - abs(thirds[0]), 3, 3 * whole[2] - abs(thirds[1]), 3, *whole[4:])
    facts = probe(MemorySource(heic(NOISE, told)))
    assert (facts.width, facts.height) == decoded(heic(NOISE, told)).size


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ((80, 1, 64, 1, 40, 1, 0, 1), (50, 0, 50, 64)),
        ((80, 1, 64, 1, -40, 1, 0, 1), (0, 0, 50, 64)),
        ((300, 1, 40, 1, 0, 1, 0, 1), (0, 12, 100, 40)),
        ((80, 1, 40, 1, 300, 1, 0, 1), None),
        ((0, 1, 40, 1, 0, 1, 0, 1), None),
        ((80, 0, 40, 1, 0, 1, 0, 1), None),
    ],
)
def test_clean_aperture_is_clipped_to_the_picture_and_absent_when_empty(
    told: Clap, shown: tuple[int, int, int, int] | None
) -> None:
    assert aperture(probe(MemorySource(heic(NOISE, told)))) == shown


@pytest.mark.parametrize("data", [heic(NOISE, WHOLE), avif(NOISE, clap(0, 0, 100, 60, NOISE.size))])
def test_clean_aperture_is_absent_when_it_covers_the_whole_picture(data: bytes) -> None:
    assert aperture(probe(MemorySource(data))) is None


def test_avif_is_cropped_before_it_is_rotated() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    facts = probe(MemorySource(avif(NOISE, clap(10, 20, 50, 30, NOISE.size), exif=exif)))
    assert (facts.stored_width, facts.stored_height, facts.orientation) == (100, 60, 6)
    assert aperture(facts) == (10, 20, 50, 30)
    assert (facts.width, facts.height) == (30, 50)
    assert facts.document()["clean_aperture"] == {"left": 10, "top": 20, "width": 50, "height": 30}
