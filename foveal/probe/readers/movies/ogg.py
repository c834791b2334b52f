"""Ogg (RFC 3533) with Theora, VP8 or OGM video: the first page of each stream, the last page of the video."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from foveal.probe.codecs.names import RIFF_VIDEO, name_of, set_fixed_depth
from foveal.probe.errors import malformed, not_media
from foveal.probe.facts import Audio, Facts, Fraction, bounded_count
from foveal.probe.picture_size import set_size
from foveal.probe.window import KIB, Window

_MAX_STREAMS = 64
_MAX_PACKET_BYTES = 512
_TAIL_BYTES = 64 * KIB
_BEGINS = 2
_VP8_SHIFT = 32
_UNIT_PER_SECOND = 10_000_000


@dataclass(frozen=True, slots=True)
class _Page:
    """The first packet of a page, and the page's place."""

    flags: int
    serial: int
    packet: bytes
    end: int


def read(window: Window, facts: Facts) -> None:
    """Read the pages that begin the streams, which all stand first (RFC 3533, 4)."""
    facts.set_kind("video", "ogg", "video/ogg")
    offset = 0
    video: int | None = None
    shift = 0
    for _ in range(_MAX_STREAMS):
        page = _page(window, offset)
        if page is None or not page.flags & _BEGINS:
            break
        packet = page.packet
        if video is None and packet[:7] == b"\x80theora":
            video, shift = page.serial, _read_theora(packet, facts)
        elif video is None and packet[:6] == b"OVP80\1":
            video, shift = page.serial, _VP8_SHIFT
            _read_vp8(packet, facts)
        elif video is None and packet[:9] == b"\1video\0\0\0":
            video, shift = page.serial, 0
            _read_ogm(packet, facts)
        elif facts.audio is None:
            facts.audio = _read_audio(packet)
        offset = page.end
    if video is None:
        raise not_media("an Ogg stream without video")
    last = _last_position(window, video)
    if last is not None:
        # Theora counts up to the last key frame and from it on, VP8 all frames in the upper half.
        count = (last >> shift) + (last & ((1 << shift) - 1) if shift < _VP8_SHIFT else 0)
        facts.frame_count = bounded_count(count)
        if facts.frame_rate is not None and facts.frame_count:
            facts.duration_seconds = round(count * facts.frame_rate.den / facts.frame_rate.num, 6)


def _page(window: Window, offset: int) -> _Page | None:
    head = window.upto(offset, 27)
    if len(head) < 27 or head[:4] != b"OggS" or head[4] != 0:
        return None
    flags, serial, segments = head[5], struct.unpack_from("<I", head, 14)[0], head[26]
    lengths = window.read(offset + 27, segments)
    body = offset + 27 + segments
    size = sum(lengths)
    return _Page(flags, serial, window.upto(body, min(size, _MAX_PACKET_BYTES)), body + size)


def _read_theora(packet: bytes, facts: Facts) -> int:
    """Read the identification header (Theora specification, 6.2); return the granule shift."""
    if len(packet) < 42:
        raise malformed("a Theora header that is too short")
    across, down = struct.unpack_from(">HH", packet, 10)
    width, height = int.from_bytes(packet[14:17], "big"), int.from_bytes(packet[17:20], "big")
    rate_num, rate_den = struct.unpack_from(">II", packet, 22)
    if not 0 < width <= 16 * across or not 0 < height <= 16 * down:
        raise malformed("a picture larger than its frame")
    set_size(facts, width, height)
    facts.codec = "theora"
    facts.frame_rate = Fraction.of(rate_num, rate_den)
    facts.is_variable_frame_rate = False if facts.frame_rate else None
    facts.pixel_aspect = Fraction.of(int.from_bytes(packet[30:33], "big"), int.from_bytes(packet[33:36], "big"))
    set_fixed_depth(facts)
    return (packet[40] & 3) << 3 | packet[41] >> 5


def _read_vp8(packet: bytes, facts: Facts) -> None:
    """Read the stream information header (Ogg-VP8 mapping): size, pixel aspect, frame rate."""
    if len(packet) < 26:
        raise malformed("a VP8 header that is too short")
    width, height = struct.unpack_from(">HH", packet, 8)
    set_size(facts, width, height)
    facts.codec = "vp8"
    facts.pixel_aspect = Fraction.of(int.from_bytes(packet[12:15], "big"), int.from_bytes(packet[15:18], "big"))
    facts.frame_rate = Fraction.of(*struct.unpack_from(">II", packet, 18))
    set_fixed_depth(facts)


def _read_ogm(packet: bytes, facts: Facts) -> None:
    """Read the stream header of OGM: codec tag, time of a frame in 100 nanoseconds, size."""
    if len(packet) < 53:
        raise malformed("a video header that is too short")
    tag, _, unit, _, _, _, _, _, width, height = struct.unpack_from("<4sIQQIIHHII", packet, 9)
    set_size(facts, width, height)
    facts.codec = name_of(tag.upper(), RIFF_VIDEO)
    facts.frame_rate = Fraction.of(_UNIT_PER_SECOND, unit)
    set_fixed_depth(facts)


def _read_audio(packet: bytes) -> Audio | None:
    if packet[:7] == b"\1vorbis" and len(packet) >= 16:
        return Audio("vorbis", packet[11] or None, bounded_count(struct.unpack_from("<I", packet, 12)[0]))
    if packet[:8] == b"OpusHead" and len(packet) >= 19:
        return Audio("opus", packet[9] or None, 48000)
    if packet[:5] == b"\x7fFLAC" and len(packet) >= 34:
        rate = int.from_bytes(packet[27:30], "big") >> 4
        return Audio("flac", (packet[29] >> 1 & 7) + 1, rate or None)
    if packet[:8] == b"Speex   " and len(packet) >= 52:
        rate, _, _, channels = struct.unpack_from("<IIII", packet, 36)
        return Audio("speex", bounded_count(channels), bounded_count(rate))
    return None


def _last_position(window: Window, serial: int) -> int | None:
    """Return the granule position of the last page of a stream, if it is within the plan."""
    start = max(0, window.size - _TAIL_BYTES)
    if not window.can_plan(start, window.size - start):
        return None
    tail = window.upto(start, window.size - start)
    at = len(tail)
    while (at := tail.rfind(b"OggS\0", 0, at)) >= 0:
        if at + 18 <= len(tail):
            position, found = struct.unpack_from("<qI", tail, at + 6)
            if found == serial and position >= 0:
                return int(position)
    return None
