"""Tables of frames, against the times of the frames that a decoder shows."""

import io
import json
from fractions import Fraction
from itertools import pairwise
from typing import Any

import av
import numpy as np
import pytest

from foveal.errors import Unrenderable
from foveal.probe import MemorySource, probe
from foveal.render.decode.videos import frame_table
from tests.unit.probe.movies import with_edits
from tests.unit.render import test_video
from tests.unit.render.test_frames import CLIPS, LENGTH, OPEN_GOP, X264, clip, edited


def told(data: bytes) -> Any:
    return json.loads(frame_table.table(io.BytesIO(data)))


def times(table: Any) -> list[Fraction]:
    """Return the seconds at which frames are presented, as a reader of the table computes them."""
    base = Fraction(table["time_base"]["num"], table["time_base"]["den"])
    found = [table["first"]]
    for count, delta in table["runs"]:
        for _ in range(count):
            found.append(found[-1] + delta)
    assert len(found) == table["frame_count"]
    return [each * base for each in found]


def decoded(data: bytes) -> list[Fraction]:
    """Return the seconds of the frames that FFmpeg decodes and shows."""
    with av.open(io.BytesIO(data)) as container:
        (stream,) = container.streams.video
        frames = list(container.decode(stream))
        assert stream.time_base is not None
        return [frame.pts * stream.time_base for frame in frames if frame.pts is not None]


@pytest.mark.parametrize("name", CLIPS)
def test_table_has_the_times_of_the_frames_that_a_decoder_shows(name: str) -> None:
    data = CLIPS[name]().getvalue()
    found = times(told(data))
    if "no time stamps" in name:
        assert {after - before for before, after in pairwise(found)} == {Fraction(1, 25)}
        assert len(found) == LENGTH
    else:
        assert found == decoded(data)


@pytest.mark.parametrize(("begin", "frames"), [(0, 60), (0, 25), (12, 30), (15, 45), (7, 1), (59, 1)])
@pytest.mark.parametrize("options", [X264, OPEN_GOP, {"g": "12", "bf": "0"}], ids=["B-frames", "open", "simple"])
def test_table_of_an_edited_movie_counts_as_its_header_does(begin: int, frames: int, options: dict[str, str]) -> None:
    data = edited(clip("mp4", "libx264", None, **options).getvalue(), begin, frames)
    table = told(data)
    assert table["frame_count"] == probe(MemorySource(data)).frame_count == frames
    assert times(table) == decoded(data)


def test_table_of_an_edit_that_begins_later_begins_later() -> None:
    data = clip("mp4", "libx264", None, **X264).getvalue()
    delayed = with_edits(data, [(500, -1), (2400, 1024)])
    assert times(told(delayed)) == decoded(delayed)
    assert times(told(delayed))[0] > 0


def test_table_of_a_variable_frame_rate_has_every_duration() -> None:
    output = io.BytesIO()
    at = [0, 40, 80, 200, 210, 220, 1000, 1041]
    with av.open(output, "w", format="mp4") as written:
        stream = written.add_stream("libx264", rate=25, options=X264)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for time in at:
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), time % 256, np.uint8), format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            written.mux(stream.encode(frame))
        written.mux(stream.encode())
    data = output.getvalue()
    assert times(told(data)) == decoded(data)
    assert [round(1000 * each) for each in times(told(data))] == at


@pytest.mark.parametrize("name", ["mp4 with B-frames", "mp4 in fragments"])
def test_media_data_of_a_movie_is_not_read(name: str) -> None:
    data = CLIPS[name]().getvalue()
    media = [(start, end) for start, end in frame_table._media_ranges(io.BytesIO(data)) if end > start]
    assert media
    blanked = bytearray(data)
    for start, end in media:
        blanked[start:end] = b"\xff" * (end - start)
    assert told(bytes(blanked)) == told(data)


def test_table_needs_no_frame_that_can_be_decoded() -> None:
    """The size of MPEG-4 part 2 stands in its frames, which are not read."""
    data = test_video.clip("mp4", 2)
    assert times(told(data)) == decoded(data)


@pytest.mark.parametrize("data", [b"", b"not a video", b"\0\0\0\x10ftypisom\0\0\0\0", b"\0\0\0\x08mdat" * 9])
def test_table_of_no_video_is_refused(data: bytes) -> None:
    with pytest.raises(Unrenderable):
        frame_table.table(io.BytesIO(data))


def test_table_of_too_many_frames_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_table, "MAX_FRAMES", LENGTH - 1)
    with pytest.raises(Unrenderable, match="more than"):
        frame_table.table(CLIPS["mp4 of key frames alone"]())
