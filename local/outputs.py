"""What a deployed local stack tells everybody else: `.foveal/outputs.json`, for its owner's eyes only."""

import json
import os
from typing import Any

from local.instance import REGION, Place, Trouble


def write(place: Place, stack: dict[str, str], demo: dict[str, str], database: str) -> dict[str, Any]:
    """Write the file with mode 600, at once and not in part, and return what it holds."""
    values = {
        "api_url": place.api_url,
        "cdn_url": place.cdn_url,
        "issuer": stack["Issuer"],
        "client_id": stack["ClientId"],
        "user_pool_id": stack["UserPoolId"],
        "bucket": stack["BucketName"],
        "event_bus": stack["EventBusName"],
        "ingest_queue_url": stack["IngestQueueUrl"],
        "ingest_dead_letter_queue_url": stack["IngestDeadLetterQueueUrl"],
        "mongodb_uri": place.mongodb_uri,
        "mongodb_database": database,
        "aws_endpoint_url": place.aws_url,
        "region": REGION,
        **demo,
    }
    temporary = place.outputs.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(values, file, indent=2)
        file.write("\n")
    temporary.replace(place.outputs)
    return values


def read(place: Place) -> dict[str, Any]:
    """Return what `write` wrote. Raises Trouble when there is no stack."""
    try:
        values: dict[str, Any] = json.loads(place.outputs.read_text())
    except (OSError, ValueError):
        raise Trouble(f"There is no local stack in {place.state}: run `make up` first.") from None
    return values
