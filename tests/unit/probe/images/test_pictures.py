"""Pillow, an independent reader, agrees on every picture that the tests make."""

from __future__ import annotations

import io
from datetime import timedelta

import pillow_heif
import pytest
from PIL import Image

from foveal.probe import Facts, MemorySource, probe
from tests.unit.probe.pictures import drawn, every_mode, every_orientation, heic, heif, picture, variants

_CHANNELS = {"1": 1, "L": 1, "LA": 2, "P": 3, "RGB": 3, "RGBA": 4, "CMYK": 4, "I;16": 1, "I": 1, "F": 1, "LAB": 3}
_DEPTHS = {"1": 1, "I;16": 16, "I": 16, "F": 32}


def _facts(data: bytes) -> Facts:
    return probe(MemorySource(data))


@pytest.mark.parametrize("name", every_mode())
def test_size_and_channels_agree_with_pillow_when_the_mode_is_any(name: str) -> None:
    data = every_mode()[name]
    facts = _facts(data)
    with Image.open(io.BytesIO(data)) as image:
        assert (facts.stored_width, facts.stored_height) == image.size
        assert (facts.width, facts.height) == image.size
        if name.startswith("bmp"):  # a palette is counted as its colours, also a gray one
            assert facts.num_channels == 3
        else:
            assert facts.num_channels == _CHANNELS[image.mode]
            assert facts.bit_depth == _DEPTHS.get(image.mode, 8)
        if name.startswith(("png", "jpeg", "webp", "jpeg2000")):
            assert facts.has_alpha == ("A" in image.mode)


@pytest.mark.parametrize("name", every_orientation())
def test_sides_turn_as_pillow_turns_them_when_exif_states_an_orientation(name: str) -> None:
    data = every_orientation()[name]
    facts = _facts(data)
    with Image.open(io.BytesIO(data)) as image:
        assert facts.orientation == image.getexif()[0x0112]
        turned = facts.orientation in (5, 6, 7, 8)
        assert (facts.width, facts.height) == ((40, 60) if turned else (60, 40))
        assert (facts.stored_width, facts.stored_height) == (60, 40)


@pytest.mark.parametrize("name", [name for name in every_orientation() if not name.startswith("tiff")])
def test_camera_time_and_place_come_out_when_exif_states_them(name: str) -> None:
    facts = _facts(every_orientation()[name])
    camera = facts.camera
    assert (camera.make, camera.model, camera.lens_model) == ("Foveal Optics", "Model One", "50mm f/1.8")
    assert (camera.f_number, camera.exposure_time_seconds, camera.iso, camera.focal_length_mm) == (2.8, 0.004, 400, 35)
    assert facts.captured_at is not None
    assert facts.captured_at.isoformat() == "2024-02-29T23:59:58.250000+02:00"
    assert facts.captured_at.utcoffset() == timedelta(hours=2)
    assert list(facts.location or ()) == pytest.approx([151.20833333, -33.85680556])
    assert facts.altitude_metres == 58.5


@pytest.mark.parametrize("name", variants())
def test_frames_and_sizes_agree_with_pillow_when_the_encoding_varies(name: str) -> None:
    data = variants()[name]
    facts = _facts(data)
    with Image.open(io.BytesIO(data)) as image:
        assert (facts.stored_width, facts.stored_height) == image.size
        assert (facts.frame_count or 1) == getattr(image, "n_frames", 1)
        if "animated" in name or name == "apng":
            assert facts.is_animated
            assert facts.duration_seconds == pytest.approx(0.48)


@pytest.mark.parametrize("name", heif())
def test_heic_is_turned_once_when_irot_and_exif_say_the_same(name: str) -> None:
    data = heif()[name]
    facts = _facts(data)
    opened = pillow_heif.open_heif(io.BytesIO(data))
    assert (facts.width, facts.height) == opened.size
    assert (facts.stored_width, facts.stored_height) == (128, 64)
    assert facts.num_channels == {"L": 1, "RGB": 3, "RGBA": 4}[opened.mode]
    assert facts.bit_depth == 8
    if "turned" in name:
        assert facts.orientation == int(name[-1])
        assert facts.camera.model == "Model One"


@pytest.mark.parametrize(
    ("name", "size", "channels", "depth"),
    [
        ("psd", (30, 20), 3, 8),
        ("psb", (30, 20), 3, 8),
        ("psd-cmyk", (30, 20), 4, 8),
        ("svg", (192, 64), None, None),
        ("svg-viewbox", (300, 150), None, None),
        ("pam", (2, 1), 4, 8),
    ],
)
def test_size_follows_the_specification_when_no_writer_is_at_hand(
    name: str, size: tuple[int, int], channels: int | None, depth: int | None
) -> None:
    facts = _facts(drawn()[name])
    assert (facts.width, facts.height, facts.num_channels, facts.bit_depth) == (*size, channels, depth)


def test_photoshop_agrees_with_pillow_when_it_opens_the_document() -> None:
    for name in ("psd", "psd-cmyk"):
        with Image.open(io.BytesIO(drawn()[name])) as image:
            facts = _facts(drawn()[name])
            assert (facts.width, facts.height) == image.size
            assert facts.num_channels == _CHANNELS[image.mode]


def test_heic_is_cropped_when_it_has_a_clean_aperture() -> None:
    data = heic(picture())
    facts = _facts(data)
    assert (facts.stored_width, facts.stored_height) == (64, 64)
    assert (facts.width, facts.height) == pillow_heif.open_heif(io.BytesIO(data)).size == (60, 40)


def test_camera_comes_out_of_a_tiff_when_its_own_directory_has_it() -> None:
    camera = _facts(every_orientation()["tiff-turned-3"]).camera
    assert (camera.make, camera.model) == ("Foveal Optics", "Model One")


def test_exif_orientation_is_not_applied_when_the_container_has_no_irot() -> None:
    data = heif()["heic-turned-6"].replace(b"irot", b"free")
    facts = _facts(data)
    assert facts.orientation == 1
    assert (facts.width, facts.height) == (128, 64)


@pytest.mark.parametrize(
    "drawing",
    [
        b'<svg width="3" height="2"><metadata>made by hand</metadata></svg>',
        b'<svg width="3" height="2"><foreignObject><div>a diagram with HTML labels</div></foreignObject></svg>',
        b'<svg width="3" height="2"><animate attributeName="opacity" to="1"/></svg>',
        b'<svg width="3" height="2"><image href="https://example.com/a.png"/></svg>',
        b'<?xml version="1.0" encoding="Shift_JIS"?><svg width="3" height="2"><text>\x93\xfa\x96{</text></svg>',
    ],
)
def test_svg_is_readable_when_it_has_no_active_content(drawing: bytes) -> None:
    facts = probe(MemorySource(drawing))
    assert (facts.format, facts.width, facts.height) == ("svg", 3, 2)
