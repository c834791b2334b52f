"""A bucket that is scanned: its catalog, ingest that holds arrivals, the scan function, and GuardDuty's events."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools import Logger
from pymongo.database import Database

from foveal.aws.eventbridge import Entry, FailedEntry
from foveal.database.client import Document
from foveal.encoding import ids
from foveal.events import contract
from foveal.events.outbox import Publisher
from foveal.ingest.batch import Message
from foveal.ingest.pipeline import Pipeline
from foveal.objects import keys
from foveal.scanning.settlement import Settlement
from tests.integration.ingest.memory_bucket import MemoryBucket

NOW = datetime(2026, 10, 31, 9, 30, tzinfo=UTC)
SECONDS = 30.0


class World:
    def __init__(self, database: Database[Document]) -> None:
        self.database, self.bucket = database, MemoryBucket()
        self.published: list[Entry] = []
        self.invalidated: list[str] = []
        self.pipeline = self.ingest_with(database.assets, self.bucket)
        self.settlement = self.scans_with(database.assets, self.bucket)

    def ingest_with(self, assets: Any, bucket: Any, *, holds: bool = True) -> Pipeline:
        return Pipeline(assets, bucket, Publisher("foveal", self._send), Logger("test"), holds=holds)

    def scans_with(self, assets: Any, bucket: Any) -> Settlement:
        return Settlement(
            assets,
            bucket,
            Publisher("foveal", self._send),
            Logger("test"),
            lambda paths: self.invalidated.extend(paths),
        )

    def begin(self) -> str:
        """Write a pending asset as `uploads` does, and return its key."""
        asset_id = ids.new_id()
        key = keys.media_key("zoo", asset_id, "photo.jpg")
        self.database.assets.insert_one(
            {
                "_id": asset_id,
                "project": "zoo",
                "status": "pending",
                "file_name": "photo.jpg",
                "tags": [],
                "attributes": {},
                "s3": {"bucket": self.bucket.name, "key": key},
                "created_at": NOW,
                "updated_at": NOW,
                "schema_version": 1,
            }
        )
        return key

    def ingest(self, *bodies: str) -> list[str]:
        return self.pipeline.ingest(messages(*bodies), SECONDS)

    def scan(self, *bodies: str) -> list[str]:
        return self.settlement.settle(messages(*bodies))

    def result(self, key: str, result: str, *, seconds: float = 0, version_id: str | None = None) -> str:
        """Return GuardDuty's event of a scan (GuardDuty user guide, "Monitoring S3 object scans with EventBridge")."""
        version = version_id or self.version(key)
        return scan_event(self.bucket.name, key, version, result, NOW + timedelta(seconds=seconds))

    def version(self, key: str) -> str:
        version_id = self.bucket.keys[key][-1].version_id
        assert version_id is not None
        return version_id

    def asset(self, key: str) -> Document:
        found = self.database.assets.find_one({"s3.key": key})
        assert found is not None
        return found

    def tag(self, key: str) -> str | None:
        return self.bucket.keys[key][-1].tags.get("foveal-status")

    @property
    def published_types(self) -> list[str]:
        return [entry["DetailType"] for entry in self.published]

    def _send(self, entries: Sequence[Entry]) -> list[FailedEntry]:
        for entry in entries:
            contract.check(
                {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"])}
            )
        self.published += entries
        return []


def messages(*bodies: str) -> list[Message]:
    return [Message(f"m{index}", body) for index, body in enumerate(bodies)]


def scan_event(bucket: str, key: str, version_id: str, result: str, at: datetime) -> str:
    threats = [{"name": "EICAR-Test-File"}] if result == "THREATS_FOUND" else None
    return json.dumps(
        {
            "version": "0",
            "id": ids.new_id(),
            "detail-type": "GuardDuty Malware Protection Object Scan Result",
            "source": "aws.guardduty",
            "account": "111122223333",
            "time": at.isoformat(),
            "region": "eu-central-1",
            "resources": ["arn:aws:guardduty:eu-central-1:111122223333:malware-protection-plan/1"],
            "detail": {
                "schemaVersion": "1.0",
                "scanStatus": "SKIPPED" if result == "UNSUPPORTED" else "COMPLETED",
                "resourceType": "S3_OBJECT",
                "s3ObjectDetails": {
                    "bucketName": bucket,
                    "objectKey": key,
                    "eTag": "0123456789abcdef0123456789abcdef",
                    "versionId": version_id,
                    "s3Throttled": False,
                },
                "scanResultDetails": {"scanResultStatus": result, "threats": threats},
            },
        }
    )
