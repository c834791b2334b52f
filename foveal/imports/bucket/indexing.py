"""Index of an import: assets in the catalog from rows alone, without a request for any object.

A row counts only if the catalog knows no later state. In the media bucket the catalog follows events, so that there a
row only ever adds an asset; in another bucket a later row replaces what an earlier one said.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pymongo import UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from foveal.database.asset_fields import OF_VERSION
from foveal.database.client import Document
from foveal.database.error_codes import DUPLICATE_KEY
from foveal.database.stored_documents import BucketSourceDocument, ImportDocument
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.encoding.ids import adopted_id
from foveal.imports.bucket.report import Part
from foveal.imports.bucket.rows import Refused, Row, file_name_of, refusal
from foveal.objects.keys import parse_media_key

SOURCE_KEY: Final = "source_key"
"""Attribute with the key of the object."""
MAX_TAG_LENGTH: Final = 256
MAX_TAGS: Final = 100
_KNOWN: Final = {"project": 1, "status": 1, "s3": 1, "size_bytes": 1, "deletion": 1, "deleted_at": 1, "reason": 1}


class Index:
    """Writer of the rows of one import; `is_own` for those of the media bucket."""

    def __init__(self, database: Database[Document], import_: ImportDocument, bucket: str, *, is_own: bool) -> None:
        self._assets, self._import, self._bucket, self._is_own = database.assets, import_, bucket, is_own
        self._source = import_["source"]

    def usable(self, rows: Iterable[Row | Refused], part: Part) -> dict[str, Row]:
        """Return the rows that can become assets, by asset id; tell and count the others."""
        found: dict[str, Row] = {}
        for row in rows:
            if isinstance(row, Refused):
                part.refuse(row.number, row.key, row.reason)
                continue
            reason = refusal(row, self._bucket)
            asset_id = None if reason else self._id_of(row.key)
            if asset_id is None or asset_id in found:
                part.refuse(row.number, row.key, reason or ("repeated" if asset_id else "not_of_project"))
            else:
                found[asset_id] = row
        return found

    def write(self, rows: Mapping[str, Row], part: Part) -> None:
        """Write assets, and count what became of each row. Raises PyMongoError."""
        now = datetime.now(UTC)
        known = {each["_id"]: each for each in self._assets.find({"_id": {"$in": list(rows)}}, _KNOWN)}
        new = [self._document(asset_id, row, now) for asset_id, row in rows.items() if asset_id not in known]
        inserted = set(self._inserted(new))
        for asset_id in inserted:
            part.take(rows[asset_id], "new")
        raced = [each["_id"] for each in new if each["_id"] not in inserted]
        known |= {each["_id"]: each for each in self._assets.find({"_id": {"$in": raced}}, _KNOWN)} if raced else {}
        updates = []
        for asset_id, stored in known.items():
            row = rows[asset_id]
            reason = self._guard(stored, row)
            if reason:
                part.refuse(row.number, row.key, reason)
            elif _is_same(stored, row):
                part.take(row, "unchanged")
            else:
                part.take(row, "changed")
                updates.append(self._update(asset_id, stored, row, now))
        if updates:
            self._assets.bulk_write(updates, ordered=False)

    def _inserted(self, documents: Sequence[Document]) -> list[str]:
        """Insert documents; return the ids of those that nobody else has inserted meanwhile."""
        if not documents:
            return []
        try:
            self._assets.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            failed = error.details.get("writeErrors", [])
            if any(each["code"] != DUPLICATE_KEY for each in failed) or error.details.get("writeConcernErrors"):
                raise
            lost = {each["index"] for each in failed}
            return [each["_id"] for place, each in enumerate(documents) if place not in lost]
        return [each["_id"] for each in documents]

    def _id_of(self, key: str) -> str | None:
        if not self._is_own:
            return adopted_id(self._bucket, key)
        found = parse_media_key(self._bucket, key)
        return found.asset_id if found and found.project == self._import["project"] else None

    def _guard(self, stored: Mapping[str, Any], row: Row) -> str | None:
        """Return the reason why the catalog keeps what it has, None where the row is as late or later."""
        if stored["project"] != self._import["project"]:
            return "of_another_project"
        if stored.get("deletion"):
            return "deleted"
        s3 = stored.get("s3") or {}
        if self._is_own:
            return None if _is_same(stored, row) and stored["status"] != "deleted" else "older"
        if stored["status"] == "deleted":
            return None if row.last_modified > stored.get("deleted_at", row.last_modified) else "older"
        held = s3.get("last_modified")
        return "older" if held is not None and row.last_modified < held and not _is_same(stored, row) else None

    def _document(self, asset_id: str, row: Row, now: datetime) -> Document:
        return {
            "_id": asset_id,
            "project": self._import["project"],
            "created_at": row.last_modified,
            "updated_at": now,
            **given(self._source, row.key),
            "label_summary": [],
            "annotation_revision": 0,
            "schema_version": SCHEMA_VERSION,
            **self._state(row),
        }

    def _state(self, row: Row) -> Document:
        """Return the members that a row states: place, size, and a status until the facts are read."""
        s3: Document = {
            "bucket": self._bucket,
            "key": row.key,
            "version_id": row.version_id,
            "etag": row.etag,
            "storage_class": row.storage_class,
            "last_modified": row.last_modified,
            "import_id": self._import["_id"],
        }
        if not self._is_own:
            s3["is_external"] = True
        if row.access_tier:
            s3["archive_status"] = f"{row.access_tier}_ACCESS"
        state: Document = {"status": "pending", "s3": s3, "size_bytes": row.size_bytes}
        if row.is_archived:
            archived = {"reason": "archived", "reason_detail": "the object is in an archive tier"}
            return {**state, "status": "failed", **archived}
        return state

    def _update(self, asset_id: str, stored: Mapping[str, Any], row: Row, now: datetime) -> UpdateOne:
        s3, state = stored.get("s3") or {}, self._state(row)
        if "import_id" in s3:
            state["s3"]["import_id"] = s3["import_id"]  # of the import that brought the asset, which undoes it
        seen = {"_id": asset_id, "status": stored["status"], "deletion": None, "s3.etag": s3.get("etag")}
        changes = {"$literal": {**state, "updated_at": now}}
        return UpdateOne(seen, [{"$unset": list(OF_VERSION)}, {"$replaceWith": {"$mergeObjects": ["$$ROOT", changes]}}])


def given(source: BucketSourceDocument, key: str) -> Document:
    """Return the members that an import gives to the asset of a key, and that people may change afterwards."""
    tags = list(source["tags"])
    if source["tags_from_path"]:
        folders = key.removeprefix(source["prefix"]).split("/")[:-1]
        tags += [each[:MAX_TAG_LENGTH] for each in folders if each]
    return {
        "file_name": file_name_of(key),
        "tags": list(dict.fromkeys(tags))[:MAX_TAGS],
        "attributes": {SOURCE_KEY: key},
    }


def _is_same(stored: Mapping[str, Any], row: Row) -> bool:
    """Tell whether a row is of the version that the catalog holds: by version id where both have one, else by ETag."""
    s3 = stored.get("s3") or {}
    is_readable_now = stored.get("reason") == "archived" and not row.is_archived
    if stored["status"] == "deleted" or is_readable_now:
        return False
    if row.version_id and s3.get("version_id"):
        return bool(row.version_id == s3["version_id"])
    return s3.get("etag") == row.etag and stored.get("size_bytes", row.size_bytes) == row.size_bytes
