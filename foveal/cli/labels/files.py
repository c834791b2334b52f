"""Commands `foveal labels inspect|convert`: label files on this machine, without a stack."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from foveal.cli.labels.file_report import show
from foveal.cli.options import AsJson
from foveal.cli.output import Output

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

    found = lines(path, format_name, option or [], sizes)
    raise typer.Exit(code=1 if show(found, Output(as_json=as_json)) else 0)


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

    found = convert_files(path, out, to, format_name, option or [], sizes)
    raise typer.Exit(code=1 if show(found, Output(as_json=as_json)) else 0)
