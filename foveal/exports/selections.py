"""Selections of an export: assets in an order that edits do not change, so that reading goes on behind any of them.

Matching assets come by the instant at which they were created, listed ones in the order of the list, those of an
import in the order of its files. Assets that were created after the export began are not in it.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any, Final, NamedTuple, Protocol

from pymongo.database import Database

from foveal.access.page_tokens import Position
from foveal.catalog import saved_views
from foveal.catalog.keyset import Sort, ranges_after
from foveal.catalog.search import parts, search
from foveal.catalog.search.compiler import Compiled, compile_filter
from foveal.catalog.search.filters import Filter
from foveal.database import typed
from foveal.database.client import Document
from foveal.database.stored_documents import AssetOriginDocument, ImportDocument
from foveal.database.text_instants import answering
from foveal.errors import QueryTooExpensive
from foveal.exports.requests import ExportRequest

ASSETS_AT_A_TIME: Final = 200
MAX_SECONDS: Final = 300.0
"""Time of MongoDB for the assets of a filter, and of each wait for some of them."""
_SORT: Final = Sort("created_at", descending=False)


class Selected(NamedTuple):
    """An asset of a selection; `position` is the JSON value behind which the selection goes on after it."""

    position: Any
    asset_id: str
    origin: AssetOriginDocument | None = None
    """Origin of the asset in the import that is given back."""


class Selection(Protocol):
    """Assets to export, in pages."""

    def count(self) -> int | None:
        """Return the number of assets, or None where counting them takes too long."""

    def pages(self, after: Any) -> Iterator[list[Selected]]:
        """Yield the assets behind a position, or all of them without one."""


def selection_of(
    database: Database[Document],
    project: str,
    request: ExportRequest,
    import_: ImportDocument | None,
    begun_at: datetime,
) -> Selection:
    """Return the selection of a request. Raises NotFound for a view that is gone."""
    if import_ is not None:
        return ImportedAssets(database, import_["_id"])
    if request.asset_ids is not None:
        return ListedAssets(list(dict.fromkeys(request.asset_ids)))
    wanted = saved_views.narrowed(database, project, request.view, request.filter)
    return MatchingAssets(database, project, wanted, begun_at)


class MatchingAssets:
    """Ready assets that a filter finds, by the instant of their creation."""

    def __init__(
        self, database: Database[Document], project: str, filter_: Filter | None, created_before: datetime
    ) -> None:
        self._database, self._project = database, project
        self._filter, self._created_before = filter_, created_before

    def count(self) -> int | None:
        compiled = compile_filter(self._project, self._filter)
        match = {"$match": {"status": "ready", "created_at": {"$lte": self._created_before}}}
        stages = [{"$match": compiled.match}, *compiled.stages, match, {"$count": "count"}]
        try:
            found = search.run(self._database.assets, compiled, stages)
        except QueryTooExpensive:
            return None
        return int(found[0]["count"]) if found else 0

    def pages(self, after: Any) -> Iterator[list[Selected]]:
        compiled = compile_filter(self._project, self._filter, _SORT.path)
        last = Position(datetime.fromisoformat(after[0]), after[1]) if after else None
        for range_ in ranges_after(_SORT, last):
            yield from self._pages(compiled, range_)

    def _pages(self, compiled: Compiled, range_: Document) -> Iterator[list[Selected]]:
        """Yield what one query finds: a job has more time than a page of a search, and reads the index once."""
        known = {"status": "ready", "created_at": {"$lte": self._created_before}}
        match = {"$match": compiled.within(parts.and_of([range_, known]))}
        stages = [match, {"$sort": _SORT.keys}, *compiled.stages, {"$project": {"created_at": 1}}]
        hint: Document = {} if compiled.index is None else {"hint": compiled.index}
        with search.within_limit(compiled, MAX_SECONDS):
            found = answering(self._database.assets).aggregate(stages, allowDiskUse=True, **hint)
        while True:
            with search.within_limit(compiled, MAX_SECONDS):
                page = list(islice(found, ASSETS_AT_A_TIME))
            if not page:
                return
            yield [Selected([each["created_at"], each["_id"]], each["_id"]) for each in page]


class ListedAssets:
    """Assets by id, in the order of a list."""

    def __init__(self, ids: list[str]) -> None:
        self._ids = ids

    def count(self) -> int | None:
        return len(self._ids)

    def pages(self, after: Any) -> Iterator[list[Selected]]:
        first = 0 if after is None else int(after) + 1
        for start in range(first, len(self._ids), ASSETS_AT_A_TIME):
            part = enumerate(self._ids[start : start + ASSETS_AT_A_TIME], start)
            yield [Selected(place, asset_id) for place, asset_id in part]


class ImportedAssets:
    """Assets of an import, in the order of its files."""

    def __init__(self, database: Database[Document], import_id: str) -> None:
        self._origins, self._import_id = typed.asset_origins(database), import_id

    def count(self) -> int | None:
        return self._origins.count_documents({"import_id": self._import_id})

    def pages(self, after: Any) -> Iterator[list[Selected]]:
        last = -1 if after is None else int(after)
        while True:
            behind: Document = {"import_id": self._import_id, "position": {"$gt": last}}
            found = list(self._origins.find(behind).sort("position", 1).limit(ASSETS_AT_A_TIME))
            if not found:
                return
            yield [Selected(each["position"], each["asset_id"], each) for each in found]
            last = found[-1]["position"]
