"""Tests of the example consumers against the event contract."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from foveal.events import contract
from foveal.events.schemas import DETAIL_TYPES, SOURCE

EXAMPLES = Path(__file__).parents[3] / "examples/consumers"
ASSET_EVENTS = ("AssetReady", "AssetFailed", "AssetQuarantined", "AssetDeleted")


@pytest.fixture
def tally() -> ModuleType:
    specification = importlib.util.spec_from_file_location("tally", EXAMPLES / "tally/tally.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize("event", contract.deliveries(*ASSET_EVENTS), ids=contract.name)
def test_example_function_accepts_every_delivery(tally: ModuleType, event: dict[str, Any]) -> None:
    assert tally.handler(event, None) == {event["detail-type"]: 1}


def test_example_function_counts_a_delivery_that_comes_twice_once(tally: ModuleType) -> None:
    counts = [tally.handler(event, None) for event in contract.twice(contract.deliveries("AssetReady")[0])]
    assert counts == [{"AssetReady": 1}, {"AssetReady": 1}]


def test_example_stack_matches_existing_events_and_loses_none(tmp_path: Path) -> None:
    context = {"CDK_CONTEXT_JSON": json.dumps({"bus": "foveal-dev"}), "CDK_OUTDIR": str(tmp_path)}
    program = [sys.executable, str(EXAMPLES / "app.py")]
    subprocess.run(program, env={**os.environ, **context}, check=True, capture_output=True)
    template = json.loads((tmp_path / "FovealConsumers.template.json").read_text())
    rules = [each["Properties"] for each in template["Resources"].values() if each["Type"] == "AWS::Events::Rule"]
    assert len(rules) == 3
    for rule in rules:
        assert rule["EventBusName"] == "foveal-dev"
        assert rule["EventPattern"]["source"] == [SOURCE]
        assert set(rule["EventPattern"]["detail-type"]) <= set(DETAIL_TYPES)
        assert all("DeadLetterConfig" in target for target in rule["Targets"])
