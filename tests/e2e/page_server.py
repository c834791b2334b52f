"""Test pages on a real HTTP server of a real origin.

A page that Playwright answers itself (`page.route`) proves nothing about CORS: from the first route on, Playwright
also answers every preflight of the page, whatever its headers.
"""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final
from urllib.parse import urlsplit

Files = Mapping[str, tuple[str, str]]
"""Content type and body of each path; `/` is the page for every other path."""

STAGE: Final = Path(__file__).parents[2] / "stages/dev.toml"  # the stage that the local stack deploys


class PageServer(ThreadingHTTPServer):
    """Serves some files on a loopback port. `origin` is the origin of its pages."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, host: str, port: int, files: Files) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.files, self.origin = files, f"http://{host}:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: PageServer

    def do_GET(self) -> None:
        files = self.server.files
        content_type, text = files.get(urlsplit(self.path).path) or files["/"]
        body = text.encode()
        self.send_response(200)
        self.send_header("content-type", f"{content_type}; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Write no log."""


@contextmanager
def listed_page(files: Files, host: str = "127.0.0.1") -> Iterator[PageServer]:
    """Serve files at an origin that the stage allows. Raises OSError when all of its ports are taken."""
    origins = [urlsplit(each) for each in tomllib.loads(STAGE.read_text())["allowed_origins"]]
    ports = [each.port for each in origins if each.hostname == host and each.port]
    for port in ports[:-1]:
        try:
            server = PageServer(host, port, files)
        except OSError:  # the port is in use
            continue
        break
    else:
        server = PageServer(host, ports[-1], files)
    with _running(server):
        yield server


@contextmanager
def unlisted_page(files: Files) -> Iterator[PageServer]:
    """Serve files at an origin that no stage allows."""
    with _running(PageServer("127.0.0.1", 0, files)) as server:
        yield server


@contextmanager
def _running(server: PageServer) -> Iterator[PageServer]:
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
