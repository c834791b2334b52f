"""Command `foveal watch`: what becomes of assets, as it happens."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from foveal.cli import values
from foveal.cli.options import PROJECT, Api, AsJson, Assets, Project, Where
from foveal.cli.output import Output, console, escaped
from foveal.cli.session import open_project, selected

if TYPE_CHECKING:
    from foveal.client._sync.project import Project as OpenProject

app = typer.Typer()

FIELDS: Final = ["file_name", "status", "reason", "reason_detail", "updated_at", "created_at", "size_bytes"]
MAX_IDS_A_CALL: Final = 1_000
PENDING: Final = "pending"
Asset = dict[str, Any]


@app.command(rich_help_panel=PROJECT)
def watch(
    assets: Assets = None,
    where: Where = None,
    every: Annotated[float, typer.Option("--every", min=0.2, help="Seconds between two questions.")] = 2.0,
    timeout: Annotated[float | None, typer.Option("--timeout", min=0, help="Seconds to wait at most.")] = None,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Wait until assets are ready, or follow what changes in the project.

    With assets, or --where: ends when none is pending any more; with 0 if all are ready, 1 if one failed, 5 when the
    time is over. Without: prints each asset that comes or changes, until it is interrupted or the time is over.
    """
    output = Output(as_json=as_json)
    deadline = float("inf") if timeout is None else time.monotonic() + timeout

    def is_time_left() -> bool:
        left = deadline - time.monotonic()
        time.sleep(max(0.0, min(every, left)))
        return left > 0

    with open_project(project, api) as opened:
        if assets or where is not None:
            waiting = dict.fromkeys(selected(opened, assets, _pending_too(where)))
            raise typer.Exit(_wait(opened, output, waiting, is_time_left))
        output.say(f"Following {opened.name}; interrupt to stop.")
        for asset in _changes(opened, is_time_left):
            _print(output, asset)


def _wait(project: "OpenProject", output: Output, waiting: dict[str, None], is_time_left: Callable[[], bool]) -> int:
    """Print each asset when it is not pending any more; return the exit code."""
    has_failed = False
    while True:
        for asset in list(_states(project, list(waiting))):
            if asset["status"] != PENDING:
                del waiting[asset["asset_id"]]
                has_failed = has_failed or asset["status"] != "ready"
                _print(output, asset)
        if not waiting:
            return 1 if has_failed else 0
        if not is_time_left():
            output.say(f"{len(waiting)} are still pending, or not there.")
            return 5


def _states(project: "OpenProject", ids: list[str]) -> Iterator[Asset]:
    for start in range(0, len(ids), MAX_IDS_A_CALL):
        part = ids[start : start + MAX_IDS_A_CALL]
        where = {"and": [{"field": "asset_id", "in": part}, {"field": "status", "exists": True}]}
        yield from (dict(asset) for asset in project.assets.search(where, fields=FIELDS))


def _changes(project: "OpenProject", is_time_left: Callable[[], bool]) -> Iterator[Asset]:
    """Yield assets that are new or different since the last question, in the order of their changes."""
    since = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    seen: dict[str, str] = {}
    while True:
        where = {"and": [{"field": "updated_at", "gte": since}, {"field": "status", "exists": True}]}
        for asset in project.assets.search(where, sort="updated_at", fields=FIELDS):
            changed_at = asset["updated_at"]
            if seen.get(asset["asset_id"]) != changed_at:
                seen[asset["asset_id"]] = changed_at
                since = max(since, changed_at)
                yield dict(asset)
        seen = {asset_id: at for asset_id, at in seen.items() if at >= since}
        if not is_time_left():
            return


def _pending_too(where: str | None) -> str | None:
    """Return a query string that finds assets of any status; one in JSON stays as it is."""
    if where is None or where.startswith(("{", "@")) or "status" in where:
        return where
    return f"{where}&status.exists=true" if where else "status.exists=true"


def _print(output: Output, asset: Asset) -> None:
    reason = ": ".join(filter(None, (asset.get("reason"), asset.get("reason_detail"))))
    if output.as_json:
        output.json({"event": asset["status"], **asset})
    elif output.is_terminal:
        from foveal.cli.output import STATUS_STYLES

        status, name = asset["status"], escaped(asset.get("file_name") or "")
        at = values.local_time(asset.get("updated_at"))
        style = STATUS_STYLES.get(status, "default")
        console().print(
            f"[bright_black]{at}[/]  [{style}]{status:<11}[/]  {asset['asset_id']}  {name}  {escaped(reason)}"
        )
    else:
        output.line(asset["asset_id"], asset["status"], asset.get("file_name") or "", reason)
