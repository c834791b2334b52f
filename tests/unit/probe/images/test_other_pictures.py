"""OpenEXR, Radiance, QOI, float maps and NIfTI: against FFmpeg and exiftool, else against the written values."""

from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from foveal.probe import CountedSource, Damage, Facts, Fraction, MemorySource, ProbeError, Reason, probe
from tests.unit.probe.other_pictures import HEIGHT, WIDTH, encoded, every_other_picture, exr, nifti


def _facts(data: bytes) -> Facts:
    return probe(MemorySource(data))


def _reason(data: bytes) -> Reason | None:
    try:
        _facts(data)
    except ProbeError as error:
        return error.reason
    return None


@pytest.mark.parametrize("name", every_other_picture())
def test_size_is_read_with_one_request(name: str) -> None:
    source = CountedSource(MemorySource(every_other_picture()[name]))
    facts = probe(source)
    assert (facts.width, facts.height, facts.warnings) == (WIDTH, HEIGHT, None)
    assert source.requests == 1


@pytest.mark.parametrize(
    ("name", "channels", "depth", "colours", "alpha"),
    [
        ("exr-float", 3, 32, "rgb", False),
        ("exr-alpha", 4, 32, "rgb", True),
        ("exr-gray", 1, 32, "gray", False),
        ("exr-half", 3, 16, "rgb", False),
        ("hdr", 3, 8, "rgb", False),
        ("qoi-rgb", 3, 8, "rgb", False),
        ("qoi-rgba", 4, 8, "rgb", True),
        ("pfm-rgb", 3, 32, "rgb", False),
        ("pfm-gray", 1, 32, "gray", False),
        ("nifti", 1, 16, "gray", False),
        ("nifti-rgb", 3, 8, "rgb", False),
    ],
)
def test_channels_are_those_that_were_encoded(name: str, channels: int, depth: int, colours: str, alpha: bool) -> None:
    facts = _facts(every_other_picture()[name])
    assert (facts.num_channels, facts.bit_depth, facts.colour_space) == (channels, depth, colours)
    assert facts.has_alpha in (alpha, alpha or None)


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed on this machine")
@pytest.mark.parametrize("name", ["exr-float", "exr-half", "hdr", "pfm-rgb", "pfm-gray"])
def test_size_and_type_are_those_of_exiftool(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(every_other_picture()[name])
    asked = subprocess.run(["exiftool", "-json", str(path)], capture_output=True, check=True, text=True)
    stated, facts = json.loads(asked.stdout)[0], _facts(path.read_bytes())
    assert (facts.stored_width, facts.stored_height) == (stated["ImageWidth"], stated["ImageHeight"])
    assert facts.mime_type in (stated["MIMEType"], "image/x-portable-floatmap")


def test_exr_is_displayed_in_its_display_window() -> None:
    facts = _facts(exr({"displayWindow": ("box2i", struct.pack("<4i", -10, -10, 89, 69))}))
    assert (facts.stored_width, facts.stored_height, facts.width, facts.height) == (WIDTH, HEIGHT, 100, 80)


def test_exr_states_camera_time_and_place() -> None:
    def real(value: float) -> tuple[str, bytes]:
        return "float", struct.pack("<f", value)

    stated = {
        "capDate": ("string", b"2024:02:29 23:59:58"),
        "utcOffset": real(-7200),
        "latitude": real(48.5),
        "longitude": real(2.25),
        "altitude": real(35.5),
        "expTime": real(0.004),
        "aperture": real(2.8),
        "isoSpeed": real(400),
        "cameraMake": ("string", b"Foveal Optics"),
        "pixelAspectRatio": real(2),
    }
    document = _facts(exr(stated)).document()
    assert document["captured_at"].isoformat() == "2024-02-29T21:59:58+00:00"
    assert document["captured_at_offset_minutes"] == 120
    assert document["location"]["coordinates"] == [2.25, 48.5]
    expected = {"make": "Foveal Optics", "exposure_time_seconds": 0.004, "f_number": 2.8, "iso": 400}
    assert document["camera"] == expected
    assert document["pixel_aspect"] == {"num": 2, "den": 1}


def test_exr_is_gray_or_has_alpha_by_its_channels() -> None:
    assert _facts(exr({}, "Y")).colour_space == "gray"
    assert _facts(exr({}, "ABGR")).has_alpha is True


@pytest.mark.parametrize(
    ("axes", "orientation"),
    [("-Y 2 +X 3", 1), ("-Y 2 -X 3", 2), ("+Y 2 -X 3", 3), ("+Y 2 +X 3", 4), ("+X 2 -Y 3", 5), ("-X 2 +Y 3", 7)],
)
def test_radiance_picture_is_turned_as_its_axes_say(axes: str, orientation: int) -> None:
    facts = _facts(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\nPIXASPECT=0.5\n\n" + axes.encode() + b"\n" + bytes(24))
    assert (facts.stored_width, facts.stored_height, facts.orientation) == (3, 2, orientation)
    assert (facts.width, facts.height) == ((2, 3) if orientation > 4 else (3, 2))
    assert facts.pixel_aspect == Fraction(2, 1)


def test_qoi_has_the_size_that_pillow_reads() -> None:
    data = encoded("qoi", "rgb24", (31, 7))
    with Image.open(io.BytesIO(data)) as opened:
        facts = _facts(data)
        assert (facts.width, facts.height) == opened.size


def test_qoi_without_its_end_marker_has_a_warning() -> None:
    data = every_other_picture()["qoi-rgb"]
    assert _facts(data[:-1]).warnings == (Damage.TRUNCATED,)
    assert _reason(data[:20]) is Reason.TRUNCATED


@pytest.mark.parametrize("name", ["nifti", "nifti-big-endian", "nifti-2", "nifti-packed"])
def test_nifti_states_slices_times_and_spacing_and_no_free_text(name: str) -> None:
    document = _facts(every_other_picture()[name]).document()
    assert (document["page_count"], document["frame_count"]) == (3, 2)
    assert document["nifti"] == {
        "dimensions": [WIDTH, HEIGHT, 3, 2],
        "spacing": [0.5, 0.5, 2.0, 1.5],
        "data_type": "int16",
        "length_unit": "millimetre",
        "time_unit": "second",
    }
    assert "Jane" not in str(document)


def test_nifti_is_truncated_when_voxels_are_missing() -> None:
    assert _reason(nifti()[:-1]) is Reason.TRUNCATED


def test_nifti_header_alone_is_not_media() -> None:
    data = nifti()
    assert _reason(data[:344] + b"ni1\0" + data[348:]) is Reason.NOT_MEDIA


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (exr({"dataWindow": ("box2i", struct.pack("<4i", 0, 0, -1, -1))}), Reason.MALFORMED),
        (exr({"dataWindow": ("box2i", struct.pack("<4i", -(2**31), 0, 2**31 - 1, 9))}), Reason.HOSTILE),
        (exr({"displayWindow": ("box2i", struct.pack("<4i", 0, -2, 9, 2**31 - 1))}), Reason.HOSTILE),
        (exr({})[:60], Reason.TRUNCATED),
        (b"\x76\x2f\x31\x01\2\0\0\0" + b"a\0b\0\0\0\0\0" * 2000, Reason.HOSTILE),
        (b"#?RADIANCE\nFORMAT=8-bit\n\n-Y 2 +X 3\n" + bytes(64), Reason.MALFORMED),
        (b"#?RADIANCE\n\n-Y 9999 +X 9999\n", Reason.TRUNCATED),
        (b"#?RADIANCE\n\n-Y 2 +Y 3\n" + bytes(64), Reason.MALFORMED),
        (b"qoif" + struct.pack(">IIBB", 1, 1, 5, 0) + bytes(9), Reason.MALFORMED),
        (nifti((1, 1)).replace(b"\2\0\1\0\1\0", b"\x09\0\1\0\1\0", 1), Reason.MALFORMED),
        (b"\x1f\x8b\x08" + bytes(60), Reason.NOT_MEDIA),
    ],
)
def test_broken_header_has_its_reason(data: bytes, reason: Reason) -> None:
    assert _reason(data) is reason


@pytest.mark.parametrize("name", every_other_picture())
def test_cut_picture_has_facts_or_a_reason_anywhere(name: str) -> None:
    data = every_other_picture()[name]
    for end in range(1, len(data), max(1, len(data) // 100)):
        assert _reason(data[:end]) in (None, Reason.TRUNCATED, Reason.MALFORMED, Reason.NOT_MEDIA), end
