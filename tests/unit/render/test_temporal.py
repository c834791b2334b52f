"""Temporal annotations on single frames."""

from typing import Any

import pytest

from foveal.render.draw.temporal import covers, display_seconds

NTSC = {"frame_rate": {"num": 30_000, "den": 1_001}}


@pytest.mark.parametrize(("frame", "is_covered"), [(9, False), (10, True), (20, True), (21, False)])
def test_support_covers_its_first_and_last_frame(frame: int, is_covered: bool) -> None:
    assert covers({"first": 10, "last": 20}, frame, {}) is is_covered


@pytest.mark.parametrize(("frame", "is_covered"), [(2, False), (3, True), (7, True), (8, False)])
def test_support_in_seconds_covers_the_frames_displayed_from_start_to_end(frame: int, is_covered: bool) -> None:
    support = {"start_seconds": 0.3, "end_seconds": 0.7}  # 3 / 10 and 7 / 10 are no float64 numbers
    assert covers(support, frame, {"frame_rate": {"num": 10, "den": 1}}) is is_covered


@pytest.mark.parametrize("frame", [1, 17, 1_799, 107_892])
def test_support_in_seconds_covers_a_frame_when_its_own_time_is_rounded(frame: int) -> None:
    at = round(frame * 1_001 / 30_000, 6)
    assert covers({"start_seconds": at, "end_seconds": at}, frame, NTSC)
    assert not covers({"start_seconds": at, "end_seconds": at}, frame - 1, NTSC)
    assert not covers({"start_seconds": at, "end_seconds": at}, frame + 1, NTSC)


def test_frame_numbers_decide_when_a_support_has_seconds_too() -> None:
    support = {"first": 1, "last": 2, "start_seconds": 50.0, "end_seconds": 60.0}
    assert [covers(support, frame, NTSC) for frame in range(4)] == [False, True, True, False]


def test_display_time_is_from_frame_count_and_duration_when_the_rate_is_not_stated() -> None:
    assert display_seconds({"frame_count": 50, "duration_seconds": 2.0}, 25) == 1.0


@pytest.mark.parametrize(
    "asset",
    [{}, {"frame_rate": None}, {"frame_rate": {"num": 0, "den": 1}}, {"frame_count": 5}, {"duration_seconds": 2.0}],
)
def test_support_in_seconds_covers_no_frame_when_the_rate_is_unknown(asset: dict[str, Any]) -> None:
    assert display_seconds(asset, 0) is None
    assert not covers({"start_seconds": 0.0, "end_seconds": 9.0}, 0, asset)
