"""Commands for jobs, the work that outlasts a request: `foveal jobs ls|show|stop|start`."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from foveal.cli import values
from foveal.cli.assets.show import flat
from foveal.cli.options import PROJECT, Api, AsJson, Project
from foveal.cli.output import Column, Output
from foveal.cli.session import open_project

app = typer.Typer()
jobs = typer.Typer(
    no_args_is_help=True, help="Jobs: imports, exports, data set versions; list, look, stop, start again."
)
app.add_typer(jobs, name="jobs", rich_help_panel=PROJECT)

Id = Annotated[str, typer.Argument(help="Id of a job.", metavar="JOB")]


def _progress(job: Mapping[str, Any]) -> str:
    finished, total = job["progress"]["finished"], job["progress"]["total"]
    return f"{finished:,}" if total is None else f"{finished:,} of {total:,}"


COLUMNS: Final = (
    Column("JOB", lambda each: each["job_id"], width=36, style="cyan"),
    Column("KIND", lambda each: each["kind"], width=16),
    Column("STATE", lambda each: each["state"], width=9, style="status"),
    Column("PROGRESS", _progress, width=20, is_number=True),
    Column("BEGUN", lambda each: values.local_time(each["created_at"]), width=16, rank=1),
    Column("FAILURE", lambda each: each.get("failure", {}).get("detail", ""), rank=2),
)


@jobs.command("ls")
def ls(project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """List the jobs of the project, newest first."""
    with open_project(project, api) as opened:
        Output(as_json=as_json).items(opened.jobs(), COLUMNS, empty=f"{opened.name} has no jobs.")


@jobs.command("show")
def show(job_id: Id, project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """Show a job: its progress and, at its end, its result or its failure."""
    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        found = opened.api.get_job(job_id)
    if as_json:
        output.json(found)
        return
    for name, value in flat(found):
        output.line(name, value)


@jobs.command("stop")
def stop(job_id: Id, project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """Stop a job after the range that it is at; `foveal jobs start` goes on from there."""
    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        found = opened.api.stop_job(job_id)
    output.json(found) if as_json else output.line(
        f"{job_id} {'is stopping' if found['is_stopping'] else found['state']}"
    )


@jobs.command("start")
def start(job_id: Id, project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """Start an export or a version again that was stopped, or an export that failed, behind what it has finished."""
    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        found = opened.api.start_job(job_id)
    output.json(found) if as_json else output.line(f"{job_id} {found['state']}")
