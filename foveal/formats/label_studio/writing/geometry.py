"""Values of results for bodies of annotations: geometry in percent, in the words of Label Studio."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from foveal.encoding import rle
from foveal.formats.base.geometry import masks
from foveal.formats.label_studio import brush
from foveal.formats.label_studio.writing import percents

Sides = tuple[int, int]
Value = dict[str, Any]
TAGS: Final[Mapping[str, str]] = {
    "detection": "rectangle",
    "polygon": "polygon",
    "polyline": "polygon",
    "ellipse": "ellipse",
    "keypoints": "keypoint",
    "mask": "brush",
    "segmentation": "brush",
    "temporal": "timeline",
}
"""The shape that stands for each type, as Label Studio names it; with labels its result has the type `…labels`."""


class Unwritable(Exception):
    """A body that the format cannot hold: the field that is in the way, and why."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field, self.why = field, why


@dataclass(frozen=True, slots=True)
class Measures:
    """The sides in pixels that the numbers of a body refer to, None where they are not known."""

    sides: Sides | None

    def points(self, body: Mapping[str, Any], name: str) -> list[list[list[percents.Number]]]:
        """Return rings in percent. Raises Unwritable."""
        if f"{name}_px" in body and self.sides is not None:
            width, height = self.sides
            return [
                [[percents.of_pixels(x, width), percents.of_pixels(y, height)] for x, y in ring]
                for ring in body[f"{name}_px"]
            ]
        if name not in body:
            raise _no_sides(f"{name}_px")
        return [[[percents.of_share(x), percents.of_share(y)] for x, y in ring] for ring in body[name]]

    def numbers(self, body: Mapping[str, Any], name: str) -> list[percents.Number]:
        """Return a list of numbers along both sides in turn, in percent. Raises Unwritable."""
        found, sides = body.get(f"{name}_px"), self.sides
        if found is not None and sides is not None:
            return [percents.of_pixels(each, sides[place % 2]) for place, each in enumerate(found)]
        if body.get(name) is None:
            raise _no_sides(f"{name}_px")
        return [percents.of_share(each) for each in body[name]]


def displayed(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a body whose places refer to the image as displayed, where it has such beside those of the stored one."""
    if body.get("coordinate_frame") != "stored" or body.get("rotation") or body.get("mask"):
        return body
    pixels = [name for name in body if name.endswith("_px")]
    points = body.get("keypoints") or []
    if not all(body.get(name.removesuffix("_px")) for name in pixels) or any(each.get("x") is None for each in points):
        return body
    found = {name: each for name, each in body.items() if name not in (*pixels, "coordinate_frame", "image_size")}
    if points:
        found["keypoints"] = [{name: each[name] for name in each if not name.endswith("_px")} for each in points]
    return found


def box_value(body: Mapping[str, Any], measures: Measures) -> Value:
    """Return the value of a box: its top left corner after the turn. Raises Unwritable."""
    if body.get("bbox") is None and body.get("bbox_px") is None:
        raise Unwritable("bbox", "the annotation has no box")
    rotation = body.get("rotation") or 0
    if rotation and body.get("rotation_origin") != "top_left":
        x, y, width, height = _turned(body, rotation, measures)
    else:
        x, y, width, height = measures.numbers(body, "bbox")
    return {"x": x, "y": y, "width": width, "height": height, "rotation": rotation}


def _turned(body: Mapping[str, Any], rotation: float, measures: Measures) -> list[percents.Number]:
    """Return the corner of a box after a turn about its centre, in pixels, and its sides; all in percent."""
    if measures.sides is None:
        raise _no_sides("rotation")
    width, height = measures.sides
    pixels = body.get("bbox_px")
    if pixels is None:
        pixels = [each * side for each, side in zip(body["bbox"], (width, height, width, height), strict=True)]
    x, y, across, along = pixels
    angle = math.radians(rotation)
    corner_x = x + across / 2 - across / 2 * math.cos(angle) + along / 2 * math.sin(angle)
    corner_y = y + along / 2 - across / 2 * math.sin(angle) - along / 2 * math.cos(angle)
    corner = (percents.of_pixels(corner_x, width), percents.of_pixels(corner_y, height))
    return [*corner, *measures.numbers(body, "bbox")[2:]]


def polygon_values(body: Mapping[str, Any], measures: Measures) -> Sequence[Value]:
    """Return a value for each ring. Raises Unwritable."""
    is_closed = body["type"] == "polygon" or body.get("closed") is True
    return [{"points": ring, "closed": is_closed} for ring in measures.points(body, "rings")]


def ellipse_value(body: Mapping[str, Any], measures: Measures) -> Value:
    """Return the value of an ellipse. Raises Unwritable."""
    axes = {
        name: [body[name][each] for each in ("cx", "cy", "rx", "ry")]
        for name in ("ellipse", "ellipse_px")
        if body.get(name)
    }
    x, y, across, along = measures.numbers(axes, "ellipse")
    return {"x": x, "y": y, "radiusX": across, "radiusY": along, "rotation": body.get("rotation") or 0}


def point_value(point: Mapping[str, Any], measures: Measures, width: float) -> Value:
    """Return the value of a point; `width` is that of its mark, in percent. Raises Unwritable."""
    pairs = {
        name: [point[f"x{end}"], point[f"y{end}"]]
        for name, end in (("xy", ""), ("xy_px", "_px"))
        if point.get(f"x{end}") is not None and point.get(f"y{end}") is not None
    }
    x, y = measures.numbers(pairs, "xy")
    return {"x": x, "y": y, "width": width}


def brush_value(body: Mapping[str, Any], measures: Measures) -> tuple[Value, Sides]:
    """Return the value of a mask, and the sides of its image. Raises Unwritable."""
    mask = body["mask"]
    counts = mask.get("counts")
    if counts is None:
        raise Unwritable("mask", "the counts of the mask are not at hand")
    try:
        runs = rle.unpacked(counts) if isinstance(counts, str) else counts
        height, width = mask["size"]
        if mask["encoding"] == "cvat_rle":
            if measures.sides is None:
                raise _no_sides("mask")
            left, top = (round(each) for each in mask["bbox_px"][:2])
            box, (width, height) = (left, top, width, height), measures.sides
            runs = masks.coco_runs(runs, box, (height, width))
        rows = masks.transposed(runs, height, width)
    except (KeyError, TypeError, ValueError) as error:
        raise Unwritable("mask", f"the mask cannot be laid out: {error}") from error
    return {"format": "rle", "rle": brush.encoded(rows)}, (width, height)


def timeline_value(body: Mapping[str, Any]) -> Value:
    """Return the value of an interval of frames. Raises Unwritable."""
    support = body["support"]
    if support.get("first") is None or support.get("last") is None:
        raise Unwritable("support", "timelines count frames, and the interval is in seconds alone")
    return {"ranges": [{"start": support["first"] + 1, "end": support["last"] + 1}]}


def _no_sides(field: str) -> Unwritable:
    return Unwritable(field, "percents need the sides of the asset: give them with --sizes")
