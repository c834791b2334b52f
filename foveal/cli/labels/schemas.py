"""Commands for label schemas: `foveal schemas ls|show|put`."""

import json
from typing import Annotated, Any, Final

import typer

from foveal.cli import values
from foveal.cli.labels.rows import document
from foveal.cli.options import LABELS, Api, AsJson, Project
from foveal.cli.output import Column, Output
from foveal.cli.session import open_project
from foveal.client.errors import APIError

app = typer.Typer()
schemas = typer.Typer(no_args_is_help=True, help="Label schemas: the labels that layers may hold, with their colours.")
app.add_typer(schemas, name="schemas", rich_help_panel=LABELS)

Name = Annotated[str, typer.Argument(help="Name of the schema.")]
MEMBERS: Final = ("description", "labels", "enforced_fields")
COLUMNS: Final = (
    Column("NAME", lambda each: each["name"], style="cyan"),
    Column("REVISION", lambda each: str(each["revision"]), width=8, is_number=True),
    Column("LABELS", lambda each: str(len(each["labels"])), width=6, is_number=True),
    Column("ENFORCED FOR", lambda each: ", ".join(each["enforced_fields"])),
    Column("CHANGED", lambda each: values.local_time(each["created_at"]), width=16, rank=1),
)


@schemas.command("ls")
def ls(project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """List the label schemas, each in its newest revision."""
    with open_project(project, api) as opened:
        Output(as_json=as_json).items(opened.label_schemas(), COLUMNS, empty=f"{opened.name} has no label schemas.")


@schemas.command("show")
def show(
    name: Name,
    revision: Annotated[int | None, typer.Option(help="This revision instead of the newest.")] = None,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Print a label schema as JSON; its text can be changed and put again."""
    from foveal.client.calls import ABSENT

    with open_project(project, api) as opened:
        wanted = ABSENT if revision is None else revision
        found = opened.api.get_label_schema(opened.name, name, revision=wanted)
    print(json.dumps(found, indent=None if as_json else 2))


@schemas.command("put")
def put(
    name: Name,
    file: Annotated[str, typer.Argument(help="JSON with labels, description, enforced_fields; or `-`.")],
    revision: Annotated[
        int | None, typer.Option(help="Only if it is still at this revision; the present one when not given.")
    ] = None,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Add the next revision of a label schema, or make it; by an admin of the project."""
    given: dict[str, Any] = {member: value for member, value in document(file).items() if member in MEMBERS}
    if "labels" not in given:
        raise typer.BadParameter(f'{file}: needs labels, for example {{"labels": [{{"name": "lion"}}]}}')
    with open_project(project, api) as opened:
        if revision is None:
            try:
                revision = opened.api.get_label_schema(opened.name, name)["revision"]
            except APIError as error:
                if error.code != "NotFound":
                    raise
                revision = 0
        done = opened.api.put_label_schema(opened.name, name, if_match=f'"{revision}"', **given)
    output = Output(as_json=as_json)
    output.json(done) if as_json else output.line(f"{name}: revision {done['revision']}")
