"""Errors of the client. Catch FovealError for all of them; an APIError has the stable code of the problem."""

from collections.abc import Mapping
from typing import Any


class FovealError(Exception):
    """Base of every error that the client raises."""


class ConfigurationError(FovealError):
    """The client does not know which API to call, or with which token; the text says what to set."""


class SignInError(FovealError):
    """The sign-in failed, has ended or is missing; the text says how to sign in."""


class NetworkError(FovealError):
    """No answer arrived: the connection failed, or its time was over, also after the retries."""


class UploadError(FovealError):
    """A file could not be uploaded: it cannot be read, changed while it was sent, or was refused; the text says why."""


class DownloadError(FovealError):
    """Bytes could not be fetched, are not those of the catalog, or cannot be written; `code` names the kind."""

    def __init__(self, text: str, *, code: str) -> None:
        self.code = code
        super().__init__(text)


class APIError(FovealError):
    """A problem that the API answered (RFC 9457).

    Attributes:
        code: Stable name of the problem, for example `NoSuchAsset`; `HTTP502` where a proxy answered in its place.
        status: HTTP status.
        detail: Sentence for people.
        request_id: Identifier of the request in the function's log, if the answer had one.
        members: All members of the problem document.
    """

    def __init__(self, code: str, status: int, detail: str, members: Mapping[str, Any]) -> None:
        self.code, self.status, self.detail, self.members = code, status, detail, members
        self.request_id: str | None = members.get("request_id")
        where = f", request {self.request_id}" if self.request_id else ""
        named = "" if code == f"HTTP{status}" else f"{code}, "
        super().__init__(f"{detail} ({named}HTTP {status}{where})")
