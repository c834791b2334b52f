"""Outputs of a deployed local stack: `.foveal/outputs.json`, readable by its owner only."""

import json
import os
from typing import Any

from local.instance import REGION, Instance, LocalStackError


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
        "mongodb_uri": instance.mongodb_uri,
        "mongodb_database": database,
        "aws_endpoint_url": instance.aws_url,
        "region": REGION,
        **demo,
    }
    temporary = instance.outputs.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(values, file, indent=2)
        file.write("\n")
    temporary.replace(instance.outputs)
    return values


def read(instance: Instance) -> dict[str, Any]:
    """Return the content of the file. Raises LocalStackError when there is no stack."""
    try:
        values: dict[str, Any] = json.loads(instance.outputs.read_text())
    except (OSError, ValueError):
        raise LocalStackError(f"There is no local stack in {instance.state}: run `make up` first.") from None
    return values
