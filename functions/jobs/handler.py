"""Jobs function: progress and stop of long work, which the function `worker` does; versions of data sets."""

import functools

from aws_lambda_powertools import Logger

from foveal.api.gateway import Api
from foveal.aws import secrets
from foveal.aws.s3 import S3
from foveal.database import client
from foveal.datasets.routes import contents, versions
from foveal.exports.routes import exports
from foveal.imports.routes import imports
from foveal.jobs.routes import jobs
from foveal.jobs.routes.services import Services
from foveal.jobs.start import starter
from foveal.objects.buckets import Buckets, import_buckets
from foveal.settings import Environment, JobsSettings

settings = JobsSettings.from_environment(Environment())
logger = Logger()
bucket = functools.cache(lambda: S3(settings.bucket))
services = Services(
    database=lambda: client.database(settings.mongo),
    token_key=lambda: secrets.get_secret(settings.access.token_secret_arn).encode(),
    bucket=bucket,
    start=starter(settings.worker_function, logger),
)
api = Api(logger, lambda: settings.access)
for routes in (jobs, exports, versions):
    routes.add(api, services)
imports.add(api, services, functools.cache(lambda: Buckets(bucket(), import_buckets(settings.import_buckets))))
contents.add(api, services, settings.noncurrent_expire_after_days)

handler = api
