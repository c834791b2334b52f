"""Clocks that are wrong: times are marked, and the server's time is known from its answers."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from foveal.agent.clock import BUILT_AT, Clock, kernel_is_synchronised
from foveal.agent.queue import State
from tests.unit.agent.devices import device, settings, take

TRUE = BUILT_AT + timedelta(days=100)


def clock(off: timedelta, *, kernel: bool | None = None, seen: bool = False) -> Clock:
    """Return a clock that is off the true time, and has seen a server's answer or not."""
    made = Clock(wall=lambda: (TRUE + off).timestamp(), monotonic=lambda: 5.0, kernel_state=lambda: kernel)
    if seen:
        made.observe(format_datetime(TRUE, usegmt=True))
    return made


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (clock(timedelta(days=-3650), kernel=True), False),
        (clock(timedelta(0), kernel=None), True),
        (clock(timedelta(0), kernel=True), True),
        (clock(timedelta(0), kernel=False), False),
        (clock(timedelta(days=1), seen=True, kernel=True), False),
        (clock(timedelta(minutes=1), seen=True, kernel=False), True),
    ],
)
def test_clock_is_trusted_by_build_time_server_and_kernel(found: Clock, expected: bool) -> None:
    assert found.is_synchronised is expected


def test_offset_of_a_server_follows_a_clock_that_is_set_later() -> None:
    wall, monotonic = [TRUE.timestamp() + 86_400], [0.0]
    found = Clock(wall=lambda: wall[0], monotonic=lambda: monotonic[0], kernel_state=lambda: None)
    found.observe(format_datetime(TRUE, usegmt=True))
    assert found.offset_seconds == -86_400
    wall[0], monotonic[0] = TRUE.timestamp() + 60, 60.0
    assert found.offset_seconds == 0
    assert found.server_now() == TRUE + timedelta(minutes=1)


@pytest.mark.parametrize("date", [None, "", "yesterday", "Mon, 99 Foo 2026"])
def test_answers_without_a_date_change_nothing(date: str | None) -> None:
    found = clock(timedelta(0))
    found.observe(date)
    assert found.offset_seconds is None


@pytest.mark.parametrize("off", [timedelta(days=-3650), timedelta(days=1), timedelta(0)])
def test_capture_times_of_a_wrong_clock_are_marked(tmp_path: Path, off: timedelta) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox/a.jpg").write_bytes(b"some")
    agent = device(settings(tmp_path), clock=clock(off, seen=True))
    take(agent)
    (item,) = agent.queue.in_states([State.WAITING])
    assert (item.document["attributes"].get("clock") == "unsynchronised") is bool(off)
    assert datetime.fromisoformat(item.document["attributes"]["captured_at"]).tzinfo == UTC
    assert agent.status()["clock"]["is_synchronised"] is not bool(off)


def test_kernel_or_timesyncd_tells_whether_the_clock_is_synchronised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kernel_is_synchronised() in (True, False, None)

    def forbidden(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr("foveal.agent.clock.ctypes.CDLL", forbidden)
    assert kernel_is_synchronised(tmp_path / "absent") is None
    assert kernel_is_synchronised(tmp_path) is False
    (tmp_path / "synchronized").touch()
    assert kernel_is_synchronised(tmp_path) is True
