"""Names and limits on which the stack and the functions must agree: keys, tags, events, queues, roles, routes.

The stack (`infra/`) imports nothing else of `foveal`, so a value that both sides need stands here and nowhere else.
A route key is what API Gateway matches and hands over as `routeKey`. Public routes carry a short-lived,
single-purpose ticket in the path, because their clients cannot send an Authorization header; or they describe the API.
"""

import enum
from typing import Final

MEDIA_PREFIX: Final = "media/"
"""Originals; only here does ingest look for new assets."""
MASKS_PREFIX: Final = "masks/"
DERIVED_PREFIX: Final = "derived/"
"""Renditions, posters, annotated copies: made again from the originals when they are missing."""
EXPORTS_PREFIX: Final = "exports/"
IMPORTS_PREFIX: Final = "imports/"
"""Label files as they were given, with their reports: annotations point to records in them."""
CATALOG_PREFIX: Final = "catalog/"
"""The journal of the catalog: segments of changes and snapshots, from which a lost database is rebuilt."""
DATASETS_PREFIX: Final = "datasets/"
"""Pages of data set versions, which never change."""

STATUS_TAG: Final = "foveal-status"
"""Object tag by which the bucket policy keeps a version from delivery; ingest and the scan function write it."""
QUARANTINED: Final = "quarantined"
CLEAN: Final = "clean"
"""Value of STATUS_TAG of a version that was scanned, released, or is older than scanning."""

SCANNER: Final = "aws.guardduty"
"""The `source` of events of malware scans."""
SCAN_RESULT_EVENT: Final = "GuardDuty Malware Protection Object Scan Result"

FREED_MEMORY_IS_RETURNED: Final = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "262144",
    "MALLOC_TRIM_THRESHOLD_": "262144",
}
"""Environment in which glibc returns freed memory, that of all threads; by itself it keeps most of it. mallopt(3)."""

ORIGIN_KEY_HEADER: Final = "x-foveal-origin-key"
"""Header that the CDN adds to calls of the API; a viewer's own header of this name is replaced."""

ARCHIVE_CLASSES: Final = ("GLACIER", "DEEP_ARCHIVE")
"""Storage classes whose objects cannot be read before they are restored."""
ARRIVAL_EVENTS: Final = (
    "Object Created",
    "Object Deleted",
    "Object Restore Completed",
    "Object Access Tier Changed",
)
"""Detail types of S3's events that ingest handles (S3 user guide, "EventBridge event message structure")."""
ARCHIVAL_EVENT: Final = "Object Storage Class Changed"
"""Handled by ingest when the new class is one of ARCHIVE_CLASSES."""

EVENT_SOURCE: Final = "foveal"
"""The `source` of every event that the functions publish."""
RENDERED_EVENTS: Final = ("AssetReady",)
"""Detail types from which the render function makes derivatives ahead of their first use."""
FAILURE_EVENTS: Final = ("AssetFailed", "AssetQuarantined")

QUEUES: Final = ("ingest", "render")
"""Queues of every stage. Outputs `<Name>QueueUrl` and `<Name>DeadLetterQueueUrl` hold the URLs of each."""
OPTIONAL_QUEUES: Final = ("scan",)
"""Queues of options: results of malware scans, and decisions about them."""
MAX_RECEIVE_COUNT: Final = 5
"""Deliveries of a queue message before it goes to the dead-letter queue."""

AUDIT_SERVICE: Final = "audit"
"""The `service` of log records that state who was given access to what."""

PROJECT_PATTERN: Final = r"[a-z0-9][a-z0-9-]{0,62}"


class Role(enum.IntEnum):
    """Role of a caller in a project; each role includes the ones below it."""

    VIEWER = 1
    EDITOR = 2
    ADMIN = 3


ROLES: Final = tuple(role.name.lower() for role in Role)
"""Names of the roles, as the groups and scopes `<project>:<role>` of a token end."""
OPERATOR: Final = "foveal:operator"
"""The group or scope of an operator: the one role that belongs to the stage and to no project."""

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
        "POST /v1/projects/{project}/uploads/status",
        "GET /v1/projects/{project}/uploads/quota",
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
        "GET /v1/client-config",
    ),
    "catalog": (
        "GET /v1/openapi.json",
        "GET /v1/reference",
        "GET /v1/me",
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
        "POST /v1/projects/{project}/annotations/search",
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
        "POST /v1/projects/{project}/downloads/search",
        "GET /v1/assets/{asset_id}/content",
        "GET /v1/assets/{asset_id}/frames",
        "GET /v1/assets/{asset_id}/tiles",
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
        "POST /v1/assets/{asset_id}/release",
        "POST /v1/assets/{asset_id}/rescan",
    ),
    "jobs": (
        "GET /v1/projects/{project}/jobs",
        "GET /v1/jobs/{job_id}",
        "DELETE /v1/jobs/{job_id}",
        "POST /v1/jobs/{job_id}/start",
        "POST /v1/projects/{project}/imports",
        "GET /v1/projects/{project}/imports",
        "GET /v1/imports/{import_id}",
        "POST /v1/imports/{import_id}/start",
        "DELETE /v1/imports/{import_id}",
        "POST /v1/projects/{project}/exports",
        "GET /v1/exports/{job_id}",
        "GET /v1/projects/{project}/datasets",
        "GET /v1/projects/{project}/datasets/{name}/versions",
        "POST /v1/projects/{project}/datasets/{name}/versions",
        "GET /v1/projects/{project}/datasets/{name}/versions/{version}",
        "DELETE /v1/projects/{project}/datasets/{name}/versions/{version}",
        "GET /v1/projects/{project}/datasets/{name}/versions/{version}/members",
        "GET /v1/projects/{project}/datasets/{name}/versions/{version}/annotations",
        "GET /v1/projects/{project}/datasets/{name}/versions/{version}/diff",
        "GET /v1/projects/{project}/datasets/{name}/versions/{version}/replaced",
    ),
    "people": (
        "GET /v1/projects",
        "POST /v1/projects",
        "GET /v1/projects/{project}/members",
        "POST /v1/projects/{project}/members",
        "PUT /v1/projects/{project}/members/{user}",
        "DELETE /v1/projects/{project}/members/{user}",
    ),
    "operations": (
        "GET /v1/operations",
        "POST /v1/operations/redrive",
        "POST /v1/operations/reconcile",
    ),
}

TICKET_ROUTES: Final[frozenset[str]] = frozenset(key for keys in ROUTES.values() for key in keys if "/{token}" in key)
DOCUMENT_ROUTES: Final = frozenset({"GET /v1/openapi.json", "GET /v1/reference", "GET /v1/client-config"})
PUBLIC_ROUTES: Final = TICKET_ROUTES | DOCUMENT_ROUTES

SIGN_IN_REDIRECT_URIS: Final = tuple(f"http://localhost:{port}/callback" for port in (7863, 17863, 27863))
"""Addresses on which a native app waits for the answer to a sign-in; it takes the first port that is free.

A user pool accepts plain http for `localhost` alone, and compares the whole address, so ports cannot be left open as in
RFC 8252, 7.3 (Amazon Cognito API reference, "CreateUserPoolClient", CallbackURLs).
"""

DEFAULT_ROUTE: Final = "$default"
"""Route of every request that no other route matches; its function answers with a problem document."""
DEFAULT_ROUTE_FUNCTION: Final = "catalog"
