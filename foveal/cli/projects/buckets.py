"""Commands `foveal bucket import|policy`: a bucket that exists into a project, and what its owner has to allow."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from foveal.cli.options import CHANGING, Api, AsJson, Project
from foveal.cli.output import Output
from foveal.cli.projects import bucket_policies

app = typer.Typer()
bucket = typer.Typer(no_args_is_help=True, help="Buckets that exist: import one without moving a byte.")
app.add_typer(bucket, name="bucket", rich_help_panel=CHANGING)

POLL_SECONDS: Final = 1.0
MAX_TOLD: Final = 20
AT_WORK: Final = ("checking", "running")
Address = Annotated[str, typer.Argument(metavar="S3_ADDRESS", help="s3://BUCKET, or s3://BUCKET/PREFIX.")]


@bucket.command("import")
def import_(
    address: Address,
    inventory: Annotated[
        str | None, typer.Option(metavar="S3_ADDRESS", help="The manifest.json of an S3 Inventory report on it.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count and estimate, and write nothing.")] = False,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="A tag of every asset; repeat for more.")] = None,
    tags_from_path: Annotated[
        bool, typer.Option("--tags-from-path", help="Folders below the prefix are tags.")
    ] = False,
    facts: Annotated[
        bool, typer.Option("--facts/--no-facts", help="Read the facts of each object, or index only.")
    ] = True,
    workers: Annotated[int, typer.Option(help="Workers that share the data files of a report.", min=1, max=16)] = 1,
    again: Annotated[
        str | None,
        typer.Option("--continue", metavar="IMPORT", help="Go on with an import that was stopped or failed."),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Where to keep the report: JSON lines.")] = None,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Bring the objects of a bucket into a project as they lie there; by admins.

    Nothing is copied, changed or tagged. Without --inventory the bucket is listed. A second import of the same objects
    changes nothing. Exits with 1 when no row became an asset.
    """
    from foveal.cli.labels import transfer
    from foveal.cli.session import open_project

    name, _, prefix = address.removeprefix("s3://").partition("/")
    if not address.startswith("s3://") or not name:
        raise typer.BadParameter("write s3://BUCKET or s3://BUCKET/PREFIX", param_hint="S3_ADDRESS")
    source: dict[str, Any] = {"bucket": name, "prefix": prefix, "facts": facts, "workers": workers}
    source |= {"tags": tag or [], "tags_from_path": tags_from_path, "inventory": inventory}
    output = Output(as_json=as_json)
    with open_project(project, api) as opened, report.open("wb") if report else nullcontext() as kept:
        import_id = again
        if import_id is None:
            members: Any = source
            begun: Any = opened.api.begin_import(opened.name, kind="bucket", source=members)
            import_id = begun["import"]["import_id"]
        started: Any = opened.api.start_import(import_id, dry_run=dry_run)
        found = _ended(opened, import_id, started["job"])
        told = transfer.report_lines(found, kept)
    _tell(output, found, told)
    if found["rows"]["rows"] and not found["rows"]["imported"]:
        raise typer.Exit(1)


@bucket.command("undo")
def undo(
    import_id: Annotated[str, typer.Argument(metavar="IMPORT", help="Id of an import of a bucket.")],
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Remove the assets of an import that nobody has used since from the catalog; by admins. The bucket stays as it is.

    An asset is used that was annotated, edited or deleted, or that a rendition (a thumbnail), an embedding, a label
    file or a version of a data set has.
    """
    from foveal.cli.labels import transfer
    from foveal.cli.session import open_project

    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        found = transfer.undo_import(opened, import_id, "bucket")
    if as_json:
        output.json({"kind": "summary", "import_id": import_id, **found})
        return
    output.line(f"{found['removed']:,} assets removed, {found['kept']:,} used since and kept.")


@bucket.command("policy")
def policy(
    name: Annotated[str, typer.Argument(metavar="BUCKET", help="The bucket that the stage is to read.")],
    account: Annotated[str, typer.Option(help="The account of the stage: twelve digits.")],
    prefix: Annotated[str, typer.Option(help="Only keys below this.")] = "",
    external_id: Annotated[str | None, typer.Option(help="For a role: the external id that it asks for.")] = None,
    kms_key_arn: Annotated[str | None, typer.Option(help="The key of the objects, if they have one of yours.")] = None,
    role: Annotated[bool, typer.Option("--role", help="The policies of a role in the bucket's account.")] = False,
) -> None:
    """Print what the owner of a bucket has to allow, as JSON: a bucket policy, or the two policies of a role."""
    if not (account.isascii() and account.isdecimal() and len(account) == 12):
        raise typer.BadParameter("an account has twelve digits", param_hint="--account")
    if role:
        printed = bucket_policies.of_role(name, account, prefix, external_id, kms_key_arn)
    else:
        printed = bucket_policies.of_bucket(name, account, prefix, kms_key_arn)
    typer.echo(json.dumps(printed, indent=2))


def _ended(project: Any, import_id: str, job: Mapping[str, Any]) -> dict[str, Any]:
    """Wait for the end of an import and return it. Raises APIError with its failure, also for one that was stopped."""
    from foveal.client.errors import APIError

    found: dict[str, Any] = dict(project.api.get_import(import_id))
    while found["state"] in AT_WORK:
        job = dict(project.api.get_job(job["job_id"]))
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{job['progress']['finished']:,} rows")
        time.sleep(POLL_SECONDS)
        found = dict(project.api.get_import(import_id))
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    if found["state"] in ("failed", "stopped"):
        job = dict(project.api.get_job(job["job_id"]))
        told = f"The import {import_id} was stopped; --continue {import_id} goes on with it."
        failure = job.get("failure") or {"code": "Stopped", "detail": told}
        raise APIError(failure["code"], 422, failure["detail"], failure)
    return found


def _tell(output: Output, found: Mapping[str, Any], told: list[Mapping[str, Any]]) -> None:
    counts = found["rows"]
    if output.as_json:
        for line in told:
            output.json(line)
        estimate = {"estimate": found["estimate"]} if found["state"] == "checked" else {}
        output.json({"kind": "summary", "import_id": found["import_id"], "state": found["state"], **counts, **estimate})
        return
    for line in told[:MAX_TOLD]:
        output.say(f"{line['kind'].replace('_', ' ')}: {line['key']}: {line['message']}")
    if len(told) > MAX_TOLD:
        output.say(f"and {len(told) - MAX_TOLD:,} more: --report FILE keeps them all.")
    if found["state"] == "checked":
        of = found["estimate"]
        output.say(
            f"{counts['imported']:,} of {counts['rows']:,} rows can be imported, {counts['refused']:,} not: "
            f"{of['bytes']:,} bytes, which stay where they are."
        )
        output.say(
            f"About {of['hours']:,} hours and {of['usd']:,} USD of AWS: {of['s3_reads']:,} reads, "
            f"{of['s3_lists']:,} lists, {of['worker_seconds']:,} seconds of workers."
        )
        return
    output.say(
        f"{counts['imported']:,} of {counts['rows']:,} rows imported ({counts['new']:,} new, {counts['changed']:,} "
        f"changed, {counts['unchanged']:,} unchanged), {counts['refused']:,} refused; {counts['read']:,} objects read, "
        f"{counts['not_read']:,} not. Import {found['import_id']}."
    )
