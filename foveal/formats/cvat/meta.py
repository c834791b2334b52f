"""The `meta` of CVAT's XML: labels with attributes and skeletons, tasks with their video and frames; no e-mails."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Final

from foveal.formats.base.files.xml_scan import Element
from foveal.formats.base.model.items import FileWarning, Label
from foveal.formats.cvat.attributes import Declaration, Spec, Specs, attribute_of
from foveal.formats.cvat.shapes import MAX_NAME
from foveal.formats.cvat.values import Refused, integer

_WORD: Final = r"[^\s<>\"'&;,:()@]"
E_MAIL: Final = re.compile(rf"(?<!{_WORD}){_WORD}+@{_WORD}{{1,190}}\.[^\s<>\"'&;,:()@.]{{2,63}}")
"""An e-mail address; it begins behind a character that is none of its own, so that a search is linear."""
TYPES: Final[Mapping[str, str]] = {
    "bbox": "detection",
    "rectangle": "detection",
    "polygon": "polygon",
    "polyline": "polyline",
    "points": "keypoints",
    "skeleton": "keypoints",
    "mask": "mask",
    "ellipse": "ellipse",
    "cuboid": "cuboid",
    "tag": "classification",
}
"""Types of labels in CVAT, and those of a label schema; `any` is none."""
_SVG: Final = re.compile(r"<(line|circle)\b([^<>]*)>")
_SVG_ATTRIBUTE: Final = re.compile(r"""([\w-]{1,40})\s?=\s?"([^"<>]*)\"""")


@dataclass(frozen=True, slots=True)
class Task:
    """A task or job: its name, the video that it was made of, and the frames of that video that it shows."""

    name: str | None = None
    source: str | None = None
    subset: str | None = None
    mode: str | None = None
    width: int | None = None
    height: int | None = None
    start_frame: int = 0
    step: int = 1
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Meta:
    """Meta of a file: its labels, and its tasks by id (one without an id where there is no `id`)."""

    record: str = ""
    labels: list[Label] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    specs: Specs = field(default_factory=Specs)
    tasks: dict[str, Task] = field(default_factory=dict)
    warnings: list[FileWarning] = field(default_factory=list)

    def task(self, task_id: str | None) -> Task:
        """Return a task by its id, or the only one there is."""
        if task_id is None and len(self.tasks) == 1:
            return next(iter(self.tasks.values()))
        return self.tasks.get(task_id or "", Task())


def meta_of(element: Element, where: str) -> Meta:
    """Return what a `meta` element says; `where` is its pointer."""
    record, count = E_MAIL.subn("", element.record)
    meta = Meta(record)
    if count:
        meta.warnings.append(
            FileWarning("e_mail_removed", f"{count} e-mail addresses are left out of what is kept.", where)
        )
    for holder in element.children:
        if holder.name in ("task", "job"):
            meta.tasks[holder.value("id") or ""] = _task(holder)
        elif holder.name == "project":
            tasks = holder.find("tasks")
            for each in tasks.all("task") if tasks else ():
                meta.tasks[each.value("id") or ""] = _task(each)
        labels = holder.find("labels")
        if labels is not None:
            _add_labels(meta, labels.all("label"), where.removesuffix(element.path))
    return meta


def _task(element: Element) -> Task:
    size = element.find("original_size")
    step = re.fullmatch(r"\s*step\s*=\s*(\d{1,9})\s*", element.value("frame_filter") or "")
    kept = ("id", "size", "mode", "start_frame", "stop_frame", "frame_filter")
    return Task(
        name=element.value("name") or None,
        source=element.value("source") or None,
        subset=element.value("subset") or None,
        mode=element.value("mode") or None,
        width=_side(size, "width"),
        height=_side(size, "height"),
        start_frame=_side(element, "start_frame") or 0,
        step=max(int(step[1]), 1) if step else 1,
        extra={name: value for name in kept if (value := element.value(name))},
    )


def _side(element: Element | None, name: str) -> int | None:
    text = element.value(name) if element else None
    try:
        return integer(text, name, least=1) if text else None
    except Refused:
        return None


def _add_labels(meta: Meta, elements: list[Element], file: str) -> None:
    """Add the labels of a file; `file` is the part of a pointer before the path."""
    sublabels: dict[str, list[Element]] = {}
    for element in elements:
        if parent := element.value("parent"):
            sublabels.setdefault(parent, []).append(element)
    for element in elements:
        name = element.value("name") or ""
        if element.value("parent"):
            continue
        if not 0 < len(name) <= MAX_NAME or name in meta.names:
            problem = "comes twice" if name in meta.names else f"needs a name of 1 to {MAX_NAME} characters"
            meta.warnings.append(
                FileWarning("label_left_out", f"The label {name[:40]!r} {problem}.", file + element.path)
            )
            continue
        meta.names.add(name)
        meta.labels.append(_label(element, name, sublabels.get(name, []), meta.specs, file))


def _label(element: Element, name: str, sublabels: list[Element], specs: Specs, file: str) -> Label:
    attributes, extra = _attributes(element, name, specs)
    kind, color = element.value("type"), element.value("color")
    if kind is not None:
        extra["type"] = kind
    if color and not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        extra["color"], color = color, None
    skeleton = None
    if kind == "skeleton" or sublabels:
        svg = element.value("svg") or ""
        skeleton = _skeleton(svg, sublabels)
        extra["svg"] = svg
        parts = [_sublabel(each, name, specs) for each in sublabels]
        if any(len(part) > 1 for part in parts):
            extra["sublabels"] = parts
    return Label(
        name,
        type=TYPES.get(kind or ""),
        color=color or None,
        attributes=attributes,
        skeleton=skeleton,
        extra=extra,
        pointer=file + element.path,
        record=element.record,
    )


def _sublabel(element: Element, skeleton: str, specs: Specs) -> dict[str, Any]:
    """Return a point of a skeleton: its name, colour, type and attributes where it has any."""
    name = element.value("name") or ""
    attributes, extra = _attributes(element, name, specs, skeleton)
    members = {"color": element.value("color"), "attributes": attributes} | extra
    return {"name": name} | {key: value for key, value in members.items() if value}


def _attributes(
    element: Element, label: str, specs: Specs, skeleton: str | None = None
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the attributes of a label, and the members of them without a word in a schema, by name."""
    holder = element.find("attributes")
    found: list[dict[str, Any]] = []
    known: dict[str, Spec] = {}
    extra: dict[str, Any] = {}
    for each in holder.all("attribute") if holder else ():
        given = Declaration.of(each)
        name = given.name
        if not name or name in known or len(found) == 100:
            extra.setdefault("other_attributes", []).append(each.record)
            continue
        attribute, rest = attribute_of(given, [spec.alias for spec in known.values()])
        known[name] = Spec(attribute["name"], attribute["input_type"])
        found.append(attribute)
        if rest:
            extra.setdefault("attribute_extra", {})[attribute["name"]] = rest
    specs.add(label, known, skeleton)
    return found, extra


def _skeleton(svg: str, sublabels: list[Element]) -> dict[str, Any] | None:
    """Return the points of a skeleton, and the pairs of positions that the lines of its picture join."""
    shapes = [
        (kind, {name: unescape(value) for name, value in _SVG_ATTRIBUTE.findall(text)})
        for kind, text in _SVG.findall(svg)
    ]
    circles = [attributes for kind, attributes in shapes if kind == "circle"]
    names = [each.value("name") or "" for each in sublabels] or [each.get("data-label-name", "") for each in circles]
    names = [name for name in dict.fromkeys(names) if 0 < len(name) <= MAX_NAME][:1000]
    if not names:
        return None
    nodes: dict[str, int] = {}
    for position, circle in enumerate(circles):
        name = circle.get("data-label-name")
        place = names.index(name) if name in names else position if name is None else len(names)
        if place < len(names):
            nodes[circle.get("data-node-id", "")] = place
    edges = list(_edges(shapes, nodes))
    return {"names": names, "edges": edges[:5000]}


def _edges(shapes: list[tuple[str, dict[str, str]]], nodes: Mapping[str, int]) -> Iterator[list[int]]:
    for kind, line in shapes:
        if kind == "line":
            ends = [nodes.get(line.get(name, "")) for name in ("data-node-from", "data-node-to")]
            if None not in ends:
                yield [end for end in ends if end is not None]
