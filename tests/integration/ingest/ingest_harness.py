"""Harness of the ingest tests: a bucket, a catalog, the pipeline between them, and the published events."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from pymongo.database import Database

from foveal.aws.errors import AwsError
from foveal.aws.eventbridge import Entry, FailedEntry
from foveal.database.client import Document
from foveal.delivery.edge_copies import Invalidate
from foveal.encoding import ids
from foveal.events import contract
from foveal.events.outbox import Publisher
from foveal.ingest.batch import Message
from foveal.ingest.pipeline import Pipeline
from foveal.ingest.s3_events import recheck_message
from foveal.objects import keys
from tests.integration.ingest.memory_bucket import MemoryBucket

NOW = datetime(2026, 10, 31, 9, 30, tzinfo=UTC)


class IngestHarness:
    def __init__(self, database: Database[Document], bucket: MemoryBucket) -> None:
        self.assets, self.bucket = database.assets, bucket
        self.published: list[Entry] = []
        self.refuse_events = False
        self.invalidated: list[str] = []
        self.refuse_invalidations = False
        self.pipeline = self.on_a_stage(self._invalidate)

    def on_a_stage(self, invalidate: Invalidate | None) -> Pipeline:
        """Return the pipeline of a stage with a CDN, or without one."""
        publisher = Publisher("foveal", self._send)
        return Pipeline(self.assets, self.bucket, publisher, Logger("test"), invalidate=invalidate)

    def begin(self, project: str, **expected: Any) -> str:
        """Write a pending asset as `uploads` does, and return its key."""
        asset_id = ids.new_id()
        key = keys.media_key(project, asset_id, "photo.jpg")
        self.assets.insert_one(
            {
                "_id": asset_id,
                "project": project,
                "status": "pending",
                "file_name": "photo.jpg",
                "tags": ["night"],
                "attributes": {"site": "north"},
                "s3": {"bucket": self.bucket.name, "key": key},
                "expected": expected,
                "created_at": NOW,
                "updated_at": NOW,
                "schema_version": 1,
            }
        )
        return key

    def deliver(self, *bodies: str, attempt: int = 1) -> list[str]:
        """Deliver one batch; return the ids (`m0`, `m1`, …) of the messages that are to come again."""
        messages = [Message(f"m{index}", body, attempt) for index, body in enumerate(bodies)]
        return self.pipeline.ingest(messages, seconds=30)

    def asset(self, key: str) -> Document:
        found = self.assets.find_one({"s3.key": key})
        assert found is not None
        return found

    @property
    def published_types(self) -> list[str]:
        return [entry["DetailType"] for entry in self.published]

    def _send(self, entries: Sequence[Entry]) -> list[FailedEntry]:
        if self.refuse_events:
            return [FailedEntry(entry, "ThrottlingException") for entry in entries]
        for entry in entries:
            contract.check(
                {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"])}
            )
        self.published += entries
        return []

    def _invalidate(self, paths: list[str]) -> None:
        if self.refuse_invalidations:
            raise AwsError("CreateInvalidation", "TooManyInvalidationsInProgress", 400)
        self.invalidated += paths

    def detail(self, index: int = -1) -> dict[str, Any]:
        """Return the detail of a published event, the last one by default."""
        detail: dict[str, Any] = json.loads(self.published[index]["Detail"])
        return detail

    def recheck(self, key: str, delete_marker: str | None = None) -> str:
        return recheck_message(self.bucket.name, key, delete_marker, NOW)
