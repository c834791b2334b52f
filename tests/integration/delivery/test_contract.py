"""Every route of downloads and versions against the OpenAPI document: the full run of Schemathesis."""

from pathlib import Path

from foveal.stack_contract import ROUTES
from tests.contract.full_run import EVERY_PHASE, full_run
from tests.contract.gateway import Gateway
from tests.integration.delivery.world import World, jpeg


def test_schemathesis_finds_nothing_in_routes_of_delivery(world: World) -> None:
    kept, deleted = world.add(jpeg()), world.add(jpeg())
    asset = world.document(kept)
    replaced = world.s3.put_object(Bucket=world.bucket, Key=asset["s3"]["key"], Body=jpeg(200, 100))
    version_id, newest = asset["s3"]["version_id"], replaced["VersionId"]
    world.database.assets.update_one({"_id": kept}, {"$set": {"s3.version_id": newest}})
    known = {"ASSET_ID": kept, "DELETED_ASSET_ID": deleted, "VERSION_ID": version_id}
    gateway = Gateway(world.apis, "zoo:admin")
    report = full_run(gateway, Path(__file__).with_name("schemathesis.toml"), known, EVERY_PHASE, examples=5)
    assert f"Tested: {len(ROUTES['downloads']) + len(ROUTES['versions'])}" in report
