"""Truncated or damaged pictures that no decoder accepts: a typed reason, if the bytes in memory show it."""

from __future__ import annotations

import struct
import zlib
from random import Random

import pytest
from PIL import Image

from foveal.probe import CountedSource, Damage, Facts, MemorySource, ProbeError, Reason, probe
from tests.unit.probe.dicoms import every_dicom
from tests.unit.probe.pictures import every_mode, every_picture, heif, photoshop, picture, saved, variants
from tests.unit.probe.test_cost import SparseSource

# What may be missing at the end: bytes that no decoder needs (PNG: CRC and IEND; WebP: padding; GIF: the trailer).
_SPARE_BYTES = {"png": 16, "webp": 1}
# What a header alone cannot show, or what decoders open as fewer pages: codestreams without lengths, later pages.
_OPEN_ENDED = ("jxl", "tiff-pages", "tiff-jpeg", "tiff-deflate", "apng", "svg", "gif-animated")


def _reason(data: bytes) -> Reason | None:
    try:
        probe(MemorySource(data))
    except ProbeError as error:
        return error.reason
    return None


@pytest.mark.parametrize("name", [name for name in every_picture() if not name.startswith(_OPEN_ENDED)])
def test_cut_picture_has_a_reason_or_a_warning_anywhere(name: str) -> None:
    data = every_picture()[name]
    last = len(data) - _SPARE_BYTES.get(name.split("-")[0], 0)
    for end in range(1, last, max(1, last // 50)):
        try:
            facts = probe(MemorySource(data[:end]))
        except ProbeError:
            continue
        assert name.startswith(("jpeg", "gif")), end  # which state no length: whether pixels are missing is unknown
        assert facts.warnings == (Damage.TRUNCATED,), end


@pytest.mark.parametrize("name", [name for name in every_dicom() if name != "dicom-deflated"])
def test_dicom_is_truncated_when_it_is_cut_in_its_pixels(name: str) -> None:
    data = every_dicom()[name]
    pixels = data.rindex(b"\x7f\xe0\0\x10" if name == "dicom-big" else b"\xe0\x7f\x10\0")
    fragments = [at for at in range(pixels, len(data)) if data[at : at + 4] in (b"\xfe\xff\0\xe0", b"\xfe\xff\xdd\xe0")]
    for end in range(pixels + 1, len(data)):
        if end not in fragments:  # an end between two fragments is taken for the last one's: many writers leave it out
            assert _reason(data[:end]) is Reason.TRUNCATED, end


@pytest.mark.parametrize(("name", "at"), [("png", 20), ("png", 29)])
def test_png_is_malformed_when_its_header_does_not_match_its_checksum(name: str, at: int) -> None:
    data = bytearray(every_mode()[f"{name}-RGB"])
    data[at] ^= 1
    assert _reason(bytes(data)) is Reason.MALFORMED


def test_png_is_malformed_when_its_palette_is_missing() -> None:
    data = every_mode()["png-P"]
    at = data.index(b"PLTE") - 4
    (length,) = struct.unpack_from(">I", data, at)
    assert _reason(data[:at] + data[at + 12 + length :]) is Reason.MALFORMED


def test_large_png_is_truncated_at_no_further_request_when_a_chunk_ends_behind_it() -> None:
    header = b"IHDR" + struct.pack(">IIBBBBB", 4000, 3000, 8, 2, 0, 0, 0)
    head = b"\x89PNG\r\n\x1a\n\0\0\0\r" + header + struct.pack(">I", zlib.crc32(header))
    head += struct.pack(">I4s", 30_000_000, b"IDAT")
    source = CountedSource(SparseSource(20_000_000, {0: head}))
    with pytest.raises(ProbeError, match="truncated"):
        probe(source)
    assert source.requests == 1


def test_png_chunks_behind_the_pixels_change_nothing_when_they_belong_in_front() -> None:
    data = every_mode()["png-RGB"]
    at = data.index(b"IEND") - 4
    chunks = b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in ((b"tRNS", bytes(6)), (b"acTL", struct.pack(">II", 4, 0)))
    )
    facts = probe(MemorySource(data[:at] + chunks + data[at:]))
    assert (facts.num_channels, facts.has_alpha, facts.is_animated) == (3, False, False)


@pytest.mark.parametrize(("marker", "precision", "components"), [(0xC0, 9, 3), (0xC0, 8, 0), (0xC2, 16, 3)])
def test_jpeg_is_malformed_when_its_frame_header_is_none(marker: int, precision: int, components: int) -> None:
    frame = struct.pack(">BBHBHHB", 0xFF, marker, 8 + 3 * components, precision, 10, 10, components)
    data = b"\xff\xd8" + frame + bytes(3 * components) + b"\xff\xda\0\2" + b"\xff\xd9"
    assert _reason(data) is Reason.MALFORMED


def _without_height() -> tuple[bytes, int]:
    """A JPEG whose frame header leaves the height to the segment behind the scan, and where that would stand."""
    data = bytearray(saved(picture(), "jpeg"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 7] = b"\0\0"
    return bytes(data), len(data) - 2


def test_jpeg_height_is_that_behind_the_scan_when_the_frame_leaves_it_out() -> None:
    data, end = _without_height()
    facts = probe(MemorySource(data[:end] + b"\xff\xdc\0\4\0\x28" + data[end:]))
    assert (facts.width, facts.height) == (60, 40)


def test_jpeg_is_malformed_when_its_height_is_missing() -> None:
    assert _reason(_without_height()[0]) is Reason.MALFORMED


def test_jpeg_takes_too_many_reads_when_its_height_stands_behind_a_long_scan() -> None:
    data, end = _without_height()
    assert _reason(data[:end] + bytes(100_000) + b"\xff\xdc\0\4\0\x28" + data[end:]) is Reason.TOO_MANY_READS


def test_heic_is_truncated_when_only_its_item_table_shows_it() -> None:
    data = heif()["heic-RGB"]
    at = data.index(b"mdat") - 4
    open_ended = data[:at] + bytes(4) + data[at + 4 : -1]  # a box that reaches to the end, wherever that is
    assert _reason(open_ended) is Reason.TRUNCATED


@pytest.mark.parametrize(("compression", "depth"), [(1, 4), (2, 8), (4, 24), (7, 24), (0, 0), (3, 24)])
def test_bmp_is_malformed_when_its_compression_takes_no_such_depth(compression: int, depth: int) -> None:
    data = bytearray(every_mode()["bmp-RGB"])
    struct.pack_into("<HI", data, 28, depth, compression)
    assert _reason(bytes(data)) is Reason.MALFORMED


def test_photoshop_document_is_truncated_when_its_layers_are_cut() -> None:
    data = bytearray(photoshop())
    struct.pack_into(">I", data, 34, 5_000_000)
    assert _reason(bytes(data)) is Reason.TRUNCATED


def test_pixels_pass_for_no_markup_when_chance_makes_them_begin_like_it() -> None:
    noise = Random(4).randbytes(3000)
    assert _facts_with_comment(noise + b"<%@" + noise + b"<body\x91" + noise).format == "jpeg"


@pytest.mark.parametrize("markup", [b"<%@ page import='x' %>", b"<?php phpinfo();", b"<BODY onload=x>", b"<script>"])
def test_picture_is_active_content_when_markup_stands_in_it(markup: bytes) -> None:
    with pytest.raises(ProbeError) as caught:
        _facts_with_comment(markup)
    assert caught.value.reason is Reason.ACTIVE_CONTENT


def _facts_with_comment(comment: bytes) -> Facts:
    return probe(MemorySource(saved(picture(), "jpeg", comment=comment)))


def test_animation_lasts_as_long_as_its_frames_when_they_stand_behind_the_first_block() -> None:
    data = variants()["apng"]
    at = data.index(b"fcTL", data.index(b"IDAT")) - 4
    text = b"tEXt" + b"Comment\0" + b"c" * 80_000
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    facts = probe(MemorySource(data[:at] + chunk + data[at:]))
    assert facts.frame_count == 4
    assert facts.duration_seconds == pytest.approx(0.48)


@pytest.mark.parametrize(("name", "kind"), [("heic-RGB", b"hvcC"), ("avif-RGB", b"av1C")])
def test_heif_is_malformed_when_its_item_lacks_the_decoder_configuration(name: str, kind: bytes) -> None:
    assert _reason(every_picture()[name].replace(kind, b"free")) is Reason.MALFORMED


def test_heif_is_malformed_when_an_item_refers_to_a_missing_property() -> None:
    data = bytearray(heif()["heic-RGB"])
    at = data.index(b"ipma")
    item, count = struct.unpack_from(">HB", data, at + 12)
    assert (item, count) != (0, 0)
    data[at + 15] = 0x80 | 100
    assert _reason(bytes(data)) is Reason.MALFORMED


def test_bmp_is_truncated_when_its_palette_does_not_fit() -> None:
    data = bytearray(every_mode()["bmp-P"])
    struct.pack_into("<I", data, 46, 2**31)
    assert _reason(bytes(data)) is Reason.TRUNCATED


def test_icon_is_truncated_when_its_rows_do_not_fit() -> None:
    header = struct.pack("<3H4BHHII", 0, 1, 1, 0, 0, 0, 0, 1, 32, 40, 22)
    assert _reason(header + struct.pack("<IiiHHIIiiII", 40, 65535, 65534, 1, 32, *[0] * 6)) is Reason.TRUNCATED


def test_jpeg_2000_is_malformed_when_its_header_states_another_size_than_its_codestream() -> None:
    data = bytearray(every_mode()["jpeg2000-RGB"])
    struct.pack_into(">I", data, data.index(b"ihdr") + 4, 41)
    assert _reason(bytes(data)) is Reason.MALFORMED


def test_jpeg_2000_is_whole_when_garbage_follows_it() -> None:
    data = every_mode()["jpeg2000-RGB"]
    at = data.index(b"jp2c") - 4
    assert _reason(data[:at] + struct.pack(">I", len(data) - at) + data[at + 4 :] + b"\0\0\0\6none...") is None


def test_icon_is_malformed_when_its_bitmap_is_compressed() -> None:
    header = struct.pack("<3H4BHHII", 0, 1, 1, 0, 0, 0, 0, 1, 32, 40, 22)
    assert _reason(header + struct.pack("<IiiHHIIiiII", 40, 2**28, 64, 1, 0, 5, *[0] * 5)) is Reason.MALFORMED


def test_long_codestream_is_truncated_when_its_tile_ends_behind_it() -> None:
    data = saved(Image.effect_noise((600, 600), 90), "jpeg2000", no_jp2=True)
    assert len(data) > 100_000
    assert _reason(data) is None
    assert _reason(data[:90_000]) is Reason.TRUNCATED


def test_photoshop_document_is_truncated_when_its_packed_rows_are_cut() -> None:
    raw = photoshop(30, 20)
    rows = struct.pack(">60H", *[2] * 60) + b"\xe3\0" * 60  # PackBits: thirty times the same byte
    packed = raw[:38] + b"\0\1" + rows
    assert _reason(packed) is None
    assert _reason(packed[:-1]) is Reason.TRUNCATED
