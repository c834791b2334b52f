"""Commands `foveal labels import|export`: label files into a project and out of it, with progress and reports."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from foveal.cli import values
from foveal.cli.labels.files import Format_, Options_
from foveal.cli.options import Api, AsJson, Project
from foveal.cli.output import Column, Output

MAX_TOLD = 20
IMPORTS: Final = (
    Column("IMPORT", lambda each: each["import_id"], width=36, style="cyan"),
    Column("STATE", lambda each: each["state"], width=9, style="status"),
    Column("FORMAT", lambda each: each["format"] or "", width=12),
    Column("IMPORTED", lambda each: f"{each.get('counts', {}).get('imported', 0):,}", width=10, is_number=True),
    Column("NOT", lambda each: f"{each.get('counts', {}).get('not_imported', 0):,}", width=8, is_number=True),
    Column("BEGUN", lambda each: values.local_time(each["created_at"]), width=16, rank=1),
    Column("FILES", lambda each: ", ".join(file["name"] for file in each["files"]), rank=2),
)
Paths_ = Annotated[
    list[Path], typer.Argument(exists=True, metavar="PATH...", help="Files, folders, ZIP or tar archives.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Count and ask, and write nothing.")]
Field_ = Annotated[str | None, typer.Option("--field", help="The layer of all annotations.")]
AssetEvents_ = Annotated[
    bool, typer.Option("--asset-events/--no-asset-events", help="Publish AnnotationsChanged for each asset.")
]
Schema_ = Annotated[str | None, typer.Option("--label-schema", help="Make or extend this label schema; by admins.")]


def import_(
    paths: Paths_,
    format_name: Format_ = None,
    option: Options_ = None,
    field: Field_ = None,
    label_schema: Schema_ = None,
    asset_events: AssetEvents_ = True,
    dry_run: DryRun = False,
    report: Annotated[Path | None, typer.Option(help="Where to keep the report: JSON lines.")] = None,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Bring label files into a project: first a dry run, then, when nothing has to be asked, the annotations.

    Several paths, such as the files of one export, are an import each. Of a folder the label files are sent in one
    archive, media stay where they are. The classes of the files make the label schema that is called as the layer,
    where there is none. Exits with 1 when a question is open or no record of a path became an annotation.
    """
    from foveal.cli.labels import transfer
    from foveal.cli.session import open_project

    output, answers = Output(as_json=as_json), transfer.options_of(option or [])
    members: dict[str, Any] = {
        "format": format_name,
        "field": field,
        "label_schema": label_schema,
        "options": answers or None,
        "asset_events": None if asset_events else False,
    }
    is_done = True
    with (
        open_project(project, api) as opened,
        tempfile.TemporaryDirectory(prefix="labels-") as folder,
        report.open("wb") if report else nullcontext() as kept,
    ):
        for path in paths:
            import_id = transfer.send(opened, transfer.packed(path, Path(folder)), members)
            found = transfer.run_import(opened, import_id, is_dry=True)
            questions: list[Any] = found.get("questions", [])
            if not questions and not dry_run:
                found = transfer.run_import(opened, import_id, is_dry=False)
            _tell(output, found, questions, transfer.report_lines(found, kept))
            counts = found["counts"]
            is_done &= not questions and (bool(counts["imported"]) or not counts["records"])
    if not is_done:
        raise typer.Exit(1)


def imports(project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """List the imports of label files, newest first."""
    from foveal.cli.session import open_project

    with open_project(project, api) as opened:
        Output(as_json=as_json).items(opened.imports(), IMPORTS, empty=f"{opened.name} has no imports.")


def undo(
    import_id: Annotated[str, typer.Argument(metavar="IMPORT", help="Id of an import.")],
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Take back the annotations of an import; those that somebody has edited since stay."""
    from foveal.cli.labels import transfer
    from foveal.cli.session import open_project

    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        found = transfer.undo_import(opened, import_id, "labels")
    if as_json:
        output.json({"kind": "summary", "import_id": import_id, **found})
        return
    output.line(f"{found['deleted']:,} annotations deleted, {found['edited']:,} edited since and kept.")


def export(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write: .zip, .tar, or of the format itself.")],
    to: Annotated[str, typer.Option("--to", help="The format to write.")],
    where: Annotated[str | None, typer.Option("--where", "-w", help="A filter in JSON; without it, all.")] = None,
    view: Annotated[str | None, typer.Option(help="A saved view that must hold as well.")] = None,
    of_import: Annotated[str | None, typer.Option("--import", help="Id of an import: its files, as they came.")] = None,
    dataset: Annotated[
        str | None,
        typer.Option(
            metavar="NAME[@VERSION]",
            help="A data set version: exactly what it pins; without a number, the newest.",
        ),
    ] = None,
    field: Annotated[list[str] | None, typer.Option("--field", help="Only this layer; repeat for more.")] = None,
    label_schema: Annotated[str | None, typer.Option(help="The classes, in the order of this label schema.")] = None,
    option: Options_ = None,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Write the labels of a project or of a data set version into a file of another tool, and tell each loss."""
    from foveal.cli.labels import transfer
    from foveal.cli.session import json_filter_of, open_project

    if out.exists():
        raise typer.BadParameter(f"{out} exists already: name another place, or remove it first.")
    members: dict[str, Any] = {
        "filter": json_filter_of([where]) if where else None,
        "view": view,
        "import_id": of_import,
        "fields": field or None,
        "label_schema": label_schema,
        "options": transfer.options_of(option or []) or None,
    }
    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        given = {name: value for name, value in members.items() if value is not None}
        given |= transfer.version_of(opened, dataset) if dataset else {}
        result = transfer.run_export(opened, to, out, given)
    if as_json:
        output.json({"kind": "summary", "path": str(out), **result})
        return
    for loss in result["losses"]:
        output.say(f"{loss['count']:,} times {loss['field']}: {loss['why']} ({loss['code']})")
    output.say(
        f"{out}: {result['annotation_count']:,} annotations of {result['asset_count']:,} assets, "
        f"{result['left_out_count']:,} left out."
    )


def _tell(output: Output, found: Mapping[str, Any], questions: list[Any], told: list[Mapping[str, Any]]) -> None:
    counts = found["counts"]
    if output.as_json:
        for line in (*told, *questions):
            output.json(line)
        members = {name: found[name] for name in ("import_id", "format", "label_schema") if name in found}
        output.json({"kind": "summary", **members, **counts})
        return
    for line in [each for each in told if each["kind"] != "question"][:MAX_TOLD]:
        where = line.get("pointer") or line.get("where")
        output.say(f"{line['kind'].replace('_', ' ')}: {line.get('reason') or line.get('message')} ({where})")
    for question in questions:
        choices = "|".join(question["choices"])
        output.say(f"{question['message']} Answer with --option {question['option']}={choices}; ")
        output.say(f"  likely {question['proposal']} ({question['where']}).")
    verb = "imported" if found["state"] == "completed" else "can be imported"
    output.say(
        f"{found['format']}: {counts['imported']:,} of {counts['records']:,} records {verb}, "
        f"{counts['not_imported']:,} not; {counts['annotations']:,} annotations on "
        f"{counts['assets_matched']:,} of {counts['assets']:,} assets. "
        f"Import {found['import_id']}."
    )
    if schema := found.get("label_schema"):
        written = f"revision {schema['revision']}" if schema["revision"] else "not written"
        output.say(
            f"Label schema {schema['name']} ({written}): {schema['added_count']:,} labels added, "
            f"{schema['extended_count']:,} extended, {schema['lacking_count']:,} lacking."
        )
