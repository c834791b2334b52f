"""Facts of imported objects: the headers are read as ingest reads them, and no event is published for any asset."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from pymongo import UpdateOne
from pymongo.database import Database

from foveal.aws.errors import AccessDenied, AwsError
from foveal.aws.s3 import S3, Opened
from foveal.database.client import Document
from foveal.errors import Unprocessable
from foveal.imports.bucket.report import Part
from foveal.imports.bucket.rows import Row
from foveal.ingest.bucket import MediaBucket
from foveal.ingest.commit import STATE_FIELDS, Asset, Change, Trigger, change
from foveal.ingest.observation import Absent, ChangedWhileReading, Observation, observe, observe_first_block

THREADS: Final = 16
SECONDS: Final = 60.0
"""Time for the first requests of a batch; what is left is read one by one."""
_KEPT: Final = ("is_external", "last_modified", "import_id")
_REFUSED: Final = ("InvalidRequest", "KMS.DisabledException", "KMS.NotFoundException", "KMS.KMSInvalidStateException")
_TOLD: Final = {
    "gone": "The object is not there any more.",
    "denied": "S3 does not let this stage read the object: its policy, its key (KMS) or SSE-C forbid it.",
    "changing": "The object changes while it is read.",
}


class _Read(NamedTuple):
    """Result of reading an object: an observation, or the code of the reason why there is none."""

    observation: Observation | None
    reason: str | None = None


class FactReader:
    """Reader of the facts of objects in one bucket. Close it: its threads live as long as the reader."""

    def __init__(self, database: Database[Document], s3: S3) -> None:
        self._assets, self._bucket = database.assets, MediaBucket(s3)
        self._threads = ThreadPoolExecutor(THREADS, "facts")

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    def read(self, rows: Mapping[str, Row], part: Part) -> None:
        """Read and commit the facts of those assets that are pending still.

        Raises Unprocessable when S3 refuses all of many objects, AwsError, PyMongoError.
        """
        pending = self._pending(rows)
        reads = dict(zip(pending, self._reads([rows[each] for each in pending]), strict=True))
        denied = [asset_id for asset_id, each in reads.items() if each.reason == "denied"]
        if len(denied) > 1 and len(denied) == len(reads):
            raise Unprocessable(
                f"S3 does not let this stage read the objects of the bucket {self._bucket.name}: its owner allows "
                "s3:GetObject, and kms:Decrypt for their key (`foveal bucket policy` prints the policy)."
            )
        now = datetime.now(UTC)
        updates = [
            self._update(asset_id, pending[asset_id], rows[asset_id], each, now, part)
            for asset_id, each in reads.items()
        ]
        if written := [each for each in updates if each is not None]:
            self._assets.bulk_write(written, ordered=False)

    def _pending(self, rows: Mapping[str, Row]) -> dict[str, Document]:
        """Return the states of the assets that wait for their facts: indexed by an import, not by an upload."""
        query = {"_id": {"$in": list(rows)}, "status": "pending", "s3.import_id": {"$exists": True}, "deletion": None}
        return {each["_id"]: each for each in self._assets.find(query, {**STATE_FIELDS, "project": 1})}

    def _reads(self, rows: list[Row]) -> Iterator[_Read]:
        """Yield what came of each object, in order: pipelined requests first, threads for what they leave."""
        ahead = self._bucket.open_ahead({row.key: row.size_bytes for row in rows}, SECONDS)
        found = [self._first(row, opened) for row, opened in zip(rows, ahead, strict=True)]
        return iter([each() for each in found])

    def _first(self, row: Row, opened: Opened | Absent | None) -> Callable[[], _Read]:
        observation = _try_first_block(row.key, opened)
        if observation is not None:
            return lambda: _Read(observation)
        return self._threads.submit(self._fully, row.key, opened if isinstance(opened, Opened) else None).result

    def _fully(self, key: str, opened: Opened | None) -> _Read:
        try:
            return _Read(observe(self._bucket, key, opened))
        except ChangedWhileReading:
            return _Read(None, "changing")
        except AwsError as error:
            if isinstance(error, AccessDenied) or error.code in _REFUSED:
                return _Read(None, "denied")
            raise

    def _update(
        self, asset_id: str, state: Document, row: Row, read: _Read, now: datetime, part: Part
    ) -> UpdateOne | None:
        if read.observation is None:
            return self._failed(asset_id, state, row, str(read.reason), now, part)
        asset = Asset(asset_id, state["project"], self._bucket.name, row.key, True, state)
        occurred_at = now if isinstance(read.observation, Absent) else row.last_modified
        found = change(asset, Trigger(None, "", occurred_at), read.observation)
        if found is None:
            return None
        if isinstance(read.observation, Absent):
            part.not_read(asset_id, row.key, "gone", _TOLD["gone"])
        else:
            part.counts["read"] += 1
            if found.status != "ready":
                part.not_read(asset_id, row.key, str(found.fields["reason"]), str(found.fields["reason_detail"]))
        return _quiet(found, state).update(now)

    def _failed(
        self, asset_id: str, state: Document, row: Row, reason: str, now: datetime, part: Part
    ) -> UpdateOne | None:
        """Return the update for an object that cannot be read; one that is changing stays pending."""
        part.not_read(asset_id, row.key, reason, _TOLD[reason])
        if reason != "denied":
            return None
        seen = {"_id": asset_id, "status": "pending", "s3.etag": state["s3"]["etag"]}
        members = {"status": "failed", "reason": reason, "reason_detail": _TOLD[reason], "updated_at": now}
        return UpdateOne(seen, {"$set": members})


def _quiet(found: Change, state: Mapping[str, Any]) -> Change:
    """Return a change without its event, which keeps what the import knows of the place."""
    kept = {name: state["s3"][name] for name in _KEPT if name in state["s3"]}
    return replace(found, events=(), s3={**found.s3, **kept})


def _try_first_block(key: str, opened: Opened | Absent | None) -> Observation | None:
    """Return the observation if the first response suffices, else None: a thread reads further."""
    try:
        return observe_first_block(key, opened) if isinstance(opened, Opened) else opened
    except Exception:
        return None
