"""Edge cache: which answers of an origin are kept, for how long, and in how much memory.

Time to live by the CloudFront Developer Guide, "Manage how long content stays in the cache (expiration)".
"""

import fnmatch
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

MAX_BYTES: Final = 64 * 1024**2
MAX_ENTRY_BYTES: Final = 16 * 1024**2
ERROR_TTL_SECONDS: Final = 10  # "Control how long CloudFront caches errors": the default minimum
CACHEABLE: Final = frozenset({200, 206, 301, 308, 404, 403, 405, 410, 414, 500, 501, 502, 503, 504})

Answer = tuple[int, str, dict[str, Any], bytes]
"""Status, reason, headers by lower-case name, and body of an origin."""
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """The three times to live of a cache policy, in seconds."""

    minimum: float
    default: float
    maximum: float

    @property
    def is_caching(self) -> bool:
        return self.maximum > 0

    def of(self, answer: Answer) -> float:
        """Return for how many seconds the answer stays, by its Cache-Control and within the policy's bounds."""
        status, _, headers, _ = answer
        if status not in CACHEABLE:
            return 0
        control = str(headers.get("cache-control", "")).lower()
        asked = _seconds(control, "s-maxage") if "s-maxage" in control else _seconds(control, "max-age")
        if re.search(r"\b(no-store|no-cache|private)\b", control):
            return self.minimum
        if status >= 400:
            return max(ERROR_TTL_SECONDS, asked or 0)
        return self.default if asked is None else min(max(asked, self.minimum), self.maximum)


@dataclass(slots=True)
class _Entry:
    answer: Answer
    path: str
    stored_at: float
    expires_at: float
    invalidations_seen: int


class Cache:
    """Keeps answers by key, the least recently used ones go first."""

    def __init__(self, max_bytes: int = MAX_BYTES, clock: Callable[[], float] = time.time) -> None:
        self._max_bytes, self._clock, self._bytes = max_bytes, clock, 0
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()

    def get(self, key: Key, invalidations: Sequence[Sequence[str]] = ()) -> Answer | None:
        """Return a fresh answer with its `age` header, or None.

        `invalidations` are the path patterns of all invalidations so far; those since `put` drop what they match.
        """
        entry = self._entries.get(key)
        if entry is None:
            return None
        now, later = self._clock(), invalidations[entry.invalidations_seen :]
        is_invalidated = any(fnmatch.fnmatchcase(entry.path, pattern) for patterns in later for pattern in patterns)
        if is_invalidated or now >= entry.expires_at:
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        status, reason, headers, body = entry.answer
        return status, reason, {**headers, "age": str(int(now - entry.stored_at))}, body

    def put(self, key: Key, path: str, answer: Answer, ttl_seconds: float, invalidations_seen: int = 0) -> None:
        """Keep an answer for so long, unless it is too large; the least recently used ones make room."""
        if key in self._entries:
            self._drop(key)
        size = len(answer[3])
        if ttl_seconds <= 0 or size > min(MAX_ENTRY_BYTES, self._max_bytes):
            return
        now = self._clock()
        self._entries[key] = _Entry(answer, path, now, now + ttl_seconds, invalidations_seen)
        self._bytes += size
        while self._bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: Key) -> None:
        self._bytes -= len(self._entries.pop(key).answer[3])


def key_of(
    distribution_id: str, path: str, query: Mapping[str, list[str]], headers: Mapping[str, str], names: "KeyNames"
) -> Key:
    """Return the cache key: the path, and those parts of the request that the cache policy names."""
    parameters = [f"{name}={value}" for name in sorted(query) if names.query(name) for value in query[name]]
    varied = [f"{name}:{headers[name]}" for name in sorted(headers) if names.headers(name)]
    cookies = sorted(part.strip() for part in headers.get("cookie", "").split(";"))
    kept = [cookie for cookie in cookies if cookie and names.cookies(cookie.partition("=")[0])]
    return (distribution_id, path, "&".join(parameters), "\n".join(varied), "; ".join(kept))


@dataclass(frozen=True, slots=True)
class KeyNames:
    """Tell whether a header, cookie or query parameter of that name is part of the key."""

    headers: Callable[[str], bool]
    cookies: Callable[[str], bool]
    query: Callable[[str], bool]


def _seconds(control: str, directive: str) -> float | None:
    found = re.search(rf"\b{directive}\s*=\s*\"?(\d+)", control)
    return float(found[1]) if found else None
