"""Labels and tasks as the `meta` of CVAT's XML."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from foveal.formats.cvat.meta import TYPES
from foveal.formats.cvat.writing.markup import decimal, element, leaf
from foveal.formats.cvat.writing.shapes import text_of
from foveal.formats.cvat.writing.survey import Survey, given_name
from foveal.formats.items import Label

TYPE_WORDS: Final = {ours: theirs for theirs, ours in TYPES.items() if theirs not in ("bbox", "skeleton")}
LEVEL: Final = 4
"""Indentation of a label within annotations, meta, task, labels."""


def head(members: Mapping[str, str], labels: list[str], sides: tuple[int, int] | None = None) -> str:
    """Return the beginning of a document up to its first image or track: a task of some members with its labels.

    `sides` are those of the frames of a video.
    """
    children = [leaf(name, value) for name, value in members.items()]
    children.append(element("labels", {}, labels, 3))
    if sides:
        children.append(element("original_size", {}, [leaf("width", str(sides[0])), leaf("height", str(sides[1]))], 3))
    task = element("task", {}, children, 2)
    meta = element("meta", {}, [task], 1)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n  {meta}'


def declarations(found: Survey, without: frozenset[str] = frozenset()) -> list[str]:
    """Return the labels of a data set as elements, but those that are declared already."""
    return [text for name, label in found.labels.items() if name not in without for text in _label(label, found)]


def _label(label: Label, found: Survey) -> Iterator[str]:
    """Yield a label, and behind it the points of its skeleton, which CVAT has as labels with a parent."""
    own = label.extra
    children = [leaf("name", label.name)]
    if label.color:
        children.append(leaf("color", label.color))
    names = list((label.skeleton or {}).get("names", ())) or list(found.points.get(label.name, ()))
    names += [name for name in found.points.get(label.name, ()) if name not in names]
    children.append(leaf("type", "skeleton" if names else _type(label)))
    attributes = [_attribute(each, own.get("attribute_extra", {}).get(each["name"], {})) for each in label.attributes]
    declared = {given_name(each, label) for each in label.attributes}
    for name, kinds in found.attributes.get(label.name, {}).items():
        if name not in declared:
            attributes.append(_attribute(*_undeclared(name, kinds)))
    children.append(element("attributes", {}, attributes, LEVEL + 1))
    if names:
        edges = (label.skeleton or {}).get("edges", ())
        children.append(leaf("svg", own.get("svg") or _svg(names, edges)))
    yield element("label", {}, children, LEVEL)
    parts = {part["name"]: part for part in own.get("sublabels", ())}
    for name in names:
        yield _sublabel(name, label.name, parts.get(name, {}))


def _sublabel(name: str, skeleton: str, part: Mapping[str, Any]) -> str:
    children = [leaf("name", name)]
    if part.get("color"):
        children.append(leaf("color", part["color"]))
    rest = part.get("attribute_extra", {})
    attributes = [_attribute(each, rest.get(each["name"], {})) for each in part.get("attributes", ())]
    children += [leaf("type", "points"), element("attributes", {}, attributes, LEVEL + 1), leaf("parent", skeleton)]
    return element("label", {}, children, LEVEL)


def _type(label: Label) -> str:
    given = label.extra.get("type")
    return given if isinstance(given, str) else TYPE_WORDS.get(label.type or "", "any")


def _attribute(attribute: Mapping[str, Any], extra: Mapping[str, Any]) -> str:
    default = attribute.get("default", extra.get("default_value", ""))
    low, high = attribute.get("minimum"), attribute.get("maximum")
    input_type = extra.get("input_type", attribute["input_type"])
    values = [text_of(each) for each in attribute.get("values") or extra.get("values", ())]
    if input_type == "checkbox" and default == "":
        default = False
    if input_type == "number" and not values:
        low, high = (-1e9 if low is None else low), (1e9 if high is None else high)
        values = [
            decimal(low),
            decimal(high),
            decimal(extra.get("step", 1 if low == int(low) and high == int(high) else 0.01)),
        ]
    children = [
        leaf("name", extra.get("name", attribute["name"])),
        leaf("mutable", str(bool(attribute.get("mutable")))),
        leaf("input_type", input_type),
        leaf("default_value", text_of(default)),
        leaf("values", "\n".join(values)),
    ]
    return element("attribute", {}, children, LEVEL + 2)


def _undeclared(name: str, kinds: set[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an attribute that annotations use and no label declares, by the types of its values."""
    if kinds <= {"integer", "number"}:
        return {"name": name, "input_type": "number"}, {"step": 1 if kinds == {"integer"} else 0.01}
    return {"name": name, "input_type": "checkbox" if kinds == {"checkbox"} else "text"}, {}


def _svg(names: list[str], edges: Any) -> str:
    """Return the picture of a skeleton: its points on a circle, and a line for each pair of them."""
    places = [
        (
            round(50 + 40 * math.cos(2 * math.pi * number / len(names)), 2),
            round(50 + 40 * math.sin(2 * math.pi * number / len(names)), 2),
        )
        for number in range(len(names))
    ]
    lines = [
        f'<line x1="{decimal(places[a][0])}" y1="{decimal(places[a][1])}" x2="{decimal(places[b][0])}" '
        f'y2="{decimal(places[b][1])}" stroke="black" data-type="edge" data-node-from="{a + 1}" stroke-width="0.5" '
        f'data-node-to="{b + 1}"></line>'
        for a, b in edges
    ]
    circles = [
        f'<circle r="1.5" stroke="black" fill="#b3b3b3" cx="{decimal(x)}" cy="{decimal(y)}" stroke-width="0.1" '
        f'data-type="element node" data-element-id="{number}" data-node-id="{number}" '
        f'data-label-name="{_plain(name)}"></circle>'
        for number, ((x, y), name) in enumerate(zip(places, names, strict=True), 1)
    ]
    return "".join(lines + circles)


def _plain(name: str) -> str:
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
