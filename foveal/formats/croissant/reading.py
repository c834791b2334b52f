"""Reader of Croissant: the record sets that lie in files of the source, with their boxes, labels and splits."""

import hashlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, Final

from foveal.formats.base.files.json_records import BadRecord, loads
from foveal.formats.base.files.probing import is_media
from foveal.formats.base.files.source import Source, read_text
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import FileWarning, FormatError, Item, Label, Section
from foveal.formats.croissant.joins import IMAGE_NAMES, Join, JoinedSet, joined
from foveal.formats.croissant.lookups import Lookup
from foveal.formats.croissant.metadata import Field, Metadata, RecordSet, files_of, short, walk
from foveal.formats.croissant.record_tables import FilesTable, RecordTable, open_file, role_of
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
    try:
        yield from read_tables(source.around(), tables, context, NAME, labels)
    finally:
        for each in tables:
            each.close()


def described_tables(source: Source, context: Context) -> Sequence[Table]:
    """Return the tables of the source that the metadata describes. Raises FormatError."""
    steps = _described(source, context)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            tables: Sequence[RecordTable] = done.value[0]
            return tables


def _described(source: Source, context: Context) -> Generator[Item, None, tuple[Sequence[RecordTable], set[str]]]:
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
    tables: list[RecordTable] = []
    checked: set[str] = set()
    sets = joined(metadata.record_sets)
    looked_up = {file for each in sets for join in each.joins for file in join.target.files}
    for each in sets:
        if each.records.is_of("Split") or each.records.is_of("Enumeration"):
            continue
        tables += yield from _tables(metadata, each, around, context, classes, checked, looked_up)
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
    for table, fields in _files(metadata, records, source, context):
        for row in table.rows():
            if len(found) >= _MAX_CLASSES:
                break
            found.append({each.name: row.values.get(each.column or short(each.name)) for each in fields})
    return found


def _tables(
    metadata: Metadata,
    joined_set: JoinedSet,
    source: Source,
    context: Context,
    classes: Mapping[str, Mapping[str, str]],
    checked: set[str],
    looked_up: set[str],
) -> Any:
    """Yield warnings for what is missing or changed; return the tables of a record set with the lookups of its joins.

    `looked_up` are files that records are joined with: those without names of images are read for that alone.
    """
    records, found = joined_set.records, list[RecordTable]()
    of_joins = [field for join in joined_set.joins for field in (join.target, *join.fields)]
    for resource in sorted({file for each in walk([*records.fields, *of_joins]) for file in each.files}):
        names = metadata.files(resource, source.names())
        if not names and resource not in checked:
            checked.add(resource)
            yield FileWarning("file_missing", f"{resource} is not in the source, and nothing is fetched.", records.name)
        stated = metadata.checksum(resource)
        if stated is not None and len(names) == 1 and names[0] not in checked:
            checked.add(names[0])
            if _sha256(source, names[0]) != stated:
                yield FileWarning("checksum", f"{names[0]} has another SHA-256 than the metadata states.", names[0])
    for name in joined_set.unjoined:
        why = f"{name} comes from another record set, but no field of {records.name} references that: it stays out."
        yield FileWarning("no_join", why, records.name)
    for table, fields in _files(metadata, records, source, context, with_media=bool(joined_set.joins)):
        lookups = [
            Lookup(each, _opener(metadata, each, source, context)) for each in joined_set.joins if each.key in fields
        ]
        roles = {role_of(each, classes) for each in (*fields, *(field for each in lookups for field in each.fields))}
        if roles & _NAMES:
            found.append(RecordTable(records, table, fields, classes, lookups))
        elif not looked_up & {file for each in fields for file in each.files}:
            why = f"No field of {records.name} names an image: its records stay out."
            yield FileWarning("no_image", why, table.name)
    return found


_NAMES: Final = frozenset(IMAGE_NAMES)


def _opener(metadata: Metadata, join: Join, source: Source, context: Context) -> Callable[[], Iterator[Table]]:
    """Return what opens the tables of the other record set of a join."""
    other = RecordSet("", frozenset(), [join.target, *join.fields])
    return lambda: (table for table, _ in _files(metadata, other, source, context, with_media=True))


def _files(
    metadata: Metadata, records: RecordSet, source: Source, context: Context, *, with_media: bool = False
) -> Iterator[tuple[Table, Sequence[Field]]]:
    """Yield a table for each file of a record set, with the fields that it holds; one for all media, if wanted."""
    by_file: dict[tuple[str, str | None], list[Field]] = {}
    by_set: dict[str, list[Field]] = {}
    sections = {file: each.section for each in walk(records.fields) for file in each.files if each.section is not None}
    for each in records.fields:
        for resource in files_of(each):
            names = metadata.files(resource, source.names())
            if with_media and each.of_file is not None and any(map(is_media, names)):
                by_set.setdefault(resource, []).append(each)
                continue
            for name in names:
                by_file.setdefault((name, sections.get(resource)), []).append(each)
    for resource, fields in by_set.items():
        yield FilesTable(resource, metadata.files(resource, source.names())), fields
    for (name, section), fields in by_file.items():
        table = open_file(source, name, section, context)
        if table is not None:
            yield table, fields


def _sha256(source: Source, name: str) -> str:
    digest = hashlib.sha256()
    with source.open(name) as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
