"""The function behind a gateway: a WSGI application that matches routes and makes events as API Gateway does."""

import json
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

from foveal.api.gateway import Api
from foveal.api.openapi import document
from foveal.stack_contract import PUBLIC_ROUTES
from tests.gateway import gateway_event

CLAIMS = {"sub": "ann", "cognito:groups": "[zoo:editor]"}


class Gateway:
    """Serves one function and, at `/openapi.json`, its document."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._document = document({"uploads": api})
        self._routes = [(key, _pattern(key)) for key in sorted(api.routes, key=lambda key: (key.count("{"), key))]

    def __call__(self, environment: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        status, headers, body = self._answer(environment)
        start(f"{status} {HTTPStatus(status).phrase}", list(headers.items()))
        return [body]

    def _answer(self, environment: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        path = environment["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        if path == "/openapi.json":
            return 200, {"content-type": "application/json"}, json.dumps(self._document).encode()
        for key, pattern in self._routes:
            found = pattern.fullmatch(f"{environment['REQUEST_METHOD']} {path}")
            if found:
                return self._call(key, found.groupdict(), environment)
        return 404, {"content-type": "application/problem+json"}, _problem(404)

    def _call(
        self, key: str, parameters: dict[str, str], environment: dict[str, Any]
    ) -> tuple[int, dict[str, str], bytes]:
        is_signed_in = environment.get("HTTP_AUTHORIZATION", "").startswith("Bearer ")
        if key not in PUBLIC_ROUTES and not is_signed_in:
            return 401, {"content-type": "application/problem+json"}, _problem(401)
        body = environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0))
        event = gateway_event(
            key,
            {name: unquote(value) for name, value in parameters.items()},
            body,
            query=dict(parse_qsl(environment.get("QUERY_STRING", ""), keep_blank_values=True)),
            authorized=CLAIMS if is_signed_in else None,
        )
        answer = self._api(event, None)
        return answer["statusCode"], answer["headers"], (answer.get("body") or "").encode()


def _pattern(key: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(key)), re.DOTALL)


def _problem(status: int) -> bytes:
    title = HTTPStatus(status).phrase
    return json.dumps({"type": "t", "title": title, "status": status, "code": title, "detail": title}).encode()
