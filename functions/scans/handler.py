"""Scan function: results of malware scans and decisions about them change the state and the tag of versions."""

import functools
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from foveal.aws.eventbridge import put_events
from foveal.aws.s3 import S3
from foveal.database.client import database
from foveal.delivery.edge_copies import invalidation
from foveal.events.outbox import Publisher
from foveal.ingest.batch import Message
from foveal.ingest.bucket import MediaBucket
from foveal.scanning.settlement import Settlement
from foveal.settings import Environment, ScansSettings

logger = Logger()
settings = ScansSettings.from_environment(Environment())


@functools.cache
def settlement() -> Settlement:
    publisher = Publisher(settings.event_bus, put_events)
    bucket, invalidate = MediaBucket(S3(settings.bucket)), invalidation(settings.distribution_id)
    return Settlement(database(settings.mongo).assets, bucket, publisher, logger, invalidate)


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, list[dict[str, str]]]:
    """Return the messages to deliver again (Lambda guide, "Reporting batch item failures")."""
    messages = [
        Message(record["messageId"], record["body"], int(record["attributes"]["ApproximateReceiveCount"]))
        for record in event["Records"]
    ]
    failed = settlement().settle(messages)
    logger.info("batch", extra={"messages": len(messages), "failed": len(failed)})
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
