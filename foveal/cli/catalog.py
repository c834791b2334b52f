"""Commands for the catalog: its schema, its summaries, and a search from the shell."""

import json
import os
from typing import Annotated, Any

import typer

from foveal.cli.text import printable
from foveal.client.profile import local_outputs, local_outputs_file

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


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="A query string, for example 'label=car&confidence.gte=0.8'.")] = "",
    project: Annotated[str | None, typer.Option(help="The project; the local stack's when not given.")] = None,
    api: Annotated[str | None, typer.Option(help="Address of the API; the local stack's when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the assets as JSON, one a line.")] = False,
) -> None:
    """Find assets, page by page. The access token is read from FOVEAL_TOKEN (see `foveal token`)."""
    import httpx2

    outputs = local_outputs() if api is None or project is None else {}
    base = api or outputs.get("api_url")
    wanted = project or outputs.get("project")
    token = os.environ.get("FOVEAL_TOKEN")
    if not base or not wanted:
        raise typer.BadParameter(f"give --api and --project; there is no local stack in {local_outputs_file()}")
    if not token:
        raise typer.BadParameter("set FOVEAL_TOKEN, for example to the output of `foveal token`")
    parameters = dict(httpx2.QueryParams(query))
    with httpx2.Client(base_url=str(base), headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        while True:
            answer = client.get(f"/v1/projects/{wanted}/assets", params=parameters)
            if answer.status_code != 200:
                typer.echo(_refusal(answer), err=True)
                raise typer.Exit(1)
            page: dict[str, Any] = answer.json()
            for item in page["items"]:
                typer.echo(
                    json.dumps(item) if as_json else f"{item['asset_id']}  {printable(item.get('file_name', ''))}"
                )
            if page["next_token"] is None:
                return
            parameters["next_token"] = page["next_token"]


def _refusal(answer: Any) -> str:
    """Return the reason of a refused call: the detail of a problem document, or the gateway's own words."""
    try:
        problem = answer.json()
        return printable(str(problem.get("detail") or problem.get("message") or problem))
    except (ValueError, AttributeError):
        return f"The API answered {answer.status_code}."


def _target(uri: str | None, database: str | None) -> tuple[str, str]:
    outputs = local_outputs() if uri is None else {}
    uri = uri or outputs.get("mongodb_uri")
    if uri is None:
        raise typer.BadParameter(f"give --uri; there is no local stack in {local_outputs_file()}")
    return str(uri), database or str(outputs.get("mongodb_database") or DATABASE)
