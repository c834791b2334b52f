"""AWS Signature Version 4, in the query (presigned URLs) and in headers.

Source: S3 API reference, "Authenticating Requests: Using Query Parameters" and "Signature Calculations for the
Authorization Header". Byte for byte what botocore makes without its C runtime; parameters come in botocore's order.

What is the same for everything signed at one instant, and for every request with the same header names, is made once;
so a URL costs one SHA-256, one HMAC from copied states, and the joining of strings (`bench/presign.py`).
"""

import functools
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from foveal.aws.credentials import Credentials
from foveal.aws.endpoints import Endpoint

ALGORITHM: Final = "AWS4-HMAC-SHA256"
UNSIGNED_PAYLOAD: Final = "UNSIGNED-PAYLOAD"
NOTHING: Final[Mapping[str, str]] = {}
_BLOCK_BYTES: Final = 64
_is_plain: Final = re.compile(r"[A-Za-z0-9/._~-]*\Z").match


class Layout(NamedTuple):
    """Layout of signed headers: their names in order, and the canonical lines with a slot for each value."""

    names: str
    quoted_names: str
    lines: str


class Moment(NamedTuple):
    """Credential scope, date and key of one instant. The signing key lives on as two hash states (RFC 2104)."""

    at: datetime
    timestamp: str
    scope: str
    query: str
    prefix: str
    inner: Any
    outer: Any

    def signature(self, request: str) -> str:
        """Return the signature of a canonical request."""
        return self.mac(f"{self.prefix}{hashlib.sha256(request.encode()).hexdigest()}".encode())

    def mac(self, message: bytes) -> str:
        """Return HMAC-SHA-256 in hexadecimal."""
        inner, outer = self.inner.copy(), self.outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        text: str = outer.hexdigest()
        return text


class Signer:
    """Signs for one service in one region with one set of credentials; cheap to keep, safe to share by threads."""

    __slots__ = ("_moment", "_region", "_service", "_token", "credentials")

    def __init__(self, credentials: Credentials, region: str, service: str = "s3") -> None:
        self.credentials = credentials
        self._region, self._service = region, service
        self._token = f"&X-Amz-Security-Token={quote(credentials.token, safe='')}" if credentials.token else ""
        self._moment: Moment | None = None

    def presign(
        self,
        method: str,
        endpoint: Endpoint,
        path: str,
        *,
        at: datetime,
        expires_in_seconds: int,
        headers: Mapping[str, str] = NOTHING,
        query: Mapping[str, str] = NOTHING,
    ) -> str:
        """Return a URL that allows one request, until `at` plus the validity, with exactly these headers.

        `path` (with its leading slash) and `query` come unencoded; `host` is always signed.
        """
        moment, token, host = self.moment(at), self._token, endpoint.host
        names, quoted_names, lines = _layout(tuple(headers))
        start = f"{moment.query}{expires_in_seconds}"
        canonical_query = f"{start}{token}&X-Amz-SignedHeaders={quoted_names}"
        sent_query = f"{start}&X-Amz-SignedHeaders={quoted_names}{token}"
        if query:
            pairs = [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query.items()]
            canonical_query = _sorted_query([*pairs, *sent_query.split("&")])
            sent_query = f"{'&'.join(pairs)}&{sent_query}"
        path = endpoint.base_path + encoded_path(path)
        lines = lines.format(host, *map(_trimmed, headers.values()))
        signature = moment.signature(f"{method}\n{path}\n{canonical_query}\n{lines}\n{names}\n{UNSIGNED_PAYLOAD}")
        return f"{endpoint.scheme}://{host}{path}?{sent_query}&X-Amz-Signature={signature}"

    def sign(
        self,
        method: str,
        endpoint: Endpoint,
        path: str,
        *,
        at: datetime,
        payload_sha256: str,
        headers: Mapping[str, str] = NOTHING,
        query: Mapping[str, str] = NOTHING,
    ) -> dict[str, str]:
        """Return all headers to send: the given ones, the date, the token and `Authorization`.

        S3 also wants the payload's hash as a header, which is added for the service `s3`.
        """
        moment = self.moment(at)
        sent = {**headers, "X-Amz-Date": moment.timestamp}
        if self.credentials.token:
            sent["X-Amz-Security-Token"] = self.credentials.token
        if self._service == "s3":
            sent["X-Amz-Content-SHA256"] = payload_sha256
        names, _, lines = _layout(tuple(sent))
        lines = lines.format(endpoint.host, *map(_trimmed, sent.values()))
        target = endpoint.base_path + encoded_path(path)
        signature = moment.signature(f"{method}\n{target}\n{encoded_query(query)}\n{lines}\n{names}\n{payload_sha256}")
        credential = f"{self.credentials.access_key}/{moment.scope}"
        sent["Authorization"] = f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
        return sent

    def moment(self, at: datetime) -> Moment:
        """Return what is the same for everything signed at an instant; the last one is kept."""
        kept = self._moment
        if kept is None or kept.at != at:
            kept = self._moment = self._derive(at)
        return kept

    def _derive(self, at: datetime) -> Moment:
        timestamp = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        parts = (timestamp[:8], self._region, self._service, "aws4_request")
        key = f"AWS4{self.credentials.secret_key}".encode()
        for part in parts:
            key = hmac.digest(key, part.encode(), "sha256")
        scope = "/".join(parts)
        credential = quote(f"{self.credentials.access_key}/{scope}", safe="")
        query = f"X-Amz-Algorithm={ALGORITHM}&X-Amz-Credential={credential}&X-Amz-Date={timestamp}&X-Amz-Expires="
        padded = key.ljust(_BLOCK_BYTES, b"\0")
        inner, outer = (hashlib.sha256(bytes(byte ^ pad for byte in padded)) for pad in (0x36, 0x5C))
        return Moment(at, timestamp, scope, query, f"{ALGORITHM}\n{timestamp}\n{scope}\n", inner, outer)


def encoded_path(path: str) -> str:
    """Return a path percent-encoded, as it is signed and as it may be sent."""
    return path if _is_plain(path) else quote(path)


def encoded_query(query: Mapping[str, str]) -> str:
    """Return a query percent-encoded and sorted, as it is signed and as it may be sent."""
    if not query:
        return ""
    return _sorted_query([f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query.items()])


def _sorted_query(pairs: list[str]) -> str:
    """Sort by name, then value: `a=1` stands before `a-b=1`, though `-` sorts before `=`."""
    return "&".join(sorted(pairs, key=lambda pair: pair.split("=", 1)))


def _trimmed(value: str) -> str:
    """Return a header's value without surrounding and repeated white space."""
    return value if value.isalnum() else " ".join(value.split())


@functools.lru_cache(maxsize=256)
def _layout(names: tuple[str, ...]) -> Layout:
    """Return how these headers are signed; the first place is the host's, then one for each name as given."""
    places = sorted((name.lower(), place) for place, name in enumerate(("host", *names)))
    signed = ";".join(name for name, _ in places)
    lines = "".join(f"{name}:{{{place}}}\n" for name, place in places)
    return Layout(signed, signed.replace(";", "%3B"), lines)
