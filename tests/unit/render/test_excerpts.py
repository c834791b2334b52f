"""Parts of TIFFs are decoded from the tiles or strips that they need, and are what the whole picture shows there."""

import io
import struct
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import pytest
from PIL import Image

from foveal.errors import Unrenderable
from foveal.render.decode import image
from foveal.render.decode.tiff import excerpt
from tests.e2e.console import large
from tests.unit.render.test_tiles import stored
from tests.unit.render.tiffs import tiff

PARTS = [(0.0, 0.0, 0.4, 0.3), (0.31, 0.47, 0.62, 0.93), (0.7, 0.6, 1.0, 1.0), (0.5, 0.0, 0.5005, 1.0)]


def striped(compression: str, orientation: int, mode: str = "RGB") -> bytes:
    picture, _ = stored(700, 500)
    output = io.BytesIO()
    picture.convert(mode).save(output, "TIFF", compression=compression, tiffinfo={278: 48, 274: orientation})
    return output.getvalue()


def tiled(orientation: int) -> bytes:
    picture, _ = stored(700, 500)
    return tiff(np.asarray(picture), tile=128, predictor=2, tags=[(274, 3, struct.pack("<H", orientation))])


CASES: dict[str, Callable[[], bytes]] = {
    **{f"jpeg {turn}": partial(striped, "jpeg", turn) for turn in range(1, 9)},
    **{f"tiles {turn}": partial(tiled, turn) for turn in (1, 6, 7)},
    "lzw": partial(striped, "tiff_lzw", 8),
    "plain": partial(striped, "raw", 1),
    "palette": partial(striped, "tiff_adobe_deflate", 1, "P"),
    "bilevel": partial(striped, "group4", 1, "1"),
}


def as_large(size: tuple[int, int], _turn: int) -> tuple[int, int]:
    return size


def as_tile(_size: tuple[int, int], _turn: int) -> tuple[int, int]:
    return 512, 512


@pytest.mark.parametrize("width", [4000, 90])
@pytest.mark.parametrize("name", CASES)
def test_part_of_an_excerpt_is_the_part_of_the_whole(name: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = CASES[name]()
    used = [excerpt.of(io.BytesIO(data), part, as_large) for part in PARTS]
    assert all(each and len(each.file.read()) < len(data) for each in used), "excerpts are made, and smaller"
    found = [np.asarray(image.region(io.BytesIO(data), part, width)) for part in PARTS]
    monkeypatch.setattr(excerpt, "of", lambda *_: None)
    expected = [np.asarray(image.region(io.BytesIO(data), part, width)) for part in PARTS]
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        difference = np.abs(one.astype(int) - other.astype(int))
        assert difference.max() == 0 if width > 700 else difference.mean() < 1


def test_picture_of_300_megapixels_is_cut_from_the_level_that_suffices() -> None:
    data = large.pyramid()
    for level, limit in ((0, 100_000), (3, 1_000_000)):
        side = 512 << level
        box = (0.2, 0.3, 0.2 + side / large.HEIGHT, 0.3 + side / large.WIDTH)
        shown = image.region(io.BytesIO(data), box, 512)
        assert shown.size == (512, 512)
        made = excerpt.of(io.BytesIO(data), box, as_tile)
        assert made is not None
        assert len(made.file.read()) < limit
        x, y = box[0] * large.HEIGHT + 100, box[1] * large.WIDTH + 100
        mean = np.asarray(shown.resize((512 // 8, 512 // 8), Image.Resampling.BOX))[:8, :8].mean((0, 1))
        assert np.abs(mean - large.colour(x, y)).max() < 25


def deep(**options: Any) -> bytes:
    return tiff(np.zeros((300, 300, 3), np.uint16), tile=128, **options)


@pytest.mark.parametrize(
    "data",
    [b"", b"II*\0", stored(300, 200)[1], deep(), tiff(np.zeros((300, 300, 3), np.uint8), tile=128, is_apart=True)],
    ids=["nothing", "header alone", "png", "16 bits", "planes apart"],
)
def test_other_files_are_decoded_as_a_whole(data: bytes) -> None:
    try:
        assert excerpt.of(io.BytesIO(data), (0, 0, 0.5, 0.5), as_large) is None
    except image._DECODER_ERRORS:
        assert data == b"II*\0"


@pytest.mark.parametrize("seed", range(60))
def test_damaged_directories_are_shown_or_refused(seed: int) -> None:
    data, chance = bytearray(tiled(6)), np.random.default_rng(seed)
    start = int.from_bytes(data[4:8], "little") or int.from_bytes(data[8:16], "little")
    for _ in range(6):
        data[int(chance.integers(start, len(data)))] = int(chance.integers(256))
    with suppress(Unrenderable):
        image.region(io.BytesIO(bytes(data)), (0.1, 0.1, 0.4, 0.4), 200)


def test_whole_picture_on_its_side_is_drawn_from_a_level_that_its_facts_may_not_name() -> None:
    facts = image.Stated(levels=((large.WIDTH, large.HEIGHT), (large.WIDTH // 2, large.HEIGHT // 2)))
    shown = image.upright(io.BytesIO(large.pyramid()), 256, stated=facts)
    assert shown.size == (256, 342)
    scale = large.HEIGHT / shown.width
    for place in ((40, 60), (128, 171), (200, 300)):
        expected = large.colour((place[0] + 0.5) * scale, (place[1] + 0.5) * scale)
        assert np.abs(np.subtract(np.asarray(shown.getpixel(place)), expected)).max() <= 16, place
