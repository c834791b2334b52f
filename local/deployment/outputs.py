"""Outputs of a deployed local stack: `.foveal/outputs.json`, readable by its owner only."""

import json
from typing import Any

from local.instance import REGION, Instance, LocalStackError, write_private


def write(instance: Instance, stack: dict[str, str], demo: dict[str, str], database: str) -> dict[str, Any]:
    """Write the file atomically, with mode 600, and return its content."""
    values = {
        "api_url": instance.api_url,
        "cdn_url": instance.cdn_url,
        "issuer": stack["Issuer"],
        "client_id": stack["ClientId"],
        "user_pool_id": stack["UserPoolId"],
        "bucket": stack["BucketName"],
        "event_bus": stack["EventBusName"],
        "ingest_queue_url": stack["IngestQueueUrl"],
        "ingest_dead_letter_queue_url": stack["IngestDeadLetterQueueUrl"],
        "render_queue_url": stack["RenderQueueUrl"],
        "render_dead_letter_queue_url": stack["RenderDeadLetterQueueUrl"],
        **(
            {"scan_queue_url": stack["ScanQueueUrl"], "scan_dead_letter_queue_url": stack["ScanDeadLetterQueueUrl"]}
            if "ScanQueueUrl" in stack
            else {}
        ),
        "console_url": f"{instance.cdn_url}/console/" if "ConsoleUrl" in stack else None,
        "console_bucket": stack.get("ConsoleBucketName"),
        "mongodb_uri": instance.mongodb_uri,
        "mongodb_database": database,
        "aws_endpoint_url": instance.aws_url,
        "region": REGION,
        **demo,
    }
    write_private(instance.outputs, values)
    return values


def read(instance: Instance) -> dict[str, Any]:
    """Return the content of the file. Raises LocalStackError when there is no stack."""
    try:
        values: dict[str, Any] = json.loads(instance.outputs.read_text())
    except (OSError, ValueError):
        raise LocalStackError(f"There is no local stack in {instance.state}: run `make up` first.") from None
    return values
