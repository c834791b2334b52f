"""Commands for single annotations: `foveal annotation show|edit|rm|restore|history|mask|heatmap|replace`."""

import json
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from foveal.cli import values
from foveal.cli.assets.show import flat
from foveal.cli.labels.rows import document, rows
from foveal.cli.options import LABELS, Api, AsJson, Asset, Project
from foveal.cli.output import Column, Output
from foveal.cli.session import asset_id_of, open_project

if TYPE_CHECKING:
    from foveal.client._sync.project import Project as OpenProject

app = typer.Typer()
annotation = typer.Typer(no_args_is_help=True, help="One annotation: show, edit, remove, restore, its history.")
app.add_typer(annotation, name="annotation", rich_help_panel=LABELS)

Id = Annotated[str, typer.Argument(help="Id of an annotation, as `foveal labels ASSET` lists them.", metavar="ID")]
Revision = Annotated[
    int | None, typer.Option(help="Only if it is still at this revision; the present one when not given.")
]
HISTORY: Final = (
    Column("REVISION", lambda each: str(each["revision"]), width=8, is_number=True),
    Column("CHANGE", lambda each: each["change"]["kind"], width=9, style="status"),
    Column("AT", lambda each: values.local_time(each["change"]["at"]), width=16),
    Column("LABEL", lambda each: (each.get("annotation") or {}).get("label") or "", width=16, rank=1),
    Column("BY", lambda each: each["change"]["by"], style="bright_black"),
)


@annotation.command("show")
def show(annotation_id: Id, project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """Show all members of an annotation."""
    with open_project(project, api) as opened:
        _print(Output(as_json=as_json), opened.api.get_annotation(annotation_id, project=opened.name))


@annotation.command("edit")
def edit(
    annotation_id: Id,
    changes: Annotated[str, typer.Argument(help="Members to change in JSON, null takes one away; or a FILE, `-`.")],
    revision: Revision = None,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Change members of an annotation: foveal annotation edit ID '{"label": "lioness"}'"""
    given = _changes(changes)
    with open_project(project, api) as opened:
        known = _known(opened, annotation_id, revision)
        changed = opened.api.update_annotation(annotation_id, given, if_match=known, project=opened.name)
        _print(Output(as_json=as_json), changed)


@annotation.command("rm")
def rm(annotation_id: Id, revision: Revision = None, project: Project = None, api: Api = None) -> None:
    """Delete an annotation; its history stays, and restore brings it back."""
    with open_project(project, api) as opened:
        known = _known(opened, annotation_id, revision)
        opened.api.delete_annotation(annotation_id, if_match=known, project=opened.name)


@annotation.command("restore")
def restore(
    annotation_id: Id,
    to: Annotated[int | None, typer.Option(help="Revision to bring back; the one before when not given.")] = None,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Bring back an earlier state of an annotation, also of a deleted one."""
    from foveal.client.calls import ABSENT

    with open_project(project, api) as opened:
        *_, last = opened.annotations.history(annotation_id)
        known, wanted = f'"{last["revision"]}"', ABSENT if to is None else to
        restored = opened.api.restore_annotation(annotation_id, if_match=known, project=opened.name, to=wanted)
        _print(Output(as_json=as_json), restored)


@annotation.command("history")
def history(annotation_id: Id, project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """List the revisions of an annotation, oldest first."""
    with open_project(project, api) as opened:
        found = opened.annotations.history(annotation_id)
        Output(as_json=as_json).items(found, HISTORY, empty="The annotation has no history.")


@annotation.command("mask")
def mask(annotation_id: Id, project: Project = None, api: Api = None) -> None:
    """Print the run lengths of a mask as JSON."""
    with open_project(project, api) as opened:
        print(json.dumps(opened.api.get_mask(annotation_id, project=opened.name)))


@annotation.command("heatmap")
def heatmap(annotation_id: Id, project: Project = None, api: Api = None) -> None:
    """Print the values of a heatmap as JSON: a text, zlib in base64."""
    with open_project(project, api) as opened:
        print(json.dumps(opened.api.get_map(annotation_id, project=opened.name)))


@annotation.command("replace")
def replace(
    asset: Asset,
    field: Annotated[str, typer.Argument(help="Layer, for example ground_truth.")],
    file: Annotated[str, typer.Argument(help="JSON list or lines of annotations; `-` reads standard input.")],
    reviewed: Annotated[bool, typer.Option("--reviewed", help="A person has looked, even at nothing.")] = False,
    clip: Annotated[bool, typer.Option("--clip", help="Cut boxes at the edges instead of refusing them.")] = False,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Make the annotations of a file all that a layer of an asset has, in one step."""
    given = []
    for row in rows(file):
        if row.error:
            raise typer.BadParameter(f"row {row.number}: {row.error}")
        given.append(row.value)
    with open_project(project, api) as opened:
        asset_id = asset_id_of(opened, asset)
        known = f'"{opened.api.get_asset(asset_id).get("annotation_revision", 0)}"'
        done = opened.api.replace_annotations(
            asset_id, field, if_match=known, annotations=given, reviewed=reviewed or None, clip=clip
        )
        output = Output(as_json=as_json)
        output.json(done) if as_json else output.line(f"{field}: {len(given)} annotations")


def _known(project: "OpenProject", annotation_id: str, revision: int | None) -> str:
    if revision is None:
        revision = project.api.get_annotation(annotation_id, project=project.name)["revision"]
    return f'"{revision}"'


def _changes(text: str) -> dict[str, Any]:
    if not text.lstrip().startswith("{"):
        return document(text)
    try:
        found: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"the changes are no JSON: {error}") from error
    return found


def _print(output: Output, found: Any) -> None:
    if output.as_json:
        output.json(found)
        return
    for name, value in flat(found):
        output.line(name, value)
