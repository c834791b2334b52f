"""Photoshop documents, PSD and PSB: the merged picture."""

from __future__ import annotations

import struct

from foveal.probe.errors import hostile, malformed, truncated
from foveal.probe.facts import Facts
from foveal.probe.metadata.exif import read_exif
from foveal.probe.metadata.icc import profile_name
from foveal.probe.metadata.xmp import read_xmp
from foveal.probe.picture_size import set_size
from foveal.probe.window import KIB, Window

_SIDES = {1: 30_000, 2: 300_000}
_MODES = {0: ("gray", 1), 1: ("gray", 1), 2: ("rgb", 1), 3: ("rgb", 3), 4: ("cmyk", 4), 8: ("gray", 1), 9: ("lab", 3)}
_EXIF, _XMP, _ICC = 1058, 1060, 1039
_MAX_RESOURCES = 1000
_MAX_PROFILE_BYTES = 8 * KIB


def read(window: Window, facts: Facts) -> None:
    """Read the header, and the image resources within the planned bytes."""
    header = window.read(0, 26)
    version, channels, height, width, depth, mode = struct.unpack_from(">H6xHIIHH", header, 4)
    if version not in _SIDES:
        raise malformed(f"version {version}")
    facts.set_kind("image", "psd" if version == 1 else "psb", "image/vnd.adobe.photoshop")
    if not 1 <= channels <= 56 or depth not in (1, 8, 16, 32):
        raise malformed(f"{channels} channels of {depth} bits")
    set_size(facts, width, height)
    if max(width, height) > _SIDES[version]:
        raise hostile(f"pixel limit: the format ends at {_SIDES[version]}, this says {width} x {height}")
    facts.bit_depth, facts.num_channels, facts.codec = depth, channels, "psd"
    facts.colour_space, base = _MODES.get(mode, (None, 0))
    if base and channels == base:
        facts.has_alpha = False
    if mode == 2:
        facts.num_channels = channels + 2
    (colours,) = struct.unpack(">I", window.read(26, 4))
    if window.can_plan(30 + colours, 4):
        _read_resources(window, 30 + colours, facts)
        _check_sections(window, 30 + colours, version, channels * height, (width * depth + 7) // 8)


def _read_resources(window: Window, offset: int, facts: Facts) -> None:
    (length,) = struct.unpack(">I", window.read(offset, 4))
    offset += 4
    end = offset + length
    for _ in range(_MAX_RESOURCES):
        if end - offset < 12 or not window.can_plan(offset, 12):
            return
        signature, kind, name = struct.unpack(">4sHB", window.read(offset, 7))
        if signature not in (b"8BIM", b"MeSa", b"PHUT", b"AgHg", b"DCSR"):
            return
        offset += 6 + (name + 2) // 2 * 2
        (size,) = struct.unpack(">I", window.read(offset, 4))
        offset += 4
        read_bytes = min(size, _MAX_PROFILE_BYTES) if kind == _ICC else size  # a profile's name stands first
        if kind in (_EXIF, _XMP, _ICC) and read_bytes <= 256 * KIB and window.can_plan(offset, read_bytes):
            data = window.read(offset, read_bytes)
            if kind == _EXIF:
                read_exif(data, facts, with_orientation=False)
            elif kind == _XMP:
                read_xmp(data, facts)
            else:
                facts.icc_profile = profile_name(data)
        offset += size + (size & 1)


def _check_sections(window: Window, offset: int, version: int, rows: int, row_bytes: int) -> None:
    """Raise ProbeError if resources, layers or picture are incomplete, by the lengths in memory."""
    wide = version == 2
    for size in (4, 8 if wide else 4):
        if not window.has(offset, size):
            return
        offset += size + int.from_bytes(window.read(offset, size), "big")
    if window.size - offset >= 2 and window.has(offset, 2):
        compression, table = window.read(offset, 2), (4 if wide else 2) * rows
        offset += 2
        if compression == b"\0\0":
            offset += rows * row_bytes
        elif compression == b"\0\1" and window.has(offset, table):  # the lengths of the rows, then the rows
            lengths = struct.unpack(f">{rows}{'I' if wide else 'H'}", window.read(offset, table))
            offset += table + sum(lengths)
    if offset > window.size:
        raise truncated(f"a section ends at {offset}, the object at {window.size}")
