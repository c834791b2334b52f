"""Routes of versions: list, revert, delete and restore, retrieve from the archive, delete for good."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from foveal.access.caller import Role
from foveal.api.documentation import Page, Parameter, documented
from foveal.api.gateway import Api, Request, Response
from foveal.datasets import pins
from foveal.delivery import archive, external, versions
from foveal.delivery.access import asset_for
from foveal.delivery.deletion import is_permanent
from foveal.delivery.routes.answers import ChangedVersion, DeletedForGood, Retrieval, Version
from foveal.delivery.routes.services import VersionServices
from foveal.errors import (
    AccessDenied,
    EntityTooLarge,
    InvalidObjectState,
    InvalidRequest,
    NoSuchAsset,
    NoSuchVersion,
    PinnedByDataset,
    Unprocessable,
    VersionProtected,
)
from foveal.objects.buckets import is_external

PERMANENT = Parameter("true: delete every version for good", {"type": "boolean", "default": False})


def add(api: Api, services: VersionServices) -> None:
    """Serve the routes of versions."""

    @api.route("GET /v1/assets/{asset_id}/versions")
    @documented(answer=Page[Version], problems=(NoSuchAsset,))
    def list_versions(request: Request) -> Response:
        """Return all versions and delete markers, newest first.

        Of an object in another bucket it is the one version that the catalog knows.
        """
        asset = asset_for(services.database(), request.caller, request.path["asset_id"], Role.VIEWER)
        services.record("list_versions", request, asset["project"], [asset["_id"]])
        if is_external(asset):
            return Response({"items": [external.known_version(asset)], "next_token": None})
        found = versions.versions_of(services.bucket(), asset)
        return Response({"items": [versions.described(each) for each in found], "next_token": None})

    @api.route("POST /v1/assets/{asset_id}/revert")
    @documented(
        body=versions.RevertRequest,
        answer=ChangedVersion,
        status=202,
        problems=(NoSuchAsset, AccessDenied, NoSuchVersion, InvalidObjectState, EntityTooLarge, Unprocessable),
    )
    def revert(request: Request) -> Response:
        """Make an earlier version the current one."""
        asset = asset_for(services.database(), request.caller, request.path["asset_id"], Role.EDITOR)
        body = request.parse(versions.RevertRequest)
        external.require_own(asset)
        _require_restorable(asset)
        services.deletion().undo(asset)
        version_id = versions.revert(services.bucket(), asset, body.version_id)
        services.record("revert", request, asset["project"], [asset["_id"]], version_id=body.version_id)
        return Response({"asset_id": asset["_id"], "version_id": version_id}, 202)

    @api.route("DELETE /v1/assets/{asset_id}")
    @documented(
        answer=ChangedVersion | DeletedForGood,
        status=202,
        query={"permanent": PERMANENT},
        problems=(NoSuchAsset, AccessDenied, PinnedByDataset, VersionProtected),
    )
    def delete(request: Request) -> Response:
        """Delete an asset so that it can be restored; with `?permanent=true`, and by an admin only, for good."""
        is_for_good = _is_permanent(request.query.get("permanent", "false"))
        role = Role.ADMIN if is_for_good else Role.EDITOR
        asset = asset_for(services.database(), request.caller, request.path["asset_id"], role)
        if is_for_good:
            count = services.deletion().delete_permanently(asset, datetime.now(UTC))
            services.record("delete_permanently", request, asset["project"], [asset["_id"]], count=count)
            return Response({"asset_id": asset["_id"], "objects_deleted": count}, 202)
        marker = services.deletion().delete(asset, datetime.now(UTC))
        services.record("delete", request, asset["project"], [asset["_id"]], version_id=marker)
        return Response({"asset_id": asset["_id"], "version_id": marker}, 202)

    @api.route("DELETE /v1/assets/{asset_id}/versions/{version_id}")
    @documented(
        answer=ChangedVersion,
        status=202,
        problems=(NoSuchAsset, AccessDenied, NoSuchVersion, PinnedByDataset, VersionProtected, Unprocessable),
    )
    def delete_version(request: Request) -> Response:
        """Delete one version for good; by an admin only."""
        asset = asset_for(services.database(), request.caller, request.path["asset_id"], Role.ADMIN)
        version_id = request.path["version_id"]
        external.require_own(asset)
        pins.require_unpinned(services.database(), services.bucket(), asset, version_id)
        versions.delete_version(services.bucket(), asset, version_id)
        services.record("delete_permanently", request, asset["project"], [asset["_id"]], version_id=version_id)
        return Response({"asset_id": asset["_id"], "version_id": version_id}, 202)

    @api.route("POST /v1/assets/{asset_id}/restore")
    @documented(answer=ChangedVersion, status=202, problems=(NoSuchAsset, AccessDenied, NoSuchVersion))
    def restore(request: Request) -> Response:
        """Undo a delete."""
        asset = asset_for(services.database(), request.caller, request.path["asset_id"], Role.EDITOR)
        _require_restorable(asset)
        version_id = services.deletion().restore(asset, datetime.now(UTC))
        services.record("restore", request, asset["project"], [asset["_id"]], version_id=version_id)
        return Response({"asset_id": asset["_id"], "version_id": version_id}, 202)

    @api.route("POST /v1/assets/{asset_id}/retrieve")
    @documented(
        body=versions.RetrieveRequest,
        answer=Retrieval,
        status=202,
        problems=(NoSuchAsset, AccessDenied, NoSuchVersion, InvalidObjectState, Unprocessable),
    )
    def retrieve(request: Request) -> Response:
        """Ask for a readable copy of archived bytes."""
        asset = asset_for(services.database(), request.caller, request.path["asset_id"], Role.EDITOR)
        body = request.parse(versions.RetrieveRequest)
        external.require_own(asset)
        key = asset["s3"]["key"]
        state = archive.retrieve(services.bucket(), key, body.version_id, days=body.days, tier=body.tier)
        services.record("retrieve", request, asset["project"], [asset["_id"]], version_id=body.version_id)
        return Response({"asset_id": asset["_id"], "restore": state}, 202)


def _is_permanent(text: str) -> bool:
    """Return the value of `permanent`. Raises InvalidRequest for other texts: an erasure must not become a delete."""
    if text not in ("true", "false"):
        raise InvalidRequest("permanent must be true or false.")
    return text == "true"


def _require_restorable(asset: Mapping[str, Any]) -> None:
    if is_permanent(asset):
        raise NoSuchVersion("The asset was deleted for good; nothing is left to restore.")
