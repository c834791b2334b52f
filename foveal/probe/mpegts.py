"""MPEG transport streams (ISO/IEC 13818-1): tables, the first video parameters, first and last times."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from foveal.probe.bits import Bits, unescape
from foveal.probe.codecs import Picture, h264_picture, hevc_picture
from foveal.probe.errors import ProbeError, Reason, malformed, not_media
from foveal.probe.facts import Audio, Facts, Fraction
from foveal.probe.window import KIB, Window

_HEAD_BYTES = 256 * KIB
_TAIL_BYTES = 96 * KIB
_VIDEO_TYPES = {0x01: "mpeg1video", 0x02: "mpeg2video", 0x10: "mpeg4", 0x1B: "h264", 0x24: "hevc", 0x33: "vvc"}
_AUDIO_TYPES = {0x03: "mp2", 0x04: "mp2", 0x0F: "aac", 0x11: "aac_latm", 0x81: "ac3", 0x87: "eac3", 0x82: "dts"}
_DESCRIBED = {0x6A: "ac3", 0x7A: "eac3", 0x7B: "dts", 0x7F: "opus"}
_MPEG2_RATES = ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (50, 1), (60000, 1001), (60, 1))
_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_AC3_RATES = (48000, 44100, 32000)
_AC3_CHANNELS = (2, 1, 2, 3, 3, 4, 4, 5)
_CLOCK = 90_000
_WRAP = 1 << 33
_ENOUGH_TIMES = 40
_REORDERED = 4  # frames at an open end of what was read whose neighbours in time may not have been read
_MAX_ELEMENTARY_BYTES = 64 * KIB


@dataclass(slots=True)
class _Stream:
    """What was gathered of the program so far."""

    program_pid: int | None = None
    video_pid: int | None = None
    audio_pid: int | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    video: bytearray = field(default_factory=bytearray)
    audio: bytearray = field(default_factory=bytearray)
    times: list[int] = field(default_factory=list)


def read(window: Window, facts: Facts) -> None:
    """The head gives codec, size and rate; the tail the last time, so that the duration is known."""
    facts.set_kind("video", "mpegts", "video/mp2t")
    start, step = _layout(window)
    stream = _Stream()
    picture = _read_head(window, start, step, stream)
    if stream.video_pid is None:
        raise not_media("a transport stream without video")
    facts.codec = stream.video_codec
    if picture is None:
        raise malformed("no picture size in the video's beginning")
    picture.fill(facts)
    facts.frame_rate = picture.frame_rate or _rate_of(sorted(set(stream.times[:_ENOUGH_TIMES]))[:-_REORDERED])
    if stream.audio_pid is not None:
        facts.audio = Audio(stream.audio_codec)
        _read_audio(bytes(stream.audio), facts.audio)
    _read_duration(window, start, step, stream, facts)


def _layout(window: Window) -> tuple[int, int]:
    """Offset of the first sync byte and the distance between packets: plain, with timestamps, with parity."""
    head = window.upto(0, 1024)
    for start, step in ((0, 188), (4, 192), (0, 204)):
        if set(head[start::step]) == {0x47}:
            return start, step
    raise malformed("packets that lose their rhythm")


def _read_head(window: Window, start: int, step: int, stream: _Stream) -> Picture | None:
    picture: Picture | None = None
    offset = start
    end = min(window.size, _HEAD_BYTES)
    tried = 0
    while offset + 188 <= end:
        if not window.has(offset, 188) and picture is not None:
            break
        packet = window.read(offset, 188)
        offset += step
        if packet[0] != 0x47:
            continue
        _take_packet(packet, stream)
        if picture is None and len(stream.video) - tried >= 1024:
            tried = len(stream.video)
            picture = _picture(stream)
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
    if begins and pid == 0 and stream.program_pid is None:
        stream.program_pid = _program_map_pid(payload)
    elif begins and pid == stream.program_pid and stream.video_pid is None:
        _take_program(payload, stream)
    elif pid == stream.video_pid:
        if begins:
            time = _time(payload)
            if time is not None:
                stream.times.append(time)
            payload = _behind_header(payload)
        if len(stream.video) < _MAX_ELEMENTARY_BYTES:
            stream.video += payload
    elif pid == stream.audio_pid and len(stream.audio) < 4096:
        stream.audio += _behind_header(payload) if begins else payload


def _section(payload: bytes, table: int) -> bytes:
    """The body of the section that begins in this packet, its checksum left out."""
    at = 1 + payload[0]
    if at + 8 > len(payload) or payload[at] != table:
        return b""
    length = (payload[at + 1] & 0x0F) << 8 | payload[at + 2]
    return payload[at + 8 : at + 3 + max(0, length - 4)]


def _program_map_pid(payload: bytes) -> int | None:
    body = _section(payload, 0)
    for at in range(0, len(body) - 3, 4):
        if body[at] or body[at + 1]:  # program 0 is the network table
            return (body[at + 2] & 0x1F) << 8 | body[at + 3]
    return None


def _take_program(payload: bytes, stream: _Stream) -> None:
    body = _section(payload, 2)
    if len(body) < 4:
        return
    at = 4 + ((body[2] & 0x0F) << 8 | body[3])
    while at + 5 <= len(body):
        kind, pid = body[at], (body[at + 1] & 0x1F) << 8 | body[at + 2]
        length = (body[at + 3] & 0x0F) << 8 | body[at + 4]
        described = body[at + 5 : at + 5 + length]
        at += 5 + length
        if kind in _VIDEO_TYPES and stream.video_pid is None:
            stream.video_pid, stream.video_codec = pid, _VIDEO_TYPES[kind]
        elif stream.audio_pid is None:
            codec = _AUDIO_TYPES.get(kind) or (_described_codec(described) if kind == 0x06 else None)
            if codec:
                stream.audio_pid, stream.audio_codec = pid, codec


def _described_codec(descriptors: bytes) -> str | None:
    at = 0
    while at + 2 <= len(descriptors):
        if descriptors[at] == 5 and descriptors[at + 2 : at + 6] == b"Opus":
            return "opus"
        if descriptors[at] in _DESCRIBED and descriptors[at] != 0x7F:
            return _DESCRIBED[descriptors[at]]
        at += 2 + descriptors[at + 1]
    return None


def _time(payload: bytes) -> int | None:
    """The presentation time of a packetised elementary stream header, in 1/90,000 s."""
    if len(payload) < 14 or payload[:3] != b"\0\0\1" or not payload[7] & 0x80:
        return None
    b = payload[9:14]
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
            if stream.video_codec in ("mpeg2video", "mpeg1video") and unit[0] == 0xB3:
                return _mpeg2_picture(unit, data[at + len(unit) : at + len(unit) + 16])
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


def _rate_of(ordered: list[int]) -> Fraction | None:
    """Frames per second by the times of neighbours, where they are evenly spaced but for rounding."""
    if len(ordered) < 4:
        return None
    gaps = [after - before for before, after in pairwise(ordered)]
    if max(gaps) - min(gaps) > 1:
        return None
    mean = (ordered[-1] - ordered[0]) / len(gaps)
    for num, den in ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (50, 1), (60000, 1001), (60, 1)):
        if abs(_CLOCK * den / num - mean) < 0.5 / len(gaps) + 1e-9:
            return Fraction.of(num, den)
    return Fraction.of(_CLOCK, gaps[0]) if len(set(gaps)) == 1 else None


def _read_audio(data: bytes, audio: Audio) -> None:
    """The header of the first ADTS (ISO/IEC 14496-3, 1.A.2) or AC-3 (ATSC A/52, 5.3) frame."""
    at = data.find(b"\x0b\x77" if audio.codec == "ac3" else b"\xff")
    if at < 0 or at + 8 > len(data):
        return
    if audio.codec == "ac3":
        bits = Bits(data[at + 4 : at + 8])
        rate = bits.take(2)
        bits.skip(6 + 5 + 3)
        mode = bits.take(3)
        bits.skip((2 if mode & 1 and mode != 1 else 0) + (2 if mode & 4 else 0) + (2 if mode == 2 else 0))
        audio.sample_rate = _AC3_RATES[rate] if rate < 3 else None
        audio.channels = _AC3_CHANNELS[mode] + bits.take(1)
    elif audio.codec == "aac" and data[at + 1] & 0xF6 == 0xF0:
        index = data[at + 2] >> 2 & 15
        channels = (data[at + 2] & 1) << 2 | data[at + 3] >> 6
        audio.sample_rate = _AAC_RATES[index] if index < len(_AAC_RATES) else None
        audio.channels = {7: 8}.get(channels, channels) or None


def _read_duration(window: Window, start: int, step: int, stream: _Stream, facts: Facts) -> None:
    """From the first to the end of the last frame; absent where the tail has no time or the rate is not even."""
    packets = (window.size - start) // step
    first = max(0, packets - _TAIL_BYTES // step)
    offset = start + first * step
    if not stream.times or not window.can_plan(offset, window.size - offset):
        return
    tail = window.read(offset, window.size - offset)
    last = _Stream(program_pid=-1, video_pid=stream.video_pid)
    for at in range(0, len(tail) - 187, step):
        if tail[at] == 0x47:
            _take_packet(tail[at : at + 188], last)
    facts.frame_rate = facts.frame_rate or _rate_of(sorted(set(last.times))[_REORDERED:])
    if not last.times or facts.frame_rate is None:
        return
    begin = min(stream.times[:_ENOUGH_TIMES])
    frame = _CLOCK * facts.frame_rate.den / facts.frame_rate.num
    end = max(time + (_WRAP if time < begin - _WRAP // 2 else 0) for time in last.times)
    if end >= begin:
        facts.duration_seconds = round((end - begin + frame) / _CLOCK, 6)
