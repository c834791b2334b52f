import io
import struct
import zlib
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from foveal.errors import Unrenderable
from foveal.render.decode import image as images
from tests.unit.render.pictures import is_near, is_upright, quartered, saved

UNDOING = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How an upright picture is stored under each orientation: the inverse of what a viewer does (Exif 2.32)."""


def stored(orientation: int, format: str) -> io.BytesIO:
    upright, turn = quartered(), UNDOING[orientation]
    image = upright if turn is None else upright.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options: dict[str, dict[str, Any]] = {"WEBP": {"lossless": True}, "JPEG": {"quality": 98, "subsampling": 0}}
    return saved(image, format, exif=exif, **options.get(format, {}))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_picture_is_upright_whatever_its_orientation(orientation: int, format: str) -> None:
    picture = images.upright(stored(orientation, format), 60)
    assert picture.size == (60, 40)
    assert is_upright(picture)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_same_part_is_cut_out_whatever_its_orientation(orientation: int) -> None:
    part = images.region(stored(orientation, "PNG"), (0.5, 0.0, 1.0, 0.5), 600)
    assert part.size == (60, 40)
    assert part.getcolors() == [(60 * 40, (0, 255, 0))]


def test_heic_is_turned_once_when_it_says_so_twice() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    output = io.BytesIO()
    turned = quartered().transpose(Image.Transpose.ROTATE_90)
    pillow_heif.from_pillow(turned).save(output, exif=exif.tobytes(), quality=95)
    output.seek(0)
    with Image.open(io.BytesIO(output.getvalue())) as opened:
        displayed = opened.size
    picture = images.upright(output, 1000)
    assert picture.size == displayed
    assert is_upright(picture)


def test_picture_is_never_enlarged_and_fits_twice_its_width_in_height() -> None:
    assert images.upright(saved(quartered(50, 30), "PNG"), 320).size == (50, 30)
    assert images.upright(saved(quartered(100, 4000), "PNG"), 320).size == (16, 640)
    assert images.upright(saved(quartered(4000, 10), "PNG"), 320).size == (320, 1)


def wide_gamut_profile() -> bytes:
    """A matrix profile whose red and green are exchanged: a picture read without it has the wrong colours."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.find(b"rXYZ"), profile.find(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    red, green = profile.find(b"rTRC"), profile.find(b"gTRC")
    profile[red : red + 4], profile[green : green + 4] = b"gTRC", b"rTRC"
    return bytes(profile)


def test_colours_are_those_that_the_profile_means() -> None:
    image = Image.new("RGB", (20, 20), (255, 0, 0))
    picture = images.upright(saved(image, "PNG", icc_profile=wide_gamut_profile()), 20)
    assert is_near(picture.getpixel((5, 5)), (0, 255, 0))


@pytest.mark.parametrize("profile", [b"nonsense", b"\0" * 200], ids=["text", "zeros"])
def test_profile_that_cannot_be_read_is_left_out(profile: bytes) -> None:
    image = Image.new("RGB", (20, 20), (255, 0, 0))
    shown = images.upright(saved(image, "JPEG", icc_profile=profile, quality=98), 20)
    assert np.asarray(shown)[5, 5, 0] > 240


def test_cmyk_jpeg_becomes_rgb() -> None:
    picture = images.upright(saved(quartered().convert("CMYK"), "JPEG", quality=98), 60)
    assert picture.mode == "RGB"
    assert is_upright(picture)


@pytest.mark.parametrize(("brightest", "bits"), [(65535, 16), (4095, 12), (1023, 10)])
def test_deep_grey_uses_the_whole_range_whatever_its_bits(brightest: int, bits: int) -> None:
    ramp = np.linspace(0, brightest, 256).astype(np.uint16)
    image = Image.fromarray(np.tile(ramp, (4, 1)))
    for format in ("PNG", "TIFF"):
        shown = np.asarray(images.upright(saved(image, format), 256))
        assert np.abs(shown[2].astype(int) - np.arange(256)).max() <= 1, bits


def test_floating_point_is_spread_and_nan_does_not_matter() -> None:
    values = np.linspace(-5, 5, 100, dtype=np.float32).reshape(10, 10).copy()
    values[0, 0] = np.nan
    shown = np.asarray(images.upright(saved(Image.fromarray(values), "TIFF"), 10))
    assert shown[9, 9] == 255
    assert shown[0, 1] < 5


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_first_frame_is_shown_when_a_picture_moves(format: str) -> None:
    others = [Image.new("RGB", (120, 80), colour) for colour in ("black", "white")]
    picture = images.upright(saved(quartered(), format, save_all=True, append_images=others), 60)
    assert is_upright(picture)


def test_transparency_stays_for_webp_and_is_white_in_jpeg() -> None:
    source = saved(Image.new("RGBA", (40, 40), (255, 0, 0, 0)), "PNG")
    picture = images.upright(source, 40)
    with Image.open(io.BytesIO(images.encode(picture, "webp"))) as webp:
        assert np.asarray(webp.convert("RGBA"))[5, 5, 3] == 0
    with Image.open(io.BytesIO(images.encode(picture, "jpeg"))) as jpeg:
        assert is_near(jpeg.getpixel((5, 5)), (255, 255, 255))


def test_palette_with_transparency_is_shown() -> None:
    image = Image.new("P", (10, 10), 1)
    image.putpalette([0, 0, 0, 255, 0, 0])
    picture = images.upright(saved(image, "PNG", transparency=0), 10)
    assert picture.convert("RGB").getpixel((5, 5)) == (255, 0, 0)


@pytest.mark.parametrize("format", ["webp", "avif", "jpeg", "png"])
def test_encoded_picture_has_no_camera_metadata(format: str) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "SecretCamera", 6
    source = saved(quartered(), "JPEG", exif=exif, icc_profile=wide_gamut_profile(), comment=b"secret")
    encoded = images.encode(images.upright(source, 60), format)
    assert b"Secret" not in encoded
    with Image.open(io.BytesIO(encoded)) as image:
        assert image.format == format.upper()
        assert not image.getexif()
        assert "icc_profile" not in image.info


def png_of(width: int, height: int, data: bytes = b"") -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def bmp_of(width: int, height: int) -> bytes:
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + info + b"\0" * 64


HOSTILE = {
    "png of 40,000 x 40,000": png_of(40_000, 40_000, zlib.compress(b"\0" * 1_000_000)),
    "png of 2 billion squared": png_of(2**31 - 1, 2**31 - 1),
    "bmp of 3,000,000 x 2,000,000": bmp_of(3_000_000, 2_000_000),
    "jpeg without pixels": saved(quartered(2000, 2000), "JPEG").getvalue()[:150],
    "png without pixels": saved(quartered(500, 500), "PNG").getvalue()[:30],
    "empty": b"",
    "text": b"hello" * 100,
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_file_is_refused(data: bytes) -> None:
    with pytest.raises(Unrenderable):
        images.upright(io.BytesIO(data), 320)


def test_part_outside_of_the_picture_is_refused() -> None:
    with pytest.raises(Unrenderable):
        images.region(saved(quartered(), "PNG"), (1.2, 0.0, 1.5, 0.5), 100)


def test_reason_is_told_when_it_is_no_image() -> None:
    with pytest.raises(Unrenderable, match="not an image"):
        images.upright(io.BytesIO(b"hello" * 100), 320)


def test_orientation_in_xmp_alone_is_left_out_as_every_viewer_does() -> None:
    packet = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf tiff:Orientation="6"/></x:xmpmeta>'
    for source in (
        saved(quartered(), "WEBP", xmp=packet, lossless=True),
        saved(quartered(), "PNG", pnginfo=xmp(packet)),
    ):
        with Image.open(io.BytesIO(source.getvalue())) as opened:
            assert opened.getexif().get(0x0112) == 6, "the file has to say so for this test to say anything"
        assert is_upright(images.upright(source, 120))


def xmp(packet: bytes) -> Any:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", packet.decode())
    return info


def test_picture_is_shown_when_its_description_is_damaged() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Raw profile type exif", "\nexif\n      8\nnot hexadecimal\n")
    assert is_upright(images.upright(saved(quartered(), "PNG", pnginfo=info), 120))


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_invalid_orientation_means_upright(value: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = value
    assert is_upright(images.upright(saved(quartered(), "PNG", exif=exif), 120))


def test_frame_of_a_moving_picture_can_be_chosen() -> None:
    others = [Image.new("RGB", (120, 80), "white"), quartered()]
    source = saved(Image.new("RGB", (120, 80), "black"), "GIF", save_all=True, append_images=others)
    assert is_upright(images.upright(source, 60, 2))
    source.seek(0)
    with pytest.raises(Unrenderable):
        images.upright(source, 60, 3)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_facts_decide_on_the_orientation(format: str) -> None:
    """An EXIF header that Pillow does not know turns facts and picture alike; so does one that it alone knows."""
    source = saved(quartered().transpose(Image.Transpose.ROTATE_90), format)
    assert is_upright(images.upright(source, 120, stated=images.Stated(orientation=6)))
    exif = Image.Exif()
    exif[0x0112] = 6
    assert is_upright(images.upright(saved(quartered(), format, exif=exif), 120, stated=images.Stated(orientation=1)))


def test_jpeg_is_shown_when_its_end_is_missing() -> None:
    data = saved(quartered(), "JPEG").getvalue()
    assert is_upright(images.upright(io.BytesIO(data[:-2]), 120))


def test_png_is_shown_when_an_ancillary_chunk_is_damaged() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "anything")
    data = bytearray(saved(quartered(), "PNG", pnginfo=info).getvalue())
    data[data.index(b"tEXt") + 6] ^= 1
    assert is_upright(images.upright(io.BytesIO(bytes(data)), 120))


@pytest.mark.parametrize("format", ["PPM", "ICO", "QOI"])
def test_simple_formats_are_shown(format: str) -> None:
    picture = quartered(60, 40)
    options: dict[str, Any] = {"sizes": [(60, 40)]} if format == "ICO" else {}
    assert is_upright(images.upright(saved(picture, format, **options), 60))


def test_photoshop_composite_is_shown() -> None:
    picture = quartered(60, 40)
    planes = b"".join(plane.tobytes() for plane in picture.split())
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 40, 60, 8, 3)
    assert is_upright(images.upright(io.BytesIO(head + bytes(12) + bytes(2) + planes), 60))


def test_pnm_of_16_bits_is_shown() -> None:
    samples = (np.asarray(quartered(60, 40)).astype(">u2") * 257).tobytes()
    assert is_upright(images.upright(io.BytesIO(b"P6 60 40 65535\n" + samples), 60))


def test_reason_names_the_format_when_it_is_not_decoded() -> None:
    stated = images.Stated(format="jxl")
    with pytest.raises(Unrenderable, match="format jxl"):
        images.upright(io.BytesIO(b"\xff\x0a" + bytes(64)), 320, stated=stated)


@pytest.mark.parametrize("frame", [1, 30])
def test_frame_of_a_large_animation_is_refused_when_it_lies_far_into_it(
    monkeypatch: pytest.MonkeyPatch, frame: int
) -> None:
    frames = [Image.new("RGB", (100, 100), (8 * number, 0, 0)) for number in range(31)]
    source = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    monkeypatch.setattr("foveal.render.decode.budget.MAX_COMPOSED_PIXELS", 100_000)
    if frame == 1:
        assert images.upright(source, 100, frame).size == (100, 100)
    else:
        with pytest.raises(Unrenderable, match="too far into the animation"):
            images.upright(source, 100, frame)
