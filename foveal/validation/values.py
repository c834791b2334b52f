"""The values that callers may write, as types: text without NUL, finite numbers, names that are safe as field names.

Nothing here is coerced: a number in quotes is text. MongoDB would store `$where` or `a.b` as a field name without
complaint, unreachable by any path afterwards, so names of attributes leave such characters out.
"""

import json
import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    StringConstraints,
    TypeAdapter,
)
from pydantic_core import to_json

MAX_INTEGER = 2**63 - 1
MIN_INTEGER = -(2**63)
MAX_DEPTH = 12

Text = Annotated[str, StringConstraints(max_length=1024, pattern=r"^[^\x00]*$")]
Passage = Annotated[str, StringConstraints(min_length=1, max_length=10_000, pattern=r"^[^\x00]*$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00]*$")]


def normalized(name: str) -> str:
    """Return a name in Unicode Normalization Form C (UAX 15): names that look alike are one name."""
    return unicodedata.normalize("NFC", name)


LabelName = Annotated[Word, AfterValidator(normalized)]
FileName = Annotated[str, StringConstraints(min_length=1, max_length=1024, pattern=r"^[^\x00]*$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
FieldLayer = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
"""The name of a layer of annotations, for example `ground_truth`."""
AttributeName = Annotated[str, StringConstraints(pattern=r"^\w[\w -]{0,63}$")]
Number = Annotated[float, Field(allow_inf_nan=False)]


_INSTANT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
"""Date and time with an offset (RFC 3339, section 5.6). pydantic alone also takes digits, as Unix time."""


def instant(raw: Any) -> datetime:
    """Return RFC 3339 text as an instant in UTC, in MongoDB's milliseconds. Raises ValueError with an example."""
    if not isinstance(raw, str | datetime):
        raise ValueError('an instant is text, for example "2026-10-31T09:30:00Z"')
    try:
        if isinstance(raw, str) and not _RFC_3339.fullmatch(raw):
            raise ValueError(raw)
        value = _INSTANT.validate_python(raw).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("an instant is RFC 3339 with an offset, for example 2026-10-31T09:30:00Z") from None
    return value.replace(microsecond=value.microsecond // 1000 * 1000)


Instant = Annotated[AwareDatetime, BeforeValidator(instant)]


Integer = Annotated[int, Field(ge=MIN_INTEGER, le=MAX_INTEGER)]
"""An integer that fits into 64 bits."""


def _storable(value: bool | int | float | str) -> bool | int | float | str:
    if isinstance(value, int) and not MIN_INTEGER <= value <= MAX_INTEGER:
        raise ValueError("an integer must fit into 64 bits")
    return value


Scalar = Annotated[bool | int | Number | Text, AfterValidator(_storable)]
AttributeValue = Scalar | Annotated[list[Scalar], Field(max_length=100)]
MAX_ATTRIBUTES_BYTES = 65_536


def _bounded(attributes: dict[str, Any]) -> dict[str, Any]:
    if len(to_json(attributes)) > MAX_ATTRIBUTES_BYTES:
        raise ValueError(f"must not have more than {MAX_ATTRIBUTES_BYTES} bytes as JSON, all attributes together")
    return attributes


Attributes = Annotated[dict[AttributeName, AttributeValue], Field(max_length=100), AfterValidator(_bounded)]
AttributeChanges = Annotated[
    dict[AttributeName, AttributeValue | None], Field(max_length=100), AfterValidator(_bounded)
]
"""Attributes of which null takes one away."""


def distinct(tags: list[str]) -> list[str]:
    """Return the tags without repetitions, each at its first place."""
    return list(dict.fromkeys(tags))


TagList = Annotated[list[Word], Field(max_length=100)]
Tags = Annotated[TagList, AfterValidator(distinct)]


def depth(value: Any) -> int:
    """Return how deep lists and objects nest in a JSON value; a scalar has depth 0."""
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        item, level = waiting.pop()
        if isinstance(item, dict | list):
            deepest = max(deepest, level)
            children = item.values() if isinstance(item, dict) else item
            waiting += [(child, level + 1) for child in children if isinstance(child, dict | list)]
    return deepest


def verbatim(value: Any, levels: int = MAX_DEPTH) -> str:
    """Return what a caller has sent as the JSON text that is kept of it.

    Raises ValueError for what could not be given back: numbers that no 64-bit float holds, nesting without end.
    """
    if depth(value) > levels:
        raise ValueError(f"nests deeper than {levels} levels")
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:
        raise ValueError("holds a number that is too large") from None
