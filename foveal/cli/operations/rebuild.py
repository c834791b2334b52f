"""`foveal rebuild`: make an empty database equal to the one that was lost, from the journal in the bucket."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from foveal.cli import target

app = typer.Typer()


@app.command()
def rebuild(
    stage: Annotated[str | None, typer.Option(help="A stage in AWS; the local stack when not given.")] = None,
    at: Annotated[
        str | None, typer.Option(help="As it was at this instant: 2026-11-29T14:00:00Z. Without it, all there is.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and verify everything, write nothing; needs no database.")
    ] = False,
) -> None:
    """Make an empty database equal to the one that was lost: from the journal below catalog/ in the bucket.

    It goes on with a rebuild that was interrupted. Functions answer 503 until it is complete. Afterwards
    `foveal reconcile --repair` brings in what has changed in the bucket since.
    """
    from foveal.aws.s3 import S3
    from foveal.database import client
    from foveal.journal import rebuild as work
    from foveal.journal.errors import JournalError

    found, instant = target.find(stage), _instant(at)
    bucket = S3(found.bucket)
    try:
        if dry_run:
            outcome = work.verify(bucket, instant)
        else:
            outcome = work.rebuild(client.connect(*found.catalog), bucket, instant, _progress)
    except JournalError as error:
        raise typer.BadParameter(str(error)) from None
    done = "would be written" if dry_run else "written"
    as_of = f"{outcome.as_of:%Y-%m-%d %H:%M:%S} UTC" if outcome.as_of else "its snapshot"
    typer.echo(
        f"{outcome.documents} documents and {outcome.changes} changes {done}: the catalog as of {as_of}, from "
        f"{outcome.segments} segments, {outcome.size_bytes / 1e6:.1f} MB"
    )
    if not dry_run:
        typer.echo("Next: foveal reconcile --repair, for what has changed in the bucket since.")


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("--at is an instant, for example 2026-11-29T14:00:00Z") from None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant


def _progress(line: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[2K{line}")
        sys.stderr.flush()
