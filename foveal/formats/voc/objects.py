"""An `<object>` of Pascal VOC as annotation bodies: its box or outline, its parts, its point.

Children come in any order, numbers may have decimals. The devkit counts pixels from 1 and its boxes include the last
pixel (VOC2012 devkit, `VOCdevkit/devkit_doc.pdf`, section 4); most other writers count from 0.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from foveal.formats.base.files.numbers import NotANumber, number, scalar, scalar_text
from foveal.formats.base.files.xml_scan import Element

FLAGS: Final = ("truncated", "difficult", "occluded")
ACTIONS: Final = (
    *("jumping", "phoning", "playinginstrument", "reading", "ridingbike", "ridinghorse", "running", "takingphoto"),
    *("usingcomputer", "walking", "other"),
)
"""Actions of VOC2012; each is a boolean attribute."""
_KNOWN: Final = {"name", "pose", "bndbox", "robndbox", "polygon", "part", "point", "actions", "attributes", *FLAGS}
_BOOLEANS: Final[Mapping[str, bool]] = {"0": False, "1": True, "false": False, "true": True, "no": False, "yes": True}


def bodies(element: Element, base: int) -> list[dict[str, Any]]:
    """Return the bodies of an object, the whole first and its parts behind it. Raises NotANumber with the reason."""
    if element.value("deleted") == "1":
        raise NotANumber("the object is marked as deleted")
    body: dict[str, Any] = {"type": "detection", "field": "ground_truth"}
    if name := element.value("name"):
        body["label"] = name
    if pose := element.value("pose"):
        body["pose"] = pose
    extra = {each.name: plain(each) for each in element.children if each.name not in _KNOWN}
    if (text := element.value("attributes")) and not _children(element, "attributes"):
        extra["attributes"] = text
    for flag in FLAGS:
        text = element.value(flag)
        if text and (value := _BOOLEANS.get(text.lower())) is not None:
            body[flag] = value
        elif text:
            extra[flag] = text
    if attributes := _attributes(element):
        body["attributes"] = attributes
    found = [body] if _place(element, body, base) else []
    for point in element.all("point"):
        found.append(_point(point, body, base, is_alone=not found))
    if not found:
        raise NotANumber("the object has no bndbox, no polygon and no point")
    if base:
        extra["pixel_base"] = base
    if extra:
        found[0]["extra"] = extra
    parts = [_part(each, element.path, base) for each in element.all("part")]
    if parts or len(found) > 1:
        found[0]["instance_id"] = element.path
        for each in found[1:]:
            each["parent_id"] = element.path
    return found + parts


def plain(element: Element) -> Any:
    """Return an element as JSON: text, or an object of its children and attributes; repeated children are a list."""
    if not element.children and not element.attributes:
        return element.text
    found: dict[str, Any] = {f"@{name}": value for name, value in element.attributes.items()}
    for child in element.children:
        value = plain(child)
        if child.name not in found:
            found[child.name] = value
        elif isinstance(found[child.name], list):
            found[child.name].append(value)
        else:
            found[child.name] = [found[child.name], value]
    if element.text:
        found["#text"] = element.text
    return found


def _place(element: Element, body: dict[str, Any], base: int) -> bool:
    """Add the place of an object to its body; False where it has none."""
    if (turned := element.find("robndbox")) is not None:
        _turned(turned, body, base)
        return True
    if (box := element.find("bndbox")) is not None:
        body["bbox_px"] = _box(box, base)
        _take_rotation(body)
    rings = [ring for each in element.all("polygon") if (ring := _ring(each, base))]
    if rings:
        body |= {"type": "polygon", "rings_px": rings}
    return "bbox_px" in body or bool(rings)


def _take_rotation(body: dict[str, Any]) -> None:
    """Move the attribute `rotation`, in degrees about the centre (CVAT, Datumaro), to where angles stand."""
    attributes = body.get("attributes", {})
    try:
        rotation = number(scalar_text(attributes.get("rotation")))
    except NotANumber:
        return
    del attributes["rotation"]
    if not attributes:
        del body["attributes"]
    if rotation:
        body["rotation"] = rotation


def _box(box: Element, base: int) -> list[float]:
    left, top, right, bottom = (number(box.value(name), name) for name in ("xmin", "ymin", "xmax", "ymax"))
    return [left - base, top - base, right - left + base, bottom - top + base]


def _turned(box: Element, body: dict[str, Any], base: int) -> None:
    """Read a turned box of roLabelImg: centre, sides, and the angle in radians clockwise."""
    x, y, width, height, angle = (number(box.value(name), name) for name in ("cx", "cy", "w", "h", "angle"))
    body["bbox_px"] = [x - base - width / 2, y - base - height / 2, width, height]
    body["rotation"] = math.degrees(angle)


def _ring(polygon: Element, base: int) -> list[list[float]]:
    """Read `<x1><y1><x2><y2>…` in any order (Roboflow), or `<pt><x/><y/></pt>…` (the first LabelMe)."""
    points = polygon.all("pt") or polygon.all("point")
    if points:
        return [[number(each.value(name), name) - base for name in ("x", "y")] for each in points]
    across = {each.name[1:]: each for each in polygon.children if each.name[:1] == "x" and each.name[1:].isdecimal()}
    along = {each.name[1:]: each for each in polygon.children if each.name[:1] == "y" and each.name[1:].isdecimal()}
    if across.keys() != along.keys():
        raise NotANumber("the polygon has an x without its y, or a y without its x")
    order = sorted(across, key=lambda digits: (len(digits), digits))
    return [
        [number(across[each].text, f"x{each}") - base, number(along[each].text, f"y{each}") - base] for each in order
    ]


def _point(point: Element, body: Mapping[str, Any], base: int, *, is_alone: bool) -> dict[str, Any]:
    """Return the reference point of a person (VOC2012, actions); alone it carries what is said of the object."""
    x, y = (number(point.value(name), name) - base for name in ("x", "y"))
    kept = dict(body) if is_alone else {name: body[name] for name in ("field", "label") if name in body}
    return kept | {"type": "keypoints", "keypoints": [{"x_px": x, "y_px": y}]}


def _part(part: Element, parent: str, base: int) -> dict[str, Any]:
    box = part.find("bndbox")
    if box is None:
        raise NotANumber("a part has no bndbox")
    body: dict[str, Any] = {"type": "detection", "field": "ground_truth", "parent_id": parent}
    if name := part.value("name"):
        body["label"] = name
    if extra := {each.name: plain(each) for each in part.children if each.name not in ("name", "bndbox")}:
        body["extra"] = extra
    return body | {"bbox_px": _box(box, base)}


def _attributes(element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for action in _children(element, "actions"):
        found[action.name] = _BOOLEANS.get(action.text, scalar(action.text))
    for attribute in _children(element, "attributes"):
        name = attribute.value("name")
        value = attribute.value("value")
        if attribute.name == "attribute" and name and value is not None:
            found[name] = scalar(value)
        elif attribute.name != "attribute":
            found[attribute.name] = scalar(attribute.text)
    return found


def _children(element: Element, name: str) -> Iterable[Element]:
    return [child for each in element.all(name) for child in each.children]
