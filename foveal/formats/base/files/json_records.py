"""JSON text of records: read with bounds and without surprises, written so that numbers read back as they were."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from foveal.formats.base.files.json_scan import MAX_DEPTH

_DEEPER: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]', re.DOTALL)

_NULL: Final = b"null"
_LONG_INTEGER: Final = re.compile(r"(?<!\d)\d{309}")
"""Digits of an integer that may exceed the largest double, about 1.8e308."""


class BadRecord(Exception):
    """A record that cannot be read; the message is the reason, to follow "the record is not imported: "."""


def loads(text: str | bytes) -> Any:
    """Return the value of JSON text; NaN and Infinity, which older writers leave, are floats.

    Raises BadRecord for text that is not JSON, nests too deep, has a name twice or half of a surrogate pair, or an
    integer that no double can stand for.
    """
    try:
        decoded = text.decode() if isinstance(text, bytes) else text
        _check_depth(decoded)
        parse_int = _integer if _LONG_INTEGER.search(decoded) else None
        value = json.loads(decoded, object_pairs_hook=_once, parse_int=parse_int)
        if "\\u" in decoded:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeError:
        raise BadRecord("its text is not UTF-8") from None
    except ValueError as error:
        raise BadRecord(f"it is not JSON: {error}") from None
    except RecursionError:
        raise BadRecord("it nests too deep") from None
    return value


def dumps(value: Any) -> str:
    """Return JSON text on one line; floats are the shortest text that reads back as the same double.

    NaN and infinities, integers beyond 64 bits and halves of surrogate pairs, which msgspec refuses or writes as null,
    are written as `json` does.
    """
    try:
        text = msgspec.json.encode(value)
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError):
        text = _NULL
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if _NULL in text else text.decode()


def raw_members(text: str) -> Mapping[str, str]:
    """Return the text of each member of a JSON object; empty where the text is none, or has numbers like NaN."""
    try:
        found = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return {}
    return {name: bytes(raw).decode() for name, raw in found.items()}


def raw_items(text: str) -> list[str]:
    """Return the text of each element of a JSON array; empty as `raw_members`."""
    try:
        found = msgspec.json.decode(text, type=list[msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return []
    return [bytes(raw).decode() for raw in found]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadRecord(f"the name {twice[:100]!r} comes twice in an object")
    return found


def _integer(text: str) -> int:
    value = int(text)
    try:
        float(value)
    except OverflowError:
        raise BadRecord(f"a number has {len(text.lstrip('-'))} digits") from None
    return value


def _check_depth(text: str) -> None:
    depth = 0
    for token in _DEEPER.finditer(text):
        if token[0] in "{[":
            depth += 1
            if depth > MAX_DEPTH:
                raise BadRecord(f"it nests deeper than {MAX_DEPTH} levels")
        elif token[0] in "}]":
            depth -= 1
