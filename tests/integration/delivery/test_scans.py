"""Routes of malware scans: release by an admin, scans on demand, and what is refused before a result."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from foveal.api.gateway import Api
from foveal.delivery.routes.services import Services
from foveal.scanning.messages import outcome_of
from foveal.scanning.routes import scans
from foveal.settings import AccessSettings
from tests.integration.delivery.world import World, jpeg


@dataclass
class Scanned:
    """A stage with scans: its world, the messages to its scan function, and the scans that were asked for."""

    world: World
    sent: list[str] = field(default_factory=list)
    scanned: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, result: str) -> str:
        status = "scanning" if result == "pending" else "quarantined"
        reason = {"pending": "scan_pending", "threats_found": "malware"}.get(result, "not_scanned")
        asset_id = self.world.add(jpeg(), status=status, reason=reason)
        scan = {"version_id": self.version(asset_id), "result": result}
        self.world.database.assets.update_one({"_id": asset_id}, {"$set": {"scan": scan}})
        return asset_id

    def version(self, asset_id: str) -> str:
        return str(self.world.document(asset_id)["s3"]["version_id"])


@pytest.fixture
def stage(world: World) -> Scanned:
    found = Scanned(world)
    logger = Logger("test")
    api = Api(logger, lambda: AccessSettings("cognito:groups", "foveal/", "token"))

    def scan(bucket: str, key: str, version_id: str) -> None:
        found.scanned.append((bucket, key, version_id))

    def no_bucket() -> Any:
        raise AssertionError("no route of scans reads the bucket")

    services = Services(lambda: world.database, no_bucket, logger)
    scans.add(api, services, lambda: scans.Scans(found.sent.append, scan))
    found.world = dataclasses.replace(world, apis={"scans": api})
    return found


def test_original_is_refused_with_advice_before_its_scan_has_a_result(world: World) -> None:
    asset_id = world.add(jpeg(), status="scanning", reason="scan_pending")
    answer = world.call("POST /v1/projects/zoo/downloads", {"asset_ids": [asset_id]})
    (refused,) = answer.body["downloads"]
    assert (refused["problem"]["status"], refused["problem"]["code"]) == (409, "ScanPending")
    assert "ask again" in refused["problem"]["detail"]
    assert world.call(f"GET /v1/assets/{asset_id}/content").status == 409


def test_routes_of_scans_say_so_on_a_stage_without_scans(world: World) -> None:
    asset_id = world.add(jpeg(), status="quarantined", reason="not_scanned")
    for route, body in (("release", {"note": "a test file"}), ("rescan", None)):
        answer = world.call(f"POST /v1/assets/{asset_id}/{route}", body)
        assert (answer.status, answer.body["code"]) == (422, "Unprocessable")
        assert "scanning.malware" in answer.body["detail"]


@pytest.mark.parametrize("result", ["pending", "threats_found", "unsupported"])
def test_admin_releases_what_a_scan_blocks(stage: Scanned, result: str) -> None:
    asset_id = stage.add(result)
    answer = stage.world.call(f"POST /v1/assets/{asset_id}/release", {"note": "a test file"})
    assert (answer.status, answer.body["version_id"]) == (202, stage.version(asset_id))
    (message,) = stage.sent
    outcome = outcome_of(message, stage.world.bucket)
    assert outcome is not None
    assert (outcome.version_id, outcome.result, outcome.note) == (stage.version(asset_id), "released", "a test file")
    assert outcome.by


def test_release_is_for_admins(stage: Scanned) -> None:
    asset_id = stage.add("unsupported")
    answer = stage.world.call(f"POST /v1/assets/{asset_id}/release", {"note": "please"}, roles="zoo:editor")
    assert (answer.status, stage.sent) == (403, [])


def test_asset_that_ingest_has_quarantined_itself_is_not_released(stage: Scanned) -> None:
    asset_id = stage.world.add(jpeg(), status="quarantined", reason="active_content")
    answer = stage.world.call(f"POST /v1/assets/{asset_id}/release", {"note": "please"})
    assert (answer.status, stage.sent) == (409, [])


def test_editor_has_a_version_scanned_again(stage: Scanned) -> None:
    asset_id = stage.add("failed")
    answer = stage.world.call(f"POST /v1/assets/{asset_id}/rescan", roles="zoo:editor")
    assert answer.status == 202
    assert stage.scanned == [(stage.world.bucket, stage.world.document(asset_id)["s3"]["key"], stage.version(asset_id))]
    assert stage.world.document(asset_id)["scan"]["asked_at"]
