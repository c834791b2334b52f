"""Every route of the catalog against the OpenAPI document: the full run of Schemathesis."""

from pathlib import Path

from foveal.database.client import Document
from foveal.stack_contract import ROUTES
from tests.catalog_function import handler
from tests.contract.full_run import QUICK_PHASES, full_run
from tests.contract.gateway import Gateway
from tests.integration.catalog.annotation_requests import created
from tests.integration.catalog.conftest import PROJECT, Client


def test_schemathesis_finds_nothing_in_routes_of_the_catalog(asset: Document, editor: Client) -> None:
    annotation = created(editor, asset)
    known = {"ASSET_ID": asset["_id"], "ANNOTATION_ID": annotation["annotation_id"]}
    gateway = Gateway({"catalog": handler.api}, f"{PROJECT}:admin")
    report = full_run(gateway, Path(__file__).with_name("schemathesis.toml"), known, QUICK_PHASES, examples=2)
    assert f"Tested: {len(ROUTES['catalog'])}" in report
