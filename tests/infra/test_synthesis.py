"""A stage synthesizes offline, without an account, to the same valid template each time, and keeps its identities."""

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from infra import config
from infra.config import StageConfig
from infra.functions.bundling import Bundler
from infra.stack import FovealStack
from tests.infra.conftest import STAGES, make_app, make_stack
from tests.infra.template import Template

STATEFUL: Final = {
    "AWS::S3::Bucket",
    "AWS::Cognito::UserPool",
    "AWS::Cognito::UserPoolClient",
    "AWS::SecretsManager::Secret",
    "AWS::CloudFront::PublicKey",
    "AWS::CloudFront::Distribution",
    "AWS::ApiGatewayV2::Api",
    "AWS::Events::EventBus",
    "AWS::Events::Archive",
    "AWS::SQS::Queue",
    "AWS::KMS::Key",
}
PINNED: Final = {
    "StorageMedia9333CB25",
    "AuthUserPool8115E87F",
    "AuthUserPoolWeb8DF0D784",
    "AuthUserPoolNative02CD44C7",
    "AuthUserPoolConsoleA281B710",
    "ConsoleFiles2D43986C",
    "DeliverySigningKeysPrivateKey1Secret006018B6",
    "DeliverySigningKeysPublicKey1DABCEDE3",
    "DeliveryDistribution45EACD51",
    "TokenKeySecretA8EF7AF8",
    "ApiHttpApi4C294DC0",
    "EventsBus45DE4339",
    "EventsBusArchive3AC72948",
    "ArrivalsQueueC4D3E9A9",
    "ArrivalsDeadLettersA8145CD2",
    "RendersQueueE1B4C9E5",
    "RendersDeadLetters6C3FD737",
}
PINNED_BY_OPTION: Final = {"Key961B73FD", "StorageAccessLogs96FB524C", "EventsDeadLetters8A90034E"}


def test_stateful_resources_keep_their_logical_ids(template: Template) -> None:
    """A changed logical id makes CloudFormation replace the resource, and with it what it holds."""
    found = {name for name, each in template.resources.items() if each["Type"] in STATEFUL}
    assert found - PINNED_BY_OPTION == PINNED


def test_key_and_log_bucket_of_production_keep_their_logical_ids(shipped: Callable[[str], Template]) -> None:
    assert shipped("prod").resources.keys() >= PINNED_BY_OPTION


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No network and no AWS settings."""

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("synthesis asked the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_REGION", "CDK_DEFAULT_ACCOUNT", "CDK_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("stage", STAGES)
def test_stage_synthesizes_without_network_and_account_to_the_same_template_again(
    stage: str, shipped: Callable[[str], Template], tmp_path: Path
) -> None:
    app = make_app(tmp_path)
    make_stack(app, config.load(stage), Bundler())
    again = app.synth().get_stack_by_name(f"Foveal-{stage}").template
    assert json.dumps(again, sort_keys=True) == json.dumps(shipped(stage).document, sort_keys=True)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert not manifest.get("missing"), "nothing is left to look up"
    assert manifest["artifacts"][f"Foveal-{stage}"]["environment"] == "aws://unknown-account/unknown-region"


_ARN = "arn:aws:{}:111122223333:{}"
EVERYTHING: Final[dict[str, Any]] = {
    "kms_key": _ARN.format("kms:eu-west-1", "key/1234abcd"),
    "mongodb": {"uri": None, "secret_arn": _ARN.format("secretsmanager:eu-west-1", "secret:mongodb-AbCdEf")},
    "auth": {"issuer": "https://login.example.com", "audience": ["foveal"]},
    "console": {"client_id": "console"},
    "storage": {"object_lock": {"mode": "compliance", "days": 30}, "replication": {"bucket_arn": "arn:aws:s3:::copy"}},
    "delivery": {
        "domain_name": "media.example.com",
        "certificate_arn": _ARN.format("acm:us-east-1", "certificate/1"),
        "web_acl_arn": _ARN.format("wafv2:us-east-1", "global/webacl/name/id"),
        "signing_algorithm": "rsa-2048",
        "signing_key_generations": [3, 2],
    },
    "api": {"domain_name": "api.example.com", "certificate_arn": _ARN.format("acm:eu-west-1", "certificate/1")},
    "network": {
        "vpc_id": "vpc-0123456a",
        "availability_zones": ["eu-west-1a"],
        "private_subnet_ids": ["subnet-0123456a"],
        "security_group_ids": ["sg-0123456a"],
    },
    "monitoring": {"alarm_topic_arn": _ARN.format("sns:eu-west-1", "alarms")},
    "devices": {},
    "scanning": {"malware": "block", "older_objects_are_tagged": True},
    "waf": {"mode": "block", "origin_key": "demand"},
}


def test_template_is_valid_with_everything_that_can_be_brought_along(changed: Callable[..., Template]) -> None:
    """`make check` holds the stages as shipped. W3005: the CDK names a dependency that a reference implies already."""
    template = changed("prod", **EVERYTHING)
    found = lint(json.dumps(template.document), config=ManualArgs(ignore_checks=["W3005"]))
    assert [f"{each.rule.id} {each.message} at {each.path}" for each in found] == []
    assert not [each for each in template.resources.values() if each["Type"] == "AWS::KMS::Key"]


def test_template_has_fewer_than_400_resources(template: Template) -> None:
    assert len(template.resources) < 400  # CloudFormation ends at 500


def test_outputs_have_what_other_programs_need(template: Template) -> None:
    needed = {
        *("ApiUrl", "CdnUrl", "Issuer", "ClientId", "BucketName", "EventBusName", "UserPoolId", "DistributionId"),
        *("IngestQueueUrl", "IngestDeadLetterQueueUrl", "RenderQueueUrl", "RenderDeadLetterQueueUrl"),
    }
    assert needed <= template.document["Outputs"].keys()


def test_local_stack_deploys_the_template_of_development(tmp_path: Path) -> None:
    """Only the code of functions may differ, so that nothing in a template can know where it runs."""

    def synthesized(bundler: Bundler, folder: str) -> Any:
        app = make_app(tmp_path / folder)
        FovealStack(app, "Foveal-dev", config=config.load("dev"), bundler=bundler)
        document = app.synth().get_stack_by_name("Foveal-dev").template
        for each in document["Resources"].values():
            if each["Type"] == "AWS::Lambda::Function":
                del each["Properties"]["Code"]
            each.pop("Metadata", None)
        return document

    assert synthesized(Bundler(), "real") == synthesized(Bundler(dependencies=False), "local")


def test_synthesis_prints_no_warning_that_a_stage_cannot_act_on(tmp_path: Path) -> None:
    values = config.load("prod").model_dump()
    for name, section in EVERYTHING.items():
        values[name] = {**values[name], **section} if isinstance(values[name], dict) else section
    app = make_app(tmp_path)
    stack = make_stack(app, StageConfig.model_validate(values))
    messages = app.synth().get_stack_by_name(stack.stack_name).messages
    assert [str(each.entry.data) for each in messages] == []
