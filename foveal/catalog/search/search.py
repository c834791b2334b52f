"""Search: pages of assets by a filter, in an order; bounded in time, in size, and to one project."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, Final

import pymongo
from pydantic import AfterValidator, Field
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import ExecutionTimeout, NetworkTimeout, OperationFailure

from foveal.access.page_tokens import Position, Tokens
from foveal.catalog import assets
from foveal.catalog.keyset import Sort, ranges_after
from foveal.catalog.search import filters
from foveal.catalog.search.compiler import Compiled, compile_filter
from foveal.catalog.search.fields import lookup
from foveal.catalog.search.filters import Filter
from foveal.catalog.search.indexes import SORTABLE
from foveal.database.asset_fields import INTERNAL, Kind
from foveal.database.client import Document
from foveal.database.text_instants import answering
from foveal.errors import InvalidRequest, QueryTooExpensive
from foveal.validation.models import Model, validated
from foveal.validation.values import Slug, depth

MAX_PAGE: Final = 500
MAX_MILLISECONDS: Final = 5_000
_BAD_VALUE, _MEMORY_LIMIT = 2, 292


def sortable(sort: str) -> str:
    """Return the name of a sort. Raises ValueError, with the fields that have an index for it."""
    if sort.removeprefix("-") not in SORTABLE:
        raise ValueError(f"must be one of {', '.join(SORTABLE)}, with a minus sign for descending")
    return sort


FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}(\.\w[\w -]{0,63}){0,2}$")]


class Search(Model):
    """A search: filter, order, size of a page, fields of each asset."""

    filter: Filter | None = None
    view: Annotated[Slug | None, Field(description="A saved view, whose filter must hold as well.")] = None
    sort: Annotated[str, AfterValidator(sortable), Field(description="A field; `-` before it: descending.")] = (
        "-created_at"
    )
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 50
    next_token: Annotated[str | None, Field(max_length=4096)] = None
    fields: Annotated[list[FieldName] | None, Field(max_length=64, description="Only these, and asset_id.")] = None


def parse(raw: Any) -> Search:
    """Return the search in a request body. Raises InvalidRequest, naming the field that is wrong."""
    bounded(raw)
    search = validated(Search, raw)
    check_conditions(search.filter)
    return search


def bounded(raw: Any) -> None:
    """Raise InvalidRequest for JSON that nests deeper than any filter needs to."""
    if depth(raw) > filters.MAX_DEPTH:
        raise InvalidRequest(f"The request nests deeper than {filters.MAX_DEPTH} levels.")


def check_conditions(filter_: Any) -> None:
    """Raise InvalidRequest for a filter of too many conditions."""
    if filter_ is not None and (count := len(filters.leaves(filter_))) > filters.MAX_CONDITIONS:
        raise InvalidRequest(f"The filter has {count} conditions; {filters.MAX_CONDITIONS} is the most.")


def find_page(database: Database[Document], key: bytes, project: str, search: Search) -> dict[str, Any]:
    """Return `{"items": [asset, …], "next_token": …}`, the token null on the last page.

    Raises InvalidRequest for a token of another query, QueryTooExpensive when time runs out.
    """
    sort = Sort(search.sort.removeprefix("-"), search.sort.startswith("-"))
    tokens = Tokens.of(key, "search", project, search.model_dump(include={"filter", "sort"}, mode="json"))
    position = tokens.read(search.next_token) if search.next_token else None
    found = found_after(database, project, search, position, search.limit + 1)
    page: dict[str, Any] = {"items": [assets.public(stored) for stored in found[: search.limit]], "next_token": None}
    if len(found) > search.limit:
        last = found[search.limit - 1]
        page["next_token"] = tokens.sign(Position(_value(last, sort), last["_id"]))
    return page if search.fields is None else _selected(page, search.fields, sort.path)


def found_after(
    database: Database[Document], project: str, search: Search, position: Position | None, limit: int
) -> list[Document]:
    """Return up to `limit` stored assets after a position, instants as text. Raises QueryTooExpensive."""
    sort = Sort(search.sort.removeprefix("-"), search.sort.startswith("-"))
    compiled = compile_filter(project, search.filter, sort.path)
    found: list[Document] = []
    with within_limit(compiled):
        for range_ in ranges_after(sort, position):
            found += _read(database, compiled, sort, range_, limit - len(found), search.fields)
            if len(found) >= limit:
                break
    return found


def _read(
    database: Database[Document], compiled: Compiled, sort: Sort, range_: Document, limit: int, fields: list[str] | None
) -> list[Document]:
    """Return the first documents of a range: of the cheaper query, if it finds enough, else of the whole one."""
    found: list[Document] = []
    for way in (compiled.first, compiled):
        if way is not None and len(found) < limit:
            stages = pipeline(way, sort, range_, limit, fields)
            found = run(answering(database.assets), way, stages, hint=way.index)
    return found


def pipeline(compiled: Compiled, sort: Sort, range_: Document, limit: int, fields: list[str] | None) -> list[Document]:
    """Return the aggregation for one range of a page: the index gives match and order, look-ups come after."""
    project: Document = dict.fromkeys(INTERNAL, 0)
    if fields is not None:
        project = dict.fromkeys(_outermost([*fields, "_id", sort.path]), 1)
    stages = [*compiled.stages, {"$limit": limit}, {"$project": project}]
    looked_up = [stage["$lookup"]["as"] for stage in compiled.stages if "$lookup" in stage]
    if looked_up and fields is None:
        stages.append({"$unset": looked_up})
    return [{"$match": compiled.within(range_)}, {"$sort": sort.keys}, *stages]


def run(
    assets: Collection[Document],
    compiled: Compiled,
    stages: list[Document],
    *,
    hint: str | None = None,
    session: ClientSession | None = None,
) -> list[Document]:
    """Run an aggregation over assets within the time limit. Raises QueryTooExpensive that says what to narrow."""
    options: dict[str, Any] = {} if hint is None else {"hint": hint}
    with within_limit(compiled):
        return list(assets.aggregate(stages, session, **options))


@contextmanager
def within_limit(compiled: Compiled, seconds: float | None = None) -> Iterator[None]:
    """Limit the time of queries inside the block; turn refusals of MongoDB into errors that say what to do.

    pymongo overwrites `maxTimeMS` where a client has a timeout, so that the time is set in pymongo's own way; the
    server is told. Within another limit the earlier end holds.
    """
    try:
        with pymongo.timeout(MAX_MILLISECONDS / 1000 if seconds is None else seconds):
            yield
    except (ExecutionTimeout, NetworkTimeout):
        raise too_expensive(compiled, seconds) from None
    except OperationFailure as error:
        if error.code == _MEMORY_LIMIT:
            raise too_expensive(compiled, seconds) from None
        if error.code == _BAD_VALUE and "$geometry" in str(compiled.match):
            raise InvalidRequest("filter.within: the ring crosses itself.") from None
        raise


def too_expensive(compiled: Compiled, seconds: float | None = None) -> QueryTooExpensive:
    limit = MAX_MILLISECONDS / 1000 if seconds is None else seconds
    without = f" No index helps with {', '.join(compiled.unindexed)}." if compiled.unindexed else ""
    return QueryTooExpensive(
        f"The query did not finish within {limit:.0f} seconds.{without} "
        "Narrow it by a label, a tag, a time range or the beginning of the file name.",
        narrow=["label", "tags", "created_at", "captured_at", "file_name"],
    )


def _value(last: Document, sort: Sort) -> Any:
    value = last.get(sort.path)
    if isinstance(value, str) and lookup(sort.path).kind is Kind.INSTANT:
        return datetime.fromisoformat(value)
    return value


def _outermost(names: list[str]) -> list[str]:
    """Return the names without those that lie within another: MongoDB refuses a path and its parent together."""
    return [name for name in names if not any(name.startswith(f"{other}.") for other in names)]


def _selected(page: dict[str, Any], names: list[str], sort_path: str) -> dict[str, Any]:
    if sort_path not in names:
        for item in page["items"]:
            item.pop(sort_path, None)
    return page
