"""Routes of Companion mode: an endpoint with a token in its path, for one caller and project."""

from datetime import UTC, datetime

from foveal.access.caller import Role
from foveal.api.documentation import Parameter, documented
from foveal.api.gateway import Api, Request, Response
from foveal.encoding.instants import timestamp
from foveal.errors import AccessDenied, Conflict, ExpiredTicket, NoSuchProject, NoSuchUpload, UploadInProgress
from foveal.uploads import companion
from foveal.uploads.limits import TIB
from foveal.uploads.routes.answers import (
    CompanionAborted,
    CompanionCompleted,
    CompanionEndpoint,
    CompanionForm,
    CompanionPart,
    CompanionPartUrl,
    CompanionUpload,
)
from foveal.uploads.routes.problems import BEGIN_PROBLEMS, COMPLETE_PROBLEMS
from foveal.uploads.routes.services import Services

_KEY: dict[str, Parameter | str] = {"key": Parameter("The key that was given when the upload began", is_required=True)}
_FORM: dict[str, Parameter | str] = {
    "filename": Parameter("The file's name", {"type": "string", "minLength": 1, "maxLength": 1024}, is_required=True),
    "type": "Its content type",
    "metadata[size_bytes]": Parameter(
        "Its size in bytes", {"type": "integer", "minimum": 1, "maximum": 5 * TIB}, is_required=True
    ),
}
_TOKEN_PROBLEMS = (AccessDenied, ExpiredTicket)
_FIND_PROBLEMS = (*_TOKEN_PROBLEMS, NoSuchUpload)


def add(api: Api, services: Services) -> None:
    """Serve the routes of Companion mode."""

    def served_by(request: Request) -> companion.Companion:
        return companion.Companion(
            services.backend(), services.token_secret(), request.path["token"], datetime.now(UTC)
        )

    @api.route("POST /v1/projects/{project}/uploads/companion")
    @documented(
        body=companion.CompanionRequest,
        answer=CompanionEndpoint,
        status=201,
        problems=(NoSuchProject, AccessDenied),
    )
    def make_companion(request: Request) -> Response:
        """Return a Companion endpoint for the caller's uploads to a project."""
        project, caller = request.path["project"], request.caller
        caller.require(project, Role.EDITOR)
        expires_at = companion.expiry(datetime.now(UTC), request.parse(companion.CompanionRequest))
        path = companion.endpoint(services.token_secret(), project, caller.subject, expires_at)
        return Response({"companion_endpoint": path, "expires_at": timestamp(expires_at)}, 201)

    @api.route("GET /v1/companion/{token}/s3/params")
    @documented(query=_FORM, answer=CompanionForm, problems=(*_TOKEN_PROBLEMS, *BEGIN_PROBLEMS))
    def companion_params(request: Request) -> Response:
        """Return a form for a single upload."""
        return Response(served_by(request).params(request.query))

    @api.route("POST /v1/companion/{token}/s3/multipart")
    @documented(body=companion.CompanionCreate, answer=CompanionUpload, problems=(*_TOKEN_PROBLEMS, *BEGIN_PROBLEMS))
    def companion_create(request: Request) -> Response:
        """Begin a multipart upload."""
        return Response(served_by(request).create(request.parse(companion.CompanionCreate)))

    @api.route("GET /v1/companion/{token}/s3/multipart/{upload_id}")
    @documented(query=_KEY, answer=list[CompanionPart], problems=(*_FIND_PROBLEMS, UploadInProgress))
    def companion_list(request: Request) -> Response:
        """Return the parts that have arrived."""
        return Response(served_by(request).list_parts(request.path["upload_id"], request.query.get("key")))

    @api.route("GET /v1/companion/{token}/s3/multipart/{upload_id}/{part_number}")
    @documented(query=_KEY, answer=CompanionPartUrl, problems=(*_FIND_PROBLEMS, Conflict))
    def companion_sign(request: Request) -> Response:
        """Sign one part."""
        path = request.path
        return Response(served_by(request).sign_part(path["upload_id"], request.query.get("key"), path["part_number"]))

    @api.route("POST /v1/companion/{token}/s3/multipart/{upload_id}/complete")
    @documented(query=_KEY, answer=CompanionCompleted, problems=(*_FIND_PROBLEMS, *COMPLETE_PROBLEMS))
    def companion_complete(request: Request) -> Response:
        """Complete a multipart upload."""
        return Response(served_by(request).complete(request.path["upload_id"], request.query.get("key")))

    @api.route("DELETE /v1/companion/{token}/s3/multipart/{upload_id}")
    @documented(query=_KEY, answer=CompanionAborted, problems=(*_FIND_PROBLEMS, Conflict))
    def companion_abort(request: Request) -> Response:
        """Abort a multipart upload."""
        return Response(served_by(request).abort(request.path["upload_id"], request.query.get("key")))
