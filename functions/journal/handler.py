"""Journal function, on a schedule: what changed in the catalog goes into the bucket."""

import functools
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aws_lambda_powertools import Logger

from foveal.aws.s3 import S3
from foveal.database.client import connect, uri_of
from foveal.journal.recorder import Recorder
from foveal.settings import Environment, JournalSettings

RUN_SECONDS = 30  # with the schedule of a minute, a change waits half a minute at most
logger = Logger()
settings = JournalSettings.from_environment(Environment())


@functools.cache
def recorder() -> Recorder:
    return Recorder(
        connect(uri_of(settings.mongo), settings.mongo.database),
        S3(settings.bucket),
        timedelta(days=settings.snapshot_every_days),
        timedelta(days=settings.retention_days),
    )


def handler(event: Mapping[str, Any], _context: object) -> dict[str, float]:
    """Return the counts of a run; `{"seconds": 5}` makes it shorter. The recorder tells of a database that was lost."""
    counts = recorder().run(event.get("seconds", RUN_SECONDS)).counts()
    logger.info("journal", extra=counts)
    return counts
