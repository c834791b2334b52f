"""Annotations of an asset, one by one, in bulk and by layer; their history."""

import itertools
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from foveal.access.caller import Role
from foveal.api.documentation import NEXT_TOKEN, Page, Parameter, documented
from foveal.api.gateway import Api, Request, Response
from foveal.catalog import assets
from foveal.catalog.annotations import history, ids, listing, writes
from foveal.catalog.annotations.models import AnyAnnotation
from foveal.catalog.annotations.operations import (
    OPERATION,
    BulkRequest,
    Create,
    Delete,
    Id,
    Operation,
    Outcome,
    ReplaceRequest,
    Restore,
    Revision,
    Update,
)
from foveal.catalog.annotations.rasters.large_members import LARGE
from foveal.catalog.assets import no_such_annotation
from foveal.catalog.author import Author
from foveal.catalog.routes.answers import (
    REVISION_TAG,
    Annotation,
    AnnotationPatch,
    AnnotationRevision,
    Counts,
    HeatmapValues,
    LayerReplaced,
    WriteResults,
)
from foveal.catalog.routes.bulk_results import BulkResults
from foveal.catalog.routes.conditions import if_match, if_match_parameter, limit_parameter, project_of
from foveal.catalog.routes.services import Services
from foveal.database import typed
from foveal.database.catalog_documents import AnnotationDocument
from foveal.database.client import Document
from foveal.encoding.ids import is_id
from foveal.encoding.instants import timestamp
from foveal.encoding.json_text import dumps, plain_dumps
from foveal.errors import (
    AccessDenied,
    AssetNotReady,
    EntityTooLarge,
    InvalidRequest,
    NoSuchAnnotation,
    NoSuchAsset,
    NoSuchProject,
    PreconditionFailed,
    PreconditionRequired,
    Problem,
)
from foveal.validation.error_texts import errors_of
from foveal.validation.models import Model
from foveal.validation.values import FieldLayer

_LAYER: TypeAdapter[str] = TypeAdapter(FieldLayer)
_IF_MATCH = {"If-Match": if_match_parameter('The revision that the caller knows, in quotes: `"3"`')}
_IF_MATCH_ASSET = {"If-Match": if_match_parameter("The asset's annotation revision that the caller knows")}
_PROJECT = {"project": "The project of the annotation, where several of the caller's projects have one of this id"}
_FRAME = {"type": "integer", "minimum": 0}
_LIST_QUERY: dict[str, Parameter | str] = {
    "field": "Only this layer",
    "frame_from": Parameter("From this frame on, counted from 0", _FRAME),
    "frame_to": Parameter("Up to this frame, included", _FRAME),
    "limit": limit_parameter(listing.MAX_LIMIT, listing.DEFAULT_LIMIT),
    "next_token": NEXT_TOKEN,
}
_REVISIONS_QUERY: dict[str, Parameter | str] = {
    **_PROJECT,
    "limit": limit_parameter(listing.MAX_REVISIONS, listing.DEFAULT_REVISIONS),
    "next_token": NEXT_TOKEN,
}
_WRITE_PROBLEMS = (AccessDenied, NoSuchAsset, AssetNotReady, PreconditionFailed)
_OPERATION_PROBLEMS = (
    InvalidRequest,
    NoSuchAsset,
    NoSuchAnnotation,
    AssetNotReady,
    PreconditionFailed,
    EntityTooLarge,
)
_CHANGE_PROBLEMS = (*_WRITE_PROBLEMS, NoSuchAnnotation, PreconditionRequired)


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


class RestoreRequest(Model):
    """Which revision to bring back; the one before the present one when not given."""

    to: Revision | None = None


def add(api: Api, services: Services) -> None:
    """Serve the routes of annotations."""
    database = services.database

    @api.route("GET /v1/assets/{asset_id}/annotations")
    @documented(query=_LIST_QUERY, answer=Page[Annotation], response_headers=REVISION_TAG, problems=(NoSuchAsset,))
    def list_annotations(request: Request) -> Response:
        """List the annotations of an asset; the entity tag is the asset's annotation revision."""
        asset = assets.find(database(), request.caller, request.path["asset_id"])

        page = listing.page(database(), services.token_key(), asset["asset_id"], request.query)
        headers = {"content-type": "application/json", "etag": f'"{asset.get("annotation_revision", 0)}"'}
        return Response(plain_dumps(page), headers=headers)

    @api.route("POST /v1/assets/{asset_id}/annotations")
    @documented(
        body=AnnotationBody,
        answer=Annotation,
        status=201,
        headers={"If-None-Match": "`*` beside an id of the caller's own"},
        response_headers=REVISION_TAG,
        problems=(*_WRITE_PROBLEMS, EntityTooLarge),
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
        return _single(_one(services, asset["project"], request, create, clip=draft.clip), 201)

    @api.route("PUT /v1/assets/{asset_id}/fields/{field}/annotations")
    @documented(
        body=ReplaceRequest,
        answer=LayerReplaced,
        headers=_IF_MATCH_ASSET,
        response_headers=REVISION_TAG,
        problems=(*_WRITE_PROBLEMS, EntityTooLarge, PreconditionRequired),
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

    @api.route("GET /v1/annotations/{annotation_id}")
    @documented(query=_PROJECT, answer=Annotation, response_headers=REVISION_TAG, problems=(NoSuchAnnotation,))
    def get_annotation(request: Request) -> Response:
        """Return one annotation."""
        annotation_id = _found(services, request, Role.VIEWER).stored_id
        stored = typed.annotations(database()).find_one({"_id": annotation_id})
        if stored is None:
            raise no_such_annotation()
        return _single(stored)

    @api.route("GET /v1/annotations/{annotation_id}/mask")
    @documented(query=_PROJECT, answer=Counts, problems=(NoSuchAnnotation,))
    def get_mask(request: Request) -> Response:
        """Return the counts of a mask as JSON, wherever they lie."""
        return _large(services, request, "mask")

    @api.route("GET /v1/annotations/{annotation_id}/map")
    @documented(query=_PROJECT, answer=HeatmapValues, problems=(NoSuchAnnotation,))
    def get_map(request: Request) -> Response:
        """Return the values of a heatmap as JSON (a text: zlib in base64), wherever they lie."""
        return _large(services, request, "map")

    @api.route("PATCH /v1/annotations/{annotation_id}")
    @documented(
        body=AnnotationPatch,
        answer=Annotation,
        query=_PROJECT,
        headers=_IF_MATCH,
        response_headers=REVISION_TAG,
        problems=(*_CHANGE_PROBLEMS, EntityTooLarge),
    )
    def update_annotation(request: Request) -> Response:
        """Change some fields of an annotation (JSON Merge Patch, RFC 7386); 412 with the present state if it moved."""
        annotation_id, project = request.path["annotation_id"], _found(services, request, Role.EDITOR).project
        changes = request.json()
        if not isinstance(changes, dict) or not changes:
            raise InvalidRequest("The body must be an object with the fields to change.")
        update = Update(op="update", annotation_id=annotation_id, revision=if_match(request), changes=changes)
        return _single(_one(services, project, request, update))

    @api.route("DELETE /v1/annotations/{annotation_id}")
    @documented(
        status=204,
        query=_PROJECT,
        headers=_IF_MATCH,
        response_headers=REVISION_TAG,
        problems=(AccessDenied, NoSuchAnnotation, PreconditionFailed, PreconditionRequired),
    )
    def delete_annotation(request: Request) -> Response:
        """Delete an annotation; its history stays, and `restore` brings it back."""
        annotation_id, project = request.path["annotation_id"], _found(services, request, Role.EDITOR).project
        delete = Delete(op="delete", annotation_id=annotation_id, revision=if_match(request))
        gone = _one(services, project, request, delete)
        return Response(status=204, headers={"etag": f'"{gone["revision"]}"'})

    @api.route("GET /v1/annotations/{annotation_id}/revisions")
    @documented(query=_REVISIONS_QUERY, answer=Page[AnnotationRevision], problems=(NoSuchAnnotation,))
    def list_revisions(request: Request) -> Response:
        """Return the history of an annotation, oldest first: states, deletions, and attempts that were refused."""
        annotation_id = _found(services, request, Role.VIEWER).stored_id
        page = listing.revisions(database(), services.token_key(), annotation_id, request.query)
        return Response(plain_dumps(page), headers={"content-type": "application/json"})

    @api.route("POST /v1/annotations/{annotation_id}/restore")
    @documented(
        body=RestoreRequest,
        answer=Annotation,
        query=_PROJECT,
        headers=_IF_MATCH,
        response_headers=REVISION_TAG,
        problems=_CHANGE_PROBLEMS,
    )
    def restore_annotation(request: Request) -> Response:
        """Undo: bring back the state before the present one, or a given revision; also after a deletion."""
        annotation_id, project = request.path["annotation_id"], _found(services, request, Role.EDITOR).project
        to = request.parse(RestoreRequest).to
        restore = Restore(op="restore", annotation_id=annotation_id, revision=if_match(request), to=to)
        return _single(_one(services, project, request, restore))

    @api.route("POST /v1/projects/{project}/annotations/bulk")
    @documented(
        body=BulkRequest,
        answer=WriteResults,
        problems=(NoSuchProject, AccessDenied),
        item_problems=_OPERATION_PROBLEMS,
    )
    def write_annotations(request: Request) -> Response:
        """Carry out up to 10,000 operations, each with its own result: the new revision, or a problem in its place."""
        project = project_of(request, Role.EDITOR)
        bulk = request.parse(BulkRequest)
        operations = [_operation(each) for each in bulk.operations]
        outcomes = writes.stream(
            database(),
            project,
            Author.now(request.caller.subject, bulk.tool),
            operations,
            ordered=bulk.ordered,
            clip=bulk.clip,
            masks=services.masks(),
        )
        results, changed = BulkResults(), set[str]()
        for outcome in outcomes:
            results.add(_result(outcome))
            if not isinstance(outcome, Problem):
                changed.add(outcome["asset_id"])
        services.publish_events(changed)
        return results.response()


def _one(
    services: Services, project: str, request: Request, operation: Operation, *, clip: bool = False
) -> AnnotationDocument:
    author = Author.now(request.caller.subject)
    (outcome,) = writes.write(services.database(), project, author, [operation], clip=clip, masks=services.masks())
    if isinstance(outcome, Problem):
        raise outcome
    services.publish_events([outcome["asset_id"]])
    return outcome


class _Found(NamedTuple):
    """Project and `_id` of the annotation in a path."""

    project: str
    stored_id: str


def _found(services: Services, request: Request, role: Role) -> _Found:
    """Return the project and the `_id` of the annotation that the path names.

    Raises NoSuchAnnotation for a caller outside the project, InvalidRequest when several of the caller's projects have
    one of this name.
    """
    name, chosen = request.path["annotation_id"], request.query.get("project")
    projects = [each for each in request.caller.roles if chosen in (None, each)]
    found = history.found(services.database(), name, projects) if is_id(name) else {}
    if not found:
        raise no_such_annotation()
    if len(found) > 1:
        raise InvalidRequest("project: several of your projects have an annotation of this id; say which is meant.")
    (only,) = itertools.starmap(_Found, found.items())
    request.caller.require(only.project, role, no_such_annotation)
    return only


def _large(services: Services, request: Request, name: str) -> Response:
    """Return the member of a mask or a heatmap that may lie in the bucket."""
    annotation_id = _found(services, request, Role.VIEWER).stored_id
    whole = (services.database().annotations.find_one({"_id": annotation_id}, {name: 1}) or {}).get(name)
    if whole is None:
        raise no_such_annotation()
    if "s3" not in whole:
        return Response(dumps(whole[LARGE[name]]), headers={"content-type": "application/json"})
    return Response(services.masks().get(whole["s3"]).decode(), headers={"content-type": "application/json"})


def _layer(request: Request) -> str:
    try:
        return _LAYER.validate_python(request.path["field"])
    except ValidationError:
        raise InvalidRequest("field: must be a name such as ground_truth or yolo11-2026-10.") from None


def _operation(raw: Document) -> Operation | Problem:
    try:
        return OPERATION.validate_python(raw)
    except ValidationError as error:
        place, message = errors_of(error, OPERATION, raw)[0]
        return InvalidRequest(f"{place or 'operation'}: {message}")


def _draft(asset_id: str, at: int, raw: Document) -> Create:
    draft = dict(raw)
    own_id = draft.pop("annotation_id", None)
    if own_id is not None and not (isinstance(own_id, str) and is_id(own_id)):
        raise InvalidRequest(f"annotations.{at}.annotation_id: must be an id.")
    return Create(op="create", asset_id=asset_id, annotation=draft, annotation_id=own_id)


def _single(stored: AnnotationDocument, status: int = 200) -> Response:
    return Response(history.public(stored), status, {"etag": f'"{stored["revision"]}"'})


def _result(outcome: Outcome) -> Document | Problem:
    if isinstance(outcome, Problem):
        return outcome
    result = {"annotation_id": ids.public(outcome["_id"]), "revision": outcome["revision"]}
    return result | ({"deleted_at": timestamp(outcome["deleted_at"])} if "deleted_at" in outcome else {})
