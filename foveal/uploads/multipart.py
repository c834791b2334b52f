"""Multipart uploads: open, list parts, sign parts, complete with the parts that S3 has, abort.

Only the server knows S3's upload id and completes: a client may stop and continue on another machine, and needs
nothing but the id of the upload. When S3's upload id vanishes (a lifecycle rule, another tool), a new one takes its
place under the same upload, and the missing parts are sent again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from foveal.aws import errors as aws
from foveal.database.stored_documents import DeclaredChecksum, UploadDocument
from foveal.errors import (
    ChecksumMismatch,
    Conflict,
    EntityTooSmall,
    IncompleteUpload,
    InvalidChecksum,
    InvalidPart,
    InvalidRequest,
    Problem,
    ServiceUnavailable,
    UploadInProgress,
)
from foveal.uploads import store
from foveal.uploads.backend import Backend
from foveal.uploads.limits import agreed_part_size, part_count, size_of_part
from foveal.uploads.requests import Checksum, PartsRequest
from foveal.uploads.tickets import MultipartTicket, TicketIssuer, multipart_headers
from foveal.validation.checksums import verification, verified

if TYPE_CHECKING:
    from foveal.aws.s3 import Part

SETTLING: Final = timedelta(hours=1)
CONCURRENT_CALLS: Final = 8
ABORT_ATTEMPTS: Final = 3
NAMED_PARTS: Final = 100


def ready_all(backend: Backend, uploads: Sequence[UploadDocument], at: datetime) -> "dict[str, list[Part] | Problem]":
    """Make uploads ready to take parts; return for each id what has arrived, or the problem that S3 has."""
    if not uploads:
        return {}
    from concurrent.futures import ThreadPoolExecutor

    def attempt(upload: UploadDocument) -> "list[Part] | Problem":
        try:
            return ready(backend, upload, at)
        except Problem as problem:
            return problem

    with ThreadPoolExecutor(min(CONCURRENT_CALLS, len(uploads))) as threads:
        return dict(zip((each["_id"] for each in uploads), threads.map(attempt, uploads), strict=True))


def ready(backend: Backend, upload: UploadDocument, at: datetime) -> "list[Part]":
    """Return the parts that have arrived, after opening S3's multipart upload where there is none (any more).

    Raises UploadInProgress while a completion is being confirmed, ServiceUnavailable.
    """
    if upload["state"] != "open":
        return []
    if upload["s3_upload_id"] is None:
        return _open(backend, upload)
    try:
        with _s3_faults():
            return backend.s3.list_parts(upload["key"], upload["s3_upload_id"])
    except aws.NoSuchUpload:
        return _vanished(backend, upload, at)


def whole_parts(backend: Backend, upload: UploadDocument, at: datetime) -> "list[Part]":
    """Return the arrived parts that have the agreed size; a client that does not compare sizes must see no others."""
    size_bytes, part_size_bytes = upload["size_bytes"], agreed_part_size(upload)
    return [
        part
        for part in ready(backend, upload, at)
        if part.size_bytes == size_of_part(part.part_number, size_bytes, part_size_bytes)
    ]


def sign_parts(
    backend: Backend, upload: UploadDocument, request: PartsRequest, at: datetime
) -> tuple[MultipartTicket, datetime]:
    """Return the ticket for some parts, and when it ends. Raises InvalidRequest, Conflict."""
    _must_be_open(upload)
    issuer, part_numbers = (
        TicketIssuer(backend, at, request.expires_in_seconds, request.accelerate),
        request.part_numbers,
    )
    count = part_count(upload["size_bytes"], agreed_part_size(upload))
    beyond = [number for number in part_numbers if number > count]
    if beyond:
        raise InvalidRequest(f"part_numbers: this upload has {count} parts; there is no part {beyond[0]}.")
    if upload["s3_upload_id"] is None:
        _open(backend, upload)
    return issuer.multipart(upload, part_numbers), issuer.expires_at


def complete(
    backend: Backend, upload: UploadDocument, at: datetime, declared: Checksum | None = None
) -> UploadDocument:
    """Make the object of what has arrived; return the upload as it is then. Safe to repeat.

    `declared` is the checksum of the whole, from a client that learned it while it sent the parts. Raises
    IncompleteUpload with the missing parts, InvalidPart, EntityTooSmall, InvalidChecksum, ChecksumMismatch,
    UploadInProgress, ServiceUnavailable.
    """
    if declared is not None:
        declared.must_suit("multipart")
    if upload["state"] == "open":
        parts = ready(backend, upload, at)
        if upload["state"] == "open":
            _must_be_whole(upload, parts)
            if declared is not None:
                _declare(backend, upload, {"algorithm": declared.algorithm, "value": declared.value})
            _complete_in_s3(backend, upload, parts, at)
    if upload["state"] == "failed":
        raise ChecksumMismatch("The bytes that arrived do not have the declared checksum; begin again.")
    if upload["state"] != "completed":
        raise Conflict(f"The upload was {upload['state']}; begin again, with the same idempotency key if you like.")
    result = upload.get("result")
    if declared and result and verification(declared.model_dump(), result["checksums"]) == "mismatched":
        raise ChecksumMismatch(
            "The upload is complete, and its bytes have another checksum than the one that you gave."
        )
    return upload


def _declare(backend: Backend, upload: UploadDocument, declared: DeclaredChecksum) -> None:
    """Keep a checksum on the upload and, for ingest, on its asset, before S3 can say that the object is there."""
    if upload["checksum"] is None:
        store.change(backend, upload, {"state": "open", "checksum": None}, {"checksum": declared})
    if upload["checksum"] != declared:
        raise InvalidChecksum("checksum: the upload has another one, which was declared before.")
    store.expect_checksum(backend, upload)


def abort(backend: Backend, upload: UploadDocument, at: datetime) -> None:
    """Abort an upload and its parts. Safe to repeat. Raises Conflict when it is complete already."""
    if upload["state"] == "open":
        store.change(backend, upload, {"state": "open"}, {"state": "aborted"})
    if upload["state"] not in ("aborted", "expired"):
        raise Conflict(f"The upload is {upload['state']}; delete its asset instead.")
    discard_parts(backend, upload)
    store.fail_pending_assets(backend, [upload["asset_id"]], "upload_aborted", at)


def discard_parts(backend: Backend, upload: UploadDocument) -> None:
    """Abort in S3 until no part is left: a part that was under way may arrive after the first abort."""
    if not upload["s3_upload_id"]:
        return
    with _s3_faults():
        try:
            for _ in range(ABORT_ATTEMPTS):
                backend.s3.abort_multipart(upload["key"], upload["s3_upload_id"])
                if not backend.s3.list_parts(upload["key"], upload["s3_upload_id"]):
                    return
        except aws.NoSuchUpload:
            return


def _open(backend: Backend, upload: UploadDocument) -> "list[Part]":
    before = upload["s3_upload_id"]
    headers = multipart_headers(upload)
    with _s3_faults():
        opened = backend.s3.create_multipart(upload["key"], headers.pop("Content-Type"), headers)
        values = {"s3_upload_id": opened, "completing_at": None}
        if store.change(backend, upload, {"s3_upload_id": before, "state": "open"}, values):
            return []
        backend.s3.abort_multipart(upload["key"], opened)
    return []


def _vanished(backend: Backend, upload: UploadDocument, at: datetime) -> "list[Part]":
    """Handle an upload that S3 does not know: it is complete, is being completed, or is opened again."""
    if store.asset_statuses(backend, [upload["asset_id"]]).get(upload["asset_id"]) != "pending":
        store.change(backend, upload, {"state": "open"}, {"state": "completed"})
        return []
    completing_at = upload.get("completing_at")
    if completing_at is not None and at - completing_at < SETTLING:
        raise UploadInProgress("The completion is being confirmed; ask again in a few seconds.")
    return _open(backend, upload)


def _must_be_open(upload: UploadDocument) -> None:
    if upload["method"] != "multipart":
        raise Conflict(f"This is a single upload by {upload['method']}; it has no parts.")
    if upload["state"] != "open":
        raise Conflict(f"The upload is {upload['state']}.")


def _must_be_whole(upload: UploadDocument, parts: "Sequence[Part]") -> None:
    """Raise IncompleteUpload unless every part is there with its size: completion never leaves a part out."""
    size_bytes, part_size_bytes = upload["size_bytes"], agreed_part_size(upload)
    count = part_count(size_bytes, part_size_bytes)
    arrived = {part.part_number: part.size_bytes for part in parts}
    missing = [number for number in range(1, count + 1) if number not in arrived]
    wrong = [
        number
        for number, found in arrived.items()
        if number > count or found != size_of_part(number, size_bytes, part_size_bytes)
    ]
    if missing or wrong:
        raise IncompleteUpload(
            f"{len(missing)} of {count} parts have not arrived and {len(wrong)} have another size than agreed.",
            missing_part_numbers=missing[:NAMED_PARTS],
            wrong_part_numbers=wrong[:NAMED_PARTS],
            arrived_bytes=sum(arrived.values()),
            size_bytes=size_bytes,
        )


def _complete_in_s3(backend: Backend, upload: UploadDocument, parts: "Sequence[Part]", at: datetime) -> None:
    if not store.change(backend, upload, {"state": "open"}, {"completing_at": at}):
        return
    try:
        with _s3_faults():
            done = backend.s3.complete_multipart(
                upload["key"], str(upload["s3_upload_id"]), parts, {"If-None-Match": "*"}
            )
    except aws.PreconditionFailed:
        # The object is there: an earlier completion whose answer was lost.
        store.change(backend, upload, {"state": "open"}, {"state": "completed"})
        return
    except aws.NoSuchUpload:
        _vanished(backend, upload, at)
        return
    compared = verification(upload["checksum"], done.checksums)
    checksums = verified(done.checksums, compared)
    state = "failed" if compared == "mismatched" else "completed"
    result = {"etag": done.etag, "version_id": done.version_id, "checksums": checksums}
    store.change(backend, upload, {"state": "open"}, {"state": state, "result": result})


@contextmanager
def _s3_faults() -> Iterator[None]:
    """Translate errors of S3 into problems."""
    try:
        yield
    except (aws.Unreachable, aws.Throttled):
        raise ServiceUnavailable("S3 is not reachable for the moment; try again.") from None
    except aws.InvalidPart:
        raise InvalidPart("S3 does not have one of the parts any more; list the parts and send it again.") from None
    except aws.EntityTooSmall:
        raise EntityTooSmall("A part other than the last is smaller than 5 MiB; send it again.") from None
    except aws.BadDigest:
        raise ChecksumMismatch("The bytes that arrived do not have the declared checksum.") from None
    except aws.ConditionalRequestConflict:
        raise UploadInProgress("Another completion is under way; ask again in a few seconds.") from None
    except aws.AwsError as error:
        if error.status < 500:
            raise
        raise ServiceUnavailable("S3 has a fault for the moment; try again.") from None
