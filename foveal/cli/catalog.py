"""Commands for the catalog's database."""

import json
from pathlib import Path
from typing import Annotated

import typer

from foveal import mongo
from foveal.catalog import migration
from foveal.mongo import Document

app = typer.Typer()

OUTPUTS = Path(".foveal/outputs.json")
DATABASE = "foveal"


@app.command()
def migrate(
    uri: Annotated[str | None, typer.Option(help="MongoDB URI; the local stack's when not given.")] = None,
    database: Annotated[str | None, typer.Option(help="Database name.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would be done.")] = False,
) -> None:
    """Create collections, validators and indexes, or bring them up to date; safe to run again and while serving."""
    target = mongo.connect(*_target(uri, database))
    lines = [step.description for step in migration.plan(target)] if plan else migration.migrate(target)
    for line in lines or ["nothing to do: the database agrees with the schema"]:
        typer.echo(f"would {line}" if plan and lines else line)


def _target(uri: str | None, database: str | None) -> tuple[str, str]:
    outputs: Document = {}
    if uri is None:
        try:
            outputs = json.loads(OUTPUTS.read_text())
            uri = str(outputs["mongodb_uri"])
        except (OSError, ValueError, KeyError):
            raise typer.BadParameter(f"give --uri; there is no local stack in {OUTPUTS}") from None
    return uri, database or str(outputs.get("mongodb_database") or DATABASE)
