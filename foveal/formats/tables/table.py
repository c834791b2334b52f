"""Tables: rows as cells by column, each with its place and the text that it came from."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

SAMPLE_ROWS: Final = 1_000
"""Rows that are looked at before a convention is proposed."""

_OBJECT: Final = re.compile(r"/objects(/\d+)?$")


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its place (`L` and its first line, `R` and its number), its text, or why it cannot be read."""

    place: str
    text: str
    values: Mapping[str, Any]
    problem: str | None = None
    warning: str | None = None


class Table(Protocol):
    """A file of rows. `class_names` are the names of classes that a column holds as numbers; `answers` are those that
    a description of the file gives to the questions of the reader."""

    name: str
    columns: Sequence[str]
    is_named: bool
    has_null: bool
    class_names: Mapping[str, Sequence[str]]
    answers: Mapping[str, str]

    def rows(self) -> Iterator[Row]:
        """Yield the rows. May be called again."""

    def values(self, text: str) -> Mapping[str, Any]:
        """Return the cells of a row by its text. Raises BadRecord."""


def is_blank(text: str) -> bool:
    """Tell whether the text of a row is a blank line, or the byte order mark alone."""
    return not text.strip("\ufeff \t\r\n")


def row_pointer(pointer: str) -> str:
    """Return the pointer of the row that an object of a row lies in."""
    return _OBJECT.sub("", pointer)


def is_of_object(pointer: str) -> bool:
    """Tell whether a pointer is that of an object of a row."""
    return _OBJECT.search(pointer) is not None
