"""Command `foveal annotate`: labels of a file into the catalog, each row with its own result."""

import json
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from foveal.cli.labels.rows import Row, rows
from foveal.cli.options import LABELS, Api, AsJson, Project
from foveal.cli.output import Output
from foveal.cli.session import open_project

if TYPE_CHECKING:
    from foveal.client._sync.project import Project as OpenProject

app = typer.Typer()

ROWS_AT_ONCE: Final = 10_000
NAMES_AT_ONCE: Final = 1_000
_NAMESPACE: Final = uuid.UUID("3f0c5d1e-77f1-5d0b-9c35-6c1f4f0a9b5e")
WRITTEN, PRESENT, REFUSED, PLANNED = "written", "already there", "refused", "would write"
Operation = dict[str, Any]


@app.command(rich_help_panel=LABELS)
def annotate(
    file: Annotated[str, typer.Argument(help="JSON list or JSON lines; `-` reads standard input.", metavar="FILE")],
    field: Annotated[str | None, typer.Option(help="Layer of rows that name none, for example ground_truth.")] = None,
    clip: Annotated[bool, typer.Option("--clip", help="Cut boxes at the edges instead of refusing them.")] = False,
    tool: Annotated[str | None, typer.Option(help="Name of the program, kept in the history.")] = "foveal-cli",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read the rows and find their assets.")] = False,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Add labels to assets, any number of them; run it again, and no label is there twice.

    A row has `asset_id` or `file_name`, and the members of an annotation (docs/catalog.md):

    {"file_name": "lion.jpg", "type": "detection", "field": "ground_truth", "label": "lion", "bbox": [0.1, 0.2, 0.3,
    0.4]}

    Or it is a bulk operation with `op`: create, update, delete, restore. With --json each row has its result; else
    those that were refused are listed. Exits with 1 when a row was refused.
    """
    output, counts = Output(as_json=as_json), Counter[str]()
    with open_project(project, api) as opened:
        remaining = iter(rows(file))
        while batch := list(islice(remaining, ROWS_AT_ONCE)):
            for result in _results(opened, batch, field, clip=clip, tool=tool, is_plan=dry_run):
                counts[result["event"]] += 1
                if as_json:
                    output.json(result)
                elif result["event"] == REFUSED:
                    output.line(f"row {result['row']}", REFUSED, result["problem"]["detail"])
    total = sum(counts.values())
    if as_json:
        output.json({"event": "summary", "rows": total, "counts": dict(counts)})
    else:
        output.say(f"{total} rows: " + (", ".join(f"{count} {name}" for name, count in counts.items()) or "none"))
    raise typer.Exit(1 if counts[REFUSED] else 0)


def operation_of(row: dict[str, Any], asset_id: str, field: str | None) -> Operation:
    """Return the operation of a row: its own, or the creation of its annotation.

    The id of a new annotation is made of asset and content, so that the same row makes one annotation, however often.
    """
    if "op" in row:
        return row
    annotation = row.get("annotation") or {
        name: value for name, value in row.items() if name not in ("asset_id", "file_name", "annotation_id")
    }
    if field is not None:
        annotation = {"field": field, **annotation}
    content = json.dumps([asset_id, annotation], sort_keys=True, separators=(",", ":"))
    annotation_id = row.get("annotation_id") or str(uuid.uuid5(_NAMESPACE, content))
    return {"op": "create", "asset_id": asset_id, "annotation": annotation, "annotation_id": annotation_id}


def _results(
    project: "OpenProject", batch: list[Row], field: str | None, *, clip: bool, tool: str | None, is_plan: bool
) -> Iterator[dict[str, Any]]:
    """Yield the result of each row, in their order."""
    from foveal.client.calls import ABSENT

    names = _assets_by_name(project, (each.value["file_name"] for each in batch if _is_by_name(each)))
    operations: dict[int, Operation] = {}
    refused: dict[int, str] = {}
    for row in batch:
        reason = row.error
        found = [row.value["asset_id"]] if "asset_id" in row.value else names.get(str(row.value.get("file_name")), [])
        if reason is None and "op" not in row.value and len(found) != 1:
            reason = _no_asset(row.value, found)
        if reason is None:
            operations[row.number] = operation_of(row.value, found[0] if found else "", field)
        else:
            refused[row.number] = reason
    sent: Iterator[Any] = (
        iter([{"would": True}] * len(operations))
        if is_plan
        else iter(project.annotations.bulk(operations.values(), clip=clip or ABSENT, tool=tool or ABSENT))
    )
    for row in batch:
        if row.number in refused:
            problem = {"code": "InvalidRow", "detail": refused[row.number]}
            yield {"row": row.number, "event": REFUSED, "problem": problem}
        else:
            yield {"row": row.number, **_result(next(sent), operations[row.number])}


def _result(answer: dict[str, Any], operation: Operation) -> dict[str, Any]:
    if "would" in answer:
        return {"event": PLANNED}
    if "code" not in answer:
        return {"event": WRITTEN, "annotation_id": answer["annotation_id"], "revision": answer["revision"]}
    current = answer.get("current") or {}
    is_same = operation["op"] == "create" and current.get("annotation_id") == operation.get("annotation_id")
    if is_same and not current.get("deleted_at"):
        return {"event": PRESENT, "annotation_id": current["annotation_id"], "revision": current.get("revision")}
    return {"event": REFUSED, "problem": answer}


def _is_by_name(row: Row) -> bool:
    return row.error is None and "op" not in row.value and "asset_id" not in row.value and "file_name" in row.value


def _assets_by_name(project: "OpenProject", names: Iterable[str]) -> dict[str, list[str]]:
    """Return the ids of the assets that have each name."""
    found: dict[str, list[str]] = {}
    wanted = iter(dict.fromkeys(map(str, names)))
    while batch := list(islice(wanted, NAMES_AT_ONCE)):
        where = {"and": [{"field": "file_name", "in": batch}, {"field": "status", "ne": "deleted"}]}
        for asset in project.assets.search(where, fields=["file_name"]):
            found.setdefault(asset["file_name"], []).append(asset["asset_id"])
    return found


def _no_asset(row: dict[str, Any], found: list[str]) -> str:
    if "file_name" not in row:
        return "needs asset_id or file_name"
    if not found:
        return f"no asset is named {row['file_name']!r}"
    return f"{len(found)} assets are named {row['file_name']!r}; give asset_id: {', '.join(found[:5])}"
