"""MongoDB Extended JSON (v2, relaxed), and the older forms that pymongo and FiftyOne have written.

Source: MongoDB specifications, "Extended JSON", section "Conversion table"; the legacy forms are `{"$date": integer}`,
`{"$binary": text, "$type": text}`.
"""

import base64
import binascii
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from foveal.formats.base.files.json_records import BadRecord


def identifier(value: Any) -> str | None:
    """Return an id as text: `{"$oid": …}`, `{"$uuid": …}`, or text itself; None for everything else."""
    if isinstance(value, Mapping):
        value = value.get("$oid", value.get("$uuid"))
    return value if isinstance(value, str) and value else None


def number(value: Any) -> float | int | None:
    """Return a number, also one in `$numberDouble`, `$numberInt`, `$numberLong`, NaN included; None for no number."""
    if isinstance(value, Mapping):
        for name in ("$numberDouble", "$numberDecimal"):
            if name in value:
                return _float(value[name])
        for name in ("$numberInt", "$numberLong"):
            if name in value:
                return _integer(value[name])
        return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def binary(value: Any) -> bytes | None:
    """Return the bytes of a binary value, None for a value that is none. Raises BadRecord for broken base64."""
    if not isinstance(value, Mapping) or "$binary" not in value:
        return None
    text = value["$binary"]
    if isinstance(text, Mapping):
        text = text.get("base64")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise BadRecord("its binary value is not base64") from None


def plain(value: Any) -> Any:
    """Return a value without the marks of Extended JSON: ids and instants as text, numbers as numbers.

    Binary values stay as they are: nothing says what their bytes mean.
    """
    if isinstance(value, list):
        return [plain(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        ((name, inner),) = value.items()
        if name in ("$oid", "$uuid", "$symbol"):
            return inner
        if name == "$date":
            return _instant(inner)
        if name.startswith("$number"):
            found = number(value)
            return inner if found is None or not math.isfinite(found) else found
    return {str(name): plain(inner) for name, inner in value.items()}


def _instant(value: Any) -> Any:
    milliseconds = number(value)
    if milliseconds is None:
        return value
    try:
        found = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return str(milliseconds)
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _float(text: Any) -> float | None:
    try:
        return float(text)
    except (ValueError, TypeError, OverflowError):
        return None


def _integer(text: Any) -> int | None:
    try:
        return int(text)
    except (ValueError, TypeError, OverflowError):
        return None
