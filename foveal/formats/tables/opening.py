"""The tables of a source: CSV and TSV files, or `metadata.jsonl`."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from foveal.formats.base.files.source import Source
from foveal.formats.base.model.context import Context
from foveal.formats.tables.csv_table import CsvTable
from foveal.formats.tables.json_table import JsonTable

SUFFIXES: Final = (".csv", ".tsv", ".tab")
TextTable = CsvTable | JsonTable


def table_names(source: Source) -> Sequence[str]:
    """Return the names of the tables: of JSON lines where there are any, else of separated values."""
    lines = [
        name
        for name in source.names()
        if name.lower().endswith(".jsonl") and (name == source.main or PurePosixPath(name).stem == "metadata")
    ]
    found = lines or [name for name in source.names() if name.lower().endswith(SUFFIXES)]
    return found or ([source.main] if source.main else [])


def open_table(source: Source, name: str, context: Context) -> TextTable:
    """Open a table by the suffix of its name. Raises FormatError."""
    return JsonTable(source, name) if name.lower().endswith(".jsonl") else CsvTable(source, name, context)


def text_tables(source: Source, context: Context) -> list[TextTable]:
    """Open all tables of a source. Raises FormatError."""
    return [open_table(source, name, context) for name in table_names(source)]
