"""Catalog of assets: search, aggregates, annotations, label schemas, saved views, embeddings."""

import functools

from aws_lambda_powertools import Logger

from foveal.api.gateway import Api
from foveal.aws import secrets
from foveal.aws.eventbridge import put_events
from foveal.aws.s3 import S3
from foveal.catalog.annotations.rasters.mask_objects import BucketMasks
from foveal.catalog.routes import (
    account,
    annotations,
    asset_annotations,
    assets,
    bulk_annotations,
    documents,
    label_schemas,
    search,
    similarity,
    views,
)
from foveal.catalog.routes.services import Services
from foveal.catalog.vectors.configured import configured_engine
from foveal.database import client
from foveal.events.outbox import Publisher
from foveal.events.prompt import PromptPublisher
from foveal.settings import CatalogSettings, Environment

settings = CatalogSettings.from_environment(Environment())
logger = Logger()
publisher = PromptPublisher(
    Publisher(settings.event_bus, put_events), lambda: client.database(settings.mongo).assets, logger
)
masks = functools.cache(lambda: BucketMasks(S3(settings.bucket)))
services = Services(
    database=lambda: client.database(settings.mongo),
    token_key=lambda: secrets.get_secret(settings.access.token_secret_arn).encode(),
    engine=lambda: configured_engine(settings.vector_engine, client.database(settings.mongo)),
    masks=lambda: masks(),
    publish_events=lambda asset_ids: publisher.publish(asset_ids),
)
api = Api(logger, lambda: settings.access)
for routes in (assets, search, asset_annotations, annotations, bulk_annotations, label_schemas, views, similarity):
    routes.add(api, services)
account.add(api)
documents.add(api)

handler = api
