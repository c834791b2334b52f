"""Packetised elementary streams of MPEG (ISO/IEC 13818-1, 2.4.3.6): times, frame rate and duration by them."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from foveal.probe.codecs.elementary import RATES
from foveal.probe.facts import Fraction

CLOCK = 90_000
WRAP = 1 << 33
_REORDERED = 5  # frames that may be shown in another order than they are sent in


class Times(NamedTuple):
    """Presentation and decoding time of a frame (or a field), in units of 1/90,000 s."""

    shown: int
    decoded: int


def read_times(payload: bytes) -> Times | None:
    """Return the times of the packet header at the start of `payload`; None if it has none."""
    if len(payload) < 19 or payload[:3] != b"\0\0\1" or not payload[7] & 0x80:
        return None
    shown = _time(payload[9:14])
    return Times(shown, _time(payload[14:19]) if payload[7] & 0x40 else shown)


def _time(b: bytes) -> int:
    return (b[0] >> 1 & 7) << 30 | b[1] << 22 | b[2] >> 1 << 15 | b[3] << 7 | b[4] >> 1


def without_header(payload: bytes) -> bytes:
    """Return the part of the elementary stream that follows the packet header, if there is one."""
    if len(payload) < 9 or payload[:3] != b"\0\0\1":
        return payload
    return payload[9 + payload[8] :]


def rate_of(times: list[Times], nominal: Fraction | None) -> Fraction | None:
    """Return frames per second if they are decoded at even distances but for rounding."""
    gaps = [(after.decoded - before.decoded) % WRAP for before, after in pairwise(times)]
    if nominal is not None and gaps and all(abs(gap - CLOCK * nominal.den / nominal.num) <= 1 for gap in gaps):
        return nominal
    if len(gaps) < 2 or min(gaps) == 0 or max(gaps) - min(gaps) > 1:
        return None
    mean = sum(gaps) / len(gaps)
    for num, den in RATES:
        if abs(CLOCK * den / num - mean) < 0.5 / len(gaps) + 1e-9:
            return Fraction.of(num, den)
    return Fraction.of(CLOCK, gaps[0]) if len(gaps) > _REORDERED and len(set(gaps)) == 1 else None


def tells_last(last: list[Times], first: list[Times]) -> bool:
    """Return whether the frame shown last is among `last`: one that waits longest, as others are shown before."""
    if len(last) > _REORDERED:
        return True
    longest = max((time.shown - time.decoded for time in first), default=0)
    return len(first) > 2 and any(time.shown - time.decoded >= longest for time in last)


def seconds_between(first: list[Times], last: list[Times], frame: float) -> float | None:
    """Return the time from the first frame to the end of the last one shown, or else of the last one sent.

    `frame` is the duration of a frame in ticks.
    """
    if tells_last(last, first):
        shown = sorted((time.shown - first[0].shown) % WRAP for time in last)
        gap = min((after - before for before, after in pairwise(shown)), default=frame)
        ticks = shown[-1] + (frame / 2 if abs(gap - frame / 2) <= 1 else frame)  # fields come one by one
    else:
        ticks = (last[-1].decoded - first[0].decoded) % WRAP + frame
    return round(ticks / CLOCK, 6) if ticks < WRAP // 2 else None
