"""Services of the upload routes: database and bucket, token secret and logger, each made on first use."""

from collections.abc import Callable
from dataclasses import dataclass

from aws_lambda_powertools import Logger

from foveal.uploads.backend import Backend


@dataclass(frozen=True, slots=True)
class Services:
    """Services that the routes of uploads need."""

    backend: Callable[[], Backend]
    token_secret: Callable[[], str]
    logger: Logger
