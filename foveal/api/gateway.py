"""The HTTP boundary of a function: dispatch by route key, and the one place where errors become answers.

API Gateway has matched the route and verified the token before a function is called, so dispatch is one look-up of
`routeKey` (HTTP API, payload format 2.0); a routing library would only do the same work again, at every cold start.
"""

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from aws_lambda_powertools import Logger
from pymongo.errors import AutoReconnect, ExecutionTimeout, NetworkTimeout, ServerSelectionTimeoutError

from foveal.access.caller import Caller
from foveal.access.origin import require_origin
from foveal.api.claims import caller_of
from foveal.encoding.json_text import answer_bytes, dumps
from foveal.errors import (
    EntityTooLarge,
    InternalError,
    InvalidRequest,
    NotFound,
    Problem,
    QueryTooExpensive,
    ServiceUnavailable,
)
from foveal.settings import AccessSettings
from foveal.validation.models import ModelType, validated

RETRY_AFTER_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: a body that is JSON, text or nothing, and what goes around it."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()


class Request:
    """A request to a route: path parameters, query, headers, body, and the caller."""

    def __init__(self, event: Mapping[str, Any], access: AccessSettings) -> None:
        self._event, self._access = event, access
        self.path: Mapping[str, str] = event.get("pathParameters") or {}
        self.query: Mapping[str, str] = event.get("queryStringParameters") or {}
        self.headers: Mapping[str, str] = event.get("headers") or {}

    @property
    def query_pairs(self) -> list[tuple[str, str]]:
        """Names and values of the query in their order; in `query` the gateway joins repeated ones with commas."""
        return parse_qsl(self._event.get("rawQueryString", ""), keep_blank_values=True)

    @property
    def caller(self) -> Caller:
        """The caller, from its token. Raises Unauthenticated; public routes never ask."""
        return caller_of(self._event, self._access)

    @property
    def has_body(self) -> bool:
        """Tell whether a body was sent."""
        return bool(self._event.get("body"))

    def json(self) -> Any:
        """Return the body as JSON values. Raises InvalidRequest for anything that is not strict JSON in UTF-8."""
        raw = self._event.get("body") or ""
        try:
            text = base64.b64decode(raw).decode() if self._event.get("isBase64Encoded") else raw
            value = json.loads(text, parse_constant=_refuse_constant)
            if "\\ud" in text.lower():
                json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise InvalidRequest("The body must be JSON in UTF-8.") from None
        return value

    def parse(self, model: type[ModelType]) -> ModelType:
        """Return the body as a model. Raises InvalidRequest with `errors`, one for each field that is wrong."""
        return validated(model, self.json())


_LIMIT_BYTES: Final = 6 * 2**20 - 2**14
"""Lambda's limit for an answer (its quotas, "Invocation payload"), less room for status, headers and cookies. What is
cut to fit aims at `MAX_ANSWER_BYTES`, which is lower."""
_MAX_UTF_8_BYTES: Final = 4
Route = Callable[[Request], Response]
OnProblem = Callable[[Request, str, Problem], None]
"""Is told of each problem that a route raises, with the request and the route key."""


class Api:
    """The routes of one function; an instance is the function's entry point."""

    def __init__(
        self, logger: Logger, access: Callable[[], AccessSettings], on_problem: OnProblem = lambda *_: None
    ) -> None:
        self._logger, self._access, self._on_problem = logger, access, on_problem
        self.routes: dict[str, Route] = {}

    def route(self, key: str) -> Callable[[Route], Route]:
        """Serve a route key, for example `GET /v1/assets/{asset_id}`."""

        def register(route: Route) -> Route:
            self.routes[key] = route
            return route

        return register

    def __call__(self, event: Mapping[str, Any], _context: object) -> dict[str, Any]:
        started, key = time.perf_counter(), str(event.get("routeKey", ""))
        self._logger.set_correlation_id(_request_id(event))
        payload = self._answer(key, event)
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        self._logger.info(
            "request", extra={"route": key, "status": payload["statusCode"], "milliseconds": milliseconds}
        )
        return payload

    def _answer(self, key: str, event: Mapping[str, Any]) -> dict[str, Any]:
        try:
            access = self._access()
            require_origin(event.get("headers") or {}, access.origin_key_arns)
            request = Request(event, access)
            try:
                return _fitting(_payload(self.routes.get(key, _no_such_route)(request)))
            except Problem as problem:
                self._on_problem(request, key, problem)
                raise
        except Problem as problem:
            refused = problem
        except (ServerSelectionTimeoutError, AutoReconnect, NetworkTimeout) as error:
            self._logger.error("database not reachable", extra={"error_type": type(error).__name__})
            refused = ServiceUnavailable("The catalog is not reachable for the moment; try again.")
        except ExecutionTimeout:
            refused = QueryTooExpensive("The query took too long; narrow it by project fields, time or labels.")
        except Exception as error:
            self._logger.exception("unexpected", extra={"error_type": type(error).__name__})
            refused = InternalError("Something went wrong here; quote the request id.")
        payload = _payload(problem_response(refused, _request_id(event)))
        if _fits(payload):
            return payload
        return _payload(problem_response(type(refused)(refused.detail), _request_id(event)))


def _no_such_route(_request: Request) -> Response:
    raise NotFound("There is no such route; GET /v1/openapi.json lists all of them.")


def problem_response(problem: Problem, request_id: str) -> Response:
    """Return a problem as `application/problem+json` (RFC 9457)."""
    headers = {"content-type": "application/problem+json"}
    if problem.status == ServiceUnavailable.status:
        headers["retry-after"] = str(RETRY_AFTER_SECONDS)
    return Response({**problem.document(), "request_id": request_id}, problem.status, headers)


def _payload(response: Response) -> dict[str, Any]:
    payload: dict[str, Any] = {"statusCode": response.status, "headers": {"cache-control": "no-store"}}
    if isinstance(response.body, str):
        payload["body"] = response.body
    elif response.body is not None:
        payload["body"] = dumps(response.body)
        payload["headers"]["content-type"] = "application/json"
    payload["headers"].update(response.headers)
    if response.cookies:
        payload["cookies"] = list(response.cookies)
    return payload


def _fitting(payload: dict[str, Any]) -> dict[str, Any]:
    """Return an answer. Raises EntityTooLarge for one that Lambda would not pass on."""
    if not _fits(payload):
        raise EntityTooLarge(
            f"The answer is larger than {_LIMIT_BYTES} bytes: ask for a smaller page, or only for some `fields`. "
            "What the request had to change is changed."
        )
    return payload


def _fits(payload: Mapping[str, Any]) -> bool:
    text = str(payload.get("body", ""))
    return len(text) <= _LIMIT_BYTES // _MAX_UTF_8_BYTES or answer_bytes(text) <= _LIMIT_BYTES


def _request_id(event: Mapping[str, Any]) -> str:
    return str(event.get("requestContext", {}).get("requestId", ""))


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
