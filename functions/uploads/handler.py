"""Entry point of the uploads function: tickets for S3, parts, completion, routes of Uppy, client configuration."""

import functools

from aws_lambda_powertools import Logger
from pymongo.database import Database

from foveal.api.gateway import Api
from foveal.aws import credentials, secrets
from foveal.database import client
from foveal.database.client import Document
from foveal.settings import Environment, UploadsSettings
from foveal.uploads.backend import Backend
from foveal.uploads.limits import UploadLimits
from foveal.uploads.routes import client_config, companion, uploads, uppy
from foveal.uploads.routes.client_config import SignInClient
from foveal.uploads.routes.services import Services

logger = Logger()
settings = UploadsSettings.from_environment(Environment())


@functools.cache
def limits() -> UploadLimits:
    return UploadLimits.model_validate_json(settings.limits)


@functools.cache
def backend_of(database: Database[Document]) -> Backend:
    return Backend(database, settings.bucket, credentials.region(), limits())


def sign_in() -> SignInClient | None:
    return SignInClient.model_validate_json(settings.sign_in) if settings.sign_in else None


services = Services(
    backend=lambda: backend_of(client.database(settings.mongo)),
    token_secret=lambda: secrets.get_secret(settings.access.token_secret_arn),
    logger=logger,
)
api = Api(logger, lambda: settings.access)
for routes in (uploads, uppy, companion):
    routes.add(api, services)
client_config.add(api, limits, sign_in, settings.issuer_origin)

handler = api
