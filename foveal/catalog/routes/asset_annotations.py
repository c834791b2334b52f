"""Annotations of an asset: list, create, and replace those of a layer."""

from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from foveal.access.caller import Role
from foveal.api.documentation import NEXT_TOKEN, Page, Parameter, documented
from foveal.api.gateway import Api, Request, Response
from foveal.catalog import assets
from foveal.catalog.annotations import listing, writes
from foveal.catalog.annotations.models import AnyAnnotation
from foveal.catalog.annotations.operations import Create, Id, ReplaceRequest
from foveal.catalog.author import Author
from foveal.catalog.routes.annotations import WRITE_PROBLEMS, changed, write_one
from foveal.catalog.routes.answers import CHANGE_TAGS, REVISION_TAG, Annotation, LayerReplaced
from foveal.catalog.routes.conditions import (
    IF_NONE_MATCH,
    if_match,
    if_match_parameter,
    limit_parameter,
    not_modified,
)
from foveal.catalog.routes.services import Services
from foveal.database.client import Document
from foveal.encoding.ids import is_id
from foveal.encoding.json_text import plain_dumps
from foveal.errors import (
    EntityTooLarge,
    InvalidRequest,
    NoSuchAsset,
    PreconditionRequired,
)
from foveal.validation.models import Model
from foveal.validation.values import FieldLayer

_LAYER: TypeAdapter[str] = TypeAdapter(FieldLayer)
_IF_MATCH = {"If-Match": if_match_parameter("The asset's annotation revision that the caller knows")}
_FRAME = {"type": "integer", "minimum": 0}
_LIST_QUERY: dict[str, Parameter | str] = {
    "field": "Only this layer",
    "frame_from": Parameter("From this frame on, counted from 0", _FRAME),
    "frame_to": Parameter("Up to this frame, included", _FRAME),
    "limit": limit_parameter(listing.MAX_LIMIT, listing.DEFAULT_LIMIT),
    "next_token": NEXT_TOKEN,
}


class AnnotationBody(BaseModel):
    """An annotation; under `annotation_id`, an id of the caller's own (a UUID), it is made once only."""

    model_config = ConfigDict(extra="forbid")

    annotation_id: Id | None = None
    annotation: AnyAnnotation
    clip: bool = False


class CreateRequest(Model):
    """An annotation to make; `clip` cuts off what lies outside the image instead of refusing it."""

    annotation: dict[str, Any]
    annotation_id: Id | None = None
    clip: bool = False


def add(api: Api, services: Services) -> None:
    """Serve the routes of an asset's annotations."""
    database = services.database

    @api.route("GET /v1/assets/{asset_id}/annotations")
    @documented(
        query=_LIST_QUERY,
        answer=Page[Annotation],
        answers={304: None},
        headers=IF_NONE_MATCH,
        response_headers=REVISION_TAG,
        problems=(NoSuchAsset,),
    )
    def list_annotations(request: Request) -> Response:
        """List the annotations of an asset; the entity tag is the asset's annotation revision.

        It is the same for every page and layer, so that one request with `If-None-Match` tells whether any annotation
        of the asset has changed: 304 when none has.
        """
        asset = assets.find(database(), request.caller, request.path["asset_id"])
        tag = f'"{asset.get("annotation_revision", 0)}"'
        if (unchanged := not_modified(request, tag)) is not None:
            return unchanged
        page = listing.page(database(), services.token_key(), asset["asset_id"], request.query)
        return Response(plain_dumps(page), headers={"content-type": "application/json", "etag": tag})

    @api.route("POST /v1/assets/{asset_id}/annotations")
    @documented(
        body=AnnotationBody,
        answer=Annotation,
        status=201,
        headers={"If-None-Match": "`*` beside an id of the caller's own"},
        response_headers=CHANGE_TAGS,
        problems=(*WRITE_PROBLEMS, EntityTooLarge),
    )
    def create_annotation(request: Request) -> Response:
        """Make an annotation. An id that the project has already is 412 with what is there."""
        asset = assets.find(database(), request.caller, request.path["asset_id"], Role.EDITOR)
        draft = request.parse(CreateRequest)
        create = Create(
            op="create",
            asset_id=asset["asset_id"],
            annotation=draft.annotation,
            annotation_id=draft.annotation_id,
        )
        return changed(write_one(services, asset["project"], request, create, clip=draft.clip), 201)

    @api.route("PUT /v1/assets/{asset_id}/fields/{field}/annotations")
    @documented(
        body=ReplaceRequest,
        answer=LayerReplaced,
        headers=_IF_MATCH,
        response_headers=REVISION_TAG,
        problems=(*WRITE_PROBLEMS, EntityTooLarge, PreconditionRequired),
    )
    def replace_annotations(request: Request) -> Response:
        """Make the given annotations all that a layer of an asset has, in one step.

        Those with an `annotation_id` that the layer has are new revisions of it. With `reviewed` and an empty list the
        asset is known to show nothing, which is not the same as not having been looked at.
        """
        asset = assets.find(database(), request.caller, request.path["asset_id"], Role.EDITOR)
        known = if_match(request)
        layer = request.parse(ReplaceRequest)
        drafts = [_draft(asset["asset_id"], at, each) for at, each in enumerate(layer.annotations)]
        stored = {**asset, "_id": asset["asset_id"]}
        revision = writes.replace_layer(
            database(),
            stored,
            Author.now(request.caller.subject, layer.tool),
            _layer(request),
            drafts,
            known_revision=known,
            reviewed=layer.reviewed,
            clip=layer.clip,
            masks=services.masks(),
        )
        services.publish_events([asset["asset_id"]])
        return Response({"annotation_revision": revision}, headers={"etag": f'"{revision}"'})


def _layer(request: Request) -> str:
    try:
        return _LAYER.validate_python(request.path["field"])
    except ValidationError:
        raise InvalidRequest("field: must be a name such as ground_truth or yolo11-2026-10.") from None


def _draft(asset_id: str, at: int, raw: Document) -> Create:
    draft = dict(raw)
    own_id = draft.pop("annotation_id", None)
    if own_id is not None and not (isinstance(own_id, str) and is_id(own_id)):
        raise InvalidRequest(f"annotations.{at}.annotation_id: must be an id.")
    return Create(op="create", asset_id=asset_id, annotation=draft, annotation_id=own_id)
