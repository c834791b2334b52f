"""Commands `foveal labels inspect|convert`: label files on this machine, without a stack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from foveal.cli.options import AsJson
from foveal.cli.text import printable

Path_ = Annotated[Path, typer.Argument(metavar="PATH", help="A file, a folder, a ZIP or a tar archive.")]
Format_ = Annotated[str | None, typer.Option("--format", help="The format; recognised from the files if not given.")]
Options_ = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="NAME=VALUE", help="An answer to what the files leave open; repeat for more."),
]
Sizes_ = Annotated[
    Path | None,
    typer.Option(help="CSV with file_name,width,height,orientation,frame_count of the assets that the files name."),
]


def inspect(
    path: Path_,
    format_name: Format_ = None,
    option: Options_ = None,
    sizes: Sizes_ = None,
    as_json: AsJson = False,
) -> None:
    """Show what label files hold: assets, labels, annotations, what cannot be placed, what has to be asked.

    Needs no server. Exits with 1 for a file that is refused.
    """
    from foveal.formats.inspection import lines

    refused = False
    for line in lines(path, format_name, option or [], sizes):
        refused |= line["kind"] == "error"
        print(json.dumps(line) if as_json else _sentence(line), flush=False)
    raise typer.Exit(code=1 if refused else 0)


def convert(
    path: Path_,
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="A file, a folder, a .zip or a .tar that is not there yet.")
    ],
    to: Annotated[str, typer.Option("--to", help="The format to write.")],
    format_name: Format_ = None,
    option: Options_ = None,
    sizes: Sizes_ = None,
    as_json: AsJson = False,
) -> None:
    """Convert label files from one format to another, and tell each field that the other format cannot hold."""
    from foveal.formats.conversion import convert_files

    refused = False
    for line in convert_files(path, out, to, format_name, option or [], sizes):
        refused |= line["kind"] == "error"
        print(json.dumps(line) if as_json else _sentence(line))
    raise typer.Exit(code=1 if refused else 0)


def _sentence(line: dict[str, Any]) -> str:
    members = {name: value for name, value in line.items() if name != "kind"}
    match line["kind"]:
        case "error" | "warning" | "question":
            where = f" ({line['where']})" if line.get("where") else ""
            return printable(f"{line['kind']}: {line['message']}{where}")
        case kind:
            return printable(f"{kind}  {json.dumps(members, ensure_ascii=False)}")
