"""Edit lists (ISO/IEC 14496-12, 8.6.6): the number of frames of a track that players show."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from foveal.probe.containers.bmff import Box, body, children
from foveal.probe.errors import malformed
from foveal.probe.window import Window

_MAX_EDITS_BYTES = 16 * 1024
_LEADING_RUNS = 32
_MAX_COMPARISONS = 200_000
"""Edits multiplied by runs; real files have a few edits."""
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
    """The table of offsets, of which `offsets` holds the first runs alone."""
    has_offsets: bool = False
    """True once the file has shown if there are offsets."""


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
    """Read the first composition offsets if they are in memory: those of the frames that may precede the first one."""
    if not window.has(ctts.body, min(ctts.size, 8 + 8 * _LEADING_RUNS)):
        return
    (count,) = struct.unpack_from(">I", window.read(ctts.body, 8), 4)
    if 8 * count > ctts.size - 8:
        raise malformed("a composition time table larger than its box")
    times.has_offsets = True
    times.table = (
        Box(ctts.kind, ctts.start, ctts.body + 8, ctts.body + 8 + 8 * count) if count > _LEADING_RUNS else None
    )
    # Version 0 has no sign, and no file has offsets so large that it matters.
    times.offsets = list(struct.iter_unpack(">Ii", window.read(ctts.body + 8, 8 * min(count, _LEADING_RUNS))))


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
    table_runs = times.table.size // 8 if times.table else 0
    if len(ranges) * (len(times.deltas) + len(times.offsets) + table_runs) > _MAX_COMPARISONS:
        return None
    is_one = len(ranges) == 1
    if not times.deltas or not times.has_offsets:
        delay = times.offsets[0][1] if times.offsets else _MAX_DELAYED_FRAMES * duration // count
        return count if is_one and ranges[0][0] <= delay and ranges[0][1] >= duration else None
    if times.table is None:
        return sum(_between(_runs(times), start, end) for start, end in ranges) or None
    first = min(time for time, _, _ in _runs(times))
    if is_one and ranges[0][0] <= first and ranges[0][1] - ranges[0][0] >= duration:
        return count
    is_even = len({delta for _, delta in times.deltas[:-1]} or {times.deltas[0][1]}) == 1
    if is_even:  # reordered frames of an even rate fill the same times
        step = times.deltas[0][1]
        shown = sum(_between([(first, step, count)], start, end) for start, end in ranges)
        if shown == count:
            return count
    if window.has(times.table.body, times.table.size) or times.table.size <= window.left_in_plan():
        times.offsets = list(struct.iter_unpack(">Ii", window.read(times.table.body, times.table.size)))
        return sum(_between(_runs(times), start, end) for start, end in ranges) or None
    return (shown or None) if is_even else None


def _between(runs: Iterable[tuple[int, int, int]], start: float, end: float) -> int:
    """Count the times of (first time, distance, samples) from `start` to before `end`."""
    shown = 0
    for time, delta, samples in runs:
        if start <= time and time + delta * (samples - 1) < end:  # all of them, as mostly
            shown += samples
            continue
        if delta == 0:
            continue
        first = max(0, -(-(start - time) // delta))
        last = min(samples, -(-(end - time) // delta))
        shown += max(0, int(last - first))
    return shown


def _runs(times: SampleTimes) -> Iterator[tuple[int, int, int]]:
    """Yield (first composition time, distance, samples) of each run of equal durations and known offsets."""
    offsets = iter(times.offsets or [(sum(samples for samples, _ in times.deltas), 0)])
    left, offset = next(offsets)
    time = 0
    for samples, delta in times.deltas:
        while samples:
            while left == 0:
                run = next(offsets, None)
                if run is None:
                    return
                left, offset = run
            taken = min(samples, left)
            yield time + offset, delta, taken
            time += taken * delta
            samples, left = samples - taken, left - taken
