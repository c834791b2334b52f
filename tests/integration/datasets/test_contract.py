"""Every route of data sets against the OpenAPI document: Schemathesis."""

from pathlib import Path

from tests.contract.full_run import QUICK_PHASES, full_run
from tests.contract.gateway import Gateway
from tests.integration.datasets.conftest import Client, Zoo


def test_schemathesis_finds_nothing_in_routes_of_data_sets(zoo: Zoo, caller: Client) -> None:
    zoo.annotate(zoo.add(3)[0])
    caller.create()
    caller.create()
    gateway = Gateway({"jobs": caller.api}, "zoo:admin")
    report = full_run(gateway, Path(__file__).with_name("schemathesis.toml"), {}, QUICK_PHASES, examples=5)
    routes = [key for key in caller.api.routes if "/datasets" in key and not key.startswith("DELETE")]
    assert f"Tested: {len(routes)}" in report
