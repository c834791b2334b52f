"""AVI with the OpenDML extension: stream headers of the first header list."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from datetime import datetime

from foveal.probe.codecs.names import RIFF_AUDIO, RIFF_VIDEO, name_of, set_fixed_depth
from foveal.probe.errors import hostile, malformed, not_media, truncated
from foveal.probe.facts import Audio, Facts, Fraction, bounded_count
from foveal.probe.picture_size import set_size
from foveal.probe.window import Window

_MAX_CHUNKS = 2048
_MONTHS = (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec")
_PCM_CODECS = {8: "pcm_u8", 16: "pcm_s16le", 24: "pcm_s24le", 32: "pcm_s32le"}
_FLOAT_CODECS = {32: "pcm_f32le", 64: "pcm_f64le"}

Chunk = tuple[bytes, int, int]
"""Kind (of a list, its list type), offset of the body, offset of the end."""


def read(window: Window, facts: Facts) -> None:
    """Read the header list, which comes first and holds the streams in order."""
    facts.set_kind("video", "avi", "video/x-msvideo")
    (size,) = struct.unpack("<I", window.read(4, 4))
    is_cut = 8 + size > window.size + 1
    header = next((chunk for chunk in _chunks(window, 12, window.size) if chunk[0] == b"hdrl"), None)
    if header is None:
        raise (truncated if is_cut else malformed)("no header list")
    main: tuple[int, ...] = ()
    has_video = False
    for kind, start, end in _chunks(window, header[1], header[2]):
        if kind == b"avih" and end - start >= 40:
            main = struct.unpack("<10I", window.read(start, 40))
        elif kind == b"strl":
            parts = {child[0]: child for child in _chunks(window, start, end)}
            stream = window.read(parts[b"strh"][1], 48) if b"strh" in parts else b""
            if stream[:4] == b"vids" and not has_video and b"strf" in parts:
                has_video = True
                _read_video(window, stream, parts, facts)
            elif stream[:4] == b"auds" and facts.audio is None and b"strf" in parts:
                facts.audio = _read_audio(window, parts[b"strf"])
        elif kind == b"odml":
            _read_extended_count(window, start, end, facts)
        elif kind == b"IDIT":
            facts.captured_at = _time(window.read(start, min(end - start, 64)))
    if not has_video:
        raise not_media("no video stream")
    if facts.frame_rate is None and main and main[0]:
        facts.frame_rate = Fraction.of(1_000_000, main[0])
    if facts.frame_rate and facts.frame_count:
        facts.duration_seconds = round(facts.frame_count * facts.frame_rate.den / facts.frame_rate.num, 6)
    if is_cut:
        raise truncated(f"its RIFF header says {8 + size} bytes, the object has {window.size}")


def _chunks(window: Window, offset: int, end: int) -> Iterator[Chunk]:
    for _ in range(_MAX_CHUNKS):
        if end - offset < 8:
            return
        kind, size = struct.unpack("<4sI", window.read(offset, 8))
        body, stop = offset + 8, offset + 8 + size
        if kind == b"LIST" and size >= 4:
            kind, body = window.read(body, 4), body + 4
        if stop > end and kind != b"movi":
            raise (truncated if end == window.size else malformed)("a chunk larger than what holds it")
        yield kind, body, stop
        offset = stop + (size & 1)
    raise hostile(f"more than {_MAX_CHUNKS} chunks side by side")


def _read_video(window: Window, stream: bytes, parts: dict[bytes, Chunk], facts: Facts) -> None:
    scale, rate, _start, length = struct.unpack_from("<4I", stream, 20)
    _, start, end = parts[b"strf"]
    if end - start < 40:
        raise malformed("a stream format that is too short")
    _size, width, height, _planes, depth, fourcc = struct.unpack("<IiiHH4s", window.read(start, 20))
    set_size(facts, width, abs(height))
    facts.codec = name_of(fourcc.upper(), RIFF_VIDEO)
    if facts.codec == "rawvideo" and depth in (24, 32):
        facts.num_channels, facts.bit_depth = depth // 8, 8
    set_fixed_depth(facts)
    facts.frame_rate = Fraction.of(rate, scale)
    facts.frame_count = bounded_count(length)
    if b"vprp" in parts and parts[b"vprp"][2] - parts[b"vprp"][1] >= 24:
        aspect = struct.unpack("<HH", window.read(parts[b"vprp"][1] + 20, 4))
        facts.pixel_aspect = Fraction.of(aspect[1] * abs(height), aspect[0] * width)


def _read_audio(window: Window, chunk: Chunk) -> Audio:
    _, start, end = chunk
    if end - start < 16:
        return Audio()
    tag, channels, rate = struct.unpack("<HHI", window.read(start, 8))
    if tag == 0xFFFE and end - start >= 26:  # WAVE_FORMAT_EXTENSIBLE: the tag begins the sub-format
        (tag,) = struct.unpack("<H", window.read(start + 24, 2))
    (depth,) = struct.unpack("<H", window.read(start + 14, 2))
    by_depth = {1: _PCM_CODECS, 3: _FLOAT_CODECS}.get(tag)
    codec = by_depth.get(depth, "pcm") if by_depth else RIFF_AUDIO.get(tag, f"0x{tag:04x}")
    return Audio(codec, channels or None, bounded_count(rate))


def _read_extended_count(window: Window, start: int, end: int, facts: Facts) -> None:
    """Return the frame count over all RIFF chunks: the main header counts the first gigabyte only."""
    for kind, body, stop in _chunks(window, start, end):
        if kind == b"dmlh" and stop - body >= 4:
            total = struct.unpack("<I", window.read(body, 4))[0]
            facts.frame_count = max(facts.frame_count or 0, total) or None


def _time(data: bytes) -> datetime | None:
    """Parse the camera's local time as C's `ctime` writes it (`Mon Sep 10 20:52:00 2012`), in any case."""
    found = re.match(rb"\w{3} (\w{3}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})", data)
    if found is None or found[1].lower() not in _MONTHS:
        return None
    day, hour, minute, second, year = (int(part) for part in found.groups()[1:])
    try:
        return datetime(year, _MONTHS.index(found[1].lower()) + 1, day, hour, minute, second)  # noqa: DTZ001  it states no zone
    except ValueError:
        return None
