"""Parquet: annotations in rows, or the image tables of the Hugging Face Hub; pixels of images stay unread.

Needs pyarrow (the extra `arrow`), which is loaded at the first use.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final

from foveal.formats.base.files.json_records import BadRecord, loads
from foveal.formats.base.files.source import Source
from foveal.formats.base.files.target import Target
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset
from foveal.formats.base.model.items import FormatError, Item
from foveal.formats.base.model.loss import LossReport
from foveal.formats.registry import Format
from foveal.formats.tables.coverage import is_whole
from foveal.formats.tables.reading import READ_OPTIONS, read_tables
from foveal.formats.tables.table import Row
from foveal.formats.tables.writing import rows, tell_labels

MAGIC: Final = b"PAR1"
SUFFIX: Final = ".parquet"
BATCH_ROWS: Final = 500
ROWS_A_GROUP: Final = 10_000
_COPY_BYTES: Final = 2**20
_SCHEMA: Final = {
    **dict.fromkeys(("file_name", "split"), "string"),
    **dict.fromkeys(("image_width", "image_height"), "int64"),
    "labelled": "bool",
    **dict.fromkeys(("type", "label"), "string"),
    **dict.fromkeys(("confidence", "x_min", "y_min", "box_width", "box_height"), "double"),
    **dict.fromkeys(("annotation", "image_extra"), "string"),
}


def score(source: Source) -> float:
    """Return how likely the source is Parquet: a file of that suffix, or the file itself by its first bytes."""
    if source.main is not None:
        with source.open(source.main) as stream:
            return 0.95 if stream.read(4) == MAGIC else 0.0
    return 0.6 if _names(source) else 0.0


def read(source: Source, context: Context) -> Iterator[Item]:
    """Yield the items of all Parquet files of a source. Raises FormatError, also where pyarrow is absent."""
    _pyarrow()
    tables = _tables(source)
    if not tables:
        raise FormatError("no_table", "There is no .parquet file.")
    yield from read_tables(source, tables, context, "parquet")


def write(dataset: Dataset, target: Target, _: Context, losses: LossReport) -> None:
    """Write a row for each annotation, all of its words in the column `annotation`; an unedited file goes out as it is.

    Equal data sets make equal tables; the bytes depend on the release of pyarrow.
    """
    source = dataset.source
    if dataset.format == "parquet" and source is not None and is_whole(dataset, source, _tables(source)):
        losses.written += sum(len(each.annotations) for each in dataset.assets())
        _copy(source, target)
        return
    pyarrow = _pyarrow()
    tell_labels(dataset, losses, "parquet")
    schema = pyarrow.schema([(name, type_) for name, type_ in _SCHEMA.items()])
    found = rows(dataset, losses)
    with (
        target.create(target.name or "annotations.parquet") as stream,
        pyarrow.parquet.ParquetWriter(stream, schema, compression="zstd") as writer,
    ):
        while batch := list(islice(found, ROWS_A_GROUP)):
            columns = zip(zip(*batch, strict=True), _SCHEMA.values(), strict=True)
            arrays = [pyarrow.array(_cells(cells, type_), type_) for cells, type_ in columns]
            writer.write_table(pyarrow.table(arrays, schema=schema))


class ParquetTable:
    """A Parquet file, read in batches of rows of the columns that are no pictures."""

    is_named = True
    has_null = True
    header_text = ""

    def __init__(self, source: Source, name: str) -> None:
        self._source, self.name = source, name
        self.answers: Mapping[str, str] = {}
        with self._opened() as file:
            self._leaves = [leaf for leaf in _leaves(file.metadata) if not leaf.endswith(".bytes")]
            names = dict.fromkeys(leaf.partition(".")[0] for leaf in self._leaves)
            self.columns: Sequence[str] = [
                *names,
                *(leaf for leaf in self._leaves if leaf.endswith(".path") and leaf not in names),
            ]
            self.class_names: Mapping[str, Sequence[str]] = _class_names(file.schema_arrow.metadata or {})

    def rows(self) -> Iterator[Row]:
        """Yield the rows, numbered from 1. Raises FormatError."""
        number = 0
        with self._opened() as file:
            for batch in self._batches(file):
                for values in batch:
                    number += 1
                    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=_plain)
                    try:
                        yield Row(f"R{number}", text, self.values(text))
                    except BadRecord as problem:
                        yield Row(f"R{number}", text, {}, f"the row cannot be read: {problem}")

    def values(self, text: str) -> Mapping[str, Any]:
        """Return the cells of a row by its text. Raises BadRecord."""
        values: dict[str, Any] = loads(text)
        return values

    def _batches(self, file: Any) -> Iterator[list[dict[str, Any]]]:
        pyarrow = _pyarrow()
        batches = file.iter_batches(batch_size=BATCH_ROWS, columns=self._leaves, use_threads=False)
        while True:
            try:
                batch = next(batches)
                found = batch.to_pylist()
            except StopIteration:
                return
            except (pyarrow.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
                raise FormatError("not_parquet", f"{self.name} cannot be read: {_first_line(error)}") from error
            yield found

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        pyarrow = _pyarrow()
        with self._source.open(self.name) as stream:
            try:
                file = pyarrow.parquet.ParquetFile(stream, pre_buffer=False, buffer_size=_COPY_BYTES)
            except (pyarrow.ArrowException, OSError, ValueError) as error:
                raise FormatError("not_parquet", f"{self.name} is no Parquet: {_first_line(error)}") from error
            yield file


def _pyarrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise FormatError(
            "extra_missing", 'Parquet needs pyarrow: install the extra with pip install "foveal[arrow]".'
        ) from None
    return pyarrow


def _names(source: Source) -> Sequence[str]:
    return [name for name in source.names() if name.lower().endswith(SUFFIX)]


def _tables(source: Source) -> list["ParquetTable"]:
    return [ParquetTable(source, name) for name in ([source.main] if source.main else _names(source))]


def _leaves(metadata: Any) -> list[str]:
    """Return the paths of the columns as `iter_batches` takes them, without the parts that lists add."""
    found: dict[str, None] = {}
    for index in range(metadata.num_columns):
        path = metadata.schema.column(index).path
        found[path.split(".list.")[0]] = None
    return list(found)


def _class_names(metadata: Mapping[bytes, bytes]) -> Mapping[str, Sequence[str]]:
    """Return the names of classes by column, from the features that Hugging Face's `datasets` keeps in the schema."""
    try:
        features = loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
    except (BadRecord, KeyError, TypeError):
        return {}
    found: dict[str, Sequence[str]] = {}
    waiting = [("", features)]
    while waiting:
        path, feature = waiting.pop()
        if isinstance(feature, list):
            waiting += [(path, each) for each in feature]
        elif isinstance(feature, dict):
            if feature.get("_type") == "ClassLabel" and isinstance(feature.get("names"), list):
                found[path] = [str(name) for name in feature["names"]]
                continue
            for name, each in feature.items():
                if name in ("feature", "_type", "dtype", "length", "id"):
                    waiting.append((path, each))
                else:
                    waiting.append((f"{path}.{name}" if path else name, each))
    return found


def _copy(source: Source, target: Target) -> None:
    for name in [source.main] if source.main else _names(source):
        with source.open(name) as read_, target.create(target.name or name) as written:
            while block := read_.read(_COPY_BYTES):
                written.write(block)


def _cells(values: Sequence[Any], type_: str) -> Sequence[Any]:
    return [value if value is None else float(value) for value in values] if type_ == "double" else values


def _plain(value: Any) -> Any:
    """Return what JSON has no word for as text: instants, decimals; bytes in base64."""
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


FORMAT: Final = Format("parquet", "Parquet", score, read, write, READ_OPTIONS)
