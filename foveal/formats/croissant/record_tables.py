"""Record sets as tables: the columns of a file under the roles that the metadata gives them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from foveal.formats.base.files.json_records import BadRecord, loads
from foveal.formats.base.files.json_scan import scan
from foveal.formats.base.files.source import Source
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import FormatError
from foveal.formats.croissant.metadata import Field, RecordSet, short
from foveal.formats.tables.columns import cell
from foveal.formats.tables.csv_table import CsvTable
from foveal.formats.tables.json_table import JsonTable
from foveal.formats.tables.parquet import ParquetTable
from foveal.formats.tables.table import Row, Table

MAX_TEXT: Final = 512
"""Characters of a value that a pattern is tried on: patterns of a file are not trusted with more."""


class JsonArrayTable:
    """The elements of an array in a JSON file."""

    is_named = True
    has_null = True
    header_text = ""
    columns: Sequence[str] = ()
    class_names: Mapping[str, Sequence[str]]
    answers: Mapping[str, str]

    def __init__(self, source: Source, name: str, section: str) -> None:
        self._source, self.name, self._section, self.class_names, self.answers = source, name, section, {}, {}

    def rows(self) -> Iterator[Row]:
        """Yield the elements. Raises FormatError."""
        with self._source.open(self.name) as stream:
            for element in scan(stream):
                if element.section != self._section or element.index is None:
                    continue
                try:
                    text = element.raw.decode()
                except UnicodeDecodeError as error:
                    raise FormatError("not_utf8", f"{self.name} is not UTF-8.") from error
                try:
                    yield Row(element.pointer, text, self.values(text))
                except BadRecord as problem:
                    yield Row(element.pointer, text, {}, f"the record cannot be read: {problem}")

    def values(self, text: str) -> Mapping[str, Any]:
        """Return the members of an element. Raises BadRecord."""
        value = loads(text)
        if not isinstance(value, dict):
            raise BadRecord("it is no JSON object")
        return value


class RecordTable:
    """A record set over one file: the values of its fields by role."""

    is_named = True
    has_null = True
    header_text = ""

    def __init__(
        self, records: RecordSet, table: Table, fields: Sequence[Field], names: Mapping[str, Mapping[str, str]]
    ) -> None:
        self._table, self.name, self.class_names = table, table.name, table.class_names
        self._roles = {role: each for each in fields if (role := role_of(each, names)) is not None}
        self._names = names
        self.columns: Sequence[str] = list(self._roles)
        boxes = {part.box for each in fields for part in (each, *each.parts) if part.box is not None}
        self.answers: Mapping[str, str] = {"box": boxes.pop()} if len(boxes) == 1 else {}
        self.records = records

    def rows(self) -> Iterator[Row]:
        """Yield the records of the file."""
        for row in self._table.rows():
            yield row if row.problem is not None else Row(row.place, row.text, self._mapped(row.values))

    def values(self, text: str) -> Mapping[str, Any]:
        """Return the values of a record by the text of its row. Raises BadRecord."""
        return self._mapped(self._table.values(text))

    def _mapped(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {role: self._value(each, values) for role, each in self._roles.items()}

    def _value(self, each: Field, values: Mapping[str, Any]) -> Any:
        if each.of_file is not None:
            found: Any = PurePosixPath(self.name).name if each.of_file == "filename" else self.name
        else:
            found = cell(values, each.column or short(each.name))
        if isinstance(found, Mapping) and isinstance(found.get("path"), str):
            found = found["path"]
        if each.pattern is not None and isinstance(found, str):
            found = matched(each.pattern, found)
        if (
            each.references is not None
            and each.references in self._names
            and isinstance(found, str | int)
            and not isinstance(found, bool)
        ):
            return self._names[each.references].get(str(found), found)
        return found


def open_file(source: Source, name: str, section: str | None, context: Context) -> Table | None:
    """Open a file of records by its suffix; None for one of a kind that holds no records. Raises FormatError."""
    suffix = PurePosixPath(name).suffix.lower()
    if section is not None:
        return JsonArrayTable(source, name, section)
    match suffix:
        case ".csv" | ".tsv" | ".tab":
            return CsvTable(source, name, context)
        case ".jsonl" | ".ndjson":
            return JsonTable(source, name)
        case ".parquet":
            return ParquetTable(source, name)
    return None


def role_of(each: Field, names: Mapping[str, Mapping[str, str]]) -> str | None:
    """Return the column of a table that a field stands for: by its type, by what it refers to, else by its name."""
    if any("BoundingBox" in part.types for part in each.parts):
        return "objects"
    if "BoundingBox" in each.types:
        return "bbox"
    if each.types & {"ImageObject", "VideoObject"} and "SegmentationMask" not in each.types:
        return "file_name" if each.column is not None else None
    referred = names.get(each.references) if each.references is not None else None
    if each.types & {"Split", "Q3985153"} or (referred is not None and referred.get("") == "split"):
        return "split"
    if referred is not None or ("Label" in each.types and not each.parts):
        return "label"
    return short(each.name)


def matched(pattern: str, text: str) -> str | None:
    """Return the group of a pattern in a text; None where it does not match, or the pattern could take forever."""
    if len(text) > MAX_TEXT or not is_safe(pattern):
        return None
    try:
        found = re.search(pattern, text)
    except (re.error, RecursionError, OverflowError):
        return None
    return found[1] if found and found.re.groups else None


def is_safe(pattern: str) -> bool:
    """Tell whether a pattern repeats nothing that repeats, and little in all, so that it ends in time."""
    return (
        len(pattern) <= 500
        and len(re.findall(r"(?<!\\)[*+{?]", pattern)) <= 2
        and not re.search(r"\)\s*[*+{?]", pattern)
    )
