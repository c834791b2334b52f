"""Run-length encoded masks against pycocotools, the reference implementation."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as oracle

from foveal.catalog.annotations.rasters.masks import Mask, measure


@st.composite
def bitmaps(draw: Any) -> Any:
    height, width = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    bits = draw(st.lists(st.booleans(), min_size=height * width, max_size=height * width))
    return np.array(bits, dtype=np.uint8).reshape(height, width)


def runs_of(pixels: list[int]) -> list[int]:
    runs, current = [0], 0
    for pixel in pixels:
        if pixel != current:
            runs.append(0)
            current = pixel
        runs[-1] += 1
    return runs


@settings(deadline=None)
@given(bitmap=bitmaps())
def test_area_and_box_are_those_of_the_reference(bitmap: Any) -> None:
    height, width = bitmap.shape
    encoded = oracle.encode(np.asfortranarray(bitmap))
    text = encoded["counts"].decode()
    expected = (int(oracle.area(encoded)), tuple(oracle.toBbox(encoded)))
    assert measure(Mask(encoding="coco_rle_str", size=[height, width], counts=text)) == expected
    plain = Mask(encoding="coco_rle", size=[height, width], counts=runs_of(bitmap.flatten(order="F").tolist()))
    assert measure(plain) == expected
    if expected[0]:
        rows = Mask(
            encoding="cvat_rle",
            size=[height, width],
            counts=runs_of(bitmap.flatten().tolist()),
            bbox_px=[10, 20, width, height],
        )
        x, y, box_width, box_height = expected[1]
        assert measure(rows) == (expected[0], (x + 10, y + 20, box_width, box_height))


def test_large_runs_survive() -> None:
    size = [20_000, 20_000]
    encoded = oracle.frPyObjects({"size": size, "counts": [0, 20_000 * 20_000]}, *size)
    mask = Mask(encoding="coco_rle_str", size=size, counts=encoded["counts"].decode())
    assert measure(mask) == (400_000_000, (0, 0, 20_000, 20_000))


@pytest.mark.parametrize("counts", ["", "P", "\x00", "~"])
def test_strings_that_end_early_are_refused(counts: str) -> None:
    with pytest.raises(ValueError, match=r"mask\.counts"):
        measure(Mask(encoding="coco_rle_str", size=[2, 2], counts=counts))
