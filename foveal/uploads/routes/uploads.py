"""Routes of uploads: begin, list, read, sign parts, complete, abort."""

from datetime import UTC, datetime

from foveal.access.caller import Role
from foveal.api.documentation import NEXT_TOKEN, Page, Parameter, documented
from foveal.api.gateway import Api, Request, Response
from foveal.database.vocabulary import UPLOAD_STATES
from foveal.encoding.instants import timestamp
from foveal.errors import (
    AccessDenied,
    Conflict,
    InvalidChecksum,
    NoSuchProject,
    NoSuchUpload,
    UploadInProgress,
)
from foveal.uploads import begin, listing, multipart, quotas, status, store
from foveal.uploads.requests import BeginRequest, CompleteRequest, PartsRequest, StatusRequest
from foveal.uploads.routes.answers import (
    ArrivedParts,
    BegunUploads,
    ListedUpload,
    SignedParts,
    Upload,
    UploadProgress,
    UploadQuota,
    UploadStates,
)
from foveal.uploads.routes.problems import BEGIN_PROBLEMS, COMPLETE_PROBLEMS
from foveal.uploads.routes.services import Services

_STATE = {"type": "string", "enum": list(UPLOAD_STATES), "default": "open"}
_LIST_QUERY: dict[str, Parameter | str] = {
    "state": Parameter("Only uploads in this state", _STATE),
    "next_token": NEXT_TOKEN,
}
_FIND_PROBLEMS = (NoSuchUpload, AccessDenied)


def add(api: Api, services: Services) -> None:
    """Serve the routes of uploads."""

    @api.route("POST /v1/projects/{project}/uploads")
    @documented(
        body=BeginRequest,
        answer=BegunUploads,
        status=201,
        problems=(NoSuchProject, AccessDenied),
        item_problems=BEGIN_PROBLEMS,
    )
    def begin_uploads(request: Request) -> Response:
        """Begin 1 to 1,000 uploads; an item that fails carries its problem, and the others go on."""
        project, caller = request.path["project"], request.caller
        caller.require(project, Role.EDITOR)
        body = request.parse(BeginRequest)
        begun = begin.begin(services.backend(), project, caller.subject, body, datetime.now(UTC))
        refused = sum("problem" in each for each in begun)
        services.logger.info("begun", extra={"project": project, "uploads": len(begun), "refused": refused})
        return Response({"uploads": begun}, 201)

    @api.route("GET /v1/projects/{project}/uploads")
    @documented(query=_LIST_QUERY, answer=Page[ListedUpload], problems=(NoSuchProject, AccessDenied))
    def list_uploads(request: Request) -> Response:
        """Return the caller's own uploads in one state, newest first."""
        project, caller = request.path["project"], request.caller
        caller.require(project, Role.EDITOR)
        key = services.token_secret().encode()
        return Response(listing.listing(services.backend(), key, project, caller.subject, request.query))

    @api.route("POST /v1/projects/{project}/uploads/status")
    @documented(body=StatusRequest, answer=UploadStates, problems=(NoSuchProject, AccessDenied))
    def get_upload_states(request: Request) -> Response:
        """Return the caller's own uploads by 1 to 1,000 idempotency keys, and the keys that are unknown."""
        project, caller = request.path["project"], request.caller
        caller.require(project, Role.EDITOR)
        keys = request.parse(StatusRequest).idempotency_keys
        return Response(status.states(services.backend(), project, caller.subject, keys))

    @api.route("GET /v1/projects/{project}/uploads/quota")
    @documented(answer=UploadQuota, problems=(NoSuchProject, AccessDenied))
    def get_upload_quota(request: Request) -> Response:
        """Return the daily quota of a project: bytes that may be begun, that were begun today (UTC), and its reset."""
        project = request.path["project"]
        request.caller.require(project, Role.VIEWER)
        return Response(quotas.state(services.backend(), project, datetime.now(UTC)))

    @api.route("GET /v1/uploads/{upload_id}")
    @documented(answer=UploadProgress, problems=(*_FIND_PROBLEMS, UploadInProgress))
    def get_upload(request: Request) -> Response:
        """Return an upload, the status of its asset and its parts."""
        upload = store.find(services.backend(), request.caller, request.path["upload_id"])
        return Response(status.status(services.backend(), upload, datetime.now(UTC)))

    @api.route("DELETE /v1/uploads/{upload_id}")
    @documented(status=204, problems=(*_FIND_PROBLEMS, Conflict))
    def abort_upload(request: Request) -> Response:
        """Abort an upload and its parts."""
        upload = store.find(services.backend(), request.caller, request.path["upload_id"])
        multipart.abort(services.backend(), upload, datetime.now(UTC))
        return Response(status=204)

    @api.route("POST /v1/uploads/{upload_id}/parts")
    @documented(body=PartsRequest, answer=SignedParts, problems=(*_FIND_PROBLEMS, Conflict))
    def sign_parts(request: Request) -> Response:
        """Sign 1 to 1,000 parts."""
        upload = store.find(services.backend(), request.caller, request.path["upload_id"])
        body = request.parse(PartsRequest)
        ticket, expires_at = multipart.sign_parts(services.backend(), upload, body, datetime.now(UTC))
        return Response({"upload_id": upload["_id"], **ticket, "expires_at": timestamp(expires_at)})

    @api.route("GET /v1/uploads/{upload_id}/parts")
    @documented(answer=ArrivedParts, problems=(*_FIND_PROBLEMS, Conflict, UploadInProgress))
    def list_parts(request: Request) -> Response:
        """Return the parts that have arrived and the numbers of those that are missing."""
        upload = store.find(services.backend(), request.caller, request.path["upload_id"])
        return Response({"upload_id": upload["_id"], **status.arrived(services.backend(), upload, datetime.now(UTC))})

    @api.route("POST /v1/uploads/{upload_id}/complete")
    @documented(
        body=CompleteRequest,
        is_body_required=False,
        answer=Upload,
        problems=(*_FIND_PROBLEMS, *COMPLETE_PROBLEMS, InvalidChecksum),
    )
    def complete_upload(request: Request) -> Response:
        """Complete an upload; the server lists the parts itself."""
        upload = store.find(services.backend(), request.caller, request.path["upload_id"])
        body = request.parse(CompleteRequest) if request.has_body else CompleteRequest()
        return Response(status.complete(services.backend(), upload, datetime.now(UTC), body))
