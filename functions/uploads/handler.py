"""Entry point of the uploads function: tickets for S3, parts, completion, and the routes of Uppy."""

import functools

from aws_lambda_powertools import Logger

from foveal.api.gateway import Api
from foveal.aws import credentials, secrets
from foveal.database import client
from foveal.settings import Environment, UploadsSettings
from foveal.uploads.backend import Backend
from foveal.uploads.limits import UploadLimits
from foveal.uploads.routes import companion, uploads, uppy
from foveal.uploads.routes.services import Services

logger = Logger()
settings = UploadsSettings.from_environment(Environment())


@functools.cache
def backend() -> Backend:
    limits = UploadLimits.model_validate_json(settings.limits)
    return Backend(client.database(settings.mongo), settings.bucket, credentials.region(), limits)


services = Services(
    backend=backend,
    token_secret=lambda: secrets.get_secret(settings.access.token_secret_arn),
    logger=logger,
)
api = Api(logger, lambda: settings.access)
for routes in (uploads, uppy, companion):
    routes.add(api, services)

handler = api
