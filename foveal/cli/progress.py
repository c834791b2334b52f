"""Output of uploads: progress on a terminal, lines elsewhere, or JSON."""

import dataclasses
import json
import sys
import time
from collections.abc import Iterable
from typing import Any

from foveal.cli.text import printable
from foveal.client.folders.report import EMPTY, NO_MEDIA, STOPPED, Outcome, Progress, State, Summary
from foveal.client.folders.walk import FoundFile, LeftOut

REPORT_SECONDS_TERMINAL, REPORT_SECONDS_LOG = 0.25, 30.0
MAX_REASONS = 20


class Display:
    """Progress on a terminal, a line each half minute elsewhere, or JSON; failures as they happen."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json, self._is_terminal = as_json, sys.stderr.isatty()
        self._counts = dict.fromkeys(State, 0)
        self._bytes, self._started = 0, time.monotonic()
        self._shown = self._started
        self._is_of_verification = True

    def __enter__(self) -> "Display":
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_terminal and not self._as_json:
            sys.stderr.write("\r\x1b[K")

    def add(self, outcome: Outcome) -> None:
        self._counts[outcome.state] += 1
        self._bytes += outcome.size_bytes if outcome.state is State.DONE else 0
        if self._as_json:
            print(json.dumps({"event": outcome.state, **_members(outcome)}), flush=self._is_of_verification)
            return
        if outcome.state is State.FAILED and outcome.code != STOPPED:
            lead = "\r\x1b[K" if self._is_terminal else ""
            sys.stderr.write(f"{lead}failed  {printable(outcome.path)}: {printable(outcome.reason or '')}\n")
        if self._is_of_verification:
            self._show(self._line())

    def advance(self, progress: Progress) -> None:
        """Show the progress of an upload: acknowledged bytes, files, rates, and the time left once all is found."""
        self._is_of_verification = False
        if self._as_json:
            sys.stdout.flush()  # once for the outcomes of a tenth of a second
        else:
            self._show(self._progress_line(progress))

    def _show(self, line: str) -> None:
        pause = REPORT_SECONDS_TERMINAL if self._is_terminal else REPORT_SECONDS_LOG
        if time.monotonic() - self._shown >= pause:
            self._shown = time.monotonic()
            sys.stderr.write(f"\r\x1b[K{line}" if self._is_terminal else f"{line}\n")
            sys.stderr.flush()

    def end(self, summary: Summary) -> None:
        if self._as_json:
            print(json.dumps({"event": "summary", **summary.document()}), flush=True)
            return
        seconds = time.monotonic() - self._started
        print(f"{summary.found} found: {summary.done} done ({_size(summary.sent_bytes)} in {seconds:.1f} s), "
              f"{summary.skipped} skipped, {summary.failed} failed; {summary.excluded} left out")  # fmt: skip
        for reason, count in summary.reasons.most_common(MAX_REASONS):
            print(f"  {count:>8}  {printable(reason)}")
        if summary.unused_rows:
            print(f"  {summary.unused_rows:>8}  rows of --attributes name no file that was found")
        if summary.is_interrupted:
            print("stopped; run the same command to go on")

    def _progress_line(self, progress: Progress) -> str:
        seconds = max(time.monotonic() - self._started, 0.001)
        speed = progress.sent_bytes / seconds
        left = f", {_duration(progress.left_bytes / speed)} left" if progress.is_walked and speed else ""
        return (
            f"{progress.done} of {progress.found}{'' if progress.is_walked else '+'} done, {progress.skipped} skipped, "
            f"{progress.failed} failed; {_size(progress.sent_bytes)}, {_size(speed)}/s, "
            f"{progress.done / seconds:.0f} files/s{left}"
        )

    def _line(self) -> str:
        seconds = max(time.monotonic() - self._started, 0.001)
        done, skipped, failed = (self._counts[state] for state in (State.DONE, State.SKIPPED, State.FAILED))
        speed = f"{_size(self._bytes / seconds)}/s, {done / seconds:.0f} files/s"
        return f"{done} done, {skipped} skipped, {failed} failed; {_size(self._bytes)}, {speed}"


def print_dry_run(files: Iterable[FoundFile | LeftOut], *, as_json: bool) -> None:
    """Print for each file whether it would be sent, and why not; the sum last."""
    from foveal.client.files import is_media_name

    count = total = 0
    for file in files:
        size = 0 if isinstance(file, LeftOut) else file.size_bytes
        if isinstance(file, LeftOut):
            reason: str | None = file.reason or "left out by a pattern"
        else:
            reason = EMPTY if not size else None if is_media_name(file.relative) else NO_MEDIA
        count, total = count + (reason is None), total + (size if reason is None else 0)
        if as_json:
            print(json.dumps({"event": "would skip" if reason else "would send", "path": _text(file.relative),
                              "size_bytes": size, "reason": reason}))  # fmt: skip
        else:
            print(f"{'skip' if reason else 'send':<5} {_size(size):>9}  {printable(file.relative)}"
                  + (f"  ({reason})" if reason else ""))  # fmt: skip
    if as_json:
        print(json.dumps({"event": "summary", "files": count, "bytes": total}))
    else:
        print(f"{count} files of {_size(total)} would be sent")


def _members(outcome: Outcome) -> dict[str, Any]:
    members = {name: value for name, value in dataclasses.asdict(outcome).items() if value is not None}
    return {**members, "path": _text(outcome.path)}


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.2f} TB"


def _text(path: str) -> str:
    """Return a path as text: bytes that are no UTF-8 become U+FFFD."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
