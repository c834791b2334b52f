"""Stateful resources of every recorded version keep their identity in today's template."""

from typing import Any, Final

import pytest

from tests.infra.template import Template
from tests.upgrades.recordings import RECORDINGS, Recording

REPLACING: Final = {
    "AWS::S3::Bucket": ("BucketName", "ObjectLockEnabled"),
    "AWS::Cognito::UserPool": ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration"),
    "AWS::Cognito::UserPoolClient": ("UserPoolId", "GenerateSecret"),
    "AWS::Cognito::UserPoolDomain": ("UserPoolId", "Domain"),
    "AWS::SecretsManager::Secret": ("Name",),
    "AWS::SQS::Queue": ("QueueName", "FifoQueue"),
    "AWS::Events::EventBus": ("Name",),
    "AWS::Events::Archive": ("ArchiveName", "SourceArn"),
    "AWS::ApiGatewayV2::Api": ("ProtocolType",),
    "AWS::Logs::LogGroup": ("LogGroupName",),
    "AWS::CloudFront::PublicKey": (),
    "AWS::CloudFront::KeyGroup": (),
    "AWS::CloudFront::Distribution": (),
    "AWS::KMS::Key": (),
    "Custom::FovealSigningKey": (),
}
"""Properties whose change replaces a resource (CloudFormation template reference, "Update requires: Replacement")."""
GIVEN_UP: Final[dict[str, str]] = {}
"""Logical ids that went on purpose, with the reason."""


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda each: each.name)
def test_stateful_resources_keep_their_identity(recording: Recording, dev: Template) -> None:
    changed: dict[str, Any] = {}
    for id, before in recording.stateful.items():
        now = dev.resources.get(id)
        if id in GIVEN_UP:
            continue
        if now is None or now["Type"] != before["Type"]:
            changed[id] = f"{before['Type']} is {'gone' if now is None else now['Type']}"
            continue
        old, new = before.get("Properties", {}), now.get("Properties", {})
        changed |= {
            f"{id}.{name}": (old.get(name), new.get(name))
            for name in REPLACING[before["Type"]]
            if old.get(name) != new.get(name)
        }
    assert changed == {}


def test_a_version_is_recorded() -> None:
    assert RECORDINGS
