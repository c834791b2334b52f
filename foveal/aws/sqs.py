"""SQS: SendMessageBatch in batches within its limits."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from foveal.aws import rest_json
from foveal.aws.errors import AwsError

MAX_ENTRIES: Final = 10


def send_messages(queue_url: str, bodies: Sequence[str]) -> None:
    """Send messages of at most 25 KB each. Raises AwsError, also when SQS rejects some of a batch.

    Messages sent before the error stay sent.
    """
    for start in range(0, len(bodies), MAX_ENTRIES):
        batch = bodies[start : start + MAX_ENTRIES]
        entries = [{"Id": str(index), "MessageBody": body} for index, body in enumerate(batch)]
        body = {"QueueUrl": queue_url, "Entries": entries}
        output = rest_json.call_target(
            "sqs", "AmazonSQS.SendMessageBatch", body, region=_region(queue_url), json_version="1.0"
        )
        for failed in output.get("Failed") or []:
            raise AwsError("SendMessageBatch", str(failed.get("Code", "")))


def _region(queue_url: str) -> str | None:
    """Return the region in the host of the URL: `sqs.eu-central-1.amazonaws.com`; None for other hosts."""
    host = (urlsplit(queue_url).hostname or "").split(".")
    return host[1] if len(host) > 3 and host[0] == "sqs" else None
