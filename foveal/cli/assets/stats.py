"""Command `foveal stats`: how the values of a field are distributed over assets."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from foveal.cli import values
from foveal.cli.options import FINDING, Api, AsJson, JsonFilter, Project
from foveal.cli.output import Column, Output
from foveal.cli.session import json_filter_of, open_project

app = typer.Typer()

QUANTILES: Final = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
BAR_WIDTH: Final = 24


class Kind(StrEnum):
    """Kind of a statistic."""

    COUNTS = "counts"
    DISTINCT = "distinct"
    HISTOGRAM = "histogram"
    QUANTILES = "quantiles"


@app.command(rich_help_panel=FINDING)
def stats(
    field: Annotated[str, typer.Argument(help="Field of assets, for example width, tags or attributes.site.")],
    filter: JsonFilter = None,
    kind: Annotated[Kind, typer.Option("--kind", "-k", help="What to compute.")] = Kind.COUNTS,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Values at most, or buckets.")] = 20,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Count assets by the values of a field, or describe how its values are distributed."""
    requests: dict[Kind, Any] = {
        Kind.COUNTS: {"field": field, "limit": limit},
        Kind.DISTINCT: {"field": field, "limit": limit},
        Kind.HISTOGRAM: {"field": field, "buckets": limit},
        Kind.QUANTILES: {"field": field, "at": list(QUANTILES)},
    }
    aggregate: Any = {kind.value: requests[kind]}
    with open_project(project, api) as opened:
        answer: Any = opened.api.aggregate_assets(
            opened.name, aggregates={"result": aggregate}, filter=json_filter_of(filter)
        )
    result = answer["aggregates"]["result"]
    output = Output(as_json=as_json)
    rows = list(_rows(kind, result))
    most = max((row["count"] for row in rows if "count" in row), default=0)
    output.items(rows, _columns(kind, most), empty=f"No asset has {field}.")
    if not result.get("is_complete", True):
        output.say(f"The first {limit}; --limit asks for more.")


def _rows(kind: Kind, result: Any) -> Iterator[dict[str, Any]]:
    """Yield a row for each value, bucket or quantile."""
    if kind is Kind.COUNTS:
        yield from result["counts"]
    elif kind is Kind.DISTINCT:
        yield from ({"value": value} for value in result["values"])
    elif kind is Kind.QUANTILES:
        yield from ({"share": share, "value": value} for share, value in zip(QUANTILES, result["values"], strict=True))
    else:
        edges: Iterable[Any] = zip(result["boundaries"], result["boundaries"][1:], result["counts"], strict=False)
        yield from ({"from": low, "to": high, "count": count} for low, high, count in edges)


def _bar(count: int, most: int) -> str:
    return "█" * round(BAR_WIDTH * count / max(most, 1))


def _columns(kind: Kind, most: int) -> list[Column]:
    value = Column("VALUE", lambda row: values.plain(row["value"]))
    count = Column("ASSETS", lambda row: str(row["count"]), width=9, is_number=True)
    bar = Column("", lambda row: _bar(row["count"], most), width=BAR_WIDTH, rank=1, is_drawn=True)
    if kind is Kind.COUNTS:
        return [value, count, bar]
    if kind is Kind.DISTINCT:
        return [value]
    if kind is Kind.QUANTILES:
        return [Column("SHARE", lambda row: f"{row['share']:.0%}", width=6, is_number=True), value]
    low = Column("FROM", lambda row: values.plain(row["from"]), width=14, is_number=True)
    high = Column("TO", lambda row: values.plain(row["to"]), width=14, is_number=True)
    return [low, high, count, bar]
