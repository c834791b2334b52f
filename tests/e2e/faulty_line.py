"""A line between a device and the API: it relays calls, issues the device's tokens, and can be cut."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2

LIFETIME_SECONDS = 3600
PASSED_ON = ("authorization", "content-type")


class Line(BaseHTTPRequestHandler):
    """Relay of one test; `is_up` and `tokens` (how many were issued) stand on the class."""

    protocol_version = "HTTP/1.1"
    is_up = True
    tokens = 0
    target: str
    token: str

    def do_POST(self) -> None:
        """Relay a call, issue a token, or hang up."""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        line = type(self)
        if not line.is_up:
            self.close_connection = True
        elif self.path == "/token":
            line.tokens += 1
            self._answer(200, json.dumps({"access_token": line.token, "expires_in": LIFETIME_SECONDS}).encode())
        else:
            headers = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
            answer = httpx2.request(self.command, line.target + self.path, content=body, headers=headers, timeout=60)
            self._answer(answer.status_code, answer.content, answer.headers.get("content-type", ""))

    def do_GET(self) -> None:
        """Relay a call."""
        self.do_POST()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing: clients that are killed hang up."""


@contextmanager
def line(target: str, token: str) -> Iterator[tuple[type[Line], str]]:
    """Open a line to an API; yield its class and its address."""
    made = type("OpenLine", (Line,), {"target": target, "token": token})
    server = _Server(("127.0.0.1", 0), made)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
