"""Shapes of CVAT's XML as annotations: geometry in pixels, as the file gives it.

Source: CVAT, "XML annotation format", version 1.1; `cvat/apps/dataset_manager/formats/cvat.py`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from foveal.formats.base.files.xml_scan import Element
from foveal.formats.cvat.attributes import Specs, set_values
from foveal.formats.cvat.values import Refused, difference, flag, given, integer, number, points

MAX_NAME: Final = 256
MAX_KEYPOINTS: Final = 1000
MAX_RUNS: Final = 2_000_000
MAX_SIDE: Final = 2**31 - 1
MAX_Z_ORDER: Final = 2**31
CUBOID_CORNERS: Final = tuple(
    f"{axis}{corner}{face}" for face in "12" for corner in ("tl", "bl", "tr", "br") for axis in "xy"
)
"""Attributes of a cuboid in the order of its sixteen numbers: the corners of the front face, then of the back."""
SOURCES: Final[Mapping[str, str]] = {
    "manual": "manual",
    "auto": "auto",
    "semi-auto": "semi_auto",
    "file": "imported",
    "consensus": "consensus",
}
"""CVAT's words for the source of a shape, and those of the annotation model."""

Body = dict[str, Any]


def body_of(element: Element, specs: Specs, label: str | None = None) -> Body:
    """Return the words of the annotation model of a shape or a tag; `label` is that of its track.

    Raises Refused with the reason why it is none.
    """
    kind = _KINDS.get(element.name)
    if kind is None:
        raise Refused(f"<{element.name}> is no shape of CVAT's XML 1.1")
    geometry, names = kind
    body = geometry(element)
    named = _label(element.attributes.get("label", "") if label is None else label)
    if named:
        body["label"] = named
    elif element.name == "tag":
        raise Refused("a tag needs a label")
    extra = others(element, {*_COMMON, *names})
    body |= _flags(element.attributes, extra)
    if element.name == "skeleton":
        _set_points(body, element, specs, named, extra)
    elif elements := [each.record for each in element.children if each.name != "attribute"]:
        extra["elements"] = elements
    set_values(body, element, specs.of(named), extra)
    if extra:
        body["extra"] = extra
    return body


def others(element: Element, known: set[str]) -> dict[str, Any]:
    """Return the attributes of an element for which the annotation model has no word."""
    return {name: value for name, value in element.attributes.items() if name not in known}


def with_source(attributes: Mapping[str, str], extra: dict[str, Any]) -> Body:
    """Return the source and the group of a shape or a track; a source that CVAT has not goes to `extra`."""
    body: Body = {}
    source, group = attributes.get("source"), attributes.get("group_id")
    if source is not None and source in SOURCES:
        body["source"] = SOURCES[source]
    elif source is not None:
        extra["source"] = source
    if group and len(group) <= MAX_NAME:
        body["group_id"] = group
    elif group is not None:
        extra["group_id"] = group
    return body


def _label(name: str) -> str:
    if len(name) > MAX_NAME:
        raise Refused(f"the label has more than {MAX_NAME} characters")
    return name


def _flags(attributes: Mapping[str, str], extra: dict[str, Any]) -> Body:
    body = with_source(attributes, extra)
    for name in ("occluded", "outside", "keyframe"):
        if name in attributes:
            body[name] = flag(attributes[name], name)
    if body.get("keyframe") is False:
        body["interpolated"] = True
    if "frame" in attributes:
        body["frame_index"] = integer(attributes["frame"], "frame", least=0)
    if "z_order" in attributes:
        order = integer(attributes["z_order"], "z_order")
        if abs(order) > MAX_Z_ORDER:
            raise Refused(f"z_order is {order}, beyond 32 bits")
        body["z_order"] = order
    return body


def _box(element: Element) -> Body:
    attributes = element.attributes
    left, top, right, bottom = (given(attributes, name) for name in ("xtl", "ytl", "xbr", "ybr"))
    x, y, _, _ = number(left, "xtl"), number(top, "ytl"), number(right, "xbr"), number(bottom, "ybr")
    body: Body = {"type": "detection", "bbox_px": [x, y, difference(right, left), difference(bottom, top)]}
    if "rotation" in attributes:
        body |= {"rotation": number(attributes["rotation"], "rotation"), "rotation_origin": "center"}
    return body


def _polygon(element: Element) -> Body:
    return {"type": "polygon", "rings_px": [_ring(element, 3)]}


def _polyline(element: Element) -> Body:
    return {"type": "polyline", "rings_px": [_ring(element, 2)], "closed": False}


def _ring(element: Element, least: int) -> list[list[float]]:
    ring = points(given(element.attributes, "points"))
    if len(ring) < least:
        raise Refused(f"<{element.name}> needs {least} points, and has {len(ring)}")
    return ring


def _points(element: Element) -> Body:
    found = points(given(element.attributes, "points"))
    if len(found) > MAX_KEYPOINTS:
        raise Refused(f"<points> has more than {MAX_KEYPOINTS} points")
    return {"type": "keypoints", "keypoints": [{"x_px": x, "y_px": y, "visibility": 2} for x, y in found]}


def _ellipse(element: Element) -> Body:
    attributes = element.attributes
    axes = {name: number(given(attributes, name), name) for name in ("cx", "cy", "rx", "ry")}
    if axes["rx"] < 0 or axes["ry"] < 0:
        raise Refused("an ellipse has a negative radius")
    body: Body = {"type": "ellipse", "ellipse_px": axes}
    if "rotation" in attributes:
        body["rotation"] = number(attributes["rotation"], "rotation")
    return body


def _cuboid(element: Element) -> Body:
    numbers = [number(given(element.attributes, name), name) for name in CUBOID_CORNERS]
    return {"type": "cuboid", "cuboid_px": numbers}


def _mask(element: Element) -> Body:
    attributes = element.attributes
    left, top = (integer(given(attributes, name), name) for name in ("left", "top"))
    width, height = (integer(given(attributes, name), name, least=1) for name in ("width", "height"))
    if max(width, height) > MAX_SIDE:
        raise Refused(f"a mask of {width} x {height} pixels is too large")
    texts = given(attributes, "rle").strip().strip("[]").removesuffix(",").split(",", MAX_RUNS)
    if len(texts) > MAX_RUNS:
        raise Refused(f"rle has more than {MAX_RUNS} counts")
    counts = [integer(text, "rle", least=0) for text in texts]
    if sum(counts) != width * height:
        raise Refused(f"rle counts {sum(counts)} pixels, the box of the mask has {width} x {height}")
    box = [left, top, width, height]
    return {"type": "mask", "mask": {"encoding": "cvat_rle", "size": [height, width], "counts": counts, "bbox_px": box}}


def _skeleton(_element: Element) -> Body:
    return {"type": "keypoints", "keypoints": []}


def _tag(_element: Element) -> Body:
    return {"type": "classification"}


def _set_points(body: Body, skeleton: Element, specs: Specs, label: str, extra: dict[str, Any]) -> None:
    """Set the points of a skeleton: named, in the order of the file; hidden and missing ones stay apart."""
    unknown: dict[str, Any] = {}
    for child in skeleton.children:
        if child.name == "attribute":
            continue
        if child.name != "points":
            raise Refused(f"a skeleton holds a <{child.name}>, and only points are read")
        if len(body["keypoints"]) == MAX_KEYPOINTS:
            raise Refused(f"a skeleton has more than {MAX_KEYPOINTS} points")
        name = _label(child.attributes.get("label", ""))
        place = points(given(child.attributes, "points"))
        if not name or len(place) != 1:
            raise Refused("each point of a skeleton needs a label and one position")
        point: Body = {"name": name, "x_px": place[0][0], "y_px": place[0][1], "visibility": 2}
        rest = others(child, {"label", "points", "occluded", "outside"})
        for member, visibility in (("occluded", 1), ("outside", 0)):
            if member in child.attributes:
                point[member] = flag(child.attributes[member], member)
                point["visibility"] = visibility if point[member] else point["visibility"]
        set_values(point, child, specs.of(name, label), rest)
        body["keypoints"].append(point)
        if rest:
            unknown[str(len(body["keypoints"]) - 1)] = rest
    if not body["keypoints"]:
        raise Refused("a skeleton has no points")
    if "frame_index" in body and all(point.get("outside") for point in body["keypoints"]):
        body["outside"] = True
    if unknown:
        extra["points"] = unknown


_KINDS: Final[Mapping[str, tuple[Callable[[Element], Body], tuple[str, ...]]]] = {
    "box": (_box, ("xtl", "ytl", "xbr", "ybr", "rotation")),
    "polygon": (_polygon, ("points",)),
    "polyline": (_polyline, ("points",)),
    "points": (_points, ("points",)),
    "ellipse": (_ellipse, ("cx", "cy", "rx", "ry", "rotation")),
    "cuboid": (_cuboid, CUBOID_CORNERS),
    "mask": (_mask, ("rle", "left", "top", "width", "height")),
    "skeleton": (_skeleton, ()),
    "tag": (_tag, ()),
}
"""Elements by name: how the geometry is read, and the attributes that it uses."""
_COMMON: Final = ("label", "source", "occluded", "z_order", "group_id", "frame", "outside", "keyframe")
