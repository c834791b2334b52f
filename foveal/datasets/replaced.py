"""Members whose pinned bytes are no longer the current ones, and until when lifecycle rules keep them.

Current versions never expire. A version that was replaced or deleted stays for the days that the stage's lifecycle
rules give it, counted from the moment at which another version or a delete marker took its place (S3 user guide,
"Lifecycle configuration elements", NoncurrentVersionExpiration). So the earliest of these instants is when a version
of a data set stops to be rebuildable in full.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from pymongo.database import Database

from foveal.access.page_tokens import Position, Tokens
from foveal.aws.s3 import S3
from foveal.database.client import Document
from foveal.datasets.documents import VersionDocument
from foveal.datasets.tree.members import Line
from foveal.datasets.tree.page_store import PageStore
from foveal.delivery.versions import versions_of
from foveal.objects.buckets import is_external

MAX_COMPARED: Final = 5_000
"""Members that one request compares with the catalog."""
_BATCH: Final = 1_000
_CURRENT: Final = {"s3": 1, "status": 1, "deletion": 1}


@dataclass(frozen=True, slots=True)
class Replaced:
    """Finds replaced members of the versions of one project; `days` is how long noncurrent versions are kept."""

    database: Database[Document]
    bucket: S3
    project: str
    key: bytes
    days: int

    def page(self, version: VersionDocument, limit: int, next_token: str | None) -> Document:
        """Return `{"items": [member, …], "next_token": …}` by asset id; a page may be empty and not the last."""
        tokens = Tokens.of(self.key, "dataset-replaced", version["_id"])
        after = tokens.read(next_token).id if next_token else ""
        lines = PageStore(self.database, self.bucket, self.project).lines_after(version["_id"], after)
        items: list[Document] = []
        for compared in range(_BATCH, MAX_COMPARED + 1, _BATCH):
            batch = list(islice(lines, _BATCH))
            for kept in self._replaced(batch):
                if len(items) == limit:
                    return {"items": items, "next_token": tokens.sign(Position(None, items[-1]["asset_id"]))}
                items.append(kept)
            if len(batch) < _BATCH:
                return {"items": items, "next_token": None}
            if compared == MAX_COMPARED:
                after = batch[-1].asset_id
        return {"items": items, "next_token": tokens.sign(Position(None, after))}

    def _replaced(self, lines: Sequence[Line]) -> Iterator[Document]:
        """Yield the members whose pinned version is not what the catalog holds as current."""
        query = {"_id": {"$in": [line.asset_id for line in lines]}}
        found = {each["_id"]: each for each in self.database.assets.find(query, _CURRENT)}
        for line in lines:
            asset = found.get(line.asset_id)
            if not _is_current(asset, line):
                yield self._kept(line, is_external=asset is not None and is_external(asset))

    def _kept(self, line: Line, *, is_external: bool) -> Document:
        """Return a replaced member with the state of its pinned version in the bucket.

        Of other buckets the rules are not known: whether the version is there shows when it is read.
        """
        pinned = {"asset_id": line.asset_id, "key": line.s3.key, "version_id": line.s3.version_id}
        if is_external:
            return {**pinned, "is_gone": False, "replaced_at": None, "kept_until": None}
        listed = versions_of(self.bucket, {"s3": {"key": line.s3.key}})
        place = next((n for n, each in enumerate(listed) if each.version_id == line.s3.version_id), None)
        replaced_at: datetime | None = listed[place - 1].last_modified if place else None
        return {
            **pinned,
            "is_gone": place is None,
            "replaced_at": replaced_at,
            "kept_until": replaced_at + timedelta(days=self.days) if replaced_at else None,
        }


def _is_current(asset: Mapping[str, Any] | None, line: Line) -> bool:
    if asset is None or asset["status"] == "deleted" or asset.get("deletion"):
        return False
    return (asset.get("s3") or {}).get("version_id") == line.s3.version_id
