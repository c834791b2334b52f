"""Commands of operators: compare bucket and catalog, move dead letters back, replay events."""

import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Annotated, Any, Final

import typer

from foveal.cli import target
from foveal.cli.text import printable
from foveal.stack_contract import MEDIA_PREFIX

app = typer.Typer()

Stage = Annotated[str | None, typer.Option(help="A stage in AWS; the local stack when not given.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
BATCH: Final = 10
RECHECKED: Final = ("scanning", "ready", "failed", "quarantined")
DEFAULT_MIN_AGE_MINUTES: Final = 15.0
POLL_SECONDS: Final = 2.0
MOVE_SECONDS: Final = 3600.0


@app.command()
def reconcile(
    stage: Stage = None,
    repair: Annotated[bool, typer.Option("--repair", help="Have ingest recheck every key that differs.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="With --repair: publish no events, as for a rebuild.")] = False,
    prefix: Annotated[str, typer.Option(help="Compare only keys below this.")] = MEDIA_PREFIX,
    min_age: Annotated[
        float, typer.Option(help="Minutes: leave younger changes to their events.", min=0)
    ] = DEFAULT_MIN_AGE_MINUTES,
    as_json: Json = False,
) -> None:
    """Compare the bucket with the catalog, and repair the catalog from the bucket; an empty one is rebuilt.

    Exits with 1 when they differ and nothing was repaired.
    """
    if quiet and not repair:
        raise typer.BadParameter("--quiet needs --repair")
    from foveal.aws.s3 import S3
    from foveal.aws.sqs import send_messages
    from foveal.database import client
    from foveal.ingest.reconcile import compare

    if not prefix.startswith(MEDIA_PREFIX):
        raise typer.BadParameter(f"--prefix must begin with {MEDIA_PREFIX}")
    found = target.find(stage)
    database, now = client.connect(*found.catalog), datetime.now(UTC)
    client.require_schema(database)
    keys, recent, drift = 0, 0, dict[str, int]()
    for page in compare(S3(found.bucket), database.assets, now, prefix, grace=timedelta(minutes=min_age)):
        keys, recent = keys + page.keys, recent + page.recent
        for each in page.differences:
            drift[each.drift] = drift.get(each.drift, 0) + 1
            if as_json:
                typer.echo(json.dumps({"key": each.key, "drift": each.drift}))
            elif not repair:
                typer.echo(f"{each.drift:<14} {printable(each.key)}")
        if repair:
            messages = [each.message(found.bucket, now, is_quiet=quiet) for each in page.differences]
            send_messages(found.ingest_queue_url, messages)
    differing = sum(drift.values())
    if as_json:
        summary = {"keys": keys, "differing": differing, "drift": drift, "recent": recent, "repairing": repair}
        typer.echo(json.dumps(summary))
    else:
        left = f"; {recent} younger than {min_age:g} minutes left to their events" if recent else ""
        asked = f"; ingest was asked to recheck {differing}" if repair else ""
        typer.echo(f"{keys} keys compared, {differing} differ{_counts(drift)}{left}{asked}")
    raise typer.Exit(1 if differing and not repair else 0)


@app.command()
def recheck(
    project: Annotated[str, typer.Argument(help="The project whose assets are read again.")],
    stage: Stage = None,
    file_format: Annotated[
        list[str] | None, typer.Option("--format", help="Only assets of this format, `mp4`; may be repeated.")
    ] = None,
    status: Annotated[
        str, typer.Option(help="Only assets of this status: scanning, ready, failed or quarantined.")
    ] = "ready",
) -> None:
    """Have ingest read objects again, for facts that a later version of Foveal reads better.

    Tags, attributes and annotations stay. An event is published for an asset whose status changes, and for no other.
    """
    from foveal.aws.sqs import send_messages
    from foveal.database import client
    from foveal.ingest.s3_events import recheck_message

    if status not in RECHECKED:
        raise typer.BadParameter(f"--status is one of {', '.join(RECHECKED)}")
    found, now, count = target.find(stage), datetime.now(UTC), 0
    database = client.connect(*found.catalog)
    wanted: dict[str, Any] = {"project": project, "status": status, "s3.key": {"$gt": ""}, "s3.is_external": None}
    if file_format:
        wanted["format"] = {"$in": file_format}
    with client.unhurried():
        keys = (asset["s3"]["key"] for asset in database.assets.find(wanted, {"s3.key": 1}))
        while batch := list(islice(keys, BATCH)):
            send_messages(found.ingest_queue_url, [recheck_message(found.bucket, key, None, now) for key in batch])
            count += len(batch)
    typer.echo(f"ingest was asked to read {count} objects of {project} again")


@app.command()
def fingerprint(
    project: Annotated[str, typer.Argument(help="The project whose assets are drawn again.")],
    stage: Stage = None,
) -> None:
    """Have render find the fingerprints of pictures and videos that an earlier version of Foveal drew without them.

    They are drawn once more: a placeholder (ThumbHash) and the perceptual hash for near-duplicates. Nothing else of an
    asset changes, and no event is published.
    """
    from foveal.aws.sqs import send_messages
    from foveal.database import client

    found, count = target.find(stage), 0
    database = client.connect(*found.catalog)
    wanted = {"project": project, "status": "ready", "deletion": None, "thumbhash": None}
    with client.unhurried():
        ids = (asset["_id"] for asset in database.assets.find(wanted, {"_id": 1}))
        while batch := list(islice(ids, BATCH)):
            messages = [json.dumps({"detail": {"asset_id": asset_id}}) for asset_id in batch]
            send_messages(found.queue_url("render"), messages)
            count += len(batch)
    typer.echo(f"render was asked to draw {count} assets of {project} again")


@app.command()
def redrive(stage: Stage = None) -> None:
    """Move the messages of every dead-letter queue back to its queue, after their cause was repaired."""
    from foveal.operations import queues

    for queue in target.find(stage).queues:
        found = moved = queues.redrive(queue, MOVE_SECONDS)
        if found.state == "empty":
            typer.echo(f"{queue.name}: the dead-letter queue is empty")
            continue
        while moved.state == "running":
            time.sleep(POLL_SECONDS)
            moved = queues.moved_so_far(queue)
        typer.echo(f"{queue.name}: {moved.moved} of {found.found} messages moved back to the queue")


@app.command()
def replay(
    start: Annotated[datetime, typer.Option("--from", help="Replay events from this time on (UTC).")],
    end: Annotated[datetime, typer.Option("--to", help="Up to this time (UTC).")],
    stage: Stage = None,
    rule: Annotated[list[str] | None, typer.Option(help="Only to this rule of the bus; may be repeated.")] = None,
) -> None:
    """Send the archived events of a time range to the bus again, each with the event_id that it had."""
    found, events = target.find(stage), target.client("events")
    if end <= start:
        raise typer.BadParameter("--to must be after --from")
    bus = events.describe_event_bus(Name=found.event_bus)["Arn"]
    archives = events.list_archives(EventSourceArn=bus)["Archives"]
    if not archives:
        raise typer.BadParameter(f"the bus {found.event_bus} has no archive")
    archive = events.describe_archive(ArchiveName=archives[0]["ArchiveName"])["ArchiveArn"]
    rules = {
        "FilterArns": [events.describe_rule(Name=name, EventBusName=found.event_bus)["Arn"] for name in rule or []]
    }
    name = f"foveal-{uuid.uuid4().hex[:12]}"
    events.start_replay(
        ReplayName=name,
        EventSourceArn=archive,
        EventStartTime=start.replace(tzinfo=UTC),
        EventEndTime=end.replace(tzinfo=UTC),
        Destination={"Arn": bus, **(rules if rule else {})},
    )
    typer.echo(f"replay {name} of {found.event_bus} has begun; aws events describe-replay --replay-name {name}")


def _counts(drift: dict[str, int]) -> str:
    return f" ({', '.join(f'{count} {name}' for name, count in sorted(drift.items()))})" if drift else ""
