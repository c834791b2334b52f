"""Splicing: the files of a source with the text of single tasks replaced, and all between them byte for byte."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import IO, BinaryIO, Final

from foveal.formats.base.files.source import Source, pointer
from foveal.formats.base.model.dataset import LabelledAsset
from foveal.formats.base.model.items import NotImported
from foveal.formats.label_studio.detection import head_score
from foveal.formats.label_studio.tasks import TaskText, elements, task_files

_PLACE: Final = re.compile(r"(?:(?P<name>.*)#)?(?P<task>(?:/\d+)?)(?:/data/.*)?", re.DOTALL)
TaskOf = Callable[[str, Sequence[LabelledAsset]], str]


def task_names(source: Source) -> list[str]:
    """Return the names of the files of tasks of a source."""
    return [each for each in task_files(source) if source.main is not None or head_score(source, each) > 0]


def task_pointer(each: LabelledAsset) -> str | None:
    """Return the pointer of the task of an asset; several pages share it. None for an asset of no file."""
    found = _PLACE.fullmatch(each.asset.pointer or "") if each.asset.pointer is not None else None
    if found is None:
        return None
    return (f"{found['name']}#" if found["name"] is not None else "") + found["task"]


def tasks_of(assets: Iterator[LabelledAsset]) -> Iterator[tuple[str | None, list[LabelledAsset]]]:
    """Yield the assets of each task."""
    for place, group in groupby(assets, task_pointer):
        members = list(group)
        yield from [(place, members)] if place is not None else [(None, [each]) for each in members]


class Splicer:
    """The tasks of a data set, in the order of its source; `text` makes the text of one."""

    def __init__(self, source: Source, assets: Iterator[LabelledAsset], rest: Iterable[NotImported], text: TaskOf):
        self._source, self._text = source, text
        self._tasks = tasks_of(assets)
        self._rest = {each.pointer for each in rest}
        self._following = next(self._tasks, None)

    def is_empty(self, name: str) -> bool:
        """Tell whether nothing is left of a file of one task; a list may be empty."""
        element = next(elements(self._source, name), None)
        if element is None or element.index is not None:
            return False
        place = pointer(self._source, name, element.pointer)
        return place not in self._rest and (self._following is None or self._following[0] != place)

    def write(self, name: str, stream: IO[bytes], *, is_last: bool) -> None:
        """Write a file of the source with its tasks as they are now, and those that could not be read.

        New tasks come at the end of the last file, where it is a list.
        """
        with self._source.open(name) as copy:
            position, has_any, first_gap, is_list = 0, False, b"", True
            for element in elements(self._source, name):
                gap = read_between(copy, position, element.offset)
                position = element.offset + len(element.raw)
                first_gap = first_gap or gap
                is_list = element.index is not None
                made = self._of(pointer(self._source, name, element.pointer), TaskText.of(element))
                if made is not None:
                    stream.write(gap if has_any else first_gap)
                    stream.write(made)
                    has_any = True
            for text in self.remaining() if is_last and is_list and position else ():
                stream.write(b",\n" if has_any else first_gap)
                stream.write(text.encode())
                has_any = True
            tail = read_between(copy, position, None)
            stream.write(tail if has_any or not position else first_gap + tail)

    def remaining(self) -> Iterator[str]:
        """Yield the texts of tasks that are in no file of the source."""
        while self._following is not None:
            place, members = self._following
            self._following = next(self._tasks, None)
            yield self._text(place or "", members)

    def _of(self, place: str, text: TaskText) -> bytes | None:
        """Return the text of a task; None for one that is no longer there."""
        if self._following is not None and self._following[0] == place:
            members = self._following[1]
            self._following = next(self._tasks, None)
            return self._text(place, members).encode()
        return text.raw if place in self._rest else None


def read_between(stream: BinaryIO, start: int, end: int | None) -> bytes:
    """Return bytes of a stream between two places."""
    stream.seek(start)
    return stream.read(-1 if end is None else end - start)


def is_in_order(source: Source, names: Sequence[str], assets: Iterator[LabelledAsset]) -> bool:
    """Tell whether the tasks of the source come in its order, new ones last; all assets are looked at."""
    order = {pointer(source, name, ""): place for place, name in enumerate(names)}
    last, is_sorted = (-1, -1), True
    for place, _ in tasks_of(assets):
        found = _PLACE.fullmatch(place) if place is not None else None
        file = order.get(f"{found['name']}#" if found["name"] is not None else "") if found is not None else None
        this = (len(names), 0) if found is None or file is None else (file, int(found["task"][1:] or 0))
        is_sorted &= this > last or this[0] == len(names)
        last = this
    return is_sorted
