"""Assets of a project: lists that a filter finds, as iterators over all pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from foveal.client._sync.operations import Operations
from foveal.client._sync.pages import Pages
from foveal.client._sync.transport import Transport
from foveal.client.calls import ABSENT, Absent, Call

if TYPE_CHECKING:
    from foveal.client import models

MAX_PAGE_ASSETS = 500


class Assets:
    """The assets of one project. Every method raises APIError and NetworkError."""

    def __init__(self, transport: Transport, api: Operations, project: str) -> None:
        self._transport, self._api, self._project = transport, api, project

    def search(
        self,
        filter: Mapping[str, Any] | str | None = None,
        *,
        sort: str = "-created_at",
        view: str | Absent = ABSENT,
        fields: list[str] | Absent = ABSENT,
        page_size: int = MAX_PAGE_ASSETS,
    ) -> Pages[models.FoundAsset]:
        """Return the assets that a filter finds, in order, as an iterator over all pages.

        Args:
            filter: As `docs/search.md` describes: a filter, for example `{"field": "width", "gte": 1920}`, or a query
                string, `tags=night&width.gte=1920`, of which everything must hold; None finds all.
            sort: Field, with `-` before it for descending order.
            view: Name of a saved view whose filter must hold as well.
            fields: Members to answer beside `asset_id`; all when not given.
            page_size: Assets of one call, 1 to 500.
        """
        if isinstance(filter, str):
            conditions = parse_qsl(filter, keep_blank_values=True)
            named = ABSENT if not fields else ",".join(fields)

            def fetch(token: str | None) -> Any:
                query: list[tuple[str, Any]] = [*conditions, ("sort", sort), ("view", view), ("fields", named)]
                query += [("limit", page_size), ("next_token", ABSENT if token is None else token)]
                route = "/v1/projects/{project}/assets"
                return self._transport.send(Call("GET", route, path={"project": self._project}, query=query))

            return Pages(fetch)
        given: Any = ABSENT if filter is None else filter

        def search(token: str | None) -> Any:
            return self._api.search_assets(
                self._project, filter=given, sort=sort, view=view, fields=fields, limit=page_size, next_token=token
            )

        return Pages(search)
