"""JPEG (ITU-T T.81) with its EXIF, XMP, ICC and Adobe segments."""

from __future__ import annotations

import re
import struct

from foveal.probe.errors import malformed, truncated
from foveal.probe.exif import read_exif
from foveal.probe.facts import Facts
from foveal.probe.icc import profile_name
from foveal.probe.window import Window
from foveal.probe.xmp import read_xmp

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_MAX_SEGMENTS = 5000
_MAX_STRAY_BYTES = 64 * 1024
_MARKER = re.compile(rb"\xff[\x01-\xfe]")
_CODECS = {0xC0: "jpeg", 0xC1: "jpeg", 0xC2: "jpeg", 0xC3: "jpeg_lossless", 0xF7: "jpeg_ls"}
_XMP = b"http://ns.adobe.com/xap/1.0/\0"


def read(window: Window, facts: Facts) -> None:
    """Walk the segments up to the first scan, which comes after all that describes the picture."""
    facts.set_kind("image", "jpeg", "image/jpeg")
    has_frame = False
    adobe_transform: int | None = None
    offset, stray_left = 2, _MAX_STRAY_BYTES
    for _ in range(_MAX_SEGMENTS):
        if not window.has(offset, 4):
            # EXIF precedes the frame (CIPA DC-008, 4.5.4): what follows it is worth no further request.
            if has_frame:
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
        if marker in _FRAMES or marker == 0xF7:
            if not has_frame:
                _read_frame(window.read(offset + 2, min(length - 2, 6)), facts)
                facts.codec = _CODECS.get(marker, "jpeg")
                has_frame = True
        elif marker == _SOS:
            break
        elif marker in (0xE1, 0xE2, 0xEE):
            payload = _payload(window, offset + 2, length - 2, has_frame=has_frame)
            if marker == 0xEE and payload[:5] == b"Adobe" and len(payload) >= 12:
                adobe_transform = payload[11]
            else:
                _read_application(payload, facts)
        offset += length
    else:
        raise malformed(f"more than {_MAX_SEGMENTS} segments before the picture")
    if not has_frame:
        raise malformed("a scan without a frame header")
    facts.has_alpha = False
    facts.is_animated = False
    if facts.num_channels == 3 and adobe_transform == 0:
        facts.colour_space = "rgb"


def _next_marker(window: Window, offset: int, stray_left: int) -> tuple[int, int]:
    """The next marker and the offset behind it; decoders skip stray bytes, so a few are skipped here."""
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


def _payload(window: Window, offset: int, length: int, *, has_frame: bool) -> bytes:
    if has_frame and not window.has(offset, length):
        return b""
    return window.read(offset, length)


def _read_frame(data: bytes, facts: Facts) -> None:
    precision, height, width, components = struct.unpack(">BHHB", data) if len(data) == 6 else (0, 0, 0, 0)
    if height == 0 and width:
        raise malformed("a height that only stands behind the scan (DNL)")
    if not (2 <= precision <= 16 and 1 <= components <= 4):
        raise malformed(f"{components} components of {precision} bits")
    facts.set_size(width, height)
    facts.bit_depth = precision
    facts.num_channels = components
    facts.colour_space = {1: "gray", 3: "rgb", 4: "cmyk"}.get(components)


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
