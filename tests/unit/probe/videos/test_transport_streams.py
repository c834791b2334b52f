"""Transport streams as receivers, cameras and packagers write them."""

from __future__ import annotations

import pytest

from foveal.probe import CountedSource, Facts, MemorySource, ProbeError, Reason, probe
from tests.unit.probe.movies import every_movie, movie

_STUFFING = b"\x47\x1f\xff\x10" + b"\xff" * 184
_CLOCK = 90_000


def _facts(data: bytes) -> Facts:
    return probe(MemorySource(data))


def _packets(data: bytes) -> list[bytes]:
    return [data[at : at + 188] for at in range(0, len(data), 188)]


def _pid(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def test_duration_is_whole_when_the_clock_wraps_in_between() -> None:
    start = 2**33 - 30 * 3600
    data = movie("mpegts", frames=60, times=[start + 3600 * index for index in range(60)], timescale=_CLOCK)
    facts = _facts(data)
    assert facts.duration_seconds == 2.4
    assert facts.frame_rate is not None
    assert (facts.frame_rate.num, facts.frame_rate.den) == (25, 1)


def test_picture_is_found_when_the_tables_come_after_it() -> None:
    packets = _packets(every_movie()["ts"])
    tables = [packet for packet in packets if _pid(packet) in (0, 0x1000)]
    others = [packet for packet in packets if _pid(packet) not in (0, 0x1000)]
    facts = _facts(b"".join(others[:40] + tables + others[40:]))
    assert (facts.width, facts.codec, facts.audio and facts.audio.codec) == (96, "h264", "aac")


def test_program_with_video_is_read_when_the_first_one_is_radio() -> None:
    data = every_movie()["ts"]
    table = next(packet for packet in _packets(data) if _pid(packet) == 0)
    at = 5 + 8  # pointer field; the section's head
    radio = table[at : at + 2] + bytes([0xE0 | 0x12, 0x34])
    section = bytearray(table[5:at] + radio + table[at:])
    section[2] += 4
    both = (table[:5] + bytes(section))[:188]
    assert _facts(data.replace(table, both)).width == 96


def test_picture_is_found_when_the_recording_begins_between_its_headers() -> None:
    data = movie("mpegts", "mpeg2video", frames=60, codec_options={"g": "30"})
    packets = _packets(data)
    header = b"\0\0\1\xb3"
    first = next(index for index, packet in enumerate(packets) if header in packet)
    tables = [packet for packet in packets[:first] if _pid(packet) in (0, 0x1000)]
    begun = b"".join(tables + packets[first + 1 :])
    assert header in begun
    facts = _facts(begun.replace(b"\x47\x40\x11", b"\x47\x40\x11") + _STUFFING * 10)
    assert (facts.width, facts.height, facts.codec) == (96, 64, "mpeg2video")


def test_sound_is_known_when_it_begins_behind_the_first_block() -> None:
    packets = _packets(every_movie()["ts"])
    sound = [packet for packet in packets if _pid(packet) == 0x101]
    others = [packet for packet in packets if _pid(packet) != 0x101]
    source = CountedSource(MemorySource(b"".join(others) + _STUFFING * 1000 + b"".join(sound)))
    facts = probe(source)
    assert facts.audio is not None
    assert (facts.audio.codec, facts.audio.channels, facts.audio.sample_rate) == ("aac", 1, 48000)
    assert source.requests <= 3


def test_mpeg_1_is_distinguished_from_mpeg_2_when_both_have_one_stream_type() -> None:
    assert _facts(movie("mpegts", "mpeg1video", frames=60)).codec == "mpeg1video"


def test_reading_ends_when_no_picture_comes_within_the_budget() -> None:
    data = every_movie()["ts"]
    tables = b"".join(packet for packet in _packets(data)[:10] if _pid(packet) in (0, 0x1000))
    source = CountedSource(MemorySource(tables + _STUFFING * 30_000))
    with pytest.raises(ProbeError) as caught:
        probe(source)
    assert caught.value.reason is Reason.TOO_MANY_READS
    assert source.requests <= 12
