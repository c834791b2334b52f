import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from foveal.derivatives.recipes import Recipe
from foveal.errors import Unrenderable
from foveal.probe import MemorySource, probe
from foveal.render.decode import picture as stills
from foveal.render.decode import video
from tests.unit.render.pictures import CORNERS, corners_of, is_near, quartered
from tests.unit.render.test_images import UNDOING

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
def test_poster_is_a_frame_of_the_first_second(format: str) -> None:
    poster = video.poster(io.BytesIO(clip(format)), 160)
    assert poster.size == (160, 90)
    # MPEG-TS has no index: the key frame after the instant is as good
    wanted = COLOURS[:2] if format == "mpegts" else COLOURS[:1]
    assert any(is_near(poster.getpixel((80, 45)), colour, 16) for colour in wanted)


def test_strip_shows_ten_instants_in_order() -> None:
    strip = video.strip(io.BytesIO(clip()), 100)
    assert strip.size == (1000, 56)
    for number in range(10):
        assert is_near(strip.getpixel((number * 100 + 50, 28)), COLOURS[number // 2], 16)


def test_pixels_are_square_when_the_video_says_that_its_own_are_not() -> None:
    poster = video.poster(io.BytesIO(clip("matroska", 1, (160, 180), Fraction(2, 1))), 1000)
    assert poster.size == (320, 180)


def with_matrix(data: bytes, a: int, b: int, c: int, d: int) -> bytes:
    """The clip with a display matrix, as phones write (ISO/IEC 14496-12, track header)."""
    at = data.index(b"tkhd") + 4 + 40
    assert data[at : at + 4] == (1 << 16).to_bytes(4, "big")
    matrix = [a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30]
    return data[:at] + b"".join(each.to_bytes(4, "big", signed=True) for each in matrix) + data[at + 36 :]


@pytest.mark.parametrize(
    ("matrix", "orientation"),
    [
        ((1, 0, 0, 1), 1),
        ((-1, 0, 0, 1), 2),
        ((-1, 0, 0, -1), 3),
        ((1, 0, 0, -1), 4),
        ((0, 1, 1, 0), 5),
        ((0, 1, -1, 0), 6),
        ((0, -1, -1, 0), 7),
        ((0, -1, 1, 0), 8),
    ],
)
def test_poster_stands_upright_when_the_camera_was_turned_or_mirrored(
    matrix: tuple[int, int, int, int], orientation: int
) -> None:
    upright, turn = quartered(320, 176), UNDOING[orientation]
    data = clip_of([upright if turn is None else upright.transpose(turn)] * 3)
    poster = video.poster(io.BytesIO(with_matrix(data, *matrix)), 1000)
    assert poster.size == (320, 176)
    found = corners_of(poster)
    assert all(is_near(found[name], CORNERS[name], 24) for name in CORNERS)


def clip_of(pictures: list[Image.Image], codec: str = "mpeg4", pix_fmt: str = "yuv420p", **colour: int) -> bytes:
    output = io.BytesIO()
    with av.open(output, "w", format="mp4") as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = *pictures[0].size, pix_fmt
        stream.bit_rate = 8_000_000
        for name, value in colour.items():
            setattr(stream.codec_context, name, value)
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode())
    return output.getvalue()


def test_high_dynamic_range_is_shown_bright_and_not_as_a_grey_veil() -> None:
    """A frame whose samples are 58 % of PQ: the reference white of BT.2408."""
    level = round(0.58 * 255)
    picture = Image.new("RGB", (64, 64), (level, level, level))
    data = clip_of([picture] * 3, "libx264", "yuv420p10le", color_trc=16, color_primaries=9, colorspace=9)
    shown = video.still(io.BytesIO(data), 1, 64)
    assert np.asarray(shown).min() > 220


@pytest.mark.parametrize(
    ("size", "red"), [((1280, 720), (63, 102, 240)), ((640, 360), (81, 90, 240))], ids=["BT.709", "BT.601"]
)
def test_red_is_red_when_a_frame_does_not_tell_its_matrix(size: tuple[int, int], red: tuple[int, int, int]) -> None:
    """Y'CbCr of red (BT.709-6, 3.3; BT.601-7, 2.5.1); players go by the height."""
    frame = av.VideoFrame(*size, "yuv420p")
    for plane, level in zip(frame.planes, red, strict=True):
        plane.update(bytes([level]) * plane.buffer_size)
    output = io.BytesIO()
    with av.open(output, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = *size, "yuv420p", 8_000_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    output.seek(0)
    assert is_near(video.still(output, 0, 320).getpixel((100, 50)), (255, 0, 0), 6)


def test_cover_art_is_not_taken_for_the_video(tmp_path: Path) -> None:
    path = tmp_path / "cover.mp4"
    with av.open(io.BytesIO(clip("mp4", 1))) as source, av.open(path, "w", format="mp4") as container:
        cover = container.add_stream("png", rate=1)
        cover.width, cover.height, cover.pix_fmt = 16, 16, "rgb24"
        cover.disposition = av.stream.Disposition.attached_pic
        stream = container.add_stream_from_template(source.streams.video[0])
        container.mux(cover.encode(av.VideoFrame.from_image(Image.new("RGB", (16, 16), "white"))))
        container.mux(cover.encode())
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                container.mux(packet)
    with path.open("rb") as source_file:
        assert video.poster(source_file, 1000).size == (320, 180)


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
def test_video_is_refused_when_it_is_none_or_points_elsewhere(data: bytes) -> None:
    with pytest.raises(Unrenderable):
        video.poster(io.BytesIO(data), 160)


def test_picture_of_the_poster_can_be_encoded() -> None:
    from foveal.render.decode.image import encode

    with Image.open(io.BytesIO(encode(video.poster(io.BytesIO(clip("mp4", 1)), 160), "webp"))) as shown:
        assert shown.size == (160, 90)


def cropped(left: int, top: int, right: int, bottom: int) -> bytes:
    """Four colours in a grey frame, which Matroska's crop leaves out."""
    picture = Image.new("RGB", (320, 200), "gray")
    picture.paste(quartered(320 - left - right, 200 - top - bottom), (left, top))
    output = io.BytesIO()
    with av.open(output, "w", format="matroska") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 320, 200, "yuv420p", 8_000_000
        codec = stream.codec_context  # what it says of colours is where the crop is put
        codec.color_primaries, codec.color_trc, codec.colorspace, codec.color_range = 6, 6, 6, 1
        for _ in range(5):
            for packet in stream.encode(av.VideoFrame.from_image(picture)):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    data = bytearray(output.getvalue())
    at = data.index(b"\x55\xb0")
    length = 3 + (data[at + 2] & 0x7F)
    crop = b"".join(
        bytes([0x54, tag, 0x81, value]) for tag, value in ((0xAA, bottom), (0xBB, top), (0xCC, left), (0xDD, right))
    )
    filler = length - len(crop)
    data[at : at + length] = crop + bytes([0xEC, 0x80 | filler - 2]) + bytes(filler - 2)
    return bytes(data)


@pytest.mark.parametrize("crop", [(40, 30, 60, 20), (0, 30, 0, 30), (100, 0, 0, 0)])
def test_picture_is_the_part_that_the_container_states(crop: tuple[int, int, int, int]) -> None:
    data = cropped(*crop)
    facts = probe(MemorySource(data))
    size = (320 - crop[0] - crop[2], 200 - crop[1] - crop[3])
    assert (facts.width, facts.height) == size
    asset = {"media_type": "video", **facts.document()}
    for width, frame in ((1_000, 0), (1_000, None), (60, 0)):
        picture = stills.whole(asset, io.BytesIO(data), Recipe("rendition", "x", width, "png", frame=frame))
        assert picture.size == (size if width > size[0] else (60, round(60 * size[1] / size[0])))
        assert all(is_near(found, CORNERS[name], 40) for name, found in corners_of(picture).items())
        wide, high = picture.size
        near = [(2, high // 4), (wide - 3, high // 4), (wide // 4, 2), (wide // 4, high - 3)]
        pixels = np.asarray(picture.convert("RGB")).astype(int)
        assert all(np.ptp(pixels[y, x]) > 100 for x, y in near), "the grey frame is to be seen"
