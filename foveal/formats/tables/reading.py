"""Reading of tables: rows are gathered by asset, then each becomes annotations."""

from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import PurePosixPath
from typing import Any, Final

from foveal.formats.base.files.grouping import Groups
from foveal.formats.base.files.source import Source
from foveal.formats.base.model.context import Context, ask
from foveal.formats.base.model.fitting import fit
from foveal.formats.base.model.items import Annotation, Asset, FileWarning, Item, Label, NotImported, Question
from foveal.formats.base.model.member_checks import is_text
from foveal.formats.tables.boxes import Convention, find_convention, structured
from foveal.formats.tables.columns import Columns, cell, find_columns, split_of
from foveal.formats.tables.row_items import Reader, is_empty, is_flag, side
from foveal.formats.tables.table import SAMPLE_ROWS, Table

OPTION_EMPTY: Final = "empty"
EMPTY_CHOICES: Final = ("reviewed", "unlabelled")
OPTION_FRAMES: Final = "frame_base"
FRAME_CHOICES: Final = ("0", "1")
OPTION_FLAGS: Final = "flags"
FLAG_CHOICES: Final = ("classes", "members")
SHOWN_FLAGS: Final = 5
MAX_LABELS: Final = 10_000
READ_OPTIONS: Final = {
    "columns": "The column of each role: file_name:image,label:class,x_min:left,… or the same as a JSON object.",
    "box": "The meaning of the four numbers of a box: xywh, xyxy or cxcywh in pixels, or relative_… in shares.",
    "empty": "A row of text with empty label cells: the image was reviewed and is empty, or is unlabelled.",
    "flags": "Columns of 0 and 1: classes of the image, or other members of it.",
    "frame_base": "The number of the first frame of a video: 0 or 1.",
}


@dataclass(frozen=True, slots=True)
class _Read:
    """A row of an asset with the annotations that it became."""

    reader: Reader
    place: str
    text: str
    values: Mapping[str, Any]
    found: Sequence[Annotation | NotImported | FileWarning]


def read_tables(
    source: Source, tables: Sequence[Table], context: Context, format_: str, labels: Collection[str] = ()
) -> Iterator[Item]:
    """Yield the items of tables; `labels` are known already. Raises FormatError."""
    with Groups() as groups:
        readers: list[Reader] = []
        for number, table in enumerate(tables):
            reader = yield from _prepare(source, table, context, format_)
            readers.append(reader)
            yield from _gather(reader, number, groups)
        seen: set[str | int] = set(labels)
        for name, records in groups:
            yield from _asset(name, records, readers, seen)


def _prepare(source: Source, table: Table, context: Context, format_: str) -> Generator[Question, None, Reader]:
    context = replace(context, options={**table.answers, **context.options})
    sample = [row.values for row in islice(table.rows(), SAMPLE_ROWS) if row.problem is None]
    missing: dict[str, str] = {}
    convention: Convention | None = None
    empty, frame_base = context.option(OPTION_EMPTY, EMPTY_CHOICES), context.option(OPTION_FRAMES, FRAME_CHOICES)
    if not table.columns:
        return Reader(source, table, Columns({}, ()), None, {}, format_)
    columns = find_columns(table.columns, sample, context, table.name, is_named=table.is_named)
    if isinstance(columns, Question):
        yield columns
        return Reader(source, table, Columns({}, ()), None, {"columns": ""}, format_)
    found = find_convention(columns, sample, context, table.name)
    if isinstance(found, Question):
        yield found
        missing["box"] = ""
    else:
        convention = found
    states_it = table.has_null or "labelled" in columns.of or empty is not None
    if not states_it and columns.has_labels and any(is_empty(row, columns) for row in sample):
        yield ask(
            OPTION_EMPTY,
            "Rows with a file name have no label: were these images reviewed and are empty, or are they unlabelled?",
            EMPTY_CHOICES,
            "reviewed",
            table.name,
        )
    frames = columns.of.get("frame")
    if frames is not None and frames != "frame_index" and frame_base is None:
        given = [cell(row, frames) for row in sample]
        proposal = "0" if any(str(each) in ("0", "0.0") for each in given) else "1"
        yield ask(OPTION_FRAMES, "Do frames count from 0 or from 1?", FRAME_CHOICES, proposal, table.name)
        missing["frame_base"] = ""
    flags = _flags(columns, sample)
    meaning = context.option(OPTION_FLAGS, FLAG_CHOICES)
    if flags and meaning is None:
        shown = ", ".join(name.strip() for name in flags[:SHOWN_FLAGS]) + (" …" if len(flags) > SHOWN_FLAGS else "")
        sentence = f"Columns hold yes and no alone ({shown}): are they classes of the image, or other members of it?"
        yield ask(OPTION_FLAGS, sentence, FLAG_CHOICES, "classes", table.name)
        missing["flags"] = ""
    is_reviewed, classes = empty == "reviewed", flags if meaning == "classes" else ()
    return Reader(source, table, columns, convention, missing, format_, is_reviewed, int(frame_base or 0), classes)


def _flags(columns: Columns, sample: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    """Return the columns that hold 0 and 1 alone, of a table that has no other labels."""
    if columns.has_labels or not sample or "objects" in columns.of or "boxes" in columns.of:
        return ()
    return [name for name in columns.others if all(is_flag(row.get(name)) for row in sample)]


def _gather(reader: Reader, number: int, groups: Groups) -> Iterator[Item]:
    """Add the rows of a table to the groups of their assets; yield those that name none."""
    folder = PurePosixPath(reader.table.name).parent.as_posix()
    is_beside = PurePosixPath(reader.table.name).stem == "metadata" and folder != "."
    warned: set[str] = set()
    for row in reader.table.rows():
        place = reader.place(row.place)
        if row.warning is not None and row.warning not in warned:
            warned.add(row.warning)
            yield FileWarning("formula_cell", row.warning, place)
        problem = row.problem
        if problem is None and "columns" in reader.missing:
            problem = "the answer to columns is needed"
        name = None if problem else reader.cell(row.values, "file_name")
        if problem is None and not _is_name(name):
            problem = f"the cell {reader.columns.of.get('file_name', 'of the file name')} is empty, or is no file name"
        if problem is not None:
            yield NotImported(place, problem, row.text)
            continue
        path = f"{folder}/{name}" if is_beside else str(name)
        groups.add(path, f"{number} {row.place}", row.text)


def _asset(
    name: str, records: Sequence[tuple[str, str]], readers: Sequence[Reader], seen: set[str | int]
) -> Iterator[Item]:
    rows: list[_Read] = []
    for place, text in records:
        number, _, place_in_table = place.partition(" ")
        reader = readers[int(number)]
        at, values = reader.place(place_in_table), reader.table.values(text)
        rows.append(_Read(reader, at, text, values, reader.annotations(name, at, text, values)))
    lead = next((row for row in rows if not row.found), rows[0])
    told = [
        NotImported(row.place, "another row speaks of the image, and this one adds nothing", row.text, name)
        for row in rows
        if not row.found and row is not lead
    ]
    has_records = any(not isinstance(each, FileWarning) for row in rows for each in row.found)
    split = next((found for row in rows if (found := _text(row.reader.cell(row.values, "split")))), None)
    yield Asset(
        name,
        labelled=has_records or any(row.reader.is_reviewed(row.values) for row in rows),
        split=split or split_of(lead.reader.table.name),
        width=_side(rows, "width"),
        height=_side(rows, "height"),
        extra=_image_extra(rows)
        | (lead.reader.others(lead.values) if lead.reader.is_row_of_asset(lead.values) else {}),
        pointer=lead.place,
        record=lead.text if len(rows) == 1 else None,
    )
    for item in (*(each for row in rows for each in row.found), *told):
        if isinstance(item, Annotation):
            fitted = fit(item)
            if isinstance(fitted, Annotation):
                yield from _label(lead.reader, fitted.body.get("label"), seen)
            yield fitted
        else:
            yield item


def _label(reader: Reader, name: str | None, seen: set[str | int]) -> Iterator[Item]:
    if name is None or name in seen or len(seen) > MAX_LABELS:
        return
    seen.add(name)
    if len(seen) > MAX_LABELS:
        yield FileWarning("many_labels", f"The table has more than {MAX_LABELS} labels: is it the right column?", name)
        return
    number = reader.class_number(name)
    yield Label(name, {} if number is None else {reader.format: [number]})


def _side(rows: Sequence[_Read], role: str) -> int | None:
    return next((found for row in rows if (found := side(row.reader.cell(row.values, role)))), None)


def _image_extra(rows: Sequence[_Read]) -> dict[str, Any]:
    """Return the members of an image that a writer of ours has put into the first of its rows."""
    for row in rows:
        given = structured(row.reader.cell(row.values, "image_extra"))
        if isinstance(given, dict):
            return given
    return {}


def _is_name(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or is_text(value, 1024)


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
