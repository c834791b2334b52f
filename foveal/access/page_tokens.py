"""Signed page tokens: a token names the last document of a page and belongs to one query of one kind of list.

It holds the sort value and the id of that document, signed together with everything that the query depends on (project,
caller, filter), so that it is of no use anywhere else.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from foveal.errors import InvalidRequest

_MAC_BYTES: Final = 16
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Position:
    """The last document of a page: its sort value, and its id."""

    value: Any
    id: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """Signs and reads the tokens of one query."""

    key: bytes
    scope: str

    @classmethod
    def of(cls, key: bytes, *parts: object) -> "Tokens":
        """Return the tokens that are bound to all the given parts (project, query), which must have a JSON form."""
        return cls(key, json.dumps(parts, sort_keys=True, default=str))

    def sign(self, position: Position) -> str:
        value: Any = position.value
        if isinstance(value, datetime):
            value = {"milliseconds": (value - _EPOCH) // timedelta(milliseconds=1)}
        payload = json.dumps([value, position.id], separators=(",", ":")).encode()
        return _encoded(self._mac(payload) + payload)

    def read(self, token: str) -> Position:
        """Return the position in a token. Raises InvalidRequest for a token that was not signed for this query."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            raw = b""
        mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(payload)) or _encoded(raw) != token:
            raise InvalidRequest("next_token does not belong to this query; start again without it.")
        value, asset_id = json.loads(payload)
        if isinstance(value, dict):
            value = _EPOCH + timedelta(milliseconds=value["milliseconds"])
        return Position(value, asset_id)

    def _mac(self, payload: bytes) -> bytes:
        scope = hashlib.sha256(self.scope.encode()).digest()
        return hmac.digest(self.key, b"foveal page token 1\0" + scope + payload, "sha256")[:_MAC_BYTES]


def _encoded(raw: bytes) -> str:
    """Return the one form that a token has: base64url without padding. Its decoder passes over other characters."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
