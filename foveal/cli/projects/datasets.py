"""Commands for data sets and their versions: `foveal datasets ls|create|show|members|diff|rm`."""

import time
from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from foveal.cli import values
from foveal.cli.assets.show import flat
from foveal.cli.options import PROJECT, Api, AsJson, JsonFilter, Project, Yes
from foveal.cli.output import Column, Output
from foveal.cli.session import json_filter_of, open_project

app = typer.Typer()
datasets = typer.Typer(no_args_is_help=True, help="Data sets: versions that pin bytes, annotations and splits.")
app.add_typer(datasets, name="datasets", rich_help_panel=PROJECT)

NEWEST: Final = "newest"
POLL_SECONDS: Final = 2.0
Name = Annotated[str, typer.Argument(help="Name of the data set.")]
Version = Annotated[str, typer.Argument(help="Number of a version, or `newest`.")]


def _count(item: Mapping[str, Any], member: str) -> str:
    return f"{item[member]:,}" if member in item else ""


def _newest(member: str) -> Any:
    return lambda each: str((each["newest"] or {}).get(member, ""))


DATASETS: Final = (
    Column("NAME", lambda each: each["name"], width=24, style="cyan"),
    Column("NEWEST", _newest("version"), width=7, is_number=True),
    Column("ASSETS", lambda each: _count(each["newest"] or {}, "asset_count"), width=11, is_number=True),
    Column("ANNOTATIONS", lambda each: _count(each["newest"] or {}, "annotation_count"), width=12, is_number=True),
    Column("ROOT", _newest("root"), width=68, rank=1),
)
VERSIONS: Final = (
    Column("VERSION", lambda each: str(each["version"]), width=7, is_number=True),
    Column("STATE", lambda each: each["state"], width=9, style="status"),
    Column("ASSETS", lambda each: _count(each, "asset_count"), width=11, is_number=True),
    Column("ANNOTATIONS", lambda each: _count(each, "annotation_count"), width=12, is_number=True),
    Column("CREATED", lambda each: values.local_time(each["created_at"]), width=16, rank=1),
    Column("DESCRIPTION", lambda each: each.get("description") or "", rank=2),
    Column("ROOT", lambda each: each.get("root", ""), width=68, rank=3),
)
FACTS: Final = (
    Column("CHANGE", lambda each: each["change"], width=19, style="cyan"),
    Column("FILE", lambda each: each["file_name"]),
    Column("BEFORE", lambda each: _text(each.get("before")), width=16),
    Column("AFTER", lambda each: _text(each.get("after")), width=16),
    Column("WHAT", lambda each: ", ".join(each.get("kinds", ())), width=20, rank=1),
    Column("ANNOTATION", lambda each: each.get("annotation_id", ""), width=36, rank=2),
)


@datasets.command("ls")
def ls(
    name: Annotated[str | None, typer.Argument(help="A data set, whose versions are listed then.")] = None,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """List the data sets by name, or the versions of one, newest first."""
    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        if name is None:
            none = f"{opened.name} has no data sets: foveal datasets create NAME"
            output.items(opened.datasets(), DATASETS, empty=none)
        else:
            output.items(opened.dataset_versions(name), VERSIONS, empty=f"{name} has no versions.")


@datasets.command("create")
def create(
    name: Name,
    filter: JsonFilter = None,
    view: Annotated[str | None, typer.Option(help="A saved view, whose filter must hold as well.")] = None,
    assets: Annotated[
        typer.FileText | None, typer.Option("--assets", help="A file with the id of an asset on each line; or `-`.")
    ] = None,
    description: Annotated[str | None, typer.Option(help="A sentence about it.")] = None,
    split: Annotated[
        str | None, typer.Option(help="Shares of the splits: train=0.8,val=0.1,test=0.1", metavar="NAME=SHARE,...")
    ] = None,
    seed: Annotated[str | None, typer.Option(help="Seed of the split; the same seed gives the same split.")] = None,
    group_by: Annotated[
        str | None, typer.Option(help="Never torn apart: `asset`, `attribute:NAME` or `tag:PREFIX`.")
    ] = None,
    stratify: Annotated[bool, typer.Option("--stratify", help="Keep the shares of each label.")] = False,
    keep_from: Annotated[int | None, typer.Option(help="A version whose assets stay in their splits.")] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for a version that a job makes.")] = True,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Pin assets as the next version of a data set: all, those of a filter or view, or those of a list."""
    rules = {
        "shares": _shares(split) if split else None,
        "seed": seed,
        "group_by": group_by,
        "stratify": stratify or None,
        "keep_from": keep_from,
    }
    given: dict[str, Any] = {
        "filter": json_filter_of(filter),
        "view": view,
        "asset_ids": [line.strip() for line in assets if line.strip()] if assets else None,
        "description": description,
        "split": {member: value for member, value in rules.items() if value is not None} or None,
    }
    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        made = opened.api.create_dataset_version(
            opened.name, name, **{member: value for member, value in given.items() if value is not None}
        )
        while wait and made["state"] == "creating":
            time.sleep(POLL_SECONDS)
            made = opened.api.get_dataset_version(opened.name, name, str(made["version"]))
    output.json(made) if as_json else _print(output, made)
    if made["state"] == "failed":
        raise typer.Exit(1)


@datasets.command("show")
def show(
    name: Name, version: Version = NEWEST, project: Project = None, as_json: AsJson = False, api: Api = None
) -> None:
    """Show a version: its root, sizes, splits, labels and rules."""
    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        found = opened.api.get_dataset_version(opened.name, name, version)
    output.json(found) if as_json else _print(output, found)


@datasets.command("members")
def members(
    name: Name,
    version: Version = NEWEST,
    split: Annotated[str | None, typer.Option(help="Only the members of this split.")] = None,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """List the members of a version: asset, split, checksum, S3 version, annotations."""
    columns = (
        Column("ASSET", lambda each: each["asset_id"], width=36, style="cyan"),
        Column("FILE", lambda each: each["file_name"]),
        Column("SPLIT", lambda each: each["split"] or "", width=10),
        Column("ANNOTATIONS", lambda each: str(len(each["annotations"])), width=11, is_number=True),
        Column("S3 VERSION", lambda each: each["s3"]["version_id"] or "", width=34, rank=1),
        Column("CHECKSUM", lambda each: each["checksum"], width=24, rank=2),
    )
    with open_project(project, api) as opened:
        found = opened.dataset_members(name, version, split=split)
        Output(as_json=as_json).items(found, columns, empty="The version has no such members.")


@datasets.command("diff")
def diff(
    name: Name,
    before: Annotated[int, typer.Argument(help="Number of the older version.")],
    after: Version = NEWEST,
    summary: Annotated[bool, typer.Option("--summary", help="Only the counts.")] = False,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Compare two versions: counts first, then each asset and annotation that differs."""
    from foveal.client.calls import ABSENT

    output, token = Output(as_json=as_json), None
    with open_project(project, api) as opened:
        while True:
            page = opened.api.compare_dataset_versions(
                opened.name, name, after, against=before, next_token=token or ABSENT, limit=1 if summary else 500
            )
            if page["summary"] is not None:
                _print_summary(output, page["summary"])
            token = page["next_token"]
            if not summary:
                output.items(page["items"], FACTS, empty="")
            if summary or token is None:
                return


@datasets.command("rm")
def rm(
    name: Name,
    version: Annotated[str, typer.Argument(help="Number of the version.")],
    yes: Yes = False,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Delete a version; by an admin. What it pinned may be deleted for good then."""
    if not yes:
        typer.confirm(f"Delete version {version} of {name}? It cannot be brought back.", abort=True, err=True)
    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        opened.api.delete_dataset_version(opened.name, name, version)
    output.json({"dataset": name, "version": version, "event": "deleted"}) if as_json else output.line(
        f"{name} {version} deleted"
    )


def _shares(text: str) -> dict[str, float]:
    """Return shares by the names of splits. Raises typer.BadParameter."""
    try:
        return {name.strip(): float(share) for name, share in (part.split("=") for part in text.split(","))}
    except ValueError:
        raise typer.BadParameter(f"--split {text}: give shares as train=0.8,val=0.2") from None


def _print(output: Output, version: Mapping[str, Any]) -> None:
    """Print a version line by line: its plain members, then sizes by split and label."""
    lists = ("splits", "labels", "label_schemas")
    for name, value in flat({member: value for member, value in version.items() if member not in lists}):
        output.line(name, value)
    for each in version.get("splits", ()):
        output.line("split", each["split"] or "-", f"{each['assets']} assets", f"{each['annotations']} annotations")
    for each in version.get("labels", ()):
        output.line("label", each["label"] or "-", each["split"] or "-", str(each["count"]))
    for each in version.get("label_schemas", ()):
        output.line("label schema", each["name"], f"revision {each['revision']}")


def _print_summary(output: Output, summary: Mapping[str, Any]) -> None:
    if output.as_json:
        output.json({"summary": summary})
        return
    for change, count in summary["changes"].items():
        output.line(change, str(count))
    for each in summary["labels"]:
        output.line("label", each["label"] or "-", str(each["before"]), str(each["after"]))
    for each in summary["label_schemas"]:
        output.line("label schema", each["name"], _text(each["before"]), _text(each["after"]))


def _text(value: Any) -> str:
    return "" if value is None else str(value)
