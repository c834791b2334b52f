"""JSON text of answers: instants are RFC 3339 in UTC with milliseconds, NaN is refused."""

import json
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json

from foveal.instants import timestamp


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
