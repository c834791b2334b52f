"""Session of a command: the client, the project, and the assets that the command line names."""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlencode

import typer

from foveal.client.errors import FovealError

if TYPE_CHECKING:
    from foveal.client._sync.project import Project

_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
STANDARD_INPUT: Final = "-"
Filter = Mapping[str, Any] | str | None


class NotOneAssetError(FovealError):
    """A file name that no asset has, or several."""

    def __init__(self, text: str, *, is_absent: bool) -> None:
        super().__init__(text)
        self.is_absent = is_absent


@contextmanager
def open_project(project: str | None, api: str | None) -> Iterator["Project"]:
    """Give the project that was named. Raises ConfigurationError, which says what is missing."""
    from foveal.client import Foveal

    with Foveal(api) as foveal:
        yield foveal.project(project)


def filter_of(words: Sequence[str]) -> Filter:
    """Return the filter of a query: None for no words, a mapping for JSON, else a query string.

    Raises typer.BadParameter for what is neither.
    """
    if len(words) == 1 and (words[0].startswith(("{", "@")) or words[0] == STANDARD_INPUT):
        return _json_filter(words[0])
    pairs = []
    for condition in chain.from_iterable(word.split("&") for word in words):
        name, equals, value = condition.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(
                f"{condition!r} is no condition; write name=value, for example tags=night, width.gte=1920 or label=car "
                "(docs/search.md lists the names)."
            )
        pairs.append((name, unquote(value)))  # `+` stays: it is in times with an offset
    return urlencode(pairs) or None


def json_filter_of(words: Sequence[str] | None) -> Any:
    """Return a filter in JSON, None for no words, for calls that take no query string."""
    found = filter_of(words or [])
    if isinstance(found, str):
        raise typer.BadParameter('give the filter in JSON, for example \'{"field": "tags", "eq": "night"}\'')
    return found


def _json_filter(word: str) -> Filter:
    try:
        text = word if word[0] == "{" else sys.stdin.read() if word == STANDARD_INPUT else Path(word[1:]).read_text()
        found = json.loads(text)
    except OSError as error:
        raise typer.BadParameter(f"{word[1:]}: {error.strerror}") from error
    except ValueError as error:
        raise typer.BadParameter(f"the filter is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise typer.BadParameter('a filter is a JSON object, for example {"field": "width", "gte": 1920}')
    return found["filter"] if set(found) == {"filter"} else found


def asset_id_of(project: "Project", asset: str) -> str:
    """Return the id of an asset that is named by id or file name. Raises NotOneAssetError."""
    if _ID.fullmatch(asset.lower()):
        return asset.lower()
    named: dict[str, Any] = {"and": [{"field": "file_name", "eq": asset}, {"field": "status", "exists": True}]}
    page = next(project.assets.search(named, fields=["file_name"], page_size=3).pages())
    if len(page) == 1:
        return page[0]["asset_id"]
    if not page:
        raise NotOneAssetError(f"No asset of {project.name} is named {asset!r}.", is_absent=True)
    raise NotOneAssetError(
        f"Several assets of {project.name} are named {asset!r}; name one by its id: "
        f"foveal ls '{urlencode({'file_name': asset})}'",
        is_absent=False,
    )


def selected(
    project: "Project",
    assets: Sequence[str] | None,
    where: str | None,
    refused: Callable[[str, Exception], None] | None = None,
) -> Iterator[str]:
    """Yield the ids of assets that are named, of those on standard input, and of those that a search finds.

    `refused` is told of each name that is not that of one asset, and the others go on; without it NotOneAssetError is
    raised. Raises typer.BadParameter when no asset is named and `where` is not given.
    """
    if not assets and where is None:
        raise typer.BadParameter("name assets, give `-` to read them from standard input, or find them with --where")
    given = list(assets or ())
    named: Iterable[str] = chain.from_iterable(_lines() if each == STANDARD_INPUT else [each] for each in given)
    for each in named:
        try:
            asset_id = asset_id_of(project, each)
        except NotOneAssetError as error:
            if refused is None:
                raise
            refused(each, error)
        else:
            yield asset_id
    if where is not None:
        for asset in project.assets.search(filter_of([where] if where else []), fields=["status"]):
            yield asset["asset_id"]


def _lines() -> Iterator[str]:
    """Yield an asset for each line of standard input: `asset_id` of an object in JSON, or the first cell."""
    for line in sys.stdin:
        text = line.strip()
        if text.startswith("{"):
            try:
                yield str(json.loads(text)["asset_id"])
            except (ValueError, KeyError) as error:
                raise typer.BadParameter("standard input: a line has no asset_id") from error
        elif text:
            yield text.partition("\t")[0]
