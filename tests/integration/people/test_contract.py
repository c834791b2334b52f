"""Every route of projects and members against the OpenAPI document: the full run of Schemathesis."""

from pathlib import Path

from foveal.stack_contract import ROUTES
from tests.contract.full_run import QUICK_PHASES, full_run
from tests.contract.gateway import Gateway
from tests.integration.people.conftest import OPERATOR, People


def test_schemathesis_finds_nothing_in_routes_of_people(people: People) -> None:
    people.invite("zoo", "ann@example.org", "admin")
    known = {"USER_NAME": people.invite("zoo", "ben@example.org", "viewer")["user"]}
    gateway = Gateway({"people": people.api}, f"zoo:admin {OPERATOR}")
    report = full_run(gateway, Path(__file__).with_name("schemathesis.toml"), known, QUICK_PHASES, examples=2)
    assert f"Tested: {len(ROUTES['people'])}" in report
