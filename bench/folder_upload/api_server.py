"""The routes that `foveal upload` calls, over HTTP: `python -m bench.folder_upload.api_server PORT`."""

import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from functions.uploads import handler
from tests.gateway import claims, gateway_event

ROUTES = {key: re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(key))) for key in handler.api.routes}
ME = b'{"subject": "bench", "projects": [{"name": "bench", "role": "editor"}]}'


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/v1/me":  # of the catalog's function; it reads the token alone
            self._answer(200, ME)
        else:
            self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        for key, pattern in ROUTES.items():
            if found := pattern.fullmatch(f"{self.command} {self.path}"):
                path = {name: unquote(value) for name, value in found.groupdict().items()}
                event = gateway_event(key, path, body, authorized=claims("bench:editor"))
                answer: dict[str, Any] = handler.handler(event, None)
                self._answer(answer["statusCode"], (answer.get("body") or "").encode())
                return
        self._answer(404, b"{}")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Server).serve_forever()
