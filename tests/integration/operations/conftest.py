"""Fixtures of a deployment: the operations function over an emulated AWS and the catalog of the ingest tests."""

import importlib
import json
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from pymongo.database import Database

from foveal.aws import secrets
from foveal.database import client
from foveal.database.client import Document
from tests.gateway import NO_BODY, claims, gateway_event
from tests.integration.ingest.conftest import aws, bucket_name, catalog, cloud_url

__all__ = ["aws", "bucket_name", "catalog", "cloud_url"]


@dataclass
class Operator:
    """The function, with the queues and the bucket behind it."""

    api: Any
    sqs: Any
    s3: Any
    bucket: str
    queues: list[list[str]]
    catalog: Database[Document]

    def call(self, route: str, body: Any = NO_BODY, groups: str = "foveal:operator") -> tuple[int, Any]:
        """Return status and body of a call."""
        payload = self.api(gateway_event(route, {}, body, authorized=claims(groups, "operator-1")), None)
        return payload["statusCode"], json.loads(payload["body"])

    def bodies(self, queue: str) -> list[str]:
        """Return the bodies of at most ten messages of a queue."""
        found = self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return sorted(message["Body"] for message in found)


@pytest.fixture
def operator(
    bucket_name: str,
    aws: Callable[[str], Any],
    mongodb_uri: str,
    catalog: Database[Document],
    monkeypatch: pytest.MonkeyPatch,
) -> Operator:
    for name in ("assets", "jobs"):
        catalog[name].delete_many({})
    sqs = aws("sqs")
    queues = [
        [name, *(sqs.create_queue(QueueName=f"{name}-{kind}-{uuid.uuid4().hex[:8]}")["QueueUrl"] for kind in "ad")]
        for name in ("ingest", "render")
    ]
    settings = {
        "ROLES_CLAIM": "cognito:groups",
        "SCOPE_PREFIX": "foveal/",
        "TOKEN_SECRET_ARN": "token",
        "MONGODB_URI": mongodb_uri,
        "MONGODB_DATABASE": catalog.name,
        "MEDIA_BUCKET": bucket_name,
        "QUEUES": json.dumps(queues),
        "STAGE": "dev",
        "STACK_NAME": "Foveal-dev",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(secrets, "get_secret", {"token": "t"}.__getitem__)
    client.forget()
    sys.modules.pop("functions.operations.handler", None)
    api = importlib.import_module("functions.operations.handler").api
    return Operator(api, sqs, aws("s3"), bucket_name, queues, catalog)
