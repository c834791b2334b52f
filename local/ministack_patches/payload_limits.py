"""Limits of a call through API Gateway to Lambda, which MiniStack does not enforce.

API Gateway takes 10 MiB (HTTP API quotas); a synchronous invocation takes 6 MiB of event and gives 6 MiB of answer
(Lambda quotas), each counted as JSON, in which the body is a quoted text.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

MIB: Final = 1024 * 1024
MAX_REQUEST_BYTES: Final = 10 * MIB
MAX_EVENT_BYTES: Final = 6 * MIB
MAX_ANSWER_BYTES: Final = 6 * MIB + 100
"""The number in Lambda's error: "Response payload size exceeded maximum allowed payload size (6291556 bytes)"."""
EVENT_FRAME_BYTES: Final = 4 * 1024
"""Bytes of an event beside headers and body: request context, claims, parameters."""

Answer = tuple[int, dict[str, Any], Any]


def request_refusal(headers: Mapping[str, str], body: bytes) -> Answer | None:
    """Return the answer to a request that is too large for API Gateway or for an event of Lambda; None if it fits."""
    fits = len(body) <= MAX_REQUEST_BYTES and _as_json(headers, body) + EVENT_FRAME_BYTES <= MAX_EVENT_BYTES
    return None if fits else _problem(413, "Request Entity Too Large")


def within_limit(answer: Answer) -> Answer:
    """Return the answer, or what API Gateway makes of one that is too large for Lambda: a failed function, a 500."""
    _, headers, body = answer
    content = body if isinstance(body, bytes) else str(body or "").encode()
    return answer if _as_json(headers, content) <= MAX_ANSWER_BYTES else _problem(500, "Internal Server Error")


def _as_json(headers: Mapping[str, Any], body: bytes) -> int:
    text = json.dumps({"headers": dict(headers), "body": body.decode(errors="replace")}, ensure_ascii=False)
    return len(text.encode(errors="replace"))


def _problem(status: int, message: str) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps({"message": message}).encode()
