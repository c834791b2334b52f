"""An API and an S3 in memory: bytes over real HTTP, with faults by seed, and what arrived for comparison."""

import base64
import random
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from awscrt import checksums

from foveal.client.errors import APIError

FAULTS = ("none", "slow down", "internal error", "hang up", "hang up after", "short answer", "expired", "html")


class Service:
    """Stands for the operations of the client; S3 is at `url`. `chance` makes faults of that share of PUTs."""

    def __init__(self, seed: int = 0, chance: float = 0.0, *, role: str = "editor") -> None:
        self.random, self.chance, self.role = random.Random(seed), chance, role
        self.url = ""
        self.uploads: dict[str, dict[str, Any]] = {}
        self.objects: dict[str, bytes] = {}
        self.received_bytes = 0
        self.begins: list[int] = []
        self.faults = dict.fromkeys(FAULTS, 0)
        self.lock = threading.Lock()

    def get_me(self) -> dict[str, Any]:
        return {"subject": "ann", "projects": [{"name": "zoo", "role": self.role}]}

    def begin_uploads(self, project: str, *, uploads: list[dict[str, Any]]) -> dict[str, Any]:
        assert project == "zoo"
        assert len(uploads) <= 1000
        with self.lock:
            self.begins.append(len(uploads))
            return {"uploads": [self._ticket(item) for item in uploads]}

    def _ticket(self, item: dict[str, Any]) -> dict[str, Any]:
        key = item["idempotency_key"]
        upload = self.uploads.setdefault(key, {"item": item, "id": f"u{len(self.uploads)}", "parts": {}})
        assert upload["item"]["size_bytes"] == item["size_bytes"]
        if item["file_name"].startswith("refused"):
            return {"problem": {"code": "UnsupportedMediaType", "detail": "text/plain is not accepted here"}}
        status = "ready" if upload["id"] in self.objects else "pending"
        ticket = {"asset_id": f"a-{upload['id']}", "upload_id": upload["id"], "status": status}
        if item.get("method") == "multipart":
            return {**ticket, "method": "multipart", "part_size_bytes": item["part_size_bytes"]}
        return {
            **ticket,
            "method": "put",
            "url": f"{self.url}/{upload['id']}?t={self._stamp()}",
            "headers": {"x-a": "1"},
        }

    def _stamp(self) -> int:
        return self.random.randrange(10**9)

    def _upload(self, upload_id: str) -> dict[str, Any]:
        return next(each for each in self.uploads.values() if each["id"] == upload_id)

    def list_parts(self, upload_id: str) -> dict[str, Any]:
        with self.lock:
            upload = self._upload(upload_id)
            item = upload["item"]
            count = -(-item["size_bytes"] // item["part_size_bytes"])
            return {"missing_part_numbers": [each for each in range(1, count + 1) if each not in upload["parts"]]}

    def sign_parts(self, upload_id: str, *, part_numbers: list[int]) -> dict[str, Any]:
        with self.lock:
            parts = [
                {"part_number": number, "url": f"{self.url}/{upload_id}/{number}?t={self._stamp()}"}
                for number in part_numbers
            ]
        return {"parts": parts}

    def complete_upload(self, upload_id: str) -> dict[str, Any]:
        with self.lock:
            upload = self._upload(upload_id)
            data = b"".join(upload["parts"][number] for number in sorted(upload["parts"]))
            if not _is_declared(upload["item"], data):
                raise APIError("ChecksumMismatch", 409, "other bytes arrived", {})
            self.objects[upload_id] = data
        return {}

    def search_assets(self, project: str, *, filter: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        assert project == "zoo"
        found = [
            {"asset_id": f"a-{each['id']}", "size_bytes": each["item"]["size_bytes"],
             "checksums": {"crc64nvme": each["item"]["checksum"]["value"]}}
            for each in self.uploads.values()
            if each["id"] in self.objects and each["item"]["checksum"]["value"] in filter["in"]
        ]  # fmt: skip
        return {"items": found, "next_token": None}

    def stored(self) -> dict[str, bytes]:
        """Return what arrived by the path that was declared."""
        return {
            each["item"]["attributes"]["path"]: self.objects[each["id"]]
            for each in self.uploads.values()
            if each["id"] in self.objects
        }


def _is_declared(item: Mapping[str, Any], data: bytes) -> bool:
    crc = base64.b64encode(struct.pack(">Q", checksums.crc64nvme(data))).decode()
    return bool(item["checksum"]["value"] == crc)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: Service

    def do_PUT(self) -> None:
        service = self.service
        with service.lock:
            fault = service.random.choice(FAULTS[1:]) if service.random.random() < service.chance else "none"
            service.faults[fault] += 1
        if fault == "hang up":
            self.close_connection = True
            return
        data = self.rfile.read(int(self.headers["content-length"]))
        if fault == "expired":
            self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        elif fault == "slow down":
            self._answer(503, b"<Error><Code>SlowDown</Code></Error>")
        elif fault == "internal error":
            self._answer(500, b"<Error><Code>InternalError</Code></Error>")
        elif fault == "html":
            self._answer(502, b"<h1>Bad gateway</h1>")
        else:
            self._store(data, fault)

    def _store(self, data: bytes, fault: str) -> None:
        service = self.service
        upload_id, *number = urlsplit(self.path).path.strip("/").split("/")
        assert parse_qs(urlsplit(self.path).query)["t"]
        with service.lock:
            service.received_bytes += len(data)
            upload = service._upload(upload_id)
            if number:
                upload["parts"][int(number[0])] = data
                status, text = 200, b""
            elif upload_id in service.objects:
                status, text = 412, b"<Error><Code>PreconditionFailed</Code></Error>"
            elif _is_declared(upload["item"], data):
                service.objects[upload_id] = data
                status, text = 200, b""
            else:
                status, text = 400, b"<Error><Code>BadDigest</Code></Error>"
        if fault == "hang up after":
            self.close_connection = True
        elif fault == "short answer":
            self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort")
            self.close_connection = True
        else:
            self._answer(status, text)

    def _answer(self, status: int, text: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(service: Service) -> Iterator[Service]:
    """Serve the S3 of a service on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"service": service}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
