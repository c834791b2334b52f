"""Tables of separated values (RFC 4180 and its relatives): dialect by option or by the first lines, text of each row.

A cell in quotes may hold line breaks, so a row is the text that the parser took up for it, to the byte.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from foveal.formats.base.files.json_records import BadRecord
from foveal.formats.base.files.probing import is_media
from foveal.formats.base.files.source import Source
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import FormatError
from foveal.formats.tables.table import Row, is_blank

DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
MAX_ROW_CHARACTERS: Final = 16 * 2**20
_FIRST_ROWS: Final = 50
_MARK: Final = "\ufeff"
_DECIMAL_COMMA: Final = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?", re.ASCII)
_DECIMAL_POINT: Final = re.compile(r"[+-]?\d+\.\d+([eE][+-]?\d+)?", re.ASCII)
_FORMULA: Final = re.compile(r"=|@|[+-](?![\d.,]+([eE][+-]?\d+)?\s*$)")
READ_OPTIONS: Final = {
    "delimiter": "The character between cells: comma, semicolon, tab or pipe.",
    "decimal": "The decimal separator of numbers: point or comma.",
    "header": "The first row names the columns: yes or no.",
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """The delimiter, whether numbers have a decimal comma, whether the first row names the columns."""

    delimiter: str
    has_decimal_comma: bool
    is_named: bool


class CsvTable:
    """A file of separated values."""

    has_null: bool = False
    class_names: Mapping[str, Sequence[str]]
    answers: Mapping[str, str]

    def __init__(self, source: Source, name: str, context: Context) -> None:
        self._source, self.name, self.class_names, self.answers = source, name, {}, {}
        first = [text for _, text, _ in islice(self._records(","), _FIRST_ROWS)]
        self.dialect = _dialect(name, "".join(first).removeprefix(_MARK), context)
        rows = self._records(self.dialect.delimiter)
        self.header_text, cells = next(((text, cells) for _, text, cells in rows if not is_blank(text)), ("", []))
        self.is_named = self.dialect.is_named
        if not self.is_named:
            self.header_text, cells = "", [str(number + 1) for number in range(len(cells))]
        self.columns: Sequence[str] = [cell.strip() for cell in cells]
        if len(set(self.columns)) != len(self.columns):
            twice = next(each for each in self.columns if self.columns.count(each) > 1)
            raise FormatError("column_twice", f"{name}: the column {twice!r} comes twice: rename one of them.")

    def rows(self) -> Iterator[Row]:
        """Yield the rows behind the header; blank lines are none."""
        is_header = self.is_named
        for line, text, cells in self._records(self.dialect.delimiter):
            if is_blank(text):
                continue
            if is_header:
                is_header = False
                continue
            place = f"L{line}"
            if len(cells) != len(self.columns):
                yield Row(place, text, {}, f"the row has {len(cells)} cells, the table {len(self.columns)} columns")
            elif text.count('"') % 2 and _is_open(text, self.dialect.delimiter):
                yield Row(place, text, {}, "a cell in quotes does not end")
            else:
                formula = next(
                    (name for name, cell in zip(self.columns, cells, strict=True) if _is_formula(cell)), None
                )
                warning = f"The column {formula} has cells that a spreadsheet runs as formulas." if formula else None
                yield Row(place, text, self._values(cells), warning=warning)

    def values(self, text: str) -> Mapping[str, Any]:
        """Return the cells of a row by its text. Raises BadRecord."""
        try:
            cells = next(
                csv.reader(io.StringIO(text.removeprefix(_MARK), newline=""), delimiter=self.dialect.delimiter)
            )
        except (csv.Error, StopIteration) as error:
            raise BadRecord(str(error)) from None
        return self._values(cells)

    def text(self, values: Mapping[str, Any]) -> str:
        """Return the text of a row with the given cells, in the dialect of the table."""
        return row_text([_cell_text(values.get(name), self.dialect) for name in self.columns], self.dialect.delimiter)

    def records(self) -> Iterator[tuple[int, str]]:
        """Yield the first line and the text of each row, header and blank lines included."""
        for line, text, _ in self._records(self.dialect.delimiter):
            yield line, text

    def _values(self, cells: Sequence[str]) -> Mapping[str, Any]:
        if self.dialect.has_decimal_comma:
            cells = [cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell.strip()) else cell for cell in cells]
        return dict(zip(self.columns, cells, strict=True))

    def _records(self, delimiter: str) -> Iterator[tuple[int, str, list[str]]]:
        csv.field_size_limit(MAX_ROW_CHARACTERS)
        with _lines(self._source, self.name) as lines:
            taken: list[str] = []
            reader = csv.reader(_noted(lines, taken), delimiter=delimiter)
            number = 1
            while True:
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    raise FormatError("not_csv", f"{self.name}, line {number}: {error}.") from error
                except UnicodeDecodeError as error:
                    raise FormatError(
                        "not_utf8", f"{self.name}, line {number}, is not UTF-8: save the file as UTF-8 and try again."
                    ) from error
                yield number, "".join(taken), cells
                number += len(taken)
                taken.clear()


@contextmanager
def _lines(source: Source, name: str) -> Iterator[io.TextIOWrapper]:
    with source.open(name) as stream, io.TextIOWrapper(stream, "utf-8", newline="") as text:
        yield text


def _noted(lines: io.TextIOWrapper, taken: list[str]) -> Iterator[str]:
    is_first, size = True, 0
    while line := lines.readline(MAX_ROW_CHARACTERS + 1):
        size = len(line) + (size if taken else 0)
        if size > MAX_ROW_CHARACTERS:
            raise FormatError("record_too_large", f"A row has more than {MAX_ROW_CHARACTERS} characters.")
        taken.append(line)
        yield line.removeprefix(_MARK) if is_first else line
        is_first = False


def _dialect(name: str, text: str, context: Context) -> Dialect:
    delimiter = DELIMITERS.get(context.option("delimiter", tuple(DELIMITERS)) or "")
    if delimiter is None:
        delimiter = "\t" if name.lower().endswith((".tsv", ".tab")) else _likely_delimiter(text)
    try:
        rows = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), _FIRST_ROWS))
    except csv.Error as error:
        raise FormatError("not_csv", f"{name} is no table of separated values: {error}.") from error
    decimal = context.option("decimal", ("point", "comma"))
    cells = [cell.strip() for row in rows for cell in row]
    has_comma = decimal == "comma" or (
        decimal is None
        and delimiter != ","
        and any(map(_DECIMAL_COMMA.fullmatch, cells))
        and not any(map(_DECIMAL_POINT.fullmatch, cells))
    )
    header = context.option("header", ("yes", "no"))
    first = next((row for row in rows if any(row)), [])
    is_named = header == "yes" or (header is None and not any(map(_is_data, first)))
    return Dialect(delimiter, has_comma, is_named)


def _likely_delimiter(text: str) -> str:
    """Return the delimiter that cuts the first rows into the same number of cells, the larger the better."""
    best, most = ",", 0.0
    for delimiter in DELIMITERS.values():
        try:
            rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
        except csv.Error:
            continue
        counts = [len(row) for row in rows]
        if counts and counts[0] > 1:
            score = counts.count(counts[0]) / len(counts) * 1000 + counts[0]
            if score > most:
                best, most = delimiter, score
    return best


def _is_data(cell: str) -> bool:
    return _DECIMAL_POINT.fullmatch(cell.strip()) is not None or cell.strip().isdigit() or is_media(cell.strip())


def _is_formula(cell: str) -> bool:
    return _FORMULA.match(cell) is not None


def _is_open(text: str, delimiter: str) -> bool:
    """Tell whether the last cell in quotes of a file does not end."""
    try:
        list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "end of data" in str(error)
    return False


def row_text(cells: Sequence[str], delimiter: str = ",") -> str:
    """Return a row as text, with CR LF (RFC 4180)."""
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerow(cells)
    return written.getvalue()


def _cell_text(value: Any, dialect: Dialect) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value).replace(".", ",") if dialect.has_decimal_comma else repr(value)
    return str(value)
