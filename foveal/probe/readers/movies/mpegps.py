"""MPEG program streams of MPEG-1 and MPEG-2, as on Video CD and DVD (ISO/IEC 11172-1; ISO/IEC 13818-1, 2.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from foveal.probe.codecs.audio_frames import read_frame
from foveal.probe.codecs.elementary import first_picture
from foveal.probe.codecs.pictures import Picture
from foveal.probe.containers.pes import CLOCK, WRAP, Times, rate_of, read_times, without_header
from foveal.probe.errors import ProbeError, Reason, malformed, not_media
from foveal.probe.facts import Audio, Facts
from foveal.probe.window import KIB, Window

_HEAD_BYTES = 2048 * KIB
_TAIL_BYTES = 64 * KIB
_AUDIO_BYTES = 4 * KIB
_STEP_BYTES = 16 * KIB
_ENOUGH_TIMES = 40
_SEARCHED_AGAIN_BYTES = 4 * KIB  # more than any parameter set that a bit reader takes
_PACK, _SYSTEM, _MAP, _PRIVATE, _END = 0xBA, 0xBB, 0xBC, 0xBD, 0xB9
_MAPPED = {0x01: "mpeg1video", 0x02: "mpeg2video", 0x10: "mpeg4", 0x1B: "h264", 0x24: "hevc"}
_PRIVATE_AUDIO = ((0x80, 0x88, "ac3"), (0x88, 0x90, "dts"), (0xA0, 0xB0, "pcm_dvd"))
_CODECS_BY_START = (
    (b"\0\0\1\xb3", "mpeg2video"),
    (b"\0\0\1\x67", "h264"),
    (b"\0\0\1\x27", "h264"),
    (b"\0\0\1\x40\1", "hevc"),
    (b"\0\0\1\xb0", "mpeg4"),
)


@dataclass(slots=True)
class _Streams:
    """The first video and the first audio stream as far as they were read."""

    video_id: int | None = None
    video_codec: str | None = None
    video: bytearray = field(default_factory=bytearray)
    times: list[Times] = field(default_factory=list)
    audio_id: int | None = None
    audio_codec: str | None = None
    audio: bytearray = field(default_factory=bytearray)


def read(window: Window, facts: Facts) -> None:
    """Read codec, size and rate from the packets at the start, the duration from the times at the end."""
    facts.set_kind("video", "mpegps", "video/mpeg")
    streams = _Streams()
    picture = _read_head(window, streams)
    if streams.video_id is None:
        raise not_media("a program stream without video")
    if picture is None:
        if window.size > _HEAD_BYTES:
            raise ProbeError(Reason.TOO_MANY_READS, f"no picture size in the first {_HEAD_BYTES} bytes")
        raise malformed("no picture size in its video")
    facts.codec = streams.video_codec
    picture.fill(facts)
    if streams.audio_id is not None:
        facts.audio = Audio(streams.audio_codec)
        read_frame(bytes(streams.audio), facts.audio)
        if streams.audio_codec == "pcm_dvd":
            _read_dvd_pcm(bytes(streams.audio), facts.audio)
    facts.frame_rate = picture.frame_rate or rate_of(streams.times, picture.nominal_rate)
    if facts.frame_rate is not None and streams.times and facts.codec in ("mpeg1video", "mpeg2video"):
        facts.duration_seconds = _duration(window, streams, CLOCK * facts.frame_rate.den / facts.frame_rate.num)


def _read_head(window: Window, streams: _Streams) -> Picture | None:
    """Gather packets until the picture is known, and then those in memory."""
    picture: Picture | None = None
    searched = 0
    for offset, stream_id, payload in _packets(window, 0, min(window.size, _HEAD_BYTES)):
        _take(stream_id, payload, streams)
        if picture is None and len(streams.video) - searched >= 1024:
            picture = _picture(streams)
            del streams.video[:-_SEARCHED_AGAIN_BYTES]
            searched = len(streams.video)
        is_complete = len(streams.times) >= _ENOUGH_TIMES and len(streams.audio) >= 1024
        if picture is not None and (is_complete or not window.has(offset, 6)):
            break
    return picture or _picture(streams)


def _picture(streams: _Streams) -> Picture | None:
    data = bytes(streams.video)
    if streams.video_codec is None:
        streams.video_codec = next((codec for start, codec in _CODECS_BY_START if start in data), None)
    found = first_picture(data, streams.video_codec)
    if found is None:
        return None
    picture, streams.video_codec = found
    return picture


def _packets(window: Window, offset: int, end: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield (offset of the next packet, stream id, packet with its header) of each packet from `offset` on."""
    while offset + 6 <= end:
        head = window.upto(offset, 14)
        if head[:3] != b"\0\0\1" or len(head) < 6:
            offset = _next_start(window, offset + 1, end)
            continue
        stream_id = head[3]
        if stream_id == _END:
            offset += 4
        elif stream_id == _PACK:
            is_mpeg2 = len(head) == 14 and head[4] >> 6 == 1
            offset += 14 + (head[13] & 7) if is_mpeg2 else 12
        elif stream_id < _SYSTEM:  # a start code of the video between lost packets
            offset += 4
        else:
            length = int.from_bytes(head[4:6], "big")
            payload = window.upto(offset, 6 + length)
            offset += 6 + length
            yield offset, stream_id, payload


def _next_start(window: Window, offset: int, end: int) -> int:
    """Return the offset of the next pack header, `end` if there is none."""
    while offset < end:
        data = window.upto(offset, min(_STEP_BYTES, end - offset))
        at = data.find(b"\0\0\1\xba")
        if at >= 0:
            return offset + at
        if len(data) < 4:
            break
        offset += len(data) - 3
    return end


def _take(stream_id: int, packet: bytes, streams: _Streams) -> None:
    if 0xE0 <= stream_id <= 0xEF and streams.video_id in (None, stream_id):
        streams.video_id = stream_id
        times, payload = _video(packet)
        if times is not None:
            streams.times.append(times)
        streams.video += payload
    elif 0xC0 <= stream_id <= 0xDF and streams.audio_id in (None, stream_id):
        streams.audio_id, streams.audio_codec = stream_id, "mp2"
        if len(streams.audio) < _AUDIO_BYTES:
            streams.audio += _video(packet)[1]
    elif stream_id == _PRIVATE:
        _take_private(without_header(packet), streams)
    elif stream_id == _MAP:
        _take_map(packet, streams)


def _video(packet: bytes) -> tuple[Times | None, bytes]:
    """Return the times of a packet, and its part of the elementary stream."""
    if len(packet) > 8 and packet[6] >> 6 == 2:
        return read_times(packet), without_header(packet)
    at = 6  # MPEG-1 (ISO/IEC 11172-1, 2.4.3.3): stuffing, buffer size, times
    while at < len(packet) and packet[at] == 0xFF:
        at += 1
    if at < len(packet) and packet[at] >> 6 == 1:
        at += 2
    kind = packet[at] >> 4 if at < len(packet) else 0
    if kind not in (2, 3) or at + (10 if kind == 3 else 5) > len(packet):
        return None, packet[at + 1 :]
    shown = _time(packet[at : at + 5])
    if kind == 2:
        return Times(shown, shown), packet[at + 5 :]
    return Times(shown, _time(packet[at + 5 : at + 10])), packet[at + 10 :]


def _time(b: bytes) -> int:
    return (b[0] >> 1 & 7) << 30 | b[1] << 22 | b[2] >> 1 << 15 | b[3] << 7 | b[4] >> 1


def _take_private(payload: bytes, streams: _Streams) -> None:
    """Take a packet of private stream 1, as DVD uses it: the first byte is the number of the sub-stream."""
    if not payload:
        return
    number = payload[0]
    codec = next((codec for first, end, codec in _PRIVATE_AUDIO if first <= number < end), None)
    if codec is None or streams.audio_id not in (None, _PRIVATE << 8 | number):
        return
    streams.audio_id, streams.audio_codec = _PRIVATE << 8 | number, codec
    if len(streams.audio) < _AUDIO_BYTES:
        streams.audio += payload[4:]


def _read_dvd_pcm(data: bytes, audio: Audio) -> None:
    """Read the header of linear PCM on DVD: depth, sample rate and channels in the second byte."""
    if len(data) >= 2:
        audio.sample_rate, audio.channels = (48000, 96000, 44100, 32000)[data[1] >> 4 & 3], (data[1] & 7) + 1


def _take_map(packet: bytes, streams: _Streams) -> None:
    """Take the codec of the video from a program stream map (ISO/IEC 13818-1, 2.5.4)."""
    at = 10 + int.from_bytes(packet[8:10], "big")
    end = at + 2 + int.from_bytes(packet[at : at + 2], "big")
    at += 2
    while at + 4 <= min(end, len(packet)):
        kind, stream_id = packet[at], packet[at + 1]
        if 0xE0 <= stream_id <= 0xEF and streams.video_codec is None:
            streams.video_codec = _MAPPED.get(kind)
        at += 4 + int.from_bytes(packet[at + 2 : at + 4], "big")


def _duration(window: Window, streams: _Streams, frame: float) -> float | None:
    """Return the duration by the last time of the video and the pictures from it on, as far as the plan reaches.

    A packet states the time of its first picture alone. `frame` is the duration of a picture in ticks.
    """
    start = max(0, window.size - _TAIL_BYTES)
    if not window.can_plan(start, window.size - start):
        return None
    window.read(start, window.size - start)
    last = _Streams(video_id=streams.video_id, audio_id=streams.audio_id)
    for _, stream_id, packet in _packets(window, _next_start(window, start, window.size), window.size):
        count = len(last.times)
        before = len(last.video)
        _take(stream_id, packet, last)
        if len(last.times) > count:
            del last.video[:before]
    if not last.times:
        return None
    ticks = (last.times[-1].decoded - streams.times[0].decoded) % WRAP + _frames(bytes(last.video)) * frame
    return round(ticks / CLOCK, 6) if ticks < WRAP // 2 else None


def _frames(video: bytes) -> float:
    """Count the frames of pictures in an elementary stream; a field is half of one (ISO/IEC 13818-2, 6.3.10)."""
    frames = 0.0
    for found in re.finditer(b"\0\0\x01\0", video):
        extension = video.find(b"\0\0\1\xb5", found.end(), found.end() + 32)
        is_field = 0 <= extension < len(video) - 6 and video[extension + 4] >> 4 == 8 and video[extension + 6] & 3 != 3
        frames += 0.5 if is_field else 1
    return frames
