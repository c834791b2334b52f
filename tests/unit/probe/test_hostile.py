"""Hostile files: each false size, loop, bomb or script has a typed reason at a bounded cost."""

from __future__ import annotations

import struct
import time
import tracemalloc
import zlib

import pytest
from PIL import TiffImagePlugin, TiffTags

from foveal.probe import Budget, CountedSource, MemorySource, ProbeError, Reason, probe
from foveal.probe.containers import ifd
from tests.unit.probe.movies import every_movie
from tests.unit.probe.pictures import every_mode, picture, saved

MIB = 1 << 20


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of ISO base media."""
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def png_header(width: int, height: int) -> bytes:
    """A PNG up to behind its header chunk."""
    header = struct.pack(">4sIIBBBBB", b"IHDR", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n\0\0\0\r" + header + struct.pack(">I", zlib.crc32(header))


def bitmap(width: int, height: int) -> bytes:
    """The header of a 24-bit bitmap."""
    return b"BM" + struct.pack("<IHHI", 100, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, *[0] * 6)


def chained_directories() -> bytes:
    """TIFF directories of 4,000 entries that overlap, each pointing to the one two bytes behind."""
    data = bytearray(200_000)
    data[:8] = b"II*\0\x08\0\0\0"
    for at in range(8, 4008, 2):
        struct.pack_into("<H", data, at, 4000)
        struct.pack_into("<I", data, at + 2 + 48_000, at + 2)
    return bytes(data)


_FTYP = box(b"ftyp", b"isom\0\0\0\0isom")
_PACK = b"\0\0\1\xba\x21\0\1\0\1\x80\0\1"
_MKV = bytes.fromhex("1a45dfa380 18538067 01ffffffffffffff")
_DICOM = bytes(128) + b"DICM"
_SEQUENCE = b"\x08\0\x05\0SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff"


def _deflated(length: int) -> bytes:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = deflater.compress(b"\x08\0\x05\0CS\0\0" * (length // 8)) + deflater.flush()
    return _DICOM + b"\x02\0\x10\0UI\x16\x001.2.840.10008.1.2.1.99" + data


def _drawing(declarations: bytes, content: bytes = b"&a;") -> bytes:
    return b"<!DOCTYPE svg [" + declarations + b']><svg width="1" height="1">' + content + b"</svg>"


CONSTRUCTED: dict[str, tuple[Reason, bytes]] = {
    "empty": (Reason.TRUNCATED, b""),
    "program-stream-without-size": (Reason.TOO_MANY_READS, _PACK + (b"\0\0\1\xe0\x07\xf4\x0f" + bytes(2035)) * 1200),
    "noise": (Reason.NOT_MEDIA, b"\x07\x13 nothing that is known"),
    "archive": (Reason.NOT_MEDIA, b"PK\x03\x04" + bytes(64)),
    "playlist": (Reason.NOT_MEDIA, b"#EXTM3U\n#EXT-X-VERSION:3\nfile:///etc/passwd\n"),
    "concat-script": (Reason.NOT_MEDIA, b"ffconcat version 1.0\nfile /etc/passwd\n"),
    "page": (Reason.ACTIVE_CONTENT, b"<!DOCTYPE html><html><body>hello</body></html>"),
    "page-with-drawing": (Reason.ACTIVE_CONTENT, b"<html><body><svg width='1' height='1'></svg></body></html>"),
    "dicom-page": (Reason.ACTIVE_CONTENT, b"<!-- " + bytes(123) + b"DICM"),
    "php": (Reason.ACTIVE_CONTENT, b"<?php system($_GET['c']); ?>"),
    "gif-script": (Reason.ACTIVE_CONTENT, b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)"),
    "jpeg-page": (Reason.ACTIVE_CONTENT, saved(picture(), "jpeg", comment=b"<html><script>alert(1)</script>")),
    "svg-script": (Reason.ACTIVE_CONTENT, b'<svg width="1" height="1"><script>alert(1)</script></svg>'),
    "svg-handler": (Reason.ACTIVE_CONTENT, b'<svg width="1" height="1" onload="alert(1)"/>'),
    "svg-link": (Reason.ACTIVE_CONTENT, b'<svg width="1" height="1"><a href="java&#115;cript:alert(1)"/></svg>'),
    "svg-script-behind-escape-sequences": (
        Reason.HOSTILE,
        b"<?xml version='1.0' encoding='ISO-2022-JP'?><svg width='1' height='1'><scr\x1b(Bipt>1</scr\x1b(Bipt></svg>",
    ),
    "svg-form": (
        Reason.ACTIVE_CONTENT,
        b'<svg width="1" height="1"><foreignObject><x:form action="https://example.com/"/></foreignObject></svg>',
    ),
    "svg-refresh": (
        Reason.ACTIVE_CONTENT,
        b'<svg width="1" height="1"><foreignObject><meta http-equiv="refresh"/></foreignObject></svg>',
    ),
    "svg-animated-handler": (
        Reason.ACTIVE_CONTENT,
        b'<svg width="1" height="1"><set attributeName="onclick" to="alert(1)"/></svg>',
    ),
    "svg-utf-16": (
        Reason.ACTIVE_CONTENT,
        '\ufeff<svg width="1" height="1"><script>1</script></svg>'.encode("utf-16-le"),
    ),
    "svg-recursive-entities": (Reason.HOSTILE, _drawing(b'<!ENTITY a "b"><!ENTITY b "&a;&a;">')),
    "svg-external-entity": (Reason.HOSTILE, _drawing(b'<!ENTITY a SYSTEM "file:///etc/passwd">')),
    "svg-public-entity": (Reason.HOSTILE, _drawing(b'<!ENTITY a PUBLIC "-" "http://example.com/">')),
    "svg-parameter-entity": (Reason.HOSTILE, _drawing(b'<!ENTITY % a "b">')),
    "svg-entity-of-markup": (Reason.HOSTILE, _drawing(b'<!ENTITY a "<script>">')),
    "svg-entity-of-references": (Reason.HOSTILE, _drawing(b'<!ENTITY a "&#60;script">')),
    "svg-entity-declared-twice": (Reason.HOSTILE, _drawing(b'<!ENTITY a "b"><!ENTITY a "c">')),
    "svg-attribute-list": (Reason.HOSTILE, _drawing(b'<!ATTLIST svg onload CDATA "alert(1)">')),
    "svg-large-entities": (Reason.HOSTILE, _drawing(b'<!ENTITY a "' + b"b" * 1000 + b'">', b"&a;" * 5000)),
    "svg-script-in-entities": (
        Reason.ACTIVE_CONTENT,
        _drawing(b'<!ENTITY a "java"><!ENTITY b "script:">', b'<a href="&a;&b;alert(1)"/>'),
    ),
    "svg-sizeless": (Reason.MALFORMED, b'<svg xmlns="http://www.w3.org/2000/svg" width="100%"></svg>'),
    "svg-open": (Reason.TRUNCATED, b'<svg width="1" height="1"><rect/>'),
    "bmp-terapixels": (Reason.HOSTILE, bitmap(3_000_000, 2_000_000)),
    "png-terapixels": (Reason.HOSTILE, png_header(2**31 - 1, 2**31 - 1)),
    "png-no-width": (Reason.MALFORMED, png_header(0, 10)),
    "png-many-chunks": (Reason.MALFORMED, png_header(9, 9) + (struct.pack(">I4s", 0, b"tEXt") + bytes(4)) * MIB),
    "png-long-chunk": (Reason.TRUNCATED, png_header(9, 9) + struct.pack(">I4s", 2**31 - 1, b"iCCP") + bytes(64)),
    "psd-endless": (Reason.HOSTILE, struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, 2**32 - 1, 1, 8, 3) + bytes(14)),
    "jpeg-segments": (Reason.MALFORMED, b"\xff\xd8" + b"\xff\xe5\0\2" * MIB),
    "jpeg-stray": (Reason.MALFORMED, b"\xff\xd8\xff\xe0\0\2" + (b"\xff\0" * 1000 + b"\xff\xe5\0\2") * 4000),
    "mp4-boxes": (Reason.HOSTILE, _FTYP + box(b"free") * MIB),
    "mp4-tracks": (Reason.HOSTILE, _FTYP + box(b"moov", box(b"trak", box(b"mdia")) * 100_000)),
    "mp4-steps": (Reason.HOSTILE, _FTYP + box(b"moov", box(b"trak", box(b"mdia", box(b"free") * 4000)) * 60)),
    "mp4-lying-box": (
        Reason.MALFORMED,
        _FTYP + box(b"moov", struct.pack(">I4s", 2**31, b"trak") + bytes(64)) + bytes(99),
    ),
    "mp4-without-index": (Reason.TRUNCATED, every_movie()["mp4"][:200]),
    "mp4-sound-only": (Reason.NOT_MEDIA, _FTYP + box(b"moov", box(b"mvhd", bytes(100)))),
    "mkv-elements": (
        Reason.HOSTILE,
        _MKV + bytes.fromhex("1654ae6b") + struct.pack(">Q", 1 << 56 | MIB) + b"\xae\x80" * MIB,
    ),
    "mkv-no-tracks": (Reason.MALFORMED, _MKV + b"\xec\x80" * 100),
    "tiff-overlapping": (Reason.MALFORMED, chained_directories()),
    "tiff-loop": (Reason.MALFORMED, b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHII", 254, 4, 1, 0) + b"\x08\0\0\0"),
    "dicom-elements": (Reason.HOSTILE, _DICOM + b"\x08\0\x05\0CS\0\0" * MIB),
    "dicom-nested": (Reason.HOSTILE, _DICOM + _SEQUENCE * 1000),
    "dicom-bomb": (Reason.HOSTILE, _deflated(300 * MIB)),
    "dicom-plan": (Reason.NOT_MEDIA, _DICOM + b"\x08\0\x05\0CS\x02\0AB"),
    "ico-directory": (Reason.MALFORMED, b"\0\0\1\0\xff\xff" + bytes(16 * 65535)),
    "webp-cut": (Reason.TRUNCATED, every_mode()["webp-RGB"][:-20]),
    "ts-empty": (Reason.NOT_MEDIA, (b"\x47\x1f\xff\x10" + bytes(184)) * 5000),
    "fits": (Reason.NOT_MEDIA, b"SIMPLE  =                    T"),
}


@pytest.mark.parametrize("name", CONSTRUCTED)
def test_reason_is_the_typed_one_when_a_file_is_constructed_to_harm(name: str) -> None:
    reason, data = CONSTRUCTED[name]
    source = CountedSource(MemorySource(data))
    tracemalloc.start()
    begin = time.process_time()
    try:
        with pytest.raises(ProbeError) as caught:
            probe(source)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (caught.value.reason, name) == (reason, name)
    assert time.process_time() - begin < 5
    assert peak < 64 * MIB
    assert source.requests <= 12


def test_bomb_in_a_text_chunk_is_not_inflated_past_its_bound_when_it_claims_to_be_exif() -> None:
    chunk = b"Raw profile type exif\0\0" + zlib.compress(b"0" * (200 * MIB), 9)
    body = struct.pack(">I4s", len(chunk), b"zTXt") + chunk + bytes(4) + struct.pack(">I4s", 1, b"IDAT") + bytes(5)
    tracemalloc.start()
    facts = probe(MemorySource(png_header(9, 9) + body))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert facts.width == 9
    assert peak < 8 * MIB


def test_gigapixel_picture_is_no_bomb_when_it_is_within_the_limit() -> None:
    head = struct.pack("<H", 4) + struct.pack("<HHII", 256, 4, 1, 300_000) + struct.pack("<HHII", 257, 4, 1, 300_000)
    tail = struct.pack("<HHII", 258, 3, 1, 8) + struct.pack("<HHII", 262, 3, 1, 1) + bytes(4)
    facts = probe(MemorySource(b"II*\0\x08\0\0\0" + head + tail))
    assert (facts.width, facts.height) == (300_000, 300_000)


def test_reading_ends_with_too_many_reads_when_the_budget_is_used_up() -> None:
    long = b"\xff\xd8" + (b"\xff\xe2\xff\xff" + bytes(65533)) * 200
    with pytest.raises(ProbeError) as caught:
        probe(MemorySource(long), budget=Budget(max_bytes=MIB))
    assert caught.value.reason is Reason.TOO_MANY_READS
    scattered = _FTYP + (box(b"free", bytes(200_000)) * 60)
    with pytest.raises(ProbeError) as caught:
        probe(MemorySource(scattered))
    assert caught.value.reason is Reason.TOO_MANY_READS


def test_geotiff_location_is_absent_when_its_numbers_are_invalid() -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[34735], tags.tagtype[34735] = (1, 1, 0, 1, 1024, 0, 1, 2), TiffTags.SHORT
    tags[33550], tags.tagtype[33550] = (float("nan"), 1.0, 0.0), TiffTags.DOUBLE
    tags[33922], tags.tagtype[33922] = (0.0, 0.0, 0.0, 440720.0, 100000.0, 0.0), TiffTags.DOUBLE
    facts = probe(MemorySource(saved(picture(), "tiff", tiffinfo=tags)))
    assert facts.geotiff == {"model_type": 2, "tie_point": [0.0, 0.0, 0.0, 440720.0, 100000.0, 0.0]}


def test_known_facts_stay_with_the_reason_when_the_pixels_are_cut() -> None:
    with pytest.raises(ProbeError) as caught:
        probe(MemorySource(saved(picture(), "bmp")[:-100]))
    assert caught.value.reason is Reason.TRUNCATED
    assert caught.value.facts is not None
    assert (caught.value.facts.width, caught.value.facts.format) == (60, "bmp")


@pytest.mark.parametrize(
    "name", ["jpeg-RGB", "png-RGB", "tiff-RGB", "webp-RGB", "gif-P", "bmp-RGB", "jpeg2000-RGB", "avif-RGB"]
)
def test_every_cut_gives_facts_or_a_reason_when_a_picture_is_truncated(name: str) -> None:
    data = every_mode()[name]
    outcomes: set[object] = set()
    for end in range(len(data)):
        try:
            outcomes.add(probe(MemorySource(data[:end])).width)
        except ProbeError as error:
            outcomes.add(error.reason)
    assert outcomes <= {60, Reason.TRUNCATED, Reason.MALFORMED, Reason.NOT_MEDIA}
    assert Reason.TRUNCATED in outcomes


def raw_file_of_many_children() -> bytes:
    """A Nikon raw file: nine directories in a chain, each with 16 children of 2,000 entries that overlap."""
    first, children = 16, [40_000 + 12 * index for index in range(16)]
    data = bytearray(100_000)
    data[:8] = b"II*\0" + struct.pack("<I", first)
    data[30_000:30_018] = b"NIKON CORPORATION\0"
    struct.pack_into("<16I", data, 30_100, *children)
    numbers = {256: 100, 257: 100, 259: 34713, 262: 32803, 273: 60_000, 279: 1000}
    fields = sorted(
        [*((tag, 4, 1, value) for tag, value in numbers.items()), (271, 2, 18, 30_000), (330, 4, 16, 30_100)]
    )
    for index in range(9):
        table = b"".join(struct.pack("<HHII", *field) for field in fields)
        following = first + (index + 1) * 200 if index < 8 else 0
        at = first + index * 200
        data[at : at + 6 + len(table)] = struct.pack("<H", len(fields)) + table + struct.pack("<I", following)
    for index in range(2_016):
        struct.pack_into("<HHHIH", data, 40_000 + 12 * index, 2_000, 1_000 + index, 4, 1, 0)
    return bytes(data)


def test_search_for_the_jpeg_of_a_raw_file_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    made = 0

    class Counted(ifd.Entry):
        def __init__(self, *arguments: int) -> None:
            nonlocal made
            made += 1
            super().__init__(*arguments)

    monkeypatch.setattr(ifd, "Entry", Counted)
    assert probe(MemorySource(raw_file_of_many_children())).format == "nef"
    assert made < 10_000
