"""Frames of a video by number, against decoding it from its first byte to its last."""

import io
import random
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from foveal.errors import Unrenderable
from foveal.probe import MemorySource, probe
from foveal.render.decode import video
from tests.unit.probe.movies import Edits, with_edits

LENGTH = 60
BITS = 7


def clip(container: str, codec: str, muxer: dict[str, str] | None = None, **options: str) -> io.BytesIO:
    """A video whose frames spell their own number: seven bright or dark stripes."""
    output = io.BytesIO()
    with av.open(output, "w", format=container, options=muxer or {}) as written:
        stream = written.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 224, 64, "yuv420p"
        for number in range(LENGTH):
            bits = [(number >> bit & 1) * 200 + 20 for bit in range(BITS)]
            pixels = np.repeat(np.array(bits, np.uint8), 32)[None, :, None].repeat(64, 0).repeat(3, 2)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = number
            for packet in stream.encode(frame):
                written.mux(packet)
        for packet in stream.encode():
            written.mux(packet)
    output.seek(0)
    return output


def spelled(image: Any) -> int:
    row = np.asarray(image.convert("L").resize((BITS * 4, 4)))[2]
    return sum(1 << bit for bit in range(BITS) if row[bit * 4 + 2] > 120)


X264 = {"bf": "3", "g": "12"}
OPEN_GOP = {**X264, "x264-params": "open-gop=1:b-pyramid=normal"}
CLIPS = {
    "mp4 with B-frames": lambda: clip("mp4", "libx264", None, **X264),
    "mp4 with open groups of pictures": lambda: clip("mp4", "libx264", None, **OPEN_GOP),
    "mp4 in fragments": lambda: clip("mp4", "libx264", {"movflags": "frag_keyframe+empty_moov"}, **X264),
    "mp4 of one group of pictures": lambda: clip("mp4", "libx264", bf="3", g="1000"),
    "mp4 of key frames alone": lambda: clip("mp4", "libx264", g="1"),
    "matroska": lambda: clip("matroska", "libx264", None, **OPEN_GOP),
    "webm": lambda: clip("webm", "libvpx", g="12"),
    "mpeg-ts": lambda: clip("mpegts", "libx264", None, **OPEN_GOP),
    "avi": lambda: clip("avi", "mpeg4", g="12"),
    "avi with B-frames, which has no time stamps for them": lambda: clip("avi", "libx264", None, **X264),
}


@pytest.mark.parametrize("make", CLIPS.values(), ids=CLIPS.keys())
def test_frame_is_exactly_the_one_of_that_number(make: Any) -> None:
    data = make()
    numbers = sorted({0, 1, 11, 12, 13, LENGTH - 1, *random.Random(7).sample(range(LENGTH), 8)})
    for number in numbers:
        data.seek(0)
        assert spelled(video.still(data, number, 1000)) == number


@pytest.mark.parametrize("make", CLIPS.values(), ids=CLIPS.keys())
def test_frame_behind_the_last_one_is_refused(make: Any) -> None:
    with pytest.raises(Unrenderable, match="no frame 60"):
        video.still(make(), LENGTH, 1000)


def test_frames_that_an_edit_list_cuts_off_do_not_count(tmp_path: Path) -> None:
    whole = clip("mp4", "libx264", None, **X264)
    with av.open(whole) as source, av.open(tmp_path / "cut.mp4", "w", options={"avoid_negative_ts": "disabled"}) as cut:
        stream = source.streams.video[0]
        copied = cut.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.dts is not None:
                packet.stream = copied
                packet.pts, packet.dts = packet.pts - 5 * 512, packet.dts - 5 * 512
                cut.mux(packet)
    with av.open(tmp_path / "cut.mp4") as container:
        presented = [spelled(frame.to_image()) for frame in container.decode(video=0)]
    assert presented[0] == 5, "the clip has to be cut for this test to say anything"
    for number in (0, 1, 20, len(presented) - 1):
        with (tmp_path / "cut.mp4").open("rb") as source:
            assert spelled(video.still(source, number, 1000)) == presented[number]


def edited(data: bytes, begin_frame: int, frames: int) -> bytes:
    """The clip with an edit list that shows so many frames from one on (ISO/IEC 14496-12, 8.6.6)."""
    with av.open(io.BytesIO(data)) as container:
        rate, unit = container.streams.video[0].average_rate, container.streams.video[0].time_base
        assert rate
        assert unit
        ticks = int(1 / (rate * unit))
    at = data.index(b"elst") + 12
    delay = int.from_bytes(data[at + 4 : at + 8], "big")
    entry = (frames * 1_000 // 25).to_bytes(4, "big") + (delay + begin_frame * ticks).to_bytes(4, "big")
    return data[:at] + entry + data[at + 8 :]


@pytest.mark.parametrize(("begin", "frames"), [(0, 60), (0, 25), (12, 30), (15, 45), (7, 1), (59, 1)])
@pytest.mark.parametrize("options", [X264, OPEN_GOP, {"g": "12", "bf": "0"}], ids=["B-frames", "open", "simple"])
def test_frames_are_counted_as_the_facts_say_and_players_show(begin: int, frames: int, options: dict[str, str]) -> None:
    data = edited(clip("mp4", "libx264", None, **options).getvalue(), begin, frames)
    assert probe(MemorySource(data)).frame_count == frames
    for number in {0, frames // 2, frames - 1}:
        assert spelled(video.still(io.BytesIO(data), number, 1000)) == begin + number
    with pytest.raises(Unrenderable, match=f"no frame {frames}"):
        video.still(io.BytesIO(data), frames, 1000)


def test_only_the_bytes_around_a_frame_are_read_when_the_index_names_it() -> None:
    class Counting(io.BytesIO):
        total = 0

        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            self.total += len(data)
            return data

    noise = np.random.default_rng(0)
    output = io.BytesIO()
    with av.open(output, "w", format="mp4") as written:
        stream = written.add_stream("libx264", rate=25, options={"g": "10", "crf": "5", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for _ in range(150):
            frame = av.VideoFrame.from_ndarray(noise.integers(0, 255, (240, 320, 3), np.uint8), format="rgb24")
            written.mux(stream.encode(frame))
        written.mux(stream.encode())
    data = Counting(output.getvalue())
    video.still(data, 140, 320)
    assert data.total < len(output.getvalue()) / 2


@pytest.mark.parametrize("edits", [[(1000, 1024 + 10 * 512)], [(200, 1024)], [(400, 1024), (400, 1024 + 20 * 512)]])
def test_frames_of_an_edited_movie_are_as_many_as_its_header_states(edits: Edits) -> None:
    data = with_edits(clip("mp4", "libx264", None, **X264).getvalue(), edits)
    count = probe(MemorySource(data)).frame_count
    with av.open(io.BytesIO(data)) as container:
        shown = [spelled(frame.to_image()) for frame in container.decode(video=0)]
    assert count == len(shown)
    for number in (0, 1, count - 1):
        assert spelled(video.still(io.BytesIO(data), number, 224)) == shown[number]
    with pytest.raises(Unrenderable):
        video.still(io.BytesIO(data), count, 224)
