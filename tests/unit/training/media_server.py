"""API and bucket of one project on loopback: search, signed URLs that expire, ranges, and faults to order."""

import base64
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from awscrt import checksums

from foveal.client import Foveal


class MediaServer:
    """State of the server: assets by id, and what it was asked for."""

    def __init__(self, assets: dict[str, bytes], life_seconds: float = 60) -> None:
        self.assets, self.life_seconds = assets, life_seconds
        self.signed: list[int] = []  # ids of each call
        self.reads: Counter[str] = Counter()
        self.refused = 0
        self.problems: dict[str, list[dict[str, Any]]] = {}  # asset → problems that its next signings are answered
        self.cut_after: dict[str, list[int]] = {}  # asset → bytes after which its next reads break
        self.statuses: dict[str, list[int]] = {}  # asset → statuses of its next reads
        self.replaced: dict[str, bytes] = {}  # asset → bytes of its version v2, the current one
        self.pinned_reads: list[str] = []  # assets whose pinned version was asked for
        self.listings = 0
        self.url = ""

    def client(self) -> Foveal:
        return Foveal(self.url, "token")

    def member(self, asset_id: str) -> dict[str, Any]:
        """Return the asset as the version of a data set pins it; every third one is in `val`."""
        facts, number = self.facts(asset_id), int(asset_id)
        return {
            "asset_id": asset_id,
            "file_name": facts["file_name"],
            "checksum": f"crc64nvme:{facts['checksums']['crc64nvme']}",
            "split": "val" if number % 3 == 0 else "train",
            "s3": {"key": f"media/zoo/{asset_id}/original.jpg", "version_id": "v1", "size_bytes": facts["size_bytes"]},
            "annotations": [{"annotation_id": f"{asset_id}-{each}", "revision": 1} for each in range(number % 4)],
        }

    def facts(self, asset_id: str) -> dict[str, Any]:
        data = self.assets[asset_id]
        crc = base64.b64encode(checksums.crc64nvme(data).to_bytes(8, "big")).decode()
        return {
            "asset_id": asset_id,
            "file_name": f"{asset_id}.jpg",
            "mime_type": "image/jpeg",
            "size_bytes": len(data),
            "checksums": {"crc64nvme": crc, "type": "FULL_OBJECT"},
            "s3": {"bucket": "b", "key": asset_id, "version_id": "v1", "etag": f'"{crc}"'},
            "attributes": {"number": int(asset_id)},
        }


@contextmanager
def serving(server: MediaServer) -> Iterator[MediaServer]:
    """Serve while the block lasts."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"media": server}))
    http.daemon_threads = True
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


class _Handler(BaseHTTPRequestHandler):
    media: MediaServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path.endswith("/assets/search"):
            start = int(body.get("next_token") or 0)
            chosen = sorted(self.media.assets)[start : start + body["limit"]]
            following = start + len(chosen)
            items = [self._chosen(self.media.facts(each), body) for each in chosen]
            self._answer({"items": items, "next_token": str(following) if following < len(self.media.assets) else None})
        else:
            self.media.signed.append(len(body["asset_ids"]))
            self._answer({"downloads": [self._signed(each) for each in body["asset_ids"]]})

    def do_GET(self) -> None:
        media = self.media
        if "/datasets/" in self.path:
            self._dataset(urlsplit(self.path))
            return
        if content := re.fullmatch(r"/v1/assets/(\w+)/content\?version_id=v1", self.path):
            media.pinned_reads.append(content[1])
            place = f"{media.url}/bytes/{content[1]}?expires={time.time() + media.life_seconds}&versionId=v1"
            self._send(302, b"", "text/plain", {"location": place})
            return
        parsed = re.fullmatch(r"/bytes/(\w+)\?expires=([\d.]+)&versionId=(v\d)", self.path)
        assert parsed is not None
        asset_id = parsed[1]
        data, statuses = media.assets.get(asset_id), media.statuses.get(asset_id)
        if parsed[3] == "v2":
            data = media.replaced[asset_id]
        status = statuses.pop(0) if statuses else 0
        if time.time() > float(parsed[2]):
            media.refused += 1
            status = 403
        if data is None or status:
            self._send(status or 404, b"<Error/>", "application/xml")
            return
        media.reads[asset_id] += 1
        etag = media.facts(asset_id)["s3"]["etag"]
        start, code, headers = 0, 200, {"etag": etag}
        if self.headers["range"] and self.headers["if-range"] in (None, etag):
            start = int(self.headers["range"].removeprefix("bytes=").rstrip("-"))
            code, headers = 206, {"etag": etag, "content-range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
        cuts = media.cut_after.get(asset_id)
        self._send(code, data[start:], "image/jpeg", headers, cuts.pop(0) if cuts else None)

    def _dataset(self, url: Any) -> None:
        """Answer version 3 of the data set `birds`: itself, its members, its annotations, by pages."""
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        assert url.path.startswith("/v1/projects/zoo/datasets/birds/versions/")
        if url.path.endswith(("/3", "/newest")):
            self._answer({"dataset": "birds", "version": 3, "root": "fv1:00"})
            return
        self.media.listings += 1
        members = [self.media.member(each) for each in sorted(self.media.assets)]
        if url.path.endswith("/3/members"):
            items = [each for each in members if query.get("split") in (None, each["split"])]
        else:
            assert url.path.endswith("/3/annotations")
            items = [
                {**ref, "label": "cat", "asset_id": each["asset_id"]} for each in members for ref in each["annotations"]
            ]
        start, size = int(query.get("next_token", 0)), 7
        following = str(start + size) if start + size < len(items) else None
        self._answer({"items": items[start : start + size], "next_token": following})

    def _chosen(self, facts: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        fields = body.get("fields")
        return {name: value for name, value in facts.items() if fields is None or name in (*fields, "asset_id")}

    def _signed(self, asset_id: str) -> dict[str, Any]:
        problems = self.media.problems.get(asset_id)
        if problems:
            return {"asset_id": asset_id, "problem": problems.pop(0)}
        expires = time.time() + self.media.life_seconds
        version = "v2" if asset_id in self.media.replaced else "v1"
        url = f"{self.media.url}/bytes/{asset_id}?expires={expires}&versionId={version}"
        return {"asset_id": asset_id, "url": url, "expires_at": ""}

    def _answer(self, value: Any) -> None:
        self._send(200, json.dumps(value).encode(), "application/json", {})

    def _send(
        self, status: int, data: bytes, kind: str, headers: dict[str, str] | None = None, cut: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, "content-length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data if cut is None else data[:cut])
        if cut is not None:
            self.close_connection = True

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing: a test reads the state."""
