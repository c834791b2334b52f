"""Pages of a list as one sequence of items: the next page is fetched when the last item of the one before was taken."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from foveal.client.errors import FovealError

if TYPE_CHECKING:
    import pyarrow

Item = TypeVar("Item")
Fetch = Callable[[str | None], Any]


class AsyncPages(Generic[Item]):
    """Items of a list, in the order of the list. Iterating again asks again, from the first page.

    Nothing is asked before the first item is wanted. Iterating raises APIError and NetworkError as the call does.
    """

    def __init__(self, fetch: Fetch, record: str | None = None, fields: Collection[str] | None = None) -> None:
        """Take the call that answers the page of a token, None for the first: `{"items": […], "next_token": …}`.

        `record` is the items' type in `foveal.client.models`, of which they have `fields`; all when not given. It types
        the columns of tables.
        """
        self._fetch, self._record, self._fields = fetch, record, fields

    async def pages(self, next_token: str | None = None) -> AsyncIterator[list[Item]]:
        """Yield the items of each page, from the page of a token on."""
        while True:
            page = await self._fetch(next_token)
            yield page["items"]
            before, next_token = next_token, page["next_token"]
            if next_token is None:
                return
            if next_token == before:
                raise FovealError("The API answered the token of a page with the same token; the list would never end.")

    async def tables(self) -> AsyncIterator[pyarrow.Table]:
        """Yield each page as a table of Arrow, all of one schema (`foveal.client.views.arrow`)."""
        from foveal.client.views.arrow import table

        async for items in self.pages():
            yield table(items, self._record, self._fields)  # type: ignore[arg-type]  # a page's items are objects

    async def to_arrow(self) -> pyarrow.Table:
        """Return all pages as one table of Arrow; needs the extra `arrow`."""
        from foveal.client.views.arrow import joined

        tables = [page async for page in self.tables()]
        return joined(tables, self._record, self._fields)

    async def __aiter__(self) -> AsyncIterator[Item]:
        async for items in self.pages():
            for item in items:
                yield item
