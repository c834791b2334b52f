"""Entry point of the versions function: list, revert, delete, restore and retrieve the versions of an asset."""

import functools

from aws_lambda_powertools import Logger

from foveal.api.gateway import Api
from foveal.aws.s3 import S3
from foveal.database import client
from foveal.delivery.routes import versions
from foveal.delivery.routes.services import Services
from foveal.settings import Environment, VersionsSettings

logger = Logger()
settings = VersionsSettings.from_environment(Environment())
services = Services(
    database=lambda: client.database(settings.mongo),
    bucket=functools.cache(lambda: S3(settings.bucket)),
    logger=logger,
)
api = Api(logger, lambda: settings.access)
versions.add(api, services)

handler = api
