"""Routes of downloads: signed URLs for many assets at once, the stable address of one asset, signed cookies."""

from foveal.api.documentation import documented
from foveal.api.gateway import Api, Request, Response
from foveal.auth import Role
from foveal.delivery import content, cookies, downloads
from foveal.delivery.links import shared_expiry
from foveal.delivery.routes.services import DownloadServices

CONTENT_QUERY = {
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
}
IF_NONE_MATCH = {"If-None-Match": "The original's ETag; answered 304 when it is still current"}


def add(api: Api, services: DownloadServices) -> None:
    """Serve the routes of downloads."""

    @api.route("POST /v1/projects/{project}/downloads")
    @documented(body=downloads.DownloadsRequest)
    def sign_downloads(request: Request) -> Response:
        """Return signed URLs for up to 1,000 assets of a project.

        An asset that cannot be handed out has a problem in its place: it is absent, not ready, its rendition is being
        made, or its bytes are archived (InvalidObjectState, with `restore`, the state of their retrieval).
        """
        project = request.path["project"]
        request.caller.require(project, Role.VIEWER)
        wanted = request.parse(downloads.DownloadsRequest)
        signed = downloads.sign(
            services.database(),
            services.bucket(),
            services.links(),
            services.derivatives(),
            project,
            wanted,
            services.url_ttl_seconds(),
            services.url_window_seconds(),
        )
        ids = (each["asset_id"] for each in signed if "url" in each)
        services.record("read", request, project, ids, variant=wanted.variant)
        return Response({"downloads": signed})

    @api.route("GET /v1/assets/{asset_id}/content")
    @documented(status=302, query=CONTENT_QUERY, headers=IF_NONE_MATCH)
    def redirect_to_content(request: Request) -> Response:
        """Redirect to a fresh URL of an asset, a version of it, or a derivative; 304 when the caller has the bytes."""
        asset_id = request.path["asset_id"]
        found = content.find(
            services.database(), services.bucket(), services.derivatives(), request.caller, asset_id, request.query
        )
        facts = {"variant": found.variant, "version_id": found.version_id}
        services.record("read", request, found.asset["project"], [asset_id], **facts)
        headers = {"etag": found.etag} if found.etag else {}
        if found.is_known(request.headers.get("if-none-match")):
            return Response(status=304, headers=headers)
        expires_at = shared_expiry(services.url_ttl_seconds(), services.url_window_seconds())
        return Response(status=302, headers={"location": services.links().url(found.address, expires_at), **headers})

    @api.route("POST /v1/projects/{project}/cookies")
    @documented(body=cookies.CookiesRequest)
    def set_cookies(request: Request) -> Response:
        """Set signed cookies for everything of a project, or of one asset."""
        project = request.path["project"]
        request.caller.require(project, Role.VIEWER)
        wanted = request.parse(cookies.CookiesRequest)
        granted = cookies.grant(services.links(), project, wanted, services.url_ttl_seconds())
        services.record("cookies", request, project, [wanted.asset_id] if wanted.asset_id else [])
        return Response({"prefixes": granted.prefixes, "expires_at": granted.expires_at}, cookies=granted.cookies)

    @api.route("DELETE /v1/projects/{project}/cookies")
    @documented(status=204, query={"asset_id": "Only the cookies of this asset"})
    def clear_cookies(request: Request) -> Response:
        """Remove the cookies of a project, or of one asset (`?asset_id=`), from the browser: sign-out."""
        project = request.path["project"]
        request.caller.require(project, Role.VIEWER)
        covered = cookies.prefixes(project, request.query.get("asset_id"))
        services.record("sign_out", request, project, ())
        return Response(status=204, cookies=tuple(cookies.cleared(covered)))
