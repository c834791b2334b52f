"""What is known about assets: search, aggregates, annotations, embeddings."""

import functools

from aws_lambda_powertools import Logger

from foveal import mongo
from foveal.api import Api
from foveal.aws import secrets
from foveal.catalog.routes import Services, annotations, assets, searching
from foveal.settings import CatalogSettings, Environment


@functools.cache
def settings() -> CatalogSettings:
    return CatalogSettings.from_environment(Environment())


services = Services(
    database=lambda: mongo.database(settings().mongo),
    token_key=lambda: secrets.get_secret(settings().access.token_secret_arn).encode(),
)
api = Api(Logger(), lambda: settings().access)
for routes in (assets, searching, annotations):
    routes.add(api, services)

handler = api
