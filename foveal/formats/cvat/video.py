"""Tracks of CVAT's XML: one annotation for the track, and one for each of its places in a frame.

Frames count in the source video, from 0, whatever frames the task shows (`start_frame`, `frame_filter`): they stand as
they are. A shape of a single frame comes as a track of its own, with a second place that ends it (`outside`).
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from foveal.formats.base.files.xml_scan import Element, parse, scan
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import Asset, FileWarning, Item, NotImported, Question
from foveal.formats.cvat.meta import Meta, Task
from foveal.formats.cvat.record import File, Labels, annotation, shape
from foveal.formats.cvat.shapes import MAX_NAME, others, with_source

OPTION_VIDEO: Final = "video"
_START_TAG: Final = re.compile(r"""<track(?:[^>"']|"[^"]*"|'[^']*')*>""")
Place = tuple[int, int, int]
"""A track of the file: its number from 1, its first byte and the byte behind it."""


def read_tracks(file: File, meta: Meta, labels: Labels, context: Context) -> Iterator[Item]:
    """Yield each video of a file with its tracks, in the order of the tasks, then of the tracks."""
    for task, tracks in _by_task(_places(file), meta):
        if tracks or (task.source and task.mode == "interpolation"):
            yield from _Video(file, meta, labels, task, context).read(tracks)


def _by_task(places: dict[str, list[Place]], meta: Meta) -> Iterator[tuple[Task, list[Place]]]:
    """Yield each task with its tracks; the only task of a file has all of them."""
    if len(meta.tasks) <= 1:
        yield meta.task(None), sorted(each for found in places.values() for each in found)
        return
    for task_id in dict.fromkeys([*meta.tasks, *places]):
        yield meta.task(task_id), places.get(task_id, [])


def _places(file: File) -> dict[str, list[Place]]:
    """Return the places of the tracks by task: those of a project may come in any order."""
    found: dict[str, list[Place]] = {}
    number = 0
    with file.source.open(file.name) as stream:
        for element in scan(stream):
            if element.name == "track":
                number += 1
                task_id = element.attributes.get("task_id", "")
                found.setdefault(task_id, []).append((number, element.offset, element.end))
    return found


class _Video:
    """A video of a file, and its tracks."""

    def __init__(self, file: File, meta: Meta, labels: Labels, task: Task, context: Context) -> None:
        self._file, self._meta, self._labels, self._task = file, meta, labels, task
        self._name = context.option(OPTION_VIDEO) or task.source or task.name
        self._is_named_by_task = self._name == task.name and task.source is None
        self._ids: set[str] = set()

    def read(self, tracks: list[Place]) -> Iterator[Item]:
        where = self._file.pointer("/annotations")
        if self._name is None:
            message = "The file does not name the video of its tracks. Answer with --option video=NAME."
            yield Question(OPTION_VIDEO, message, ("NAME",), "NAME", where)
            for element, path in self._elements(tracks):
                for each in (element, *element.children):
                    pointer = self._file.pointer(path + each.path.removeprefix("/track"))
                    yield NotImported(pointer, f"the answer to {OPTION_VIDEO} is needed", each.record)
            return
        if self._is_named_by_task:
            message = f"The file names no video: {self._name} is the name of the task. Or say --option video=NAME."
            yield FileWarning("video_named_by_task", message, where)
        extra = {name: value for name, value in self._task.extra.items() if name != "id"}
        yield Asset(
            self._name,
            split=self._task.subset,
            width=self._task.width,
            height=self._task.height,
            external_id=self._task.extra.get("id"),
            extra=extra,
            pointer=where,
        )
        for element, path in self._elements(tracks):
            yield from self._track(element, path, self._name)

    def _elements(self, tracks: list[Place]) -> Iterator[tuple[Element, str]]:
        """Yield the tracks at their places, with their paths in the file."""
        with self._file.source.open(self._file.name) as stream:
            declaration = re.match(rb"(?:\xef\xbb\xbf)?<\?xml[^>]{0,200}\?>", stream.read(300))
            head = declaration[0] if declaration else b""
            for number, start, end in tracks:
                stream.seek(start)
                yield parse(head + stream.read(end - start)), f"/annotations/track[{number}]"

    def _track(self, element: Element, path: str, asset: str) -> Iterator[Item]:
        where = self._file.pointer(path)
        label = element.attributes.get("label", "")
        if len(label) > MAX_NAME:
            for each in [element, *element.children]:
                pointer = self._file.pointer(path + each.path.removeprefix("/track"))
                yield NotImported(pointer, f"the label has more than {MAX_NAME} characters", each.record, asset)
            return
        extra = others(element, {"id", "label", "source", "group_id", "task_id", "subset"})
        given = element.attributes.get("id") or path.rpartition("[")[2].rstrip("]")
        track_id = self._unique(given)
        if track_id != given:
            extra["id"] = given
            message = f"Two tracks of {asset} have the id {given}: this one is {track_id} here."
            yield FileWarning("track_id_twice", message, where)
        known: dict[str, Any] = {"track_id": track_id} | ({"label": label} if label else {})
        body: dict[str, Any] = {"type": "track"} | known | with_source(element.attributes, extra)
        yield from self._labels.used(label, self._meta, where)
        start_tag = _START_TAG.match(element.record)
        record = start_tag[0] if start_tag else element.record
        yield annotation(asset, body | ({"extra": extra} if extra else {}), where, record)
        yield from self._places(element, path, asset, known | {k: v for k, v in body.items() if k == "source"})

    def _places(self, element: Element, path: str, asset: str, known: dict[str, Any]) -> Iterator[Item]:
        sides = (self._task.width, self._task.height) if self._task.width and self._task.height else None
        strange = 0
        for each in element.children:
            pointer = self._file.pointer(path + each.path.removeprefix("/track"))
            found = shape(each, pointer, asset, self._meta.specs, known, sides)
            if not isinstance(found, NotImported):
                frame = found.body["frame_index"] - self._task.start_frame
                strange += frame < 0 or frame % self._task.step != 0
            yield found
        if strange:
            message = (
                f"{strange} frames of the track are none of the task's "
                f"(from {self._task.start_frame}, each {self._task.step}): frames should count in the source video."
            )
            yield FileWarning("frame_of_no_task", message, self._file.pointer(path))

    def _unique(self, given: str) -> str:
        """Return the id of a track; a second one of the same id gets another."""
        found, number = given[:MAX_NAME], 2
        while found in self._ids:
            found, number = f"{given[: MAX_NAME - 8]}_{number}", number + 1
        self._ids.add(found)
        return found
