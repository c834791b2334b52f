"""Begin: check each file, count its bytes, insert upload and pending asset, sign a ticket; replays find the first one.

The order makes a crash at any point harmless: the upload document is the lock of its idempotency key and is written
first; a replay makes the pending asset and S3's multipart upload again where they are absent.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from foveal.database.catalog_documents import AssetDocument
from foveal.database.stored_documents import DeclaredChecksum, UploadDocument
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.encoding.ids import new_id
from foveal.encoding.instants import timestamp
from foveal.errors import IdempotencyConflict, InvalidRequest, Problem, QuotaExceeded
from foveal.objects.keys import media_key
from foveal.objects.media_types import UNSPECIFIC
from foveal.uploads import multipart, quotas, store
from foveal.uploads.backend import Backend
from foveal.uploads.limits import agreed_part_size, part_count, part_size
from foveal.uploads.requests import BeginRequest, UploadItem, stored_key
from foveal.uploads.tickets import MultipartTicket, PostTicket, PutTicket, TicketIssuer
from foveal.validation.models import validated

URLS_PER_ANSWER: Final = 1_000
_NOT_IN_ORDER: Final = {"idempotency_key", "attributes", "metadata"}


@dataclass(slots=True)
class Draft:
    """One item of a request: its upload document, or the problem that stopped it."""

    position: int
    item: UploadItem | None = None
    upload: UploadDocument = field(init=False)
    """Absent from an item that was refused."""
    key: str | None = None
    problem: Problem | None = None
    is_replay: bool = False
    status: str = "pending"
    arrived: frozenset[int] = frozenset()

    def stop(self, problem: Problem) -> None:
        problem.extensions = {**problem.extensions, "item": self.position}
        self.problem = problem


def begin(backend: Backend, project: str, caller: str, request: BeginRequest, at: datetime) -> list[dict[str, Any]]:
    """Return for each item, in order, its asset, upload and ticket; or `{"problem"}`, which names the item.

    Raises InvalidRequest for acceleration that is off; PyMongoError when the catalog is not reachable: the same
    request, with idempotency keys, may be sent again.
    """
    issuer = TicketIssuer(backend, at, request.expires_in_seconds, request.accelerate)
    return answers(prepare(backend, project, caller, request, at), issuer)


def prepare(backend: Backend, project: str, caller: str, request: BeginRequest, at: datetime) -> list[Draft]:
    """Insert the upload and the pending asset of each item. Raises PyMongoError."""
    drafts = [
        _draft(backend, project, caller, position, value, at, is_keyed_by_checksum=request.checksum_as_key)
        for position, value in enumerate(request.uploads)
    ]
    known = store.find_by_keys(backend, project, caller, _keys(drafts))
    _join_replays(drafts, store.without_failed(backend, known))
    _join_duplicates(drafts)
    _reserve(backend, project, at, _fresh(drafts))
    _insert(backend, project, caller, at, _fresh(drafts))
    begun = [draft for draft in drafts if draft.problem is None]
    _ensure_assets(backend, begun)
    _open_multipart(backend, begun, at)
    return drafts


def answers(drafts: Sequence[Draft], issuer: TicketIssuer) -> list[dict[str, Any]]:
    """Return the answer of begin for each draft, with a fresh ticket."""
    expires_at, parts_each = timestamp(issuer.expires_at), max(1, URLS_PER_ANSWER // len(drafts))
    return [_answer(draft, issuer, expires_at, parts_each) for draft in drafts]


def _draft(
    backend: Backend, project: str, caller: str, position: int, value: Any, at: datetime, *, is_keyed_by_checksum: bool
) -> Draft:
    draft = Draft(position)
    try:
        item = draft.item = validated(UploadItem, value)
        limits = backend.limits
        limits.check_type(item.content_type, item.file_name)
        method = item.method or limits.method_for(item.size_bytes)
        limits.check_size(item.size_bytes, method)
        if item.checksum is not None:
            item.checksum.must_suit(method)
        key = _idempotency_key(item, is_keyed_by_checksum=is_keyed_by_checksum)
        part_size_bytes = part_size(item.size_bytes, item.part_size_bytes) if method == "multipart" else None
    except Problem as problem:
        draft.stop(problem)
        return draft
    asset_id = new_id()
    sent = item.checksum
    declared: DeclaredChecksum | None = {"algorithm": sent.algorithm, "value": sent.value} if sent else None
    draft.upload = {
        "_id": new_id(),
        "project": project,
        "caller": caller,
        "asset_id": asset_id,
        "method": method,
        "key": media_key(project, asset_id, item.file_name),
        "file_name": item.file_name,
        "size_bytes": item.size_bytes,
        "content_type": item.content_type or UNSPECIFIC,
        "part_size_bytes": part_size_bytes,
        "s3_upload_id": None,
        "checksum": declared,
        "metadata": item.metadata,
        "state": "open",
        "created_at": at,
        "expires_at": store.forget_at(at),
        "schema_version": SCHEMA_VERSION,
    }
    if key is not None:
        draft.key = draft.upload["idempotency_key"] = key
        draft.upload["payload_hash"] = payload_hash(item, key)
    return draft


def _idempotency_key(item: UploadItem, *, is_keyed_by_checksum: bool) -> str | None:
    """Return the key as it is stored, None for an upload without one."""
    if item.idempotency_key is not None:
        return stored_key(item.idempotency_key)
    if not is_keyed_by_checksum:
        return None
    if item.checksum is None or item.checksum.algorithm not in ("sha256", "crc64nvme"):
        raise InvalidRequest("checksum_as_key needs a sha256 or crc64nvme checksum for each item without a key.")
    return f"checksum:{item.checksum.algorithm}:{item.checksum.value}:{item.size_bytes}"


def payload_hash(item: UploadItem, key: str) -> str:
    """Return the hash of the payload that a key stands for; if the checksum is the key, of the size only.

    Fields that were not sent are left out, so that a new field does not change the hashes of earlier uploads.
    """
    if not key.startswith("key:"):
        return hashlib.sha256(str(item.size_bytes).encode()).hexdigest()
    unordered = [sorted(item.attributes.items()), sorted(item.metadata.items())]
    rest = item.model_dump_json(exclude=_NOT_IN_ORDER, exclude_defaults=True)
    return hashlib.sha256(f"{rest}{unordered}".encode()).hexdigest()


def _keys(drafts: Iterable[Draft]) -> set[str]:
    return {draft.key for draft in drafts if draft.key is not None}


def _fresh(drafts: Iterable[Draft]) -> list[Draft]:
    return [draft for draft in drafts if draft.problem is None and not draft.is_replay]


def _join_replays(drafts: Iterable[Draft], known: dict[str, UploadDocument]) -> None:
    for draft in drafts:
        found = known.get(draft.key) if draft.key is not None else None
        if found is not None:
            _join(draft, found)


def _join_duplicates(drafts: Iterable[Draft]) -> None:
    """Join items with the same idempotency key within one request to the first one's upload."""
    first: dict[str, UploadDocument] = {}
    for draft in _fresh(drafts):
        if draft.key is not None and first.setdefault(draft.key, draft.upload) is not draft.upload:
            _join(draft, first[draft.key])


def _join(draft: Draft, found: UploadDocument) -> None:
    if found["payload_hash"] != draft.upload["payload_hash"]:
        draft.stop(IdempotencyConflict("idempotency_key: it was used for another file; choose a new one."))
        return
    draft.upload, draft.is_replay = found, True


def _reserve(backend: Backend, project: str, at: datetime, fresh: Sequence[Draft]) -> None:
    fits = quotas.reserve(backend, project, at, [draft.upload["size_bytes"] for draft in fresh])
    for draft, does_fit in zip(fresh, fits, strict=True):
        if not does_fit:
            limit = backend.limits.daily_quota_bytes
            draft.stop(QuotaExceeded(f"The project's {limit} bytes for today (UTC) are used up; try again tomorrow."))


def _insert(backend: Backend, project: str, caller: str, at: datetime, fresh: Sequence[Draft]) -> None:
    lost_ids = store.insert_uploads(backend, [draft.upload for draft in fresh])
    lost = [draft for draft in fresh if draft.upload["_id"] in lost_ids]
    if lost:
        quotas.release(backend, project, at, sum(draft.upload["size_bytes"] for draft in lost))
        _join_replays(lost, store.find_by_keys(backend, project, caller, _keys(lost)))


def _ensure_assets(backend: Backend, begun: Sequence[Draft]) -> None:
    replays = [draft for draft in begun if draft.is_replay]
    for draft in replays:
        if draft.upload["state"] in ("aborted", "expired"):
            store.reopen(backend, draft.upload)
    known = store.asset_statuses(backend, {draft.upload["asset_id"] for draft in replays})
    absent: dict[str, AssetDocument] = {}
    for draft in begun:
        asset_id = draft.upload["asset_id"]
        draft.status = known.get(asset_id, "pending")
        if asset_id not in known and draft.item is not None:
            absent[asset_id] = store.pending_asset(backend, draft.upload, draft.item)
    store.insert_assets(backend, list(absent.values()))


def _open_multipart(backend: Backend, begun: Sequence[Draft], at: datetime) -> None:
    drafts = [draft for draft in begun if draft.upload["method"] == "multipart"]
    uploads = {draft.upload["_id"]: draft.upload for draft in drafts}
    found = multipart.ready_all(backend, list(uploads.values()), at)
    for draft in drafts:
        arrived = found[draft.upload["_id"]]
        if isinstance(arrived, Problem):
            draft.stop(arrived)
        else:
            draft.arrived = frozenset(part.part_number for part in arrived)


def _answer(draft: Draft, issuer: TicketIssuer, expires_at: str, parts_each: int) -> dict[str, Any]:
    if draft.problem is not None:
        return {"problem": draft.problem.document()}
    upload, method = draft.upload, draft.upload["method"]
    if method == "put":
        ticket: PutTicket | PostTicket | MultipartTicket = issuer.put(upload)
    elif method == "post":
        ticket = issuer.post(upload)
    else:
        ticket = issuer.multipart(upload, _parts_to_send(draft)[:parts_each])
    return {
        "asset_id": upload["asset_id"],
        "upload_id": upload["_id"],
        "status": draft.status,
        "method": method,
        **ticket,
        "expires_at": expires_at,
    }


def _parts_to_send(draft: Draft) -> list[int]:
    upload = draft.upload
    if upload["state"] != "open":
        return []
    count = part_count(upload["size_bytes"], agreed_part_size(upload))
    return [number for number in range(1, count + 1) if number not in draft.arrived]
