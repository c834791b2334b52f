"""DOTA text: header lines, then eight pixel numbers, the name of a class and a difficulty (DOTA devkit, `README`)."""

from collections.abc import Sequence
from typing import Any, Final

from foveal.formats.yolo.classes import MAX_NAME
from foveal.formats.yolo.rows import RowRefusedError, is_number, number_of
from foveal.formats.yolo.turned_boxes import fitted

FORMAT_NAME: Final = "dota"
HEADERS: Final = ("imagesource", "acquisition dates", "gsd")
_NAME_COLUMN: Final = 8


def header(line: str) -> tuple[str, str] | None:
    """Return name and value of a header line, None for any other."""
    name, separator, value = line.partition(":")
    return (name.strip(), value.strip()) if separator and name.strip().lower() in HEADERS else None


def is_row(columns: Sequence[str]) -> bool:
    """Tell whether columns are a row of DOTA: eight numbers and a name."""
    return (
        _NAME_COLUMN < len(columns) <= _NAME_COLUMN + 2
        and all(map(is_number, columns[:_NAME_COLUMN]))
        and not is_number(columns[_NAME_COLUMN])
    )


def body_of(columns: Sequence[str]) -> dict[str, Any]:
    """Return the annotation of a row. Raises RowRefusedError."""
    if not _NAME_COLUMN < len(columns) <= _NAME_COLUMN + 2:
        raise RowRefusedError(f"has {len(columns)} columns: DOTA has eight numbers, a name, and a difficulty")
    numbers = [number_of(each) for each in columns[:_NAME_COLUMN]]
    name = columns[_NAME_COLUMN]
    if len(name) > MAX_NAME or "\0" in name:
        raise RowRefusedError("the name of its class cannot be used")
    body = {"type": "detection", "field": "ground_truth", "label": name}
    body |= fitted(list(zip(numbers[::2], numbers[1::2], strict=True)))
    match columns[_NAME_COLUMN + 1 :]:
        case []:
            return body
        case ["0" | "1" as difficulty]:
            return body | {"difficult": difficulty == "1"}
        case [other]:
            return body | {"extra": {"difficulty": other}}
    raise AssertionError("a row has nine or ten columns")
