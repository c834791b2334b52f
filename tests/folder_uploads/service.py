"""The API and S3 over HTTP on loopback, in memory: they check what arrives, count what is sent, and make faults."""

from __future__ import annotations

import base64
import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from awscrt import checksums

BLOCK_BYTES = 64 * 1024


@dataclass
class Upload:
    """One begun upload, and what arrived for it."""

    upload_id: str
    item: dict[str, Any]
    parts: dict[int, bytes] = field(default_factory=dict)
    data: bytes | None = None

    @property
    def is_multipart(self) -> bool:
        return self.item.get("method") == "multipart"


class Service:
    """An API and an S3. `fault` is asked before each answer: what it returns is done to the connection instead.

    Everything that may never happen is noted in `violations`: bytes stored twice, a refusal that is tried again.
    """

    def __init__(self, *, ticket_seconds: int = 900, line: Line | None = None) -> None:
        self.ticket_seconds, self.line = ticket_seconds, line
        self.fault: Callable[[Handler, str], Fault | None] = lambda _handler, _what: None
        self.url, self.violations = "", list[str]()
        self.uploads: dict[str, Upload] = {}
        self.by_id: dict[str, Upload] = {}
        self.tickets_by_key: Counter[str] = Counter()
        self.received_bytes = self.stored_again_bytes = 0
        self.refused_urls: set[str] = set()
        self.lock = threading.Lock()

    @property
    def tickets(self) -> int:
        """Tickets that were given, also again."""
        return self.tickets_by_key.total()

    def begin(self, items: list[dict[str, Any]]) -> dict[str, Any]:
        with self.lock:
            return {"uploads": [self._ticket(item) for item in items]}

    def _ticket(self, item: dict[str, Any]) -> dict[str, Any]:
        key = item["idempotency_key"]
        self.tickets_by_key[key] += 1
        upload = self.uploads.setdefault(key, Upload(f"u{len(self.uploads)}", item))
        self.by_id[upload.upload_id] = upload
        if upload.item != item:
            return {"problem": {"code": "IdempotencyConflict", "detail": "it was used for another file"}}
        status = "pending" if upload.data is None else "ready"
        ticket = {"asset_id": f"a-{upload.upload_id}", "upload_id": upload.upload_id, "status": status}
        if upload.is_multipart:
            return {**ticket, "method": "multipart", "part_size_bytes": item["part_size_bytes"]}
        return {**ticket, "method": "put", "url": self._signed(upload.upload_id), "headers": {"content-type": "x/y"}}

    def _signed(self, path: str) -> str:
        number = sum(self.tickets_by_key.values())
        return f"{self.url}/s3/{path}?X-Amz-Date={time.time()}&X-Amz-Expires={self.ticket_seconds}&n={number}"

    def parts(self, upload_id: str) -> dict[str, Any]:
        with self.lock:
            upload = self.by_id[upload_id]
            count = -(-upload.item["size_bytes"] // upload.item["part_size_bytes"])
            is_open = upload.data is None
            return {"missing_part_numbers": [n for n in range(1, count + 1) if is_open and n not in upload.parts]}

    def sign(self, upload_id: str, numbers: list[int]) -> dict[str, Any]:
        with self.lock:
            return {"parts": [{"part_number": n, "url": self._signed(f"{upload_id}/{n}")} for n in numbers]}

    def complete(self, upload_id: str) -> tuple[int, dict[str, Any]]:
        with self.lock:
            upload = self.by_id[upload_id]
            if upload.data is None:
                data = b"".join(upload.parts[number] for number in sorted(upload.parts))
                if len(data) != upload.item["size_bytes"]:
                    return 409, {"code": "IncompleteUpload", "detail": "parts are missing"}
                if not _is_declared(upload.item, data):
                    return 409, {"code": "ChecksumMismatch", "detail": "other bytes arrived"}
                upload.data = data
            return 200, {"state": "completed"}

    def store(self, path: str, data: bytes) -> tuple[int, bytes]:
        """Return S3's answer to a PUT."""
        upload_id, _, number = path.partition("/")
        with self.lock:
            upload = self.by_id[upload_id]
            if number:
                if int(number) in upload.parts:
                    self.stored_again_bytes += len(data)
                upload.parts[int(number)] = data
                return 200, b""
            if upload.data is not None:
                self.stored_again_bytes += len(data)
                return 412, _error("PreconditionFailed")
            if not _is_declared(upload.item, data):
                return 400, _error("BadDigest")
            upload.data = data
            return 200, b""

    def stored(self) -> dict[str, bytes]:
        """Return the objects by the path that was declared."""
        return {each.item["attributes"]["path"]: each.data for each in self.uploads.values() if each.data is not None}


def _is_declared(item: dict[str, Any], data: bytes) -> bool:
    crc = base64.b64encode(struct.pack(">Q", checksums.crc64nvme(data))).decode()
    return len(data) == item["size_bytes"] and bool(item["checksum"]["value"] == crc)


def _error(code: str) -> bytes:
    return f"<Error><Code>{code}</Code></Error>".encode()


class Line:
    """A line of so many bytes a second, shared by all connections; notes what passed in each second."""

    def __init__(self, bytes_per_second: int | None = None) -> None:
        self._rate, self._lock = bytes_per_second, threading.Lock()
        self._free_at = self.started_at = time.monotonic()
        self.passed: list[tuple[float, int]] = []

    def take(self, count: int) -> None:
        with self._lock:
            begin = max(time.monotonic(), self._free_at)
            self.passed.append((begin, count))
            if self._rate is None:
                return
            self._free_at = begin + count / self._rate
        time.sleep(max(0.0, begin - time.monotonic()))

    def within(self, start: float, end: float) -> int:
        """Return the bytes that passed between two instants of the monotonic clock."""
        return sum(count for at, count in self.passed if start <= at < end)


Fault = Callable[["Handler", str], None]


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    service: Service

    def setup(self) -> None:
        if self.service.line:  # a small buffer: what was sent is what passed the line
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BLOCK_BYTES)
        super().setup()

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def _serve(self) -> None:
        place = urlsplit(self.path)
        steps = place.path.strip("/").split("/")
        what = "put" if steps[0] == "s3" else "me" if steps[1] == "me" else steps[-1]
        fault = self.service.fault(self, what)
        if fault is not None:
            fault(self, "/".join(steps[1:]))
        elif what == "put":
            self.answer(*self.put("/".join(steps[1:])))
        else:
            self.answer_api(*self.call(steps))

    def put(self, path: str) -> tuple[int, bytes]:
        """Read the body and store it, as S3 does."""
        service, query = self.service, parse_qs(urlsplit(self.path).query)
        if time.time() > float(query["X-Amz-Date"][0]) + int(query["X-Amz-Expires"][0]):
            self.body()
            return 403, _error("AccessDenied")
        if self.path in service.refused_urls:
            service.violations.append(f"sent again after a refusal: {path}")
        return service.store(path, self.body())

    def refuse(self, status: int, code: str) -> None:
        """Refuse the bytes for good: the same URL may not be used again."""
        self.body()
        self.service.refused_urls.add(self.path)
        self.answer(status, _error(code))

    def call(self, steps: list[str]) -> tuple[int, dict[str, Any]]:
        """Carry out a call of the API."""
        sent: dict[str, Any] = json.loads(self.body() or b"{}")
        service = self.service
        match [self.command, *steps]:
            case ["GET", "v1", "me"]:
                return 200, {"subject": "ann", "projects": [{"name": "zoo", "role": "editor"}]}
            case ["POST", "v1", "projects", "zoo", "uploads"]:
                return 201, service.begin(sent["uploads"])
            case ["GET", "v1", "uploads", upload_id, "parts"]:
                return 200, service.parts(upload_id)
            case ["POST", "v1", "uploads", upload_id, "parts"]:
                return 200, service.sign(upload_id, sent["part_numbers"])
            case ["POST", "v1", "uploads", upload_id, "complete"]:
                return service.complete(upload_id)
        return 404, {"code": "NotFound", "detail": self.path}

    def body(self, share: float = 1.0) -> bytes:
        """Read the body, or a share of it."""
        left, read = int(int(self.headers.get("content-length") or 0) * share), bytearray()
        while left:
            if self.service.line:
                self.service.line.take(min(left, BLOCK_BYTES))
            block = self.rfile.read(min(left, BLOCK_BYTES))
            if not block:
                raise ConnectionResetError("the client hung up")
            left -= len(block)
            read += block
            if self.command == "PUT":
                with self.service.lock:
                    self.service.received_bytes += len(block)
        return bytes(read)

    def answer_api(self, status: int, answer: dict[str, Any], **headers: str) -> None:
        self.answer(status, json.dumps(answer).encode(), content_type="application/json", **headers)

    def answer(self, status: int, data: bytes, content_type: str = "application/xml", **headers: str) -> None:
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def raw(self, data: bytes) -> None:
        """Send bytes in place of an answer, and hang up."""
        self.wfile.write(data)
        self.hang_up()

    def hang_up(self) -> None:
        self.close_connection = True

    def reset(self) -> None:
        """Break the connection by a reset (RFC 9293)."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.wfile.flush()
        self.connection.close()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of connections that the client broke."""


@contextmanager
def served(service: Service) -> Iterator[Service]:
    """Serve API and S3 on one port of loopback."""
    server = _Server(("127.0.0.1", 0), type("Bound", (Handler,), {"service": service}))
    server.socket.listen(128)
    thread = threading.Thread(target=lambda: server.serve_forever(0.05), daemon=True)
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        with suppress(OSError):
            server.server_close()
        thread.join()
