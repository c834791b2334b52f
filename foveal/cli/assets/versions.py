"""Commands for the versions of an asset's bytes: list, revert, retrieve from the archive, delete one for good."""

from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from foveal.cli import values
from foveal.cli.options import CHANGING, Api, AsJson, Asset, Project, Yes
from foveal.cli.output import Column, Output
from foveal.cli.results import Results
from foveal.cli.session import asset_id_of, open_project

app = typer.Typer()
versions = typer.Typer(no_args_is_help=True, help="Versions of an asset's bytes: list, revert, retrieve, remove.")
app.add_typer(versions, name="versions", rich_help_panel=CHANGING)

Version = Annotated[str, typer.Argument(help="Id of a version.", metavar="VERSION")]
COLUMNS: Final = (
    Column("VERSION", lambda each: each["version_id"], width=36, style="cyan"),
    Column("STATE", lambda each: _state(each), width=8, style="status"),
    Column("SIZE", lambda each: values.size(each.get("size_bytes")), width=8, is_number=True),
    Column("WRITTEN", lambda each: values.local_time(each["created_at"]), width=16),
    Column("CLASS", lambda each: each.get("storage_class") or "", width=19, rank=1),
)


class Tier(StrEnum):
    """Speed of a retrieval from the archive."""

    STANDARD = "Standard"
    BULK = "Bulk"
    EXPEDITED = "Expedited"


@versions.command("ls")
def ls(asset: Asset, project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """List versions and delete markers, newest first."""
    with open_project(project, api) as opened:
        found = opened.api.list_versions(asset_id_of(opened, asset))["items"]
        Output(as_json=as_json).items(found, COLUMNS, empty="The asset has no versions.")


@versions.command("revert")
def revert(asset: Asset, version: Version, project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """Make an earlier version the current one; nothing is lost, its bytes are copied on top."""
    with open_project(project, api) as opened:
        asset_id = asset_id_of(opened, asset)
        changed: Any = opened.api.revert(asset_id, version_id=version)
        Results(Output(as_json=as_json)).done(asset_id, "reverted", version_id=changed["version_id"])


@versions.command("retrieve")
def retrieve(
    asset: Asset,
    version: Annotated[str | None, typer.Option(help="Id of a version; the current one when not given.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="How long the readable copy stays.")] = None,
    tier: Annotated[Tier | None, typer.Option(help="Speed, and price, of the retrieval.")] = None,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Ask for a readable copy of archived bytes."""
    from foveal.client.calls import ABSENT

    speed: Any = tier.value if tier else ABSENT
    with open_project(project, api) as opened:
        asset_id = asset_id_of(opened, asset)
        answer = opened.api.retrieve(asset_id, version_id=version or ABSENT, days=days or ABSENT, tier=speed)
        state: Any = answer["restore"]
        Results(Output(as_json=as_json)).done(asset_id, state["state"], expires_at=state.get("expires_at"))


@versions.command("rm")
def rm(
    asset: Asset,
    version: Version,
    yes: Yes = False,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Delete one version for good; by an admin only."""
    if not yes:
        typer.confirm(f"Delete version {version} of {asset} for good?", abort=True, err=True)
    with open_project(project, api) as opened:
        asset_id = asset_id_of(opened, asset)
        opened.api.delete_version(asset_id, version)
        Results(Output(as_json=as_json)).done(asset_id, "version deleted for good", version_id=version)


def _state(version: Any) -> str:
    if version["is_delete_marker"]:
        return "deleted"
    return "current" if version["is_latest"] else "earlier"
