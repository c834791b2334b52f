"""Pages of a list as one sequence of items: the next page is fetched when the last item of the one before was taken."""

from collections.abc import AsyncIterator, Callable
from typing import Any, Generic, TypeVar

from foveal.client.errors import FovealError

Item = TypeVar("Item")
Fetch = Callable[[str | None], Any]


class AsyncPages(Generic[Item]):
    """Items of a list, in the order of the list. Iterating again asks again, from the first page.

    Nothing is asked before the first item is wanted. Iterating raises APIError and NetworkError as the call does.
    """

    def __init__(self, fetch: Fetch) -> None:
        """Take the call that answers the page of a token, None for the first: `{"items": […], "next_token": …}`."""
        self._fetch = fetch

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

    async def __aiter__(self) -> AsyncIterator[Item]:
        async for items in self.pages():
            for item in items:
                yield item
