"""Geometry of regions: percent of each side as relative words of the annotation model.

A box is given by its top left corner, after a clockwise turn about that corner in pixels; an ellipse by its centre and
its radii, in percent of each side; videos by keyframes from frame 1 (labelstud.io, "Label Studio JSON format").
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from foveal.formats.base.geometry import masks
from foveal.formats.label_studio import brush
from foveal.formats.label_studio.values import Unreadable, number, numeric, whole

MAX_POINTS: Final = 100_000
MAX_FRAME: Final = 2**53
TOLERANCE: Final = 1e-4
"""Percent by which a point may lie outside."""
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Space:
    """The image that percents refer to: its sides where they are known; `is_stored` for the image before its turn.

    In the stored image only pixels have a meaning, elsewhere shares of the sides are kept as the file gives them.
    """

    sides: tuple[int, int] | None
    is_stored: bool = False

    def name(self, word: str) -> str:
        return f"{word}_px" if self.is_stored and self.sides else word

    def x(self, percent: float) -> float:
        return percent * self.sides[0] / 100 if self.is_stored and self.sides else percent / 100

    def y(self, percent: float) -> float:
        return percent * self.sides[1] / 100 if self.is_stored and self.sides else percent / 100


def kind_of(value: Mapping[str, Any]) -> str | None:
    """Return the kind of shape that a value holds, by its members, or None."""
    keys = value.keys()
    for member, kind in (("sequence", "video"), ("rle", "brush"), ("points", "polygon"), ("radiusX", "ellipse")):
        if member in keys:
            return kind
    if "ranges" in keys:
        return "timeline"
    if {"x", "y"} <= keys:
        return "rectangle" if "height" in keys else "keypoint"
    return None


def bodies(kind: str, value: Mapping[str, Any], space: Space) -> Iterator[Body]:
    """Yield the bodies of a shape: one, or one for each keyframe or interval of a video. Raises Unreadable."""
    match kind:
        case "rectangle":
            yield {"type": "detection"} | _box(value, space)
        case "polygon":
            yield _polygon(value, space)
        case "ellipse":
            yield _ellipse(value, space)
        case "keypoint":
            yield _keypoint(value, space)
        case "brush":
            yield {"type": "mask", "mask": _mask(value, space)}
        case "video":
            yield from _keyframes(value, space)
        case _:
            yield from _intervals(value)


def _box(value: Mapping[str, Any], space: Space) -> Body:
    x, y, width, height = (number(value, key) for key in ("x", "y", "width", "height"))
    rotation = numeric(value["rotation"], "rotation") if value.get("rotation") is not None else 0
    if rotation and space.is_stored and space.sides:
        x, y = _unturned(x, y, width, height, rotation, space.sides)
    body: Body = {space.name("bbox"): [space.x(x), space.y(y), space.x(width), space.y(height)]}
    if rotation:
        body |= {"rotation": rotation, "rotation_origin": "center" if space.is_stored else "top_left"}
    return body


def _unturned(
    x: float, y: float, width: float, height: float, rotation: float, sides: tuple[int, int]
) -> tuple[float, float]:
    """Return the corner of the box before a turn about its centre, in percent."""
    angle = math.radians(rotation)
    half_x, half_y = width * sides[0] / 200, height * sides[1] / 200
    across = half_x * math.cos(angle) - half_y * math.sin(angle) - half_x
    along = half_x * math.sin(angle) + half_y * math.cos(angle) - half_y
    return x + across * 100 / sides[0], y + along * 100 / sides[1]


def _polygon(value: Mapping[str, Any], space: Space) -> Body:
    points = value["points"]
    if not isinstance(points, list) or not points:
        raise Unreadable("points is not a list of points")
    if len(points) > MAX_POINTS:
        raise Unreadable(f"points has more than {MAX_POINTS} points")
    ring = [_point(each, space) for each in points]
    is_closed = value.get("closed") is not False
    if len(ring) < 2 + is_closed:
        raise Unreadable(f"points has {len(ring)} points, and needs {2 + is_closed}")
    return {"type": "polygon" if is_closed else "polyline", space.name("rings"): [ring]}


def _point(point: Any, space: Space) -> list[float]:
    if not isinstance(point, list) or len(point) != 2:
        raise Unreadable("points holds something else than [x, y]")
    return [space.x(numeric(point[0], "x")), space.y(numeric(point[1], "y"))]


def _ellipse(value: Mapping[str, Any], space: Space) -> Body:
    x, y, across, along = (number(value, key) for key in ("x", "y", "radiusX", "radiusY"))
    if across < 0 or along < 0:
        raise Unreadable("a radius is negative")
    axes = {"cx": space.x(x), "cy": space.y(y), "rx": space.x(across), "ry": space.y(along)}
    rotation = numeric(value["rotation"], "rotation") if value.get("rotation") is not None else 0
    return {"type": "ellipse", space.name("ellipse"): axes} | ({"rotation": rotation} if rotation else {})


def _keypoint(value: Mapping[str, Any], space: Space) -> Body:
    x, y = number(value, "x"), number(value, "y")
    if not all(-TOLERANCE <= each <= 100 + TOLERANCE for each in (x, y)):
        raise Unreadable(f"the point lies outside the image: {x:g}, {y:g} percent")
    point: Body = {space.name("x"): space.x(x), space.name("y"): space.y(y)}
    return {"type": "keypoints", "keypoints": [point]}


def named(body: Body, label: str | None) -> Body:
    """Return the body of a point with its label as its name."""
    return body | {"keypoints": [{"name": label, **point} for point in body["keypoints"]]} if label else body


def _mask(value: Mapping[str, Any], space: Space) -> Body:
    if space.sides is None:
        raise Unreadable("the brush mask has no original_width and original_height, and the asset's sides are unknown")
    width, height = space.sides
    if width * height > masks.MAX_PIXELS:
        raise Unreadable(f"a mask of {width} x {height} pixels is larger than {masks.MAX_PIXELS} pixels")
    if not isinstance(value["rle"], list):
        raise Unreadable("rle is not a list of bytes")
    try:
        rows = brush.decoded(bytes(value["rle"]), width * height)
        counts = masks.transposed(rows, width, height)
    except (TypeError, ValueError, MemoryError, OverflowError) as error:
        raise Unreadable(f"rle: {error}") from error
    return {"encoding": "coco_rle", "size": [height, width], "counts": counts}


def _keyframes(value: Mapping[str, Any], space: Space) -> Iterator[Body]:
    """Yield the boxes at keyframes, and where visibility ends the first frame on which nothing is seen.

    A keyframe with `enabled` false is the last frame that shows the object, before the next keyframe.
    """
    sequence = value["sequence"]
    if not isinstance(sequence, list) or not all(isinstance(each, dict) for each in sequence):
        raise Unreadable("sequence is not a list of keyframes")
    keyframes = sorted(((whole(each.get("frame"), "frame", 1), each) for each in sequence), key=lambda pair: pair[0])
    count = value.get("framesCount")
    last = count if isinstance(count, int) and not isinstance(count, bool) else MAX_FRAME
    body: Body | None = None
    for (frame, each), following in zip(keyframes, [frame for frame, _ in keyframes[1:]] + [last + 1], strict=True):
        ends = each.get("enabled") is False
        if "x" in each or not ends:
            body = {"type": "detection"} | _box(each, space)
            yield body | {"frame_index": frame - 1, "keyframe": True}
            hidden_from = frame + 1
        else:
            hidden_from = frame
        if ends and body is not None and hidden_from < following:
            yield body | {"frame_index": hidden_from - 1, "outside": True}
    if body is None:
        raise Unreadable("sequence has no keyframe with a box")


def _intervals(value: Mapping[str, Any]) -> Iterator[Body]:
    ranges = value["ranges"]
    if not isinstance(ranges, list) or not ranges or not all(isinstance(each, dict) for each in ranges):
        raise Unreadable("ranges is not a list of intervals")
    for each in ranges:
        first, last = whole(each.get("start"), "start", 1), whole(each.get("end"), "end", 1)
        if last < first:
            raise Unreadable(f"the interval ends at {last}, before its start {first}")
        yield {"type": "temporal", "support": {"first": first - 1, "last": last - 1}}


def sides_of(members: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return `original_width` and `original_height` of a result, or None where it has none."""
    sides: Sequence[Any] = [members.get("original_width"), members.get("original_height")]
    if all(isinstance(each, int) and not isinstance(each, bool) and 0 < each < 2**31 for each in sides):
        return sides[0], sides[1]
    return None
