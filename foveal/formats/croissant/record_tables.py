"""Record sets as tables: the columns of a file under the roles that the metadata gives them."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from foveal.formats.base.files.json_records import BadRecord, loads
from foveal.formats.base.files.json_scan import scan
from foveal.formats.base.files.source import Source
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import FormatError
from foveal.formats.croissant.lookups import Lookup
from foveal.formats.croissant.metadata import Field, RecordSet, short
from foveal.formats.croissant.values import FILE, value_of
from foveal.formats.tables.csv_table import CsvTable
from foveal.formats.tables.json_table import JsonTable
from foveal.formats.tables.parquet import ParquetTable
from foveal.formats.tables.table import Row, Table


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


class FilesTable:
    """The files of a set as rows, each with its name alone."""

    is_named = True
    has_null = True
    columns: Sequence[str] = ()

    def __init__(self, name: str, files: Sequence[str]) -> None:
        self.name, self._files = name, files
        self.class_names: Mapping[str, Sequence[str]] = {}
        self.answers: Mapping[str, str] = {}

    def rows(self) -> Iterator[Row]:
        """Yield the files."""
        for number, name in enumerate(self._files, 1):
            yield Row(f"R{number}", name, self.values(name))

    def values(self, text: str) -> Mapping[str, Any]:
        """Return the name of a file by its row."""
        return {FILE: text}


class RecordTable:
    """A record set over one file: the values of its fields by role, and those that `lookups` bring in."""

    is_named = True
    has_null = True
    header_text = ""

    def __init__(
        self,
        records: RecordSet,
        table: Table,
        fields: Sequence[Field],
        names: Mapping[str, Mapping[str, str]],
        lookups: Sequence[Lookup] = (),
    ) -> None:
        self._table, self.name, self.class_names = table, table.name, table.class_names
        self._roles = {role: each for each in fields if (role := role_of(each, names)) is not None}
        self._names, self._lookups = names, lookups
        self._joined = [
            (lookup, {role: each for each in lookup.fields if (role := role_of(each, names)) is not None})
            for lookup in lookups
        ]
        self.columns: Sequence[str] = list(self._roles | {role: None for _, roles in self._joined for role in roles})
        every = [*fields, *(each for lookup in lookups for each in lookup.fields)]
        boxes = {part.box for each in every for part in (each, *each.parts) if part.box is not None}
        self.answers: Mapping[str, str] = {"box": boxes.pop()} if len(boxes) == 1 else {}
        self.records = records

    def rows(self) -> Iterator[Row]:
        """Yield the records of the file."""
        for row in self._table.rows():
            if row.problem is not None:
                yield row
                continue
            try:
                yield Row(row.place, row.text, self._mapped(row.values))
            except BadRecord as problem:
                yield Row(row.place, row.text, {}, str(problem))

    def values(self, text: str) -> Mapping[str, Any]:
        """Return the values of a record by the text of its row. Raises BadRecord."""
        return self._mapped(self._table.values(text))

    def close(self) -> None:
        """Remove what the lookups hold on disk."""
        for each in self._lookups:
            each.close()

    def _mapped(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        found = {role: self._named(each, value_of(each, values, self.name)) for role, each in self._roles.items()}
        for lookup, roles in self._joined:
            others = lookup.of(value_of(lookup.key, values, self.name))
            if others is None and "file_name" in roles:
                raise BadRecord(f"the image that its field {lookup.key.name} refers to does not exist")
            found |= {role: self._named(each, (others or {}).get(each.name)) for role, each in roles.items()}
        return found

    def _named(self, each: Field, found: Any) -> Any:
        """Return the name that an enumeration has for a value."""
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
        return "file_name" if each.column is not None or each.of_file is not None else None
    referred = names.get(each.references) if each.references is not None else None
    if each.types & {"Split", "Q3985153"} or (referred is not None and referred.get("") == "split"):
        return "split"
    if referred is not None or ("Label" in each.types and not each.parts):
        return "label"
    return short(each.name)
