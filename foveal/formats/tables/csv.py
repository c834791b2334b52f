"""CSV, TSV and JSON lines: annotations in rows, or the metadata files of Hugging Face's image folders."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from foveal.formats.base.files.source import Source
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import FormatError, Item, Question, Section
from foveal.formats.registry import Format
from foveal.formats.tables import csv_table
from foveal.formats.tables.columns import find_columns
from foveal.formats.tables.opening import SUFFIXES, open_table, table_names, text_tables
from foveal.formats.tables.reading import READ_OPTIONS, read_tables
from foveal.formats.tables.writing import WRITE_OPTIONS, write_text_tables

_OF_OTHERS: Final = (b"ImageID", b"XMin", b"LabelName")
_HEAD_BYTES: Final = 4096
_LOOKED_AT: Final = 10


def score(source: Source) -> float:
    """Return how likely the source is a table: by the names of its files and the header of the first."""
    names = [name for name in table_names(source) if name.lower().endswith((*SUFFIXES, ".jsonl"))]
    return max((_score_of(source, name) for name in names[:_LOOKED_AT]), default=0.0)


def _score_of(source: Source, name: str) -> float:
    with source.open(name) as stream:
        head = stream.read(_HEAD_BYTES)
    first = head.partition(b"\n")[0]
    if b"\0" in head or sum(mark in first for mark in _OF_OTHERS) >= 2 or name.startswith("class-descriptions"):
        return 0.0
    try:
        columns = find_columns(open_table(source, name, Context()).columns or [""], [], Context(), name)
    except FormatError:
        return 0.3 if source.main else 0.0
    if isinstance(columns, Question):
        return 0.35 if source.main and not name.endswith(".jsonl") else 0.2
    return 0.7 if PurePosixPath(name).stem == "metadata" else 0.6


def read(source: Source, context: Context) -> Iterator[Item]:
    """Yield the items of all tables of a source. Raises FormatError."""
    tables = text_tables(source, context)
    if not tables:
        raise FormatError("no_table", "There is no .csv, .tsv or metadata.jsonl.")
    for table in tables:
        if table.header_text:
            yield Section(f"header:{table.name}", table.header_text)
    yield from read_tables(source, tables, context, "csv")


FORMAT: Final = Format(
    "csv",
    "CSV, TSV and JSON lines",
    score,
    read,
    write_text_tables,
    READ_OPTIONS | csv_table.READ_OPTIONS,
    WRITE_OPTIONS,
)
