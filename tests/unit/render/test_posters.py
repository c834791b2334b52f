"""Posters and strips of videos as cameras, browsers and broadcasters write them."""

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from foveal.errors import Unrenderable
from foveal.render.decode import video
from foveal.render.decode.videos import frames, opening, pictures
from tests.unit.render.pictures import is_near, quartered
from tests.unit.render.test_video import COLOURS, clip

SIZE = (64, 48)


def movie(
    shown: Sequence[Image.Image], format: str = "mp4", codec: str = "libx264", gop: int = 1_000, **options: str
) -> bytes:
    output = io.BytesIO()
    with av.open(output, "w", format=format, options=options) as container:
        stream: Any = container.add_stream(codec, rate=10)
        stream.pix_fmt, stream.gop_size, stream.bit_rate = "yuv420p", gop, 2_000_000
        stream.width, stream.height = shown[0].size
        for number, frame in enumerate(shown):
            picture = av.VideoFrame.from_image(frame)
            picture.pts = number
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return output.getvalue()


def flat(colour: Any) -> Image.Image:
    return Image.new("RGB", SIZE, colour)


def test_poster_and_strip_show_the_enabled_track() -> None:
    output = io.BytesIO()
    with av.open(output, "w", format="mp4") as container:
        streams: list[Any] = [container.add_stream(codec, rate=10) for codec in ("mjpeg", "libx264")]
        for stream, pix_fmt in zip(streams, ("yuvj420p", "yuv420p"), strict=True):
            stream.width, stream.height, stream.pix_fmt = *SIZE, pix_fmt
            stream.disposition = opening.ENABLED if stream is streams[1] else 0
        for stream, colour in zip(streams, ("red", "blue"), strict=True):
            container.mux(stream.encode(av.VideoFrame.from_image(flat(colour))))
            container.mux(stream.encode())
    data = output.getvalue()
    for picture in (
        video.poster(io.BytesIO(data), 64),
        video.strip(io.BytesIO(data), 64),
        video.still(io.BytesIO(data), 0, 64),
    ):
        assert is_near(picture.getpixel((10, 10)), (0, 0, 255), 24)


@pytest.mark.parametrize("codec", ["libx264", "mpeg2video"])
def test_poster_of_a_transport_stream_is_its_only_key_frame(codec: str) -> None:
    data = movie([quartered(120, 80)] * 40, "mpegts", codec)
    assert is_upright_like(video.poster(io.BytesIO(data), 120))
    assert video.strip(io.BytesIO(data), 120).size == (1_200, 80)


def is_upright_like(picture: Image.Image) -> bool:
    expected = quartered(*picture.size)
    return is_near(np.asarray(picture.resize((2, 2))), np.asarray(expected.resize((2, 2))), 40)


def test_poster_is_not_black_when_the_video_fades_in() -> None:
    shown = [flat("black")] * 20 + [flat(COLOURS[0])] * 20
    assert is_near(video.poster(io.BytesIO(movie(shown, gop=5)), 64).getpixel((10, 10)), COLOURS[0], 24)


def test_poster_is_black_when_the_whole_video_is() -> None:
    assert video.poster(io.BytesIO(movie([flat("black")] * 20, gop=5)), 64).getpixel((10, 10)) == (0, 0, 0)


@pytest.mark.parametrize("colour", [(40, 40, 40), (0, 0, 120)])
def test_poster_of_a_dark_video_is_its_first_tenth(colour: tuple[int, int, int]) -> None:
    shown = [flat(colour)] * 20 + [flat("white")] * 20
    assert is_near(video.poster(io.BytesIO(movie(shown, gop=5)), 64).getpixel((10, 10)), colour, 24)


def test_strip_shows_ten_instants_when_no_duration_is_stated() -> None:
    """As MediaRecorder of browsers writes WebM."""
    shown = [flat(COLOURS[number // 20]) for number in range(100)]
    data = movie(shown, "webm", "libvpx", gop=10, live="1")
    with av.open(io.BytesIO(data)) as container:
        assert container.duration is None
    strip = video.strip(io.BytesIO(data), 64)
    for number in range(10):
        assert is_near(strip.getpixel((number * 64 + 30, 20)), COLOURS[number // 2], 30)


@pytest.mark.parametrize(
    ("data", "old", "new"),
    [(movie([flat("red")] * 3), b"avc1", b"zzz1"), (clip("webm", 1), b"V_VP8", b"V_XYZ")],
    ids=["mp4", "webm"],
)
def test_video_is_refused_when_its_codec_is_unknown(data: bytes, old: bytes, new: bytes) -> None:
    for made in (video.poster, video.strip):
        with pytest.raises(Unrenderable, match="codec"):
            made(io.BytesIO(data.replace(old, new)), 160)
    with pytest.raises(Unrenderable, match="codec"):
        video.still(io.BytesIO(data.replace(old, new)), 0, 160)


def test_strip_repeats_a_frame_when_an_instant_cannot_be_decoded() -> None:
    data = bytearray(movie([flat(COLOURS[number // 20]) for number in range(100)], gop=10))
    with av.open(io.BytesIO(bytes(data))) as container:
        keys = [packet for packet in container.demux(video=0) if packet.is_keyframe]
        for packet in keys[4:6]:
            assert packet.pos is not None
            data[packet.pos : packet.pos + packet.size] = bytes(packet.size)
    assert video.strip(io.BytesIO(bytes(data)), 64).size == (640, 48)


def test_picture_stays_bounded_when_aperture_and_aspect_disagree(monkeypatch: pytest.MonkeyPatch) -> None:
    data = clip("matroska", 1, (64, 64), Fraction(400, 1))
    monkeypatch.setattr(pictures, "MAX_SCALED_PIXELS", 64 * 64)
    for picture in (
        video.poster(io.BytesIO(data), 160, (0, 0, 1, 1)),
        video.still(io.BytesIO(data), 0, 160, (0, 0, 1, 1)),
    ):
        assert picture.width * picture.height <= 160 * 320


@pytest.mark.parametrize("limit", ["MAX_BYTES", "MAX_PIXELS"])
def test_video_is_refused_from_its_header_when_its_frames_are_too_large(
    monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    data = movie([flat("red")] * 3)
    monkeypatch.setattr(opening, limit, SIZE[0] * SIZE[1] - 1)
    with pytest.raises(Unrenderable, match="too large"):
        video.poster(io.BytesIO(data), 160)


@pytest.mark.parametrize("error", [IndexError, RuntimeError, OverflowError, av.error.EOFError(1, "end")])
def test_video_is_refused_when_its_demuxer_raises_what_it_does_not_document(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """A stream that appears later than the header is an IndexError of PyAV (found by fuzzing an FLV)."""

    def failing(*_: Any) -> None:
        raise error

    monkeypatch.setattr(frames, "key_frame_at", failing)
    monkeypatch.setattr(frames, "frame_at", failing)
    source = io.BytesIO(movie([flat("red")] * 3))
    with pytest.raises(Unrenderable, match="cannot be decoded"):
        video.poster(source, 64)
    with pytest.raises(Unrenderable, match="cannot be decoded"):
        video.still(source, 0, 64)
