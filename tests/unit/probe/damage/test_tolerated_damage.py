"""Damage that every viewer tolerates: facts with a warning instead of a failure."""

from __future__ import annotations

import io
import itertools
import struct
import zlib
from collections.abc import Iterator

import pytest
from PIL import Image

from foveal.probe import Damage, Facts, MemorySource, ProbeError, Reason, probe
from tests.unit.probe.movies import every_movie
from tests.unit.probe.pictures import every_mode, picture, saved, variants


def _facts(data: bytes) -> Facts:
    return probe(MemorySource(data))


def _reason(data: bytes) -> Reason | None:
    try:
        _facts(data)
    except ProbeError as error:
        return error.reason
    return None


def _with_animation_control(data: bytes, frames: int) -> bytes:
    """Return the PNG with `acTL` stating a number of frames."""
    at = data.index(b"IDAT") - 4
    content = b"acTL" + struct.pack(">II", frames, 0)
    return data[:at] + struct.pack(">I", 8) + content + struct.pack(">I", zlib.crc32(content)) + data[at:]


def test_whole_pictures_have_no_warning() -> None:
    for name, data in (every_mode() | variants()).items():
        assert _facts(data).warnings is None, name


@pytest.mark.parametrize("name", ["jpeg-L", "jpeg-RGB", "jpeg-CMYK"])
def test_jpeg_without_end_of_image_has_facts_and_a_warning(name: str) -> None:
    facts = _facts(every_mode()[name][:-2])
    assert (facts.width, facts.height, facts.warnings) == (60, 40, (Damage.TRUNCATED,))
    assert facts.document()["warnings"] == ["truncated"]


def test_jpeg_is_truncated_when_its_scan_is_too_short_for_its_blocks() -> None:
    data = saved(picture(size=(640, 480)), "jpeg")
    scan = data.index(b"\xff\xda") + 14
    assert _reason(data[: scan + 640 * 480 // 64 // 8]) is Reason.TRUNCATED
    assert _facts(data[:-2]).warnings == (Damage.TRUNCATED,)


@pytest.mark.parametrize("missing", [1, 2, 5])
def test_gif_with_a_short_last_block_has_facts_and_a_warning(missing: int) -> None:
    facts = _facts(every_mode()["gif-P"][:-missing])
    assert (facts.width, facts.height, facts.frame_count) == (60, 40, 1)
    assert facts.warnings == (Damage.TRUNCATED,)


def _readable(opened: Image.Image) -> Iterator[int]:
    """Yield the frames that Pillow finds, up to the one whose header is cut."""
    for number in itertools.count():
        try:
            opened.seek(number)
        except (EOFError, OSError, struct.error, IndexError):
            return
        yield number


def test_gif_counts_the_frames_that_begin_when_it_is_cut() -> None:
    data = variants()["gif-animated"]
    for end in range(len(data) // 2, len(data) - 1, 7):
        facts = _facts(data[:end])
        with Image.open(io.BytesIO(data[:end])) as opened:
            shown = sum(1 for _ in _readable(opened))
        assert facts.frame_count in (shown, shown - 1)  # one whose pixels are missing is none
        assert facts.warnings == (Damage.TRUNCATED,)


def test_gif_has_the_size_of_its_first_frame_when_that_is_larger_than_the_screen() -> None:
    data = bytearray(every_mode()["gif-P"])
    struct.pack_into("<HH", data, 6, 20, 15)
    facts = _facts(bytes(data))
    with Image.open(io.BytesIO(data)) as opened:
        assert (facts.width, facts.height) == opened.size == (60, 40)


@pytest.mark.parametrize("frames", [0, 2**31, 2**32 - 1])
def test_png_is_a_still_with_a_warning_when_its_number_of_frames_is_none(frames: int) -> None:
    facts = _facts(_with_animation_control(every_mode()["png-RGB"], frames))
    assert (facts.is_animated, facts.frame_count, facts.mime_type) == (False, 1, "image/png")
    assert facts.warnings == (Damage.MALFORMED,)


@pytest.mark.parametrize("stated", [5, 2**31 - 1])
def test_apng_counts_its_frames_when_it_states_more_than_it_has(stated: int) -> None:
    data = bytearray(variants()["apng"])
    at = data.index(b"acTL") + 4
    frames = struct.unpack_from(">I", data, at)[0]
    struct.pack_into(">I", data, at, stated)
    facts = _facts(bytes(data))
    assert (facts.is_animated, facts.frame_count, facts.warnings) == (True, frames, (Damage.MALFORMED,))


def test_png_without_end_chunk_has_a_warning() -> None:
    assert _facts(every_mode()["png-RGB"][:-12]).warnings == (Damage.TRUNCATED,)


def _with_byte_counts(data: bytes, change: int) -> bytes:
    """Return a little-endian TIFF whose one strip states its length plus `change`."""
    changed = bytearray(data)
    directory = struct.unpack_from("<I", data, 4)[0]
    for at in range(directory + 2, directory + 2 + 12 * struct.unpack_from("<H", data, directory)[0], 12):
        if struct.unpack_from("<H", data, at)[0] == 279:
            struct.pack_into("<HII", changed, at + 2, 4, 1, struct.unpack_from("<I", data, at + 8)[0] + change)
    return bytes(changed)


@pytest.mark.parametrize("change", [1, 1000, 2**31])
@pytest.mark.parametrize("name", ["tiff-RGB", "tiff-1", "tiff-I;16", "tiff-RGBA"])
def test_tiff_with_too_large_byte_counts_has_facts_and_a_warning(name: str, change: int) -> None:
    data = _with_byte_counts(every_mode()[name], change)
    facts = _facts(data + bytes(max(0, 8 - change)))
    assert (facts.width, facts.height) == (60, 40)
    assert facts.warnings in (None, (Damage.MALFORMED,))
    assert change < 1000 or facts.warnings


def test_compressed_tiff_with_absurd_byte_counts_has_facts_and_a_warning() -> None:
    data = _with_byte_counts(saved(picture(), "tiff", compression="tiff_lzw"), 2**31)
    assert _facts(data).warnings == (Damage.MALFORMED,)


def test_tiff_is_truncated_when_its_raw_pixels_are_not_all_there() -> None:
    data = _with_byte_counts(every_mode()["tiff-RGB"], 2**31)
    with Image.open(io.BytesIO(every_mode()["tiff-RGB"])) as opened:
        offset = opened.tag_v2[273][0]  # type: ignore[attr-defined]
    directory = struct.unpack_from("<I", data, 4)[0]
    assert directory < offset, "the pixels stand last"
    assert _reason(data[:-1]) is Reason.TRUNCATED


_ILLUSTRATOR = (
    b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd" [\n'
    b"\t<!ENTITY ns_svg \"http://www.w3.org/2000/svg\">\n\t<!ENTITY st0 'fill:#fff;'>\n]>\n"
    b'<svg xmlns="&ns_svg;" width="120" height="80"><rect style="&st0;"/></svg>'
)


def test_svg_with_entities_of_plain_text_has_its_size() -> None:
    facts = _facts(_ILLUSTRATOR)
    assert (facts.width, facts.height, facts.warnings) == (120, 80, None)


@pytest.mark.parametrize("lead", [1, 100, 187, 400])
@pytest.mark.parametrize("name", ["ts", "ts-hevc", "ts-mpeg2"])
def test_transport_stream_that_begins_within_a_packet_has_its_facts(name: str, lead: int) -> None:
    whole = every_movie()[name]
    facts, expected = _facts(bytes(range(lead % 188)) + whole if lead > 188 else whole[188 - lead :]), _facts(whole)
    assert (facts.width, facts.height, facts.codec) == (expected.width, expected.height, expected.codec)


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 60, 40, 24, 0) + bytes(60 * 40 * 3),  # TGA
        struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 4096, 24, 0, 0, 60, 40, 24, 0) + bytes(60 * 40 * 3),
        b"BMW builds cars and motorcycles, and has done so for a hundred years.",
        b"P1 is the first of the points that were agreed on.",
        b"the wide world of text",
        b"G" * 4096,
    ],
    ids=["tga", "tga-with-colour-map", "text-bm", "text-p1", "text-wide", "text-g"],
)
def test_object_of_no_known_format_is_not_media(data: bytes) -> None:
    assert _reason(data) is Reason.NOT_MEDIA
