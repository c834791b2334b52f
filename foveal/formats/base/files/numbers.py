"""Numbers of text formats: read strictly, written as the shortest text that reads back as the same number."""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

MAX_EXACT: Final = 2**53
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INTEGER: Final = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_NULL: Final = b"u"
"""In lists with NaN or an infinity, which msgspec writes as null."""
_WRITTEN_OTHERWISE: Final = (b"-0.0", b"0.0000", b"e")
"""In numbers below _SMALL that msgspec writes unlike `text_of`: zero with a sign, and very small ones."""
_SMALL: Final = 1e-4
_LARGE: Final = 1e15
_MAX_LENGTH: Final = 400
_DIGITS: Final = range(6, 18)


class NotANumber(ValueError):
    """Text that is no number; the message names it."""


def number(text: str | None, name: str = "a number") -> int | float:
    """Return the number in a text: an integer where it is written as one, else a double. Raises NotANumber.

    NaN, infinity and numbers beyond the doubles are refused: nothing lies there.
    """
    plain = (text or "").strip()
    if _INTEGER.fullmatch(plain):
        return int(plain)
    value = float(plain) if len(plain) <= _MAX_LENGTH and _NUMBER.fullmatch(plain) else float("inf")
    if value - value != 0:
        given = "missing" if text is None else f"no finite number: {plain[:40]!r}"
        raise NotANumber(f"{name} is {given}")
    return value


def text_of(value: float) -> str:
    """Return the shortest text that reads back as the same double, without an exponent for everyday numbers."""
    plain = float(value)
    if plain.is_integer() and abs(plain) < MAX_EXACT:
        return str(int(plain))
    return repr(plain)


def row_of(values: Sequence[float]) -> str:
    """Return numbers as `text_of` writes them, with a space between two, several times as fast for finite ones."""
    text = msgspec.json.encode(values)[1:-1] + b","
    smallest = min(values)
    is_small = smallest < _SMALL and any(part in text for part in _WRITTEN_OTHERWISE)
    if is_small or _NULL in text or smallest <= -_LARGE or max(values) >= _LARGE:
        return " ".join(map(text_of, values))
    return text.replace(b".0,", b",")[:-1].replace(b",", b" ").decode()


def sum_text(start: float, length: float) -> str:
    """Return the shortest text of an end, such that the end less `start` is `length` again."""
    end = start + length
    if isinstance(end, int) or end.is_integer():
        return text_of(end)
    for digits in _DIGITS:
        text = f"{end:.{digits}g}"
        if float(text) - start == length:
            return text_of(float(text))
    return text_of(end)


def scalar(text: str) -> bool | int | float | str:
    """Return the value that a text stands for where `scalar_text` makes the same text of it, else the text."""
    if text in ("true", "false"):
        return text == "true"
    try:
        value = number(text)
    except NotANumber:
        return text
    return value if scalar_text(value) == text else text


def scalar_text(value: Any) -> str:
    """Return a JSON value as text: text as it stands, numbers the shortest, the rest as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return text_of(value)
    return json.dumps(value, ensure_ascii=False)
