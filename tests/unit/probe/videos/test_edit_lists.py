"""Edit lists: the frame count is that of the frames that FFmpeg shows."""

from __future__ import annotations

import io
import time

import av
import pytest

from foveal.probe import Budget, MemorySource, probe
from foveal.probe.readers.isobmff.edits import Edit, SampleTimes, shown_samples
from foveal.probe.window import Window
from tests.unit.probe.movies import Edits, every_movie, movie, with_edits

_OFFSET = 1024  # composition time of the first frame where two may be reordered


def _decoded(data: bytes) -> int:
    with av.open(io.BytesIO(data)) as container:
        return sum(1 for _ in container.decode(video=0))


def _counted(data: bytes) -> int | None:
    return probe(MemorySource(data)).frame_count


@pytest.mark.parametrize("is_wide", [False, True])
@pytest.mark.parametrize(
    "edits",
    [
        [(480, _OFFSET)],
        [(200, _OFFSET)],
        [(200, _OFFSET + 512)],
        [(210, _OFFSET + 700)],
        [(5000, _OFFSET + 5 * 512)],
        [(100, -1), (480, _OFFSET)],
        [(40, _OFFSET + 6 * 512)],
        [(120, _OFFSET), (120, _OFFSET + 6 * 512)],
    ],
)
@pytest.mark.parametrize("frames", [12, 50])
def test_frame_count_is_that_of_the_frames_shown(edits: Edits, frames: int, is_wide: bool) -> None:
    data = with_edits(movie(frames=frames), edits, is_wide=is_wide)
    assert _counted(data) == _decoded(data)


@pytest.mark.parametrize("start", [0, 512, 3 * 512])
def test_frame_count_follows_the_edit_when_frames_are_not_reordered(start: int) -> None:
    data = movie(codec_options={"bf": "0"})
    edited = with_edits(data, [(240, start)])
    assert _counted(edited) == _decoded(edited) == 6


def test_frame_count_follows_the_edit_when_the_rate_varies() -> None:
    data = with_edits(every_movie()["mp4-variable"], [(300, 0)])
    assert _counted(data) == _decoded(data)


def test_frame_count_is_that_of_the_track_when_nothing_is_edited() -> None:
    for name, data in every_movie().items():
        if name.startswith(("mp4", "mov", "3gp")):
            assert _counted(data) == _decoded(data), name


def test_edits_are_not_compared_one_by_one_when_a_table_has_thousands_of_runs() -> None:
    times = SampleTimes([(1, 1 + each % 2) for each in range(4000)], [(1, each % 3) for each in range(4000)])
    times.has_offsets = True
    edits = [Edit(5, each) for each in range(1300)]
    begin = time.process_time()
    shown = shown_samples(Window(MemorySource(b"moov"), Budget()), edits, times, 4000, 6000, (1000, 1000))
    assert shown is None
    assert time.process_time() - begin < 0.5
