"""Progress of an upload: state, status of its asset, parts that have arrived."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from foveal.database.stored_documents import UploadDocument
from foveal.encoding.instants import timestamp
from foveal.errors import Conflict, InvalidChecksum, UploadInProgress
from foveal.uploads import multipart, store
from foveal.uploads.backend import Backend
from foveal.uploads.limits import agreed_part_size, part_count
from foveal.uploads.requests import CompleteRequest, stored_key

DELETED: Final = "deleted"
"""Status of an asset that is not in the catalog any more."""


def status(backend: Backend, upload: UploadDocument, at: datetime) -> dict[str, Any]:
    """Return an upload's state, its asset's status and, for multipart, the parts that have arrived."""
    described = describe(backend, upload)
    if upload["method"] == "multipart":
        described |= arrived(backend, upload, at)
        described["state"] = upload["state"]
    return described


def arrived(backend: Backend, upload: UploadDocument, at: datetime) -> dict[str, Any]:
    """Return the parts that have arrived and the numbers of those that are missing. Raises Conflict."""
    if upload["method"] != "multipart":
        raise Conflict(f"This is a single upload by {upload['method']}; it has no parts.")
    parts = multipart.ready(backend, upload, at)
    count = part_count(upload["size_bytes"], agreed_part_size(upload))
    numbers = {part.part_number for part in parts}
    is_open = upload["state"] == "open"
    return {
        "part_size_bytes": upload["part_size_bytes"],
        "part_count": count,
        "uploaded_parts": [part._asdict() for part in parts],
        "missing_part_numbers": [number for number in range(1, count + 1) if is_open and number not in numbers],
    }


def complete(backend: Backend, upload: UploadDocument, at: datetime, request: CompleteRequest) -> dict[str, Any]:
    """Complete a multipart upload, or confirm that a single one has arrived. Safe to repeat.

    Raises UploadInProgress for a single upload whose event S3 has not sent yet, InvalidChecksum for one with a
    checksum, and the problems of multipart.complete.
    """
    if upload["method"] == "multipart":
        multipart.complete(backend, upload, at, request.checksum)
        return describe(backend, upload)
    if request.checksum is not None:
        raise InvalidChecksum("checksum: only a multipart upload takes it at the end; for others, begin with it.")
    described = describe(backend, upload)
    if described["state"] == "open":
        raise UploadInProgress("The bytes have not arrived yet, or S3 has not told of them yet; ask again.")
    return described


def states(backend: Backend, project: str, caller: str, keys: Sequence[str]) -> dict[str, Any]:
    """Return the uploads that a caller began under these idempotency keys, in their order, and the other keys.

    S3 is not asked: of an open multipart upload the parts are listed by `status`.
    """
    found = store.find_by_keys(backend, project, caller, {stored_key(key) for key in keys})
    statuses = store.asset_statuses(backend, {upload["asset_id"] for upload in found.values()})
    uploads, missing = [], []
    for key in dict.fromkeys(keys):
        upload = found.get(stored_key(key))
        if upload is None:
            missing.append(key)
        else:
            status = statuses.get(upload["asset_id"], DELETED)
            uploads.append({"idempotency_key": key, **_described(upload, status)})
    return {"uploads": uploads, "missing_idempotency_keys": missing}


def describe(backend: Backend, upload: UploadDocument) -> dict[str, Any]:
    """Return an upload without S3's ids."""
    asset_id = upload["asset_id"]
    return _described(upload, store.asset_statuses(backend, [asset_id]).get(asset_id, DELETED))


def _described(upload: UploadDocument, asset_status: str) -> dict[str, Any]:
    """Return an upload with the status of its asset, from which alone the arrival of a single upload is known."""
    state, result = upload["state"], upload.get("result")
    if state == "open" and asset_status != "pending":
        state = "completed"
    return {
        "upload_id": upload["_id"],
        "asset_id": upload["asset_id"],
        "project": upload["project"],
        "method": upload["method"],
        "state": state,
        "status": asset_status,
        "size_bytes": upload["size_bytes"],
        "content_type": upload["content_type"],
        "checksums": result["checksums"] if result else None,
        "created_at": timestamp(upload["created_at"]),
    }
