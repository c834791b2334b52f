"""Every route of uploads against the OpenAPI document: no 5xx, no answer that the document does not know."""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from foveal.stack_contract import ROUTES
from tests.contract.full_run import EVERY_PHASE, full_run
from tests.contract.gateway import TOKEN, Gateway
from tests.integration.uploads.world import World

HERE = Path(__file__).parent
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.mark.parametrize("key", ROUTES["uploads"])
def test_answer_is_a_documented_one_when_anything_is_sent(world: World, key: str) -> None:
    method, path = key.split(" ")
    operation = schemathesis.openapi.from_wsgi("/openapi.json", Gateway({"uploads": world.api}, "zoo:editor"))[path][
        method
    ]
    upload_id = world.begin_one(10 * 2**20, method="multipart")["upload_id"]
    _, made = world.call("POST /v1/projects/{project}/uploads/companion", {}, project="zoo")
    known = {"project": "zoo", "upload_id": upload_id, "token": made["companion_endpoint"].rpartition("/")[2]}

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(), st.booleans())
    def check(case: Any, is_known: bool) -> None:
        if is_known:
            case.path_parameters.update({name: known[name] for name in case.path_parameters if name in known})
        case.call_and_validate(headers={"Authorization": f"Bearer {TOKEN}"}, checks=CHECKS)

    check()


def test_schemathesis_finds_nothing_in_any_phase(world: World) -> None:
    upload_id = world.begin_one(10 * 2**20, method="multipart")["upload_id"]
    _, made = world.call("POST /v1/projects/{project}/uploads/companion", {}, project="zoo")
    known = {"UPLOAD_ID": upload_id, "KEY": world.upload(upload_id)["key"]}
    known["COMPANION_TOKEN"] = made["companion_endpoint"].rpartition("/")[2]
    gateway = Gateway({"uploads": world.api}, "zoo:editor")
    report = full_run(gateway, HERE / "schemathesis.toml", known, EVERY_PHASE, examples=10)
    assert f"Tested: {len(ROUTES['uploads'])}" in report
