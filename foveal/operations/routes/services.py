"""Services of the routes of operators: database, bucket, queues, key of page tokens, audit records."""

from collections.abc import Callable
from dataclasses import dataclass

from aws_lambda_powertools import Logger
from pymongo.database import Database

from foveal.access import audit
from foveal.api.gateway import Request
from foveal.aws.s3 import S3
from foveal.database.client import Document
from foveal.errors import AccessDenied, Problem, Unprocessable
from foveal.operations.queues import Queue


@dataclass(frozen=True, slots=True)
class Services:
    """Services that the routes of operators need."""

    database: Callable[[], Database[Document]]
    bucket: Callable[[], S3]
    queues: Callable[[], tuple[Queue, ...]]
    token_key: Callable[[], bytes]
    stage: str
    stack: str
    logger: Logger

    def queue(self, name: str) -> Queue:
        """Return a queue by its name. Raises Unprocessable for one of an option that the stage has switched off."""
        found = next((each for each in self.queues() if each.name == name), None)
        if found is None:
            raise Unprocessable(f"This stage has no queue {name}: its option is switched off.")
        return found

    def record(self, action: audit.Action, request: Request, project: str = "", **facts: str | int | None) -> None:
        """Write an audit record in the operator's name."""
        audit.record_of(self.logger, action, request.caller.subject, project, (), **facts)


def record_denial(logger: Logger, request: Request, route: str, problem: Problem) -> None:
    """Write an audit record of a call by somebody who is no operator."""
    if isinstance(problem, AccessDenied):
        audit.record_of(logger, "denied", request.caller.subject, "", (), route=route, code=problem.code)
