"""Budgets of memory, from headers alone."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from foveal.errors import Unrenderable
from foveal.render.decode import budget, image
from tests.unit.render.pictures import saved
from tests.unit.render.tiffs import tiff

PIXELS = 60 * 40


def of(mode: str, format: str, **options: Any) -> io.BytesIO:
    return saved(Image.new(mode, (60, 40)), format, **options)


@pytest.mark.parametrize(
    ("source", "bytes_per_pixel"),
    [
        (of("RGB", "WEBP"), 16.5),
        (of("RGBA", "WEBP", lossless=True), 16.5),
        (of("RGB", "JPEG2000"), 20),
        (of("RGB", "AVIF"), 14),
        (of("RGB", "HEIF"), 14),
        (of("RGB", "PNG"), 5),
        (of("RGBA", "PNG"), 9),
        (of("RGB", "JPEG"), 5),
        (of("P", "GIF"), 5),
        (of("P", "GIF", transparency=0), 9),
        (of("RGB", "BMP"), 5),
    ],
    ids=lambda value: None if isinstance(value, io.BytesIO) else str(value),
)
def test_image_is_shown_within_the_budget_of_its_format_and_refused_above(
    monkeypatch: pytest.MonkeyPatch, source: io.BytesIO, bytes_per_pixel: float
) -> None:
    monkeypatch.setattr(budget, "MAX_BYTES", PIXELS * bytes_per_pixel)
    assert image.upright(source, 60).size == (60, 40)
    monkeypatch.setattr(budget, "MAX_BYTES", PIXELS * bytes_per_pixel - 1)
    with pytest.raises(Unrenderable, match="too large"):
        image.upright(source, 60)


@pytest.mark.parametrize("rows", [1, 40])
def test_strip_of_a_tiff_counts(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    data = tiff(np.zeros((40, 60, 1), np.float32), predictor=1, rows=rows)
    needed = PIXELS * 5 + len(data) + 60 * rows * 4
    monkeypatch.setattr(budget, "MAX_BYTES", needed)
    assert image.upright(io.BytesIO(data), 60).size == (60, 40)
    monkeypatch.setattr(budget, "MAX_BYTES", needed - 1)
    with pytest.raises(Unrenderable, match="too large"):
        image.upright(io.BytesIO(data), 60)


@pytest.mark.parametrize(("subsampling", "bytes_per_pixel"), [(0, 6), (2, 3)])
def test_coefficients_of_a_progressive_jpeg_count(
    monkeypatch: pytest.MonkeyPatch, subsampling: int, bytes_per_pixel: int
) -> None:
    source = of("RGB", "JPEG", progressive=True, subsampling=subsampling)
    monkeypatch.setattr(budget, "MAX_BYTES", PIXELS * max(bytes_per_pixel, 5))
    assert image.upright(source, 60).size == (60, 40)
    monkeypatch.setattr(budget, "MAX_BYTES", PIXELS * bytes_per_pixel - 1)
    with pytest.raises(Unrenderable, match="too large"):
        image.upright(source, 60)


@pytest.mark.parametrize(
    "source",
    [of("RGB", "WEBP"), of("RGB", "WEBP", lossless=True), of("RGBA", "WEBP", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0")],
    ids=["VP8", "VP8L", "VP8X"],
)
def test_webp_is_refused_before_its_canvas_is_taken(monkeypatch: pytest.MonkeyPatch, source: io.BytesIO) -> None:
    monkeypatch.setattr(budget, "MAX_BYTES", PIXELS * 16.5 - 1)
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("it was opened"))
    with pytest.raises(Unrenderable, match="too large"):
        image.upright(source, 60)
