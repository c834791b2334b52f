"""Records of COCO files: JSON objects, parsed with what JSON readers pass over in silence told."""

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn

import msgspec

MAX_NUMBER: Final = 1.7e308


class BrokenRecord(Exception):
    """A record that cannot be read; the message says why."""


def parse(raw: bytes) -> dict[str, Any]:
    """Return the members of a record.

    Raises BrokenRecord for text that is no JSON object, for NaN and Infinity (RFC 8259 has neither), and for a key that
    comes twice in an object, of which JSON readers take any (RFC 8259, section 4).
    """
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BrokenRecord(_reason(raw, error)) from error
    if not isinstance(found, dict):
        raise BrokenRecord("it is no JSON object")
    if b"\\" in raw or raw.count(b'"') != 2 * _strings(found):
        _refuse_repeated_keys(raw)
    return found


def is_json(raw: bytes) -> bool:
    """Tell whether bytes are one JSON value by RFC 8259, in UTF-8."""
    try:
        msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


def text_of(raw: bytes) -> str:
    """Return a record as text; bytes that are not UTF-8 are shown as escapes."""
    return raw.decode("utf-8", "backslashreplace")


def is_number(value: Any) -> bool:
    """Tell whether a JSON value is a number that a double holds."""
    return type(value) in (int, float) and -MAX_NUMBER < value < MAX_NUMBER


def are_numbers(values: Any) -> bool:
    """Tell whether a JSON value is a list of numbers that doubles hold."""
    if not isinstance(values, list) or not set(map(type, values)) <= {int, float}:
        return False
    return not values or (max(values) < MAX_NUMBER and min(values) > -MAX_NUMBER)


def side_of(value: Any) -> int | None:
    """Return a side in pixels, None for what is none."""
    return int(value) if is_number(value) and 1 <= value < 2**31 and value == int(value) else None


def _strings(value: dict[str, Any] | list[Any]) -> int:
    """Return the number of strings in a JSON value; lists of lists and numbers are taken to have none."""
    found = len(value) if isinstance(value, dict) else 0
    for each in value.values() if isinstance(value, dict) else value:
        kind = type(each)
        if kind is str:
            found += 1
        elif kind is dict or (kind is list and each and type(each[0]) in (str, dict)):
            found += _strings(each)
    return found


def _refuse_repeated_keys(raw: bytes) -> None:
    def unique(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            names = [name for name, _ in pairs]
            raise BrokenRecord(f"its key {next(name for name in names if names.count(name) > 1)!r} comes twice")
        return members

    try:
        json.loads(raw, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise BrokenRecord(f"it is not JSON: {error}") from error


def _reason(raw: bytes, error: Exception) -> str:
    def refuse(name: str) -> NoReturn:
        raise BrokenRecord(f"it holds {name}, which is no JSON: write null or a number")

    try:
        json.loads(raw, parse_constant=refuse)
    except BrokenRecord as constant:
        return str(constant)
    except (ValueError, RecursionError):
        pass  # the first reader's message tells it as well
    return f"it is not JSON: {error}"
