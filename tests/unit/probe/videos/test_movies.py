"""FFmpeg, an independent reader, agrees on every video that the tests make."""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from typing import Any

import av
import pytest

from foveal.probe import Facts, MemorySource, probe
from tests.unit.probe.movies import HEIGHT, WIDTH, every_movie, movie, turned

_FORMATS = {"mp4": "mp4", "mov": "mov", "3gp": "3gp", "mkv": "mkv", "webm": "webm", "avi": "avi", "ts": "mpegts"}
_DEPTHS = {"yuv420p10le": 10, "yuv422p10le": 10}


def _facts(data: bytes) -> Facts:
    return probe(MemorySource(data))


@pytest.mark.parametrize("name", every_movie())
def test_picture_and_codec_agree_with_ffmpeg_when_the_container_is_any(name: str) -> None:
    data = every_movie()[name]
    facts = _facts(data)
    with av.open(io.BytesIO(data)) as file:
        stream = file.streams.video[0]
        assert facts.format == _FORMATS[name.split("-")[0]]
        assert (facts.stored_width, facts.stored_height) == (stream.codec_context.width, stream.codec_context.height)
        assert facts.codec == stream.codec_context.name.removeprefix("lib").replace("dav1d", "av1")
        if facts.bit_depth is not None:
            assert facts.bit_depth == _DEPTHS.get(stream.codec_context.pix_fmt, 8)
        if facts.pixel_aspect is not None:
            assert Fraction(facts.pixel_aspect.num, facts.pixel_aspect.den) == stream.sample_aspect_ratio


@pytest.mark.parametrize("name", every_movie())
def test_times_agree_with_ffmpeg_when_the_container_is_any(name: str) -> None:
    data = every_movie()[name]
    facts = _facts(data)
    with av.open(io.BytesIO(data)) as file:
        stream = file.streams.video[0]
        frames = sum(1 for packet in file.demux(stream) if packet.size)
        assert facts.frame_count in (frames, None)
        if name.split("-")[0] in ("mp4", "mov", "3gp", "avi"):
            assert facts.frame_count == frames
        assert facts.frame_rate is not None
        assert Fraction(facts.frame_rate.num, facts.frame_rate.den) == stream.average_rate
        if name == "webm-live":
            assert facts.duration_seconds is None
        elif name.startswith("ts") or name == "mp4-fragmented-index":
            # FFmpeg counts from zero to the end, the silence before the first frame included.
            assert facts.duration_seconds == frames / 25
        elif name == "mp4-variable":
            # The movie header holds the last frame longer than the track's own table, which FFmpeg adds up.
            assert facts.duration_seconds == 0.64
        else:
            assert file.duration is not None
            assert facts.duration_seconds == pytest.approx(file.duration / 1_000_000, abs=0.002)


@pytest.mark.parametrize(
    "name", [name for name in every_movie() if name in ("mp4-sound", "mov", "mkv", "avi", "ts", "ts-mpeg2")]
)
def test_sound_agrees_with_ffmpeg_when_there_is_a_track(name: str) -> None:
    data = every_movie()[name]
    audio = _facts(data).audio
    assert audio is not None
    with av.open(io.BytesIO(data)) as file:
        stream = file.streams.audio[0]
        assert (audio.codec, audio.channels, audio.sample_rate) == (
            stream.codec_context.name.removeprefix("lib"),
            stream.codec_context.channels,
            stream.codec_context.sample_rate,
        )


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_sides_turn_when_the_track_matrix_turns(degrees: int) -> None:
    data = every_movie()[f"mp4-turned-{degrees}"]
    facts = _facts(data)
    with av.open(io.BytesIO(data)) as file:
        frame = next(file.decode(video=0))
        assert facts.rotation == -frame.rotation % 360
    assert (facts.width, facts.height) == ((HEIGHT, WIDTH) if degrees in (90, 270) else (WIDTH, HEIGHT))


def test_rate_is_the_average_and_named_variable_when_frames_last_differently() -> None:
    facts = _facts(every_movie()["mp4-variable"])
    assert facts.is_variable_frame_rate
    assert _facts(every_movie()["mp4"]).is_variable_frame_rate is False


def test_rate_is_an_exact_fraction_when_it_is_ntsc() -> None:
    rate = _facts(every_movie()["mp4-ntsc"]).frame_rate
    assert rate is not None
    assert (rate.num, rate.den) == (30000, 1001)


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_high_dynamic_range_is_named_when_the_stream_states_its_transfer(codec: str) -> None:
    for transfer, name in ((16, "pq"), (18, "hlg"), (1, None)):

        def colour(stream: Any, transfer: int = transfer) -> None:
            context = stream.codec_context
            context.color_primaries, context.color_trc, context.colorspace = 9, transfer, 9

        options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
        facts = _facts(movie(codec=codec, pixel_format="yuv420p10le", codec_options=options, change=colour))
        assert facts.hdr_format == name
        assert facts.hdr is (name is not None)
        assert facts.colour_primaries == "bt2020"


def test_edit_list_leaves_the_frame_count_whole_when_it_skips_the_start() -> None:
    data = every_movie()["mp4"]  # B-frames make FFmpeg write an edit list with a media time past zero
    assert b"elst" in data
    assert _facts(data).frame_count == 12


def test_fragments_give_the_duration_when_the_movie_box_states_none() -> None:
    for name in ("mp4-fragmented", "mp4-fragmented-index"):
        facts = _facts(every_movie()[name])
        assert facts.is_fragmented
        assert facts.duration_seconds == pytest.approx(0.48)


def test_turned_movie_is_the_plain_one_when_the_turn_is_zero() -> None:
    plain = every_movie()["mp4"]
    assert _facts(turned(plain, 0)).document() == _facts(plain).document()


def test_rate_is_constant_when_the_last_frame_alone_is_cut_to_fit() -> None:
    data = every_movie()["mp4"]
    at = data.index(b"stts") - 4
    table = struct.pack(">I4sIIII", 24, b"stts", 0, 1, *struct.unpack_from(">II", data, at + 16))
    assert data[at : at + 24] == table
    count, delta = struct.unpack_from(">II", data, at + 16)
    cut = struct.pack(">I4sIIIIII", 32, b"stts", 0, 2, count - 1, delta, 1, 7)
    grown = bytearray(data[:at] + cut + data[at + 24 :])
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
        start = grown.index(kind) - 4
        struct.pack_into(">I", grown, start, struct.unpack_from(">I", grown, start)[0] + 8)
    facts = _facts(bytes(grown))
    assert facts.is_variable_frame_rate is False
    assert facts.frame_rate is not None
    assert (facts.frame_rate.num, facts.frame_rate.den, facts.frame_count) == (25, 1, 12)
