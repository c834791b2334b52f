"""Takes uploads in: tickets for S3, parts, completion."""

import functools
from datetime import UTC, datetime

from aws_lambda_powertools import Logger

from foveal import mongo
from foveal.api import Api, Request, Response, timestamp
from foveal.auth import Role
from foveal.aws import credentials
from foveal.settings import Environment, UploadsSettings
from foveal.uploads import begin, multipart, status, store
from foveal.uploads.backend import Backend
from foveal.uploads.limits import UploadLimits
from foveal.uploads.requests import BeginRequest, PartsRequest

logger = Logger()


@functools.cache
def settings() -> UploadsSettings:
    return UploadsSettings.from_environment(Environment())


@functools.cache
def backend() -> Backend:
    chosen = settings()
    limits = UploadLimits.model_validate_json(chosen.limits)
    return Backend(mongo.database(chosen.mongo), chosen.bucket, credentials.region(), limits)


api = Api(logger, lambda: settings().access)


@api.route("POST /v1/projects/{project}/uploads")
def begin_uploads(request: Request) -> Response:
    """Begin 1 to 1,000 uploads."""
    project, caller = request.path["project"], request.caller
    caller.require(project, Role.EDITOR)
    wanted = request.parse(BeginRequest)
    begun = begin.begin(backend(), project, caller.subject, wanted, datetime.now(UTC))
    refused = sum("problem" in each for each in begun)
    logger.info("begun", extra={"project": project, "uploads": len(begun), "refused": refused})
    return Response({"uploads": begun}, 201)


@api.route("GET /v1/uploads/{upload_id}")
def get_upload(request: Request) -> Response:
    """Return how far an upload has come."""
    upload = store.find(backend(), request.caller, request.path["upload_id"])
    return Response(status.status(backend(), upload, datetime.now(UTC)))


@api.route("DELETE /v1/uploads/{upload_id}")
def abort_upload(request: Request) -> Response:
    """Give up an upload and its parts."""
    upload = store.find(backend(), request.caller, request.path["upload_id"])
    multipart.abort(backend(), upload, datetime.now(UTC))
    return Response(status=204)


@api.route("POST /v1/uploads/{upload_id}/parts")
def sign_parts(request: Request) -> Response:
    """Sign 1 to 1,000 parts."""
    upload = store.find(backend(), request.caller, request.path["upload_id"])
    wanted = request.parse(PartsRequest)
    ticket, expires_at = multipart.sign_parts(
        backend(), upload, wanted.part_numbers, datetime.now(UTC), wanted.expires_in_seconds
    )
    return Response({"upload_id": upload["_id"], **ticket, "expires_at": timestamp(expires_at)})


@api.route("GET /v1/uploads/{upload_id}/parts")
def list_parts(request: Request) -> Response:
    """Return which parts have arrived."""
    upload = store.find(backend(), request.caller, request.path["upload_id"])
    return Response({"upload_id": upload["_id"], **status.arrived(backend(), upload, datetime.now(UTC))})


@api.route("POST /v1/uploads/{upload_id}/complete")
def complete_upload(request: Request) -> Response:
    """Complete an upload; the server knows the parts."""
    upload = store.find(backend(), request.caller, request.path["upload_id"])
    return Response(status.complete(backend(), upload, datetime.now(UTC)))


handler = api
