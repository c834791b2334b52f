"""The least service that answers a begin: boto3 signs, PyMongo inserts.

    python -m bench.folder_upload.bare_server PORT

Nothing is checked, no quota is counted, and no idempotency key is looked up.
"""

import json
import os
import sys
import uuid
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3

from foveal.database import client as mongo

BUCKET = os.environ["MEDIA_BUCKET"]
S3 = boto3.client("s3")
DATABASE = mongo.connect(os.environ["MONGODB_URI"], "bare")


def begun(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    at, uploads, assets, answers = datetime.now(UTC), [], [], []
    for item in items:
        upload_id, asset_id = str(uuid.uuid4()), str(uuid.uuid4())
        key = f"media/bench/{asset_id}/original.jpg"
        uploads.append({**item, "_id": upload_id, "asset_id": asset_id, "key": key, "created_at": at})
        assets.append({**item, "_id": asset_id, "status": "pending", "s3": {"bucket": BUCKET, "key": key}})
        parameters = {"Bucket": BUCKET, "Key": key, "ContentType": item["content_type"], "IfNoneMatch": "*"}
        url = S3.generate_presigned_url("put_object", parameters, 900)
        answers.append({"asset_id": asset_id, "upload_id": upload_id, "method": "put", "url": url, "headers": {}})
    DATABASE.uploads.insert_many(uploads)
    DATABASE.assets.insert_many(assets)
    return answers


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        items = json.loads(self.rfile.read(int(self.headers["content-length"])))["uploads"]
        body = json.dumps({"uploads": begun(items)}).encode()
        self.send_response(201)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Server).serve_forever()
