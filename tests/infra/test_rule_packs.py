"""AwsSolutions, HIPAA and NIST 800-53 hold for every stage, except for rules that each have a reason and a use."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from infra import config, rule_packs
from infra.config import StageConfig
from infra.rule_packs import EXEMPTIONS, PACKS, Exemption
from infra.stack import FovealStack
from tests.infra.conftest import STAGES, make_app, make_stack

Finding = tuple[str, str]
CHECKOV = Path(__file__).parents[2] / "tools/checkov/config.yaml"


def findings(folder: Path, stage_config: StageConfig, hold: Callable[[cdk.App, FovealStack], None]) -> set[Finding]:
    """Return (rule, path below the stack) of everything that the packs find."""
    app = make_app(folder)
    stack = make_stack(app, stage_config)
    hold(app, stack)
    with contextlib.suppress(RuntimeError):  # raised for findings, after the report is written
        app.synth()
    report = json.loads((folder / "validation-report.json").read_text())
    assert len(report["pluginReports"]) == len(PACKS), "every pack reported"
    return {
        (violation["ruleName"], each["constructPath"].partition("/")[2])
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        for each in violation["violatingConstructs"]
    }


def without_exemptions(app: cdk.App, _: FovealStack) -> None:
    for pack in PACKS:
        cdk.Validations.of(app).add_plugins(pack(app))


@pytest.mark.parametrize("stage", STAGES)
def test_rule_packs_hold(stage: str, tmp_path: Path) -> None:
    assert findings(tmp_path, config.load(stage), rule_packs.apply) == set()


def with_options() -> StageConfig:
    """Return production with every option of protection switched on."""
    values = config.load("prod").model_dump()
    options = {
        "scanning": {"malware": "block", "older_objects_are_tagged": True},
        "waf": {"origin_key": "demand"},
    }
    return StageConfig.model_validate(values | options)


def test_rule_packs_hold_with_every_option_of_protection(tmp_path: Path) -> None:
    assert findings(tmp_path, with_options(), rule_packs.apply) == set()


@pytest.fixture(scope="module")
def found_without_exemptions(tmp_path_factory: pytest.TempPathFactory) -> set[Finding]:
    return {
        finding
        for stage in (*map(config.load, STAGES), with_options())
        for finding in findings(tmp_path_factory.mktemp("stage"), stage, without_exemptions)
    }


@pytest.mark.parametrize("exemption", EXEMPTIONS, ids=lambda each: f"{each.rules[0]} at {each.path}")
def test_exemption_is_still_needed(exemption: Exemption, found_without_exemptions: set[Finding]) -> None:
    """A mistyped or outdated exception is accepted in silence by the rule packs, and would hide the next finding."""
    for rule in exemption.rules:
        assert any(exemption.covers(rule, path) for found, path in found_without_exemptions if found == rule), rule
    assert len(exemption.reason) > 40


def test_public_bucket_is_found(tmp_path: Path) -> None:
    def with_a_hole(app: cdk.App, stack: FovealStack) -> None:
        s3.CfnBucket(stack, "Hole")
        rule_packs.apply(app, stack)

    found = findings(tmp_path, config.load("dev"), with_a_hole)
    assert ("HIPAA.Security-S3BucketPublicWriteProhibited", "Hole") in found


def test_every_check_that_checkov_skips_has_a_reason() -> None:
    lines = [line.strip() for line in CHECKOV.read_text().splitlines()]
    skipped = [number for number, line in enumerate(lines) if line.startswith("- CKV")]
    assert skipped
    assert [lines[number] for number in skipped if not lines[number - 1].startswith("# ")] == []
