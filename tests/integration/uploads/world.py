"""The uploads function in this process, over a real MongoDB and an S3 that checks signatures."""

import base64
import io
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
from aws_lambda_powertools import Logger

from foveal.api.gateway import Api
from foveal.settings import AccessSettings
from foveal.uploads.backend import Backend
from foveal.uploads.routes import client_config, companion, uploads, uppy
from foveal.uploads.routes.services import Services
from tests.gateway import NO_BODY, claims, gateway_event
from tests.integration.uploads.server import Server

ACCESS = AccessSettings("cognito:groups", "foveal/", "arn:secret")
TOKEN_SECRET = "a secret of tests"


@dataclass
class World:
    """Calls routes as the gateway does, and S3 as a browser does."""

    backend: Backend
    server: Server
    log: io.StringIO = field(default_factory=io.StringIO)
    http: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=30))

    def __post_init__(self) -> None:
        logger = Logger(service=f"uploads-{uuid.uuid4().hex[:8]}", stream=self.log, level="DEBUG")
        self.api = Api(logger, lambda: ACCESS)
        for routes in (uploads, uppy, companion):
            routes.add(self.api, Services(lambda: self.backend, lambda: TOKEN_SECRET, logger))
        client_config.add(self.api, lambda: self.backend.limits, lambda: None)
        self.s3 = self.server.client("s3")

    def call(
        self,
        key: str,
        body: Any = None,
        *,
        groups: str = "zoo:editor",
        subject: str = "ann",
        query: Mapping[str, str] | None = None,
        **path: str,
    ) -> tuple[int, Any]:
        """Return status and body of one route."""
        sent = NO_BODY if body is None else body
        event = gateway_event(key, path, sent, query=query, authorized=claims(groups, subject))
        answer = self.api(event, None)
        text = answer.get("body")
        if text and "json" in answer["headers"].get("content-type", ""):
            return answer["statusCode"], json.loads(text)
        return answer["statusCode"], text

    def begin(self, *items: Mapping[str, Any], project: str = "zoo", **options: Any) -> list[dict[str, Any]]:
        """Begin uploads and return the items of the answer."""
        who = {name: options.pop(name) for name in ("groups", "subject") if name in options}
        body = {"uploads": list(items), **options}
        status, answer = self.call("POST /v1/projects/{project}/uploads", body, project=project, **who)
        assert status == 201, answer
        begun: list[dict[str, Any]] = answer["uploads"]
        return begun

    def begin_one(self, size_bytes: int = 5, **fields: Any) -> dict[str, Any]:
        return self.begin(photo(size_bytes=size_bytes, **fields))[0]

    def put(self, ticket: Mapping[str, Any], data: bytes, **headers: str) -> httpx2.Response:
        return self.http.put(ticket["url"], content=data, headers={**ticket.get("headers", {}), **headers})

    def put_parts(self, ticket: Mapping[str, Any], data: bytes, *numbers: int) -> None:
        """Send the parts of a ticket, or some of them."""
        size_bytes = ticket["part_size_bytes"]
        for part in ticket["parts"]:
            number = part["part_number"]
            if not numbers or number in numbers:
                start = (number - 1) * size_bytes
                answer = self.http.put(part["url"], content=data[start : start + part["size_bytes"]])
                assert answer.status_code == 200, answer.text

    def body_of(self, asset_id: str) -> bytes:
        """Return the bytes that S3 holds for an asset."""
        asset = self.asset(asset_id)
        found: bytes = self.s3.get_object(Bucket=self.backend.bucket, Key=asset["s3"]["key"])["Body"].read()
        return found

    def asset(self, asset_id: str) -> dict[str, Any]:
        asset = self.backend.database.assets.find_one({"_id": asset_id})
        assert asset is not None
        return asset

    def upload(self, upload_id: str) -> dict[str, Any]:
        upload = self.backend.database.uploads.find_one({"_id": upload_id})
        assert upload is not None
        return upload


def photo(**fields: Any) -> dict[str, Any]:
    return {"file_name": "lion.jpg", "content_type": "image/jpeg", "size_bytes": 5, **fields}


def digest(data: bytes) -> str:
    return base64.b64encode(data).decode()
