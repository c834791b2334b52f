"""AWS Signature Version 4, in the query (presigned URLs) and in headers.

Source: S3 API reference, "Authenticating Requests: Using Query Parameters" and "Signature Calculations for the
Authorization Header". Byte for byte what botocore makes without its C runtime; parameters come in botocore's order.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote

from foveal.aws.credentials import Credentials
from foveal.aws.endpoints import Endpoint

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
NOTHING: Mapping[str, str] = {}


class Moment(NamedTuple):
    """What is the same for everything signed at one instant."""

    at: datetime
    timestamp: str
    scope: str
    key: bytes


class Signer:
    """Signs for one service in one region with one set of credentials; cheap to keep, safe to share by threads."""

    __slots__ = ("_credential_prefix", "_moment", "_region", "_service", "_token", "credentials")

    def __init__(self, credentials: Credentials, region: str, service: str = "s3") -> None:
        self.credentials = credentials
        self._region, self._service = region, service
        self._credential_prefix = quote(credentials.access_key, safe="") + "%2F"
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
        _, timestamp, scope, key = self.moment(at)
        names, lines = _canonical_headers(headers, endpoint.host)
        start = (
            f"X-Amz-Algorithm={ALGORITHM}&X-Amz-Credential={self._credential_prefix}{scope.replace('/', '%2F')}"
            f"&X-Amz-Date={timestamp}&X-Amz-Expires={expires_in_seconds}"
        )
        signed_headers = f"&X-Amz-SignedHeaders={names.replace(';', '%3B')}"
        authentication = canonical_query = f"{start}{self._token}{signed_headers}"
        path = endpoint.base_path + quote(path)
        operation = ""
        if self._token:
            authentication = f"{start}{signed_headers}{self._token}"
        if query:
            pairs = [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query.items()]
            operation = "&".join(pairs) + "&"
            canonical_query = _sorted_query([*pairs, *authentication.split("&")])
        request = f"{method}\n{path}\n{canonical_query}\n{lines}\n{names}\n{UNSIGNED_PAYLOAD}"
        signature = _signature(key, timestamp, scope, request)
        return f"{endpoint.scheme}://{endpoint.host}{path}?{operation}{authentication}&X-Amz-Signature={signature}"

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
        _, timestamp, scope, key = self.moment(at)
        sent = {**headers, "X-Amz-Date": timestamp}
        if self.credentials.token:
            sent["X-Amz-Security-Token"] = self.credentials.token
        if self._service == "s3":
            sent["X-Amz-Content-SHA256"] = payload_sha256
        names, lines = _canonical_headers(sent, endpoint.host)
        target = endpoint.base_path + quote(path)
        request = f"{method}\n{target}\n{encoded_query(query)}\n{lines}\n{names}\n{payload_sha256}"
        signature = _signature(key, timestamp, scope, request)
        credential = f"{self.credentials.access_key}/{scope}"
        sent["Authorization"] = f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
        return sent

    def moment(self, at: datetime) -> Moment:
        """Return the timestamp, the scope and the signing key of an instant; the last one is kept."""
        kept = self._moment
        if kept is None or kept.at != at:
            kept = self._moment = self._derive(at, kept)
        return kept

    def _derive(self, at: datetime, before: Moment | None) -> Moment:
        timestamp = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        day = timestamp[:8]
        if before is not None and before.timestamp.startswith(day):
            return Moment(at, timestamp, before.scope, before.key)
        key = f"AWS4{self.credentials.secret_key}".encode()
        for part in (day, self._region, self._service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return Moment(at, timestamp, f"{day}/{self._region}/{self._service}/aws4_request", key)


def encoded_query(query: Mapping[str, str]) -> str:
    """Return a query percent-encoded and sorted, as it is signed and as it may be sent."""
    if not query:
        return ""
    return _sorted_query([f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query.items()])


def _sorted_query(pairs: list[str]) -> str:
    """Sort by name, then value: `a=1` stands before `a-b=1`, though `-` sorts before `=`."""
    return "&".join(sorted(pairs, key=lambda pair: pair.split("=", 1)))


def _canonical_headers(headers: Mapping[str, str], host: str) -> tuple[str, str]:
    """Return the signed names joined by `;`, and the lines `name:value`, each ended by a newline."""
    if not headers:
        return "host", f"host:{host}\n"
    found = sorted([(name.lower(), " ".join(value.split())) for name, value in headers.items()] + [("host", host)])
    return ";".join([name for name, _ in found]), "".join([f"{name}:{value}\n" for name, value in found])


def _signature(key: bytes, timestamp: str, scope: str, request: str) -> str:
    digest = hashlib.sha256(request.encode()).hexdigest()
    return hmac.digest(key, f"{ALGORITHM}\n{timestamp}\n{scope}\n{digest}".encode(), "sha256").hex()
