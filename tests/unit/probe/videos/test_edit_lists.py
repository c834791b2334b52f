"""Edit lists: the frame count is that of the frames that FFmpeg shows."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

import av
import pytest

from foveal.probe import MemorySource, probe
from tests.unit.probe.movies import every_movie, movie
from tests.unit.probe.test_hostile import box

_TIMESCALE = 12_800  # of a track of 25 frames a second, as FFmpeg writes it: 512 for each
_OFFSET = 1024  # composition time of the first frame where two may be reordered

Edits = Sequence[tuple[int, int]]
"""Duration in milliseconds and media time of each edit."""


def _with_edits(data: bytes, edits: Edits, *, is_wide: bool = False) -> bytes:
    """Return the movie, its index last, with another edit list."""
    at, moov, trak = data.index(b"edts") - 4, data.index(b"moov") - 4, data.index(b"trak") - 4
    assert moov > data.index(b"mdat")
    end = at + int.from_bytes(data[at : at + 4], "big")
    entries = b"".join(struct.pack(">Qq" if is_wide else ">Ii", *edit) + struct.pack(">I", 1 << 16) for edit in edits)
    listed = box(b"edts", box(b"elst", struct.pack(">II", is_wide << 24, len(edits)) + entries))
    changed = bytearray(data[:at] + listed + data[end:])
    for parent in (moov, trak):
        size = int.from_bytes(data[parent : parent + 4], "big") + len(listed) - (end - at)
        struct.pack_into(">I", changed, parent, size)
    return bytes(changed)


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
    data = _with_edits(movie(frames=frames), edits, is_wide=is_wide)
    assert _counted(data) == _decoded(data)


@pytest.mark.parametrize("start", [0, 512, 3 * 512])
def test_frame_count_follows_the_edit_when_frames_are_not_reordered(start: int) -> None:
    data = movie(codec_options={"bf": "0"})
    edited = _with_edits(data, [(240, start)])
    assert _counted(edited) == _decoded(edited) == 6


def test_frame_count_follows_the_edit_when_the_rate_varies() -> None:
    data = _with_edits(every_movie()["mp4-variable"], [(300, 0)])
    assert _counted(data) == _decoded(data)


def test_frame_count_is_that_of_the_track_when_nothing_is_edited() -> None:
    for name, data in every_movie().items():
        if name.startswith(("mp4", "mov", "3gp")):
            assert _counted(data) == _decoded(data), name
