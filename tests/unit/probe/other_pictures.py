"""Small pictures of scene-linear, raw and medical formats: by FFmpeg where it writes them, else field by field."""

from __future__ import annotations

import gzip
import struct
from fractions import Fraction
from functools import cache

import av
import numpy as np

WIDTH, HEIGHT = 60, 40


def encoded(codec: str, pixel_format: str, size: tuple[int, int] = (WIDTH, HEIGHT)) -> bytes:
    """A picture as FFmpeg encodes it, without a container."""
    context = av.CodecContext.create(codec, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height = size
    context.pix_fmt, context.time_base = pixel_format, Fraction(1, 25)
    pixels = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    pixels[:, : size[0] // 3] = (250, 20, 60)
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=pixel_format)
    frame.pts = 0
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])


def exr(attributes: dict[str, tuple[str, bytes]], channels: str = "BGR", pixel_type: int = 1) -> bytes:
    """The header of an EXR file of 60 x 40, with further attributes or others in their place."""
    listed = b"".join(name.encode() + b"\0" + struct.pack("<iiii", pixel_type, 0, 1, 1) for name in channels)
    window = struct.pack("<4i", 0, 0, WIDTH - 1, HEIGHT - 1)
    stated = {
        "channels": ("chlist", listed + b"\0"),
        "compression": ("compression", b"\3"),
        "dataWindow": ("box2i", window),
        "displayWindow": ("box2i", window),
    } | attributes
    fields = (
        f"{name}\0{kind}\0".encode() + struct.pack("<i", len(value)) + value for name, (kind, value) in stated.items()
    )
    return b"\x76\x2f\x31\x01\2\0\0\0" + b"".join(fields) + b"\0"


def nifti(
    sides: tuple[int, ...] = (WIDTH, HEIGHT, 3, 2),
    kind: int = 4,
    bits: int = 16,
    *,
    order: str = "<",
    wide: bool = False,
) -> bytes:
    """A volume of zeros: NIfTI-2 if `wide`, else NIfTI-1, in one file."""
    dimensions = (len(sides), *sides, *[1] * (7 - len(sides)))
    spacing = (1.0, 0.5, 0.5, 2.0, 1.5, 0, 0, 0)
    if wide:
        header = bytearray(544)
        struct.pack_into(order + "i8s2h8q", header, 0, 540, b"n+2\0\r\n\x1a\n", kind, bits, *dimensions)
        struct.pack_into(order + "8d", header, 104, *spacing)
        struct.pack_into(order + "q", header, 168, 544)
        struct.pack_into(order + "i", header, 500, 2 | 8)
    else:
        header = bytearray(352)
        struct.pack_into(order + "i", header, 0, 348)
        struct.pack_into(order + "8h", header, 40, *dimensions)
        struct.pack_into(order + "2h", header, 70, kind, bits)
        struct.pack_into(order + "8f", header, 76, *spacing)
        struct.pack_into(order + "f", header, 108, 352)
        header[123] = 2 | 8
        header[148:156] = b"Jane Doe"
        header[344:348] = b"n+1\0"
    count = 1
    for side in sides:
        count *= side
    return bytes(header) + bytes(count * bits // 8)


@cache
def every_other_picture() -> dict[str, bytes]:
    """One file for each format and layout."""
    return {
        "exr-float": encoded("exr", "gbrpf32le"),
        "exr-alpha": encoded("exr", "gbrapf32le"),
        "exr-gray": encoded("exr", "grayf32"),
        "exr-half": exr({}) + bytes(64),
        "hdr": encoded("hdr", "gbrpf32le"),
        "qoi-rgb": encoded("qoi", "rgb24"),
        "qoi-rgba": encoded("qoi", "rgba"),
        "pfm-rgb": encoded("pfm", "gbrpf32le"),
        "pfm-gray": encoded("pfm", "grayf32le"),
        "nifti": nifti(),
        "nifti-big-endian": nifti(order=">"),
        "nifti-2": nifti(wide=True),
        "nifti-rgb": nifti((WIDTH, HEIGHT), 128, 24),
        "nifti-packed": gzip.compress(nifti()),
    }
