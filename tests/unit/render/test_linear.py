"""Pictures of linear light in floating point: what is bright is not cut off, and what is dark is not black."""

import io
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from foveal.derivatives.recipes import Recipe
from foveal.errors import Unrenderable
from foveal.probe import MemorySource, probe
from foveal.render.decode import linear
from foveal.render.decode import picture as stills
from tests.unit.probe.other_pictures import exr

Grid = np.ndarray[Any, Any]
SIZE = (60, 40)
WHITE = (1.0, 1.0, 1.0)


def encoded(codec: str, pixels: Grid, **options: str) -> bytes:
    """Encode red, green and blue (height, width, 3), alpha as a fourth or grey (height, width) with FFmpeg."""
    format = {2: "grayf32le", 3: "gbrpf32le", 4: "gbrapf32le"}[pixels.shape[2] if pixels.ndim == 3 else 2]
    planes = [pixels] if pixels.ndim == 2 else [pixels[..., each] for each in (1, 2, 0, 3)[: pixels.shape[2]]]
    context = av.CodecContext.create(codec, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.height, context.width = pixels.shape[:2]
    context.pix_fmt, context.time_base, context.options = format, Fraction(1, 1), options
    frame = av.VideoFrame(context.width, context.height, format)
    for plane, samples in zip(frame.planes, planes, strict=True):
        padded = np.zeros((context.height, plane.line_size // 4), np.float32)
        padded[:, : context.width] = samples
        plane.update(padded.tobytes())
    frame.pts = 0
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])


def float_map(pixels: Grid, order: str = "<") -> bytes:
    kind, scale = ("Pf" if pixels.ndim == 2 else "PF"), ("-1.0" if order == "<" else "1.0")
    header = f"{kind}\n{pixels.shape[1]} {pixels.shape[0]}\n{scale}\n".encode()
    return header + pixels[::-1].astype(f"{order}f4").tobytes()


def filled(colour: Sequence[float], size: tuple[int, int] = SIZE) -> Grid:
    return np.full((size[1], size[0], len(colour)), colour, np.float32)


def in_corner(colour: Sequence[float], elsewhere: Sequence[float]) -> Grid:
    """A picture with a colour in its top left quarter."""
    pixels = filled(elsewhere)
    pixels[:20, :30] = colour
    return pixels


def shown(data: bytes, width: int = 60) -> Image.Image:
    facts = probe(MemorySource(data)).document()
    asset = {**facts, "size_bytes": len(data)}
    return stills.whole(asset, io.BytesIO(data), Recipe("rendition", "thumbnail", width, "png"))


def srgb(light: float) -> int:
    """IEC 61966-2-1, independently of the code."""
    return round(255 * (12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055))


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    found = image.getpixel((x, y))
    assert isinstance(found, tuple)
    return found


ENCODERS: dict[str, Callable[[Grid], bytes]] = {
    "exr": lambda pixels: encoded("exr", pixels),
    "exr-half-zip": lambda pixels: encoded("exr", pixels, format="half", compression="zip16"),
    "hdr": lambda pixels: encoded("hdr", pixels),
    "pfm": float_map,
    "pfm-big-endian": lambda pixels: float_map(pixels, ">"),
}


@pytest.mark.parametrize("name", ENCODERS)
def test_light_of_a_common_picture_is_shown_as_it_is(name: str) -> None:
    image = shown(ENCODERS[name](in_corner((0.5, 0.25, 0.125), (0.01, 0.02, 0.04))))
    assert image.size == SIZE
    for where, light in (((5, 5), (0.5, 0.25, 0.125)), ((50, 30), (0.01, 0.02, 0.04))):
        assert np.allclose(pixel(image, *where), [srgb(each) for each in light], atol=1)


@pytest.mark.parametrize("name", ENCODERS)
def test_highlights_keep_their_order_and_the_rest_its_brightness(name: str) -> None:
    pixels = in_corner((4.0, 4.0, 4.0), (0.25, 0.25, 0.25))
    pixels[20:, 30:] = 16.0
    image = shown(ENCODERS[name](pixels))
    middle, bright, brightest = (pixel(image, *where)[0] for where in ((50, 5), (5, 5), (50, 30)))
    assert abs(middle - srgb(0.25)) <= 1
    assert srgb(0.6) < bright < 253
    assert brightest == 255


def test_thumbnail_of_a_float_picture_has_the_width_of_the_recipe() -> None:
    assert shown(encoded("exr", filled((0.5, 0.5, 0.5))), width=30).size == (30, 20)


def test_crop_of_a_float_picture_is_that_part() -> None:
    data = encoded("exr", in_corner((0.9, 0.0, 0.0), (0.0, 0.0, 0.9)))
    asset = {**probe(MemorySource(data)).document(), "size_bytes": len(data)}
    recipe = Recipe("crop", "crop", 60, "png", annotation_id="a")
    part = stills.part(asset, io.BytesIO(data), recipe, (0.0, 0.0, 0.5, 0.5))
    assert part.size == (30, 20)
    assert pixel(part, 15, 10)[0] > 200 > pixel(part, 15, 10)[2]


def test_alpha_of_an_exr_is_kept_and_its_colours_are_not_darkened_by_it() -> None:
    image = shown(encoded("exr", filled((0.25, 0.25, 0.25, 0.5))))
    assert image.mode == "RGBA"
    assert np.allclose(pixel(image, 5, 5), (*[srgb(0.5)] * 3, 128), atol=1)


@pytest.mark.parametrize("encode", [lambda grey: encoded("exr", grey), float_map], ids=["exr", "pfm"])
def test_grey_is_shown_from_its_least_to_its_greatest_number(encode: Any) -> None:
    depth = np.tile(np.linspace(-300, 5000, SIZE[0], dtype=np.float32), (SIZE[1], 1))
    image = shown(encode(depth))
    assert (image.mode, image.getpixel((0, 0)), image.getpixel((59, 0))) == ("L", 0, 255)
    assert abs(float(np.asarray(image)[0, 30]) - 130) < 2


def test_rows_of_a_float_map_go_from_the_bottom_up() -> None:
    image = shown(float_map(in_corner(WHITE, (0.0, 0.0, 0.0))))
    assert pixel(image, 5, 5) == (255, 255, 255)
    assert pixel(image, 5, 35) == (0, 0, 0)


def test_numbers_that_are_none_are_black_and_infinity_is_white() -> None:
    pixels = filled((0.2, 0.2, 0.2))
    pixels[0, 0], pixels[0, 1], pixels[0, 2] = np.nan, np.inf, -np.inf
    image = shown(float_map(pixels))
    assert [pixel(image, x, 0) for x in range(3)] == [(0, 0, 0), (255, 255, 255), (0, 0, 0)]
    assert abs(pixel(image, 9, 9)[0] - srgb(0.2)) <= 1


def test_map_without_any_number_is_black() -> None:
    assert shown(float_map(np.full((4, 4), np.nan, np.float32))).getextrema() == (0, 0)


def test_picture_is_refused_before_it_is_decoded_when_it_is_too_large() -> None:
    asset = {"format": "exr", "width": 30_000, "height": 30_000, "size_bytes": 1}
    with pytest.raises(Unrenderable, match="too large"):
        linear.picture(asset, io.BytesIO(b""))


def test_radiance_picture_in_another_colour_space_is_refused() -> None:
    data = encoded("hdr", filled((0.5, 0.5, 0.5))).replace(b"32-bit_rle_rgbe", b"32-bit_rle_xyze")
    with pytest.raises(Unrenderable, match="XYZE"):
        shown(data)


def test_radiance_picture_is_upright_when_its_lines_go_up_or_leftwards() -> None:
    data = encoded("hdr", in_corner(WHITE, (0.0, 0.0, 0.0)))
    for axes, corner in ((b"-Y 40 +X 60", (5, 5)), (b"+Y 40 +X 60", (5, 35)), (b"-Y 40 -X 60", (55, 5))):
        assert pixel(shown(data.replace(b"-Y 40 +X 60", axes)), *corner) == (255, 255, 255)


def test_radiance_picture_is_refused_when_its_lines_are_columns() -> None:
    columns = in_corner(WHITE, (0.0, 0.0, 0.0)).transpose(1, 0, 2)
    with pytest.raises(Unrenderable, match="columns"):
        shown(encoded("hdr", columns).replace(b"-Y 60 +X 40", b"+X 60 -Y 40"))


@pytest.mark.parametrize("data", [exr({})[:60], b"PF\n4 4\n-1.0\n" + bytes(10)], ids=["exr", "pfm"])
def test_damaged_float_picture_is_refused_with_its_reason(data: bytes) -> None:
    kind = "exr" if data[:1] == b"v" else "pfm"
    asset = {"format": kind, "width": 60, "height": 40, "size_bytes": len(data)}
    with pytest.raises(Unrenderable, match="cannot be decoded"):
        linear.picture(asset, io.BytesIO(data))
