"""List and signed URLs of the photos of a folder: `python -m bench.training.api_server PORT S3 FOLDER`."""

import base64
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
from awscrt import checksums

from bench.servers import ACCESS_KEY_ID, SECRET_ACCESS_KEY


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    s3: Any
    assets: list[dict[str, Any]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path.endswith("/assets/search"):
            start = int(body.get("next_token") or 0)
            end = start + body["limit"]
            self._answer({"items": self.assets[start:end], "next_token": str(end) if end < len(self.assets) else None})
        else:
            self._answer({"downloads": [self._signed(each) for each in body["asset_ids"]]})

    def _signed(self, asset_id: str) -> dict[str, Any]:
        place = {"Bucket": "bench-training", "Key": f"{asset_id}.jpg"}
        return {"asset_id": asset_id, "url": self.s3.generate_presigned_url("get_object", Params=place)}

    def _answer(self, value: Any) -> None:
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def asset(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    crc = base64.b64encode(checksums.crc64nvme(data).to_bytes(8, "big")).decode()
    return {
        "asset_id": path.stem,
        "file_name": path.name,
        "mime_type": "image/jpeg",
        "size_bytes": len(data),
        "checksums": {"crc64nvme": crc, "type": "FULL_OBJECT"},
        "s3": {"version_id": "1"},
    }


if __name__ == "__main__":
    port, endpoint, folder = sys.argv[1:]
    Server.assets = [asset(path) for path in sorted(Path(folder).iterdir())]
    Server.s3 = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
    )
    ThreadingHTTPServer(("127.0.0.1", int(port)), Server).serve_forever()
