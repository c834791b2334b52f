"""Upload documents: caller, idempotency key, payload and state of each upload.

The unique index (`project`, `caller`, `idempotency_key`) is the lock: of concurrent begins under one key, one inserts
and the others read what it wrote. A key is remembered for thirty days.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from foveal.access.caller import Caller, Role
from foveal.database import typed
from foveal.database.catalog_documents import AssetDocument
from foveal.database.error_codes import DUPLICATE_KEY
from foveal.database.stored_documents import ExpectedBytes, StoredDocument, UploadDocument
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.encoding.ids import is_id
from foveal.errors import NoSuchUpload, ServiceUnavailable
from foveal.objects.media_types import media_type_essence
from foveal.uploads.backend import Backend
from foveal.uploads.requests import UploadItem
from foveal.validation.values import distinct

REMEMBERED_FOR: Final = timedelta(days=30)
GIVEN_UP: Final = ("upload_aborted", "upload_expired")


def find(backend: Backend, caller: Caller, upload_id: str, role: Role = Role.EDITOR) -> UploadDocument:
    """Return an upload of a project in which the caller has the role.

    Raises NoSuchUpload, with the same words for one that is absent and one in a project without a role; AccessDenied.
    """
    found = backend.uploads.find_one({"_id": upload_id}) if is_id(upload_id) else None
    if found is None:
        raise no_such_upload()
    caller.require(found["project"], role, no_such_upload)
    return found


def no_such_upload() -> NoSuchUpload:
    return NoSuchUpload("There is no such upload.")


def find_by_keys(backend: Backend, project: str, caller: str, keys: Iterable[str]) -> dict[str, UploadDocument]:
    """Return the uploads that this caller began under these idempotency keys."""
    sought = list(keys)
    if not sought:
        return {}
    query = {"project": project, "caller": caller, "idempotency_key": {"$in": sought}}
    return {each["idempotency_key"]: each for each in backend.uploads.find(query, batch_size=1_000)}


def without_failed(backend: Backend, known: Mapping[str, UploadDocument]) -> dict[str, UploadDocument]:
    """Return the uploads that a key still stands for; one that failed sets its key free.

    Its bytes had another checksum than declared, and its object cannot be replaced: the file needs another asset.
    """
    failed = [upload["_id"] for upload in known.values() if upload["state"] == "failed"]
    if failed:
        freed: dict[str, Any] = {"idempotency_key": "", "payload_hash": ""}
        backend.uploads.update_many({"_id": {"$in": failed}, "state": "failed"}, {"$unset": freed})
    return {key: upload for key, upload in known.items() if upload["state"] != "failed"}


def insert_uploads(backend: Backend, uploads: Sequence[UploadDocument]) -> set[str]:
    """Insert uploads; return the ids of those whose key was taken by a concurrent request."""
    return {uploads[index]["_id"] for index in _insert(backend.uploads, uploads)}


def insert_assets(backend: Backend, assets: Sequence[AssetDocument]) -> None:
    """Insert the pending assets that are not there yet."""
    _insert(typed.assets(backend.database), assets)


def asset_statuses(backend: Backend, asset_ids: Iterable[str]) -> dict[str, str]:
    sought = list(asset_ids)
    if not sought:
        return {}
    cursor = backend.database.assets.find({"_id": {"$in": sought}}, {"status": 1}, batch_size=1_000)
    return {each["_id"]: each["status"] for each in cursor}


def pending_asset(backend: Backend, upload: UploadDocument, item: UploadItem) -> AssetDocument:
    """Return the asset document before its bytes arrive; ingest compares the bytes with `expected`."""
    expected: ExpectedBytes = {
        "size_bytes": upload["size_bytes"],
        "mime_type": media_type_essence(upload["content_type"]),
    }
    if upload["checksum"]:
        expected["checksum"] = upload["checksum"]
    return {
        "_id": upload["asset_id"],
        "project": upload["project"],
        "status": "pending",
        "file_name": item.file_name,
        "s3": {"bucket": backend.bucket, "key": upload["key"]},
        "tags": distinct(item.tags),
        "attributes": {name: value for name, value in item.attributes.items() if value is not None},
        "label_summary": [],
        "annotation_revision": 0,
        "expected": expected,
        "created_at": upload["created_at"],
        "updated_at": upload["created_at"],
        "schema_version": SCHEMA_VERSION,
    }


def change(backend: Backend, upload: UploadDocument, only_if: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Set fields if the stored upload matches `only_if`; return whether it did.

    `upload` becomes as it is stored in either case, so that the loser of a race sees what the winner wrote. Raises
    NoSuchUpload when it has expired meanwhile.
    """
    query = {"_id": upload["_id"], **only_if}
    if not backend.uploads.update_one(query, {"$set": dict(values)}).matched_count:
        _reload(backend, upload)
        return False
    _update(upload, values)
    return True


def expect_checksum(backend: Backend, upload: UploadDocument) -> None:
    """Set the checksum of an upload as the expected one of its pending asset; ingest compares the bytes with it."""
    query = {"_id": upload["asset_id"], "status": "pending"}
    backend.database.assets.update_one(query, {"$set": {"expected.checksum": upload["checksum"]}})


def reopen(backend: Backend, upload: UploadDocument) -> None:
    """Reopen an aborted or expired upload under its ids."""
    given_up = {"state": {"$in": ["aborted", "expired"]}}
    change(backend, upload, given_up, {"state": "open", "s3_upload_id": None, "completing_at": None})
    failed = {"status": "failed", "reason": {"$in": list(GIVEN_UP)}}
    arrived_late = {"deletion.is_of_upload": True}  # bytes came after the abort, and were refused
    query = {"_id": upload["asset_id"], "$or": [failed, arrived_late]}
    gone = dict.fromkeys(("reason", "deletion", "deleted_at"), "")
    backend.database.assets.update_one(query, {"$set": {"status": "pending"}, "$unset": gone})


def fail_pending_assets(backend: Backend, asset_ids: Sequence[str], reason: str, at: datetime) -> None:
    """Mark pending assets whose bytes have not arrived as failed, with a reason."""
    query = {"_id": {"$in": list(asset_ids)}, "status": "pending", "s3.sequencer": {"$exists": False}}
    backend.database.assets.update_many(query, {"$set": {"status": "failed", "reason": reason, "updated_at": at}})


def settle(backend: Backend, upload_ids: Sequence[str], state: str) -> None:
    """Set the final state of open uploads."""
    if upload_ids:
        query = {"_id": {"$in": list(upload_ids)}, "state": "open"}
        backend.uploads.update_many(query, {"$set": {"state": state}})


def forget_at(begun_at: datetime) -> datetime:
    return begun_at + REMEMBERED_FOR


def _reload(backend: Backend, upload: UploadDocument) -> None:
    found = backend.uploads.find_one({"_id": upload["_id"]})
    if found is None:
        raise no_such_upload()
    _update(upload, found)


def _update(upload: UploadDocument, values: Mapping[str, Any]) -> None:
    cast("dict[str, Any]", upload).update(values)


def _insert(collection: Collection[StoredDocument], documents: Sequence[StoredDocument]) -> list[int]:
    """Insert documents; return the positions of those that exist already. Raises ServiceUnavailable, PyMongoError."""
    if not documents:
        return []
    try:
        collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        failures = error.details["writeErrors"]
        if any(each["code"] != DUPLICATE_KEY for each in failures):
            raise
        if error.details["writeConcernErrors"]:
            raise ServiceUnavailable("The catalog could not confirm the write; send the same request again.") from None
        return [each["index"] for each in failures]
    return []
