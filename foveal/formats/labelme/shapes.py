"""A shape of LabelMe as an annotation body.

A rectangle has two corners in any order, a circle its centre and a point of its edge. A mask is a PNG in base64 that
fills the pixels from its first corner to its second, both included.
"""

import base64
import binascii
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from foveal.formats.base.files.mask_png import row_runs
from foveal.formats.base.files.png import PngError, decode

MAX_PNG_BYTES: Final = 48 * 2**20
_KNOWN: Final = frozenset(
    ["label", "points", "shape_type", "group_id", "description", "flags", "mask", "attributes", "difficult", "score"]
)
_SAME_LINE: Final = 1e-3
"""Pixels by which the corners of a turned rectangle may be off."""
Point = list[float]


class BadShape(ValueError):
    """A shape that has no place; the message is the reason."""


def body_of(shape: Any) -> dict[str, Any]:
    """Return the body of a shape. Raises BadShape."""
    if not isinstance(shape, dict):
        raise BadShape("the shape is no object")
    type_ = shape.get("shape_type") or "polygon"
    place = _PLACES.get(type_) if isinstance(type_, str) else None
    if place is None:
        raise BadShape(f"shape_type is {str(type_)[:40]!r}, which is none of {', '.join(_PLACES)}")
    body: dict[str, Any] = {"field": "ground_truth"} | place(_points(shape), shape)
    if shape.get("label") not in (None, ""):
        body["label"] = shape["label"]
    if shape.get("group_id") is not None:
        body["group_id"] = str(shape["group_id"])
    if shape.get("description"):
        body["text"] = shape["description"]
    for name, ours in (("difficult", "difficult"), ("score", "confidence")):
        if shape.get(name) is not None:
            body[ours] = shape[name]
    attributes: dict[str, Any] = {}
    extra = {name: value for name, value in shape.items() if name not in _KNOWN}
    for name in ("flags", "attributes"):
        if isinstance(shape.get(name), dict):
            attributes |= shape[name]
        elif shape.get(name) is not None:
            extra[name] = shape[name]
    if attributes:
        body["attributes"] = attributes
    if extra:
        body["extra"] = extra
    return body


def _points(shape: Mapping[str, Any]) -> list[Point]:
    points = shape.get("points")
    if not isinstance(points, list):
        raise BadShape("points is no list")
    for point in points:
        is_pair = isinstance(point, list) and len(point) == 2
        if not is_pair or any(isinstance(each, bool) or not isinstance(each, int | float) for each in point):
            raise BadShape(f"a point is not two numbers: {str(point)[:40]}")
        if any(abs(each) > 1e15 or each != each for each in point):
            raise BadShape("a point is not a finite number")
    return points


def _need(points: list[Point], *counts: int) -> None:
    if len(points) not in counts:
        raise BadShape(f"it has {len(points)} points, not {' or '.join(map(str, counts))}")


def _rectangle(points: list[Point], _: Any) -> dict[str, Any]:
    _need(points, 2, 4)
    if len(points) == 4:
        return _turned(points, None)
    (x, y), (other_x, other_y) = points
    return {"type": "detection", "bbox_px": [min(x, other_x), min(y, other_y), abs(other_x - x), abs(other_y - y)]}


def _turned(points: list[Point], _: Any) -> dict[str, Any]:
    """Return four corners as a box, turned where they are (X-AnyLabeling), or as the polygon that they are."""
    _need(points, 4)
    across, along = math.dist(points[0], points[1]), math.dist(points[1], points[2])
    centre = [sum(axis) / 4 for axis in zip(*points, strict=True)]
    middles = [math.dist(points[0], points[2]), math.dist(points[1], points[3])]
    closes = all(abs(points[0][at] + points[2][at] - 2 * centre[at]) < _SAME_LINE for at in (0, 1))
    if not closes or abs(middles[0] - middles[1]) > _SAME_LINE or not across or not along:
        return {"type": "polygon", "rings_px": [points]}
    lefts, tops = zip(*points, strict=True)
    if len(set(lefts)) == 2 and len(set(tops)) == 2:
        return _rectangle([[min(lefts), min(tops)], [max(lefts), max(tops)]], None)
    angle = math.degrees(math.atan2(points[1][1] - points[0][1], points[1][0] - points[0][0]))
    box = [centre[0] - across / 2, centre[1] - along / 2, across, along]
    return {"type": "detection", "bbox_px": box, "rotation": angle % 360}


def _circle(points: list[Point], _: Any) -> dict[str, Any]:
    _need(points, 2)
    radius = math.dist(*points)
    return {"type": "ellipse", "ellipse_px": {"cx": points[0][0], "cy": points[0][1], "rx": radius, "ry": radius}}


def _polygon(points: list[Point], _: Any) -> dict[str, Any]:
    if len(points) < 3:
        raise BadShape(f"a polygon has {len(points)} points, and needs 3")
    return {"type": "polygon", "rings_px": [points]}


def _polyline(points: list[Point], _: Any) -> dict[str, Any]:
    if len(points) < 2:
        raise BadShape(f"a line has {len(points)} points, and needs 2")
    return {"type": "polyline", "rings_px": [points]}


def _keypoints(points: list[Point], _: Any) -> dict[str, Any]:
    return {"type": "keypoints", "keypoints": [{"x_px": x, "y_px": y} for x, y in points]}


def _mask(points: list[Point], shape: Mapping[str, Any]) -> dict[str, Any]:
    _need(points, 2)
    text = shape.get("mask")
    if not isinstance(text, str) or len(text) > MAX_PNG_BYTES:
        raise BadShape("mask is no PNG in base64")
    try:
        picture = decode(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, PngError) as error:
        raise BadShape(f"mask is no PNG in base64: {error}") from None
    (left, top), (right, bottom) = ([int(number) for number in point] for point in points)
    if (right - left + 1, bottom - top + 1) != (picture.width, picture.height):
        box = f"{right - left + 1} x {bottom - top + 1}"
        raise BadShape(f"the mask has {picture.width} x {picture.height} pixels, its box {box}")
    mask = {
        "encoding": "cvat_rle",
        "size": [picture.height, picture.width],
        "counts": row_runs(picture),
        "bbox_px": [left, top, picture.width, picture.height],
    }
    return {"type": "mask", "mask": mask}


_PLACES: Final[Mapping[str, Callable[[list[Point], Mapping[str, Any]], dict[str, Any]]]] = {
    "polygon": _polygon,
    "rectangle": _rectangle,
    "rotation": _turned,
    "circle": _circle,
    "line": _polyline,
    "linestrip": _polyline,
    "point": _keypoints,
    "points": _keypoints,
    "mask": _mask,
}
