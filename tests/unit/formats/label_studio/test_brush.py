"""Brush masks: bits as the SDK packs them (label-studio-sdk 2.1.2, `converter/brush.py`)."""

from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.formats.label_studio import brush
from tests.unit.formats.label_studio.tasks import annotation, result, task, write
from tests.unit.formats.reading import inspected, of_kind

GOLDEN_SMALL = [0, 0, 0, 24, 57, 27, 252, 96, 19, 255, 219, 0, 0]
GOLDEN_LONG = [0, 5, 126, 88, 57, 27, 255, 255, 255, 0, 231, 15, 224, 31, *[255] * 13, 209, 111, 255, 240, 184, 0]


def counts_of(pixels: list[int]) -> list[int]:
    runs = [(value, len(list(run))) for value, run in groupby(pixels)]
    return ([0] if pixels[0] else []) + [length for _, length in runs]


@given(st.lists(st.integers(0, 1), min_size=1, max_size=200))
def test_mask_comes_back_when_it_is_packed_and_unpacked(pixels: list[int]) -> None:
    counts = counts_of(pixels)
    assert brush.decoded(bytes(brush.encoded(counts)), len(pixels)) == counts


@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=8))
def test_long_runs_come_back_when_they_are_packed_and_unpacked(counts: list[int]) -> None:
    assert brush.decoded(bytes(brush.encoded(counts)), sum(counts)) == counts


def literal(pixels: list[int]) -> bytes:
    """Pack values one by one, as the editor does for noise: a part of up to eight values."""
    values = [each for pixel in pixels for each in (9, 9, 9, 200 * pixel)]
    bits = f"{len(values):032b}{7:05b}{2:04b}{3:04b}{7:04b}{15:04b}"
    for start in range(0, len(values), 5):
        part = values[start : start + 5]
        bits += f"000{len(part) - 1:03b}" + "".join(f"{each:08b}" for each in part)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


@given(st.lists(st.integers(0, 1), min_size=1, max_size=100))
def test_values_one_by_one_are_unpacked_by_their_alpha(pixels: list[int]) -> None:
    assert brush.decoded(literal(pixels), len(pixels)) == counts_of(pixels)


def test_packed_bytes_are_those_of_the_sdk() -> None:
    """`encode_rle(np.repeat(mask.ravel() * 255, 4))` of a small mask, and of one with runs beyond 65,536 values."""
    assert brush.encoded([1, 2, 3]) == GOLDEN_SMALL
    assert brush.encoded([20_000, 70_000, 6]) == GOLDEN_LONG


@pytest.mark.parametrize("cut", [0, 3, 8, 11])
def test_mask_is_refused_when_it_ends_early(cut: int) -> None:
    with pytest.raises(ValueError, match=r"ends|values"):
        brush.decoded(bytes(brush.encoded([1, 2, 3])[:cut]), 6)


def test_mask_is_refused_when_it_is_of_another_image() -> None:
    with pytest.raises(ValueError, match="24 values"):
        brush.decoded(bytes(brush.encoded([1, 2, 3])), 7)


def test_brush_becomes_columns_of_an_image_that_is_not_square(tmp_path: Path) -> None:
    value = {"format": "rle", "rle": brush.encoded([1, 2, 3]), "brushlabels": ["Crack"]}
    found = inspected(write(tmp_path, task(annotation(result("brushlabels", value, size=(3, 2))))))
    (mask,) = of_kind(found, "annotation")
    assert (mask["type"], mask["label"]) == ("mask", "Crack")
    assert mask["mask"] == {"encoding": "coco_rle", "size": [2, 3], "counts": [2, 1, 1, 1, 1]}


def test_brush_is_told_when_its_image_is_too_large_to_lay_out(tmp_path: Path) -> None:
    value = {"format": "rle", "rle": brush.encoded([6]), "brushlabels": ["Crack"]}
    found = inspected(write(tmp_path, task(annotation(result("brushlabels", value, size=(100_000, 100_000))))))
    assert "larger than" in of_kind(found, "not_imported")[0]["reason"]
