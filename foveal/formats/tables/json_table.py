"""Tables of JSON lines (jsonlines.org): one object a line, as in `metadata.jsonl` of Hugging Face's image folders."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from foveal.formats.base.files.json_records import BadRecord, dumps, loads
from foveal.formats.base.files.source import Source
from foveal.formats.base.model.items import FormatError
from foveal.formats.tables.table import SAMPLE_ROWS, Row, is_blank

MAX_LINE_BYTES: Final = 16 * 2**20
MAX_COLUMNS: Final = 1_000


class JsonTable:
    """A file of JSON lines. `columns` are the names of the first rows, in order of appearance."""

    is_named = True
    has_null = True
    header_text = ""
    class_names: Mapping[str, Sequence[str]]
    answers: Mapping[str, str]

    def __init__(self, source: Source, name: str) -> None:
        self._source, self.name, self.class_names, self.answers = source, name, {}, {}
        names: dict[str, None] = {}
        for row in islice(self.rows(), SAMPLE_ROWS):
            names |= dict.fromkeys(row.values)
        self.columns: Sequence[str] = list(names)[:MAX_COLUMNS]

    def rows(self) -> Iterator[Row]:
        """Yield the rows; blank lines are none."""
        for number, text in self.records():
            if is_blank(text):
                continue
            try:
                yield Row(f"L{number}", text, self.values(text))
            except BadRecord as problem:
                yield Row(f"L{number}", text, {}, f"the line cannot be read: {problem}")

    def values(self, text: str) -> Mapping[str, Any]:
        """Return the members of a line. Raises BadRecord."""
        value = loads(text.removeprefix("\ufeff"))
        if not isinstance(value, dict):
            raise BadRecord("it is no JSON object")
        return value

    def text(self, values: Mapping[str, Any]) -> str:
        """Return the text of a row with the given members."""
        return dumps({name: value for name, value in values.items() if value is not None}) + "\n"

    def records(self) -> Iterator[tuple[int, str]]:
        """Yield the number and the text of each line, blank ones included. Raises FormatError."""
        with self._source.open(self.name) as stream:
            number = 0
            while line := stream.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(line) > MAX_LINE_BYTES:
                    raise FormatError(
                        "record_too_large", f"{self.name}, line {number}: more than {MAX_LINE_BYTES} bytes."
                    )
                try:
                    yield number, line.decode()
                except UnicodeDecodeError as error:
                    raise FormatError("not_utf8", f"{self.name}, line {number}, is not UTF-8.") from error
