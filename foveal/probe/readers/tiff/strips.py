"""Strips and tiles of TIFF: checks that the pixels are in the object."""

from __future__ import annotations

from foveal.probe.containers.ifd import Directory
from foveal.probe.errors import truncated
from foveal.probe.facts import Damage, Facts
from foveal.probe.readers.tiff.layout import (
    BITS,
    COMPRESSION,
    HEIGHT,
    PHOTOMETRIC,
    PLANAR,
    ROWS_PER_STRIP,
    SAMPLES,
    STRIP_BYTES,
    STRIP_OFFSETS,
    TILE_BYTES,
    TILE_HEIGHT,
    TILE_OFFSETS,
    TILE_WIDTH,
    WIDTH,
)
from foveal.probe.window import Window

_MAX_EXPANSION, _MAX_TABLES_BYTES = 2, 64 * 1024
_YCBCR = 6


def check_pixels(window: Window, directory: Directory, facts: Facts) -> None:
    """Raise ProbeError (`truncated`) if a strip or tile ends after the file; checked only if its offset is in memory.

    Stated lengths that are longer than any coding of the pixels are wrong themselves: libtiff then reads what is there.
    """
    for offsets_tag, bytes_tag, is_tiled in ((STRIP_OFFSETS, STRIP_BYTES, False), (TILE_OFFSETS, TILE_BYTES, True)):
        entries = [directory.entries.get(tag) for tag in (offsets_tag, bytes_tag)]
        if not all(entry and window.has(entry.offset, entry.size) for entry in entries):
            continue
        offsets, lengths = directory.numbers(offsets_tag), directory.numbers(bytes_tag)
        for index, (offset, length) in enumerate(zip(offsets, lengths, strict=False)):
            if offset + length > window.size:
                if _is_cut(window, directory, index, offset, length, is_tiled=is_tiled):
                    raise truncated(f"its pixels end at {offset + length}, the file at {window.size}")
                facts.warn(Damage.MALFORMED)


def _is_cut(window: Window, directory: Directory, index: int, offset: int, length: int, *, is_tiled: bool) -> bool:
    needed = _raw_bytes(directory, index, is_tiled=is_tiled)
    if offset >= window.size:
        return True
    if directory.number(COMPRESSION) in (None, 1):
        return offset + needed > window.size
    return length <= _MAX_EXPANSION * needed + _MAX_TABLES_BYTES


def _raw_bytes(directory: Directory, index: int, *, is_tiled: bool) -> int:
    """Return the size of a strip or tile without compression; chroma that may be subsampled is left out."""
    width, height = directory.number(WIDTH) or 0, directory.number(HEIGHT) or 0
    samples, bits = directory.number(SAMPLES) or 1, directory.numbers(BITS) or (1,)
    if directory.number(PLANAR) == 2 or directory.number(PHOTOMETRIC) == _YCBCR:
        samples = 1
    row_bits = max(bits) * samples
    if is_tiled:
        return -(-(directory.number(TILE_WIDTH) or 0) * row_bits // 8) * (directory.number(TILE_HEIGHT) or 0)
    rows = min(directory.number(ROWS_PER_STRIP) or height, height) or 1
    first_row = index % -(-height // rows) * rows
    return -(-width * row_bits // 8) * min(rows, height - first_row)
