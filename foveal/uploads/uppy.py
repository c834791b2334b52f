"""Uppy 6 in `signRequest` mode: one route signs every operation of an upload, and nothing else.

Parts and single uploads go to S3. Opening, listing, completing and aborting go to our own URLs, which answer in S3's
XML: so the upload id that Uppy keeps is ours and survives S3's, completion counts the bytes, and no client ever holds
a right on S3 beyond its own parts. Uppy sends no credentials there; the path carries a token for that one operation.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field

from foveal.access import path_tokens
from foveal.access.caller import Caller
from foveal.database.stored_documents import UploadDocument
from foveal.errors import AccessDenied, InvalidRequest, Problem
from foveal.uploads import begin, multipart, store
from foveal.uploads.backend import Backend
from foveal.uploads.requests import BeginRequest, CheckedLater, PartNumber, PartsRequest
from foveal.uploads.tickets import TicketIssuer
from foveal.validation.models import Model

PATH: Final = "/v1/uppy/"
TOKEN_TTL: Final = timedelta(minutes=15)
_NAMESPACE: Final = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


class SignRequest(Model):
    """Argument of Uppy's `signRequest`, unchanged; for the two requests that create, also `file`, an item of begin."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    method: Literal["PUT", "POST", "GET", "DELETE"]
    key: Annotated[str, Field(min_length=1, max_length=1024)]
    upload_id: Annotated[str | None, Field(alias="uploadId", max_length=64)] = None
    part_number: Annotated[PartNumber | None, Field(alias="partNumber")] = None
    file: Annotated[dict[str, Any], CheckedLater()] | None = None


def sign(
    backend: Backend, secret: str, project: str, caller: Caller, request: SignRequest, at: datetime
) -> dict[str, Any]:
    """Return `{"url", "key"?, "asset_id"?, "headers"?, "fields"?}` for Uppy; URLs of Foveal come as a path.

    Raises AccessDenied for an operation that is not one of an upload, NoSuchUpload for another's upload or key, and
    what begin says of the file.
    """
    if request.upload_id is None:
        return _create(backend, secret, project, caller, request, at)
    upload = store.find(backend, caller, request.upload_id)
    if upload["project"] != project or upload["key"] != request.key or upload["method"] != "multipart":
        raise store.no_such_upload()
    if request.method == "PUT":
        if request.part_number is None:
            raise InvalidRequest("partNumber is needed to sign a part.")
        ticket, _ = multipart.sign_parts(backend, upload, PartsRequest(part_numbers=[request.part_number]), at)
        return {"url": ticket["parts"][0]["url"]}
    return {"url": _own_url(secret, upload, {"GET": "list", "POST": "complete", "DELETE": "abort"}[request.method], at)}


def serve(backend: Backend, secret: str, method: str, token: str, at: datetime) -> str:
    """Carry out the operation of the token; return the answer in S3's XML. Raises Problem."""
    upload_id, operation = path_tokens.unseal(secret, "uppy", token, at)
    allowed_method, run = _OPERATIONS[operation]
    if method != allowed_method:
        raise AccessDenied("The token in the path is for another operation.")
    upload = backend.uploads.find_one({"_id": upload_id})
    if upload is None:
        raise store.no_such_upload()
    return run(backend, upload, at)


def error_xml(problem: Problem) -> str:
    """Return a problem as an error document of S3."""
    return f"<Error><Code>{problem.code}</Code><Message>{_escaped(problem.detail)}</Message></Error>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _create(
    backend: Backend, secret: str, project: str, caller: Caller, request: SignRequest, at: datetime
) -> dict[str, Any]:
    if request.method not in ("PUT", "POST"):
        raise AccessDenied(f"{request.method} without an uploadId is not an operation of an upload.")
    if request.file is None:
        raise InvalidRequest("file is needed to begin: name, type and size as POST /v1/projects/{project}/uploads.")
    asked = request.file.get("method")
    single = "put" if asked in (None, "multipart") else asked
    method = "multipart" if request.method == "POST" else single
    one = BeginRequest(uploads=[{**request.file, "method": method}])
    drafts = begin.prepare(backend, project, caller.subject, one, at)
    if drafts[0].problem is not None:
        raise drafts[0].problem
    upload = drafts[0].upload
    begun = {"key": upload["key"], "asset_id": upload["asset_id"]}
    if method == "multipart":
        return {"url": _own_url(secret, upload, "create", at), **begun}
    ticket = begin.answers(drafts, TicketIssuer(backend, at))[0]
    return {name: ticket[name] for name in ("url", "headers", "fields") if name in ticket} | begun


def _own_url(secret: str, upload: UploadDocument, operation: str, at: datetime) -> str:
    return PATH + path_tokens.seal(secret, "uppy", [upload["_id"], operation], at + TOKEN_TTL)


def _created(backend: Backend, upload: UploadDocument, _at: datetime) -> str:
    return (
        f"<InitiateMultipartUploadResult {_NAMESPACE}><Bucket>{backend.bucket}</Bucket>"
        f"<Key>{upload['key']}</Key><UploadId>{upload['_id']}</UploadId></InitiateMultipartUploadResult>"
    )


def _listed(backend: Backend, upload: UploadDocument, at: datetime) -> str:
    parts = "".join(
        f"<Part><PartNumber>{part.part_number}</PartNumber><ETag>&quot;{part.etag}&quot;</ETag>"
        f"<Size>{part.size_bytes}</Size></Part>"
        for part in multipart.whole_parts(backend, upload, at)
    )
    return (
        f"<ListPartsResult {_NAMESPACE}><Key>{upload['key']}</Key><UploadId>{upload['_id']}</UploadId>"
        f"<IsTruncated>false</IsTruncated>{parts}</ListPartsResult>"
    )


def _completed(backend: Backend, upload: UploadDocument, at: datetime) -> str:
    done = multipart.complete(backend, upload, at)
    result = done.get("result")
    etag = result["etag"] if result else ""
    return (
        f"<CompleteMultipartUploadResult {_NAMESPACE}><Location>{location(upload)}</Location>"
        f"<Bucket>{backend.bucket}</Bucket><Key>{upload['key']}</Key><ETag>&quot;{etag}&quot;</ETag>"
        "</CompleteMultipartUploadResult>"
    )


def _aborted(backend: Backend, upload: UploadDocument, at: datetime) -> str:
    multipart.abort(backend, upload, at)
    return ""


def location(upload: UploadDocument) -> str:
    """Return the asset's stable address, which answers with a signed URL once the asset is ready."""
    return f"/v1/assets/{upload['asset_id']}/content"


_OPERATIONS: Final[dict[str, tuple[str, Callable[[Backend, UploadDocument, datetime], str]]]] = {
    "create": ("POST", _created),
    "list": ("GET", _listed),
    "complete": ("POST", _completed),
    "abort": ("DELETE", _aborted),
}
