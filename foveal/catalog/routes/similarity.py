"""Embeddings, similar assets, duplicates."""

from datetime import UTC, datetime
from typing import TypeVar

from foveal.access.caller import Role
from foveal.api.documentation import NEXT_TOKEN, Page, Parameter, documented
from foveal.api.gateway import Api, Request, Response
from foveal.catalog import assets, saved_views
from foveal.catalog.keyset import limit_of
from foveal.catalog.routes.answers import (
    DuplicateGroups,
    DuplicatePairs,
    Embedding,
    EmbeddingResults,
    NearPicturePairs,
    Neighbour,
)
from foveal.catalog.routes.bulk_results import BulkResults
from foveal.catalog.routes.conditions import limit_parameter, project_of
from foveal.catalog.routes.page_size import page_response
from foveal.catalog.routes.services import Services
from foveal.catalog.vectors import embeddings, similarity
from foveal.catalog.vectors.embeddings import EmbeddingsRequest
from foveal.catalog.vectors.similarity import DuplicatesRequest, SimilarRequest
from foveal.errors import (
    AccessDenied,
    InvalidRequest,
    NoSuchAnnotation,
    NoSuchAsset,
    NoSuchProject,
    NotFound,
    QueryTooExpensive,
)

_PAGE: dict[str, Parameter | str] = {
    "limit": limit_parameter(embeddings.MAX_PAGE, embeddings.DEFAULT_PAGE),
    "next_token": NEXT_TOKEN,
}
Narrowable = TypeVar("Narrowable", SimilarRequest, DuplicatesRequest)


def add(api: Api, services: Services) -> None:
    """Serve the routes of embeddings."""
    database = services.database

    def narrowed(project: str, request: Narrowable) -> Narrowable:
        both = saved_views.narrowed(database(), project, request.view, request.filter)
        return request.model_copy(update={"filter": both, "view": None})

    @api.route("POST /v1/projects/{project}/embeddings")
    @documented(
        body=EmbeddingsRequest,
        answer=EmbeddingResults,
        problems=(NoSuchProject, AccessDenied),
        item_problems=(InvalidRequest, NoSuchAsset, NoSuchAnnotation),
    )
    def write_embeddings(request: Request) -> Response:
        """Store up to 1,000 embeddings of assets or annotations, each with its own result."""
        project = project_of(request, Role.EDITOR)
        drafts = request.parse(EmbeddingsRequest).embeddings
        results = BulkResults()
        for each in embeddings.write(database(), project, drafts, datetime.now(UTC), services.engine().store):
            results.add(each)
        return results.response()

    @api.route("GET /v1/assets/{asset_id}/embeddings")
    @documented(query=_PAGE, answer=Page[Embedding], problems=(NoSuchAsset,))
    def list_embeddings(request: Request) -> Response:
        """List the embeddings of an asset with their lineage and without the vectors, page by page."""
        asset_id = assets.find(database(), request.caller, request.path["asset_id"])["asset_id"]
        limit = limit_of(request.query, embeddings.DEFAULT_PAGE, embeddings.MAX_PAGE)
        token = request.query.get("next_token")
        return page_response(
            lambda size: embeddings.page(database(), services.token_key(), asset_id, size, token), limit
        )

    @api.route("POST /v1/projects/{project}/assets/similar")
    @documented(body=SimilarRequest, answer=Page[Neighbour], problems=(NoSuchProject, NotFound, QueryTooExpensive))
    def find_similar(request: Request) -> Response:
        """Find what is most like an asset, an annotation or a vector, among what a filter lets through."""
        project = project_of(request)
        similar = narrowed(project, similarity.parse_similar(request.json()))
        return Response(similarity.similar(database(), services.engine(), project, similar))

    @api.route("POST /v1/projects/{project}/assets/duplicates")
    @documented(
        body=DuplicatesRequest,
        answer=DuplicateGroups | DuplicatePairs | NearPicturePairs,
        problems=(NoSuchProject, NotFound, QueryTooExpensive),
    )
    def find_duplicates(request: Request) -> Response:
        """Find assets of the same bytes, or near-duplicates: by their pictures, without a model, or by embedding."""
        project = project_of(request)
        duplicates = narrowed(project, similarity.parse_duplicates(request.json()))
        return Response(similarity.duplicates(database(), project, duplicates))
