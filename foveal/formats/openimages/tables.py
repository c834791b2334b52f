"""Tables of Open Images by their headers; the splits that their names say; the names of classes."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from foveal.formats.base.files.source import Source
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import FileWarning, FormatError
from foveal.formats.tables.csv_table import CsvTable

CERTAIN: Final = 0.95
LIKELY: Final = 0.7
KINDS: Final[Mapping[str, frozenset[str]]] = {
    "masks": frozenset(["MaskPath", "ImageID", "LabelName"]),
    "relations": frozenset(["ImageID", "LabelName1", "LabelName2"]),
    "boxes": frozenset(["ImageID", "LabelName", "XMin", "XMax", "YMin", "YMax"]),
    "labels": frozenset(["ImageID", "LabelName", "Confidence"]),
    "points": frozenset(["ImageId", "X", "Y", "Label"]),
    "images": frozenset(["ImageID"]),
}
"""Columns that tell the kind of a table, the first that fits wins."""
_DESCRIPTIONS: Final = "class-descriptions"
_HEADER: Final = ("LabelName", "DisplayName")
_FIRST_BYTES: Final = 4096
_LOOKED_AT: Final = 20
_SPLIT: Final = re.compile(r"(?:^|[-_/])(train|validation|val|test)(?=[-_/.])")
_SPLITS: Final[Mapping[str, str]] = {"validation": "val"}


@dataclass(frozen=True, slots=True)
class OpenTable:
    """A table, what its rows are, and the split of its images."""

    table: CsvTable
    kind: str
    split: str | None


def score(source: Source) -> float:
    """Return how likely a source is of Open Images: a CSV whose header has its columns, an `ImageID` alone beside
    names of classes."""
    found = [kind for name in _names(source)[:_LOOKED_AT] if (kind := kind_of(_header(source, name))) is not None]
    if any(kind != "images" for kind in found):
        return CERTAIN
    return LIKELY if found and any(map(is_descriptions, source.names())) else 0.0


def open_tables(source: Source, context: Context) -> Iterator[OpenTable | FileWarning]:
    """Yield the tables, those of images first; and a warning of each CSV that is none."""
    found: list[OpenTable] = []
    for name in _names(source):
        if is_descriptions(name):
            continue
        kind = kind_of(_header(source, name))
        if kind is None:
            yield FileWarning("not_openimages", f"{name} has no columns of Open Images.", name)
            continue
        found.append(OpenTable(CsvTable(source, name, context), kind, split_of(name)))
    if not found:
        raise FormatError("not_openimages", "There is no CSV file with columns of Open Images, such as ImageID.")
    yield from sorted(found, key=lambda each: (each.kind != "images", each.table.name))


def class_names(source: Source) -> Iterator[tuple[str, str, str, str]]:
    """Yield file, text of the row, id and name of each class. Raises FormatError for a file that is no CSV."""
    for name in source.names():
        if not is_descriptions(name):
            continue
        for text, cells in rows_of(source, name):
            if len(cells) >= 2 and tuple(cells[:2]) != _HEADER:
                yield name, text, cells[0].strip(), cells[1].strip()


def rows_of(source: Source, name: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield text and cells of each row of a CSV without a header."""
    with source.open(name) as stream, io.TextIOWrapper(stream, "utf-8-sig", newline="") as lines:
        try:
            for cells in csv.reader(lines):
                yield ",".join(cells), cells
        except (csv.Error, UnicodeDecodeError) as error:
            raise FormatError("not_csv", f"{name} cannot be read: {error}.") from error


def is_descriptions(name: str) -> bool:
    """Tell whether a file names classes."""
    base = PurePosixPath(name).name.lower()
    return _DESCRIPTIONS in base and base.endswith(".csv")


def kind_of(columns: Sequence[str]) -> str | None:
    """Return what the rows of a table with these columns are; None for none of Open Images."""
    present = set(columns)
    return next((kind for kind, needed in KINDS.items() if needed <= present), None)


def split_of(name: str) -> str | None:
    """Return the split that the name of a file says."""
    found = _SPLIT.findall(name.lower())
    return _SPLITS.get(found[-1], found[-1]) if found else None


def _header(source: Source, name: str) -> Sequence[str]:
    with source.open(name) as stream:
        first = stream.readline(_FIRST_BYTES).decode("utf-8-sig", "replace")
    return [cell.strip().strip('"') for cell in first.split(",")]


def _names(source: Source) -> Sequence[str]:
    return [name for name in source.names() if name.lower().endswith(".csv")]
