"""TIFFs of satellites and elevation models: visible, whatever way they are stored."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from foveal.errors import Unrenderable
from foveal.render.decode import image
from tests.unit.render.pictures import CORNERS, corners_of, is_near, is_upright, quartered, saved
from tests.unit.render.tiffs import tiff

NO_DATA, EXTRA_SAMPLES, ORIENTATION = 42113, 338, 274
ASCII, SHORT = 2, 3


def reflectances(bands: int = 3, most: int = 2500, kind: str = "u2") -> np.ndarray[Any, Any]:
    """The quartered picture as samples up to `most`, with further bands behind its colours."""
    colours = np.asarray(quartered(60, 40)).astype(float) / 255 * most
    further = np.full((40, 60, max(0, bands - 3)), most, float)
    return np.concatenate([colours, further], axis=2).astype(kind)


def shown(data: bytes, width: int = 60) -> Image.Image:
    return image.upright(io.BytesIO(data), width)


@pytest.mark.parametrize("stored", [{}, {"tile": 16}, {"rows": 7}, {"is_apart": True}, {"is_apart": True, "tile": 16}])
@pytest.mark.parametrize("predictor", [None, 1, 2])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("is_big", [False, True])
def test_deep_colours_are_visible_however_they_are_stored(
    stored: dict[str, Any], predictor: int | None, order: Any, is_big: bool
) -> None:
    assert is_upright(shown(tiff(reflectances(), order=order, is_big=is_big, predictor=predictor, **stored)))


@pytest.mark.parametrize("kind", ["f4", "f8", "u4", "i2", "i4"])
@pytest.mark.parametrize("bands", [3, 4, 7])
def test_bands_of_any_kind_show_their_first_three(kind: str, bands: int) -> None:
    predictor = 3 if kind.startswith("f") else 2
    assert is_upright(shown(tiff(reflectances(bands, kind=kind), tile=16, predictor=predictor)))


def test_full_range_pictures_keep_their_brightness() -> None:
    samples = reflectances(most=40_000)
    assert is_near(shown(tiff(samples)).getpixel((10, 10)), (40_000 / 257, 0, 0), 2)


def test_alpha_of_deep_samples_stays() -> None:
    samples = np.concatenate([reflectances(), np.full((40, 60, 1), 0x8000, np.uint16)], axis=2)
    found = shown(tiff(samples, tags=[(EXTRA_SAMPLES, SHORT, b"\2\0")]))
    assert found.mode == "RGBA"
    assert found.getpixel((10, 10))[3] in (127, 128)  # type: ignore[index]


@pytest.mark.parametrize(("value", "text"), [(-9999.0, b"-9999\0"), (float("nan"), b"nan\0"), (-3.4e38, b"-3.4e38\0")])
def test_elevations_are_told_apart_and_no_data_is_transparent(value: float, text: bytes) -> None:
    heights = np.repeat(np.repeat(np.array([[value, 100], [200, 300]], np.float32), 20, 0), 20, 1)[..., None]
    found = shown(tiff(heights, tags=[(NO_DATA, ASCII, text)]))
    corners = corners_of(found.convert("RGBA"))
    levels = [corners[name][0] for name in ("top_right", "bottom_left", "bottom_right")]
    assert levels == sorted(levels)
    assert min(np.diff(levels)) > 100
    assert found.convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]


def test_big_endian_bigtiff_of_8_bits_is_shown_as_it_is() -> None:
    samples = np.asarray(quartered(60, 40)) // 3
    found = shown(tiff(samples, order=">", is_big=True))
    assert is_near(found.getpixel((10, 10)), [each // 3 for each in CORNERS["top_left"]], 1)


def test_orientation_of_deep_samples_is_applied() -> None:
    turned = np.asarray(quartered(60, 40).transpose(Image.Transpose.ROTATE_90)).astype(np.uint16) * 9
    assert is_upright(shown(tiff(turned, tags=[(ORIENTATION, SHORT, b"\6\0")])))


def test_pages_are_chosen_and_missing_ones_refused() -> None:
    with pytest.raises(Unrenderable, match="no such page"):
        image.upright(io.BytesIO(tiff(reflectances())), 60, 1)


def test_compressed_strips_are_refused_when_they_are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foveal.render.decode.tiff.bands.MAX_BYTES", 10_000)
    with pytest.raises(Unrenderable, match="strips or tiles"):
        shown(tiff(reflectances(), predictor=1))
    assert is_upright(shown(tiff(reflectances(), predictor=1, tile=16)))


@pytest.mark.parametrize("cut", [8, 20, 300])
def test_tiff_is_refused_when_its_directory_is_cut_off(cut: int) -> None:
    with pytest.raises(Unrenderable):
        shown(tiff(reflectances(), predictor=2, rows=5)[:cut])


def pyramid(*sizes: tuple[int, int]) -> bytes:
    """A TIFF of tiled pages; the first is black, which a thumbnail must not be made of."""
    pages = [quartered(*size) for size in sizes]
    pages[0] = Image.new("RGB", sizes[0])
    output = io.BytesIO()
    pages[0].save(output, "TIFF", save_all=True, append_images=pages[1:], compression="tiff_adobe_deflate")
    return output.getvalue()


def test_thumbnail_is_made_of_the_smallest_level_that_suffices() -> None:
    sizes = ((2400, 1600), (1200, 800), (300, 200), (60, 40))
    stated = image.Stated(levels=sizes)
    assert is_upright(image.upright(io.BytesIO(pyramid(*sizes)), 60, stated=stated))
    assert is_upright(image.upright(io.BytesIO(pyramid(*sizes)), 150, stated=stated))


def test_pyramid_is_shown_when_its_full_size_does_not_fit_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pyramid((2400, 1600), (300, 200))
    monkeypatch.setattr("foveal.render.decode.budget.MAX_BYTES", 2_000_000)
    with pytest.raises(Unrenderable, match="too large"):
        image.upright(io.BytesIO(data), 60)
    assert is_upright(image.upright(io.BytesIO(data), 60, stated=image.Stated(levels=((2400, 1600), (300, 200)))))


def test_full_size_is_shown_when_no_level_is_among_the_pages() -> None:
    levels = ((60, 40), (30, 20))
    data = saved(quartered(60, 40), "TIFF")
    assert is_upright(image.upright(data, 10, stated=image.Stated(levels=levels)))
