"""Reader of Croissant: the record sets that lie in files of the source, with their boxes, labels and splits."""

import hashlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any, Final

from foveal.formats.base.files.json_records import BadRecord, loads
from foveal.formats.base.files.source import Source, read_text
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import FileWarning, FormatError, Item, Label, Section
from foveal.formats.croissant.metadata import Field, Metadata, RecordSet, short, walk
from foveal.formats.croissant.record_tables import RecordTable, open_file, role_of
from foveal.formats.tables.reading import read_tables
from foveal.formats.tables.table import Table

NAME: Final = "croissant"
_BLOCK_BYTES: Final = 2**20
_MAX_CLASSES: Final = 10_000


def metadata_name(source: Source) -> str | None:
    """Return the name of the metadata: `croissant.json` or `metadata.json` that names the format, else None."""
    names = [source.main] if source.main else [name for name in source.names() if name.endswith(".json")]
    names.sort(key=lambda name: (not name.endswith("croissant.json"), name.count("/"), name))
    for name in names[:20]:
        with source.open(name) as stream:
            if b"mlcommons.org/croissant" in stream.read(65_536):
                return name
    return None


def read(source: Source, context: Context) -> Iterator[Item]:
    """Yield the items of all record sets over files of the source. Raises FormatError."""
    tables, labels = yield from _described(source, context)
    yield from read_tables(source.around(), tables, context, NAME, labels)


def described_tables(source: Source, context: Context) -> Sequence[Table]:
    """Return the tables of the source that the metadata describes. Raises FormatError."""
    steps = _described(source, context)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            tables: Sequence[Table] = done.value[0]
            return tables


def _described(source: Source, context: Context) -> Generator[Item, None, tuple[Sequence[Table], set[str]]]:
    """Yield metadata, labels and warnings; return the tables and the names of the labels."""
    name = metadata_name(source)
    if name is None:
        raise FormatError("no_croissant", "There is no JSON that conforms to mlcommons.org/croissant.")
    text = read_text(source, name)
    try:
        document = loads(text)
    except BadRecord as problem:
        raise FormatError("not_json", f"{name} cannot be read: {problem}.") from None
    if not isinstance(document, Mapping):
        raise FormatError("not_croissant", f"{name} is no JSON object.")
    metadata = Metadata(document)
    yield Section(name, text)
    around = source.around()
    names: set[str] = set()
    classes = yield from _classes(metadata, around, context, names)
    tables: list[Table] = []
    checked: set[str] = set()
    for records in metadata.record_sets:
        if records.is_of("Split") or records.is_of("Enumeration"):
            continue
        tables += yield from _tables(metadata, records, around, context, classes, checked)
    if not tables:
        yield FileWarning("no_records", "No record set lies in a table of the source with names of images.", name)
    return tables, names


def _classes(metadata: Metadata, source: Source, context: Context, seen: set[str]) -> Any:
    """Yield the labels that enumerations name; return the name of each value by field, "" for the kind."""
    found: dict[str, Mapping[str, str]] = {}
    for records in metadata.record_sets:
        is_split = records.is_of("Split") or any(each.types & {"Split", "Q3985153"} for each in records.fields)
        if not records.is_of("Enumeration") and not (is_split and records.rows):
            continue
        rows = list(records.rows[:_MAX_CLASSES]) or _rows(metadata, records, source, context)
        fields = {short(each.name): each.name for each in records.fields}
        named = fields.get("name", records.fields[0].name if records.fields else "")
        for each in records.fields:
            values = {str(row.get(each.name)): str(row.get(named)) for row in rows if row.get(each.name) is not None}
            found[each.name] = values | {"": "split" if is_split else "label"}
        for row in () if is_split else rows:
            name, number = row.get(named), row.get(fields.get("id", ""))
            if isinstance(name, str) and 0 < len(name) <= 256 and name not in seen:
                seen.add(name)
                group = row.get(fields.get("supercategory", ""))
                ids = {NAME: [number]} if isinstance(number, int | str) and not isinstance(number, bool) else {}
                yield Label(name, ids, supercategory=group if isinstance(group, str) else None)
    return found


def _rows(metadata: Metadata, records: RecordSet, source: Source, context: Context) -> list[Mapping[str, Any]]:
    """Return the first rows of an enumeration that lies in a file."""
    found: list[Mapping[str, Any]] = []
    for name, section, fields in _files(metadata, records, source):
        table = open_file(source, name, section, context)
        for row in table.rows() if table is not None else ():
            if len(found) >= _MAX_CLASSES:
                break
            found.append({each.name: row.values.get(each.column or short(each.name)) for each in fields})
    return found


def _tables(
    metadata: Metadata,
    records: RecordSet,
    source: Source,
    context: Context,
    classes: Mapping[str, Mapping[str, str]],
    checked: set[str],
) -> Any:
    """Yield warnings for files that are missing or changed; return the tables of a record set."""
    found: list[Table] = []
    for resource in sorted({file for each in walk(records.fields) for file in each.files}):
        names = metadata.files(resource, source.names())
        if not names and resource not in checked:
            checked.add(resource)
            yield FileWarning("file_missing", f"{resource} is not in the source, and nothing is fetched.", records.name)
        stated = metadata.checksum(resource)
        if stated is not None and len(names) == 1 and names[0] not in checked:
            checked.add(names[0])
            if _sha256(source, names[0]) != stated:
                yield FileWarning("checksum", f"{names[0]} has another SHA-256 than the metadata states.", names[0])
    for name, section, fields in _files(metadata, records, source):
        roles = {role_of(each, classes) for each in fields}
        table = open_file(source, name, section, context)
        if table is not None and roles & _NAMES:
            found.append(RecordTable(records, table, fields, classes))
        elif table is not None:
            yield FileWarning("no_image", f"No field of {records.name} names an image: its records stay out.", name)
    return found


_NAMES: Final = frozenset(
    ["file_name", "filename", "image", "image_id", "image_filename", "image_name", "path", "image_path"]
)


def _files(metadata: Metadata, records: RecordSet, source: Source) -> Iterator[tuple[str, str | None, Sequence[Field]]]:
    """Yield each file of a record set with the section of its rows and the fields that it holds."""
    by_file: dict[tuple[str, str | None], list[Field]] = {}
    sections = {file: each.section for each in walk(records.fields) for file in each.files if each.section is not None}
    for each in records.fields:
        files = each.files or (each.parts[0].files if each.parts else ())
        for resource in files:
            for name in metadata.files(resource, source.names()):
                by_file.setdefault((name, sections.get(resource)), []).append(each)
    for (name, section), fields in by_file.items():
        yield name, section, fields


def _sha256(source: Source, name: str) -> str:
    digest = hashlib.sha256()
    with source.open(name) as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
