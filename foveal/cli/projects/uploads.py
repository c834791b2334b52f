"""Commands for uploads that were begun, and the quota: `foveal uploads ls|show|abort|quota`."""

from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from foveal.cli import values
from foveal.cli.assets.show import flat
from foveal.cli.options import PROJECT, Api, AsJson, Project
from foveal.cli.output import Column, Output
from foveal.cli.session import open_project

app = typer.Typer()
uploads = typer.Typer(no_args_is_help=True, help="Your own uploads: list, look, abort; `foveal upload` makes them.")
app.add_typer(uploads, name="uploads", rich_help_panel=PROJECT)

Id = Annotated[str, typer.Argument(help="Id of an upload.", metavar="UPLOAD")]
COLUMNS: Final = (
    Column("UPLOAD", lambda each: each["upload_id"], width=36, style="cyan"),
    Column("STATE", lambda each: each["state"], width=9, style="status"),
    Column("SIZE", lambda each: values.size(each["size_bytes"]), width=8, is_number=True),
    Column("BEGUN", lambda each: values.local_time(each["created_at"]), width=16, rank=1),
    Column("TYPE", lambda each: each["content_type"], width=16, rank=3),
    Column("ASSET", lambda each: each["asset_id"], width=36, rank=2),
)


class State(StrEnum):
    """State of an upload."""

    OPEN = "open"
    COMPLETED = "completed"
    FAILED = "failed"
    ABORTED = "aborted"
    EXPIRED = "expired"


@uploads.command("ls")
def ls(
    state: Annotated[State, typer.Option(help="Only uploads in this state.")] = State.OPEN,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """List your uploads in one state, newest first."""
    wanted: Any = state.value
    with open_project(project, api) as opened:
        Output(as_json=as_json).items(opened.uploads(wanted), COLUMNS, empty=f"You have no {state} uploads.")


@uploads.command("show")
def show(upload_id: Id, project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """Show an upload, the status of its asset, and its parts."""
    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        found = opened.api.get_upload(upload_id)
    if as_json:
        output.json(found)
        return
    for name, value in flat(found):
        output.line(name, value)


@uploads.command("abort")
def abort(upload_id: Id, project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """Abort an upload and delete its parts."""
    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        opened.api.abort_upload(upload_id)
    output.json({"upload_id": upload_id, "event": "aborted"}) if as_json else output.line(upload_id, "aborted")


@uploads.command("quota")
def quota(project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """Show the daily quota of the project: bytes that may be begun on a day (UTC), and those of today."""
    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        found = opened.api.get_upload_quota(opened.name)
    if as_json:
        output.json(found)
        return
    output.line("used today", f"{values.size(found['used_bytes'])} of {values.size(found['daily_bytes'])}")
    output.line("reset", values.local_time(found["resets_at"]))
