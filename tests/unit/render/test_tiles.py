"""Tiles: levels of half the size of the next, whose squares together are the picture."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from foveal.derivatives.recipes import Recipe, Renditions, requested
from foveal.derivatives.tiles import TILE_SIDE, Tiles
from foveal.errors import Unprocessable
from foveal.render.decode import picture as stills

NONE = Renditions({})


def stored(width: int, height: int, format: str = "PNG", **options: Any) -> tuple[Image.Image, bytes]:
    """Return a picture whose pixels differ from place to place, and its file."""
    chance = np.random.default_rng(width)
    coarse = Image.fromarray(chance.integers(0, 255, (height // 40 + 2, width // 40 + 2, 3), np.uint8))
    picture = coarse.resize((width, height), Image.Resampling.BICUBIC)
    output = io.BytesIO()
    picture.save(output, format, **options)
    return picture, output.getvalue()


def assembled(asset: dict[str, Any], data: bytes, level: int) -> Image.Image:
    tiles = Tiles.of(asset)
    whole = Image.new("RGB", tiles.size(level))
    across, down = tiles.count(level)
    for column in range(across):
        for row in range(down):
            recipe = Recipe("tile", "tile", TILE_SIDE, "webp", tile=(level, column, row))
            tile = stills.tile(asset, io.BytesIO(data), recipe, level, column, row)
            assert tile.size == tiles.tile_size(level, column, row)
            whole.paste(tile, (column * TILE_SIDE, row * TILE_SIDE))
    return whole


@pytest.mark.parametrize("size", [(1300, 900), (513, 2050), (1024, 512), (300, 200)])
def test_tiles_of_the_last_level_are_the_picture(size: tuple[int, int]) -> None:
    picture, data = stored(*size)
    asset = {"media_type": "image", "width": size[0], "height": size[1]}
    last = assembled(asset, data, Tiles.of(asset).levels - 1)
    assert np.array_equal(np.asarray(last), np.asarray(picture))


def test_tiles_of_a_turned_photo_are_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture, data = stored(1200, 700, "JPEG", quality=95, exif=exif)
    asset = {"media_type": "image", "width": 700, "height": 1200, "orientation": 6, "format": "jpeg"}
    last = assembled(asset, data, Tiles.of(asset).levels - 1)
    upright = picture.transpose(Image.Transpose.ROTATE_270)
    difference = np.abs(np.asarray(last, dtype=int) - np.asarray(upright, dtype=int))
    assert difference.mean() < 3


def test_level_is_the_picture_in_half_the_size_of_the_next() -> None:
    picture, data = stored(2100, 1300)
    asset = {"media_type": "image", "width": 2100, "height": 1300}
    tiles = Tiles.of(asset)
    assert [tiles.size(level) for level in range(tiles.levels)] == [(263, 163), (525, 325), (1050, 650), (2100, 1300)]
    for level in range(tiles.levels):
        smaller = picture.resize(tiles.size(level), Image.Resampling.LANCZOS)
        difference = np.abs(np.asarray(assembled(asset, data, level), dtype=int) - np.asarray(smaller, dtype=int))
        assert difference.mean() < 2


@pytest.mark.parametrize("size", [(1, 1), (512, 512), (513, 1), (100_000, 70_000), (1, 3_000_000)])
def test_boxes_of_a_level_cover_the_picture_without_overlap(size: tuple[int, int]) -> None:
    tiles = Tiles(*size)
    assert max(tiles.size(0)) <= TILE_SIDE
    assert tiles.count(0) == (1, 1)
    assert tiles.size(tiles.levels - 1) == size
    for level in range(min(tiles.levels, 4)):
        across, down = tiles.count(level)
        lefts = [tiles.box(level, column, 0) for column in range(across)]
        tops = [tiles.box(level, 0, row) for row in range(down)]
        assert [box[0] for box in lefts[1:]] == [box[2] for box in lefts[:-1]]
        assert [box[1] for box in tops[1:]] == [box[3] for box in tops[:-1]]
        assert (lefts[0][0], lefts[-1][2], tops[0][1], tops[-1][3]) == (0, 1, 0, 1)


ASSET = {"media_type": "image", "width": 2000, "height": 1000}


@pytest.mark.parametrize(
    ("asset", "query", "words"),
    [
        (ASSET, {}, "needs z, x and y"),
        (ASSET, {"z": "-1", "x": "0", "y": "0"}, "whole numbers"),
        (ASSET, {"z": "3", "x": "0", "y": "0"}, "has 3"),
        (ASSET, {"z": "2", "x": "4", "y": "0"}, "4 by 2"),
        (ASSET, {"z": "0", "x": "0", "y": "0", "format": "png"}, "takes no"),
        ({"media_type": "video", "width": 2000, "height": 1000}, {"z": "0", "x": "0", "y": "0"}, "Only a picture"),
        ({"media_type": "image"}, {"z": "0", "x": "0", "y": "0"}, "Only a picture"),
    ],
)
def test_tile_that_there_is_not_is_refused_by_its_reason(asset: Any, query: dict[str, str], words: str) -> None:
    with pytest.raises(Unprocessable, match=words):
        requested(asset, NONE, {"variant": "tile", **query})


def test_tile_has_a_name_of_its_own_and_other_derivatives_keep_theirs() -> None:
    names = {requested(ASSET, NONE, {"variant": "tile", "z": "2", "x": x, "y": "1"}).name for x in "0123"}
    assert len(names) == 4
    assert Recipe("rendition", "thumbnail", 320, "webp").name == "thumbnail-9795cda375e7.webp"
