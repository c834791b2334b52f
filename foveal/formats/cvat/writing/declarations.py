"""Labels and tasks as the `meta` of CVAT's XML."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from foveal.formats.base.files.numbers import text_of as number_text
from foveal.formats.base.geometry.writing import Sides
from foveal.formats.base.model.items import Label
from foveal.formats.cvat.meta import TYPES
from foveal.formats.cvat.writing.markup import element, leaf
from foveal.formats.cvat.writing.shapes import text_of
from foveal.formats.cvat.writing.survey import Survey, declared

TYPE_WORDS: Final = {ours: theirs for theirs, ours in TYPES.items() if theirs not in ("bbox", "skeleton")}
LEVEL: Final = 4
"""Indentation of a label within annotations, meta, task, labels."""


def head(members: Mapping[str, str], labels: list[str], sides: Sides | None = None) -> str:
    """Return the beginning of a document up to its first image or track: a task of some members with its labels.

    `sides` are those of the frames of a video.
    """
    children = [leaf(name, value) for name, value in members.items()]
    children.append(element("labels", {}, labels, 3))
    if sides:
        children.append(element("original_size", {}, [leaf("width", str(sides[0])), leaf("height", str(sides[1]))], 3))
    task = element("task", {}, children, 2)
    return head_of(element("meta", {}, [task], 1))


def head_of(meta: str) -> str:
    """Return the beginning of a document up to its first image or track, around its `meta`."""
    return f'<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n  {meta}'


def with_labels(meta: str, labels: Sequence[str]) -> str:
    """Return a `meta` with more labels behind its own; one without labels stays as it is."""
    before, closing, after = meta.rpartition("</labels>")
    if not closing:
        return meta
    return before + "".join(f"  {each}\n      " for each in labels) + closing + after


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
    children.append(_attributes(label, None, found))
    if names:
        edges = (label.skeleton or {}).get("edges", ())
        children.append(leaf("svg", own.get("svg") or _svg(names, edges)))
    yield element("label", {}, children, LEVEL)
    for name in names:
        yield _sublabel(name, label, found)


def _sublabel(name: str, label: Label, found: Survey) -> str:
    part: Mapping[str, Any] = next((each for each in label.extra.get("sublabels", ()) if each["name"] == name), {})
    children = [leaf("name", name)]
    if part.get("color"):
        children.append(leaf("color", part["color"]))
    children += [leaf("type", "points"), _attributes(label, name, found), leaf("parent", label.name)]
    return element("label", {}, children, LEVEL)


def _attributes(label: Label, point: str | None, found: Survey) -> str:
    """Return the attributes of a label, or of a point of its skeleton: those it declares, then those in use."""
    attributes, extra = declared(label, point)
    texts = [_attribute(each, extra.get(each["name"], {})) for each in attributes]
    for name, kind in found.undeclared((label.name, point)).items():
        rest = {"step": 1 if kind == "integer" else 0.01} if kind in ("integer", "number") else {}
        texts.append(_attribute({"name": name, "input_type": "number" if rest else kind}, rest))
    return element("attributes", {}, texts, LEVEL + 1)


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
            number_text(low),
            number_text(high),
            number_text(extra.get("step", 1 if low == int(low) and high == int(high) else 0.01)),
        ]
    children = [
        leaf("name", extra.get("name", attribute["name"])),
        leaf("mutable", str(bool(attribute.get("mutable")))),
        leaf("input_type", input_type),
        leaf("default_value", text_of(default)),
        leaf("values", "\n".join(values)),
    ]
    return element("attribute", {}, children, LEVEL + 2)


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
        f'<line x1="{number_text(places[a][0])}" y1="{number_text(places[a][1])}" x2="{number_text(places[b][0])}" '
        f'y2="{number_text(places[b][1])}" stroke="black" data-type="edge" data-node-from="{a + 1}" stroke-width="0.5" '
        f'data-node-to="{b + 1}"></line>'
        for a, b in edges
    ]
    circles = [
        f'<circle r="1.5" stroke="black" fill="#b3b3b3" cx="{number_text(x)}" cy="{number_text(y)}" stroke-width="0.1" '
        f'data-type="element node" data-element-id="{number}" data-node-id="{number}" '
        f'data-label-name="{_plain(name)}"></circle>'
        for number, ((x, y), name) in enumerate(zip(places, names, strict=True), 1)
    ]
    return "".join(lines + circles)


def _plain(name: str) -> str:
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
