"""Malware scans by option: nothing of it when off; plan, rule, function, grants and a closed policy when on."""

from collections.abc import Callable
from typing import Any, Final, get_args

import pytest

from foveal.operations.queues import outputs_of, queues_of
from foveal.operations.routes.answers import QueueName
from foveal.settings import Environment, IngestSettings, ScansSettings, SweepSettings, VersionsSettings
from foveal.stack_contract import OPTIONAL_QUEUES, QUEUES, SCAN_RESULT_EVENT
from infra.config import ConfigError, parse
from tests.infra.template import Template, actions, flatten, resources

Changed = Callable[..., Template]
MEDIA: Final = "<StorageMedia9333CB25.Arn>"
PLAN: Final = "AWS::GuardDuty::MalwareProtectionPlan"
HOLD: Final = {"malware": "hold"}
BLOCK: Final = {"malware": "block", "older_objects_are_tagged": True}
CLEAN_ONLY: Final = {"OnlyCleanIsDelivered", "OnlyCleanIsSigned"}


@pytest.fixture(scope="module")
def holding(changed: Changed) -> Template:
    return changed("dev", scanning=HOLD)


@pytest.fixture(scope="module")
def blocking(changed: Changed) -> Template:
    return changed("dev", scanning=BLOCK)


def bucket_policy(template: Template) -> dict[str, dict[str, Any]]:
    policy = template.named("StorageMediaPolicy", "AWS::S3::BucketPolicy")
    return {each["Sid"]: each for each in policy["PolicyDocument"]["Statement"] if "Sid" in each}


def test_stage_without_scans_has_nothing_of_them(template: Template) -> None:
    assert PLAN not in {each["Type"] for each in template.resources.values()}
    assert not [name for name in template.resources if name.startswith("MalwareScans")]
    assert not bucket_policy(template).keys() & CLEAN_ONLY
    assert not IngestSettings.from_environment(Environment(template.environment("ingest"))).holds_arrivals
    assert not SweepSettings.from_environment(Environment(template.environment("sweep"))).has_scans


def test_plan_covers_originals_and_sets_no_tags_of_its_own(holding: Template) -> None:
    plan = holding.only(PLAN)
    assert plan["ProtectedResource"]["S3Bucket"] == {
        "BucketName": {"Ref": "StorageMedia9333CB25"},
        "ObjectPrefixes": ["media/"],
    }
    assert plan["Actions"] == {"Tagging": {"Status": "DISABLED"}}


def test_role_of_the_scanner_may_read_and_not_tag(holding: Template) -> None:
    policy = holding.named("MalwareScansScannerRole", "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    objects = {(a, r) for s in policy for a in actions(s) for r in resources(s) if a.startswith("s3:")}
    assert ("s3:GetObjectVersion", f"{MEDIA}/media/*") in objects
    assert not [action for action, _ in objects if "Tagging" in action]
    assert [r for a, r in objects if a == "s3:PutObject"] == [f"{MEDIA}/malware-protection-resource-validation-object"]


def test_results_of_the_bucket_of_the_stage_go_to_the_scan_function(holding: Template) -> None:
    rule = holding.named("MalwareScansRule", "AWS::Events::Rule")
    assert rule["EventPattern"] == {
        "source": ["aws.guardduty"],
        "detail-type": [SCAN_RESULT_EVENT],
        "detail": {"s3ObjectDetails": {"bucketName": [{"Ref": "StorageMedia9333CB25"}]}},
    }
    ScansSettings.from_environment(Environment(holding.environment("scans")))


def test_functions_are_told_that_arrivals_wait_for_scans(holding: Template) -> None:
    assert IngestSettings.from_environment(Environment(holding.environment("ingest"))).holds_arrivals
    assert SweepSettings.from_environment(Environment(holding.environment("sweep"))).has_scans
    assert VersionsSettings.from_environment(Environment(holding.environment("versions"))).scan_queue_url


def test_scan_function_may_read_and_tag_originals_and_nothing_else_of_the_bucket(holding: Template) -> None:
    granted = {(a, r) for s in holding.statements_of("scans") for a in actions(s) for r in resources(s)}
    tag = {"s3:GetObjectTagging", "s3:GetObjectVersionTagging", "s3:PutObjectTagging", "s3:PutObjectVersionTagging"}
    read = {"s3:GetObject", "s3:GetObjectVersion"}
    assert {each for each in granted if each[0].startswith("s3:")} == {
        *((action, f"{MEDIA}/media/*") for action in tag | read),
        ("s3:ListBucket", MEDIA),
    }


def test_scan_function_may_drop_copies_of_the_distribution_and_is_told_which(
    holding: Template, changed: Changed
) -> None:
    assert ScansSettings.from_environment(Environment(holding.environment("scans"))).distribution_id
    granted = [
        r for s in holding.statements_of("scans") if "cloudfront:CreateInvalidation" in actions(s) for r in resources(s)
    ]
    assert len(granted) == 1
    assert "*" not in granted[0]
    direct = changed("dev", scanning=HOLD, delivery={"cdn": False}, console={"enabled": False})
    assert ScansSettings.from_environment(Environment(direct.environment("scans"))).distribution_id is None


def test_only_ingest_and_the_scan_function_may_tag(holding: Template, dev: Template) -> None:
    spared = bucket_policy(holding)["OnlyIngestTags"]["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    roles = [holding.function(name)["Role"] for name in ("ingest", "scans")]
    assert spared == roles
    alone = bucket_policy(dev)["OnlyIngestTags"]["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    assert alone == dev.function("ingest")["Role"]


def test_queues_in_the_outputs_are_those_that_operators_and_the_doctor_know(holding: Template, dev: Template) -> None:
    for template, names in ((dev, QUEUES), (holding, (*QUEUES, *OPTIONAL_QUEUES))):
        urls = {each for each in template.document["Outputs"] if each.endswith("QueueUrl")}
        assert urls == {output for name in names for output in outputs_of(name)}
        setting = flatten(template.function("operations")["Environment"]["Variables"]["QUEUES"])
        assert [each.name for each in queues_of(setting)] == list(names)
    assert set(get_args(QueueName)) == {*QUEUES, *OPTIONAL_QUEUES}


def test_operators_may_move_dead_letters_of_scans_back(holding: Template) -> None:
    statements = holding.statements_of("operations")
    moved = {each for s in statements if "sqs:StartMessageMoveTask" in actions(s) for each in resources(s)}
    assert [each for each in moved if each.startswith("<MalwareScans")]


@pytest.mark.parametrize("function", ["versions", "sweep"])
def test_scans_on_demand_are_granted_to_those_that_ask_for_them(
    holding: Template, dev: Template, function: str
) -> None:
    def granted(template: Template) -> set[str]:
        return {action for statement in template.statements_of(function) for action in actions(statement)}

    assert "guardduty:SendObjectMalwareScan" in granted(holding)
    assert "guardduty:SendObjectMalwareScan" not in granted(dev)


def test_bucket_refuses_untagged_originals_only_where_older_ones_are_tagged(
    holding: Template, blocking: Template
) -> None:
    assert not bucket_policy(holding).keys() & CLEAN_ONLY
    statements = [bucket_policy(blocking)[sid] for sid in sorted(CLEAN_ONLY)]
    for each in statements:
        assert (each["Effect"], resources(each)) == ("Deny", [f"{MEDIA}/media/*"])
        assert actions(each) == {"s3:GetObject", "s3:GetObjectVersion"}
        assert each["Condition"] == {"StringNotEquals": {"s3:ExistingObjectTag/foveal-status": "clean"}}
    assert statements[0]["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert statements[1]["Principal"] == {"AWS": blocking.function("downloads")["Role"]}


def test_blocking_is_refused_before_older_originals_are_tagged() -> None:
    values = {
        "allowed_origins": ["https://app.example.com"],
        "mongodb": {"secret_name": "foveal/x", "database": "foveal"},
        "scanning": {"malware": "block"},
    }
    with pytest.raises(ConfigError, match="foveal scan adopt"):
        parse("other", values)
