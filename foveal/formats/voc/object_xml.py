"""Text of Pascal VOC elements: an object of annotation bodies, escaped, with numbers that read back as they were."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from foveal.formats.base.files.numbers import scalar_text, sum_text, text_of
from foveal.formats.base.geometry.writing import Box, Sides, box_px, keypoints_px, rings_px, tell_rest
from foveal.formats.base.model.items import Annotation
from foveal.formats.base.model.loss import LossReport
from foveal.formats.voc.objects import ACTIONS, FLAGS

HELD: Final = frozenset(["label", "pose", "attributes", *FLAGS])
_GEOMETRY: Final = frozenset(
    {"rings", "rings_px", "keypoints", "mask", "ellipse", "ellipse_px", "cuboid", "cuboid_px", "rotation"}
)
_SHAPES: Final[Mapping[str, frozenset[str]]] = {
    "detection": frozenset(),
    "polygon": frozenset(["rings", "rings_px"]),
    "keypoints": frozenset(),
    "mask": frozenset(["mask"]),
}
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_SPECIAL: Final = re.compile("[&<>\r]")
_INVALID: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OWN_EXTRA: Final = frozenset(["pixel_base"])


def leaf(name: str, value: str, indent: int) -> str:
    """Return an element with text; characters that XML 1.0 cannot hold become U+FFFD."""
    return f"{'	' * indent}<{name}>{_escaped(value)}</{name}>\n"


def node(name: str, content: str, indent: int) -> str:
    """Return an element with elements in it."""
    return f"{'	' * indent}<{name}>\n{content}{'	' * indent}</{name}>\n"


def tree(name: str, value: Any, indent: int) -> str:
    """Return the element that `objects.plain` has read as a JSON value."""
    if isinstance(value, list):
        return "".join(tree(name, each, indent) for each in value)
    if not isinstance(value, dict):
        return leaf(name, scalar_text(value), indent)
    attributes = "".join(
        f' {key[1:]}="{_escaped(scalar_text(each)).replace(chr(34), "&quot;")}"'
        for key, each in value.items()
        if key.startswith("@")
    )
    content = _escaped(value["#text"]) if "#text" in value else ""
    children = "".join(tree(key, each, indent + 1) for key, each in value.items() if key[:1] not in ("@", "#"))
    return f"{'	' * indent}<{name}{attributes}>{content}{chr(10) if children else ''}{children}" + (
        f"{'	' * indent}</{name}>\n" if children else f"</{name}>\n"
    )


def object_xml(
    annotation: Annotation,
    parts: Sequence[Annotation],
    sides: Sides | None,
    base: int,
    losses: LossReport,
    *,
    is_joined: bool,
) -> str | None:
    """Return an `<object>` for an annotation and its parts, and tell what it leaves out; None without a place.

    `is_joined` is whether a PNG file has the mask of the object; that of a mask alone is told elsewhere.
    """
    body = annotation.body
    box = box_px(body, sides)
    if box is None:
        return None
    _tell(annotation, losses, is_named=bool(parts) or is_joined or annotation.body["type"] == "mask")
    lines = leaf("name", body.get("label") or "", 2)
    lines += leaf("pose", body.get("pose") or "Unspecified", 2)
    lines += leaf("truncated", "1" if body.get("truncated") else "0", 2)
    lines += leaf("difficult", "1" if body.get("difficult") else "0", 2)
    if body.get("occluded") is not None:
        lines += leaf("occluded", "1" if body["occluded"] else "0", 2)
    if body["type"] == "keypoints" and not body.get("bbox_px") and not body.get("bbox"):
        x, y = keypoints_px(body, sides)[0]
        lines += node("point", leaf("x", text_of(x + base), 3) + leaf("y", text_of(y + base), 3), 2)
    else:
        lines += _box_xml(box, base, 2)
    for ring in rings_px(body, sides) if body["type"] == "polygon" else ():
        points = enumerate(ring, 1)
        lines += node(
            "polygon",
            "".join(leaf(f"x{i}", _at(x, base), 3) + leaf(f"y{i}", _at(y, base), 3) for i, (x, y) in points),
            2,
        )
    for part in parts:
        part_box = box_px(part.body, sides)
        if part_box is not None:
            _tell_part(part, losses)
            lines += node("part", leaf("name", part.body.get("label") or "", 3) + _box_xml(part_box, base, 3), 2)
    return node("object", lines + _attributes_xml(body.get("attributes") or {}) + _extra_xml(annotation), 1)


def _at(value: float, base: int) -> str:
    return sum_text(base, value) if base else text_of(value)


def _box_xml(box: Box, base: int, indent: int) -> str:
    x, y, width, height = box
    left, top = _at(x, base), _at(y, base)
    names = {
        "xmin": left,
        "ymin": top,
        "xmax": sum_text(float(left), width - base),
        "ymax": sum_text(float(top), height - base),
    }
    return node("bndbox", "".join(leaf(name, text, indent + 1) for name, text in names.items()), indent)


def _attributes_xml(attributes: Mapping[str, Any]) -> str:
    actions = {name: value for name, value in attributes.items() if name in ACTIONS and isinstance(value, bool)}
    lines = "".join(leaf(name, str(int(value)), 3) for name, value in actions.items())
    found = node("actions", lines, 2) if actions else ""
    rest = "".join(
        node("attribute", leaf("name", name, 4) + leaf("value", scalar_text(value), 4), 3)
        for name, value in attributes.items()
        if name not in actions
    )
    return found + (node("attributes", rest, 2) if rest else "")


def _extra_xml(annotation: Annotation) -> str:
    extra = annotation.body.get("extra") or {}
    if annotation.format != "voc":
        return ""
    return "".join(tree(name, value, 2) for name, value in extra.items() if name not in _OWN_EXTRA)


def _tell_part(part: Annotation, losses: LossReport) -> None:
    """Tell what a part, which is a name and a box, has no place for."""
    if part.body["type"] != "detection" or part.body.get("rotation"):
        why = "A part of Pascal VOC is an upright box: the one around the shape is written."
        losses.tell("box_of_shape", part.body["type"], why, part.pointer)
    tell_rest(part, {"label", "parent_id", "instance_id", *_GEOMETRY}, losses, "A part of Pascal VOC")


def _tell(annotation: Annotation, losses: LossReport, *, is_named: bool) -> None:
    body, type_ = annotation.body, annotation.body["type"]
    shape = _SHAPES.get(type_)
    if shape is None:
        why = "Pascal VOC has boxes and outlines only: the box around the shape is written."
        losses.tell("box_of_shape", type_, why, annotation.pointer)
    if type_ == "keypoints" and (len(body["keypoints"]) > 1 or body.get("bbox_px") or body.get("bbox")):
        why = "Pascal VOC has one point for a person: the box around the keypoints is written."
        losses.tell("box_of_shape", "keypoints", why, annotation.pointer)
    if type_ in ("detection", "polygon", "keypoints") and body.get("rotation"):
        why = "Pascal VOC has no turned boxes: the upright box around it is written."
        losses.tell("box_of_shape", "rotation", why, annotation.pointer)
    if len(body.get("rings_px") or body.get("rings") or ()) > 1:
        why = "Each part is a <polygon> of its own; most readers take the first, or the box alone."
        losses.tell("several_parts", "rings", why, annotation.pointer)
    if not body.get("label"):
        losses.tell(
            "no_label", "label", "An object of Pascal VOC has a name: an empty one is written.", annotation.pointer
        )
    if _INVALID.search(" ".join(scalar_text(each) for each in (body.get("label"), body.get("attributes")) if each)):
        why = "XML cannot hold control characters: U+FFFD stands for each."
        losses.tell("characters", "label", why, annotation.pointer)
    if any(isinstance(value, list) for value in (body.get("attributes") or {}).values()):
        losses.tell("attribute_list", "attributes", "A list is written as JSON text.", annotation.pointer)
    if body.get("extra") and annotation.format != "voc":
        losses.tell("no_place", "extra", "Members of another format have no place here.", annotation.pointer)
    tell_rest(annotation, HELD | _GEOMETRY | ({"instance_id"} if is_named else set()), losses, "Pascal VOC")


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], _INVALID.sub("\ufffd", text))
