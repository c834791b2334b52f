"""Progress of an upload: state, status of its asset, parts that have arrived."""

from datetime import datetime
from typing import Any

from foveal.database.stored_documents import UploadDocument
from foveal.encoding.instants import timestamp
from foveal.errors import Conflict, UploadInProgress
from foveal.uploads import multipart, store
from foveal.uploads.backend import Backend
from foveal.uploads.limits import agreed_part_size, part_count


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


def complete(backend: Backend, upload: UploadDocument, at: datetime) -> dict[str, Any]:
    """Complete a multipart upload, or confirm that a single one has arrived. Safe to repeat.

    Raises UploadInProgress for a single upload whose event S3 has not sent yet, and the problems of multipart.complete.
    """
    if upload["method"] == "multipart":
        multipart.complete(backend, upload, at)
        return describe(backend, upload)
    described = describe(backend, upload)
    if described["state"] == "open":
        raise UploadInProgress("The bytes have not arrived yet, or S3 has not told of them yet; ask again.")
    return described


def describe(backend: Backend, upload: UploadDocument) -> dict[str, Any]:
    """Return an upload without S3's ids. The arrival of a single upload is known from its asset only."""
    asset_status = store.asset_statuses(backend, [upload["asset_id"]]).get(upload["asset_id"], "deleted")
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
