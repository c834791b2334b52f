"""The functions of delivery over a real MongoDB and an S3 emulator that checks signatures."""

import importlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pymongo.database import Database

from foveal.aws import functions, secrets
from foveal.database import client as mongo
from foveal.database.client import Document
from foveal.delivery.links import links
from tests.integration.delivery.world import World, fresh_name
from tests.integration.ingest import aws_emulator

PRIVATE_KEY = ec.generate_private_key(ec.SECP256R1())
RENDITIONS = {"thumbnail": {"width": 320, "format": "webp"}, "preview": {"width": 1280, "format": "jpeg"}}


@pytest.fixture(scope="session")
def delivery_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with aws_emulator.running(tmp_path_factory.mktemp("cloud")) as url:
        yield url


@pytest.fixture
def world(
    delivery_cloud: str, mongodb_uri: str, database: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    bucket = f"media-{fresh_name()}"
    settings = {
        **aws_emulator.KEYS,
        "AWS_ENDPOINT_URL": delivery_cloud,
        "ROLES_CLAIM": "cognito:groups",
        "SCOPE_PREFIX": "foveal/",
        "TOKEN_SECRET_ARN": "token",
        "MONGODB_URI": mongodb_uri,
        "MONGODB_DATABASE": database.name,
        "MEDIA_BUCKET": bucket,
        "CDN_URL": "https://cdn.example",
        "SIGNING_KEY_ID": "K1",
        "SIGNING_KEY_SECRET_ARN": "signing-key",
        "URL_TTL_SECONDS": "3600",
        "URL_WINDOW_SECONDS": "900",
        "RENDITIONS": json.dumps(RENDITIONS),
        "RENDER_FUNCTION_NAME": "render",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("FOVEAL_CDN_URL", raising=False)
    pem = PRIVATE_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    monkeypatch.setattr(secrets, "get_secret", {"signing-key": pem, "token": "t"}.__getitem__)
    client = aws_emulator.client(delivery_cloud, "s3")
    client.create_bucket(Bucket=bucket)
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    forget()
    modules = {name: started(name) for name in ("downloads", "versions", "render")}
    found = World(client, bucket, database, {name: modules[name].api for name in ("downloads", "versions")})

    def invoke(name: str, payload: Any) -> Any:
        assert name == "render"
        found.invocations.append(payload)
        return json.loads(json.dumps(modules["render"].handler(json.loads(json.dumps(payload)), None)))

    monkeypatch.setattr(functions, "invoke", invoke)
    monkeypatch.setattr(functions, "invoke_async", invoke)
    yield found
    forget()


def started(name: str) -> Any:
    """Return the handler module of a function, loaded with the present environment."""
    sys.modules.pop(f"functions.{name}.handler", None)
    return importlib.import_module(f"functions.{name}.handler")


def forget() -> None:
    """Drop the clients that are kept for an execution environment."""
    links.cache_clear()
    mongo.forget()
