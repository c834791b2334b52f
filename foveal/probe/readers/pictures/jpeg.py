"""JPEG (ITU-T T.81) with its EXIF, XMP, ICC and Adobe segments."""

from __future__ import annotations

import re
import struct

from foveal.probe.errors import ProbeError, Reason, malformed, truncated
from foveal.probe.facts import Damage, Facts
from foveal.probe.metadata.exif import read_exif
from foveal.probe.metadata.icc import profile_name
from foveal.probe.metadata.xmp import read_xmp
from foveal.probe.picture_size import set_size
from foveal.probe.window import Window

_LOSSLESS = frozenset({0xC3, 0xC7, 0xCB, 0xCF, 0xF7})
_FRAMES = (frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}) | _LOSSLESS
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_MAX_SEGMENTS = 5000
_MAX_STRAY_BYTES = 64 * 1024
_MARKER = re.compile(rb"\xff[\x01-\xfe]")
_NUMBER_OF_LINES = b"\xff\xdc\0\4"
_HUFFMAN = frozenset({0xC0, 0xC1, 0xC2})
_CODECS = {0xC3: "jpeg_lossless", 0xF7: "jpeg_ls"}
_XMP = b"http://ns.adobe.com/xap/1.0/\0"


def read(window: Window, facts: Facts) -> None:
    """Walk the segments up to the first scan, which follows all that describe the picture."""
    facts.set_kind("image", "jpeg", "image/jpeg")
    facts.has_alpha = facts.is_animated = False
    width: int | None = None
    frame = 0
    scan: int | None = None
    offset, stray_left = 2, _MAX_STRAY_BYTES
    for _ in range(_MAX_SEGMENTS):
        if not window.has(offset, 4):
            # EXIF precedes the frame (CIPA DC-008, 4.5.4): what follows it is worth no further request.
            if width is not None:
                break
            window.read_on(offset)
        begin = offset
        marker, offset = _next_marker(window, begin, stray_left)
        stray_left -= offset - begin - 2
        if marker in _STANDALONE or marker == _SOI:
            continue
        if marker == _EOI:
            raise malformed("it ends before any scan")
        (length,) = struct.unpack(">H", window.read(offset, 2))
        if length < 2:
            raise malformed(f"a segment of length {length}")
        if marker in _FRAMES and width is None:
            frame, width = marker, _read_frame(marker, window.read(offset, min(length, 8)), facts)
        elif marker == _SOS:
            scan = offset + length
            break
        elif marker in (0xE1, 0xE2) and (width is None or window.has(offset, length)):
            _read_application(window.read(offset + 2, length - 2), facts)
        offset += length
    else:
        raise malformed(f"more than {_MAX_SEGMENTS} segments before the picture")
    if width is None:
        raise malformed("a scan without a frame header")
    if facts.stored_height is None:
        set_size(facts, width, _number_of_lines(window, scan))
    if scan is not None and window.is_whole and b"\xff\xd9" not in window.upto(scan, window.size):
        if window.size - scan < _least_scan_bytes(frame, facts):
            raise truncated("its scan ends before the last block")
        facts.warn(Damage.TRUNCATED)  # decoders show the pixels up to there: often all, since some cameras omit EOI


def _next_marker(window: Window, offset: int, stray_left: int) -> tuple[int, int]:
    """Return the next marker and the offset after it; decoders skip stray bytes, so a few are skipped here."""
    data = window.read(offset, 2)
    if data[0] == 0xFF and data[1] not in (0x00, 0xFF):
        return data[1], offset + 2
    stray = window.upto(offset, max(2, stray_left))
    found = _MARKER.search(stray)
    if found:
        return stray[found.end() - 1], offset + found.end()
    if offset + len(stray) >= window.size:
        raise truncated("it ends before the picture begins")
    raise malformed("no marker where a segment should begin")


def _read_frame(marker: int, data: bytes, facts: Facts) -> int:
    """Read the frame header; return the width. A height of 0 is stated after the first scan (B.2.5)."""
    if len(data) < 8:
        raise malformed("a frame header that is too short")
    length, precision, height, width, components = struct.unpack(">HBHHB", data)
    depths = range(2, 17) if marker in _LOSSLESS else (8, 12)
    if length != 8 + 3 * components or not components or precision not in depths:
        raise malformed(f"a frame header that the format does not allow: {components} components of {precision} bits")
    if height:
        set_size(facts, width, height)
    facts.bit_depth = precision
    facts.num_channels = components
    facts.colour_space = {1: "gray", 3: "rgb", 4: "cmyk"}.get(components)
    facts.codec = _CODECS.get(marker, "jpeg")
    return int(width)


def _least_scan_bytes(frame: int, facts: Facts) -> int:
    """Return a lower bound of the coded bytes of a whole picture: Huffman codes take a bit for each block of 8 x 8."""
    width, height = facts.stored_width or 0, facts.stored_height or 0
    return -(-width // 8) * -(-height // 8) // 8 + 1 if frame in _HUFFMAN else 1


def _number_of_lines(window: Window, scan: int | None) -> int:
    """Return the height of the segment after the first scan (DNL) if it is in memory."""
    data = window.upto(scan, window.reach(scan)) if scan is not None else b""
    at = data.find(_NUMBER_OF_LINES)
    if 0 <= at < len(data) - 5:
        return int.from_bytes(data[at + 4 : at + 6], "big")
    if scan is not None and scan + len(data) == window.size:
        raise malformed("a picture without its height")
    raise ProbeError(Reason.TOO_MANY_READS, "its height is stated after the scan (DNL)")


def _read_application(payload: bytes, facts: Facts) -> None:
    if payload.startswith(b"Exif\0"):
        if facts.orientation is None and facts.camera.make is None:
            read_exif(payload[6:], facts)
    elif payload.startswith(_XMP):
        read_xmp(payload[len(_XMP) :], facts)
    elif payload.startswith(b"ICC_PROFILE\0\x01"):
        facts.icc_profile = profile_name(payload[14:])
    elif payload.startswith(b"urn:iso:std:iso:ts:21496:-1\0"):
        facts.hdr_format = "gain_map"
