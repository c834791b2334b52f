"""TIFF and BigTIFF, with GeoTIFF keys (TIFF 6.0; OGC 19-008), and DNG raw files."""

from __future__ import annotations

import struct
from math import isfinite
from typing import Any

from foveal.probe.clean_text import clean_text
from foveal.probe.containers.ifd import Directory, Read
from foveal.probe.errors import ProbeError, Reason, malformed, not_media, truncated
from foveal.probe.facts import Damage, Facts
from foveal.probe.metadata.exif import read_main
from foveal.probe.metadata.icc import profile_name
from foveal.probe.picture_size import set_size
from foveal.probe.window import Window

_MAX_CHAIN_ENTRIES = 200_000
_TABLE_BYTES = 4096
_MAX_PROFILE_BYTES = 8192
_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 254, 256, 257, 258, 259, 262
_STRIP_OFFSETS, _SAMPLES, _STRIP_BYTES, _SUB_DIRECTORIES, _EXTRA_SAMPLES = 273, 277, 279, 330, 338
_TILE_OFFSETS, _TILE_BYTES, _PROFILE, _DNG = 324, 325, 34675, 50706
_ROWS_PER_STRIP, _PLANAR, _TILE_WIDTH, _TILE_HEIGHT = 278, 284, 322, 323
_MAX_EXPANSION, _MAX_TABLES_BYTES = 2, 64 * 1024
_COLOURS = {0: "gray", 1: "gray", 2: "rgb", 3: "rgb", 4: "gray", 5: "cmyk", 6: "rgb", 8: "lab", 32803: "cfa"}
_CODECS = {
    1: "raw", 2: "ccitt_rle", 3: "ccitt_t4", 4: "ccitt_t6", 5: "lzw", 6: "jpeg", 7: "jpeg", 8: "deflate",
    32773: "packbits", 32946: "deflate", 34712: "jpeg2000", 33003: "jpeg2000", 33005: "jpeg2000",
    34925: "lzma", 50000: "zstd", 50001: "webp", 50002: "jpegxl", 34887: "lerc",
}  # fmt: skip


def read(window: Window, facts: Facts) -> None:
    """Read the first full picture; set `page_count` if the chain of directories is within the plan."""
    head = window.read(0, 8)
    order = "<" if head[:2] == b"II" else ">"
    facts.set_kind("image", "tiff", "image/tiff")
    big = head[2:4] in (b"+\0", b"\0+")
    if big:
        if head[4:8] != (b"\x08\0\0\0" if order == "<" else b"\0\x08\0\0"):
            raise malformed("a BigTIFF header that is none")
        (first,) = struct.unpack(order + "Q", window.read(8, 8))
    else:
        (first,) = struct.unpack_from(order + "I", head, 4)
        if window.upto(8, 4) == b"CR\x02\0":
            raise not_media("a camera's raw file")
    directory = _directory(window, order, first, big=big)
    picture = _full_picture(window, order, directory, big=big)
    _read_picture(picture, facts)
    _check_pixels(window, picture, facts)
    read_main(directory, facts, _planned(window), order)
    if picture is not directory and (turned := picture.number(0x0112)) and 1 <= turned <= 8:
        facts.orientation = turned
    if _DNG in directory.entries:
        facts.set_kind("image", "dng", "image/x-adobe-dng")
    _read_geotiff(directory, facts)
    _read_profile(window, picture, facts)
    with window.scope(window.size):  # directories tend to stand together at the end
        facts.page_count = _count_pages(window, order, directory, first, big=big)
    facts.is_animated = False


def _directory(window: Window, order: str, offset: int, *, big: bool) -> Directory:
    if not 8 <= offset < window.size:
        raise (truncated if offset >= window.size else malformed)(f"a directory at {offset}")

    window.upto(offset, _TABLE_BYTES)  # the table is worth a request of its own, single values are not
    return Directory(_planned(window), order, offset, big=big)


def _planned(window: Window) -> Read:
    """Reads within the plan; empty for a value that would need an unplanned request."""

    def read(at: int, length: int) -> bytes:
        return window.upto(at, length) if window.can_plan(at, length) else b""

    return read


def _full_picture(window: Window, order: str, directory: Directory, *, big: bool) -> Directory:
    """Return the directory itself, or for a raw file's thumbnail the first full picture among its children."""
    if not (directory.number(_SUBFILE) or 0) & 1:
        return directory
    for offset in directory.numbers(_SUB_DIRECTORIES)[:16]:
        if window.can_plan(offset, _TABLE_BYTES):
            child = _directory(window, order, offset, big=big)
            if not (child.number(_SUBFILE) or 0) & 1:
                return child
    return directory


def _read_picture(directory: Directory, facts: Facts) -> None:
    width, height = directory.number(_WIDTH), directory.number(_HEIGHT)
    if width is None or height is None:
        raise malformed("a picture without its size")
    set_size(facts, width, height)
    photometric = directory.number(_PHOTOMETRIC)
    samples = directory.number(_SAMPLES) or (3 if photometric in (2, 6) else 1)
    bits = directory.numbers(_BITS) or (1,)
    extra = directory.numbers(_EXTRA_SAMPLES)
    facts.num_channels, facts.bit_depth = min(samples, 65535), min(max(bits), 65535)
    if photometric == 3:
        facts.num_channels, facts.bit_depth = samples + 2, 8
    facts.colour_space = _COLOURS.get(photometric) if photometric is not None else None
    facts.has_alpha = any(kind in (1, 2) for kind in extra)
    compression = directory.number(_COMPRESSION) or 1
    facts.codec = _CODECS.get(compression)


def _check_pixels(window: Window, directory: Directory, facts: Facts) -> None:
    """Raise ProbeError (`truncated`) if a strip or tile ends after the file; checked only if its offset is in memory.

    Stated lengths that are longer than any coding of the pixels are wrong themselves: libtiff then reads what is there.
    """
    for offsets_tag, bytes_tag, is_tiled in ((_STRIP_OFFSETS, _STRIP_BYTES, False), (_TILE_OFFSETS, _TILE_BYTES, True)):
        entries = [directory.entries.get(tag) for tag in (offsets_tag, bytes_tag)]
        if not all(entry and window.has(entry.offset, entry.size) for entry in entries):
            continue
        offsets, lengths = directory.numbers(offsets_tag), directory.numbers(bytes_tag)
        is_raw = directory.number(_COMPRESSION) in (None, 1)
        for index, (offset, length) in enumerate(zip(offsets, lengths, strict=False)):
            if offset + length <= window.size:
                continue
            needed = _raw_bytes(directory, index, is_tiled=is_tiled)
            if (
                offset >= window.size
                or (is_raw and offset + needed > window.size)
                or (not is_raw and length <= _MAX_EXPANSION * needed + _MAX_TABLES_BYTES)
            ):
                raise truncated(f"its pixels end at {offset + length}, the file at {window.size}")
            facts.warn(Damage.MALFORMED)


def _raw_bytes(directory: Directory, index: int, *, is_tiled: bool) -> int:
    """Return the size of a strip or tile without compression; chroma that may be subsampled is left out."""
    width, height = directory.number(_WIDTH) or 0, directory.number(_HEIGHT) or 0
    samples, bits = directory.number(_SAMPLES) or 1, directory.numbers(_BITS) or (1,)
    if directory.number(_PLANAR) == 2 or directory.number(_PHOTOMETRIC) == 6:
        samples = 1
    row_bits = max(bits) * samples
    if is_tiled:
        return -(-(directory.number(_TILE_WIDTH) or 0) * row_bits // 8) * (directory.number(_TILE_HEIGHT) or 0)
    rows = min(directory.number(_ROWS_PER_STRIP) or height, height) or 1
    first_row = index % -(-height // rows) * rows
    return -(-width * row_bits // 8) * min(rows, height - first_row)


def _read_profile(window: Window, directory: Directory, facts: Facts) -> None:
    """Return the name of the ICC profile, from its first bytes."""
    entry = directory.entries.get(_PROFILE)
    if entry is not None and window.can_plan(entry.offset, length := min(entry.size, _MAX_PROFILE_BYTES)):
        facts.icc_profile = profile_name(window.upto(entry.offset, length))


def _count_pages(window: Window, order: str, directory: Directory, first: int, *, big: bool) -> int | None:
    """Return the number of pages (without thumbnails and masks); None if the last directory is not within the plan."""
    seen = {first}
    pages = 0 if (directory.number(_SUBFILE) or 0) & 5 else 1
    entries = directory.count
    while entries <= _MAX_CHAIN_ENTRIES:
        offset = directory.next_offset()
        if not offset:
            return max(1, pages)
        if offset in seen or not 8 <= offset < window.size or not window.can_plan(offset, _TABLE_BYTES):
            return None
        seen.add(offset)
        try:
            directory = _directory(window, order, offset, big=big)
            entries += directory.count
            pages += 0 if (directory.number(_SUBFILE) or 0) & 5 else 1
        except ProbeError as error:
            if error.reason is Reason.TOO_MANY_READS:
                return None
            raise
    return None


def _read_geotiff(directory: Directory, facts: Facts) -> None:
    """Return the georeference keys: model and raster type, EPSG code, scale, tie point, transformation."""
    keys = directory.numbers(34735)
    if len(keys) < 4 or 34735 not in directory.entries:
        return
    stated: dict[str, Any] = {}
    ascii_values = directory.raw(34737) or b""
    names = {1024: "model_type", 1025: "raster_type", 2048: "geographic_epsg", 3072: "projected_epsg"}
    for at in range(4, min(len(keys), 4 + 4 * keys[3]) - 3, 4):
        key, place, count, value = keys[at : at + 4]
        if key in names and place == 0:
            stated[names[key]] = value
        elif key == 1026 and place == 34737:
            stated["citation"] = clean_text(ascii_values[value : value + count].rstrip(b"|"))
    for name, tag, most in (("pixel_scale", 33550, 3), ("tie_point", 33922, 6), ("transformation", 34264, 16)):
        values = directory.reals(tag)[:most]
        if values and all(map(isfinite, values)):
            stated[name] = [float(number) for number in values]
    facts.geotiff = {name: value for name, value in stated.items() if value is not None} or None
