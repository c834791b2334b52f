"""EXIF and XMP: zones, fractions of seconds, places, and damage that must not matter."""

from __future__ import annotations

import struct
import zlib
from datetime import datetime, timedelta, timezone

import pytest

from foveal.probe import Facts, MemorySource, probe
from foveal.probe.clean_text import clean_text
from foveal.probe.metadata.exif import read_exif
from foveal.probe.metadata.times import parse_offset, parse_time
from foveal.probe.metadata.xmp import read_xmp
from tests.unit.probe.pictures import exif, picture, saved


def _read(data: bytes) -> Facts:
    facts = Facts()
    read_exif(data, facts)
    return facts


def _directory(*entries: tuple[int, int, int, int]) -> bytes:
    table = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + table + bytes(4)


def test_time_is_naive_and_named_local_when_no_offset_is_stated() -> None:
    document = probe(MemorySource(saved(picture(), "jpeg", exif=exif(1)))).document()
    assert document["captured_at_is_local"] is True
    assert "captured_at_offset_minutes" not in document
    assert document["captured_at"].isoformat() == "2024-02-29T23:59:58+00:00"


def test_time_is_an_instant_in_utc_when_an_offset_is_stated() -> None:
    document = probe(MemorySource(saved(picture(), "jpeg", exif=exif(1, offset="-05:30", subseconds="007")))).document()
    assert document["captured_at_offset_minutes"] == -330
    assert document["captured_at"].isoformat() == "2024-03-01T05:29:58.007000+00:00"
    assert "captured_at_is_local" not in document


@pytest.mark.parametrize("text", ["0000:00:00 00:00:00", "    :  :     :  :  ", "2024:13:01 00:00:00", "", "2024"])
def test_time_is_absent_when_its_text_is_invalid(text: str) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize("text", ["+2", "+02.00", "02:00:0", "+99:00", "+0a:00", "", "+02:6x"])
def test_offset_is_absent_when_its_text_is_invalid(text: str) -> None:
    assert parse_offset(text) is None
    assert parse_time("2024:01:01 00:00:00", None, text) == datetime(2024, 1, 1)  # noqa: DTZ001  the camera's own clock


def test_time_is_absent_when_its_instant_does_not_exist() -> None:
    assert parse_time("0001:01:01 00:00:00", None, "+14:00") is None
    assert parse_time("9999:12:31 23:59:59", None, "-12:00") is None


def test_offset_is_read_when_it_is_west() -> None:
    assert parse_offset("-03:30") == timezone(-timedelta(hours=3, minutes=30))


@pytest.mark.parametrize("orientation", [0, 9, 255, 65535])
def test_orientation_is_absent_when_it_is_none_of_the_eight(orientation: int) -> None:
    assert _read(_directory((0x0112, 3, 1, orientation))).orientation is None


@pytest.mark.parametrize("end", range(0, 60, 3))
def test_damage_leaves_the_picture_whole_when_exif_is_cut(end: int) -> None:
    block = exif(6).tobytes().removeprefix(b"Exif\0\0")[:end]
    data = saved(picture(), "jpeg", exif=b"Exif\0\0" + block)
    assert probe(MemorySource(data)).stored_width == 60


@pytest.mark.parametrize("value", [2**53 + 1, 2**64 - 1])
def test_number_is_absent_when_the_catalog_cannot_hold_it(value: int) -> None:
    long8, after = 16, 8 + 2 + 12 + 4
    pointer = _directory((0x8769, 4, 1, after))
    shot = _directory((0xA405, long8, 1, after + 2 + 12 + 4))[8:]
    assert _read(pointer + shot + struct.pack("<Q", value)).camera.focal_length_35mm is None
    assert _read(pointer + shot + struct.pack("<Q", 28)).camera.focal_length_35mm == 28


def test_location_is_absent_when_a_rational_has_denominator_zero() -> None:
    gps = struct.pack("<H", 4)
    gps += struct.pack("<HHI4s", 1, 2, 2, b"N\0\0\0") + struct.pack("<HHII", 2, 5, 3, 100)
    gps += struct.pack("<HHI4s", 3, 2, 2, b"E\0\0\0") + struct.pack("<HHII", 4, 5, 3, 100) + bytes(4)
    data = _directory((0x8825, 4, 1, 26)) + gps
    data = data.ljust(100, b"\0") + struct.pack("<6I", 1, 0, 0, 1, 0, 1)
    assert _read(data).location is None


def test_loop_ends_when_a_directory_points_to_itself() -> None:
    assert _read(_directory((0x8769, 4, 1, 8), (0x8825, 4, 1, 8))).camera.make is None


def test_text_loses_its_control_characters() -> None:
    assert clean_text(b'Canon\n\x1b[31m{"level":"ERROR"}\0rest') == 'Canon[31m{"level":"ERROR"}'
    assert clean_text(b"\xff\xfe caf\xe9") == "ÿþ café"
    assert clean_text(b"evil\xe2\x80\xaegpj.exe") == "evilgpj.exe"
    assert clean_text(b"\0Canon") is None
    assert len(clean_text(b"x" * 10_000) or "") == 128


def test_xmp_completes_exif_when_both_are_present() -> None:
    facts = Facts()
    facts.camera.make = "From EXIF"
    read_xmp(
        b'<x tiff:Make="From XMP" exif:DateTimeOriginal="2024-05-06T07:08:09.5+02:00"><tiff:Model>M</tiff:Model>', facts
    )
    assert (facts.camera.make, facts.camera.model) == ("From EXIF", "M")
    assert facts.captured_at is not None
    assert facts.captured_at.isoformat() == "2024-05-06T07:08:09.500000+02:00"


def test_hdr_format_is_gain_map_when_xmp_names_one() -> None:
    facts = Facts()
    read_xmp(b'<rdf:Description hdrgm:Version="1.0"/>', facts)
    assert facts.hdr_format == "gain_map"


def test_raw_profile_of_a_png_is_as_long_as_it_says_when_more_follows() -> None:
    block = b"Exif\0\0" + exif(6).tobytes().removeprefix(b"Exif\0\0")
    text = b"\nExif\n%8d\n" % len(block) + block.hex().encode() + b"\x91 and more"
    content = b"Raw profile type exif\0\0" + zlib.compress(text)
    chunk = struct.pack(">I", len(content)) + b"zTXt" + content + struct.pack(">I", zlib.crc32(b"zTXt" + content))
    data = saved(picture(), "png")
    at = data.index(b"IDAT") - 4
    facts = probe(MemorySource(data[:at] + chunk + data[at:]))
    assert (facts.orientation, facts.camera.make) == (6, "Foveal Optics")
