"""Ingest function: reads batches of S3 events from the queue, updates the catalog and publishes events."""

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
from foveal.ingest.pipeline import Pipeline
from foveal.settings import Environment, IngestSettings

RESERVE_SECONDS = 15  # for the bulk write (at most 10 s, foveal/database/client.py) and the publishing after it
logger = Logger()
settings = IngestSettings.from_environment(Environment())


@functools.cache
def pipeline() -> Pipeline:
    bucket = MediaBucket(S3(settings.bucket))
    publisher = Publisher(settings.event_bus, put_events)
    return Pipeline(
        database(settings.mongo).assets,
        bucket,
        publisher,
        logger,
        holds=settings.holds_arrivals,
        invalidate=invalidation(settings.distribution_id),
    )


def handler(event: Mapping[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    """Return the messages to deliver again (Lambda guide, "Reporting batch item failures")."""
    messages = [
        Message(record["messageId"], record["body"], int(record["attributes"]["ApproximateReceiveCount"]))
        for record in event["Records"]
    ]
    database(settings.mongo)  # raises for one that has no schema any more
    seconds = context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
    failed = pipeline().ingest(messages, seconds)
    logger.info("batch", extra={"messages": len(messages), "failed": len(failed)})
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
