"""Rows of JSON from a file or standard input: a list, or one object a line."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

import typer

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """A row by its number, from 1: an object, or the reason why it is none."""

    number: int
    value: dict[str, Any]
    error: str | None = None


def rows(path: str) -> Iterator[Row]:
    """Yield the rows of a file, `-` for standard input. Raises typer.BadParameter for one that cannot be read."""
    if path == STANDARD_INPUT:
        yield from _rows(sys.stdin)
        return
    try:
        with Path(path).open(encoding="utf-8") as file:
            yield from _rows(file)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is no text in UTF-8"
        raise typer.BadParameter(f"{path}: {reason}") from error


def document(path: str) -> dict[str, Any]:
    """Return the one object of a file. Raises typer.BadParameter when there is none, or more."""
    try:
        text = sys.stdin.read() if path == STANDARD_INPUT else Path(path).read_text(encoding="utf-8")
        value = json.loads(text, parse_constant=_refuse)
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise typer.BadParameter(f"{path}: is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise typer.BadParameter(f"{path}: must be a JSON object")
    return value


def _rows(file: IO[str]) -> Iterator[Row]:
    first = file.readline()
    if first.lstrip("\ufeff").lstrip().startswith("["):
        try:
            values = json.loads(first.lstrip("\ufeff") + file.read(), parse_constant=_refuse)
        except ValueError as error:
            raise typer.BadParameter(f"the list is no JSON: {error}") from error
        yield from (_row(number, value) for number, value in enumerate(values, start=1))
        return
    number = 0
    while first:
        if text := first.lstrip("\ufeff").strip():
            number += 1
            try:
                yield _row(number, json.loads(text, parse_constant=_refuse))
            except ValueError as error:
                yield Row(number, {}, f"is no JSON: {error}")
        first = file.readline()


def _row(number: int, value: Any) -> Row:
    return Row(number, value) if isinstance(value, dict) else Row(number, {}, "must be a JSON object")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")
