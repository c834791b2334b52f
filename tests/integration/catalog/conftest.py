"""The catalog's function, called as API Gateway calls it, over a database of the test's own."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database

from foveal.aws import secrets
from foveal.database import client
from foveal.database.client import Document
from foveal.encoding.ids import new_id
from tests.catalog_function import handler
from tests.gateway import NO_BODY, Query, gateway_event
from tests.integration.catalog.in_memory_masks import MemoryMasks

PROJECT = "harbour"
OTHER_PROJECT = "meadow"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)


class Client:
    """A caller with some roles."""

    def __init__(self, roles: str, subject: str = "user-1") -> None:
        self.roles, self.subject = roles, subject

    def call(
        self,
        key: str,
        path: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        query: Query | None = None,
        raw: str | None = None,
    ) -> Answer:
        text = raw if raw is not None else None if body is None else json.dumps(body)
        sent = NO_BODY if text is None else text.encode("utf-8", "surrogatepass")
        authorized = {"sub": self.subject, "cognito:groups": self.roles}
        event = gateway_event(key, path, sent, query=query, headers=headers, authorized=authorized)
        answer = handler.handler(event, None)
        return Answer(answer["statusCode"], answer["headers"], answer.get("body", ""))


class Announcer:
    """Leaves events in the outbox, where tests look for them."""

    def publish(self, ids: Iterable[str]) -> None:
        pass


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, database: Database[Document]) -> None:
    monkeypatch.setattr(handler, "publisher", Announcer())
    monkeypatch.setattr(handler, "masks", MemoryMasks)
    monkeypatch.setattr(client, "database", lambda _: database)
    monkeypatch.setattr(secrets, "get_secret", lambda _: "a key that only tests have")


@pytest.fixture
def viewer() -> Client:
    return Client(f"[{PROJECT}:viewer]")


@pytest.fixture
def editor() -> Client:
    return Client(f"[{PROJECT}:editor]", "editor-1")


@pytest.fixture
def admin() -> Client:
    return Client(f"[{PROJECT}:admin]", "admin-1")


@pytest.fixture
def stranger() -> Client:
    return Client(f"[{OTHER_PROJECT}:admin]", "stranger-1")


def an_asset(**fields: Any) -> Document:
    """Return the document of a ready photo, as ingest leaves it."""
    now = datetime.now(UTC).replace(microsecond=0)
    asset_id = new_id()
    return {
        "_id": asset_id,
        "project": PROJECT,
        "status": "ready",
        "media_type": "image",
        "format": "jpeg",
        "mime_type": "image/jpeg",
        "file_name": "quay.jpg",
        "size_bytes": 120_000,
        "s3": {"bucket": "media", "key": f"media/{PROJECT}/{asset_id}/original.jpg", "sequencer": "0055AED6"},
        "width": 640,
        "height": 480,
        "tags": [],
        "attributes": {},
        "label_summary": [],
        "annotation_revision": 0,
        "created_at": now,
        "updated_at": now,
        "schema_version": 1,
        **fields,
    }


@pytest.fixture
def asset(database: Database[Document]) -> Document:
    asset = an_asset()
    database.assets.insert_one(asset)
    return asset


@pytest.fixture
def video(database: Database[Document]) -> Document:
    video = an_asset(media_type="video", frame_count=100)
    database.assets.insert_one(video)
    return video
