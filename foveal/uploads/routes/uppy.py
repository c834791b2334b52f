"""Uppy 6 with `signRequest`: one route that signs, and the URLs that answer in S3's XML."""

from datetime import UTC, datetime
from typing import Final

from foveal.access.caller import Role
from foveal.api.documentation import documented
from foveal.api.gateway import Api, Request, Response, Route
from foveal.errors import (
    AccessDenied,
    Conflict,
    ExpiredTicket,
    NoSuchProject,
    NoSuchUpload,
    Problem,
    UploadInProgress,
)
from foveal.uploads import uppy
from foveal.uploads.routes.answers import SignedForUppy
from foveal.uploads.routes.problems import BEGIN_PROBLEMS, COMPLETE_PROBLEMS
from foveal.uploads.routes.services import Services

_TOKEN_PROBLEMS: Final = (AccessDenied, ExpiredTicket, NoSuchUpload)
_PROBLEMS: Final[dict[str, tuple[type[Problem], ...]]] = {
    "GET": (*_TOKEN_PROBLEMS, UploadInProgress),
    "POST": (*_TOKEN_PROBLEMS, *COMPLETE_PROBLEMS),
    "DELETE": (*_TOKEN_PROBLEMS, Conflict),
}


def add(api: Api, services: Services) -> None:
    """Serve the routes of Uppy's `signRequest` mode."""

    @api.route("POST /v1/projects/{project}/uploads/sign")
    @documented(
        body=uppy.SignRequest,
        answer=SignedForUppy,
        problems=(NoSuchProject, AccessDenied, Conflict, *BEGIN_PROBLEMS),
    )
    def sign_for_uppy(request: Request) -> Response:
        """Answer Uppy's `signRequest`."""
        project, caller, body = request.path["project"], request.caller, request.parse(uppy.SignRequest)
        caller.require(project, Role.EDITOR)
        signed = uppy.sign(services.backend(), services.token_secret(), project, caller, body, datetime.now(UTC))
        return Response(signed)

    def serving(method: str) -> Route:
        def serve(request: Request) -> Response:
            """Do the operation that the token in the path is for; answers are S3's XML."""
            headers = {"content-type": "application/xml"}
            try:
                body = uppy.serve(
                    services.backend(), services.token_secret(), method, request.path["token"], datetime.now(UTC)
                )
            except Problem as problem:
                return Response(uppy.error_xml(problem), problem.status, headers)
            return Response(body, 200 if body else 204, headers)

        serve.__name__ = f"uppy_{method.lower()}"
        status = 204 if method == "DELETE" else 200
        return documented(status=status, content_type="application/xml", problems=_PROBLEMS[method])(serve)

    for method in ("GET", "POST", "DELETE"):
        api.route(f"{method} /v1/uppy/{{token}}")(serving(method))
