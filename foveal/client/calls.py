"""Calls of the API as values, without a transport: the request that is sent, and the answer or error in a response."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import quote, urlencode

from foveal.client.errors import APIError


class Absent:
    """Type of ABSENT."""

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()
"""Default of arguments that are not sent unless given; None is a value of its own, null."""

_REPEATABLE_METHODS: Final = frozenset({"GET", "PUT", "DELETE"})
_REPEATABLE_POSTS: Final = (
    *("/assets/search", "/assets/aggregate", "/assets/similar", "/assets/duplicates"),
    *("/downloads", "/cookies", "/parts", "/complete", "/uploads/sign", "/uploads/status"),
)
"""Ends of the paths whose POST only reads, or has the same result when it is sent twice."""
_REDIRECTED: Final = "/content"
"""End of the path whose GET answers a redirect to the bytes."""

MAX_DETAIL_CHARACTERS: Final = 300


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the route as the OpenAPI document states it, and the values for its places; a name may be repeated in
    `query`.
    """

    method: str
    route: str
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] | Sequence[tuple[str, Any]] = ()
    headers: Mapping[str, Any] = field(default_factory=dict)
    body: Any = ABSENT

    @property
    def target(self) -> str:
        """Path and query of the URL; every value is percent-encoded, so that none can change the path."""
        target = self.route
        for name, value in self.path.items():
            target = target.replace(f"{{{name}}}", quote(str(value), safe=""))
        pairs = self.query.items() if isinstance(self.query, Mapping) else self.query
        query = [(name, _text(value)) for name, value in pairs if value is not ABSENT]
        return f"{target}?{urlencode(query)}" if query else target

    @property
    def sent_headers(self) -> dict[str, str]:
        """Headers whose values were given."""
        headers = {name: str(value) for name, value in self.headers.items() if value is not ABSENT}
        if self.content is not None:
            headers["content-type"] = "application/json"
        return headers

    @property
    def content(self) -> bytes | None:
        """Body in JSON without the members that were not given; None for no body."""
        body = self.body
        if isinstance(body, Mapping):
            body = {name: value for name, value in body.items() if value is not ABSENT}
        return None if body is ABSENT else json.dumps(body, ensure_ascii=False, allow_nan=False).encode()

    @property
    def is_repeatable(self) -> bool:
        """Tell whether the call may be sent again although it could have been carried out (RFC 9110, 9.2.2).

        Uploads are begun with idempotency keys, so a begin is repeatable when each of its items has one.
        """
        if self.method in _REPEATABLE_METHODS:
            return True
        if self.method == "POST" and self.route.endswith("/uploads"):
            items = self.body["uploads"] if isinstance(self.body, Mapping) else ()
            return bool(items) and all(isinstance(each, Mapping) and each.get("idempotency_key") for each in items)
        return self.method == "POST" and self.route.endswith(_REPEATABLE_POSTS)

    @property
    def is_redirected(self) -> bool:
        """Tell whether the answer is the address of a redirect."""
        return self.method == "GET" and self.route.endswith(_REDIRECTED)


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer of the API as it came: HTTP status, header fields (names in any case), and the value of the body."""

    status: int
    headers: Mapping[str, str]
    value: Any


def result(status: int, headers: Mapping[str, str], content: bytes, *, is_redirected: bool = True) -> Any:
    """Return what a response answers: JSON values, text, the address of a redirect, or None without a body.

    Raises APIError for a problem, and for every answer that is not of the API: a proxy's page has the code `HTTP502`, a
    login page in place of the answer `HTTP200`.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if 300 <= status < 400 and "location" in headers:
        if is_redirected:
            return headers["location"]
        detail = f"The call is redirected to {headers['location']}: check the address of the API, and its https://."
        raise APIError(f"HTTP{status}", status, detail, {})
    found: Any = None
    if kind.endswith("json"):
        try:
            found = json.loads(content) if content else None
        except ValueError:
            kind = ""
    if 200 <= status < 300 and (not content or kind not in ("", "text/html")):
        return found if not content or kind.endswith("json") else content.decode("utf-8", "replace")
    members: dict[str, Any] = found if isinstance(found, dict) else {}
    text = content.decode("utf-8", "replace").strip()[:MAX_DETAIL_CHARACTERS]
    detail = str(members.get("detail") or members.get("message") or text or "The answer has no body.")
    raise APIError(str(members.get("code") or f"HTTP{status}"), status, detail, members)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
