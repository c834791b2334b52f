"""Commands for saved views: `foveal views ls|show|save|rm`."""

import json
from typing import Annotated, Final

import typer

from foveal.cli import values
from foveal.cli.options import PROJECT, Api, AsJson, JsonFilter, Project
from foveal.cli.output import Column, Output
from foveal.cli.session import json_filter_of, open_project

app = typer.Typer()
views = typer.Typer(no_args_is_help=True, help="Saved views: filters with a name, for `foveal search --view`.")
app.add_typer(views, name="views", rich_help_panel=PROJECT)

Name = Annotated[str, typer.Argument(help="Name of the view.")]
COLUMNS: Final = (
    Column("NAME", lambda each: each["name"], width=24, style="cyan"),
    Column("DESCRIPTION", lambda each: each.get("description") or ""),
    Column("SORT", lambda each: each.get("sort") or "", width=14, rank=2),
    Column("CHANGED", lambda each: values.local_time(each["updated_at"]), width=16, rank=1),
    Column("FILTER", lambda each: json.dumps(each["filter"]) if each.get("filter") else ""),
)


@views.command("ls")
def ls(project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """List the saved views by name."""
    with open_project(project, api) as opened:
        none = f"{opened.name} has no saved views: foveal views save NAME FILTER"
        Output(as_json=as_json).items(opened.views(), COLUMNS, empty=none)


@views.command("show")
def show(name: Name, project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """Print a view as JSON."""
    with open_project(project, api) as opened:
        found = opened.api.get_view(opened.name, name)
    print(json.dumps(found, indent=None if as_json else 2))


@views.command("save")
def save(
    name: Name,
    filter: JsonFilter = None,
    description: Annotated[str | None, typer.Option(help="A sentence about it.")] = None,
    sort: Annotated[str | None, typer.Option("--sort", "-s", help="Field, `-` before it for descending.")] = None,
    fields: Annotated[str | None, typer.Option("--fields", help="Members to show, by commas.")] = None,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Save a view, in place of one of the same name."""
    from foveal.client.calls import ABSENT

    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        saved = opened.api.put_view(
            opened.name,
            name,
            description=description,
            filter=json_filter_of(filter),
            sort=sort or ABSENT,
            fields=fields.split(",") if fields else None,
        )
    output.json(saved) if as_json else output.line(f"{name} saved")


@views.command("rm")
def rm(name: Name, project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """Delete a saved view."""
    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        opened.api.delete_view(opened.name, name)
    output.json({"name": name, "event": "deleted"}) if as_json else output.line(f"{name} deleted")
