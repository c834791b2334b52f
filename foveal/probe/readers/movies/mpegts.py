"""MPEG transport streams (ISO/IEC 13818-1): tables, the first video parameters, first and last times."""

from __future__ import annotations

from dataclasses import dataclass, field

from foveal.probe.codecs.audio_frames import read_frame
from foveal.probe.codecs.elementary import first_picture
from foveal.probe.codecs.pictures import Picture
from foveal.probe.containers.packets import packet_layout
from foveal.probe.containers.pes import CLOCK, Times, rate_of, read_times, seconds_between, tells_last, without_header
from foveal.probe.errors import ProbeError, Reason, malformed, not_media
from foveal.probe.facts import Audio, Facts
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
_AUDIO_BYTES = 4 * KIB
_ENOUGH_TIMES = 40
_SEARCHED_AGAIN_BYTES = 4 * KIB  # more than any parameter set that a bit reader takes


@dataclass(slots=True)
class _Stream:
    """The streams of the program as far as they were read."""

    program_pids: set[int] = field(default_factory=set)
    video_pid: int | None = None
    audio_pid: int | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    video: bytearray = field(default_factory=bytearray)
    audio: bytearray = field(default_factory=bytearray)
    times: list[Times] = field(default_factory=list)


def read(window: Window, facts: Facts) -> None:
    """Read codec, size and rate from the packets at the start, the duration from the times at the end."""
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
    facts.frame_rate = picture.frame_rate or (
        rate_of(stream.times, picture.nominal_rate) or rate_of(last, picture.nominal_rate)
    )
    if facts.frame_rate is not None and stream.times and last:
        frame = CLOCK * facts.frame_rate.den / facts.frame_rate.num
        facts.duration_seconds = seconds_between(stream.times, last, frame)


def _read_head(window: Window, start: int, step: int, stream: _Stream) -> Picture | None:
    """Read packets until the picture is known, and then those in memory."""
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


def _picture(stream: _Stream) -> Picture | None:
    found = first_picture(bytes(stream.video), stream.video_codec)
    if found is None:
        return None
    picture, stream.video_codec = found
    return picture


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
            times = read_times(payload)
            if times is not None:
                stream.times.append(times)
            payload = without_header(payload)
        stream.video += payload
    elif pid == stream.audio_pid and (begins or stream.audio) and len(stream.audio) < _AUDIO_BYTES:
        stream.audio += without_header(payload) if begins else payload


def _section(payload: bytes, table: int) -> bytes:
    """Return the body of the section that begins in this packet, without its checksum."""
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
    """Take the first video and the first audio stream of a program; skip a program without video."""
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


def _read_tail(window: Window, start: int, step: int, stream: _Stream) -> list[Times]:
    """Return the times at the end: as many as determine the last one shown, or as the plan reaches."""
    end = start + (window.size - start) // step * step
    begin, tail = end, b""
    times: list[Times] = []
    is_short = end - window.reach(0) <= 2 * _TAIL_BYTES[0]
    for length in (end,) if is_short else _TAIL_BYTES:
        offset = max(start, begin - length // step * step)
        if tells_last(times, stream.times) or not window.can_plan(offset, begin - offset):
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
