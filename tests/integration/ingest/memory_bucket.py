"""In-memory versioned bucket that returns its events as EventBridge would; the oracle of the ingest tests."""

import json
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any

from foveal.aws.errors import AwsError
from foveal.aws.s3 import ObjectHead, Opened, RangeResponse
from foveal.ingest.observation import Absent, Archived, NotThere, first_block_bytes


@dataclass
class Version:
    version_id: str | None
    data: bytes | None
    content_type: str = "image/jpeg"
    checksums: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    storage_class: str = "STANDARD"
    tags: dict[str, str] = field(default_factory=dict)
    is_restored: bool = False
    content_encoding: str = ""

    @property
    def etag(self) -> str:
        return md5(self.data or b"", usedforsecurity=False).hexdigest()


class MemoryBucket:
    """Thread-safe; every change returns the queue message of its S3 event."""

    def __init__(self, name: str = "media-bucket", is_versioned: bool = True) -> None:
        self.name, self.is_versioned = name, is_versioned
        self.keys: dict[str, list[Version]] = {}
        self.requests: list[str] = []
        self.opens_ahead = True
        self._sequence = 0x617F08299329D000
        self._lock = threading.RLock()

    # --- operations of clients

    def put(self, key: str, data: bytes, content_type: str = "image/jpeg", **options: Any) -> str:
        with self._lock:
            version = Version(uuid.uuid4().hex if self.is_versioned else None, data, content_type, **options)
            versions = self.keys.setdefault(key, [])
            if not self.is_versioned:
                versions.clear()
            versions.append(version)
            return self._event("Object Created", key, version.version_id, {"reason": "PutObject"}, len(data))

    def delete(self, key: str) -> str:
        with self._lock:
            if not self.is_versioned:
                self.keys.pop(key, None)
                return self._event("Object Deleted", key, None, {"deletion-type": "Permanently Deleted"})
            marker = Version(uuid.uuid4().hex, None)
            self.keys.setdefault(key, []).append(marker)
            return self._event("Object Deleted", key, marker.version_id, {"deletion-type": "Delete Marker Created"})

    def delete_version(self, key: str, version_id: str | None) -> str:
        with self._lock:
            self.keys[key] = [each for each in self.keys[key] if each.version_id != version_id]
            return self._event("Object Deleted", key, version_id, {"deletion-type": "Permanently Deleted"})

    def restore(self, key: str) -> str:
        """Make an archived object readable for some days; S3's event of it has no sequencer."""
        with self._lock:
            version = self.keys[key][-1]
            version.is_restored = True
            message = json.loads(self._event("Object Restore Completed", key, version.version_id, {}))
            del message["detail"]["object"]["sequencer"]
            return json.dumps(message)

    def archive(self, key: str, tier: str = "ARCHIVE_ACCESS") -> str:
        """Tell that Intelligent-Tiering has archived the current version; S3's event of it has no sequencer."""
        more = {"destination-access-tier": tier}
        message = json.loads(self._event("Object Access Tier Changed", key, self.keys[key][-1].version_id, more))
        del message["detail"]["object"]["sequencer"]
        return json.dumps(message)

    def current(self, key: str) -> Version | None:
        versions = self.keys.get(key, [])
        return versions[-1] if versions and versions[-1].data is not None else None

    # --- the Bucket protocol of ingest

    def open_ahead(self, sizes: Mapping[str, int | None], _seconds: float) -> Iterator[Opened | Absent | None]:
        for key in sizes:
            yield self._open(key) if self.opens_ahead else None

    def _open(self, key: str) -> Opened | Absent | None:
        try:
            first = self.first_block(key, first_block_bytes(key))
            return Opened(first, self.head(key, first.version_id))
        except NotThere:
            return Absent()
        except (Archived, AwsError, OSError):
            return None  # as S3 does it: the calls with their retries tell what is wrong

    def first_block(self, key: str, length: int) -> RangeResponse:
        return self._range(key, 0, length, None)

    def head(self, key: str, version_id: str | None) -> ObjectHead:
        self.requests.append("head")
        version, data = self._find(key, version_id)
        return ObjectHead(
            len(data),
            version.etag,
            version.version_id,
            version.content_type,
            version.storage_class,
            None,
            version.checksums,
            version.metadata,
            version.content_encoding,
        )

    def read(self, key: str, offset: int, length: int, version_id: str | None) -> RangeResponse:
        return self._range(key, offset, length, version_id)

    def status_tag(self, key: str, version_id: str | None) -> str | None:
        self.requests.append("tags")
        return self._find(key, version_id)[0].tags.get("foveal-status")

    def set_status_tag(self, key: str, version_id: str | None, status: str | None) -> None:
        self.requests.append("tag")
        tags = self._find(key, version_id)[0].tags
        tags.pop("foveal-status", None)
        if status is not None:
            tags["foveal-status"] = status

    def _range(self, key: str, offset: int, length: int, version_id: str | None) -> RangeResponse:
        self.requests.append("get")
        version, data = self._find(key, version_id)
        if version.storage_class == "GLACIER" and not version.is_restored:
            raise Archived
        part = data[offset : offset + length]
        return RangeResponse(part, len(data), version.etag, version.version_id, version.content_type)

    def _find(self, key: str, version_id: str | None) -> tuple[Version, bytes]:
        with self._lock:
            versions = self.keys.get(key, [])
            if version_id is None:
                versions = versions[-1:]
            found = [each for each in versions if version_id in (None, each.version_id)]
            if not found or found[0].data is None:
                raise NotThere
            return found[0], found[0].data

    def _event(
        self, detail_type: str, key: str, version_id: str | None, more: dict[str, str], size: int | None = None
    ) -> str:
        self._sequence += 1
        thing = {
            "key": key,
            "sequencer": f"{self._sequence:018x}",
            **({"version-id": version_id} if version_id else {}),
            **({} if size is None else {"size": size}),
        }
        message = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": detail_type,
            "source": "aws.s3",
            "account": "111122223333",
            "time": "2026-10-31T09:30:00Z",
            "region": "eu-central-1",
            "resources": [f"arn:aws:s3:::{self.name}"],
            "detail": {"version": "0", "bucket": {"name": self.name}, "object": thing, **more},
        }
        return json.dumps(message)
