"""Protocol of an Uppy Companion (`/s3/*`), for Uppy 3 to 6 in Companion mode.

Uppy 6 sends no Authorization header in this mode, so the endpoint's path carries a token that is good for uploads to
one project in one caller's name. Companion's protocol does not tell a file's size; it comes as metadata
(`size_bytes`), because nothing is signed here for an unknown length. Other metadata become attributes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field

from foveal.access import path_tokens
from foveal.database.stored_documents import UploadDocument
from foveal.errors import InvalidRequest
from foveal.uploads import begin, multipart, store
from foveal.uploads.backend import Backend
from foveal.uploads.limits import MAX_PARTS, MAX_TTL_SECONDS, MIN_PART_BYTES
from foveal.uploads.requests import BeginRequest, PartsRequest
from foveal.uploads.tickets import TicketIssuer
from foveal.uploads.uppy import location
from foveal.validation.models import Model
from foveal.validation.values import FileName

PATH: Final = "/v1/companion/"
DEFAULT_TTL_SECONDS: Final = 3600
UPPY_METADATA: Final = frozenset({"name", "type", "relativePath", "filename", "size_bytes", "part_size_bytes"})


class CompanionRequest(Model):
    """The validity of a Companion endpoint."""

    model_config = ConfigDict(defer_build=True)

    expires_in_seconds: Annotated[int, Field(ge=60, le=MAX_TTL_SECONDS)] = DEFAULT_TTL_SECONDS


class CompanionCreate(Model):
    """The body in which Uppy begins a multipart upload; members that Companion does not know are ignored."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    filename: FileName
    type: str = ""
    metadata: dict[str, Any] | None = None


class Companion:
    """Companion of one token, at one instant. Raises AccessDenied, ExpiredTicket."""

    def __init__(self, backend: Backend, secret: str, token: str, at: datetime) -> None:
        self._backend, self._at = backend, at
        self._project, self._caller = path_tokens.unseal(secret, "companion", token, at)

    def params(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Return a POST form for a single upload."""
        metadata = {
            name[9:-1]: value for name, value in query.items() if name.startswith("metadata[") and name.endswith("]")
        }
        drafts = self._begin(query.get("filename"), query.get("type", ""), metadata, "post")
        ticket = begin.answers(drafts, TicketIssuer(self._backend, self._at))[0]
        expires = self._backend.limits.url_ttl_seconds
        return {"method": "POST", "url": ticket["url"], "fields": ticket["fields"], "expires": expires}

    def create(self, request: CompanionCreate) -> dict[str, Any]:
        """Begin a multipart upload."""
        drafts = self._begin(request.filename, request.type, request.metadata or {}, "multipart")
        upload = drafts[0].upload
        return {"key": upload["key"], "uploadId": upload["_id"], "bucket": self._backend.bucket}

    def sign_part(self, upload_id: str, key: str | None, part_number: str) -> dict[str, Any]:
        number = _integer(part_number)
        if number is None or not 1 <= number <= MAX_PARTS:
            raise InvalidRequest(f"The part number must be 1 to {MAX_PARTS}.")
        upload = self._find(upload_id, key)
        ticket, _ = multipart.sign_parts(self._backend, upload, PartsRequest(part_numbers=[number]), self._at)
        return {"url": ticket["parts"][0]["url"], "expires": self._backend.limits.url_ttl_seconds}

    def list_parts(self, upload_id: str, key: str | None) -> list[dict[str, Any]]:
        parts = multipart.whole_parts(self._backend, self._find(upload_id, key), self._at)
        return [{"PartNumber": each.part_number, "ETag": f'"{each.etag}"', "Size": each.size_bytes} for each in parts]

    def complete(self, upload_id: str, key: str | None) -> dict[str, Any]:
        """Complete by what S3 has; the client's list of parts is not needed."""
        upload = multipart.complete(self._backend, self._find(upload_id, key), self._at)
        return {"location": location(upload), "key": upload["key"], "bucket": self._backend.bucket}

    def abort(self, upload_id: str, key: str | None) -> dict[str, Any]:
        multipart.abort(self._backend, self._find(upload_id, key), self._at)
        return {}

    def _begin(self, file_name: Any, content_type: Any, metadata: Mapping[str, Any], method: str) -> list[begin.Draft]:
        size_bytes = _whole_number(metadata, "size_bytes")
        if size_bytes is None:
            raise InvalidRequest(
                "metadata.size_bytes is needed: uppy.on('file-added', (file) => "
                "uppy.setFileMeta(file.id, { size_bytes: file.size }))"
            )
        item: dict[str, Any] = {
            "file_name": file_name,
            "content_type": content_type,
            "size_bytes": size_bytes,
            "method": method,
            "attributes": {
                name: value
                for name, value in metadata.items()
                if name not in UPPY_METADATA and value not in (None, "null")
            },
        }
        if method == "multipart":
            uppys_own = max(MIN_PART_BYTES, -(-size_bytes // MAX_PARTS))
            item["part_size_bytes"] = _whole_number(metadata, "part_size_bytes") or uppys_own
        drafts = begin.prepare(self._backend, self._project, self._caller, BeginRequest(uploads=[item]), self._at)
        if drafts[0].problem is not None:
            raise drafts[0].problem
        return drafts

    def _find(self, upload_id: str, key: str | None) -> UploadDocument:
        query = {"_id": upload_id, "project": self._project, "caller": self._caller, "method": "multipart"}
        upload = self._backend.uploads.find_one(query)
        if upload is None or upload["key"] != key:
            raise store.no_such_upload()
        return upload


def endpoint(secret: str, project: str, caller: str, expires_at: datetime) -> str:
    """Return the path of a Companion for one caller's uploads to one project."""
    return PATH + path_tokens.seal(secret, "companion", [project, caller], expires_at)


def expiry(at: datetime, request: CompanionRequest) -> datetime:
    return (at + timedelta(seconds=request.expires_in_seconds)).replace(microsecond=0)


def _whole_number(metadata: Mapping[str, Any], name: str) -> int | None:
    value = metadata.get(name)
    if isinstance(value, str):
        return _integer(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _integer(text: str) -> int | None:
    """Return a number of up to 18 digits; None for any other text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None
