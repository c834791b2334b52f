"""Pace of an upload: a slow line with short tickets, and a limit that changes. In real time and size: `long_run`."""

import time
from pathlib import Path

from tests.folder_uploads.running import upload
from tests.folder_uploads.service import Line, Service, served


def many(root: Path, files: int, size_bytes: int) -> Path:
    root.mkdir()
    for number in range(files):
        (root / f"{number:05}.jpg").write_bytes(number.to_bytes(4, "big") * (size_bytes // 4))
    return root


def check_slow_line(
    root: Path, state: Path, *, files: int, file_bytes: int, bytes_per_second: int, seconds: int
) -> int:
    """Upload files over a slow line with tickets of so many seconds; return the tickets that were asked."""
    line = Line(bytes_per_second)
    with served(Service(ticket_seconds=seconds, line=line)) as service:
        summary, _ = upload(service, many(root, files, file_bytes), state / "journal.db", max_connections=32)
        assert (summary.done, summary.failed) == (files, 0)
        assert service.tickets <= 2 * files
        return service.tickets


def test_files_arrive_over_a_slow_line_although_tickets_are_short(tmp_path: Path) -> None:
    check_slow_line(
        tmp_path / "photos", tmp_path, files=200, file_bytes=40_000, bytes_per_second=1_000_000, seconds=3
    )  # fmt: skip


def test_limit_holds_and_changes_while_files_are_sent(tmp_path: Path) -> None:
    line, started = Line(), time.monotonic()

    def rate() -> int:
        return 1_000_000 if time.monotonic() < started + 2 else 4_000_000

    with served(Service(line=line)) as service:
        summary, _ = upload(
            service, many(tmp_path / "photos", 80, 100_000), tmp_path / "j.db", max_bytes_per_second=rate
        )
    assert summary.done == 80
    assert line.within(started, started + 2) <= 2.3e6  # a busy machine may be slower, never faster
    assert line.within(started + 2, time.monotonic()) >= 5.7e6
    assert time.monotonic() - started >= 2 + 5.7 / 4 * 0.95
