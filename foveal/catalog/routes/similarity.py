"""Embeddings, similar assets, duplicates."""

from datetime import UTC, datetime
from typing import TypeVar

from foveal.api.documentation import documented
from foveal.api.gateway import Api, Request, Response
from foveal.auth import Role
from foveal.catalog import assets, saved_views
from foveal.catalog.routes import Services
from foveal.catalog.vectors import embeddings, similarity
from foveal.catalog.vectors.embeddings import EmbeddingsRequest
from foveal.catalog.vectors.similarity import DuplicatesRequest, SimilarRequest
from foveal.errors import Problem

Wanted = TypeVar("Wanted", SimilarRequest, DuplicatesRequest)


def add(api: Api, services: Services) -> None:
    """Serve the routes of embeddings."""
    database = services.database

    def narrowed(project: str, wanted: Wanted) -> Wanted:
        both = saved_views.narrowed(database(), project, wanted.view, wanted.filter)
        return wanted.model_copy(update={"filter": both, "view": None})

    @api.route("POST /v1/projects/{project}/embeddings")
    @documented(body=EmbeddingsRequest)
    def write_embeddings(request: Request) -> Response:
        """Store up to 1,000 embeddings of assets or annotations, each with its own result."""
        project = request.path["project"]
        request.caller.require(project, Role.EDITOR)
        wanted = request.parse(EmbeddingsRequest)
        results = embeddings.write(database(), project, wanted.embeddings, datetime.now(UTC), services.engine().store)
        return Response({"results": [each.document() if isinstance(each, Problem) else each for each in results]})

    @api.route("GET /v1/assets/{asset_id}/embeddings")
    def list_embeddings(request: Request) -> Response:
        """List the embeddings of an asset with their lineage, without the vectors."""
        asset = assets.find(database(), request.caller, request.path["asset_id"])
        return Response({"items": embeddings.listed(database(), asset["asset_id"])})

    @api.route("POST /v1/projects/{project}/assets/similar")
    @documented(body=SimilarRequest)
    def find_similar(request: Request) -> Response:
        """Find what is most like an asset, an annotation or a vector, among what a filter lets through."""
        project = request.path["project"]
        request.caller.require(project, Role.VIEWER)
        wanted = narrowed(project, similarity.parse_similar(request.json()))
        return Response(similarity.similar(database(), services.engine(), project, wanted))

    @api.route("POST /v1/projects/{project}/assets/duplicates")
    @documented(body=DuplicatesRequest)
    def find_duplicates(request: Request) -> Response:
        """Find assets of the same bytes, or near-duplicates by embedding."""
        project = request.path["project"]
        request.caller.require(project, Role.VIEWER)
        wanted = narrowed(project, similarity.parse_duplicates(request.json()))
        return Response(similarity.duplicates(database(), project, wanted))
