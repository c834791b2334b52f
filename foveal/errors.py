"""Problems: every error that a caller may receive, with a stable code in S3's own words, a status, and the remedy.

    Problem
    ├── InvalidRequest 400 ─ InvalidChecksum, InvalidPart, EntityTooSmall, IncompleteUpload
    ├── Unauthenticated 401
    ├── AccessDenied 403 ─ ExpiredTicket
    ├── NotFound 404 ─ NoSuchProject, NoSuchAsset, NoSuchUpload, NoSuchVersion, NoSuchAnnotation,
    │                 NoSuchJob, NoSuchImport, NoSuchMember
    ├── Conflict 409 ─ IdempotencyConflict, UploadInProgress, AssetNotReady (ScanPending, RenditionNotReady),
    │                  InvalidObjectState, ChecksumMismatch, VersionProtected, PinnedByDataset, LastAdmin,
    │                  RolesHeldByIssuer
    ├── PreconditionFailed 412
    ├── EntityTooLarge 413
    ├── UnsupportedMediaType 415
    ├── Unprocessable 422 ─ QueryTooExpensive, Unrenderable
    ├── PreconditionRequired 428
    ├── TooManyRequests 429 ─ QuotaExceeded
    ├── InternalError 500
    ├── ServiceUnavailable 503
    └── RefusedByRender, with the code and status of the problem that the render function answered

The documents follow RFC 9457 (Problem Details for HTTP APIs); `message` and `error` repeat the detail because
Uppy shows those (Uppy 5 reads `message`, Companion clients read `error`).
"""

from collections.abc import Mapping
from typing import Any


class Problem(Exception):
    """An error with a meaning for the caller. `extensions` become members of the problem document."""

    status: int
    title: str

    def __init__(self, detail: str, **extensions: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extensions: Mapping[str, Any] = extensions

    @property
    def code(self) -> str:
        return type(self).__name__

    def document(self) -> dict[str, Any]:
        return {
            "type": f"https://foveal.dev/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "message": self.detail,
            "error": self.detail,
            **self.extensions,
        }


class InvalidRequest(Problem):
    status, title = 400, "The request is not valid"


class InvalidChecksum(InvalidRequest):
    title = "The checksum is not valid"


class InvalidPart(InvalidRequest):
    title = "A part is missing or is not the one that was uploaded"


class EntityTooSmall(InvalidRequest):
    title = "A part is smaller than S3 allows"


class IncompleteUpload(InvalidRequest):
    title = "The parts do not add up to the declared size"


class Unauthenticated(Problem):
    status, title = 401, "Sign in first"


class AccessDenied(Problem):
    status, title = 403, "Not allowed"


class ExpiredTicket(AccessDenied):
    title = "The ticket has expired"


class NotFound(Problem):
    status, title = 404, "Not found"


class NoSuchProject(NotFound):
    title = "No such project"


class NoSuchAsset(NotFound):
    title = "No such asset"


class NoSuchUpload(NotFound):
    title = "No such upload"


class NoSuchVersion(NotFound):
    title = "No such version"


class NoSuchJob(NotFound):
    title = "There is no such job"


class NoSuchImport(NotFound):
    title = "There is no such import"


class NoSuchMember(NotFound):
    title = "No such member of the project"


class NoSuchAnnotation(NotFound):
    title = "No such annotation"


class Conflict(Problem):
    status, title = 409, "Conflict"


class IdempotencyConflict(Conflict):
    title = "The idempotency key was used for something else"


class UploadInProgress(Conflict):
    title = "The upload has not arrived yet"


class AssetNotReady(Conflict):
    title = "The asset is not ready"


class ScanPending(AssetNotReady):
    title = "The bytes are being scanned for malware"


class RenditionNotReady(AssetNotReady):
    title = "The rendition is being made"


class InvalidObjectState(Conflict):
    title = "The object is archived"


class ChecksumMismatch(Conflict):
    title = "The bytes that arrived are not the bytes that were declared"


class VersionProtected(Conflict):
    title = "The version is locked"


class PinnedByDataset(Conflict):
    title = "Versions of data sets hold it"


class LastAdmin(Conflict):
    title = "The project would have no admin"


class RolesHeldByIssuer(Conflict):
    title = "Roles are given at the issuer of the tokens"


class PreconditionFailed(Problem):
    status, title = 412, "It has changed in the meantime"


class EntityTooLarge(Problem):
    status, title = 413, "Too large"


class UnsupportedMediaType(Problem):
    status, title = 415, "This type is not accepted"


class Unprocessable(Problem):
    status, title = 422, "Understood, but not possible"


class QueryTooExpensive(Unprocessable):
    title = "The query would cost too much"


class Unrenderable(Unprocessable):
    """No picture can be made from an asset; another attempt does not help."""

    title = "No picture can be made from this"


class PreconditionRequired(Problem):
    status, title = 428, "If-Match is required"


class TooManyRequests(Problem):
    status, title = 429, "Too many requests"


class QuotaExceeded(TooManyRequests):
    title = "The quota is used up"


class InternalError(Problem):
    status, title = 500, "Internal error"


class ServiceUnavailable(Problem):
    status, title = 503, "Not available for the moment"


class RefusedByRender(Problem):
    """A problem that the render function answered, passed on unchanged."""

    title = ""

    def __init__(self, document: Mapping[str, Any]) -> None:
        super().__init__(str(document["detail"]))
        self._document = dict(document)
        self.status = int(document["status"])

    @property
    def code(self) -> str:
        return str(self._document["code"])

    def document(self) -> dict[str, Any]:
        return self._document
