"""Names of colour profiles in every format; Pillow's profile reader is the oracle."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import ImageCms

from foveal.probe import MemorySource, probe
from tests.unit.probe.pictures import drawn, exif, heic, photoshop, picture, saved
from tests.unit.probe.test_hostile import box


def _profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _name() -> str:
    return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(_profile()))).strip()


@pytest.mark.parametrize("format_", ["jpeg", "png", "webp", "tiff", "avif"])
def test_profile_has_its_own_name_when_a_picture_carries_it(format_: str) -> None:
    facts = probe(MemorySource(saved(picture(), format_, icc_profile=_profile())))
    assert facts.icc_profile == _name()


def test_profile_of_a_heic_has_its_own_name() -> None:
    image = picture(size=(128, 64))
    image.info["icc_profile"] = _profile()
    assert probe(MemorySource(heic(image))).icc_profile == _name()


def test_profile_of_a_photoshop_document_is_named_from_its_first_bytes_when_it_is_long() -> None:
    data = photoshop()
    profile = _profile() + bytes(500_000)
    resource = b"8BIM" + struct.pack(">HHI", 1039, 0, len(profile)) + profile + bytes(len(profile) & 1)
    assert (
        probe(MemorySource(data[:30] + struct.pack(">I", len(resource)) + resource + data[34:])).icc_profile == _name()
    )


@pytest.mark.parametrize("place", ["before", "behind"])
def test_camera_comes_out_when_a_jpeg_2000_carries_exif(place: str) -> None:
    data = saved(picture(), "jpeg2000")
    at = data.index(b"jp2c") - 4
    if place == "behind":  # the codestream's box must not reach to the end of the file then
        data = data[:at] + struct.pack(">I", len(data) - at) + data[at + 4 :]
        at = len(data)
    block = box(b"uuid", b"JpgTiffExif->JP2", exif(6).tobytes().removeprefix(b"Exif\0\0"))
    facts = probe(MemorySource(data[:at] + block + data[at:]))
    assert (facts.camera.make, facts.camera.f_number) == ("Foveal Optics", 2.8)
    assert (facts.width, facts.height, facts.orientation) == (60, 40, None)


def test_channels_are_those_of_the_codec_when_a_heic_states_fewer_beside_it() -> None:
    data = heic(picture(size=(128, 64)))
    assert probe(MemorySource(data)).num_channels == 3
    at = data.index(b"pixi")
    stated = b"pixi\0\0\0\0\3\x08\x08\x08"
    assert data[at : at + len(stated)] == stated
    assert probe(MemorySource(data.replace(stated, b"pixi\0\0\0\0\1\x08\0\0"))).num_channels == 3


def _jpeg_xl(*extra: tuple[tuple[int, int], ...], gray: bool = False) -> bytes:
    """A bare codestream's header with extra channels: fields of (value, bits), the least significant bit first."""
    fields = [(1, 1), (0, 5), (1, 3), (0, 1), (0, 1), (0, 3), (1, 1)]  # 8 by 8, no further fields, 8 bits
    fields += [(len(extra), 2)] if len(extra) < 2 else [(2, 2), (len(extra) - 2, 4)]
    fields += [field for channel in extra for field in channel]
    fields += [(1, 1), (0, 1), (0, 1), (1, 2)] if gray else [(1, 1), (1, 1)]
    value = at = 0
    for number, bits in fields:
        value |= number << at
        at += bits
    return b"\xff\x0a" + value.to_bytes(at // 8 + 9, "little")


_PLAIN = ((0, 3), (0, 2))  # 8 bits, full size
_NAMED = ((1, 2), (3, 4), (0x616263, 24))
_ALPHA = ((0, 1), (0, 2), *_PLAIN, *_NAMED, (1, 1))
_DEPTH = ((0, 1), (1, 2), *_PLAIN, (0, 2))
_SPOT = ((0, 1), (2, 2), (0, 4), *_PLAIN, (0, 2), (0, 64))
_BLACK = ((0, 1), (2, 2), (2, 4), *_PLAIN, (0, 2))


@pytest.mark.parametrize(
    ("data", "channels", "has_alpha", "colour"),
    [
        (_jpeg_xl(), 3, False, "rgb"),
        (_jpeg_xl(((1, 1),)), 4, True, "rgb"),
        (_jpeg_xl(_ALPHA, gray=True), 2, True, "gray"),
        (_jpeg_xl(_DEPTH, gray=True), 1, False, "gray"),
        (_jpeg_xl(_SPOT, _ALPHA), 4, True, "rgb"),
        (_jpeg_xl(_BLACK, _DEPTH, ((1, 1),)), 5, True, "cmyk"),
    ],
)
def test_channels_of_a_jpeg_xl_are_those_that_are_shown(
    data: bytes, channels: int, has_alpha: bool, colour: str
) -> None:
    facts = probe(MemorySource(data))
    assert (facts.width, facts.height, facts.bit_depth) == (8, 8, 8)
    assert (facts.num_channels, facts.has_alpha, facts.colour_space) == (channels, has_alpha, colour)


def test_size_of_a_jpeg_xl_is_that_of_the_encoder() -> None:
    facts = probe(MemorySource(drawn()["jxl"]))
    assert (facts.width, facts.height, facts.num_channels, facts.bit_depth) == (129, 16, 3, 8)
