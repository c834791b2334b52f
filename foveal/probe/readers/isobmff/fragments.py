"""Fragmented movies: duration, frame count and rate from indexes and fragments (ISO/IEC 14496-12, 8.8, 8.16)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from foveal.probe.containers.bmff import Box, body, boxes, children, version_and_flags
from foveal.probe.errors import ProbeError, Reason
from foveal.probe.facts import Facts, Fraction, bounded_count
from foveal.probe.window import KIB, Window

_TAIL_BYTES = 64 * KIB
_LONG_TAIL_BYTES = 160 * KIB
_MAX_RUN_BYTES = 256 * KIB


@dataclass(frozen=True, slots=True)
class Timing:
    """The timed video track, with its timescale and the movie's."""

    track_id: int
    timescale: int
    duration: int
    """Times of the samples in the movie box itself."""
    movie_timescale: int


@dataclass(slots=True)
class Runs:
    """Sums over the fragments read so far, in the track's timescale."""

    samples: int = 0
    duration: int = 0
    start: int | None = None
    end: int | None = None
    is_timed: bool = True
    """True when the last fragment states its start time."""
    deltas: set[int] = field(default_factory=set)


def read(window: Window, moov: Box, extends: Box, timing: Timing, facts: Facts) -> None:
    """Set duration, frame count and frame rate, each only if it is certain.

    The fragments themselves are the best witness of the duration, where the plan reaches all of them; then an
    index up to the object's end, what the movie declares for all, and the last fragment. The frame count needs every
    fragment. The rate is that of the fragments seen, given where all their frames last equally long.
    """
    default = _default_duration(window, extends, timing.track_id)
    moov_samples, moov_seconds = facts.frame_count or 0, facts.duration_seconds
    facts.duration_seconds = None
    runs = Runs(end=timing.duration) if moov_samples else Runs()
    is_whole = _walk(window, moov.end, timing, default, runs, facts)
    if timing.timescale and len(runs.deltas) == 1 and not moov_samples:
        facts.frame_rate = Fraction.of(timing.timescale, next(iter(runs.deltas)))
        facts.is_variable_frame_rate = False
    if is_whole:
        facts.frame_count = bounded_count(moov_samples + runs.samples)
        total = runs.duration + (timing.duration if moov_samples else 0)
        if runs.samples and (len(runs.deltas) > 1 or facts.is_variable_frame_rate):
            facts.frame_rate = Fraction.of((moov_samples + runs.samples) * timing.timescale, total)
            facts.is_variable_frame_rate = True
        if runs.samples:
            facts.duration_seconds = _seconds(runs.end, (0 if moov_samples else runs.start), timing)
    else:
        facts.frame_count = None
        if facts.is_variable_frame_rate:
            facts.frame_rate = None  # the average of what the movie box holds is not that of the whole
    if facts.duration_seconds is None:
        facts.duration_seconds = _declared_seconds(window, extends, timing)
    if facts.duration_seconds is None and not moov_samples:
        facts.duration_seconds = moov_seconds
    if facts.duration_seconds is None and not is_whole:
        facts.duration_seconds = _seconds(_end_from_tail(window, timing, default), runs.start, timing)


def _seconds(end: int | None, start: int | None, timing: Timing) -> float | None:
    if end is None or not timing.timescale or end <= (start or 0):
        return None
    return round((end - (start or 0)) / timing.timescale, 6)


def _declared_seconds(window: Window, extends: Box, timing: Timing) -> float | None:
    header = children(window, extends).get(b"mehd")
    if header is None or not timing.movie_timescale:
        return None
    version, _ = version_and_flags(window, header)
    duration = int.from_bytes(body(window, header, 12)[4 : 12 if version else 8], "big")
    return round(duration / timing.movie_timescale, 6) or None


def _default_duration(window: Window, extends: Box, track_id: int) -> int:
    for box in boxes(window, extends.body, extends.end):
        data = body(window, box, 24)
        if box.kind == b"trex" and len(data) == 24 and struct.unpack_from(">I", data, 4)[0] == track_id:
            return int(struct.unpack_from(">I", data, 12)[0])
    return 0


def _walk(window: Window, start: int, timing: Timing, default: int, runs: Runs, facts: Facts) -> bool:
    """Read the fragments within the planned bytes; return whether the end of the object was reached."""
    offset = start
    while window.size - offset >= 8:
        if not window.can_plan(offset, 16):
            return False
        box = next(boxes(window, offset, window.size))
        if box.kind == b"sidx" and facts.duration_seconds is None and not runs.samples:
            facts.duration_seconds = _indexed_seconds(window, box)
        elif box.kind == b"moof":
            if not window.can_plan(box.body, box.size):
                return False
            _add_fragment(window, box, timing, default, runs)
            # An index gives the duration: then one fragment is enough, and the walk goes on only for free.
            if facts.duration_seconds is not None and not window.has(box.end, 8):
                return False
        offset = box.end
        if not window.has(offset, 8) and window.size - offset > _TAIL_BYTES:
            return False
    return True


def _indexed_seconds(window: Window, sidx: Box) -> float | None:
    """Return the duration of a segment index; None if it does not reach the end of the object."""
    version, _ = version_and_flags(window, sidx)
    data = body(window, sidx, _MAX_RUN_BYTES)
    head = 28 if version else 20
    if len(data) < head + 4:
        return None
    (timescale,) = struct.unpack_from(">I", data, 8)
    (first,) = struct.unpack_from(">Q" if version else ">I", data, head - (8 if version else 4))
    (count,) = struct.unpack_from(">H", data, head + 2)
    if not timescale or head + 4 + 12 * count > len(data):
        return None
    size = duration = 0
    for reference, length, _ in struct.iter_unpack(">III", data[head + 4 : head + 4 + 12 * count]):
        size += reference & 0x7FFFFFFF
        duration += length
    end = sidx.end + first + size
    is_all = end == window.size or (
        end < window.size and window.can_plan(end, 8) and window.upto(end + 4, 4) in (b"mfra", b"free", b"skip")
    )
    return round(duration / timescale, 6) if is_all and duration else None


def _add_fragment(window: Window, moof: Box, timing: Timing, default: int, runs: Runs) -> None:
    for traf in boxes(window, moof.body, moof.end):
        if traf.kind != b"traf":
            continue
        each, start, duration, is_ours = default, None, 0, False
        for box in boxes(window, traf.body, traf.end):
            if box.kind == b"tfhd":
                data = body(window, box, 64)
                flags = int.from_bytes(data[1:4], "big")
                is_ours = int.from_bytes(data[4:8], "big") == timing.track_id
                if flags & 8:
                    at = 8 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0)
                    each = int.from_bytes(data[at : at + 4], "big")
            elif box.kind == b"tfdt" and is_ours:
                version, _ = version_and_flags(window, box)
                start = int.from_bytes(body(window, box, 12)[4 : 12 if version else 8], "big")
            elif box.kind == b"trun" and is_ours:
                duration += _add_run(body(window, box, _MAX_RUN_BYTES), each, runs)
        if is_ours:
            runs.duration += duration
            runs.is_timed = start is not None
            start = start if start is not None else runs.end or 0
            runs.start = start if runs.start is None else min(runs.start, start)
            runs.end = max(runs.end or 0, start + duration)


def _add_run(data: bytes, each: int, runs: Runs) -> int:
    """Return the run's duration and add its samples to `runs`."""
    if len(data) < 8:
        return 0
    flags, count = int.from_bytes(data[1:4], "big"), int.from_bytes(data[4:8], "big")
    offset = 8 + (4 if flags & 1 else 0) + (4 if flags & 4 else 0)
    step = 4 * sum(1 for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit)
    if step and offset + step * count > len(data):
        raise ProbeError(Reason.MALFORMED, "a fragment run larger than its box")
    runs.samples += count
    if not flags & 0x100:
        if count:
            runs.deltas.add(each)
        return count * each
    deltas = [int.from_bytes(data[at : at + 4], "big") for at in range(offset, offset + step * count, step)]
    runs.deltas.update(deltas)
    return sum(deltas)


def _end_from_tail(window: Window, timing: Timing, default: int) -> int | None:
    """Return the end time of the last fragment, found by the random access index or in the tail."""
    offset: int | None = None
    time: int | None = None
    for length in (_TAIL_BYTES, _LONG_TAIL_BYTES):
        start = max(0, window.size - length)
        if offset is not None or not window.can_plan(start, window.size - start):
            break
        tail = window.read(start, window.size - start)
        time, offset = _last_indexed(tail, timing.track_id) or (None, None)
        if offset is None:
            offset = _last_chained(tail, start)
    if offset is None or not 0 <= offset < window.size - 8 or not window.can_plan(offset, 8):
        return None
    runs = Runs(end=time)
    try:
        box = next(boxes(window, offset, window.size))
        if box.kind != b"moof" or not window.can_plan(box.body, box.size):
            return None
        _add_fragment(window, box, timing, default, runs)
    except ProbeError as error:
        if error.reason in (Reason.MALFORMED, Reason.TRUNCATED):
            return None
        raise
    return runs.end if runs.is_timed or time is not None else None


def _last_indexed(tail: bytes, track_id: int) -> tuple[int, int] | None:
    """Return time and offset of the track's last fragment from the `mfra` box that ends the object."""
    if len(tail) < 16 or tail[-12:-8] != b"mfro":
        return None
    size = int.from_bytes(tail[-4:], "big")
    if not 16 <= size <= len(tail):
        return None
    at, end = len(tail) - size + 8, len(tail) - 16
    while at + 24 <= end:
        length, kind = struct.unpack_from(">I4s", tail, at)
        if length < 24 or at + length > end:
            return None
        if kind == b"tfra" and struct.unpack_from(">I", tail, at + 12)[0] == track_id:
            (sizes,), (count,) = struct.unpack_from(">I", tail, at + 16), struct.unpack_from(">I", tail, at + 20)
            wide = tail[at + 8] == 1
            step = (16 if wide else 8) + 3 + ((sizes >> 4) & 3) + ((sizes >> 2) & 3) + (sizes & 3)
            if not count or 24 + step * count > length:
                return None
            last = at + 24 + int(step) * (int(count) - 1)
            time, offset = struct.unpack_from(">QQ" if wide else ">II", tail, last)
            return int(time), int(offset)
        at += length
    return None


def _last_chained(tail: bytes, start: int) -> int | None:
    """Return the offset of the last `moof` in the tail that is followed by boxes exactly to the end of the object."""
    at = len(tail)
    for _ in range(64):
        at = tail.rfind(b"moof", 0, at)
        if at < 4:
            return None
        offset = at - 4
        for _ in range(64):
            size = int.from_bytes(tail[offset : offset + 4], "big")
            offset += size
            if size < 8 or offset >= len(tail):
                break
        if offset == len(tail):
            return start + at - 4
    return None
