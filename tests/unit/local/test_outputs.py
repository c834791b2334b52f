"""Outputs of a deployed local stack."""

import json
import stat
from pathlib import Path

import pytest

from local.deployment import outputs
from local.instance import Instance, LocalStackError

STACK = {
    "Issuer": "https://issuer",
    "ClientId": "client",
    "UserPoolId": "pool",
    "BucketName": "bucket",
    "EventBusName": "bus",
    "IngestQueueUrl": "queue",
    "IngestDeadLetterQueueUrl": "dead",
    "RenderQueueUrl": "pictures",
    "RenderDeadLetterQueueUrl": "dead pictures",
}


def instance_in(folder: Path) -> Instance:
    return Instance.from_environment({"FOVEAL_STATE": str(folder)})


def test_outputs_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    instance = instance_in(tmp_path)
    demo = {"project": "demo", "demo_username": "demo", "demo_password": "secret"}

    outputs.write(instance, STACK, demo, "foveal")

    assert stat.S_IMODE(instance.outputs.stat().st_mode) == 0o600
    required = {"api_url", "cdn_url", "issuer", "client_id", "bucket", "event_bus", "mongodb_uri"}
    required |= {"aws_endpoint_url", "region", "project", "demo_username", "demo_password"}
    assert required <= json.loads(instance.outputs.read_text()).keys()


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, (None, None)),
        (
            {"ConsoleUrl": "https://d1.cloudfront.net/console/", "ConsoleBucketName": "files"},
            ("http://127.0.0.1:4568/console/", "files"),
        ),
    ],
    ids=["switched off", "served"],
)
def test_outputs_name_the_console_at_the_address_of_this_machine(
    tmp_path: Path, more: dict[str, str], expected: tuple[str | None, str | None]
) -> None:
    values = outputs.write(instance_in(tmp_path), {**STACK, **more}, {}, "foveal")
    assert (values["console_url"], values["console_bucket"]) == expected


def test_missing_outputs_are_an_error_that_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match="run `make up` first"):
        outputs.read(instance_in(tmp_path))
