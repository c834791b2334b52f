"""The routes of uploads: parse, one call into the domain, shape the answer. One file for each kind of client."""

from collections.abc import Callable
from dataclasses import dataclass

from aws_lambda_powertools import Logger

from foveal.uploads.backend import Backend


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with, made on first use."""

    backend: Callable[[], Backend]
    token_secret: Callable[[], str]
    logger: Logger
