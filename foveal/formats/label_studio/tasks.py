"""Tasks of Label Studio's files, one after another, each with the text of every result.

A file is a list of tasks, one task, or one annotation with its task (export to a cloud storage). JSON_MIN is a flat
list (`foveal.formats.label_studio.minimal`).
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from foveal.formats.base.files import json_scan
from foveal.formats.base.files.json_scan import Element
from foveal.formats.base.files.source import Source, read_bytes
from foveal.formats.base.model.items import FormatError
from foveal.formats.label_studio.privacy import without_people, without_signatures

Kind = Literal["annotation", "prediction", "draft"]
SETS: Final[Mapping[str, Kind]] = {
    "annotations": "annotation",
    "completions": "annotation",
    "predictions": "prediction",
    "drafts": "draft",
}
"""Members of a task that hold results; `completions` is what versions before 1.0 wrote."""
HEAD_BYTES: Final = 1 << 16
_NOT_FINITE: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|(-?(?:NaN|Infinity))', re.DOTALL)
_BOM: Final = b"\xef\xbb\xbf"


class BrokenTask(Exception):
    """A task that cannot be read, with the reason."""


@dataclass(frozen=True, slots=True)
class Result:
    """An element of `result`: its place, its members (None where it is no object), its text."""

    pointer: str
    members: Mapping[str, Any] | None
    text: str


@dataclass(frozen=True, slots=True)
class ResultSet:
    """An annotation, a prediction or a draft: its members but `result`, and its results."""

    kind: Kind
    pointer: str
    members: Mapping[str, Any]
    results: Sequence[Result]


@dataclass(frozen=True, slots=True)
class Task:
    """A task: its members but the sets of results, and the sets. `format` is the name of the text of its results."""

    pointer: str
    members: Mapping[str, Any]
    sets: Sequence[ResultSet]
    text: str
    format: str = "label_studio"

    @property
    def data(self) -> Mapping[str, Any]:
        found = self.members.get("data")
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class TaskText:
    """The text of a task in its file, without e-mail addresses and signatures, and what was removed."""

    element: Element
    raw: bytes
    removed: Sequence[str]

    @classmethod
    def of(cls, element: Element, people: dict[bytes, int] | None = None) -> "TaskText":
        """Return the text of an element; `people` numbers annotators who are known by their address alone."""
        private = without_people(element.raw, {} if people is None else people)
        raw = without_signatures(private)
        removed = [name for name, is_so in (("e_mail", private != element.raw), ("signature", raw != private)) if is_so]
        return cls(element, raw, removed)

    @property
    def text(self) -> str:
        return self.raw.decode(errors="replace")


def task_files(source: Source) -> Sequence[str]:
    """Return the names that may be files of tasks: JSON, or without a suffix as in cloud storages."""
    if source.main is not None:
        return [source.main]
    names = [each for each in source.names() if not each.startswith("__MACOSX/")]
    return [each for each in names if each.lower().endswith(".json") or "." not in each.rpartition("/")[2]]


def head(source: Source, name: str) -> bytes:
    """Return the first bytes of a file, without a byte order mark and leading white space."""
    with source.open(name) as stream:
        return stream.read(HEAD_BYTES).removeprefix(_BOM).lstrip()


def elements(source: Source, name: str) -> Iterator[Element]:
    """Yield the tasks of a file as they stand; the one task of a file has no index. Raises FormatError."""
    if head(source, name)[:1] == b"{":
        content = read_bytes(source, name, json_scan.MAX_ELEMENT_BYTES)
        start = len(content) - len(content.removeprefix(_BOM))
        for element in json_scan.scan(io.BytesIO(b"[" + content[start:] + b"]")):
            if element.index:
                raise FormatError("not_json", f"{name} is not JSON: something follows its object.")
            yield Element("", None, element.offset - 1 + start, element.raw)
        return
    with source.open(name) as stream:
        for element in json_scan.scan(stream):
            if element.section or element.index is None:
                raise FormatError("not_tasks", f"{name} is no list of tasks of Label Studio.")
            yield element


def finite(raw: bytes) -> bytes:
    """Return JSON text with null for NaN and Infinity, which scripts in Python write for numbers."""
    if b"NaN" not in raw and b"Infinity" not in raw:
        return raw
    return _NOT_FINITE.sub(lambda found: b"null" if found[1] else found[0], raw)


def annotations_of(raw: bytes) -> Sequence[Mapping[str, Any]]:
    """Return the members of the annotations of a task, their results left out. Raises BrokenTask."""
    members = _members(finite(raw))
    if "result" in members:
        return [_without_results(members)]
    sets = [each for name, kind in SETS.items() if kind == "annotation" for each in _list(members.get(name), name)]
    objects = [_object(bytes(each)) for each in sets]
    return [_without_results(each) for each in objects if each is not None]


def _without_results(members: Mapping[str, msgspec.Raw]) -> Mapping[str, Any]:
    return {name: _decoded(each) for name, each in members.items() if name not in ("result", "task")}


def parsed(raw: bytes, pointer: str) -> Task:
    """Return the task of a text. Raises BrokenTask."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise BrokenTask(f"the task is not UTF-8 (byte {error.start})") from error
    members = _members(finite(raw))
    if "result" in members and isinstance(task := _decoded(members.get("task", b"0")), dict):
        of_task = _members(bytes(members.pop("task")))
        only = _set("annotation", pointer, members, result_base=pointer)
        kept = {name: _decoded(each) for name, each in of_task.items() if name not in SETS}
        return Task(pointer, kept | {"data": task.get("data")}, [only], text, "label_studio_annotation")
    sets: list[ResultSet] = []
    for name, kind in SETS.items():
        for number, each in enumerate(_list(members.pop(name, None), name)):
            place = f"{pointer}/{name}/{number}"
            sets.append(_set(kind, place, _object(bytes(each)), result_base=place, text=bytes(each)))
    return Task(pointer, {name: _decoded(each) for name, each in members.items()}, sets, text)


def _set(
    kind: Kind, pointer: str, members: dict[str, msgspec.Raw] | None, *, result_base: str, text: bytes = b""
) -> ResultSet:
    if members is None:
        return ResultSet(kind, pointer, {}, [Result(pointer, None, text.decode())])
    found = _list(members.pop("result", None), "result")
    results = []
    for number, each in enumerate(found):
        value = _decoded(each)
        place = f"{result_base}/result/{number}"
        results.append(Result(place, value if isinstance(value, dict) else None, bytes(each).decode()))
    return ResultSet(kind, pointer, {name: _decoded(each) for name, each in members.items()}, results)


def _members(raw: bytes) -> dict[str, msgspec.Raw]:
    found = _object(raw)
    if found is None:
        raise BrokenTask("the task is not an object")
    return found


def _object(raw: bytes) -> dict[str, msgspec.Raw] | None:
    if not raw.startswith(b"{"):
        return None
    found: dict[str, msgspec.Raw] = _decoded(raw, dict[str, msgspec.Raw])
    return found


def _list(raw: bytes | msgspec.Raw | None, name: str) -> list[msgspec.Raw]:
    text = bytes(raw) if raw is not None else b"null"
    if text == b"null":
        return []
    if not text.startswith(b"["):
        raise BrokenTask(f"{name} is not a list")
    found: list[msgspec.Raw] = _decoded(text, list[msgspec.Raw])
    return found


def _decoded(raw: bytes | msgspec.Raw, kind: Any = Any) -> Any:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BrokenTask(f"the task is not valid JSON: {error}") from error
