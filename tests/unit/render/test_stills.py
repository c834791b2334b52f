import io

import pytest
from PIL import Image

from foveal.derivatives.recipes import Recipe
from foveal.probe import MemorySource, probe
from foveal.render.decode import picture as stills
from foveal.render.decode.picture import shown_size
from tests.unit.probe.apertures import SIZE, avif, clap, heic
from tests.unit.render.pictures import CORNERS, is_near, is_upright, quartered


@pytest.mark.parametrize(
    ("facts", "size", "shown"),
    [
        ({}, (720, 576), (720, 576)),
        ({"pixel_aspect": {"num": 64, "den": 45}}, (720, 576), (1024, 576)),
        ({"pixel_aspect": {"num": 64, "den": 45}, "rotation": 90}, (576, 720), (576, 1024)),
        ({"pixel_aspect": {"num": 64, "den": 45}, "rotation": 180}, (720, 576), (1024, 576)),
    ],
    ids=["square", "PAL, wide", "turned to its side", "upside down"],
)
def test_overlay_has_the_shape_of_the_picture_when_its_pixels_are_not_square(
    facts: dict[str, object], size: tuple[int, int], shown: tuple[int, int]
) -> None:
    assert shown_size({"media_type": "video", **facts}, size) == shown


def framed() -> Image.Image:
    """Four colours in a black frame that is not to be seen."""
    image = Image.new("RGB", (100, 60))
    image.paste(quartered(60, 40), (20, 10))
    return image


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (heic(framed(), clap(20, 10, 60, 40, SIZE)), (60, 40)),
        (avif(framed(), clap(20, 10, 60, 40, (100, 60))), (60, 40)),
        (
            avif(framed().transpose(Image.Transpose.ROTATE_90), clap(10, 20, 40, 60, (60, 100)), exif=turned(6)),
            (60, 40),
        ),
        (
            avif(framed().transpose(Image.Transpose.FLIP_TOP_BOTTOM), clap(20, 10, 60, 40, (100, 60)), exif=turned(4)),
            (60, 40),
        ),
    ],
    ids=["heic", "avif", "avif turned", "avif mirrored"],
)
def test_picture_is_the_part_that_the_header_states(data: bytes, size: tuple[int, int]) -> None:
    facts = probe(MemorySource(data))
    assert (facts.width, facts.height) == size
    asset, recipe = facts.document(), Recipe("rendition", "large", 1_000, "png")
    picture = stills.whole(asset, io.BytesIO(data), recipe)
    assert picture.size == size
    assert is_upright(picture)
    corner = stills.part(asset, io.BytesIO(data), recipe, (0.5, 0.0, 1.0, 0.5))
    assert corner.size == (30, 20)
    assert is_near(corner.resize((1, 1), box=(5, 5, 25, 15)), CORNERS["top_right"])
