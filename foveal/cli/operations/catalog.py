"""Commands for the catalog: its schema and its summaries."""

from typing import TYPE_CHECKING, Annotated

import typer

from foveal.cli.text import printable
from foveal.client.profile import local_outputs, local_outputs_file

if TYPE_CHECKING:
    from pymongo.database import Database

    from foveal.database.client import Document

app = typer.Typer()

DATABASE = "foveal"

Uri = Annotated[str | None, typer.Option(help="MongoDB URI; the local stack's when not given.")]
DatabaseName = Annotated[str | None, typer.Option("--database", help="Database name.")]


@app.command()
def migrate(
    uri: Uri = None,
    database: DatabaseName = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would be done.")] = False,
) -> None:
    """Bring collections, validators, indexes and stored labels up to date; safe to run again and while serving."""
    from foveal.catalog.annotations import label_normalization
    from foveal.database import client, migration

    target = client.connect(*_target(uri, database))
    with client.unhurried():
        if plan:
            steps = [*migration.plan(target), *label_normalization.plan(target)]
            lines = [step.description for step in steps]
        else:
            lines = migration.migrate(target) + migration.carry_out(label_normalization.plan(target))
    for line in lines or ["nothing to do: the database agrees with the schema"]:
        typer.echo(printable(f"would {line}" if plan and lines else line))


@app.command()
def recount(
    project: Annotated[str, typer.Argument(help="The project to count.")],
    uri: Uri = None,
    database: DatabaseName = None,
) -> None:
    """Put label summaries and label counts of a project right, for when its documents were changed past the catalog."""
    from foveal.catalog import label_counters
    from foveal.catalog.annotations import label_summary
    from foveal.database import client

    target = client.connect(*_target(uri, database))
    repaired = label_summary.reconcile(target, project)
    typer.echo(f"{len(repaired)} label summaries put right")
    typer.echo(f"{label_counters.rebuild(target, project)} assets counted")


def database_of(uri: str | None, database: str | None) -> "Database[Document]":
    """Return the database of the options, or the local stack's. Raises BadParameter where there is none."""
    from foveal.database import client

    return client.connect(*_target(uri, database))


def _target(uri: str | None, database: str | None) -> tuple[str, str]:
    outputs = local_outputs() if uri is None else {}
    uri = uri or outputs.get("mongodb_uri")
    if uri is None:
        raise typer.BadParameter(f"give --uri; there is no local stack in {local_outputs_file()}")
    return str(uri), database or str(outputs.get("mongodb_database") or DATABASE)
