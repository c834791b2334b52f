"""Short-lived, single-purpose tokens for clients that cannot send an Authorization header: they stand in the path.

A token is the claims in JSON and their HMAC-SHA-256, both in base64url. Each purpose has its own key, derived from
the stage's secret, so that a token made for one thing never opens another.
"""

import base64
import binascii
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from foveal.errors import AccessDenied, ExpiredTicket


def seal(secret: str, purpose: str, claims: list[str], expires_at: datetime) -> str:
    """Return a token that holds the claims until `expires_at`."""
    payload = json.dumps([int(expires_at.timestamp()), *claims], separators=(",", ":")).encode()
    return f"{_encode(payload)}.{_encode(_mac(secret, purpose, payload))}"


def unseal(secret: str, purpose: str, token: str, at: datetime) -> list[str]:
    """Return the claims. Raises AccessDenied for a token that was not made here for this, ExpiredTicket."""
    head, _, tail = token.partition(".")
    payload, mac = _decode(head), _decode(tail)
    if not hmac.compare_digest(_mac(secret, purpose, payload), mac):
        raise AccessDenied("The token in the path is not valid.")
    expires_at, *claims = json.loads(payload)
    if at >= datetime.fromtimestamp(expires_at, UTC):
        raise ExpiredTicket("The token in the path has expired; ask for a new one.")
    found: list[Any] = claims
    return found


def _mac(secret: str, purpose: str, payload: bytes) -> bytes:
    return hmac.digest(hmac.digest(secret.encode(), f"foveal {purpose}".encode(), "sha256"), payload, "sha256")


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise AccessDenied("The token in the path is not valid.") from None
