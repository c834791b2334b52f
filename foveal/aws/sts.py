"""STS: temporary credentials of a role (AssumeRole), renewed before they end."""

import hashlib
import threading
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from foveal.aws import credentials
from foveal.aws.credentials import Credentials
from foveal.aws.endpoints import service_endpoint
from foveal.aws.errors import error_of
from foveal.aws.retries import send_with_retries
from foveal.aws.s3 import xml
from foveal.aws.sigv4 import Signer
from foveal.http.pool import connection_pool
from foveal.http.protocol import HttpRequest, HttpResponse

SECONDS: Final = 3600
"""Life of a session: the most that a role may give to another role (IAM user guide, "Role chaining")."""
RENEWED_BEFORE: Final = timedelta(minutes=10)
_VERSION: Final = "2011-06-15"


class RoleCredentials:
    """Credentials of one role, requested on first use and again ten minutes before they end. Thread-safe."""

    def __init__(self, role_arn: str, session_name: str, external_id: str | None = None) -> None:
        self._role_arn, self._session_name, self._external_id = role_arn, session_name, external_id
        self._lock = threading.Lock()
        self._current: Credentials | None = None

    def __call__(self) -> Credentials:
        """Return the current credentials. Raises AccessDenied for a role that may not be assumed, AwsError."""
        with self._lock:
            if self._current is None or _ends_soon(self._current):
                self._current = assume_role(self._role_arn, self._session_name, self._external_id)
            return self._current


def assume_role(role_arn: str, session_name: str, external_id: str | None = None) -> Credentials:
    """Return credentials of a role for an hour (STS API reference, AssumeRole). Raises AccessDenied, AwsError."""
    region = credentials.region()
    endpoint = service_endpoint("sts", region)
    parameters = {
        "Action": "AssumeRole",
        "Version": _VERSION,
        "RoleArn": role_arn,
        "RoleSessionName": session_name,
        "DurationSeconds": str(SECONDS),
        **({"ExternalId": external_id} if external_id else {}),
    }
    body = urlencode(parameters).encode()

    def sign() -> HttpRequest:
        signed = Signer(credentials.current(), region, "sts").sign(
            "POST",
            endpoint,
            "/",
            at=datetime.now(UTC).replace(microsecond=0),
            payload_sha256=hashlib.sha256(body).hexdigest(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        return HttpRequest("POST", f"{endpoint.base_path}/", signed, body)

    response = send_with_retries("AssumeRole", connection_pool(endpoint.scheme, endpoint.host), sign, _error_code)
    found = _found(response)
    if response.status >= 300 or found is None:
        raise error_of("AssumeRole", _error_code(response) or "MalformedResponse", response.status)
    expires_at = datetime.fromisoformat(xml.text(found, "Expiration").replace("Z", "+00:00"))
    return Credentials(
        xml.text(found, "AccessKeyId"), xml.text(found, "SecretAccessKey"), xml.text(found, "SessionToken"), expires_at
    )


def _ends_soon(held: Credentials) -> bool:
    return held.expires_at is not None and held.expires_at - RENEWED_BEFORE < datetime.now(UTC)


def _found(response: HttpResponse) -> xml.Element | None:
    root = xml.parse(response.body)
    return root.find("{*}AssumeRoleResult/{*}Credentials") if root is not None else None


def _error_code(response: HttpResponse) -> str:
    """Return the error code of a response of the Query protocol (Smithy specification, "AWS query protocol")."""
    root = xml.parse(response.body) if response.status >= 300 else None
    found = root.find("{*}Error") if root is not None else None
    return xml.text(found, "Code") if found is not None else ""
