"""Assets of a project: lists that a filter finds, as iterators over all pages, and single ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from foveal.client._async.operations import AsyncOperations
from foveal.client._async.pages import AsyncPages, Fetch
from foveal.client._async.transport import AsyncTransport
from foveal.client.calls import ABSENT, Absent, Call
from foveal.client.views.gallery import MAX_PICTURES, THUMBNAIL, Gallery, Shown

if TYPE_CHECKING:
    from foveal.client import models

MAX_PAGE_ASSETS = 500


class AsyncFoundAssets(AsyncPages["models.FoundAsset"], Shown):
    """Assets that a filter finds, in order; a notebook shows the first of them."""

    def __init__(self, fetch: Fetch, assets: AsyncAssets, fields: Collection[str] | None) -> None:
        super().__init__(fetch, "FoundAsset", fields)
        self._assets = assets

    async def show(self) -> Gallery:
        """Return the first assets with their thumbnails, for a notebook."""
        async for items in self.pages():
            return await self._assets.show(items)
        return Gallery([], [])


class AsyncAsset(Shown):
    """One asset by its id; a notebook shows it. Every method raises APIError and NetworkError."""

    def __init__(self, api: AsyncOperations, assets: AsyncAssets, asset_id: str) -> None:
        self._api, self._assets, self.asset_id = api, assets, asset_id

    async def get(self) -> models.Asset:
        """Return what is known of it."""
        return await self._api.get_asset(self.asset_id)

    async def url(self, variant: str = "original", **options: Any) -> str:
        """Return a signed URL of the original, or of a rendition; `options` as of `redirect_to_content`."""
        return await self._api.redirect_to_content(self.asset_id, variant=variant, **options)

    async def show(self) -> Gallery:
        """Return it with its thumbnail, for a notebook."""
        return await self._assets.show([await self.get()])


class AsyncAssets:
    """The assets of one project. Every method raises APIError and NetworkError."""

    def __init__(self, transport: AsyncTransport, api: AsyncOperations, project: str) -> None:
        self._transport, self._api, self._project = transport, api, project

    def search(
        self,
        filter: Mapping[str, Any] | str | None = None,
        *,
        sort: str = "-created_at",
        view: str | Absent = ABSENT,
        fields: list[str] | Absent = ABSENT,
        page_size: int = MAX_PAGE_ASSETS,
    ) -> AsyncFoundAssets:
        """Return the assets that a filter finds, in order, as an iterator over all pages.

        Args:
            filter: As `docs/search.md` describes: a filter, for example `{"field": "width", "gte": 1920}`, or a query
                string, `tags=night&width.gte=1920`, of which everything must hold; None finds all.
            sort: Field, with `-` before it for descending order.
            view: Name of a saved view whose filter must hold as well.
            fields: Members to answer beside `asset_id`; all when not given.
            page_size: Assets of one call, 1 to 500.
        """
        chosen = ["asset_id", *fields] if fields else None
        if isinstance(filter, str):
            conditions = parse_qsl(filter, keep_blank_values=True)
            named = ABSENT if not fields else ",".join(fields)

            def fetch(token: str | None) -> Any:
                query: list[tuple[str, Any]] = [*conditions, ("sort", sort), ("view", view), ("fields", named)]
                query += [("limit", page_size), ("next_token", ABSENT if token is None else token)]
                route = "/v1/projects/{project}/assets"
                return self._transport.send(Call("GET", route, path={"project": self._project}, query=query))

            return AsyncFoundAssets(fetch, self, chosen)
        given: Any = ABSENT if filter is None else filter

        def search(token: str | None) -> Any:
            return self._api.search_assets(
                self._project, filter=given, sort=sort, view=view, fields=fields, limit=page_size, next_token=token
            )

        return AsyncFoundAssets(search, self, chosen)

    def __getitem__(self, asset_id: str) -> AsyncAsset:
        """Return an asset by its id; nothing is asked yet."""
        return AsyncAsset(self._api, self, asset_id)

    async def show(self, assets: Iterable[Mapping[str, Any]], total: int | None = None) -> Gallery:
        """Return assets with their thumbnails, the first 24 of them, for a notebook; other thumbnails are not signed.

        `total` is the number of all, if it is known.
        """
        shown = list(islice(assets, MAX_PICTURES))
        if not shown:
            return Gallery([], [], total)
        ids = [str(each["asset_id"]) for each in shown]
        answer: Any = await self._api.sign_downloads(self._project, asset_ids=ids, variant=THUMBNAIL)
        return Gallery(shown, answer["downloads"], total)
