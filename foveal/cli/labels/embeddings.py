"""Commands for embeddings: `foveal embeddings ls|put`."""

from collections import Counter
from typing import Annotated, Any, Final

import typer

from foveal.cli import values
from foveal.cli.labels.rows import rows
from foveal.cli.options import LABELS, Api, AsJson, Asset, Project
from foveal.cli.output import Column, Output
from foveal.cli.session import asset_id_of, open_project

app = typer.Typer()
embeddings = typer.Typer(no_args_is_help=True, help="Embeddings: vectors of assets and annotations, by model.")
app.add_typer(embeddings, name="embeddings", rich_help_panel=LABELS)

COLUMNS: Final = (
    Column("MODEL", lambda each: f"{each['model']}:{each['version']}", style="cyan"),
    Column("SIZE", lambda each: str(each["dimensions"]), width=6, is_number=True),
    Column("ANNOTATION", lambda each: each.get("annotation_id") or "", width=36, rank=1),
    Column("STORED", lambda each: values.local_time(each.get("created_at")), width=16),
)


@embeddings.command("ls")
def ls(asset: Asset, project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """List the embeddings of an asset, without the vectors."""
    with open_project(project, api) as opened:
        found = opened.embeddings(asset_id_of(opened, asset))
        Output(as_json=as_json).items(found, COLUMNS, empty="The asset has no embeddings.")


@embeddings.command("put")
def put(
    file: Annotated[str, typer.Argument(help="JSON list or lines; `-` for standard input.", metavar="FILE")],
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Store embeddings, rows of `asset_id`, `model`, `version`, `vector`; one that is there is replaced."""
    output, counts = Output(as_json=as_json), Counter[str]()
    broken: list[tuple[int, str]] = []
    numbers: list[int] = []

    def vectors() -> Any:
        for row in rows(file):
            if row.error:
                broken.append((row.number, row.error))
            else:
                numbers.append(row.number)
                yield row.value

    def tell(number: int, answer: dict[str, Any]) -> None:
        event = "refused" if "code" in answer else "stored"
        counts[event] += 1
        if as_json:
            output.json({"row": number, "event": event, **({"problem": answer} if event == "refused" else answer)})
        elif event == "refused":
            output.line(f"row {number}", event, str(answer["detail"]))

    with open_project(project, api) as opened:
        for position, answer in enumerate(opened.write_embeddings(vectors())):
            tell(numbers[position], dict(answer))
    for number, reason in broken:
        tell(number, {"code": "InvalidRow", "detail": reason})
    output.say(", ".join(f"{count} {event}" for event, count in counts.items()) or "No rows.")
    raise typer.Exit(1 if counts["refused"] else 0)
