"""Loopback server: waits on this machine for the redirect that ends a sign-in in the browser (RFC 8252, 7.3)."""

import hmac
import queue
import time
from collections.abc import Iterable, Mapping
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qsl, urlsplit

from foveal.client.errors import SignInError

LOOPBACK: Final = "127.0.0.1"
SOCKET_SECONDS: Final = 10
_PAGE: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Foveal</title>
<style>body {{ font: 17px/1.5 system-ui, sans-serif; margin: 20vh auto; max-width: 30rem; text-align: center }}</style>
<h1>{title}</h1><p>{text}</p></html>
"""
_HEADERS: Final = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "referrer-policy": "no-referrer",
}


class LoopbackServer:
    """A server on the first of the redirect URIs whose port is free; use it in a `with` block."""

    def __init__(self, redirect_uris: Iterable[str], state: str) -> None:
        """Listen. `state` is the value that the redirect has to bring. Raises SignInError if every port is taken."""
        self._answers: queue.SimpleQueue[Mapping[str, str]] = queue.SimpleQueue()
        self._server, self.redirect_uri = _listen(tuple(redirect_uris), _handler(self._answers, state))

    def wait(self, seconds: float) -> str:
        """Return the authorization code. Raises SignInError when none comes in time, or the issuer refused."""
        end = time.monotonic() + seconds
        try:
            answer = self._answers.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            raise SignInError(f"Nobody signed in within {seconds:g} s: run `foveal login` again.") from None
        if "code" not in answer:
            reason = answer.get("error_description") or answer.get("error") or "without a reason"
            raise SignInError(f"The issuer refused the sign-in: {reason}.")
        return answer["code"]

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # a browser opens connections ahead, and sends nothing on them
    allow_reuse_address = False  # two sign-ins at once must not share a port


def _listen(redirect_uris: tuple[str, ...], handler: type[BaseHTTPRequestHandler]) -> tuple[_Server, str]:
    for uri in redirect_uris:
        try:
            return _Server((LOOPBACK, urlsplit(uri).port or 80), handler), uri
        except OSError:
            continue
    ports = ", ".join(str(urlsplit(uri).port) for uri in redirect_uris)
    raise SignInError(f"No port is free for the answer of the browser ({ports}): end what listens there.")


def _handler(answers: "queue.SimpleQueue[Mapping[str, str]]", state: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = SOCKET_SECONDS

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query))
            if parts.path != "/callback":
                self._answer(404, "Not found", "Nothing is here.")
            elif not hmac.compare_digest(query.get("state", "").encode(), state.encode()):
                self._answer(400, "Not this sign-in", "This answer belongs to another sign-in; it changes nothing.")
            elif "code" in query:
                self._answer(200, "You are signed in", "Close this window and return to the terminal.")
                answers.put(query)
            else:
                reason = query.get("error_description") or query.get("error", "")
                self._answer(400, "The sign-in was refused", reason)
                answers.put(query)

        def _answer(self, status: int, title: str, text: str) -> None:
            body = _PAGE.format(title=escape(title), text=escape(text)).encode()
            self.send_response(status)
            for name, value in {**_HEADERS, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Write no log: the address holds the code."""

    return Handler
