"""Functions behind a gateway: a WSGI application that matches routes and makes events as API Gateway does."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, unquote
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from foveal.api.gateway import Api
from foveal.api.openapi import document
from foveal.stack_contract import DEFAULT_ROUTE, PUBLIC_ROUTES
from tests.gateway import claims, gateway_event

TOKEN = "token"


class Gateway:
    """Serves functions and, at `/openapi.json`, their document; the bearer of `TOKEN` has the given groups."""

    def __init__(self, functions: Mapping[str, Api], groups: str) -> None:
        self._claims = claims(groups, "ann")
        self._document = document(functions)
        self._apis = {key: api for api in functions.values() for key in api.routes}
        self._routes = [(key, _pattern(key)) for key in sorted(self._apis, key=lambda key: (key.count("{"), key))]
        self._default = next(iter(functions.values()))

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
        return self._call(DEFAULT_ROUTE, {}, environment)

    def _call(
        self, key: str, parameters: dict[str, str], environment: dict[str, Any]
    ) -> tuple[int, dict[str, str], bytes]:
        is_signed_in = environment.get("HTTP_AUTHORIZATION") == f"Bearer {TOKEN}"
        if key not in {*PUBLIC_ROUTES, DEFAULT_ROUTE} and not is_signed_in:
            return 401, {"content-type": "application/json"}, b'{"message":"Unauthorized"}'
        body = environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0))
        event = gateway_event(
            key,
            {name: unquote(value) for name, value in parameters.items()},
            body,
            query=dict(parse_qsl(environment.get("QUERY_STRING", ""), keep_blank_values=True)),
            headers=_headers(environment),
            authorized=self._claims if is_signed_in else None,
        )
        answer = self._apis.get(key, self._default)(event, None)
        return answer["statusCode"], answer["headers"], (answer.get("body") or "").encode()


def _headers(environment: Mapping[str, Any]) -> dict[str, str]:
    return {name[5:].replace("_", "-").lower(): text for name, text in environment.items() if name.startswith("HTTP_")}


def _pattern(key: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(key)), re.DOTALL)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Write no log."""


@contextmanager
def served(application: Gateway) -> Iterator[str]:
    """Serve an application on a loopback port; yield its address."""
    server = make_server("127.0.0.1", 0, application, server_class=_Server, handler_class=_Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
