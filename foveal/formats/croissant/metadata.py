"""Metadata of Croissant (JSON-LD): files, record sets and their fields, under the names that the format gives them.

Source: Croissant Format Specification 1.1 (mlcommons.org/croissant/1.1), "Resources", "RecordSets", "ML-specific
Features". Terms are read with and without their prefix (`cr:`, `sc:`, `ml:`); nothing that they point to is fetched.
"""

import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final

from foveal.formats.base.model.items import FormatError

BOX_FORMATS: Final = {
    "XYWH": "xywh",
    "XYXY": "xyxy",
    "CENTER_XYWH": "cxcywh",
    "REL_XYWH": "relative_xywh",
    "REL_XYXY": "relative_xyxy",
    "REL_CENTER_XYWH": "relative_cxcywh",
}
"""Keras' names of the formats of boxes, as the option `box` of tables names them."""
_JSON_PATH: Final = re.compile(r"\$(?:\.([\w-]+))?\[\*\](?:\.([\w.-]+))?")
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record set: where its value stands, and what it means.

    `column` is a column of a table or a path in an object, `section` the array of a JSON file that holds the rows,
    `of_file` the property of the file itself. `pattern` has one group that is the value. `origin` may be the field of
    another record set that the values come from. `references` is the id of a field, `target` a column of a file, that
    the values refer to; `parent` the fields that join nested records to their record: theirs, and that of the record.
    """

    name: str
    types: frozenset[str]
    files: Sequence[str] = ()
    column: str | None = None
    section: str | None = None
    of_file: str | None = None
    pattern: str | None = None
    box: str | None = None
    references: str | None = None
    parts: Sequence["Field"] = ()
    origin: str | None = None
    target: "Field | None" = None
    parent: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class RecordSet:
    """A record set: its fields, the types of the whole, the rows that stand in the metadata, the fields of its key."""

    name: str
    types: frozenset[str]
    fields: Sequence[Field]
    rows: Sequence[Json] = field(default_factory=tuple)
    key: Sequence[str] = ()

    def is_of(self, type_: str) -> bool:
        return type_ in self.types


class Metadata:
    """A description of a data set; parts that are malformed count as absent."""

    def __init__(self, document: Json) -> None:
        """Read a description. Raises FormatError for a field that refers to several others."""
        self._document = document
        self._resources = {
            name: each
            for each in _list(document.get("distribution"))
            if isinstance(each, Mapping) and (name := _id(each)) is not None
        }
        self.record_sets: Sequence[RecordSet] = [
            found for each in _list(document.get("recordSet")) if (found := _record_set(each)) is not None
        ]
        self._files: dict[str, list[str]] = {}

    def files(self, resource: str, names: Sequence[str]) -> list[str]:
        """Return the files of the source, always the same `names`, that a FileObject or a FileSet stands for."""
        if resource not in self._files:
            self._files[resource] = self._found(resource, names)
        return self._files[resource]

    def _found(self, resource: str, names: Sequence[str]) -> list[str]:
        given = self._resources.get(resource)
        if given is None:
            return []
        if "FileSet" in _types(given.get("@type")):
            patterns = [str(each) for each in _list(given.get("includes"))]
            return [name for name in names if any(_fits(name, pattern) for pattern in patterns)]
        wanted = str(given.get("contentUrl") or given.get("name") or resource)
        plain = PurePosixPath(wanted.partition("?")[0].partition("#")[0]) if "://" not in wanted else None
        exact = [name for name in names if plain is not None and PurePosixPath(name) == plain]
        base = PurePosixPath(wanted.partition("?")[0]).name
        return exact or [name for name in names if PurePosixPath(name).name == base][:2]

    def checksum(self, resource: str) -> str | None:
        """Return the SHA-256 of a file as the metadata states it, None where it states none that is one."""
        given = self._resources.get(resource, {}).get("sha256")
        return given.lower() if isinstance(given, str) and re.fullmatch(r"[0-9a-fA-F]{64}", given) else None


def _record_set(given: Any) -> RecordSet | None:
    name = _id(given) if isinstance(given, Mapping) else None
    if name is None:
        return None
    fields = [found for each in _list(given.get("field")) if (found := _field(each)) is not None]
    rows = [row for row in _list(given.get("data")) if isinstance(row, Mapping)]
    key = [part for each in _list(given.get("key")) if (part := _field_id(each)) is not None]
    return RecordSet(name, _types(given.get("dataType")), fields, rows, key)


def _field(given: Any) -> Field | None:
    name = _id(given) if isinstance(given, Mapping) else None
    if name is None:
        return None
    source = given.get("source")
    source = source if isinstance(source, Mapping) else {}
    only = _reference(source)
    extract, pattern = source.get("extract"), None
    extract = extract if isinstance(extract, Mapping) else {}
    column, path = extract.get("column"), extract.get("jsonPath")
    box = source.get("format", given.get("format"))
    for transform in _list(source.get("transform")):
        if isinstance(transform, Mapping):
            pattern = transform.get("regex", pattern)
            box = transform.get("format", box)
            inner = transform.get("jsonPath")
            if isinstance(inner, str) and isinstance(column, str):
                column = f"{column}.{inner.removeprefix('$.')}"
    match_ = _JSON_PATH.fullmatch(path) if isinstance(path, str) else None
    of_file = extract.get("fileProperty")
    files = [each for key in ("fileObject", "fileSet") if (each := _reference(source.get(key))) is not None]
    references = _only_reference(name, given.get("references"))
    target = _field({"@id": name, "source": references}) if isinstance(references, Mapping) else None
    parent = given.get("parentField")
    ends = [_field_id(parent.get(key)) for key in ("source", "references")] if isinstance(parent, Mapping) else []
    return Field(
        name,
        _types(given.get("dataType")),
        files or ([only] if only is not None else []),
        match_[2] if match_ else column if isinstance(column, str) else None,
        (match_[1] or "") if match_ else None,
        of_file if isinstance(of_file, str) else None,
        pattern if isinstance(pattern, str) else None,
        BOX_FORMATS.get(box.upper()) if isinstance(box, str) else None,
        _field_id(references),
        [found for each in _list(given.get("subField")) if (found := _field(each)) is not None],
        _field_id(source),
        target if target is not None and target.files and target.column is not None else None,
        (ends[0], ends[1]) if ends and ends[0] is not None and ends[1] is not None else None,
    )


def short(name: str) -> str:
    """Return the last part of the id of a field: `images/split` is `split`."""
    return name.rpartition("/")[2]


def files_of(field: Field) -> Sequence[str]:
    """Return the resources that hold a field, or its parts."""
    return field.files or (field.parts[0].files if field.parts else ())


def walk(fields: Sequence[Field]) -> Iterator[Field]:
    """Yield fields and their parts."""
    for each in fields:
        yield each
        yield from each.parts


def _id(given: Json) -> str | None:
    found = given.get("@id", given.get("name"))
    return found if isinstance(found, str) and found else None


def _reference(given: Any) -> str | None:
    if isinstance(given, Mapping):
        given = given.get("@id")
    return given if isinstance(given, str) and given else None


def _only_reference(name: str, given: Any) -> Any:
    found = _list(given)
    if len(found) > 1:
        raise FormatError("composite_key", f"{name} refers to {len(found)} fields: Croissant joins by one field.")
    return found[0] if found else None


def _field_id(given: Any) -> str | None:
    """Return the id of a field: `{"field": {"@id": …}}` of Croissant 1.0, `{"@id": …}` of 1.1."""
    return _reference(given["field"] if isinstance(given, Mapping) and "field" in given else given)


def _types(given: Any) -> frozenset[str]:
    """Return the names of types without prefix or address: `cr:Split` and `http://mlcommons.org/croissant/Split`."""
    return frozenset(re.split(r"[:/#]", each)[-1] for each in _list(given) if isinstance(each, str))


def _list(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [] if given is None else [given]


def _fits(name: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(PurePosixPath(name).name, pattern)
