"""Search and aggregates over the assets of a project."""

from typing import Any, TypeVar, get_args

from foveal.api.documentation import NEXT_TOKEN, Page, Parameter, documented
from foveal.api.gateway import Api, Request, Response
from foveal.catalog import saved_views
from foveal.catalog.aggregates import asset_aggregates, requests
from foveal.catalog.aggregates.requests import AggregateRequest
from foveal.catalog.annotations import search as annotation_search
from foveal.catalog.annotations.search import AnnotationSearch
from foveal.catalog.routes.answers import Aggregates, Annotation, FoundAsset
from foveal.catalog.routes.conditions import limit_parameter, project_of
from foveal.catalog.routes.page_size import page_response
from foveal.catalog.routes.services import Services
from foveal.catalog.search import query_string, search
from foveal.catalog.search.annotation_filters import ReviewState
from foveal.catalog.search.indexes import SORTABLE
from foveal.catalog.search.search import Search
from foveal.database.client import Document
from foveal.database.vocabulary import ANNOTATION_TYPES
from foveal.encoding.json_text import plain_dumps
from foveal.errors import NoSuchProject, NotFound, QueryTooExpensive

Narrowable = TypeVar("Narrowable", Search, AggregateRequest)
_PROBLEMS = (NoSuchProject, NotFound, QueryTooExpensive)
_SORTS = [f"{sign}{name}" for name in SORTABLE for sign in ("", "-")]
_WORD = {"type": "string", "minLength": 1, "maxLength": 256}
_QUERY: dict[str, Parameter | str] = {
    "sort": Parameter("A field, `-` before it for descending", {"type": "string", "enum": _SORTS}),
    "limit": limit_parameter(search.MAX_PAGE, 50),
    "next_token": NEXT_TOKEN,
    "fields": "Only these fields, separated by commas",
    "view": "A saved view whose filter must hold as well",
    "label": Parameter("Some annotation has this label", _WORD),
    "field": Parameter("… in this layer", _WORD),
    "type": Parameter("… of this type", {"type": "string", "enum": list(ANNOTATION_TYPES)}),
    "review": Parameter("… in this state of review", {"type": "string", "enum": list(get_args(ReviewState))}),
    "created_by": Parameter("… made by this subject", _WORD),
    "updated_by": Parameter("… changed last by this subject", _WORD),
    "confidence.gte": Parameter("… with at least this confidence", {"type": "number"}),
    "status": "Also any other field of an asset, with `.gte`, `.lt`, `.in`, `.prefix`, `.exists`, …",
}


def add(api: Api, services: Services) -> None:
    """Serve the routes of search."""

    def page(request: Request, raw: Any) -> Response:
        project = project_of(request)
        narrowed = narrowed_by_view(services, project, search.parse(raw))

        def read(limit: int) -> Document:
            limited = narrowed.model_copy(update={"limit": limit})
            return search.find_page(services.database(), services.token_key(), project, limited)

        return page_response(read, narrowed.limit)

    @api.route("POST /v1/projects/{project}/assets/search")
    @documented(body=Search, answer=Page[FoundAsset], problems=_PROBLEMS)
    def search_assets(request: Request) -> Response:
        """Find assets by a filter, page by page.

        Pages follow each other exactly, also while assets come and go: no asset that stays is left out or comes
        twice. Without a word on `status`, ready assets are found.
        """
        return page(request, request.json())

    @api.route("GET /v1/projects/{project}/assets")
    @documented(query=_QUERY, answer=Page[FoundAsset], problems=_PROBLEMS)
    def list_assets(request: Request) -> Response:
        """Find assets by a query string, for simple cases; everything that is given must hold."""
        return page(request, query_string.read(request.query_pairs))

    @api.route("POST /v1/projects/{project}/annotations/search")
    @documented(body=AnnotationSearch, answer=Page[Annotation], problems=_PROBLEMS)
    def search_annotations(request: Request) -> Response:
        """Find the annotations of many assets, page by page: of assets by id, or of those that a filter finds.

        Assets come in the order in which they were made (by id where ids are given), the annotations of an asset by
        field. A page may be shorter than `limit`: an answer ends at 6 MB.
        """
        project, search_ = project_of(request), annotation_search.parse(request.json())
        found = annotation_search.find_page(services.database(), services.token_key(), project, search_)
        return Response(plain_dumps(found), headers={"content-type": "application/json"})

    @api.route("POST /v1/projects/{project}/assets/aggregate")
    @documented(body=AggregateRequest, answer=Aggregates, problems=_PROBLEMS)
    def aggregate_assets(request: Request) -> Response:
        """Count, and describe how values are distributed, over the assets that a filter finds."""
        project = project_of(request)
        narrowed = narrowed_by_view(services, project, requests.parse(request.json()))
        return Response(asset_aggregates.compute(services.database(), project, narrowed))


def narrowed_by_view(services: Services, project: str, request: Narrowable) -> Narrowable:
    """Return the request with the filter of the view that it names taken in."""
    if request.view is None:
        return request
    both = saved_views.narrowed(services.database(), project, request.view, request.filter)
    return request.model_copy(update={"filter": both, "view": None})
