"""Ultralytics NDJSON: a line for the data set, then a line for each image with its rows of numbers.

The key of an image is `file`; `url` expires and is kept without its signature. An image without `annotations` is not
labelled, one with empty `annotations` is (ultralytics `data/converter.py`, `convert_ndjson_to_yolo`).
"""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final

import msgspec

from foveal.formats.base.files.source import pointer
from foveal.formats.base.model.context import AssetFacts, Context
from foveal.formats.base.model.items import Annotation, Asset, FormatError, Item, NotImported, Section
from foveal.formats.yolo.classes import MAX_CLASSES, Classes
from foveal.formats.yolo.description import KptShape, head, parse_kpt_shape
from foveal.formats.yolo.files import SPLITS, Files
from foveal.formats.yolo.questions import OPTION_SIXTH, SIXTH_CHOICES, Questions
from foveal.formats.yolo.rows import MAX_COLUMNS, Meaning, NeedsAnswerError, RowRefusedError, class_number, row_of

FORMAT_NAME: Final = "ultralytics_ndjson"
SECTION: Final = "dataset"
"""Name of the section that holds the first line."""
MAX_LINE_BYTES: Final = 32 * 2**20
TASK_OF: Final = {"boxes": "detect", "segments": "segment", "pose": "pose", "obb": "obb"}
CLASSIFICATION: Final = "classification"
_MEMBERS: Final = frozenset({"type", "file", "url", "width", "height", "split", "annotations"})
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])


def find(files: Files) -> str | None:
    """Return the NDJSON file of a source, None where there is none or more than one."""
    found = [each for each in files.names if is_stream(files, each)]
    return found[0] if len(found) == 1 else None


def is_stream(files: Files, name: str) -> bool:
    """Tell whether a file begins with the line of a data set or of an image."""
    if not name.lower().endswith((".ndjson", ".jsonl")):
        return False
    first = head(files, name).lstrip().partition(b"\n")[0]
    return first.startswith(b"{") and b'"type"' in first and (b'"dataset"' in first or b'"image"' in first)


def read(files: Files, name: str, context: Context) -> Iterator[Item]:
    """Yield the items of an NDJSON file. Raises FormatError for lines that are too long."""
    stream = _Stream(files, name, context)
    with files.source.open(name) as binary:
        for number, line in _lines(binary, name):
            yield from stream.items(number, line)


class _Stream:
    def __init__(self, files: Files, name: str, context: Context) -> None:
        self._files, self._name, self._context = files, name, context
        self._classes = Classes(None)
        self._kpt_shape: KptShape | None = None
        self._sixth = context.option(OPTION_SIXTH, SIXTH_CHOICES)
        self._questions = Questions()

    def items(self, number: int, line: bytes) -> Iterator[Item]:
        """Yield the items of one line."""
        members = _object(line)
        kind = _value(members.get("type")) if members is not None else None
        if members is not None and kind == "dataset":
            yield Section(SECTION, line.decode("utf-8", "backslashreplace"))
            self._classes = Classes(_names(members, self._name), where=self._name)
            self._kpt_shape = _kpt_shape(members, self._name)
            yield from self._classes.labels()
        elif members is not None and kind == "image":
            yield from self._image(number, members, line)
        else:
            yield self._told(f"L{number}", "is no JSON object of the type dataset or image", line)

    def _image(self, number: int, members: Mapping[str, msgspec.Raw], line: bytes) -> Iterator[Item]:
        url = _value(members.get("url"))
        address = url.partition("?")[0].partition("#")[0] if isinstance(url, str) else None
        file_name = _value(members.get("file")) or address
        if not isinstance(file_name, str) or not file_name:
            yield self._told(f"L{number}", "has no `file`", line)
            return
        raw = members.get("annotations")
        given = None if raw is None or bytes(raw) == b"null" else _object(bytes(raw))
        extra = {key: _value(each) for key, each in members.items() if key not in _MEMBERS}
        split = _value(members.get("split"))
        width, height = (_side(_value(members.get(side))) for side in ("width", "height"))
        yield Asset(
            file_name,
            labelled=given is not None,
            split=SPLITS.get(split, split) if isinstance(split, str) else None,
            width=width,
            height=height,
            extra=extra | ({"url": address} if address else {}),
            pointer=pointer(self._files.source, self._name, f"L{number}"),
        )
        if given is None and raw is not None and bytes(raw) != b"null":
            yield self._told(f"L{number}/annotations", "is no object", bytes(raw), file_name)
        stated = AssetFacts(width, height) if width and height else None
        for key, rows in (given or {}).items():
            place = f"L{number}/annotations/{key}"
            if key == CLASSIFICATION:
                yield from self._classification(file_name, place, bytes(rows))
            elif key in TASK_OF:
                yield from self._rows(file_name, place, key, bytes(rows), stated)
            else:
                yield self._told(place, f"{key[:40]!r} is no kind of annotation that is known", bytes(rows), file_name)

    def _rows(self, asset: str, place: str, key: str, raw: bytes, stated: AssetFacts | None) -> Iterator[Item]:
        meaning = Meaning(TASK_OF[key], self._kpt_shape if key == "pose" else None, self._sixth)
        rows = _array(raw)
        if rows is None:
            yield self._told(place, "is no list of rows", raw, asset)
            return
        for index, each in enumerate(rows):
            columns = _array(bytes(each))
            where = f"{place}/{index}"
            if columns is None:
                yield self._told(where, "is no list of numbers", bytes(each), asset)
                continue
            texts = [bytes(column).decode("utf-8", "backslashreplace") for column in columns[:MAX_COLUMNS]]
            at, record = pointer(self._files.source, self._name, where), bytes(each).decode("utf-8", "backslashreplace")
            try:
                row = row_of(texts, meaning, self._classes, lambda: self._context.facts_of(asset) or stated)
            except RowRefusedError as error:
                yield self._told(where, str(error), bytes(each), asset)
                continue
            except NeedsAnswerError as needed:
                yield from self._questions.about(str(needed), [len(texts)], at)
                yield self._told(where, f"the answer to {needed} is needed", bytes(each), asset)
                continue
            if row.sixth is not None:
                yield from self._questions.about_sixth(row.sixth, meaning, [len(texts)], at)
            if label := self._classes.unstated(row.number):
                yield label
            yield Annotation(asset, row.body, at, record, FORMAT_NAME)

    def _classification(self, asset: str, place: str, raw: bytes) -> Iterator[Item]:
        numbers = _array(raw)
        if numbers is None:
            yield self._told(place, "is no list of class numbers", raw, asset)
            return
        for index, each in enumerate(numbers):
            try:
                number = class_number(bytes(each).decode("utf-8", "backslashreplace"))
                name = self._classes.name_of(number)
            except (RowRefusedError, ValueError) as error:
                yield self._told(f"{place}/{index}", str(error), bytes(each), asset)
                continue
            if label := self._classes.unstated(number):
                yield label
            body: dict[str, Any] = {"type": "classification", "field": "ground_truth", "label": name}
            if extra := self._classes.ambiguity(name, number):
                body["extra"] = extra
            at = pointer(self._files.source, self._name, f"{place}/{index}")
            yield Annotation(asset, body, at, bytes(each).decode(), FORMAT_NAME)

    def _told(self, place: str, reason: str, raw: bytes, asset: str | None = None) -> NotImported:
        at = pointer(self._files.source, self._name, place)
        return NotImported(at, reason, raw.decode("utf-8", "backslashreplace"), asset)


def _lines(binary: BinaryIO, name: str) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not blank, with their numbers from 1."""
    number = 0
    while line := binary.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise FormatError("record_too_large", f"{name}, line {number} is longer than {MAX_LINE_BYTES} bytes.")
        plain = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
        if plain:
            yield number, plain


def _names(members: Mapping[str, msgspec.Raw], where: str) -> dict[int, str] | None:
    stated = _value(members.get("class_names"))
    if stated is None:
        return None
    if isinstance(stated, list):
        stated = {str(number): name for number, name in enumerate(stated)}
    numbers = {key: int(key) for key in stated if key.isascii() and key.isdigit()} if isinstance(stated, dict) else {}
    if not isinstance(stated, dict) or len(set(numbers.values())) != len(stated):
        raise FormatError("wrong_names", f"{where}: class_names must have each class number once.")
    if any(number >= MAX_CLASSES or not isinstance(stated[key], str) for key, number in numbers.items()):
        raise FormatError("wrong_names", f"{where}: class_names must be texts by class number.")
    return {number: stated[key] for key, number in numbers.items()}


def _kpt_shape(members: Mapping[str, msgspec.Raw], where: str) -> KptShape | None:
    stated = _value(members.get("kpt_shape"))
    if stated is None:
        return None
    return parse_kpt_shape([str(each) for each in stated] if isinstance(stated, list) else [], where)


def _side(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31 else None


def _object(raw: bytes) -> dict[str, msgspec.Raw] | None:
    try:
        return _OBJECT.decode(raw)
    except (ValueError, msgspec.MsgspecError, RecursionError):
        return None


def _array(raw: bytes) -> list[msgspec.Raw] | None:
    try:
        return _ARRAY.decode(raw)
    except (ValueError, msgspec.MsgspecError, RecursionError):
        return None


def _value(raw: msgspec.Raw | None) -> Any:
    """Return a JSON value; None for one that is absent or broken."""
    try:
        return None if raw is None else msgspec.json.decode(raw)
    except (ValueError, msgspec.MsgspecError, RecursionError):
        return None
