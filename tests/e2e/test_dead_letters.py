"""Dead letters in the deployed stack: the queue, the reason, the alarm, the redrive."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from foveal.cli.operations import maintenance
from foveal.cli.root import build
from tests.e2e.stack import PHOTO, Caller, Stack, eventually

VISIBILITY_SECONDS = 5
"""For these tests alone: five deliveries, each six minutes after the other, would take half an hour."""


@dataclass
class Queues:
    """The deployed queues of ingest."""

    stack: Stack

    def __post_init__(self) -> None:
        self.sqs = self.stack.aws("sqs")
        self.ingest, self.dead = (
            str(self.stack.values[name]) for name in ("ingest_queue_url", "ingest_dead_letter_queue_url")
        )

    def waiting(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(attributes[name]) for name in names)

    def settles_with_dead(self, count: int) -> None:
        """Wait until all messages but those in the dead-letter queue are handled."""
        eventually(lambda: (self.waiting(self.ingest), self.waiting(self.dead)) == (0, count) or None, 120)


@pytest.fixture
def queues(stack: Stack) -> Iterator[Queues]:
    queues = Queues(stack)
    name = "VisibilityTimeout"
    deployed = queues.sqs.get_queue_attributes(QueueUrl=queues.ingest, AttributeNames=[name])["Attributes"]
    assert int(deployed[name]) == 360
    queues.sqs.set_queue_attributes(QueueUrl=queues.ingest, Attributes={name: str(VISIBILITY_SECONDS)})
    yield queues
    queues.sqs.set_queue_attributes(QueueUrl=queues.ingest, Attributes=deployed)
    queues.sqs.purge_queue(QueueUrl=queues.dead)


@contextmanager
def unreadable(stack: Stack, key: str) -> Iterator[None]:
    """Deny everybody to read an object, as a lost key grant or a policy of somebody else does."""
    s3, bucket = stack.aws("s3"), stack.values["bucket"]
    before = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    policy = json.loads(before)
    arns = [f"arn:aws:s3:::{bucket}/{key}"]
    policy["Statement"].append({"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": arns})
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    try:
        yield
    finally:
        s3.put_bucket_policy(Bucket=bucket, Policy=before)


def test_poison_is_put_aside_with_its_reason_and_comes_back_once_its_cause_is_repaired(
    stack: Stack, editor: Caller, queues: Queues, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queues.settles_with_dead(0)
    ticket, no_event = editor.begin(), f"no event {uuid.uuid4()}"
    asset_id = ticket["asset_id"]
    key = f"media/demo/{asset_id}/original.jpg"

    with unreadable(stack, key):
        queues.sqs.send_message(QueueUrl=queues.ingest, MessageBody=no_event)
        assert editor.put(ticket).status_code == 200
        healthy = editor.begin()
        assert editor.put(healthy).status_code == 200
        assert editor.ready(healthy["asset_id"])["status"] == "ready"
        queues.settles_with_dead(2)
        reason = eventually(lambda: editor.call("GET", f"/v1/assets/{asset_id}").json().get("ingest_error"))
        assert (reason["error_type"], reason["attempts"]) == ("AccessDenied", 5)
        assert editor.call("GET", f"/v1/assets/{asset_id}").json()["status"] == "pending"

    (tmp_path / ".foveal").mkdir()
    (tmp_path / ".foveal/outputs.json").write_text(json.dumps(stack.values))
    monkeypatch.chdir(tmp_path)
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "")  # the command sets them; they are gone again after the test
    redriven = CliRunner().invoke(build([maintenance]), ["redrive"])
    assert redriven.output.startswith("ingest: 2 of 2 messages moved back to the queue\n")

    asset = editor.ready(asset_id)
    assert asset["size_bytes"] == len(PHOTO)
    assert "ingest_error" not in asset
    queues.settles_with_dead(1)
    (left,) = queues.sqs.receive_message(QueueUrl=queues.dead)["Messages"]
    assert left["Body"] == no_event


def test_dead_letter_alarm_watches_the_deployed_queue_and_notifies(stack: Stack, queues: Queues) -> None:
    alarms: list[dict[str, Any]] = stack.aws("cloudwatch").describe_alarms()["MetricAlarms"]
    dimensions = [{"Name": "QueueName", "Value": queues.dead.rpartition("/")[2]}]
    (alarm,) = [each for each in alarms if each.get("Dimensions") == dimensions]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")
    topics = {each["TopicArn"] for each in stack.aws("sns").list_topics()["Topics"]}
    assert set(alarm["AlarmActions"]) <= topics
    assert alarm["AlarmActions"]
