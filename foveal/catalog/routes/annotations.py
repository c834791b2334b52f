"""One annotation by its id: read, change, delete, restore; its history, its mask or heatmap."""

import itertools
from typing import NamedTuple

from foveal.access.caller import Role
from foveal.api.documentation import NEXT_TOKEN, Page, Parameter, documented
from foveal.api.gateway import Api, Request, Response
from foveal.catalog.annotations import history, listing, writes
from foveal.catalog.annotations.operations import Delete, Operation, Restore, Revision, Update
from foveal.catalog.annotations.rasters.large_members import LARGE
from foveal.catalog.assets import no_such_annotation
from foveal.catalog.author import Author
from foveal.catalog.routes.answers import (
    ANNOTATION_REVISION,
    CHANGE_TAGS,
    REVISION_TAG,
    Annotation,
    AnnotationPatch,
    AnnotationRevision,
    Counts,
    HeatmapValues,
)
from foveal.catalog.routes.conditions import (
    IF_NONE_MATCH,
    if_match,
    if_match_parameter,
    limit_parameter,
    not_modified,
)
from foveal.catalog.routes.services import Services
from foveal.database import typed
from foveal.database.catalog_documents import AnnotationDocument
from foveal.encoding.ids import is_id
from foveal.encoding.json_text import dumps, plain_dumps
from foveal.errors import (
    AccessDenied,
    AssetNotReady,
    EntityTooLarge,
    InvalidRequest,
    NoSuchAnnotation,
    NoSuchAsset,
    PreconditionFailed,
    PreconditionRequired,
)
from foveal.validation.models import Model

_IF_MATCH = {"If-Match": if_match_parameter('The revision that the caller knows, in quotes: `"3"`')}
_PROJECT = {"project": "The project of the annotation, where several of the caller's projects have one of this id"}
_REVISIONS_QUERY: dict[str, Parameter | str] = {
    **_PROJECT,
    "limit": limit_parameter(listing.MAX_REVISIONS, listing.DEFAULT_REVISIONS),
    "next_token": NEXT_TOKEN,
}
WRITE_PROBLEMS = (AccessDenied, NoSuchAsset, AssetNotReady, PreconditionFailed)
_CHANGE_PROBLEMS = (*WRITE_PROBLEMS, NoSuchAnnotation, PreconditionRequired)


class RestoreRequest(Model):
    """Which revision to bring back; the one before the present one when not given."""

    to: Revision | None = None


def add(api: Api, services: Services) -> None:
    """Serve the routes of one annotation."""
    database = services.database

    @api.route("GET /v1/annotations/{annotation_id}")
    @documented(
        query=_PROJECT,
        answer=Annotation,
        answers={304: None},
        headers=IF_NONE_MATCH,
        response_headers=REVISION_TAG,
        problems=(NoSuchAnnotation,),
    )
    def get_annotation(request: Request) -> Response:
        """Return one annotation."""
        annotation_id = _found(services, request, Role.VIEWER).stored_id
        stored = typed.annotations(database()).find_one({"_id": annotation_id})
        if stored is None:
            raise no_such_annotation()
        return not_modified(request, f'"{stored["revision"]}"') or single(stored)

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
        response_headers=CHANGE_TAGS,
        problems=(*_CHANGE_PROBLEMS, EntityTooLarge),
    )
    def update_annotation(request: Request) -> Response:
        """Change some fields of an annotation (JSON Merge Patch, RFC 7386); 412 with the present state if it moved."""
        annotation_id, project = request.path["annotation_id"], _found(services, request, Role.EDITOR).project
        changes = request.json()
        if not isinstance(changes, dict) or not changes:
            raise InvalidRequest("The body must be an object with the fields to change.")
        update = Update(op="update", annotation_id=annotation_id, revision=if_match(request), changes=changes)
        return changed(write_one(services, project, request, update))

    @api.route("DELETE /v1/annotations/{annotation_id}")
    @documented(
        status=204,
        query=_PROJECT,
        headers=_IF_MATCH,
        response_headers=CHANGE_TAGS,
        problems=(AccessDenied, NoSuchAnnotation, PreconditionFailed, PreconditionRequired),
    )
    def delete_annotation(request: Request) -> Response:
        """Delete an annotation; its history stays, and `restore` brings it back."""
        annotation_id, project = request.path["annotation_id"], _found(services, request, Role.EDITOR).project
        delete = Delete(op="delete", annotation_id=annotation_id, revision=if_match(request))
        return changed(write_one(services, project, request, delete), 204)

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
        response_headers=CHANGE_TAGS,
        problems=_CHANGE_PROBLEMS,
    )
    def restore_annotation(request: Request) -> Response:
        """Undo: bring back the state before the present one, or a given revision; also after a deletion."""
        annotation_id, project = request.path["annotation_id"], _found(services, request, Role.EDITOR).project
        to = request.parse(RestoreRequest).to
        restore = Restore(op="restore", annotation_id=annotation_id, revision=if_match(request), to=to)
        return changed(write_one(services, project, request, restore))


def write_one(
    services: Services, project: str, request: Request, operation: Operation, *, clip: bool = False
) -> writes.Written:
    """Carry out one operation, and publish its event. Raises the Problem of the operation."""
    author = Author.now(request.caller.subject)
    written = writes.write_one(services.database(), project, author, operation, clip=clip, masks=services.masks())
    services.publish_events([written.annotation["asset_id"]])
    return written


def single(stored: AnnotationDocument) -> Response:
    """Return an annotation as an answer, with its revision as the entity tag."""
    return Response(history.public(stored), headers={"etag": f'"{stored["revision"]}"'})


def changed(written: writes.Written, status: int = 200) -> Response:
    """Return the answer of a change: the annotation that is there now, if any, and the revisions as headers."""
    annotation, revision = written
    headers = {"etag": f'"{annotation["revision"]}"', ANNOTATION_REVISION: str(revision)}
    return Response(None if status == 204 else history.public(annotation), status, headers)


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
