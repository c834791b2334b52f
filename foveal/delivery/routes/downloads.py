"""Routes of downloads: signed URLs for many assets at once, the stable address of one asset, signed cookies."""

from collections.abc import Mapping, Sequence
from typing import Any

from foveal.access.caller import Role
from foveal.api.documentation import Parameter, documented
from foveal.api.gateway import Api, Request, Response
from foveal.delivery import content, cookies, downloads
from foveal.delivery.links import shared_expiry
from foveal.delivery.routes.answers import Cookies, SignedDownloads
from foveal.delivery.routes.services import DownloadServices
from foveal.encoding.ids import is_id
from foveal.errors import (
    AssetNotReady,
    InvalidObjectState,
    NoSuchAnnotation,
    NoSuchAsset,
    NoSuchProject,
    NoSuchVersion,
    RenditionNotReady,
    ScanPending,
    Unprocessable,
    Unrenderable,
)

_NUMBER = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
CONTENT_QUERY: dict[str, Parameter | str] = {
    "variant": "original (default), a rendition's name, strip, overlay, annotated, crop, tile, frames or values",
    "version_id": "original: a version other than the current one",
    "disposition": Parameter("original", {"type": "string", "enum": ["inline", "attachment"], "default": "inline"}),
    "field": "overlay, annotated: only this field",
    "label": "overlay, annotated: only these labels, by comma",
    "min_confidence": Parameter(
        "overlay, annotated: at least this confidence",
        {"type": "number", "minimum": 0, "maximum": 1, "multipleOf": 0.05},
    ),
    "rendition": "annotated, crop: the size, a rendition's name",
    "format": Parameter("annotated, crop", {"type": "string", "enum": ["webp", "avif", "jpeg", "png"]}),
    "annotation_id": "crop: the annotation",
    "frame": Parameter(
        "a rendition, values, overlay, annotated, crop: the frame of a video or of a moving image, counted from 0",
        _NUMBER,
    ),
    "z": Parameter("tile: the level, from 0, the smallest", _NUMBER),
    "x": Parameter("tile: the column, from 0", _NUMBER),
    "y": Parameter("tile: the row, from 0", _NUMBER),
    "margin": Parameter(
        "crop: part of its longer side", {"type": "string", "enum": ["0", "0.1", "0.25", "0.5"], "default": "0.1"}
    ),
}
IF_NONE_MATCH = {"If-None-Match": "The original's ETag; answered 304 when it is still current"}
CONTENT_HEADERS = {
    "location": Parameter("302: the signed URL of the bytes", {"type": "string", "format": "uri"}),
    "etag": Parameter("The entity tag of an original"),
}
COOKIE_HEADERS = {"set-cookie": Parameter("Three cookies for each prefix")}


ITEM_PROBLEMS = (
    NoSuchAsset,
    AssetNotReady,
    ScanPending,
    RenditionNotReady,
    InvalidObjectState,
    NoSuchVersion,
    Unprocessable,
    Unrenderable,
)
"""Problems in the place of a URL."""


def add(api: Api, services: DownloadServices) -> None:
    """Serve the routes of downloads."""

    @api.route("POST /v1/projects/{project}/downloads")
    @documented(
        body=downloads.DownloadsRequest,
        answer=SignedDownloads,
        problems=(NoSuchProject, Unprocessable),
        item_problems=ITEM_PROBLEMS,
    )
    def sign_downloads(request: Request) -> Response:
        """Return signed URLs for up to 1,000 assets of a project.

        An asset that cannot be handed out has a problem in its place: it is absent, not ready, its rendition is being
        made or cannot be made (Unrenderable), or its bytes are archived (InvalidObjectState, with `restore`, the state
        of their retrieval).
        """
        project = request.path["project"]
        request.caller.require(project, Role.VIEWER)
        body = request.parse(downloads.DownloadsRequest)
        signed = downloads.sign(*services.signing(), project, body, *services.url_seconds())
        record_downloads(services, request, project, body.variant, signed)
        return Response({"downloads": signed})

    @api.route("GET /v1/assets/{asset_id}/content")
    @documented(
        status=302,
        answers={304: None},
        query=CONTENT_QUERY,
        headers=IF_NONE_MATCH,
        response_headers=CONTENT_HEADERS,
        problems=(
            NoSuchAsset,
            AssetNotReady,
            ScanPending,
            RenditionNotReady,
            NoSuchVersion,
            InvalidObjectState,
            NoSuchAnnotation,
            Unprocessable,
            Unrenderable,
        ),
    )
    def redirect_to_content(request: Request) -> Response:
        """Redirect to a fresh URL of an asset, a version of it, or a derivative; 304 when the caller has the bytes."""
        asset_id = request.path["asset_id"]
        found = content.find(
            services.database(), services.buckets(), services.derivatives(), request.caller, asset_id, request.query
        )
        facts = {"variant": found.variant, "version_id": found.version_id}
        services.record("read", request, found.asset["project"], [asset_id], **facts)
        headers = {"etag": found.etag} if found.etag else {}
        if found.is_known(request.headers.get("if-none-match")):
            return Response(status=304, headers=headers)
        expires_at = shared_expiry(services.url_ttl_seconds(), services.url_window_seconds())
        return Response(status=302, headers={"location": services.url_of(found.address, expires_at), **headers})

    @api.route("POST /v1/projects/{project}/cookies")
    @documented(
        body=cookies.CookiesRequest,
        answer=Cookies,
        response_headers=COOKIE_HEADERS,
        problems=(NoSuchProject, NoSuchAsset, Unprocessable),
    )
    def set_cookies(request: Request) -> Response:
        """Set signed cookies for all derivatives and masks of a project, or of one asset."""
        project = request.path["project"]
        request.caller.require(project, Role.VIEWER)
        body = request.parse(cookies.CookiesRequest)
        granted = cookies.grant(
            services.links(), project, body, services.url_ttl_seconds(), request.headers.get("origin")
        )
        services.record("cookies", request, project, [body.asset_id] if body.asset_id else [])
        return Response({"prefixes": granted.prefixes, "expires_at": granted.expires_at}, cookies=granted.cookies)

    @api.route("DELETE /v1/projects/{project}/cookies")
    @documented(
        status=204,
        query={"asset_id": "Only the cookies of this asset"},
        response_headers=COOKIE_HEADERS,
        problems=(NoSuchProject, NoSuchAsset),
    )
    def clear_cookies(request: Request) -> Response:
        """Remove the cookies of a project, or of one asset (`?asset_id=`), from the browser: sign-out."""
        project = request.path["project"]
        request.caller.require(project, Role.VIEWER)
        gone = tuple(cookies.cleared(project, request.query.get("asset_id")))
        services.record("sign_out", request, project, ())
        return Response(status=204, cookies=gone)


def record_downloads(
    services: DownloadServices, request: Request, project: str, variant: str, signed: Sequence[Mapping[str, Any]]
) -> None:
    """Write the audit records of URLs that were given, and of ids that are none of the project's."""
    given = [each["asset_id"] for each in signed if "url" in each]
    services.record("read", request, project, given, variant=variant)
    denied = [each["asset_id"] for each in signed if each.get("problem", {}).get("code") == NoSuchAsset.__name__]
    if denied:
        services.record("denied", request, project, filter(is_id, denied), code=NoSuchAsset.__name__)
