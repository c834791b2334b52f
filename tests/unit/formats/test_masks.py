"""Masks of CVAT and COCO: exact in both directions, on masks that are neither square nor symmetric."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from foveal.formats.base.geometry import masks

DOCUMENTED = [3, 5, 7, 7, 5, 9, 3, 11, 2, 11, 2, 12, 1, 12, 1, 26, 1, 12, 1, 12, 2, 11, 3, 9, 5, 7, 7, 5, 3]
"""The mask in CVAT's description of its format: 13 x 15 pixels."""


def _grid(counts: list[int]) -> NDArray[np.bool_]:
    return np.repeat(np.arange(len(counts)) % 2 == 1, counts)


@st.composite
def _images(draw: st.DrawFn) -> NDArray[np.bool_]:
    height, width = draw(st.integers(1, 12)), draw(st.integers(1, 9))
    pixels = draw(st.lists(st.booleans(), min_size=height * width, max_size=height * width))
    return np.array(pixels, dtype=bool).reshape(height, width)


def test_cvat_mask_becomes_the_same_pixels_in_coco() -> None:
    counts = masks.coco_runs(DOCUMENTED, (7, 2, 13, 15), (40, 30))
    expected = np.zeros((40, 30), dtype=bool)
    expected[2:17, 7:20] = _grid(DOCUMENTED).reshape(15, 13)
    assert np.array_equal(_grid(counts).reshape(30, 40).T, expected)
    assert masks.cvat_runs(counts, (40, 30)) == (DOCUMENTED, (7, 2, 13, 15))


@given(_images())
def test_masks_come_back_from_cvat_to_coco(image: NDArray[np.bool_]) -> None:
    height, width = image.shape
    column_major = image.T.ravel()
    edges = np.flatnonzero(np.diff(np.concatenate(([False], column_major)).astype(int))).tolist()
    counts = [int(run) for run in np.diff([0, *edges, image.size])]
    if not image.any():
        with pytest.raises(ValueError, match="empty"):
            masks.cvat_runs([image.size], (height, width))
        return
    rows, box = masks.cvat_runs(counts, (height, width))
    left, top, box_width, box_height = box
    assert np.array_equal(
        _grid(rows).reshape(box_height, box_width), image[top : top + box_height, left : left + box_width]
    )
    again = masks.coco_runs(rows, box, (height, width))
    assert np.array_equal(_grid(again), column_major)


def test_pixels_outside_the_image_are_left_out() -> None:
    assert _grid(masks.coco_runs([0, 9], (-1, -1, 3, 3), (4, 4))).sum() == 4
    assert masks.coco_runs([0, 9], (9, 9, 3, 3), (4, 4)) == [16]


@pytest.mark.parametrize("counts", [[4], [3, 3], [-1, 10], [0, 10]])
def test_counts_that_do_not_fill_the_box_are_refused(counts: list[int]) -> None:
    with pytest.raises(ValueError, match="add up"):
        masks.coco_runs(counts, (0, 0, 3, 3), (9, 9))


def test_box_of_a_hostile_size_is_refused_before_it_is_laid_out() -> None:
    with pytest.raises(ValueError, match="larger than"):
        masks.coco_runs([2**62], (0, 0, 2**31, 2**31), (2**31, 2**31))
    with pytest.raises(ValueError, match="more than"):
        masks.cvat_runs([0, 2**62], (2**31, 2**31))
