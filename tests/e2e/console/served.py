"""The built console on a server of its own at a listed origin, under its Content-Security-Policy, signed in.

The person's token comes to the page as from another tab of theirs, so that no sign-in page is needed; every request
of the page goes to the real stack.
"""

import functools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext

from tests.e2e.page_server import STAGE
from tests.e2e.stack import Caller, Stack
from tools.node import script

WEB: Final = Path(__file__).resolve().parents[3] / "web"
DIST: Final = WEB / "console/dist"
TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
OTHER_TAB: Final = """
  const tokens = %s
  const channel = new BroadcastChannel('foveal.session')
  navigator.locks.request('foveal.tab', { mode: 'shared' }, () => new Promise(() => {}))
  const tell = () => channel.postMessage({ kind: 'tokens', tokens })
  const telling = setInterval(tell, 10) // also before the page asks: it waits for 150 ms, which a busy machine exceeds
  setTimeout(() => clearInterval(telling), 10000)
"""


@functools.cache
def build() -> None:
    """Build the console as it is published."""
    script(WEB, "build")


@contextmanager
def served_console(stack: Stack) -> Iterator[str]:
    """Serve the built console beside a stack; yields its address, that ends with `/console/`."""
    build()
    server = _server(stack)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{server.origin}/console/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def signed_in(browser: Browser, caller: Caller, name: str = "Ada", **options: Any) -> BrowserContext:
    """Return a browser context in which another tab of the caller is signed in."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
    tokens = {"accessToken": caller.token, "name": name, "expiresAt": 10**14}
    context.add_init_script(OTHER_TAB % json.dumps(tokens))
    return context


class _ConsoleServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, settings: str, policy: str) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.origin = f"http://127.0.0.1:{self.server_address[1]}"
        self.settings, self.policy = settings, policy


class _Handler(BaseHTTPRequestHandler):
    server: _ConsoleServer

    def do_GET(self) -> None:
        path = urlsplit(self.path).path.removeprefix("/console/")
        file = DIST / path
        if path == "config.json":
            content_type, body = "application/json", self.server.settings.encode()
        else:
            file = file if path and file.is_file() else DIST / "index.html"
            content_type, body = TYPES.get(file.suffix, "application/octet-stream"), file.read_bytes()
        self.send_response(200)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.send_header("content-security-policy", self.server.policy)
        self.send_header("cross-origin-opener-policy", "same-origin")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Write no log."""


def _server(stack: Stack) -> _ConsoleServer:
    import tomllib

    origins = [urlsplit(each) for each in tomllib.loads(STAGE.read_text())["allowed_origins"]]
    ports = [each.port for each in origins if each.hostname == "127.0.0.1" and each.port]
    for port in ports:
        try:
            return _ConsoleServer(port, _settings(stack), _policy(stack))
        except OSError:  # the port is in use
            continue
    raise OSError(f"all of the ports {ports} are in use")


def _settings(stack: Stack) -> str:
    client = Caller(stack, None).call("GET", "/v1/client-config").json()["sign_in"]
    sign_in = {name: client[name] for name in ("issuer", "discovery_url", "client_id", "scopes")}
    return json.dumps({"api": stack.values["api_url"], "stage": "dev", "sign_in": sign_in})


def _policy(stack: Stack) -> str:
    """Return the policy of section 4 of the console's design; here API, media and bucket have origins of their own."""
    instance = stack.instance
    api, media = stack.values["api_url"], f"http://127.0.0.1:{instance.cdn_port}"
    bucket = f"http://127.0.0.1:{instance.aws_port} http://*.localhost:{instance.aws_port}"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "style-src 'self'",
            f"img-src 'self' blob: data: {media}",
            f"media-src 'self' blob: {media}",
            f"connect-src 'self' {api} {media} {bucket}",
            "worker-src 'self'",
            "font-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
        )
    )
