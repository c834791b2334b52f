"""Commands for backups of a project's catalog."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from foveal.cli.operations.catalog import DatabaseName, Uri, database_of

app = typer.Typer()


@app.command()
def backup(
    project: Annotated[str, typer.Argument(help="The project to back up.")],
    file: Annotated[Path, typer.Argument(help="A new file, for example zoo.jsonl.gz.")],
    uri: Uri = None,
    database: DatabaseName = None,
) -> None:
    """Write what the bucket cannot give back (annotations, tags, schemas, …) of a project into a file."""
    from foveal.database import backup as backups

    try:
        written = backups.write(database_of(uri, database), project, file, datetime.now(UTC))
    except FileExistsError:
        raise typer.BadParameter(f"{file} is there already") from None
    typer.echo(f"{written.documents} documents of {project} written to {file}")


@app.command("load-backup")
def load_backup(
    file: Annotated[Path, typer.Argument(help="A file that `foveal backup` has written.", exists=True, dir_okay=False)],
    uri: Uri = None,
    database: DatabaseName = None,
    again: Annotated[bool, typer.Option("--again", help="Go on with a load that was interrupted.")] = False,
) -> None:
    """Write a backup into a migrated catalog that is empty, or was rebuilt from the bucket, and count its labels."""
    from foveal.catalog import label_counters
    from foveal.database import backup as backups
    from foveal.database import client

    target = database_of(uri, database)
    client.require_schema(target)
    try:
        loaded = backups.load(target, file, is_repeated=again)
    except backups.BackupError as error:
        raise typer.BadParameter(str(error)) from None
    typer.echo(f"{loaded.documents} documents of {loaded.project} loaded, of {loaded.at:%Y-%m-%d %H:%M} UTC")
    typer.echo(f"{label_counters.rebuild(target, loaded.project)} assets counted")
    typer.echo("Next: foveal reconcile --repair, for what has changed in the bucket since.")
