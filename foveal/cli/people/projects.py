"""Commands for projects: `foveal projects list|create`."""

from typing import Annotated, Final

import typer

from foveal.cli.options import PROJECT, Api, AsJson
from foveal.cli.output import Column, Output

app = typer.Typer()
projects = typer.Typer(no_args_is_help=True, help="Projects: list those that you may see, create one.")
app.add_typer(projects, name="projects", rich_help_panel=PROJECT)

COLUMNS: Final = (
    Column("PROJECT", lambda each: each["name"], width=63, style="cyan"),
    Column("YOUR ROLE", lambda each: each["role"] or "", width=9),
)


@projects.command("list")
def list_all(as_json: AsJson = False, api: Api = None) -> None:
    """List the projects that you may see; to an operator, all projects of the stage that have an admin."""
    from foveal.client import Foveal

    with Foveal(api) as opened:
        Output(as_json=as_json).items(opened.projects(), COLUMNS, empty="You may see no project: ask an admin of one.")


@projects.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Small letters, digits and hyphens; it cannot be changed later.")],
    admin: Annotated[str, typer.Option(help="E-mail address of the first admin, who invites the others.")],
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Create a project and invite its first admin; for operators of the stage."""
    from foveal.client import Foveal

    output = Output(as_json=as_json)
    with Foveal(api) as opened:
        found = opened.api.create_project(name=name, admin_email=admin)
    output.json(found) if as_json else output.line(f"{name} is created; {admin} is its admin")
