"""What is known about assets: search, aggregates, annotations, label schemas, views, embeddings."""

import functools

from aws_lambda_powertools import Logger
from pymongo.database import Database

from foveal.api.gateway import Api
from foveal.aws import secrets
from foveal.aws.eventbridge import put_events
from foveal.aws.s3 import S3
from foveal.catalog.annotations.mask_objects import BucketMasks, MaskStore
from foveal.catalog.routes import annotations, assets, label_schemas, search, similarity
from foveal.catalog.routes.services import Services
from foveal.catalog.vectors.engines import engine_of
from foveal.database import client
from foveal.events import Publisher
from foveal.events.prompt import PromptPublisher
from foveal.settings import CatalogSettings, Environment


@functools.cache
def settings() -> CatalogSettings:
    return CatalogSettings.from_environment(Environment())


def database() -> Database[client.Document]:
    return client.database(settings().mongo)


@functools.cache
def masks() -> MaskStore | None:
    bucket = Environment().optional("MEDIA_BUCKET")
    return None if bucket is None else BucketMasks(S3(bucket))


@functools.cache
def announcer() -> PromptPublisher:
    return PromptPublisher(Publisher(settings().event_bus, put_events), lambda: database().assets, logger)


logger = Logger()
services = Services(
    database=database,
    token_key=lambda: secrets.get_secret(settings().access.token_secret_arn).encode(),
    masks=masks,
    publish_events=lambda asset_ids: announcer().publish(asset_ids),
    engine=lambda: engine_of(Environment().optional("VECTOR_ENGINE"), database()),
)
api = Api(logger, lambda: settings().access)
for routes in (assets, search, annotations, label_schemas, similarity):
    routes.add(api, services)

handler = api
