"""SQS: SendMessageBatch in batches that hold its limits."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from foveal.aws import jsonapi
from foveal.aws.errors import AwsError

MAX_ENTRIES: Final = 10


def send_messages(queue_url: str, bodies: Sequence[str]) -> None:
    """Send messages of at most 25 KB each. Raises AwsError, also when SQS takes only some of a batch.

    What was sent before the error stays sent.
    """
    for start in range(0, len(bodies), MAX_ENTRIES):
        batch = bodies[start : start + MAX_ENTRIES]
        entries = [{"Id": str(index), "MessageBody": body} for index, body in enumerate(batch)]
        body = {"QueueUrl": queue_url, "Entries": entries}
        answer = jsonapi.call("sqs", "AmazonSQS.SendMessageBatch", body, region=_region(queue_url), json_version="1.0")
        for failed in answer.get("Failed") or []:
            raise AwsError("SendMessageBatch", str(failed.get("Code", "")))


def _region(queue_url: str) -> str | None:
    """Return the region that the URL names: `sqs.eu-central-1.amazonaws.com`; None for other hosts."""
    host = (urlsplit(queue_url).hostname or "").split(".")
    return host[1] if len(host) > 3 and host[0] == "sqs" else None
