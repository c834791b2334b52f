"""A TCP proxy that counts what a server sends, and an HTTP server of one file by ranges."""

from __future__ import annotations

import os
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit


@dataclass
class Count:
    requests: int = 0
    bytes_sent: int = 0


@contextmanager
def counting_proxy(endpoint: str) -> Iterator[tuple[str, Count]]:
    """Yield the proxy's address and the running count. The client's Host header passes through as it is signed."""
    target, count = urlsplit(endpoint), Count()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection((target.hostname or "", target.port or 80)) as server:
                threading.Thread(target=self._forward, args=(server,), daemon=True).start()
                while data := server.recv(65536):
                    count.bytes_sent += len(data)
                    try:
                        self.request.sendall(data)
                    except OSError:
                        return

        def _forward(self, server: socket.socket) -> None:
            try:
                while data := self.request.recv(65536):
                    count.requests += data.count(b"GET /")
                    server.sendall(data)
                server.shutdown(socket.SHUT_RDWR)
            except OSError:
                return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{proxy.server_address[1]}", count
        proxy.shutdown()


@contextmanager
def range_server(path: Path) -> Iterator[str]:
    """Yield the address of the file."""
    size = path.stat().st_size

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            asked = self.headers.get("Range", "bytes=0-").removeprefix("bytes=")
            first, _, last = asked.partition("-")
            begin, end = int(first), min(int(last or size - 1), size - 1)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {begin}-{end}/{size}")
            self.send_header("Content-Length", str(end - begin + 1))
            self.end_headers()
            with path.open("rb") as file:
                while begin <= end:
                    try:
                        begin += os.sendfile(
                            self.connection.fileno(), file.fileno(), begin, min(1 << 20, end - begin + 1)
                        )
                    except OSError:
                        self.close_connection = True
                        return

        def log_message(self, format: str, *args: object) -> None:
            """Benches print results alone."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/{path.name}"
        server.shutdown()
