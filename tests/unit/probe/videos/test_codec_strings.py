"""Codec strings by RFC 6381, against examples of the specifications and of written files."""

import io

import av
import numpy as np
import pytest

from foveal.probe import MemorySource, probe
from foveal.probe.codecs.strings import codec_string

HVCC = bytes.fromhex("010160000000B000000000005D")
AV1C = bytes([0x81, 4, 0b0100_0000, 0])
VPCC = bytes([1, 0, 0, 0, 2, 31, 10 << 4 | 2, 9, 16, 9])


@pytest.mark.parametrize(
    ("entry", "configs", "expected"),
    [
        (b"avc1", {b"avcC": bytes.fromhex("0164001FFFE1")}, "avc1.64001F"),
        (b"avc3", {b"avcC": bytes.fromhex("0142C01EFFE1")}, "avc3.42C01E"),
        (b"hvc1", {b"hvcC": HVCC}, "hvc1.1.6.L93.B0"),
        (b"hev1", {b"hvcC": bytes.fromhex("01A204000000000000000001 7B")}, "hev1.B2.20.H123.0.0.0.0.0.1"),
        (b"av01", {b"av1C": AV1C}, "av01.0.04M.10"),
        (b"av01", {b"av1C": bytes([0x81, 2 << 5 | 8, 0b1110_0000, 0])}, "av01.2.08H.12"),
        (b"vp09", {b"vpcC": VPCC}, "vp09.02.31.10"),
        (b"dvh1", {b"hvcC": HVCC, b"dvcC": bytes([1, 0, 5 << 1, 6 << 3])}, "dvh1.05.06"),
        (b"mp4v", {}, "mp4v.20"),
        (b"apcn", {}, "apcn"),
        (b"avc1", {}, None),
        (b"hvc1", {b"hvcC": HVCC[:12]}, None),
        (b"dvhe", {}, None),
        (b"encv", {}, None),
        (b"\xff\0\1 ", {}, None),
    ],
)
def test_codec_string_is_that_of_the_specification(
    entry: bytes, configs: dict[bytes, bytes], expected: str | None
) -> None:
    assert codec_string(entry, configs) == expected


def written(container: str, codec: str, **options: str) -> bytes:
    output = io.BytesIO()
    with av.open(output, "w", format=container) as file:
        stream = file.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for _ in range(3):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((240, 320, 3), np.uint8), format="rgb24")))
        file.mux(stream.encode())
    return output.getvalue()


@pytest.mark.parametrize(
    ("container", "codec", "options", "expected"),
    [
        ("mp4", "libx264", {"profile": "high", "level": "4.0"}, "avc1.640028"),
        ("mov", "libx264", {"profile": "main", "level": "3.1"}, "avc1.4D401F"),
        ("matroska", "libx264", {"profile": "high", "level": "4.0"}, "avc1.640028"),
        ("mp4", "mpeg4", {}, "mp4v.20"),
        ("webm", "libvpx", {}, "vp8"),
        ("avi", "mpeg4", {}, None),
    ],
)
def test_codec_string_of_a_written_file_is_a_fact(
    container: str, codec: str, options: dict[str, str], expected: str | None
) -> None:
    assert probe(MemorySource(written(container, codec, **options))).codec_string == expected


def test_picture_has_no_codec_string() -> None:
    from PIL import Image

    output = io.BytesIO()
    Image.new("RGB", (64, 64)).save(output, "AVIF")
    assert probe(MemorySource(output.getvalue())).codec_string is None
