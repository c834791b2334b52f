"""Commands for malware scans: list what waits or is blocked, release, scan again, tag what is older than the option."""

from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any, Final

import typer

from foveal.cli.options import Api, AsJson, Asset, Project
from foveal.cli.output import Column, Output
from foveal.cli.results import Results
from foveal.cli.session import asset_id_of, open_project

app = typer.Typer()
scan = typer.Typer(no_args_is_help=True, help="Malware scans: list what waits or is blocked, release, scan again.")
app.add_typer(scan, name="scan")

BATCH: Final = 10
COLUMNS: Final = (
    Column("ASSET", lambda each: each["asset_id"], width=36, style="cyan"),
    Column("NAME", lambda each: each.get("file_name") or ""),
    Column("STATUS", lambda each: each["status"], width=11, style="status"),
    Column("RESULT", lambda each: (each.get("scan") or {}).get("result") or "", width=13),
    Column("THREATS", lambda each: ", ".join((each.get("scan") or {}).get("threats") or []), rank=1),
)
BLOCKED: Final[dict[str, Any]] = {
    "and": [
        {"field": "status", "in": ["scanning", "quarantined"]},
        {"field": "scan.result", "in": ["pending", "threats_found", "unsupported", "access_denied", "failed"]},
    ]
}


@scan.command("list")
def list_(project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """List assets that wait for a scan or that a scan blocks, newest first."""
    fields = ["file_name", "status", "scan"]
    with open_project(project, api) as opened:
        found: Any = opened.assets.search(BLOCKED, sort="-created_at", fields=fields)
        Output(as_json=as_json).items(found, COLUMNS, empty="No asset waits for a scan, and none is blocked.")


@scan.command("release")
def release(
    asset: Asset,
    note: Annotated[str, typer.Option(help="Why the bytes may be delivered; kept on the asset.")],
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Release an asset that a scan blocks; by an admin only."""
    with open_project(project, api) as opened:
        asset_id = asset_id_of(opened, asset)
        released: Any = opened.api.release(asset_id, note=note)
        Results(Output(as_json=as_json)).done(asset_id, "released", version_id=released["version_id"])


@scan.command("rescan")
def rescan(asset: Asset, project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """Have an asset scanned again; its state changes when the result is there."""
    with open_project(project, api) as opened:
        asset_id = asset_id_of(opened, asset)
        scanned: Any = opened.api.rescan(asset_id)
        Results(Output(as_json=as_json)).done(asset_id, "is scanned", version_id=scanned["version_id"])


@scan.command("adopt")
def adopt(
    stage: Annotated[str | None, typer.Option(help="A stage in AWS; the local stack when not given.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
) -> None:
    """Have the originals tagged as clean, without a scan, that are older than scanning on this stage.

    Run it until nothing is left, before `scanning.malware` becomes `block`.
    """
    from foveal.aws.sqs import send_messages
    from foveal.cli import target
    from foveal.database import client
    from foveal.scanning.messages import adoption_message

    found, now, count = target.find(stage), datetime.now(UTC), 0
    database, queue_url = client.connect(*found.catalog), found.queue_url("scan")
    older = {"status": "ready", "scan": None, "s3.bucket": found.bucket, "s3.version_id": {"$gt": ""}}
    with client.unhurried():
        places = (asset["s3"] for asset in database.assets.find(older, {"s3": 1}))
        while batch := list(islice(places, BATCH)):
            if not dry_run:
                send_messages(
                    queue_url,
                    [adoption_message(found.bucket, each["key"], each["version_id"], now) for each in batch],
                )
            count += len(batch)
    typer.echo(
        f"{count} originals are older than scanning" + ("" if dry_run or not count else "; they are being tagged")
    )
