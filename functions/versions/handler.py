"""Entry point of the versions function: list, revert, delete, restore and retrieve the versions of an asset."""

import functools

from aws_lambda_powertools import Logger

from foveal.api.gateway import Api
from foveal.aws.s3 import S3
from foveal.database import client
from foveal.delivery.deletion import Deletion, invalidation
from foveal.delivery.routes import versions
from foveal.delivery.routes.services import VersionServices, record_denial
from foveal.settings import Environment, VersionsSettings

logger = Logger()
settings = VersionsSettings.from_environment(Environment())
bucket = functools.cache(lambda: S3(settings.bucket))
database = functools.partial(client.database, settings.mongo)
services = VersionServices(
    database=database,
    bucket=bucket,
    logger=logger,
    deletion=lambda: Deletion(database(), bucket(), invalidation(settings.distribution_id)),
)
api = Api(logger, lambda: settings.access, functools.partial(record_denial, logger))
versions.add(api, services)

handler = api
