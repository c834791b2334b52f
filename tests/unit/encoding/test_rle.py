"""Packed run lengths against pycocotools, the reference implementation."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as oracle

from foveal.encoding.rle import packed, runs, unpacked


@st.composite
def bitmaps(draw: Any) -> Any:
    height, width = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    bits = draw(st.lists(st.booleans(), min_size=height * width, max_size=height * width))
    return np.array(bits, dtype=np.uint8).reshape(height, width)


@settings(deadline=None)
@given(bitmap=bitmaps())
def test_packed_counts_are_the_runs_down_the_columns(bitmap: Any) -> None:
    text = oracle.encode(np.asfortranarray(bitmap))["counts"].decode()
    painted: list[int] = []
    for number, run in enumerate(runs(text, bitmap.size)):
        painted += [number % 2] * run
    assert painted == bitmap.flatten(order="F").tolist()


@given(found=st.lists(st.integers(0, 2**31), min_size=1, max_size=30))
def test_run_lengths_agree_with_pycocotools(found: list[int]) -> None:
    size = [sum(found), 1]
    text = oracle.frPyObjects({"size": size, "counts": found}, *size)["counts"].decode()
    assert unpacked(text) == found
    assert packed(found) == text


@given(text=st.text(max_size=30))
def test_text_that_is_no_mask_is_refused_or_has_positive_counts(text: str) -> None:
    try:
        found = unpacked(text)
    except ValueError:
        return
    assert all(run >= 0 for run in found)


@pytest.mark.parametrize("counts", ["", "P", "\x00", "~", [3], [5, -1], []])
def test_counts_that_do_not_add_up_are_refused(counts: list[int] | str) -> None:
    with pytest.raises(ValueError, match=r"mask\.counts"):
        runs(counts, 4)
