"""Worker function: does one job, or goes on with it, as far as its time allows."""

import functools
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from foveal.aws.eventbridge import put_events
from foveal.aws.s3 import S3
from foveal.catalog.annotations.rasters.mask_objects import BucketMasks
from foveal.database.client import database
from foveal.datasets.making.version_job import job_kind as version_jobs
from foveal.events.outbox import Publisher
from foveal.exports.run import ExportJobs
from foveal.imports.bucket.run import BucketImportJobs
from foveal.imports.run import ImportJobs
from foveal.jobs.run import Kind, run
from foveal.objects.buckets import Buckets, import_buckets
from foveal.settings import Environment, WorkerSettings

RESERVE_SECONDS = 60  # for the range that a job is at when its time is up
logger = Logger()
settings = WorkerSettings.from_environment(Environment())
bucket = functools.cache(lambda: S3(settings.bucket))
masks = functools.cache(lambda: BucketMasks(bucket()))
import_jobs = ImportJobs(lambda: database(settings.mongo), bucket, masks)
export_jobs = ExportJobs(lambda: database(settings.mongo), bucket, masks)
buckets = functools.cache(lambda: Buckets(bucket(), import_buckets(settings.import_buckets)))
bucket_jobs = BucketImportJobs(lambda: database(settings.mongo), buckets)
kinds: dict[str, Kind] = {
    "import": import_jobs.import_,
    "import_undo": import_jobs.undo,
    "bucket_import": bucket_jobs.import_,
    "export": export_jobs.export,
    "dataset_version": version_jobs(lambda: database(settings.mongo), bucket),
}


def handler(event: Mapping[str, Any], context: Any) -> dict[str, str]:
    """Return the state of the job `{"job_id": …}`; what is left of one that is `queued` is continued by `sweep`."""
    seconds = context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
    catalog = database(settings.mongo)
    state = run(catalog, event["job_id"], kinds, seconds, logger)
    Publisher(settings.event_bus, put_events).publish(catalog.jobs, {"_id": event["job_id"]})
    logger.info("job", extra={"job_id": event["job_id"], "state": state})
    return {"job_id": event["job_id"], "state": state}
