"""Routes of malware scans: release a version that a scan blocks, have a version scanned again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from foveal.access.caller import Role
from foveal.api.documentation import Uuid, closed, documented
from foveal.api.gateway import Api, Request, Response
from foveal.delivery.access import asset_for, no_such_asset
from foveal.delivery.routes.services import Services
from foveal.errors import AccessDenied, Conflict, NoSuchAsset, Unprocessable
from foveal.scanning import requests
from foveal.scanning.messages import release_message
from foveal.scanning.results import SCAN_REASONS
from foveal.validation.models import Model

Note = Annotated[str, Field(min_length=1, max_length=500, description="Why the bytes may be delivered")]


class ReleaseRequest(Model):
    """The body of a release."""

    note: Note


@closed
class ScannedVersion(TypedDict):
    """The version that is released or scanned; its status changes some seconds later."""

    asset_id: Uuid
    version_id: str


@dataclass(frozen=True, slots=True)
class Scans:
    """Malware scanning of the stage: sends a message to the scan function, and has a version scanned."""

    send: Callable[[str], None]
    scan: requests.Scan


def add(api: Api, services: Services, scans: Callable[[], Scans | None]) -> None:
    """Serve the routes of scans; `scans` returns None on a stage that scans nothing."""

    @api.route("POST /v1/assets/{asset_id}/release")
    @documented(
        body=ReleaseRequest,
        answer=ScannedVersion,
        status=202,
        problems=(NoSuchAsset, AccessDenied, Conflict, Unprocessable),
    )
    def release(request: Request) -> Response:
        """Release the current version of an asset that a malware scan blocks; by an admin only.

        For bytes that the scanner could not read, or in which it is known to be wrong. Another scan decides anew.
        """
        asset = found_asset(request, Role.ADMIN)
        body = request.parse(ReleaseRequest)
        if asset.get("reason") not in SCAN_REASONS:
            raise Conflict(f"No scan blocks the asset, which is {asset['status']}: there is nothing to release.")
        place, by, now = asset["s3"], request.caller.subject, datetime.now(UTC)
        message = release_message(place["bucket"], place["key"], place["version_id"], by, body.note, now)
        of_stage().send(message)
        result = (asset.get("scan") or {}).get("result")
        services.record(
            "release", request, asset["project"], [asset["_id"]], version_id=place["version_id"], result=result
        )
        return Response({"asset_id": asset["_id"], "version_id": place["version_id"]}, 202)

    @api.route("POST /v1/assets/{asset_id}/rescan")
    @documented(answer=ScannedVersion, status=202, problems=(NoSuchAsset, AccessDenied, Conflict, Unprocessable))
    def rescan(request: Request) -> Response:
        """Have the current version of an asset scanned for malware again; each scan costs."""
        asset = found_asset(request, Role.EDITOR)
        if not asset["s3"].get("version_id"):
            raise Conflict(f"The asset is {asset['status']}: it has no bytes to scan.")
        version_id = requests.rescan(services.database().assets, of_stage().scan, asset, datetime.now(UTC))
        services.record("rescan", request, asset["project"], [asset["_id"]], version_id=version_id)
        return Response({"asset_id": asset["_id"], "version_id": version_id}, 202)

    def found_asset(request: Request, role: Role) -> Mapping[str, Any]:
        asset = asset_for(services.database(), request.caller, request.path["asset_id"], role)
        if asset["status"] == "deleted" or asset.get("deletion"):
            raise no_such_asset()
        return asset

    def of_stage() -> Scans:
        found = scans()
        if found is None:
            raise Unprocessable("This stage does not scan for malware (`scanning.malware` of its settings is off).")
        return found
