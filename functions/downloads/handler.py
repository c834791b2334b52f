"""Entry point of the downloads function: signed URLs, also of what a search finds, stable addresses, signed cookies."""

import functools

from aws_lambda_powertools import Logger

from foveal.api.gateway import Api
from foveal.aws import secrets
from foveal.aws.s3 import S3
from foveal.database import client
from foveal.delivery.derivatives import Derivatives
from foveal.delivery.links import ImportedLinks, links
from foveal.delivery.routes import downloads, found, viewers
from foveal.delivery.routes.services import DownloadServices, record_denial
from foveal.derivatives.recipes import Renditions
from foveal.objects.buckets import Buckets, import_buckets
from foveal.settings import DownloadsSettings, Environment

logger = Logger()
settings = DownloadsSettings.from_environment(Environment())
bucket = functools.cache(lambda: S3(settings.bucket))
buckets = functools.cache(lambda: Buckets(bucket(), import_buckets(settings.import_buckets)))


@functools.cache
def derivatives() -> Derivatives:
    renditions = Renditions.from_json(settings.renditions)
    return Derivatives(services.database(), buckets(), renditions, settings.render_function)


services = DownloadServices(
    database=lambda: client.database(settings.mongo),
    bucket=bucket,
    buckets=buckets,
    logger=logger,
    token_key=lambda: secrets.get_secret(settings.access.token_secret_arn).encode(),
    links=lambda: links(settings),
    imported_links=functools.cache(lambda: ImportedLinks(buckets(), settings.url_window_seconds)),
    derivatives=derivatives,
    url_ttl_seconds=lambda: settings.url_ttl_seconds,
    url_window_seconds=lambda: settings.url_window_seconds,
)
api = Api(logger, lambda: settings.access, functools.partial(record_denial, logger))
downloads.add(api, services)
found.add(api, services)
viewers.add(api, services)

handler = api
