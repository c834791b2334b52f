"""Routes of operators: state of the stage, redrive of dead letters, comparison of bucket and catalog."""

import functools
from datetime import UTC, datetime
from typing import Any, Final

from foveal.access.page_tokens import Position, Tokens
from foveal.api.documentation import documented
from foveal.api.gateway import Api, Request, Response
from foveal.aws.errors import AwsError
from foveal.aws.sqs import send_messages
from foveal.errors import AccessDenied, Conflict, Unprocessable
from foveal.objects.keys import is_project
from foveal.operations import drift, failures, metrics, queues
from foveal.operations.routes.answers import (
    Operations,
    ReconcileRequest,
    ReconcileStep,
    RedriveRequest,
    RedriveResult,
)
from foveal.operations.routes.services import Services
from foveal.stack_contract import MEDIA_PREFIX

STEP_SECONDS: Final = 15.0
"""Time of one call, of the 25 s of the function: a page more may follow, with its retries."""


def add(api: Api, services: Services) -> None:
    """Serve the routes of operators."""

    @api.route("GET /v1/operations")
    @documented(answer=Operations, problems=(AccessDenied,))
    def get_operations(request: Request) -> Response:
        """Return the state of the stage: queues, raised alarms, failures of the last day, jobs; for operators."""
        request.caller.require_operator()
        now, database = datetime.now(UTC), services.database()
        ages, alarms = _from_cloudwatch(services, now)
        shown = [
            {
                "name": queue.name,
                "waiting": (found := queues.depth(queue)).waiting,
                "in_flight": found.in_flight,
                "oldest_seconds": ages.get(queue.name),
                "dead_letters": found.dead_letters,
            }
            for queue in services.queues()
        ]
        failed = failures.failed_assets(database, now)
        body = {"stage": services.stage, "queues": shown, "alarms": alarms, "failures": failed}
        return Response({**body, "jobs": failures.jobs(database)})

    @api.route("POST /v1/operations/redrive")
    @documented(body=RedriveRequest, answer=RedriveResult, status=202, problems=(AccessDenied, Unprocessable))
    def redrive(request: Request) -> Response:
        """Move the dead letters of a queue back to it, after their cause was repaired; for operators.

        Messages that were handled in the meantime change nothing. Repeated, it tells how far the move is.
        """
        request.caller.require_operator()
        name = request.parse(RedriveRequest).queue
        result = queues.redrive(services.queue(name), STEP_SECONDS)
        services.record("redrive", request, queue=name, found=result.found)
        return Response({"queue": name, "state": result.state, "found": result.found, "moved": result.moved}, 202)

    @api.route("POST /v1/operations/reconcile")
    @documented(body=ReconcileRequest, answer=ReconcileStep, problems=(AccessDenied, Conflict))
    def reconcile(request: Request) -> Response:
        """Compare a part of the bucket with the catalog, and on demand have ingest recheck what differs; for operators.

        One call takes up to 20 seconds; a client calls again with `next_token` until it is null, and adds up.
        """
        request.caller.require_operator()
        wanted = request.parse(ReconcileRequest)
        tokens = Tokens.of(services.token_key(), "reconcile", wanted.prefix, wanted.repair)
        send = functools.partial(send_messages, services.queue("ingest").url) if wanted.repair else None
        markers: Any = tuple(tokens.read(wanted.next_token).value) if wanted.next_token else None
        found = drift.step(services.bucket(), services.database(), wanted.prefix, markers, STEP_SECONDS, send)
        if markers is None:
            services.record("reconcile", request, _project_of(wanted.prefix), repair=int(wanted.repair))
        return Response(
            {
                "keys": found.keys,
                "recent": found.recent,
                "drift": found.drift,
                "examples": [{"key": key, "drift": kind} for key, kind in found.examples],
                "next_token": tokens.sign(Position(list(found.markers), "")) if found.markers else None,
            }
        )


def _project_of(prefix: str) -> str:
    """Return the project that a prefix names, empty for one that names none."""
    name = prefix.removeprefix(MEDIA_PREFIX).partition("/")[0]
    return name if is_project(name) else ""


def _from_cloudwatch(services: Services, now: datetime) -> tuple[dict[str, int | None], list[dict[str, Any]] | None]:
    """Return the ages of the oldest messages and the raised alarms; the rest of the page does not wait for them."""
    try:
        return metrics.oldest_seconds(services.queues(), now), metrics.raised_alarms(services.stack)
    except AwsError as error:
        services.logger.warning("no metrics", extra={"operation": error.operation, "code": error.code})
        return {}, None
