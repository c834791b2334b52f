"""Commands that bring files in: `foveal upload` and `foveal verify`."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from foveal.cli.selection import Selection, selects

app = typer.Typer()


@app.command()
@selects
def upload(
    selection: Selection,
    tag: Annotated[list[str] | None, typer.Option(help="A tag of every asset; may be repeated.")] = None,
    attributes: Annotated[
        Path | None, typer.Option("--attributes", "--tags", help="CSV or JSONL with `path`, `tags`, attributes.")
    ] = None,
    connections: Annotated[int, typer.Option(min=1, max=256, help="Most connections to S3.")] = 32,
    limit: Annotated[
        str | None, typer.Option(help="Most bytes a second: 10MB, or by time of day: '08:00,1MB 18:30,off'.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Ask for files too that an earlier run finished.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
) -> None:
    """Upload the pictures and videos of a folder; run it again after anything, and it goes on where it was.

    Exit codes: 0 all done, 1 some failed, 2 usage, 3 not signed in or no role, 4 no such project, 5 try again later, 6
    files changed or could not be read, 7 refused for good, 130 stopped.
    """
    settings = selection.settings(
        tags=tuple(tag or ()),
        sidecar=_sidecar(attributes),
        max_connections=connections,
        max_bytes_per_second=_limit(limit),
        ignore_journal=again,
    )
    from foveal.cli.progress import Display, print_dry_run

    if dry_run:
        from foveal.client.folders.walk import walk

        print_dry_run(walk(selection.folder, settings), as_json=selection.as_json)
        return
    from foveal.client import Foveal
    from foveal.client.folders.journal import Journal, journal_path
    from foveal.client.folders.uploader import upload_folder

    name, stop = selection.project_name(), threading.Event()
    with Foveal(selection.api) as foveal, Display(as_json=selection.as_json) as display:
        journal = Journal(journal_path(foveal.api_url, name, selection.folder))
        _stop_at_interrupt(stop)
        try:
            summary = upload_folder(
                foveal.api, name, selection.folder, journal, settings, display.add, stop, display.advance
            )
        finally:
            journal.close()
    display.end(summary)
    raise typer.Exit(summary.exit_code)


@app.command()
@selects
def verify(selection: Selection) -> None:
    """Prove that each picture and video of a folder is in the project, byte for byte; nothing is written."""
    from foveal.cli.progress import Display
    from foveal.client import Foveal
    from foveal.client.folders.verification import verify_folder

    with Foveal(selection.api) as foveal, Display(as_json=selection.as_json) as display:
        name, settings = selection.project_name(), selection.settings()
        summary = verify_folder(foveal.api, name, selection.folder, settings, display.add)
    display.end(summary)
    raise typer.Exit(summary.exit_code)


def _stop_at_interrupt(stop: threading.Event) -> None:
    """The first interrupt ends the walk and finishes what is open; the second leaves at once."""

    def first(_: int, __: FrameType | None) -> None:
        stop.set()
        sys.stderr.write("\nfinishing what is being sent; interrupt again to leave at once\n")
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))

    signal.signal(signal.SIGINT, first)


def _sidecar(path: Path | None) -> dict[str, dict[str, Any]]:
    if path is None:
        return {}
    from foveal.client.folders.sidecar import read_sidecar

    try:
        return read_sidecar(path)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{path}: {error}", param_hint="--attributes") from error


def _limit(text: str | None) -> int | Callable[[], int | None] | None:
    if text is None:
        return None
    from foveal.client.folders.limits import parse_limit

    try:
        return parse_limit(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--limit") from error
