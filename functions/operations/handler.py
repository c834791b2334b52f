"""Operations function: queues, dead letters, failures and drift of the stage, for its operators."""

import functools

from aws_lambda_powertools import Logger

from foveal.api.gateway import Api
from foveal.aws import secrets
from foveal.aws.s3 import S3
from foveal.database import client
from foveal.operations.queues import queues_of
from foveal.operations.routes import operations
from foveal.operations.routes.services import Services, record_denial
from foveal.settings import Environment, OperationsSettings

settings = OperationsSettings.from_environment(Environment())
logger = Logger()
services = Services(
    database=lambda: client.database(settings.mongo),
    bucket=functools.cache(lambda: S3(settings.bucket)),
    queues=functools.cache(lambda: queues_of(settings.queues)),
    token_key=lambda: secrets.get_secret(settings.access.token_secret_arn).encode(),
    stage=settings.stage,
    stack=settings.stack,
    logger=logger,
)
api = Api(logger, lambda: settings.access, functools.partial(record_denial, logger))
operations.add(api, services)

handler = api
