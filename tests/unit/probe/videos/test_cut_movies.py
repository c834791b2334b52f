"""Truncated movies: detected at any cut if their headers state a later end."""

from __future__ import annotations

import pytest

from foveal.probe import MemorySource, ProbeError, Reason, probe
from tests.unit.probe.movies import every_movie

_SIGNATURE_BYTES = 12


def _outcome(data: bytes) -> Reason | None:
    try:
        probe(MemorySource(data))
    except ProbeError as error:
        return error.reason
    return None


def _box_ends(data: bytes) -> set[int]:
    """Where a box ends at the top level: a cut there leaves whole boxes, of which none may promise more."""
    at, ends = 0, set()
    while at < len(data):
        at += int.from_bytes(data[at : at + 4], "big")
        ends.add(at)
    return ends


@pytest.mark.parametrize("name", ["mp4", "mp4-sound", "mp4-faststart", "mov-prores", "mp4-av1"])
def test_movie_is_truncated_when_it_is_cut_within_a_box(name: str) -> None:
    data = every_movie()[name]
    outcomes = {end: _outcome(data[:end]) for end in range(8, len(data)) if end not in _box_ends(data)}
    assert set(outcomes.values()) == {Reason.TRUNCATED}


def test_movie_is_truncated_when_it_is_cut_before_its_media_data() -> None:
    data = every_movie()["mp4-faststart"]
    moov_end = data.index(b"moov") - 4 + int.from_bytes(data[data.index(b"moov") - 4 : data.index(b"moov")], "big")
    assert _outcome(data[:moov_end]) is Reason.TRUNCATED


@pytest.mark.parametrize("name", ["mkv", "webm-vp9", "avi"])
def test_container_is_truncated_when_its_size_reaches_past_the_object(name: str) -> None:
    data = every_movie()[name]
    outcomes = [_outcome(data[:end]) for end in range(_SIGNATURE_BYTES, len(data) - 1, 3)]
    assert outcomes.count(Reason.TRUNCATED) >= len(outcomes) - 2  # a cut between two tracks may leave sound alone
    assert set(outcomes) <= {Reason.TRUNCATED, Reason.NOT_MEDIA}


@pytest.mark.parametrize("name", ["mp4-fragmented", "webm-live", "ts"])
def test_every_cut_gives_facts_or_a_reason_when_a_stream_has_no_stated_end(name: str) -> None:
    data = every_movie()[name]
    outcomes = {_outcome(data[:end]) for end in range(1, len(data), 5)}
    assert None in outcomes
    assert outcomes <= {None, Reason.TRUNCATED, Reason.MALFORMED, Reason.NOT_MEDIA}


def test_index_is_missed_when_media_data_stands_alone() -> None:
    data = every_movie()["mp4"]
    assert _outcome(data[: data.index(b"moov") - 4]) is Reason.MALFORMED
