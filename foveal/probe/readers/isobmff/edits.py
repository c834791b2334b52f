"""Edit lists (ISO/IEC 14496-12, 8.6.6): the number of frames of a track that players show."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from foveal.probe.containers.bmff import Box, body, children
from foveal.probe.errors import malformed
from foveal.probe.window import Window

_MAX_EDITS_BYTES = 16 * 1024
_MAX_DELAYED_FRAMES = 4
"""Frames that encoders keep back to reorder them, so that an edit list begins as much later."""


class Edit(NamedTuple):
    """One edit: its duration in the movie's timescale, and where it begins in the track's; -1 shows nothing."""

    duration: int
    media_time: int


@dataclass(slots=True)
class SampleTimes:
    """Decoding times of the samples as runs of (samples, duration), and their offsets to composition times."""

    deltas: list[tuple[int, int]] = field(default_factory=list)
    """Empty where the table is too long to be read."""
    offsets: list[tuple[int, int]] = field(default_factory=list)
    """Runs of (samples, offset); none where decoding and composition times are the same."""
    table: Box | None = None
    """The table of offsets, of which `offsets` holds the first run alone."""
    has_offsets: bool = False
    """Whether it is known if there are offsets."""


def read_edits(window: Window, edts: Box) -> list[Edit]:
    """Return the edits of an `edts` box; none for a list too long to be read."""
    elst = children(window, edts).get(b"elst")
    if elst is None or not 8 <= elst.size <= _MAX_EDITS_BYTES or not window.can_plan(elst.body, elst.size):
        return []
    data = body(window, elst, _MAX_EDITS_BYTES)
    step, layout = (20, ">Qq4x") if data[0] == 1 else (12, ">Ii4x")
    count = min(int.from_bytes(data[4:8], "big"), (len(data) - 8) // step)
    return [Edit(*fields) for fields in struct.iter_unpack(layout, data[8 : 8 + step * count])]


def read_offsets(window: Window, ctts: Box, times: SampleTimes) -> None:
    """Read the composition offsets as far as they are in memory: all, or the first run."""
    if not window.has(ctts.body, min(ctts.size, 16)):
        return
    (count,) = struct.unpack_from(">I", window.read(ctts.body, 8), 4)
    if 8 * count > ctts.size - 8:
        raise malformed("a composition time table larger than its box")
    times.has_offsets = True
    is_here = window.has(ctts.body + 8, 8 * count)
    times.table = None if is_here else ctts
    # Version 0 has no sign, and no file has offsets so large that it matters.
    times.offsets = list(struct.iter_unpack(">Ii", window.read(ctts.body + 8, 8 * count if is_here else 8)))


def shown_samples(
    window: Window, edits: list[Edit], times: SampleTimes, count: int, duration: int, scales: tuple[int, int]
) -> int | None:
    """Return how many frames the edits show, as FFmpeg does; None if it depends on tables that are out of reach.

    `count`, `duration` and the first of `scales` are those of the track, the second one is the movie's timescale. An
    edit shows the frames whose composition times it contains; a list without any edit of media shows all frames.
    """
    ranges = []
    for edit in edits:
        if edit.media_time >= 0:
            length = round(edit.duration * scales[0] / scales[1]) if edit.duration and scales[1] else inf
            ranges.append((edit.media_time, edit.media_time + length))
    if not ranges:
        return count
    if not times.deltas or not times.has_offsets:
        delay = times.offsets[0][1] if times.offsets else _MAX_DELAYED_FRAMES * duration // count
        is_all = len(ranges) == 1 and ranges[0][0] <= delay and ranges[0][1] >= duration
        return count if is_all else None
    shown = sum(_between(times, start, end) for start, end in ranges)
    if times.table is not None and shown != count:
        if 0 < times.table.size - 8 <= window.left_in_plan():
            table = window.read(times.table.body + 8, (times.table.size - 8) // 8 * 8)
            times.offsets, times.table = list(struct.iter_unpack(">Ii", table)), None
            shown = sum(_between(times, start, end) for start, end in ranges)
        elif len({delta for _, delta in times.deltas[:-1]}) > 1:
            return None  # reordered frames of a variable rate
    return shown or None


def _between(times: SampleTimes, start: float, end: float) -> int:
    """Count the composition times from `start` to before `end`."""
    shown = 0
    for time, delta, samples in _runs(times):
        if delta == 0:
            shown += samples if start <= time < end else 0
            continue
        first = max(0, -(-(start - time) // delta))
        last = min(samples, -(-(end - time) // delta))
        shown += max(0, int(last - first))
    return shown


def _runs(times: SampleTimes) -> Iterator[tuple[int, int, int]]:
    """Yield (first composition time, distance, samples) of each run of equal durations and offsets.

    Where the first offset alone is known it stands for all: reordered frames of an even rate fill the same times.
    """
    offsets = iter(times.offsets)
    left, offset = next(offsets, (0, 0))
    time = 0
    for samples, delta in times.deltas:
        while samples:
            if left == 0 and times.table is None:
                left, offset = next(offsets, (samples, 0))
                continue
            taken = min(samples, left) if times.table is None else samples
            yield time + offset, delta, taken
            time += taken * delta
            samples, left = samples - taken, left - taken
