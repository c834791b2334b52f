"""Stages that retain data have deletion protection, one key for everything, and reserved concurrency."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra import config
from infra.config import StageConfig
from tests.infra.conftest import STAGES, make_app, make_stack
from tests.infra.template import Template, actions, flatten

KEY = "<Key961B73FD.Arn>"
GUIDE = Path(__file__).parents[2] / "docs/deploy.md"


def manifest(folder: Path, stage_config: StageConfig) -> dict[str, Any]:
    """Return the properties of the stack in the cloud assembly, which `cdk deploy` reads."""
    app = make_app(folder)
    make_stack(app, stage_config)
    app.synth()
    artifact = json.loads((folder / "manifest.json").read_text())["artifacts"][f"Foveal-{stage_config.stage}"]
    return dict(artifact["properties"])


@pytest.mark.parametrize("stage", STAGES)
def test_stack_is_protected_from_deletion_when_its_data_is_retained(stage: str, tmp_path: Path) -> None:
    loaded = config.load(stage)
    protected = manifest(tmp_path, loaded).get("terminationProtection", False)
    assert protected is (loaded.removal_policy == "retain")


def test_stack_has_tags_for_cost_allocation(tmp_path: Path) -> None:
    tagged = StageConfig.model_validate({**config.load("dev").model_dump(), "tags": {"cost-center": "vision"}})
    assert manifest(tmp_path, tagged)["tags"] == {"application": "foveal", "stage": "dev", "cost-center": "vision"}


@pytest.mark.parametrize(
    ("resource_type", "setting"),
    [
        ("AWS::Events::EventBus", "KmsKeyIdentifier"),
        ("AWS::Events::Archive", "KmsKeyIdentifier"),
        ("AWS::Lambda::Function", "KmsKeyArn"),
        ("AWS::SQS::Queue", "KmsMasterKeyId"),
        ("AWS::SNS::Topic", "KmsMasterKeyId"),
        ("AWS::Logs::LogGroup", "KmsKeyId"),
        ("AWS::SecretsManager::Secret", "KmsKeyId"),
    ],
)
def test_production_encrypts_with_the_key_of_the_stage(
    shipped: Callable[[str], Template], resource_type: str, setting: str
) -> None:
    for name, properties in shipped("prod").of_type(resource_type).items():
        if not name.startswith("EventsDeadLetters"):  # which gets events when this very key cannot be used
            assert flatten(properties[setting]) == KEY, name


def test_key_lets_the_archive_of_events_encrypt_and_describe(shipped: Callable[[str], Template]) -> None:
    statements = {s["Sid"]: s for s in shipped("prod").only("AWS::KMS::Key")["KeyPolicy"]["Statement"] if "Sid" in s}
    assert actions(statements["EventArchiveDescribes"]) == {"kms:DescribeKey"}
    assert actions(statements["EventArchive"]) == {"kms:GenerateDataKey", "kms:Decrypt", "kms:ReEncrypt*"}
    (bus,) = statements["EventArchive"]["Condition"]["StringEquals"].values()
    assert flatten(bus).endswith(":event-bus/foveal-prod")


def test_production_reserves_concurrency_for_each_function_that_callers_reach(
    shipped: Callable[[str], Template],
) -> None:
    prod = shipped("prod")
    reserved = {
        name: prod.function(name).get("ReservedConcurrentExecutions")
        for name in (
            *("uploads", "catalog", "downloads", "versions", "ingest", "render"),
            *("jobs", "people", "operations", "worker"),
        )
    }
    assert all(reserved.values())
    assert sum(each or 0 for each in reserved.values()) <= 900, (
        "the account's default is 1,000, of which 100 must stay unreserved"
    )
    for name in ("ingest", "render"):
        mapping = next(
            each
            for each in prod.of_type("AWS::Lambda::EventSourceMapping").values()
            if prod.of_type("AWS::Lambda::Function")[each["FunctionName"]["Ref"]] == prod.function(name)
        )
        assert reserved[name] >= mapping["ScalingConfig"]["MaximumConcurrency"]


def test_development_reserves_nothing_of_a_new_account(dev: Template) -> None:
    assert not [e for e in dev.of_type("AWS::Lambda::Function").values() if "ReservedConcurrentExecutions" in e]


def test_production_archives_no_current_version(shipped: Callable[[str], Template]) -> None:
    assert "IntelligentTieringConfigurations" not in shipped("prod").named("StorageMedia", "AWS::S3::Bucket")


def test_deploy_guide_counts_what_a_quiet_production_pays_for(shipped: Callable[[str], Template]) -> None:
    prod = shipped("prod")
    alarms = prod.of_type("AWS::CloudWatch::Alarm")
    conditional = [name for name in alarms if "Condition" in prod.resources[name]]
    guide = GUIDE.read_text()
    assert f"| CloudWatch alarms | {len(alarms) - len(conditional)} ({len(alarms)} in us-east-1) |" in guide
    assert f"| KMS key | {len(prod.of_type('AWS::KMS::Key'))} |" in guide
    assert f"| secrets | {len(prod.of_type('AWS::SecretsManager::Secret'))} (3 during a key rotation) |" in guide
    assert f"| dashboard | {len(prod.of_type('AWS::CloudWatch::Dashboard'))} |" in guide
