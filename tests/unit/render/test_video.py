import io
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from foveal.render import video
from foveal.render.errors import Unrenderable
from tests.unit.render.pictures import is_near

COLOURS = [(200, 30, 30), (30, 200, 30), (30, 30, 200), (200, 200, 30), (30, 200, 200)]


def clip(
    format: str = "mp4", seconds: int = 5, size: tuple[int, int] = (320, 180), aspect: Fraction | None = None
) -> bytes:
    """A video with another colour in each second, and a key frame in each."""
    output = io.BytesIO()
    with av.open(output, "w", format=format) as container:
        stream = container.add_stream("libvpx" if format == "webm" else "mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.gop_size = 10
        stream.bit_rate = 2_000_000
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        for number in range(seconds * 10):
            pixels = np.full((size[1], size[0], 3), COLOURS[number // 10 % 5], np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return output.getvalue()


@pytest.mark.parametrize("format", ["mp4", "matroska", "webm", "avi", "mpegts"])
def test_the_poster_is_a_frame_of_the_first_second(format: str) -> None:
    poster = video.poster(io.BytesIO(clip(format)), 160)
    assert poster.size == (160, 90)
    # MPEG-TS has no index: the key frame after the instant is as good
    wanted = COLOURS[:2] if format == "mpegts" else COLOURS[:1]
    assert any(is_near(poster.getpixel((80, 45)), colour, 16) for colour in wanted)


def test_the_strip_shows_ten_instants_in_order() -> None:
    strip = video.strip(io.BytesIO(clip()), 100)
    assert strip.size == (1000, 56)
    for number in range(10):
        assert is_near(strip.getpixel((number * 100 + 50, 28)), COLOURS[number // 2], 16)


def test_pixels_are_square_when_the_video_says_that_its_own_are_not() -> None:
    poster = video.poster(io.BytesIO(clip("matroska", 1, (160, 180), Fraction(2, 1))), 1000)
    assert poster.size == (320, 180)


def turned(data: bytes) -> bytes:
    """The clip with a display matrix of 90 degrees, as phones write (ISO/IEC 14496-12, track header)."""
    at = data.index(b"tkhd") + 4 + 40
    assert data[at : at + 4] == (1 << 16).to_bytes(4, "big")
    matrix = [0, 1 << 16, 0, -(1 << 16), 0, 0, 180 << 16, 0, 1 << 30]
    return data[:at] + b"".join(each.to_bytes(4, "big", signed=True) for each in matrix) + data[at + 36 :]


def test_the_poster_stands_upright_when_the_camera_was_turned() -> None:
    poster = video.poster(io.BytesIO(turned(clip())), 1000)
    assert poster.size == (180, 320)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"\0\0\0\x20ftypisom" + b"\0" * 100,
        clip()[:2_000],
    ],
    ids=["empty", "playlist", "concat", "no movie", "truncated"],
)
def test_what_is_no_video_or_points_elsewhere_is_refused(data: bytes) -> None:
    with pytest.raises(Unrenderable):
        video.poster(io.BytesIO(data), 160)


def test_a_picture_of_the_poster_can_be_encoded() -> None:
    from foveal.render.images import encode

    with Image.open(io.BytesIO(encode(video.poster(io.BytesIO(clip("mp4", 1)), 160), "webp"))) as shown:
        assert shown.size == (160, 90)
