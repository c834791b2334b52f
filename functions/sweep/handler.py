"""Sweep function, on a schedule: unpublished events, stale uploads, due jobs, late arrivals, label counters, drift."""

import functools
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from foveal.aws import credentials
from foveal.aws.eventbridge import put_events
from foveal.aws.guardduty import send_object_malware_scan
from foveal.aws.s3 import S3
from foveal.aws.sqs import send_messages
from foveal.catalog import label_counters
from foveal.database.client import database
from foveal.delivery.deletion import Deletion
from foveal.delivery.edge_copies import invalidation
from foveal.events.outbox import Publisher
from foveal.ingest.sweep import Sweep, no_scans
from foveal.jobs.start import start_due, starter
from foveal.scanning.requests import ask_for_lost
from foveal.settings import Environment, SweepSettings
from foveal.uploads.backend import Backend
from foveal.uploads.limits import UploadLimits
from foveal.uploads.sweep import sweep_stale

RESERVE_SECONDS = 40  # for one more page: a list call with its retries, a query, a batch of messages
NO_NEW_UPLOADS = UploadLimits(allowed_types=(), max_object_bytes=1, daily_quota_bytes=1, url_ttl_seconds=1)
logger = Logger()
settings = SweepSettings.from_environment(Environment())


@functools.cache
def sweep() -> Sweep:
    publisher = Publisher(settings.event_bus, put_events)
    send = functools.partial(send_messages, settings.ingest_queue_url)
    catalog = database(settings.mongo)
    uploads = Backend(catalog, settings.bucket, credentials.region(), NO_NEW_UPLOADS)
    bucket = S3(settings.bucket)
    deletion = Deletion(catalog, bucket, invalidation(settings.distribution_id))
    start_jobs = functools.partial(start_due, catalog, starter(settings.worker_function, logger))
    settle = functools.partial(sweep_stale, uploads)
    ask = functools.partial(ask_for_lost, catalog.assets, send_object_malware_scan) if settings.has_scans else no_scans
    return Sweep(
        catalog,
        bucket,
        publisher,
        send,
        settle,
        deletion.look_again,
        start_jobs=start_jobs,
        ask_for_scans=ask,
        catch_up=functools.partial(label_counters.catch_up, catalog),
    )


def handler(_event: Mapping[str, Any], context: Any) -> dict[str, int]:
    """Return counts of the work done."""
    database(settings.mongo)  # raises for one that has no schema any more
    counts = sweep().run(context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS)
    logger.info("sweep", extra=counts)
    return counts
