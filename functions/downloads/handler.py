"""Hands media out: signed URLs for many assets at once, the stable address of one, signed cookies."""

import functools
import time
from datetime import UTC, datetime

from aws_lambda_powertools import Logger
from pymongo.database import Database

from foveal.api.documentation import documented
from foveal.api.gateway import Api, Request, Response
from foveal.auth import Role
from foveal.aws.s3 import S3
from foveal.catalog.assets import matches
from foveal.database import client
from foveal.database.client import Document
from foveal.delivery import audit, content, cookies, downloads
from foveal.delivery.derivatives import Derivatives
from foveal.delivery.links import CdnLinks, links, shared_expiry
from foveal.derivatives.recipes import Renditions
from foveal.errors import Unprocessable
from foveal.settings import DownloadsSettings, Environment

logger = Logger()


@functools.cache
def settings() -> DownloadsSettings:
    return DownloadsSettings.from_environment(Environment())


@functools.cache
def derivatives() -> Derivatives:
    return Derivatives(database(), _bucket(), Renditions.from_json(settings().renditions), settings().render_function)


def database() -> Database[Document]:
    return client.database(settings().mongo)


api = Api(logger, lambda: settings().access)


@api.route("POST /v1/projects/{project}/downloads")
@documented(body=downloads.DownloadsRequest)
def sign_downloads(request: Request) -> Response:
    """Return signed URLs for up to 1,000 assets of a project.

    An asset that cannot be handed out has a problem in its place: it is absent, not ready, its rendition is being made,
    or its bytes are archived (InvalidObjectState, with `restore`, the state of their retrieval).
    """
    project, caller, chosen = request.path["project"], request.caller, settings()
    caller.require(project, Role.VIEWER)
    wanted = request.parse(downloads.DownloadsRequest)
    signed = downloads.sign(
        database(),
        _bucket(),
        links(chosen),
        derivatives(),
        project,
        wanted,
        chosen.url_ttl_seconds,
        chosen.url_window_seconds,
    )
    ids = (each["asset_id"] for each in signed if "url" in each)
    _record("read", caller.subject, project, ids, variant=wanted.variant)
    return Response({"downloads": signed})


@api.route("GET /v1/assets/{asset_id}/content")
@documented(
    status=302,
    query={
        "variant": "original (default), a rendition's name, strip, overlay, annotated or crop",
        "version_id": "original: a version other than the current one",
        "disposition": "original: inline (default) or attachment",
        "field": "overlay, annotated: only this field",
        "label": "overlay, annotated: only these labels, by comma",
        "min_confidence": "overlay, annotated: in steps of 0.05",
        "rendition": "annotated, crop: the size, a rendition's name",
        "format": "annotated, crop: webp, avif, jpeg or png",
        "annotation_id": "crop: the annotation",
        "frame": "overlay, annotated, crop: the frame of a video or of a moving image, counted from 0",
        "margin": "crop: 0, 0.1, 0.25 or 0.5 of its longer side",
    },
    headers={"If-None-Match": "The original's ETag; answered 304 when it is still current"},
)
def redirect_to_content(request: Request) -> Response:
    """Redirect to a fresh URL of an asset, a version of it, or a derivative; 304 when the caller has the bytes."""
    asset_id, caller, chosen = request.path["asset_id"], request.caller, settings()
    found = content.find(database(), _bucket(), derivatives(), caller, asset_id, request.query)
    version_id = request.query.get("version_id") or found.asset["s3"].get("version_id")
    _record(
        "read", caller.subject, found.asset["project"], [asset_id], variant=_variant(request), version_id=version_id
    )
    headers = {"etag": found.etag} if found.etag else {}
    if found.etag and matches(request.headers.get("if-none-match"), found.etag):
        return Response(status=304, headers=headers)
    expires_at = shared_expiry(chosen.url_ttl_seconds, chosen.url_window_seconds)
    return Response(status=302, headers={"location": links(chosen).url(found.address, expires_at), **headers})


@api.route("POST /v1/projects/{project}/cookies")
@documented(body=cookies.CookiesRequest)
def set_cookies(request: Request) -> Response:
    """Set signed cookies for everything of a project, or of one asset."""
    project, caller, chosen = request.path["project"], request.caller, settings()
    caller.require(project, Role.VIEWER)
    wanted = request.parse(cookies.CookiesRequest)
    maker = links(chosen)
    if not isinstance(maker, CdnLinks):
        raise Unprocessable("This stage hands media out without a CDN, so there are no cookies; ask for URLs.")
    covered = cookies.prefixes(project, wanted.asset_id)
    expires_at = int(time.time()) + (wanted.expires_in_seconds or chosen.url_ttl_seconds)
    ids = [wanted.asset_id] if wanted.asset_id else []
    _record("cookies", caller.subject, project, ids)
    body = {"prefixes": covered, "expires_at": datetime.fromtimestamp(expires_at, UTC)}
    return Response(body, cookies=tuple(cookies.signed(maker, covered, expires_at)))


@api.route("DELETE /v1/projects/{project}/cookies")
@documented(status=204, query={"asset_id": "Only the cookies of this asset"})
def clear_cookies(request: Request) -> Response:
    """Remove the cookies of a project, or of one asset (`?asset_id=`), from the browser: sign-out."""
    project, caller = request.path["project"], request.caller
    caller.require(project, Role.VIEWER)
    covered = cookies.prefixes(project, request.query.get("asset_id"))
    _record("sign_out", caller.subject, project, ())
    return Response(status=204, cookies=tuple(cookies.cleared(covered)))


@functools.cache
def _bucket() -> S3:
    return S3(settings().bucket)


def _variant(request: Request) -> str:
    return request.query.get("variant", "original")


_record = functools.partial(audit.record_of, logger)

handler = api
