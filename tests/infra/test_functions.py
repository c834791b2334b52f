"""Functions run on arm64 with the newest Python, are told what they read, and keep their logs as long as asked."""

import ast
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from foveal.settings import (
    CatalogSettings,
    DownloadsSettings,
    Environment,
    IngestSettings,
    JobsSettings,
    JournalSettings,
    MissingSetting,
    OperationsSettings,
    PeopleSettings,
    RenderSettings,
    SweepSettings,
    UploadsSettings,
    VersionsSettings,
    WorkerSettings,
)
from foveal.stack_contract import FREED_MEMORY_IS_RETURNED
from foveal.uploads.limits import UploadLimits
from infra.config import load
from tests.infra.template import Template, actions, flatten

SETTINGS: Mapping[str, Callable[[Environment], object]] = {
    "uploads": UploadsSettings.from_environment,
    "catalog": CatalogSettings.from_environment,
    "downloads": DownloadsSettings.from_environment,
    "ingest": IngestSettings.from_environment,
    "sweep": SweepSettings.from_environment,
    "render": RenderSettings.from_environment,
    "versions": VersionsSettings.from_environment,
    "jobs": JobsSettings.from_environment,
    "worker": WorkerSettings.from_environment,
    "journal": JournalSettings.from_environment,
    "people": PeopleSettings.from_environment,
    "operations": OperationsSettings.from_environment,
}
FUNCTION = "AWS::Lambda::Function"
FUNCTIONS = Path(__file__).parents[2] / "functions"
AUDITED = ("downloads", "versions", "people", "operations")
AUDIT = FUNCTIONS.parent / "foveal/access/audit.py"


@pytest.mark.parametrize("function", SETTINGS)
def test_environment_has_every_variable_that_the_settings_read(template: Template, function: str) -> None:
    SETTINGS[function](Environment(template.environment(function)))


@pytest.mark.parametrize("function", SETTINGS)
def test_settings_name_the_missing_variable(dev: Template, function: str) -> None:
    with pytest.raises(MissingSetting):
        SETTINGS[function](Environment({"STAGE": dev.environment(function)["STAGE"]}))


def test_upload_limits_have_the_form_that_the_function_reads(template: Template) -> None:
    stage = template.environment("uploads")["STAGE"]
    limits = UploadLimits.model_validate_json(template.environment("uploads")["UPLOAD_LIMITS"])
    assert limits.max_object_bytes == load(stage).uploads.max_object_bytes
    assert limits.allowed_types == load(stage).uploads.allowed_types


def test_uploads_function_knows_of_transfer_acceleration(changed: Callable[..., Template]) -> None:
    template = changed("dev", storage={"transfer_acceleration": True})
    assert UploadLimits.model_validate_json(template.environment("uploads")["UPLOAD_LIMITS"]).transfer_acceleration


def test_worker_returns_freed_memory(template: Template) -> None:
    assert FREED_MEMORY_IS_RETURNED.items() <= template.environment("worker").items()


def test_render_has_the_renditions_of_the_stage(dev: Template) -> None:
    assert json.loads(dev.environment("render")["RENDITIONS"]) == load("dev").render.model_dump()["renditions"]


def test_function_has_the_common_defaults(template: Template) -> None:
    for name, properties in template.of_type(FUNCTION).items():
        environment = properties["Environment"]["Variables"]
        assert properties["Architectures"] == ["arm64"], name
        assert properties["Runtime"] == "python3.14"
        assert properties["Handler"] == "handler.handler"
        assert properties["MemorySize"] >= 512
        assert 0 < properties["Timeout"] <= 900
        assert {"STAGE", "LOG_LEVEL", "POWERTOOLS_SERVICE_NAME"} <= environment.keys()


def test_timeout_of_http_functions_is_below_that_of_the_gateway(template: Template) -> None:
    for name in ("uploads", "catalog", "downloads", "versions", "jobs", "people", "operations"):
        assert template.function(name)["Timeout"] < 30  # API Gateway's integration timeout


def test_environments_hold_no_secret(template: Template) -> None:
    for properties in template.of_type(FUNCTION).values():
        for name, value in properties["Environment"]["Variables"].items():
            assert not {"PASSWORD", "TOKEN", "SECRET"} & set(name.split("_")) or name.endswith("_ARN"), name
            assert "resolve:secretsmanager" not in str(value)


def log_group(template: Template, function: str) -> dict[str, Any]:
    logged = template.function(function)["LoggingConfig"]["LogGroup"]["Ref"]
    return template.of_type("AWS::Logs::LogGroup")[logged]


def test_log_groups_are_kept_as_long_as_the_stage_says(template: Template) -> None:
    stage = load(template.environment("catalog")["STAGE"])
    groups = template.of_type("AWS::Logs::LogGroup")
    audited = [log_group(template, function) for function in AUDITED]
    others = [group for group in groups.values() if group not in audited]
    assert {group["RetentionInDays"] for group in audited} == {stage.audit_retention_days}
    assert {group["RetentionInDays"] for group in others} == {stage.log_retention_days}
    logged = {each["LoggingConfig"]["LogGroup"]["Ref"] for each in template.of_type(FUNCTION).values()}
    assert len(logged) == len(template.of_type(FUNCTION))
    assert logged <= groups.keys()


def test_audit_records_of_production_are_kept_six_years_under_deletion_protection(
    shipped: Callable[[str], Template],
) -> None:
    prod = shipped("prod")
    for function in AUDITED:
        assert log_group(prod, function)["RetentionInDays"] >= 6 * 365
        assert log_group(prod, function)["DeletionProtectionEnabled"] is True
        name = prod.function(function)["LoggingConfig"]["LogGroup"]["Ref"]
        assert prod.resources[name]["DeletionPolicy"] == prod.resources[name]["UpdateReplacePolicy"] == "Retain"
        assert "DeletionProtectionEnabled" not in log_group(shipped("dev"), function), "the stack must go as a whole"


def test_saved_query_covers_every_log_group_with_audit_records(template: Template) -> None:
    query = template.only("AWS::Logs::QueryDefinition")
    wanted = [template.function(function)["LoggingConfig"]["LogGroup"] for function in AUDITED]
    assert query["LogGroupNames"] == wanted
    assert 'filter service = "audit"' in query["QueryString"]


def test_audit_records_are_written_only_by_functions_with_a_kept_log() -> None:
    written = {path.parent.name for path in FUNCTIONS.glob("*/handler.py") if AUDIT in reached(path)}
    assert written == set(AUDITED)


def reached(handler: Path) -> set[Path]:
    """Return every file of the package that a handler imports, directly or through others."""
    found: set[Path] = set()
    waiting = [handler]
    while waiting:
        for node in ast.walk(ast.parse(waiting.pop().read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("foveal"):
                base = FUNCTIONS.parent / str(node.module).replace(".", "/")
                files = {base.with_suffix(".py"), *(base / f"{each.name}.py" for each in node.names)}
                new = {file for file in files if file.is_file()} - found
                found |= new
                waiting += new
    return found


def test_logs_are_encrypted_with_the_key_of_the_stage(shipped: Callable[[str], Template]) -> None:
    prod = shipped("prod")
    assert all("KmsKeyId" in group for group in prod.of_type("AWS::Logs::LogGroup").values())
    statements = prod.only("AWS::KMS::Key")["KeyPolicy"]["Statement"]
    (statement,) = (each for each in statements if each.get("Sid") == "CloudWatchLogs")
    assert flatten(statement["Principal"]["Service"]) == "logs.<AWS::Region>.<AWS::URLSuffix>"
    assert "kms:EncryptionContext:aws:logs:arn" in statement["Condition"]["ArnLike"]


def test_tracing_is_off_unless_the_stage_sets_it(shipped: Callable[[str], Template]) -> None:
    assert shipped("prod").function("ingest")["TracingConfig"] == {"Mode": "Active"}
    assert shipped("dev").function("ingest").get("TracingConfig", {}).get("Mode") != "Active"


def test_functions_run_in_the_network_that_the_stage_names(changed: Callable[..., Template]) -> None:
    network = {
        "vpc_id": "vpc-0123456a",
        "availability_zones": ["eu-west-1a", "eu-west-1b"],
        "private_subnet_ids": ["subnet-0123456a", "subnet-0123456b"],
        "security_group_ids": ["sg-0123456a"],
    }
    template = changed("dev", network=network)
    for properties in template.of_type(FUNCTION).values():
        assert properties["VpcConfig"] == {
            "SubnetIds": ["subnet-0123456a", "subnet-0123456b"],
            "SecurityGroupIds": ["sg-0123456a"],
        }
        name = properties["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
        allowed = {action for statement in template.statements_of(name) for action in actions(statement)}
        assert {"ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"} <= allowed
