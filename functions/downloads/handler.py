"""Hands media out: signed URLs for many assets at once."""

import functools

from aws_lambda_powertools import Logger

from foveal import mongo
from foveal.api import Api, Request, Response
from foveal.auth import Role
from foveal.delivery import audit, downloads
from foveal.delivery.links import links
from foveal.settings import DownloadsSettings, Environment

logger = Logger()


@functools.cache
def settings() -> DownloadsSettings:
    return DownloadsSettings.from_environment(Environment())


api = Api(logger, lambda: settings().access)


@api.route("POST /v1/projects/{project}/downloads")
def sign_downloads(request: Request) -> Response:
    """Return signed URLs for up to 1,000 assets of a project."""
    project, caller = request.path["project"], request.caller
    caller.require(project, Role.VIEWER)
    wanted, chosen = request.parse(downloads.DownloadsRequest), settings()
    signed = downloads.sign(
        mongo.database(chosen.mongo), links(chosen), project, wanted, chosen.url_ttl_seconds, chosen.url_window_seconds
    )
    audit.record(
        "read",
        subject=caller.subject,
        project=project,
        request_id=logger.get_correlation_id() or "",
        asset_ids=(each["asset_id"] for each in signed if "url" in each),
        variant=wanted.variant,
    )
    return Response({"downloads": signed})


handler = api
