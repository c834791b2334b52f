"""Values of results: numbers, labels and names as the annotation model can hold them."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

MAX_NUMBER: Final = 1e15
MAX_WORD: Final = 256
MAX_TEXT: Final = 1024
MAX_PASSAGE: Final = 10_000
MAX_VALUES: Final = 100
_NO_ATTRIBUTE: Final = re.compile(r"[^\w -]")
_NO_LAYER: Final = re.compile(r"[^A-Za-z0-9_.-]+")


class Unreadable(Exception):
    """A result that cannot become an annotation, with the reason."""


def number(value: Mapping[str, Any], key: str) -> float:
    """Return a number of a value. Raises Unreadable."""
    return numeric(value.get(key), key)


def numeric(found: Any, key: str) -> float:
    """Return a finite number. Raises Unreadable for anything else, also for numbers in quotes."""
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise Unreadable(f"{key} is not a number" if found is not None else f"{key} is missing")
    if not abs(found) <= MAX_NUMBER or not math.isfinite(found):
        raise Unreadable(f"{key} is out of range")
    return found


def whole(found: Any, key: str, least: int) -> int:
    """Return an integer of at least `least`. Raises Unreadable."""
    value = numeric(found, key)
    if value != int(value) or value < least:
        raise Unreadable(f"{key} is {value:g}, and counts from {least}")
    return int(value)


def labels(value: Mapping[str, Any]) -> Sequence[str]:
    """Return the labels of a value: those of its members that end in `labels`. Raises Unreadable."""
    found: dict[str, None] = {}
    for key, names in value.items():
        if key.endswith("labels") and names is not None:
            found |= dict.fromkeys(words(names, key))
    return list(found)


def words(names: Any, key: str) -> Sequence[str]:
    """Return a list of names, numbers among them as text. Raises Unreadable."""
    if not isinstance(names, list):
        raise Unreadable(f"{key} is not a list")
    return [word(each, key) for each in names]


def word(name: Any, key: str) -> str:
    """Return a name. Raises Unreadable where the model has no place for it."""
    text = str(name) if isinstance(name, int | float) and not isinstance(name, bool) else name
    if not is_word(text):
        raise Unreadable(f"{key} holds a name that is not text of 1 to {MAX_WORD} characters")
    return str(text)


def is_word(found: Any) -> bool:
    """Tell whether a value is a name as the annotation model takes it: text of bounded length without NUL."""
    return isinstance(found, str) and 0 < len(found) <= MAX_WORD and "\0" not in found


def passages(value: Any, key: str) -> Sequence[str]:
    """Return the texts of a text area, empty ones left out. Raises Unreadable."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(each, str) and "\0" not in each for each in texts):
        raise Unreadable(f"{key} is not a list of texts")
    if any(len(each) > MAX_PASSAGE for each in texts):
        raise Unreadable(f"{key} has a text of more than {MAX_PASSAGE} characters")
    return [each for each in texts if each]


def attribute_name(name: Any) -> str:
    """Return a name of an attribute for the name of a control: letters, digits, `_`, blanks and hyphens."""
    text = _NO_ATTRIBUTE.sub("_", name if isinstance(name, str) else "")[:63].strip() or "value"
    return text if re.match(r"\w", text) else f"_{text}"


def layer_name(name: str) -> str:
    """Return a name of a layer for any text: letters, digits, `_`, `.` and hyphens."""
    text = _NO_LAYER.sub("_", name).lstrip("_.-")[:48]
    return text or "layer"
