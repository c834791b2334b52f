"""Commands that find assets: `foveal ls` and `foveal search`."""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from foveal.cli.assets.columns import ASSET_COLUMNS, FIELDS
from foveal.cli.options import FINDING, Api, AsJson, Project, Query
from foveal.cli.output import Output
from foveal.cli.session import Filter, filter_of, open_project

if TYPE_CHECKING:
    from foveal.client._sync.project import Project as OpenProject

app = typer.Typer()

DEFAULT_LIMIT: Final = 50
MAX_PAGE: Final = 500
Sort = Annotated[str, typer.Option("--sort", "-s", help="Field to sort by, `-` before it for descending.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="Assets at most.")]
All = Annotated[bool, typer.Option("--all", "-a", help="All that there are, page by page.")]
View = Annotated[str | None, typer.Option("--view", help="A saved view whose filter must hold as well.")]
Fields = Annotated[str | None, typer.Option("--fields", help="With --json: only these members, by commas.")]


@app.command(rich_help_panel=FINDING)
def ls(
    query: Query = None,
    project: Project = None,
    sort: Sort = "-created_at",
    limit: Limit = DEFAULT_LIMIT,
    everything: All = False,
    view: View = None,
    fields: Fields = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """List assets, newest first; with conditions, those that meet all of them.

    Also those that are pending, failed or quarantined; `foveal search` finds ready ones unless the status is named,
    and `foveal ls status=deleted` those that can be restored.
    """
    given = filter_of(query or [])
    if given is None and view is None:
        given = {"field": "status", "ne": "deleted"}
    elif isinstance(given, str) and not any(each.startswith("status") for each in given.split("&")):
        given = f"{given}&status.ne=deleted"
    with open_project(project, api) as opened:
        _print(opened, given, sort, None if everything else limit, view, fields, as_json=as_json)


@app.command(rich_help_panel=FINDING)
def search(
    query: Query = None,
    project: Project = None,
    sort: Sort = "-created_at",
    limit: Limit = DEFAULT_LIMIT,
    everything: All = False,
    view: View = None,
    fields: Fields = None,
    count: Annotated[bool, typer.Option("--count", "-c", help="Only say how many there are.")] = False,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Find ready assets by their facts, tags, attributes and labels (docs/search.md).

    foveal search label=car confidence.gte=0.8 tags=night

    foveal search '{"annotations": {"count": {"of": {"label": "person"}, "gte": 5}}}'
    """
    given = filter_of(query or [])
    with open_project(project, api) as opened:
        if count:
            _count(opened, given, view, as_json=as_json)
            return
        _print(opened, given, sort, None if everything else limit, view, fields, as_json=as_json)


def _print(
    project: "OpenProject",
    given: Filter,
    sort: str,
    limit: int | None,
    view: str | None,
    fields: str | None,
    *,
    as_json: bool,
) -> None:
    from foveal.client.calls import ABSENT

    output = Output(as_json=as_json)
    chosen = fields.split(",") if fields else ABSENT if as_json else FIELDS
    size = MAX_PAGE if limit is None else min(limit + 1, MAX_PAGE)
    found: Iterator[Any] = iter(
        project.assets.search(given, sort=sort, view=view or ABSENT, fields=chosen, page_size=size)
    )
    none = f"No asset of {project.name} matches."
    shown = output.items(found if limit is None else islice(found, limit), ASSET_COLUMNS, empty=none)
    if shown == limit and next(found, None) is not None:
        output.say(f"The first {limit}; --all lists the others too.")


def _count(project: "OpenProject", given: Filter, view: str | None, *, as_json: bool) -> None:
    from foveal.client.calls import ABSENT

    output = Output(as_json=as_json)
    if isinstance(given, str):  # the values' kinds are known to the API alone
        number = sum(1 for _ in project.assets.search(given, view=view or ABSENT, fields=["status"]))
    else:
        wanted: Any = given or None
        answer: Any = project.api.aggregate_assets(
            project.name, aggregates={"all": {"count": {}}}, filter=wanted, view=view or ABSENT
        )
        number = answer["aggregates"]["all"]["count"]
    output.json({"count": number}) if as_json else output.line(str(number))
