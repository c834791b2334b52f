"""Every route of operators against the OpenAPI document: the full run of Schemathesis."""

from pathlib import Path

from foveal.stack_contract import ROUTES
from tests.contract.full_run import QUICK_PHASES, full_run
from tests.contract.gateway import Gateway
from tests.integration.operations.conftest import Operator


def test_schemathesis_finds_nothing_in_routes_of_operators(operator: Operator) -> None:
    gateway = Gateway({"operations": operator.api}, "foveal:operator")
    report = full_run(gateway, Path(__file__).with_name("schemathesis.toml"), {}, QUICK_PHASES, examples=2)
    assert f"Tested: {len(ROUTES['operations'])}" in report
