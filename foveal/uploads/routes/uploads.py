"""The five endpoints that every client needs, and the list of what is still open."""

from datetime import UTC, datetime

from foveal.api.documentation import documented
from foveal.api.gateway import Api, Request, Response
from foveal.auth import Role
from foveal.instants import timestamp
from foveal.uploads import begin, listing, multipart, status, store
from foveal.uploads.requests import BeginRequest, PartsRequest
from foveal.uploads.routes.services import Services


def add(api: Api, services: Services) -> None:
    """Serve the routes of uploads."""

    @api.route("POST /v1/projects/{project}/uploads")
    @documented(body=BeginRequest, status=201)
    def begin_uploads(request: Request) -> Response:
        """Begin 1 to 1,000 uploads; an item that fails carries its problem, and the others go on."""
        project, caller = request.path["project"], request.caller
        caller.require(project, Role.EDITOR)
        wanted = request.parse(BeginRequest)
        begun = begin.begin(services.backend(), project, caller.subject, wanted, datetime.now(UTC))
        refused = sum("problem" in each for each in begun)
        services.logger.info("begun", extra={"project": project, "uploads": len(begun), "refused": refused})
        return Response({"uploads": begun}, 201)

    @api.route("GET /v1/projects/{project}/uploads")
    @documented(query={"state": "open (default), completed, failed, aborted or expired", "next_token": "The next page"})
    def list_uploads(request: Request) -> Response:
        """Return the caller's own uploads in one state, newest first."""
        project, caller = request.path["project"], request.caller
        caller.require(project, Role.EDITOR)
        return Response(listing.listing(services.backend(), project, caller.subject, request.query))

    @api.route("GET /v1/uploads/{upload_id}")
    def get_upload(request: Request) -> Response:
        """Return how far an upload has come."""
        upload = store.find(services.backend(), request.caller, request.path["upload_id"])
        return Response(status.status(services.backend(), upload, datetime.now(UTC)))

    @api.route("DELETE /v1/uploads/{upload_id}")
    @documented(status=204)
    def abort_upload(request: Request) -> Response:
        """Give up an upload and its parts."""
        upload = store.find(services.backend(), request.caller, request.path["upload_id"])
        multipart.abort(services.backend(), upload, datetime.now(UTC))
        return Response(status=204)

    @api.route("POST /v1/uploads/{upload_id}/parts")
    @documented(body=PartsRequest)
    def sign_parts(request: Request) -> Response:
        """Sign 1 to 1,000 parts."""
        upload = store.find(services.backend(), request.caller, request.path["upload_id"])
        wanted = request.parse(PartsRequest)
        ticket, expires_at = multipart.sign_parts(
            services.backend(), upload, wanted.part_numbers, datetime.now(UTC), wanted.expires_in_seconds
        )
        return Response({"upload_id": upload["_id"], **ticket, "expires_at": timestamp(expires_at)})

    @api.route("GET /v1/uploads/{upload_id}/parts")
    def list_parts(request: Request) -> Response:
        """Return which parts have arrived, and which are missing."""
        upload = store.find(services.backend(), request.caller, request.path["upload_id"])
        return Response({"upload_id": upload["_id"], **status.arrived(services.backend(), upload, datetime.now(UTC))})

    @api.route("POST /v1/uploads/{upload_id}/complete")
    def complete_upload(request: Request) -> Response:
        """Complete an upload; no body is needed, for the server knows the parts."""
        upload = store.find(services.backend(), request.caller, request.path["upload_id"])
        return Response(status.complete(services.backend(), upload, datetime.now(UTC)))
