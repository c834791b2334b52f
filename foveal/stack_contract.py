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
        "GET /v1/projects/{project}/uploads",
        "POST /v1/projects/{project}/uploads/sign",
        "GET /v1/uppy/{token}",
        "POST /v1/uppy/{token}",
        "DELETE /v1/uppy/{token}",
        "POST /v1/projects/{project}/uploads/companion",
        "GET /v1/companion/{token}/s3/params",
        "POST /v1/companion/{token}/s3/multipart",
        "GET /v1/companion/{token}/s3/multipart/{upload_id}",
        "DELETE /v1/companion/{token}/s3/multipart/{upload_id}",
        "GET /v1/companion/{token}/s3/multipart/{upload_id}/{part_number}",
        "POST /v1/companion/{token}/s3/multipart/{upload_id}/complete",
    ),
    "catalog": (
        "GET /v1/openapi.json",
        "GET /v1/assets/{asset_id}",
        "GET /v1/projects/{project}/assets",
        "POST /v1/projects/{project}/assets/search",
        "POST /v1/projects/{project}/assets/aggregate",
        "GET /v1/assets/{asset_id}/annotations",
        "POST /v1/assets/{asset_id}/annotations",
        "PUT /v1/assets/{asset_id}/fields/{field}/annotations",
        "GET /v1/annotations/{annotation_id}",
        "GET /v1/annotations/{annotation_id}/mask",
        "GET /v1/annotations/{annotation_id}/map",
        "PATCH /v1/annotations/{annotation_id}",
        "DELETE /v1/annotations/{annotation_id}",
        "GET /v1/annotations/{annotation_id}/revisions",
        "POST /v1/annotations/{annotation_id}/restore",
        "POST /v1/projects/{project}/annotations/bulk",
        "PATCH /v1/assets/{asset_id}",
        "POST /v1/projects/{project}/assets/edit",
        "GET /v1/projects/{project}/label-schemas",
        "GET /v1/projects/{project}/label-schemas/{name}",
        "PUT /v1/projects/{project}/label-schemas/{name}",
        "GET /v1/projects/{project}/views",
        "GET /v1/projects/{project}/views/{name}",
        "PUT /v1/projects/{project}/views/{name}",
        "DELETE /v1/projects/{project}/views/{name}",
        "POST /v1/projects/{project}/embeddings",
        "GET /v1/assets/{asset_id}/embeddings",
        "POST /v1/projects/{project}/assets/similar",
        "POST /v1/projects/{project}/assets/duplicates",
    ),
    "downloads": (
        "POST /v1/projects/{project}/downloads",
        "GET /v1/assets/{asset_id}/content",
        "POST /v1/projects/{project}/cookies",
        "DELETE /v1/projects/{project}/cookies",
    ),
    "versions": (
        "GET /v1/assets/{asset_id}/versions",
        "POST /v1/assets/{asset_id}/revert",
        "DELETE /v1/assets/{asset_id}",
        "DELETE /v1/assets/{asset_id}/versions/{version_id}",
        "POST /v1/assets/{asset_id}/restore",
        "POST /v1/assets/{asset_id}/retrieve",
    ),
}

PUBLIC_ROUTES: Final[frozenset[str]] = frozenset(key for keys in ROUTES.values() for key in keys if "/{token}" in key)
