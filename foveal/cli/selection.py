"""Options of the commands that take a folder: its files, the project, and how outcomes are printed."""

import dataclasses
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from foveal.client.errors import ConfigurationError
from foveal.client.folders.settings import UploadSettings

READ_BYTES = 64 * 1024


@dataclasses.dataclass(frozen=True)
class Selection:
    """A folder and what is taken of it."""

    folder: Annotated[Path, typer.Argument(help="The folder.", exists=True, file_okay=False)]
    project: Annotated[
        str | None, typer.Option(help="Project; FOVEAL_PROJECT, the profile's or the local stack's.")
    ] = None
    api: Annotated[str | None, typer.Option(help="Address of the API; FOVEAL_API_URL or the local stack's.")] = None
    include: Annotated[list[str] | None, typer.Option(help="Take only files that match a pattern of gitignore.")] = None
    exclude: Annotated[list[str] | None, typer.Option(help="Leave out what matches, as `.fovealignore` does.")] = None
    files_from0: Annotated[str | None, typer.Option(
        "--files-from0", metavar="<file>",
        help="Take the paths within the folder that a file lists, each ended by NUL; `-` reads standard input.",
    )] = None  # fmt: skip
    hidden: Annotated[bool, typer.Option("--hidden", help="Take files and folders that begin with a dot.")] = False
    follow: Annotated[bool, typer.Option("--follow", help="Follow symbolic links.")] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object for each file, the sum last.")] = False

    def settings(self, **others: Any) -> UploadSettings:
        """Return the settings of an upload or verification."""
        return UploadSettings(
            include=tuple(self.include or ()),
            exclude=tuple(self.exclude or ()),
            hidden=self.hidden,
            follow=self.follow,
            paths=None if self.files_from0 is None else _listed(self.files_from0),
            **others,
        )

    def project_name(self) -> str:
        """Return the project. Raises ConfigurationError if none is known."""
        from foveal.client.profile import find_profile

        project = self.project or find_profile(self.api).project
        if not project:
            raise ConfigurationError("Which project? Give --project, set FOVEAL_PROJECT, or `foveal login --project`.")
        return project


def selects(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a Selection in place of its parameter `selection`."""
    own = [each for each in inspect.signature(command).parameters.values() if each.name != "selection"]
    shared = inspect.signature(Selection).parameters.values()
    names = {each.name for each in shared}

    def run(**options: Any) -> None:
        selection = Selection(**{name: options.pop(name) for name in names})
        command(selection, **options)

    run.__name__, run.__doc__, run.__module__ = command.__name__, command.__doc__, command.__module__
    parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*shared, *own)]
    setattr(run, "__signature__", inspect.Signature(parameters))  # noqa: B010  mypy knows no such attribute
    return run


def _listed(name: str) -> Iterator[str]:
    """Return the texts of a file that end in NUL, as `find -print0` writes them. Raises BadParameter."""
    if name == "-":
        return _texts(sys.stdin.buffer)
    try:
        return _texts(Path(name).open("rb"))
    except OSError as error:
        raise typer.BadParameter(f"{name}: {error.strerror}", param_hint="--files-from0") from error


def _texts(file: BinaryIO) -> Iterator[str]:
    rest = b""
    with file:
        while block := file.read(READ_BYTES):
            *whole, rest = (rest + block).split(b"\0")
            yield from map(os.fsdecode, whole)
    if rest:
        yield os.fsdecode(rest)
