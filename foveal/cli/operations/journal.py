"""`foveal journal`: show the state of the journal, and begin it anew."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from foveal.cli import target
from foveal.cli.options import AsJson
from foveal.cli.output import Output

app = typer.Typer()
group = typer.Typer(no_args_is_help=True, help="The journal of the catalog in the bucket.")
app.add_typer(group, name="journal")
Stage = Annotated[str | None, typer.Option(help="A stage in AWS; the local stack when not given.")]


@group.command()
def status(stage: Stage = None, as_json: AsJson = False) -> None:
    """Show the newest segment, the snapshots, and the instants that `foveal rebuild --at` can give back."""
    from foveal.aws.s3 import S3
    from foveal.journal import chain, segments
    from foveal.journal.errors import JournalError, NothingJournalled

    bucket = S3(target.find(stage).bucket)
    try:
        newest = segments.newest_sequence(bucket)
        head = segments.require_head(bucket, newest) if newest is not None else None
        snapshots = chain.plan(bucket).snapshots
    except NothingJournalled:
        snapshots = ()
    except JournalError as error:
        raise typer.BadParameter(str(error)) from None
    facts = {
        "segment": head.sequence if head else None,
        "written_at": _text(head.written_at) if head else None,
        "age_seconds": round((datetime.now(UTC) - head.written_at).total_seconds()) if head else None,
        "ended": head.ended if head else None,
        "snapshots": len(snapshots),
        "earliest_instant": _text(snapshots[0].ended_at) if snapshots else None,
        "newest_snapshot": _text(snapshots[-1].ended_at) if snapshots else None,
    }
    output = Output(as_json=as_json)
    if as_json:
        output.json(facts)
        return
    for name, value in facts.items():
        typer.echo(f"{name:<17} {'-' if value is None else value}")


@group.command()
def restart(stage: Stage = None) -> None:
    """Take the database as it is: the journal begins anew with a snapshot of it, within a minute.

    For a database that another backup has brought back, and after a damaged segment. Instants before stay available.
    """
    from foveal.aws.s3 import S3
    from foveal.database import client
    from foveal.journal import recorder

    found = target.find(stage)
    recorder.restart(client.connect(*found.catalog), S3(found.bucket), "restarted by its operator")
    typer.echo("The next run of the function `journal` begins anew with a snapshot.")


def _text(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
