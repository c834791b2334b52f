"""MPEG transport streams (ISO/IEC 13818-1): tables, the first video parameters, first and last times."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from foveal.probe.codecs.audio_frames import read_frame
from foveal.probe.codecs.bits import Bits, unescape
from foveal.probe.codecs.parameter_sets import h264_picture, hevc_picture
from foveal.probe.codecs.pictures import Picture, mpeg4_picture
from foveal.probe.containers.packets import packet_layout
from foveal.probe.errors import ProbeError, Reason, malformed, not_media
from foveal.probe.facts import Audio, Facts, Fraction
from foveal.probe.window import KIB, Window

_HEAD_BYTES = 3072 * KIB
_LAYOUT_BYTES = 4 * KIB
_TAIL_BYTES = (32 * KIB, 192 * KIB)
_VIDEO_TYPES = {0x01: "mpeg1video", 0x02: "mpeg2video", 0x10: "mpeg4", 0x1B: "h264", 0x24: "hevc", 0x33: "vvc"}
_AUDIO_TYPES = {
    0x03: "mp2", 0x04: "mp2", 0x0F: "aac", 0x11: "aac_latm", 0x80: "pcm_bluray", 0x81: "ac3", 0x82: "dts",
    0x83: "truehd", 0x84: "eac3", 0x85: "dts", 0x86: "dts", 0x87: "eac3",
}  # fmt: skip
_DESCRIBED = {0x6A: "ac3", 0x7A: "eac3", 0x7B: "dts"}
_REGISTERED = {b"Opus": "opus", b"AC-3": "ac3", b"EAC3": "eac3", b"DTS1": "dts", b"DTS2": "dts", b"DTS3": "dts"}
_MPEG2_RATES = ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (50, 1), (60000, 1001), (60, 1))
_CLOCK = 90_000
_AUDIO_BYTES = 4 * KIB
_WRAP = 1 << 33
_ENOUGH_TIMES = 40
_REORDERED = 5  # frames that may be shown in another order than they are sent in
_SEARCHED_AGAIN_BYTES = 4 * KIB  # more than any parameter set that a bit reader takes


class Times(NamedTuple):
    """When a frame (or a field) is shown and when it is decoded, in 1/90,000 s."""

    shown: int
    decoded: int


@dataclass(slots=True)
class _Stream:
    """What was gathered of the program so far."""

    program_pids: set[int] = field(default_factory=set)
    video_pid: int | None = None
    audio_pid: int | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    video: bytearray = field(default_factory=bytearray)
    audio: bytearray = field(default_factory=bytearray)
    times: list[Times] = field(default_factory=list)


def read(window: Window, facts: Facts) -> None:
    """The head gives codec, size and rate; the tail the last time, so that the duration is known."""
    facts.set_kind("video", "mpegts", "video/mp2t")
    layout = packet_layout(window.upto(0, _LAYOUT_BYTES))
    if layout is None:
        raise malformed("packets at uneven distances")
    start, step = layout
    stream = _Stream()
    picture = _read_head(window, start, step, stream)
    if stream.video_pid is None:
        raise not_media("a transport stream without video")
    if picture is None:
        if window.size > _HEAD_BYTES:
            raise ProbeError(Reason.TOO_MANY_READS, f"no picture size in the first {_HEAD_BYTES} bytes")
        raise malformed("no picture size in its video")
    facts.codec = stream.video_codec
    picture.fill(facts)
    last = _read_tail(window, start, step, stream)
    if stream.audio_pid is not None:
        facts.audio = Audio(stream.audio_codec, sample_rate=48000 if stream.audio_codec == "opus" else None)
        read_frame(bytes(stream.audio), facts.audio)
    facts.frame_rate = picture.frame_rate or _rate_of(stream.times, picture) or _rate_of(last, picture)
    if facts.frame_rate is not None and stream.times and last:
        frame = _CLOCK * facts.frame_rate.den / facts.frame_rate.num
        facts.duration_seconds = _seconds(stream.times, last, frame)


def _read_head(window: Window, start: int, step: int, stream: _Stream) -> Picture | None:
    """Read until the picture is known, and on through what is here then."""
    picture: Picture | None = None
    offset, end = start, min(window.size, _HEAD_BYTES)
    searched = 0
    while offset + 188 <= end and (picture is None or window.has(offset, 188)):
        packet = window.read(offset, 188)
        offset += step
        if packet[0] != 0x47:
            continue
        had_program = stream.video_pid is not None
        _take_packet(packet, stream)
        if stream.video_pid is not None and not had_program:
            offset = start  # what came before its tables belongs to the program too
        if picture is None and len(stream.video) - searched >= 1024:
            picture = _picture(stream)
            del stream.video[:-_SEARCHED_AGAIN_BYTES]
            searched = len(stream.video)
        if picture is not None and len(stream.times) >= _ENOUGH_TIMES and len(stream.audio) >= 1024:
            break
    return picture or _picture(stream)


def _take_packet(packet: bytes, stream: _Stream) -> None:
    pid = (packet[1] & 0x1F) << 8 | packet[2]
    begins, adaptation = bool(packet[1] & 0x40), packet[3] >> 4 & 3
    at = 4 + (1 + packet[4] if adaptation & 2 else 0)
    if not adaptation & 1 or at >= 188:
        return
    payload = packet[at:]
    if begins and pid == 0 and stream.video_pid is None:
        stream.program_pids |= _program_map_pids(payload)
    elif begins and pid in stream.program_pids and stream.video_pid is None:
        _take_program(payload, stream)
    elif pid == stream.video_pid:
        if begins:
            times = _times(payload)
            if times is not None:
                stream.times.append(times)
            payload = _behind_header(payload)
        stream.video += payload
    elif pid == stream.audio_pid and (begins or stream.audio) and len(stream.audio) < _AUDIO_BYTES:
        stream.audio += _behind_header(payload) if begins else payload


def _section(payload: bytes, table: int) -> bytes:
    """The body of the section that begins in this packet, its checksum left out."""
    at = 1 + payload[0]
    if at + 8 > len(payload) or payload[at] != table:
        return b""
    length = (payload[at + 1] & 0x0F) << 8 | payload[at + 2]
    return payload[at + 8 : at + 3 + max(0, length - 4)]


def _program_map_pids(payload: bytes) -> set[int]:
    body = _section(payload, 0)
    programs = (body[at : at + 4] for at in range(0, len(body) - 3, 4))
    return {(entry[2] & 0x1F) << 8 | entry[3] for entry in programs if entry[0] or entry[1]}  # 0: the network table


def _take_program(payload: bytes, stream: _Stream) -> None:
    """The first video and the first audio stream of a program; a program without video is passed over."""
    body = _section(payload, 2)
    if len(body) < 4:
        return
    video: tuple[int, str] | None = None
    audio: tuple[int, str] | None = None
    at = 4 + ((body[2] & 0x0F) << 8 | body[3])
    while at + 5 <= len(body):
        kind, pid = body[at], (body[at + 1] & 0x1F) << 8 | body[at + 2]
        length = (body[at + 3] & 0x0F) << 8 | body[at + 4]
        described = body[at + 5 : at + 5 + length]
        at += 5 + length
        if kind in _VIDEO_TYPES:
            video = video or (pid, _VIDEO_TYPES[kind])
        elif codec := _AUDIO_TYPES.get(kind) or (_described_codec(described) if kind == 0x06 else None):
            audio = audio or (pid, codec)
    if video is not None:
        stream.video_pid, stream.video_codec = video
        stream.audio_pid, stream.audio_codec = audio or (None, None)


def _described_codec(descriptors: bytes) -> str | None:
    at = 0
    while at + 2 <= len(descriptors):
        tag, length = descriptors[at], descriptors[at + 1]
        codec = _REGISTERED.get(descriptors[at + 2 : at + 6]) if tag == 5 else _DESCRIBED.get(tag)
        if codec is not None:
            return codec
        at += 2 + length
    return None


def _times(payload: bytes) -> Times | None:
    """Of a packetised elementary stream header (ISO/IEC 13818-1, 2.4.3.6)."""
    if len(payload) < 19 or payload[:3] != b"\0\0\1" or not payload[7] & 0x80:
        return None
    shown = _time(payload[9:14])
    return Times(shown, _time(payload[14:19]) if payload[7] & 0x40 else shown)


def _time(b: bytes) -> int:
    return (b[0] >> 1 & 7) << 30 | b[1] << 22 | b[2] >> 1 << 15 | b[3] << 7 | b[4] >> 1


def _behind_header(payload: bytes) -> bytes:
    if len(payload) < 9 or payload[:3] != b"\0\0\1":
        return payload
    return payload[9 + payload[8] :]


def _picture(stream: _Stream) -> Picture | None:
    """Out of the first parameter set that is whole."""
    data = bytes(stream.video)
    at = 0
    for _ in range(256):
        at = data.find(b"\0\0\1", at)
        if at < 0 or at + 4 > len(data):
            return None
        end = data.find(b"\0\0\1", at + 3)
        unit = data[at + 3 : end if end >= 0 else len(data)]
        at += 3
        try:
            if stream.video_codec == "h264" and unit[0] & 31 == 7:
                return h264_picture(unit)
            if stream.video_codec == "hevc" and unit[0] >> 1 & 63 == 33:
                return hevc_picture(unit)
            if stream.video_codec == "mpeg4" and unit[0] in range(0x20, 0x30):
                return mpeg4_picture(b"\0\0\1" + unit)
            if stream.video_codec in ("mpeg2video", "mpeg1video") and unit[0] == 0xB3 and end >= 0:
                following = data[at + len(unit) : at + len(unit) + 16]
                stream.video_codec = "mpeg2video" if following[:4] == b"\0\0\1\xb5" else "mpeg1video"
                return _mpeg2_picture(unit, following)
        except ProbeError as error:
            if error.reason is not Reason.MALFORMED:
                raise
    return None


def _mpeg2_picture(unit: bytes, following: bytes) -> Picture:
    """A sequence header (ISO/IEC 13818-2, 6.2.2.1) and the extension behind it."""
    bits = Bits(unit[1:])
    width, height, aspect, rate = bits.take(12), bits.take(12), bits.take(4), bits.take(4)
    num, den = _MPEG2_RATES[rate - 1] if 1 <= rate <= 8 else (0, 0)
    if following[:4] == b"\0\0\1\xb5" and len(following) >= 10 and following[4] >> 4 == 1:
        extension = Bits(unescape(following[4:]))
        extension.skip(4 + 8 + 1 + 2)
        width |= extension.take(2) << 12
        height |= extension.take(2) << 12
        extension.skip(12 + 1 + 8 + 1)
        num *= extension.take(2) + 1
        den *= extension.take(5) + 1
    picture = Picture(width, height, 8, frame_rate=Fraction.of(num, den))
    shape = {2: (4, 3), 3: (16, 9), 4: (221, 100)}.get(aspect)
    if shape:
        picture.pixel_aspect = Fraction.of(shape[0] * height, shape[1] * width)
    return picture


def _rate_of(times: list[Times], picture: Picture) -> Fraction | None:
    """Frames per second where they are decoded at even distances but for rounding."""
    gaps = [(after.decoded - before.decoded) % _WRAP for before, after in pairwise(times)]
    nominal = picture.nominal_rate
    if nominal is not None and gaps and all(abs(gap - _CLOCK * nominal.den / nominal.num) <= 1 for gap in gaps):
        return nominal
    if len(gaps) < 2 or min(gaps) == 0 or max(gaps) - min(gaps) > 1:
        return None
    mean = sum(gaps) / len(gaps)
    for num, den in _MPEG2_RATES:
        if abs(_CLOCK * den / num - mean) < 0.5 / len(gaps) + 1e-9:
            return Fraction.of(num, den)
    return Fraction.of(_CLOCK, gaps[0]) if len(gaps) > _REORDERED and len(set(gaps)) == 1 else None


def _read_tail(window: Window, start: int, step: int, stream: _Stream) -> list[Times]:
    """The times at the end: as many as tell the last one shown, or as the plan reaches."""
    end = start + (window.size - start) // step * step
    begin, tail = end, b""
    times: list[Times] = []
    is_short = end - window.reach(0) <= 2 * _TAIL_BYTES[0]
    for length in (end,) if is_short else _TAIL_BYTES:
        offset = max(start, begin - length // step * step)
        if _tells_last(times, stream.times) or not window.can_plan(offset, begin - offset):
            break
        begin, tail = offset, window.read(offset, begin - offset) + tail
        last = _Stream(video_pid=stream.video_pid, audio_pid=stream.audio_pid)
        for at in range(0, len(tail) - 187, step):
            if tail[at] == 0x47:
                _take_packet(tail[at : at + 188], last)
        times = last.times
        if len(stream.audio) < _AUDIO_BYTES:
            stream.audio = last.audio  # the sound may begin behind what was read of the head
    return times


def _tells_last(last: list[Times], first: list[Times]) -> bool:
    """Whether the last frame shown is among the last ones: one that waits longest, since others are shown before."""
    if len(last) > _REORDERED:
        return True
    longest = max((time.shown - time.decoded for time in first), default=0)
    return len(first) > 2 and any(time.shown - time.decoded >= longest for time in last)


def _seconds(first: list[Times], last: list[Times], frame: float) -> float | None:
    """From the first frame to the end of the last one; where the last one shown is not known, by what was sent."""
    if _tells_last(last, first):
        shown = sorted((time.shown - first[0].shown) % _WRAP for time in last)
        gap = min((after - before for before, after in pairwise(shown)), default=frame)
        ticks = shown[-1] + (frame / 2 if abs(gap - frame / 2) <= 1 else frame)  # fields come one by one
    else:
        ticks = (last[-1].decoded - first[0].decoded) % _WRAP + frame
    return round(ticks / _CLOCK, 6) if ticks < _WRAP // 2 else None
