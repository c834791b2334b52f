"""SQS: batches of messages within its limits, attributes of queues, message move tasks (redrive)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from foveal.aws import rest_json
from foveal.aws.errors import AwsError

MAX_ENTRIES: Final = 10


@dataclass(frozen=True, slots=True)
class Message:
    """A received message; `receipt` is the handle that deletes it."""

    body: str
    receipt: str


@dataclass(frozen=True, slots=True)
class MoveTask:
    """A message move task; `status` is that of SQS, `moved` an approximate number."""

    status: str
    moved: int


def send_messages(queue_url: str, bodies: Sequence[str]) -> None:
    """Send messages of at most 25 KB each. Raises AwsError, also when SQS rejects some of a batch.

    Messages sent before the error stay sent.
    """
    for start in range(0, len(bodies), MAX_ENTRIES):
        batch = bodies[start : start + MAX_ENTRIES]
        entries = [{"Id": str(index), "MessageBody": body} for index, body in enumerate(batch)]
        body = {"QueueUrl": queue_url, "Entries": entries}
        output = _call("SendMessageBatch", _region(queue_url), body)
        for failed in output.get("Failed") or []:
            raise AwsError("SendMessageBatch", str(failed.get("Code", "")))


def attributes(queue_url: str) -> dict[str, str]:
    """Return all attributes of a queue (GetQueueAttributes). Raises AwsError."""
    body = {"QueueUrl": queue_url, "AttributeNames": ["All"]}
    found: dict[str, str] = _call("GetQueueAttributes", _region(queue_url), body)["Attributes"]
    return found


def receive_messages(queue_url: str) -> list[Message]:
    """Return at most 10 messages, which others do not see for the visibility timeout. Raises AwsError."""
    body = {"QueueUrl": queue_url, "MaxNumberOfMessages": MAX_ENTRIES}
    found = _call("ReceiveMessage", _region(queue_url), body).get("Messages") or []
    return [Message(each["Body"], each["ReceiptHandle"]) for each in found]


def delete_message(queue_url: str, receipt: str) -> None:
    """Delete a received message. Raises AwsError."""
    _call("DeleteMessage", _region(queue_url), {"QueueUrl": queue_url, "ReceiptHandle": receipt})


def start_move_task(source_arn: str, destination_arn: str) -> None:
    """Have SQS move the messages of a dead-letter queue to another queue (StartMessageMoveTask). Raises AwsError."""
    body = {"SourceArn": source_arn, "DestinationArn": destination_arn}
    _call("StartMessageMoveTask", _region_of_arn(source_arn), body)


def newest_move_task(source_arn: str) -> MoveTask | None:
    """Return the newest message move task of a dead-letter queue, or None (ListMessageMoveTasks). Raises AwsError."""
    body = {"SourceArn": source_arn, "MaxResults": 1}
    found = _call("ListMessageMoveTasks", _region_of_arn(source_arn), body).get("Results") or []
    return MoveTask(found[0]["Status"], int(found[0].get("ApproximateNumberOfMessagesMoved", 0))) if found else None


def _call(action: str, region: str | None, body: dict[str, Any]) -> dict[str, Any]:
    return rest_json.call_target("sqs", f"AmazonSQS.{action}", body, region=region, json_version="1.0")


def _region_of_arn(arn: str) -> str:
    return arn.split(":")[3]


def _region(queue_url: str) -> str | None:
    """Return the region in the host of the URL: `sqs.eu-central-1.amazonaws.com`; None for other hosts."""
    host = (urlsplit(queue_url).hostname or "").split(".")
    return host[1] if len(host) > 3 and host[0] == "sqs" else None
