"""Options that commands have in common."""

from collections.abc import Mapping
from typing import Annotated, Final

import typer

Project = Annotated[
    str | None, typer.Option("--project", "-p", help="Project; FOVEAL_PROJECT, the profile's, or the local stack's.")
]
Api = Annotated[str | None, typer.Option("--api", help="Address of the API; FOVEAL_API_URL or the profile's.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object a line; errors too, on standard error.")]
Where = Annotated[
    str | None,
    typer.Option("--where", "-w", help="All that a search finds: 'tags=night&width.gte=1920', or a filter in JSON."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Asset = Annotated[str, typer.Argument(help="Id of an asset, or its file name where only one has it.", metavar="ASSET")]
Assets = Annotated[
    list[str] | None,
    typer.Argument(help="Ids or file names of assets; `-` reads them from standard input.", metavar="[ASSET]..."),
]
Query = Annotated[
    list[str] | None,
    typer.Argument(
        help="Conditions, all of which must hold: `tags=night` `width.gte=1920` `label=car`; or a filter in JSON, "
        "`@FILE` with one, `-` for standard input.",
        metavar="[QUERY]...",
    ),
]
JsonFilter = Annotated[
    list[str] | None, typer.Argument(help="A filter in JSON, `@FILE` with one, or `-`.", metavar="[FILTER]")
]

FINDING, CHANGING, LABELS, PROJECT = "Find and look", "Bring in and out, change, remove", "Labels", "Project"
"""Headings of `foveal --help`, in this order; commands that name none stand under that of their module."""
HEADINGS: Final[Mapping[str, str]] = {
    "foveal.cli.upload": CHANGING,
    "foveal.cli.export": CHANGING,
    "foveal.cli.account": "Sign in",
    "foveal.cli.agent": "Devices",
    "foveal.cli.probe": "Files on this machine",
    "local.commands.stack": "Local stack",
}
OPERATING: Final = "Operate"
