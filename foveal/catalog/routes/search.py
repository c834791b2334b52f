"""Search and aggregates over the assets of a project."""

from typing import Any, TypeVar

from foveal.api.documentation import documented
from foveal.api.gateway import Api, Request, Response
from foveal.auth import Role
from foveal.catalog import saved_views
from foveal.catalog.aggregates import asset_aggregates
from foveal.catalog.aggregates.asset_aggregates import AggregateRequest
from foveal.catalog.routes import Services, page_response
from foveal.catalog.search import query_string, search
from foveal.catalog.search.search import Search
from foveal.database.client import Document

Wanted = TypeVar("Wanted", Search, AggregateRequest)
_QUERY = {
    "sort": "A field, `-` before it for descending",
    "limit": "How many on a page",
    "next_token": "Where the page before ended",
    "fields": "Only these fields, separated by commas",
    "view": "A saved view whose filter must hold as well",
    "label": "Some annotation has this label",
    "field": "… in this layer",
    "type": "… of this type",
    "confidence.gte": "… with at least this confidence",
    "status": "Also any other field of an asset, with `.gte`, `.lt`, `.in`, `.prefix`, `.exists`, …",
}


def add(api: Api, services: Services) -> None:
    """Serve the routes of search."""

    def page(request: Request, raw: Any) -> Response:
        project = _project(request)
        narrowed = narrowed_by_view(services, project, search.parse(raw))

        def read(limit: int) -> Document:
            wanted = narrowed.model_copy(update={"limit": limit})
            return search.find_page(services.database(), services.token_key(), project, wanted)

        return page_response(read, narrowed.limit)

    @api.route("POST /v1/projects/{project}/assets/search")
    @documented(body=Search)
    def search_assets(request: Request) -> Response:
        """Find assets by a filter, page by page.

        Pages follow each other exactly, also while assets come and go: no asset that stays is left out or comes
        twice. Without a word on `status`, ready assets are found.
        """
        return page(request, request.json())

    @api.route("GET /v1/projects/{project}/assets")
    @documented(query=_QUERY)
    def list_assets(request: Request) -> Response:
        """Find assets by a query string, for simple cases; everything that is given must hold."""
        return page(request, query_string.read(request.query))

    @api.route("POST /v1/projects/{project}/assets/aggregate")
    @documented(body=AggregateRequest)
    def aggregate_assets(request: Request) -> Response:
        """Count, and describe how values are distributed, over the assets that a filter finds."""
        project = _project(request)
        wanted = asset_aggregates.parse(request.json())
        return Response(
            asset_aggregates.compute(services.database(), project, narrowed_by_view(services, project, wanted))
        )


def _project(request: Request) -> str:
    project = request.path["project"]
    request.caller.require(project, Role.VIEWER)
    return project


def narrowed_by_view(services: Services, project: str, wanted: Wanted) -> Wanted:
    """Return the request with the filter of the view that it names taken in."""
    if wanted.view is None:
        return wanted
    both = saved_views.narrowed(services.database(), project, wanted.view, wanted.filter)
    return wanted.model_copy(update={"filter": both, "view": None})
