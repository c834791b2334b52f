"""Values of CVAT's XML: numbers, flags and lists of points, each as text in an attribute."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from foveal.formats.base.files import numbers

MAX_POINTS: Final = 100_000
MAX_INTEGER: Final = 2**53
_INTEGER: Final = re.compile(r"[+-]?\d{1,16}", re.ASCII)


class Refused(Exception):
    """A record that cannot be read, with the reason as its message."""


def number(text: str, name: str) -> int | float:
    """Return a finite number. Raises Refused."""
    try:
        return numbers.number(text, name)
    except numbers.NotANumber as error:
        raise Refused(str(error)) from error


def integer(text: str, name: str, least: int = -MAX_INTEGER) -> int:
    """Return an integer of at most 2**53. Raises Refused."""
    value = int(text) if _INTEGER.fullmatch(text.strip()) else None
    if value is None or not least <= value <= MAX_INTEGER:
        raise Refused(f"{name} is {_shown(text)}, not an integer" + (f" from {least} on" if least >= 0 else ""))
    return value


def flag(text: str, name: str) -> bool:
    """Return a flag, written as 0 or 1. Raises Refused."""
    match text.strip().lower():
        case "1" | "true":
            return True
        case "0" | "false":
            return False
    raise Refused(f"{name} is {_shown(text)}, not 0 or 1")


def given(attributes: Mapping[str, str], name: str) -> str:
    """Return the text of an attribute that a shape needs. Raises Refused."""
    if name not in attributes:
        raise Refused(f"{name} is missing")
    return attributes[name]


def points(text: str) -> list[list[float]]:
    """Return the points `[x, y]` of `x,y;x,y`. Raises Refused."""
    pairs = text.strip().removesuffix(";").split(";", MAX_POINTS)
    if len(pairs) > MAX_POINTS:
        raise Refused(f"points has more than {MAX_POINTS} points")
    found = []
    for pair in pairs:
        x, comma, y = pair.partition(",")
        if not comma:
            raise Refused(f"points holds {_shown(pair)}, not x,y")
        found.append([number(x, "points"), number(y, "points")])
    return found


def difference(end: str, start: str) -> float:
    """Return `end - start` of two decimal numbers without the rounding of binary ones: 30.10 - 10.20 is 19.9."""
    return float(Decimal(end.strip()) - Decimal(start.strip()))


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
