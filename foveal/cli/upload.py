"""Commands that bring files in: `foveal upload` and `foveal verify`."""

import dataclasses
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from foveal.cli.text import printable
from foveal.client.errors import ConfigurationError
from foveal.client.folders.report import STOPPED, Outcome, State, Summary
from foveal.client.folders.settings import UploadSettings
from foveal.client.sizes import parse_bytes

app = typer.Typer()

REPORT_SECONDS_TERMINAL, REPORT_SECONDS_LOG = 0.25, 30.0
MAX_REASONS = 20

Folder = Annotated[Path, typer.Argument(help="The folder.", exists=True, file_okay=False)]
Project = Annotated[str | None, typer.Option(help="Project; FOVEAL_PROJECT or the local stack's when not given.")]
Api = Annotated[str | None, typer.Option(help="Address of the API; FOVEAL_API_URL or the local stack's.")]
Include = Annotated[list[str] | None, typer.Option(help="Take only files that match a pattern of gitignore.")]
Exclude = Annotated[list[str] | None, typer.Option(help="Leave out what matches; `.fovealignore` does the same.")]
Hidden = Annotated[bool, typer.Option("--hidden", help="Take files and folders that begin with a dot.")]
Follow = Annotated[bool, typer.Option("--follow", help="Follow symbolic links.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print a JSON object a line for each file, the sum last.")]


@app.command()
def upload(
    folder: Folder,
    project: Project = None,
    api: Api = None,
    include: Include = None,
    exclude: Exclude = None,
    hidden: Hidden = False,
    follow: Follow = False,
    tag: Annotated[list[str] | None, typer.Option(help="A tag of every asset; may be repeated.")] = None,
    attributes: Annotated[Path | None, typer.Option(help="CSV or JSONL with `path`, `tags`, attributes.")] = None,
    connections: Annotated[int, typer.Option(min=1, max=256, help="Most connections to S3.")] = 32,
    limit: Annotated[str | None, typer.Option(help="Most bytes a second, for example 10MB.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Ask for files too that an earlier run finished.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
    as_json: AsJson = False,
) -> None:
    """Upload the pictures and videos of a folder; run it again after anything, and it goes on where it was.

    Exit codes: 0 all done, 1 some failed, 2 usage, 3 not signed in or no role, 4 no such project, 5 try again later, 6
    files changed or could not be read, 7 refused for good, 130 stopped.
    """
    settings = UploadSettings(
        include=tuple(include or ()),
        exclude=tuple(exclude or ()),
        hidden=hidden,
        follow=follow,
        tags=tuple(tag or ()),
        sidecar=_sidecar(attributes),
        max_connections=connections,
        max_bytes_per_second=_bytes(limit),
        ignore_journal=again,
    )
    if dry_run:
        _dry_run(folder, settings, as_json=as_json)
        return
    from foveal.client import Foveal
    from foveal.client.folders.journal import Journal, journal_path
    from foveal.client.folders.uploader import upload_folder

    name = _project(project, api)
    stop = threading.Event()
    with Foveal(api) as foveal, _Display(as_json=as_json) as display:
        journal = Journal(journal_path(foveal.api_url, name, folder))
        _stop_at_interrupt(stop)
        try:
            summary = upload_folder(foveal.api, name, folder, journal, settings, display.add, stop)
        finally:
            journal.close()
    display.end(summary)
    raise typer.Exit(summary.exit_code)


@app.command()
def verify(
    folder: Folder,
    project: Project = None,
    api: Api = None,
    include: Include = None,
    exclude: Exclude = None,
    hidden: Hidden = False,
    follow: Follow = False,
    as_json: AsJson = False,
) -> None:
    """Prove that each picture and video of a folder is in the project, byte for byte; nothing is written."""
    from foveal.client import Foveal
    from foveal.client.folders.verification import verify_folder

    settings = UploadSettings(tuple(include or ()), tuple(exclude or ()), hidden, follow)
    with Foveal(api) as foveal, _Display(as_json=as_json) as display:
        summary = verify_folder(foveal.api, _project(project, api), folder, settings, display.add)
    display.end(summary)
    raise typer.Exit(summary.exit_code)


class _Display:
    """Progress on a terminal, a line each half minute elsewhere, or JSON; failures as they happen."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json, self._is_terminal = as_json, sys.stderr.isatty()
        self._counts = dict.fromkeys(State, 0)
        self._bytes, self._started = 0, time.monotonic()
        self._shown = self._started

    def __enter__(self) -> "_Display":
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_terminal and not self._as_json:
            sys.stderr.write("\r\x1b[K")

    def add(self, outcome: Outcome) -> None:
        self._counts[outcome.state] += 1
        self._bytes += outcome.size_bytes if outcome.state is State.DONE else 0
        if self._as_json:
            print(json.dumps({"event": outcome.state, **_members(outcome)}), flush=True)
            return
        if outcome.state is State.FAILED and outcome.code != STOPPED:
            lead = "\r\x1b[K" if self._is_terminal else ""
            sys.stderr.write(f"{lead}failed  {printable(outcome.path)}: {printable(outcome.reason or '')}\n")
        pause = REPORT_SECONDS_TERMINAL if self._is_terminal else REPORT_SECONDS_LOG
        if time.monotonic() - self._shown >= pause:
            self._shown = time.monotonic()
            sys.stderr.write(f"\r\x1b[K{self._line()}" if self._is_terminal else f"{self._line()}\n")
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
        if summary.is_interrupted:
            print("stopped; run the same command to go on")

    def _line(self) -> str:
        seconds = max(time.monotonic() - self._started, 0.001)
        done, skipped, failed = (self._counts[state] for state in (State.DONE, State.SKIPPED, State.FAILED))
        speed = f"{_size(self._bytes / seconds)}/s, {done / seconds:.0f} files/s"
        return f"{done} done, {skipped} skipped, {failed} failed; {_size(self._bytes)}, {speed}"


def _dry_run(folder: Path, settings: UploadSettings, *, as_json: bool) -> None:
    from foveal.client.files import is_media_name
    from foveal.client.folders.report import EMPTY, NO_MEDIA
    from foveal.client.folders.walk import LeftOut, walk

    files = total = 0
    for file in walk(folder, settings):
        size = 0 if isinstance(file, LeftOut) else file.size_bytes
        if isinstance(file, LeftOut):
            reason: str | None = file.reason or "left out by a pattern"
        else:
            reason = EMPTY if not size else None if is_media_name(file.relative) else NO_MEDIA
        files, total = files + (reason is None), total + (size if reason is None else 0)
        if as_json:
            print(json.dumps({"event": "would skip" if reason else "would send", "path": _text(file.relative),
                              "size_bytes": size, "reason": reason}))  # fmt: skip
        else:
            print(f"{'skip' if reason else 'send':<5} {_size(size):>9}  {printable(file.relative)}"
                  + (f"  ({reason})" if reason else ""))  # fmt: skip
    if as_json:
        print(json.dumps({"event": "summary", "files": files, "bytes": total}))
    else:
        print(f"{files} files of {_size(total)} would be sent")


def _stop_at_interrupt(stop: threading.Event) -> None:
    """The first interrupt ends the walk and finishes what is open; the second leaves at once."""

    def first(_: int, __: FrameType | None) -> None:
        stop.set()
        sys.stderr.write("\nfinishing what is being sent; interrupt again to leave at once\n")
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))

    signal.signal(signal.SIGINT, first)


def _project(given: str | None, api: str | None) -> str:
    from foveal.client.profile import find_profile

    project = given or find_profile(api).project
    if not project:
        raise ConfigurationError("Which project? Give --project, set FOVEAL_PROJECT, or `foveal login --project`.")
    return project


def _sidecar(path: Path | None) -> dict[str, dict[str, Any]]:
    if path is None:
        return {}
    from foveal.client.folders.sidecar import read_sidecar

    try:
        return read_sidecar(path)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{path}: {error}", param_hint="--attributes") from error


def _bytes(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return parse_bytes(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--limit") from error


def _members(outcome: Outcome) -> dict[str, Any]:
    members = {name: value for name, value in dataclasses.asdict(outcome).items() if value is not None}
    return {**members, "path": _text(outcome.path)}


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.2f} TB"


def _text(path: str) -> str:
    """Return a path as text: bytes that are no UTF-8 become U+FFFD."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
