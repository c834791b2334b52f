"""Text of XML elements as CVAT lays it out, and numbers that read back as the same double."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from foveal.formats.base.files.numbers import text_of

STEP: Final = "  "
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold (section 2.2)."""
_IN_TEXT: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_IN_ATTRIBUTE: Final = _IN_TEXT | {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}


def element(name: str, attributes: Mapping[str, str], children: Sequence[str], level: int) -> str:
    """Return an element at a level of indentation, without the indentation before its start tag."""
    inner = "".join(f"\n{STEP * (level + 1)}{child}" for child in children)
    return f"{start_tag(name, attributes)}{inner}\n{STEP * level}</{name}>"


def start_tag(name: str, attributes: Mapping[str, str]) -> str:
    """Return the start tag of an element."""
    return f"<{name}" + "".join(f' {key}="{quoted(value)}"' for key, value in attributes.items()) + ">"


def leaf(name: str, text: str, attributes: Mapping[str, str] | None = None) -> str:
    """Return an element that holds text alone."""
    return f"{start_tag(name, attributes or {})}{escaped(text)}</{name}>"


def escaped(text: str) -> str:
    """Return text for the content of an element; U+FFFD stands for what XML cannot hold."""
    return _replaced(text, _IN_TEXT)


def quoted(text: str) -> str:
    """Return text for an attribute in double quotes; U+FFFD stands for what XML cannot hold."""
    return _replaced(text, _IN_ATTRIBUTE)


def is_writable(text: str) -> bool:
    """Tell whether XML can hold every character of a text."""
    return _NOT_XML.search(text) is None


def total(one: float, other: float) -> str:
    """Return the sum of two numbers as decimal ones: 10.2 and 19.9 make 30.1."""
    return text_of(float(Decimal(repr(float(one))) + Decimal(repr(float(other)))))


def point_list(points: Iterable[Sequence[float]]) -> str:
    """Return points as `x,y;x,y`."""
    return ";".join(f"{text_of(x)},{text_of(y)}" for x, y in points)


def _replaced(text: str, entities: Mapping[str, str]) -> str:
    text = _NOT_XML.sub("\ufffd", text)
    for character, entity in entities.items():
        text = text.replace(character, entity)
    return text
