"""A page of a search with signed URLs in it: what a gallery shows, in one call."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import Field
from pymongo.database import Database

from foveal.catalog import saved_views
from foveal.catalog.search import search
from foveal.catalog.search.search import Search
from foveal.database.client import Document
from foveal.delivery.downloads import DownloadsRequest, Seconds
from foveal.validation.models import validated

MAX_VARIANTS: Final = 4


class FoundDownloadsRequest(Search):
    """A search, and the variants whose URLs come with each asset that it finds."""

    include: Annotated[
        list[str],
        Field(
            min_length=1,
            max_length=MAX_VARIANTS,
            description="Variants that need no options: `thumbnail` and other renditions, `strip`, `original`.",
        ),
    ]
    expires_in_seconds: Seconds | None = None


def parse(raw: Any) -> FoundDownloadsRequest:
    """Return the request in a body. Raises InvalidRequest, naming the field that is wrong."""
    search.bounded(raw)
    request = validated(FoundDownloadsRequest, raw)
    search.check_conditions(request.filter)
    return request


def narrowed(database: Database[Document], project: str, request: FoundDownloadsRequest) -> Search:
    """Return the search of a request with the filter of its view taken in. Raises NotFound for an absent view."""
    both = saved_views.narrowed(database, project, request.view, request.filter)
    return request.model_copy(update={"filter": both, "view": None})


def find_page(database: Database[Document], key: bytes, project: str, found: Search, limit: int) -> Document:
    """Return a page of up to `limit` assets, as `foveal.catalog.search.search.find_page`."""
    return search.find_page(database, key, project, found.model_copy(update={"limit": limit}))


def wanted(page: Document, request: FoundDownloadsRequest, variant: str) -> DownloadsRequest:
    """Return the request for the URLs of a variant, one for each asset of a page that has some."""
    asset_ids = [item["asset_id"] for item in page["items"]]
    return DownloadsRequest(asset_ids=asset_ids, variant=variant, expires_in_seconds=request.expires_in_seconds)


def attach(page: Document, variant: str, signed: Sequence[Document]) -> None:
    """Put the URL or the problem of a variant into each item of a page, in `downloads`."""
    for item, download in zip(page["items"], signed, strict=True):
        told = {name: value for name, value in download.items() if name != "asset_id"}
        item.setdefault("downloads", {})[variant] = told
