"""Label files of a YOLO data set: the image of each, then a row for each annotation."""

from collections.abc import Iterator, Sequence
from typing import Final

from foveal.formats.base.files.source import pointer, read_bytes
from foveal.formats.base.model.context import AssetFacts, Context
from foveal.formats.base.model.items import Annotation, Asset, Item, Label, NotImported
from foveal.formats.yolo.classes import FORMAT_NAME, Classes
from foveal.formats.yolo.files import Files
from foveal.formats.yolo.layout import Entry
from foveal.formats.yolo.questions import Questions
from foveal.formats.yolo.rows import MAX_COLUMNS, Meaning, NeedsAnswerError, RowRefusedError, row_of
from foveal.formats.yolo.variants import dota

MAX_LABEL_BYTES: Final = 8 * 2**20
_SHOWN_COUNTS: Final = 1000


class LabelFiles:
    """The label files of one data set, read one after another."""

    def __init__(self, files: Files, classes: Classes, meaning: Meaning, context: Context) -> None:
        self._files, self._classes, self._meaning, self._context = files, classes, meaning, context
        self._questions, self._dota_names = Questions(), set[str]()

    def items(self, entry: Entry) -> Iterator[Item]:
        """Yield the image, and its rows as annotations or as records that are not imported."""
        if entry.label_file is None:
            yield Asset(entry.file_name, labelled=False, split=entry.split)
            return
        content = read_bytes(self._files.source, entry.label_file, MAX_LABEL_BYTES)
        try:
            text, whole = content.decode(), True
        except UnicodeDecodeError:
            text, whole = content.decode("utf-8", "backslashreplace"), False
        rows = [(place, line, line.split(None, MAX_COLUMNS)) for place, line in _lines(text)]
        headers = dict(header for _, line, _ in rows if (header := dota.header(line)))
        rows = [row for row in rows if not dota.header(row[1])]
        if headers or (rows and dota.is_row(rows[0][2])):
            yield Asset(entry.file_name, split=entry.split, extra=headers, pointer=entry.label_file)
            yield from self._dota(entry, rows)
        else:
            yield Asset(entry.file_name, split=entry.split, pointer=entry.label_file, record=text if whole else None)
            yield from self._yolo(entry, rows)

    def _yolo(self, entry: Entry, rows: "Rows") -> Iterator[Item]:
        counts = [len(columns) for _, _, columns in rows[:_SHOWN_COUNTS]]
        for place, line, columns in rows:
            where = self._pointer(entry, place)
            try:
                row = row_of(columns, self._meaning, self._classes, lambda: self._sides(entry))
            except RowRefusedError as error:
                yield NotImported(where, str(error), line, entry.file_name)
                continue
            except NeedsAnswerError as needed:
                yield from self._questions.about(str(needed), counts, where)
                yield NotImported(where, f"the answer to {needed} is needed", line, entry.file_name)
                continue
            if row.sixth is not None:
                yield from self._questions.about_sixth(row.sixth, self._meaning, counts, where)
            if label := self._classes.unstated(row.number):
                yield label
            yield Annotation(entry.file_name, row.body, where, line, FORMAT_NAME)

    def _dota(self, entry: Entry, rows: "Rows") -> Iterator[Item]:
        for place, line, columns in rows:
            where = self._pointer(entry, place)
            try:
                body = dota.body_of(columns)
            except RowRefusedError as error:
                yield NotImported(where, str(error), line, entry.file_name)
                continue
            name = body["label"]
            if name not in self._dota_names and not self._classes.has(name):
                self._dota_names.add(name)
                yield Label(name)
            yield Annotation(entry.file_name, body, where, line, dota.FORMAT_NAME)

    def _pointer(self, entry: Entry, place: int) -> str:
        return pointer(self._files.source, entry.label_file or "", f"L{place}")

    def _sides(self, entry: Entry) -> AssetFacts | None:
        return self._context.facts_of(entry.file_name)


Rows = Sequence[tuple[int, str, list[str]]]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank with their numbers from 1, without line ends and byte order mark."""
    position, number = 1 if text.startswith("\ufeff") else 0, 0
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        number += 1
        line = text[position:end].removesuffix("\r")
        if line and not line.isspace():
            yield number, line
        position = end + 1
