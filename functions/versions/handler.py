"""Entry point of the versions function: list, revert, delete, restore and retrieve the versions of an asset."""

import functools

from aws_lambda_powertools import Logger

from foveal.api.gateway import Api
from foveal.aws.guardduty import send_object_malware_scan
from foveal.aws.s3 import S3
from foveal.aws.sqs import send_messages
from foveal.database import client
from foveal.delivery.deletion import Deletion
from foveal.delivery.edge_copies import invalidation
from foveal.delivery.routes import versions
from foveal.delivery.routes.services import VersionServices, record_denial
from foveal.scanning.routes import scans
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


def stage_scans() -> scans.Scans | None:
    if not settings.scan_queue_url:
        return None
    queue_url = settings.scan_queue_url
    return scans.Scans(lambda message: send_messages(queue_url, [message]), send_object_malware_scan)


api = Api(logger, lambda: settings.access, functools.partial(record_denial, logger))
versions.add(api, services)
scans.add(api, services, stage_scans)

handler = api
