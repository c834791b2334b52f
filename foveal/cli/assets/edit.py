"""Commands that change or remove assets: `foveal tag`, `set`, `rm`, `restore`."""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from foveal.cli.options import CHANGING, Api, AsJson, Assets, Project, Where, Yes
from foveal.cli.output import Output
from foveal.cli.results import Results
from foveal.cli.session import open_project, selected
from foveal.client.errors import FovealError

if TYPE_CHECKING:
    from foveal.client._sync.project import Project as OpenProject

app = typer.Typer()

MAX_IDS_A_CALL: Final = 1_000
NOTHING: Final = "No asset matches; nothing was changed."
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


@app.command(rich_help_panel=CHANGING)
def tag(
    assets: Assets = None,
    add: Annotated[list[str] | None, typer.Option("--add", help="A tag to add; may be repeated.")] = None,
    remove: Annotated[list[str] | None, typer.Option("--remove", help="A tag to remove; may be repeated.")] = None,
    where: Where = None,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Add and remove tags of assets.

    foveal tag lion.jpg --add night --remove raw

    foveal tag --where label=lion --add cats
    """
    if not add and not remove:
        raise typer.BadParameter("give --add TAG or --remove TAG")
    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        _edit(opened, output, selected(opened, assets, where), add_tags=add or [], remove_tags=remove or [])


@app.command("set", rich_help_panel=CHANGING)
def set_attributes(
    assets: Assets = None,
    attribute: Annotated[
        list[str] | None,
        typer.Option("--attribute", "-a", help='NAME=VALUE; numbers, true, false are such, "12" in quotes is text.'),
    ] = None,
    unset: Annotated[list[str] | None, typer.Option("--unset", help="An attribute to take away.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="New file name, of one asset.")] = None,
    where: Where = None,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Set and take away attributes of assets, or rename one.

    foveal set lion.jpg -a site=north -a speed=3.5 --unset draft
    """
    changes = {"set_attributes": dict(map(attribute_of, attribute or [])), "unset_attributes": unset or []}
    if name is None and not any(changes.values()):
        raise typer.BadParameter("give --attribute NAME=VALUE, --unset NAME or --name NAME")
    if name is not None and (where is not None or len(assets or ()) != 1 or assets == ["-"]):
        raise typer.BadParameter("--name is for one asset")
    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        ids = list(selected(opened, assets, where)) if name is not None else selected(opened, assets, where)
        if name is not None:
            _rename(opened, next(iter(ids)), name)
        if any(changes.values()):
            _edit(opened, output, ids, **changes)
        elif name is not None:
            Results(output).done(next(iter(ids)), "renamed", file_name=name)


@app.command(rich_help_panel=CHANGING)
def rm(
    assets: Assets = None,
    where: Where = None,
    permanent: Annotated[bool, typer.Option("--permanent", help="For good, with all versions; by an admin.")] = False,
    yes: Yes = False,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Delete assets; `foveal restore` brings them back, unless they were deleted with --permanent."""
    output = Output(as_json=as_json)
    results = Results(output)
    with open_project(project, api) as opened:
        ids = list(selected(opened, assets, where, results.failed))
        if ids and not yes and (where is not None or permanent):
            how = "for good" if permanent else "so that they can be restored"
            typer.confirm(f"Delete {len(ids)} assets of {opened.name} {how}?", abort=True, err=True)
        for asset_id in ids:
            try:
                opened.api.delete(asset_id, permanent=permanent)
            except FovealError as error:
                results.failed(asset_id, error)
            else:
                results.done(asset_id, "deleted for good" if permanent else "deleted")
    results.end(none=NOTHING)


@app.command(rich_help_panel=CHANGING)
def restore(
    assets: Annotated[list[str], typer.Argument(help="Ids of deleted assets; `-` reads them from standard input.")],
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Bring deleted assets back."""
    results = Results(Output(as_json=as_json))
    with open_project(project, api) as opened:
        for asset_id in selected(opened, assets, None, results.failed):
            try:
                opened.api.restore(asset_id)
            except FovealError as error:
                results.failed(asset_id, error)
            else:
                results.done(asset_id, "restored")
    results.end(none=NOTHING)


def attribute_of(text: str) -> tuple[str, Any]:
    """Return name and value of `NAME=VALUE`: numbers, true, false and quoted text as JSON has them, else text."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise typer.BadParameter(f"{text!r} is no NAME=VALUE")
    if value in ("true", "false") or _NUMBER.fullmatch(value) or (value[:1] in '"[' and value[-1:] in '"]'):
        try:
            return name, json.loads(value)
        except ValueError:
            return name, value
    return name, value


def _edit(project: "OpenProject", output: Output, ids: Iterable[str], **changes: Any) -> None:
    """Change assets, 1,000 a call, whatever their status is; print how many were found and are different now."""
    given = {name: value for name, value in changes.items() if value}
    matched = modified = 0
    missing: list[str] = []
    for batch in _batches(ids):
        where: Any = {"and": [{"field": "asset_id", "in": batch}, {"field": "status", "exists": True}]}
        answer = project.api.edit_assets(project.name, filter=where, **given)
        matched, modified = matched + answer["matched"], modified + answer["modified"]
        if answer["matched"] < len(batch):
            present = {each["asset_id"] for each in project.assets.search(where, fields=["status"])}
            missing += [each for each in batch if each not in present]
    for asset_id in missing:
        output.say(f"{asset_id}: no such asset in {project.name}")
    if output.as_json:
        output.json({"matched": matched, "modified": modified, "missing": missing})
    else:
        output.line(f"{matched} assets, {modified} changed")
    if missing:
        raise typer.Exit(1 if matched else 4)


def _batches(ids: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(dict.fromkeys(ids))
    while batch := list(islice(remaining, MAX_IDS_A_CALL)):
        yield batch


def _rename(project: "OpenProject", asset_id: str, name: str) -> None:
    """Rename an asset, whatever its state is: nobody's change of another member is lost by a new name."""
    project.api.update_asset(asset_id, if_match="*", file_name=name)
