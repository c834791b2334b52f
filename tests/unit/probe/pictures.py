"""Small pictures of every format and colour mode, made by the libraries that the readers are checked against."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache

import pillow_heif
from PIL import Image, ImageDraw

WIDTH, HEIGHT = 60, 40
_SAVED = {
    "jpeg": ("L", "RGB", "CMYK"),
    "png": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "gif": ("L", "P"),
    "webp": ("RGB", "RGBA"),
    "tiff": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F", "LAB"),
    "bmp": ("1", "L", "P", "RGB", "RGBA"),
    "ppm": ("1", "L", "RGB", "I;16"),
    "jpeg2000": ("L", "LA", "RGB", "RGBA"),
    "avif": ("L", "RGB", "RGBA"),
    "ico": ("RGBA",),
}


def picture(mode: str = "RGB", size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    """A drawn picture in one of Pillow's modes."""
    image = Image.new("RGB", size, (40, 120, 200))
    ImageDraw.Draw(image).ellipse((5, 5, 30, 30), fill=(250, 180, 20))
    if mode == "I;16":
        return image.convert("L").convert("I").convert("I;16")
    if mode == "LAB":
        from PIL import ImageCms

        spaces = [ImageCms.createProfile(name) for name in ("sRGB", "LAB")]
        changed = ImageCms.profileToProfile(image, spaces[0], spaces[1], outputMode="LAB")
        assert changed is not None
        return changed
    return image.convert(mode)


def saved(image: Image.Image, format_: str, **options: object) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def exif(orientation: int | None = None, **fields: object) -> Image.Exif:
    """EXIF with an orientation and, by name, fields of the EXIF directory."""
    block = Image.Exif()
    if orientation is not None:
        block[0x0112] = orientation
    block[0x010F], block[0x0110] = "Foveal Optics", "Model One"
    shot = block.get_ifd(0x8769)
    shot[0x9003] = "2024:02:29 23:59:58"
    shot[0x829D] = 2.8
    shot[0x829A] = 0.004
    shot[0x8827] = 400
    shot[0x920A] = 35.0
    for name, value in fields.items():
        shot[{"offset": 0x9011, "subseconds": 0x9291, "lens": 0xA434}[name]] = value
    position = block.get_ifd(0x8825)
    position.update({1: "S", 2: (33.0, 51.0, 24.5), 3: "E", 4: (151.0, 12.0, 30.0), 5: b"\0", 6: 58.5})
    return block


@cache
def every_mode() -> dict[str, bytes]:
    """One file for every pair of format and colour mode."""
    return {f"{name}-{mode}": saved(picture(mode), name) for name, modes in _SAVED.items() for mode in modes}


@cache
def every_orientation() -> dict[str, bytes]:
    """Files that state each orientation, in every format that can."""
    files = {}
    for orientation in range(1, 9):
        block = exif(orientation, offset="+02:00", subseconds="250", lens="50mm f/1.8")
        for name in ("jpeg", "png", "webp", "tiff"):
            files[f"{name}-turned-{orientation}"] = saved(picture(), name, exif=block)
    return files


@cache
def variants() -> dict[str, bytes]:
    """Encodings, animations, pages and containers beside the plain ones."""
    frames = [picture(size=(WIDTH, HEIGHT)).rotate(40 * turn) for turn in range(4)]
    many = {"save_all": True, "append_images": frames[1:], "duration": 120}
    translucent = [frame.convert("RGBA") for frame in frames]
    clear = picture("P")
    clear.info["transparency"] = 0
    return {
        "jpeg-progressive": saved(picture(), "jpeg", progressive=True),
        "jpeg-long-header": saved(picture(), "jpeg", exif=exif(6), comment=b"c" * 60_000, icc_profile=b"\0" * 90_000),
        "jpeg-restart": saved(picture(), "jpeg", restart_marker_blocks=2),
        "png-interlaced": _interlaced_png(),
        "png-clear": saved(clear, "png", transparency=0),
        "apng": saved(frames[0], "png", **many),
        "gif-animated": saved(frames[0], "gif", **many),
        "webp-lossless": saved(picture("RGBA"), "webp", lossless=True),
        "webp-animated": saved(translucent[0], "webp", save_all=True, append_images=translucent[1:], duration=120),
        "webp-metadata": saved(picture(), "webp", exif=exif(8), xmp=b"<x/>"),
        "tiff-pages": saved(frames[0], "tiff", save_all=True, append_images=frames[1:]),
        "tiff-big": saved(picture(), "tiff", big_tiff=True),
        "tiff-jpeg": saved(picture(), "tiff", compression="jpeg"),
        "tiff-deflate": saved(picture(), "tiff", compression="tiff_adobe_deflate"),
        "j2k": saved(picture(), "jpeg2000", no_jp2=True),
        "avif-animated": saved(frames[0], "avif", **many),
        "ico-sizes": saved(picture("RGBA", (64, 64)), "ico", sizes=[(16, 16), (64, 64)]),
    }


def _interlaced_png() -> bytes:
    """Pillow writes no interlaced PNG: the flag alone makes a header to be read."""
    data = bytearray(saved(picture(), "png"))
    data[28] = 1
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    return bytes(data)


@cache
def heif() -> dict[str, bytes]:
    """HEIC files: plain, gray, with alpha, ten bits, turned by `irot` with EXIF that says the same."""
    files = {}
    for mode in ("L", "RGB", "RGBA"):
        files[f"heic-{mode}"] = heic(picture(mode, (128, 64)))
    for orientation in range(1, 9):
        files[f"heic-turned-{orientation}"] = heic(picture(size=(128, 64)), exif=exif(orientation).tobytes())
    return files


def heic(image: Image.Image, **options: object) -> bytes:
    """A HEIC file; one whose sides are no multiples of 64 is coded larger and cropped by `clap`."""
    out = io.BytesIO()
    pillow_heif.from_pillow(image).save(out, quality=40, **options)
    return out.getvalue()


def photoshop(
    width: int = 30, height: int = 20, *, channels: int = 3, depth: int = 8, mode: int = 3, version: int = 1
) -> bytes:
    """A document of one flat layer, raw."""
    head = struct.pack(">4sH6xHIIHH", b"8BPS", version, channels, height, width, depth, mode)
    layers = struct.pack(">I" if version == 1 else ">Q", 0)
    return head + struct.pack(">II", 0, 0) + layers + b"\0\0" + bytes(width * height * channels * depth // 8)


SVG = b"""<?xml version="1.0"?>
<!-- a drawing -->
<svg xmlns="http://www.w3.org/2000/svg" width="2in" height="48pt" viewBox="0 0 10 10"><rect width="5" height="5"/></svg>
"""


@cache
def drawn() -> dict[str, bytes]:
    """Formats for which there is no writer at hand."""
    return {
        "psd": photoshop(),
        "psb": photoshop(version=2),
        "psd-cmyk": photoshop(channels=4, mode=4),
        "svg": SVG,
        "svg-viewbox": b'<svg viewBox="0 0 300.4 150" width="100%"></svg>',
        "jxl": bytes.fromhex(  # 129 by 16, written by libjxl
            "ff0a7800008148080401009c004b1813bf583808807a7e628cf1672e1002002081b4033d00e128e0c0e0914e4e095982bce6bb04"
        ),
        "pam": b"P7\nWIDTH 2\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n" + bytes(8),
    }


def every_picture() -> dict[str, bytes]:
    """All of them by name."""
    return every_mode() | every_orientation() | variants() | heif() | drawn()
