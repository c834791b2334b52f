"""JSON text of answers: instants are RFC 3339 in UTC with milliseconds, NaN is refused."""

import json
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import to_json

from foveal.encoding.instants import timestamp

MAX_ANSWER_BYTES: Final = 6_000_000
"""Lambda's limit for an answer is 6 MiB (its quotas, "Invocation payload"), in which the body is one JSON string."""


def answer_bytes(text: str) -> int:
    """Return the bytes that a JSON text takes up in an answer of Lambda: within a JSON string, in UTF-8."""
    return len(text.encode()) + text.count('"') + text.count("\\")


def dumps(value: Any) -> str:
    """Return JSON text; instants become RFC 3339 in UTC with milliseconds."""
    return json.dumps(value, default=_encode, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def plain_dumps(value: Any) -> str:
    """Return JSON text of what is made of JSON's own types alone, ten times as fast."""
    return to_json(value, inf_nan_mode="null").decode()


def _encode(value: Any) -> Any:
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    raise TypeError(f"{type(value).__name__} has no JSON form")
