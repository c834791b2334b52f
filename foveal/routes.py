"""Which function serves which route: the names that the infrastructure and the functions share.

A route key is what API Gateway matches and hands over as `routeKey`. Public routes carry their own short-lived,
single-purpose ticket in the path, because the client that calls them cannot send an Authorization header.
"""

from typing import Final

ROUTES: Final[dict[str, tuple[str, ...]]] = {
    "uploads": (
        "POST /v1/projects/{project}/uploads",
        "GET /v1/uploads/{upload_id}",
        "DELETE /v1/uploads/{upload_id}",
        "POST /v1/uploads/{upload_id}/parts",
        "GET /v1/uploads/{upload_id}/parts",
        "POST /v1/uploads/{upload_id}/complete",
    ),
    "catalog": (
        "GET /v1/openapi.json",
        "GET /v1/assets/{asset_id}",
        "GET /v1/projects/{project}/assets",
        "POST /v1/projects/{project}/assets/search",
        "POST /v1/projects/{project}/assets/aggregate",
    ),
    "downloads": ("POST /v1/projects/{project}/downloads",),
}

PUBLIC_ROUTES: Final[frozenset[str]] = frozenset()
