"""Search of annotations: those of many assets that a filter, a view or a list of ids names, page by page.

Assets come in the order in which they were made, or by id where ids are given; the annotations of one asset by field
and id, as the index `asset` holds them. A page reads the annotations of so many assets at a time as their label
summaries say that it holds; what is larger than an answer is read asset by asset.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator
from pymongo.database import Database

from foveal.access.page_tokens import Position, Tokens
from foveal.catalog import saved_views
from foveal.catalog.annotations import history
from foveal.catalog.annotations.listing import DEFAULT_LIMIT, MAX_LIMIT, fitting
from foveal.catalog.annotations.operations import Id
from foveal.catalog.search import search as assets_search
from foveal.catalog.search.annotation_conditions import some
from foveal.catalog.search.annotation_filters import AnnotationFilter
from foveal.catalog.search.filters import And, Filter
from foveal.catalog.search.search import Search
from foveal.database.client import Document
from foveal.database.text_instants import answering
from foveal.encoding.json_text import MAX_ANSWER_BYTES, answer_bytes, plain_dumps
from foveal.validation.models import Model, validated
from foveal.validation.values import Slug

MAX_ASSETS: Final = 1_000
_ASSETS_AT_A_TIME: Final = 500
_ORDER: Final = {"asset_id": 1, "field": 1, "_id": 1}
_INDEX: Final = "foveal_asset"


class AnnotationSearch(Model):
    """A search of annotations: the assets by ids, or by a filter and a view; and what the annotations are."""

    asset_ids: Annotated[list[Id] | None, Field(min_length=1, max_length=MAX_ASSETS)] = None
    filter: Filter | None = None
    view: Annotated[Slug | None, Field(description="A saved view, whose filter must hold as well.")] = None
    annotations: Annotated[
        AnnotationFilter | None, Field(description="Only annotations like this; without it, all of them.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    next_token: Annotated[str | None, Field(max_length=4096)] = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.asset_ids is not None and (self.filter is not None or self.view is not None):
            raise ValueError("asset_ids stand alone: leave out filter and view")
        return self


def parse(raw: Any) -> AnnotationSearch:
    """Return the search in a request body. Raises InvalidRequest, naming the field that is wrong."""
    assets_search.bounded(raw)
    search = validated(AnnotationSearch, raw)
    assets_search.check_conditions(search.filter)
    return search


def find_page(database: Database[Document], key: bytes, project: str, search: AnnotationSearch) -> dict[str, Any]:
    """Return `{"items": [annotation, …], "next_token": …}`, the token null on the last page.

    A page is shorter than `limit` where an answer holds no more. Raises InvalidRequest for a token of another search,
    NotFound for a view that is not there, QueryTooExpensive.
    """
    tokens = Tokens.of(
        key, "annotation-search", project, search.model_dump(exclude={"limit", "next_token"}, mode="json")
    )
    position = tokens.read(search.next_token) if search.next_token else None
    reader = _Reader(database, project, search)
    found, has_more = fitting(reader.annotations(position), search.limit)
    token = tokens.sign(reader.position_of(found[-1])) if has_more else None
    return {"items": [history.public(stored) for stored in found], "next_token": token}


class _Reader:
    """Reads annotations in the order of one search."""

    def __init__(self, database: Database[Document], project: str, search: AnnotationSearch) -> None:
        self._database, self._project, self._search = database, project, search
        self._match = some(search.annotations)[1] if search.annotations else {}
        self._made: dict[str, str] = {}

    def position_of(self, annotation: Document) -> Position:
        """Return where a page goes on after an annotation."""
        asset_id = annotation["asset_id"]
        return Position([self._made.get(asset_id), asset_id, annotation["field"]], annotation["_id"])

    def annotations(self, position: Position | None) -> Iterator[Document]:
        """Yield the annotations after a position."""
        if position is not None:
            made, asset_id, field = position.value
            self._made[asset_id] = made
            within: Document = {"asset_id": asset_id, "project": self._project}
            yield from self._of({**within, "field": field, "_id": {"$gt": position.id}})
            yield from self._of({**within, "field": {"$gt": field}})
        group: list[str] = []
        expected = 0
        for asset in self._assets(position):
            count = sum(each["count"] for each in asset.get("label_summary", []))
            if group and (expected + count > self._search.limit or len(group) == _ASSETS_AT_A_TIME):
                yield from self._of_group(group)
                group, expected = [], 0
            group.append(asset["_id"])
            expected += count
        yield from self._of_group(group)

    def _assets(self, position: Position | None) -> Iterator[Document]:
        if self._search.asset_ids is not None:
            after = position.value[1] if position else ""
            ids = sorted(each for each in set(self._search.asset_ids) if each > after)
            named: Document = {"_id": {"$in": ids}, "project": self._project}
            yield from self._database.assets.find(named, {"label_summary": 1}).sort("_id", 1)
            return
        search, last = self._asset_search(), None
        if position is not None:
            last = Position(datetime.fromisoformat(position.value[0]), position.value[1])
        while True:
            found = assets_search.found_after(self._database, self._project, search, last, search.limit)
            for asset in found:
                self._made[asset["_id"]] = asset["created_at"]
                yield asset
            if len(found) < search.limit:
                return
            last = Position(datetime.fromisoformat(found[-1]["created_at"]), found[-1]["_id"])

    def _asset_search(self) -> Search:
        """Return the search of the assets that may have such annotations."""
        wanted = saved_views.narrowed(self._database, self._project, self._search.view, self._search.filter)
        if self._search.annotations is not None:
            having = {"annotations": {"any": self._search.annotations.model_dump(exclude_none=True)}}
            wanted = And.model_validate({"and": [having, *([wanted] if wanted is not None else [])]})
        return Search(filter=wanted, sort="created_at", limit=_ASSETS_AT_A_TIME, fields=["label_summary", "created_at"])

    def _of_group(self, asset_ids: list[str]) -> Iterator[Document]:
        """Yield the annotations of some assets, in the order of the assets; one by one if they are large."""
        if len(asset_ids) > 1:
            by_asset: dict[str, list[Document]] = {asset_id: [] for asset_id in asset_ids}
            size = 0
            for annotation in self._of({"asset_id": {"$in": asset_ids}, "project": self._project}):
                size += answer_bytes(plain_dumps(annotation))
                if size > MAX_ANSWER_BYTES:
                    break
                by_asset[annotation["asset_id"]].append(annotation)
            else:
                for found in by_asset.values():
                    yield from found
                return
        for asset_id in asset_ids:
            yield from self._of({"asset_id": asset_id, "project": self._project})

    def _of(self, where: Mapping[str, Any]) -> Iterator[Document]:
        query = query_of(where, self._match)
        yield from answering(self._database.annotations).find(query).sort(_ORDER).hint(_INDEX)


def query_of(where: Mapping[str, Any], match: Mapping[str, Any]) -> Document:
    """Return the query for annotations at a place of the order that are as described."""
    return {"$and": [dict(where), dict(match)]} if match else dict(where)
