"""Shapes of LabelMe for an annotation body, with what they cannot hold told as losses."""

import base64
import math
from collections.abc import Sequence
from typing import Any, Final

from foveal.encoding import rle
from foveal.formats.base.files.mask_png import png_of_runs
from foveal.formats.base.geometry.masks import cvat_runs
from foveal.formats.base.geometry.writing import (
    Sides,
    ellipse_px,
    keypoints_px,
    plain_box_px,
    rings_px,
    tell_rest,
    turned_corners,
)
from foveal.formats.base.model.items import Annotation
from foveal.formats.base.model.loss import LossReport

MAX_PIXELS: Final = 2**28
_ELLIPSE_POINTS: Final = 72
_GEOMETRY: Final = frozenset(
    {
        *("rings", "rings_px", "keypoints", "mask", "ellipse", "ellipse_px", "rotation", "cuboid", "cuboid_px"),
        *("label", "group_id", "text", "attributes", "difficult", "confidence"),
    }
)
Shape = dict[str, Any]


def shapes_of(annotation: Annotation, sides: Sides | None, free_group: int, losses: LossReport) -> list[Shape]:
    """Return the shapes of an annotation; none where LabelMe has no shape for it.

    `free_group` is a group id that no other annotation of the image has, for the parts of one object.
    """
    body = annotation.body
    places = _places(annotation, sides, losses)
    if not places:
        return []
    shape: Shape = {"label": body.get("label") or ""}
    group = body.get("group_id")
    is_number = group is not None and str(group).lstrip("-").isdecimal() and len(str(group)) < 16
    if len(places) > 1 and group is None:
        group, is_number = free_group, True
    if group is not None and not is_number:
        losses.tell("no_place", "group_id", "Groups of LabelMe are numbers.", annotation.pointer)
    flags, rest = _attributes(body)
    tail: Shape = {"group_id": int(group) if is_number and group is not None else None}
    tail["description"] = body.get("text") or ""
    common: Shape = {"flags": flags} | ({"attributes": rest} if rest else {})
    for ours, name in (("difficult", "difficult"), ("confidence", "score")):
        if body.get(ours) is not None:
            common[name] = body[ours]
    if annotation.format == "labelme":
        common |= body.get("extra") or {}
    elif body.get("extra"):
        losses.tell("no_place", "extra", "Members of another format have no place here.", annotation.pointer)
    if not body.get("label"):
        losses.tell("no_label", "label", "A shape of LabelMe has a label: an empty one is written.", annotation.pointer)
    tell_rest(annotation, _GEOMETRY, losses, "LabelMe")
    return [shape | {"points": place["points"]} | tail | place | common for place in places]


def _attributes(body: dict[str, Any]) -> tuple[dict[str, bool], dict[str, Any]]:
    attributes = body.get("attributes") or {}
    flags = {name: value for name, value in attributes.items() if isinstance(value, bool)}
    return flags, {name: value for name, value in attributes.items() if name not in flags}


def _places(annotation: Annotation, sides: Sides | None, losses: LossReport) -> Sequence[Shape]:
    """Return `shape_type`, `points` and `mask` of each shape that an annotation needs."""
    body, where = annotation.body, annotation.pointer
    match body["type"]:
        case "detection":
            return _box(body, sides, where, losses)
        case "polygon" | "polyline":
            return _rings(body, sides, where, losses)
        case "ellipse":
            return _ellipse(body, sides, where, losses)
        case "keypoints":
            return _keypoints(body, sides, where, losses)
        case "mask" | "segmentation":
            if body["type"] == "segmentation":
                losses.tell("other_type", "segmentation", "A mask of LabelMe is one of an object.", where)
            return _mask(body["mask"], where, losses)
    return []


def _box(body: dict[str, Any], sides: Sides | None, where: str, losses: LossReport) -> Sequence[Shape]:
    box = plain_box_px(body, sides)
    if box is None:
        return []
    if body.get("rotation"):
        why = "LabelMe has no turned boxes: the polygon of its corners is written."
        losses.tell("other_type", "rotation", why, where)
        return [{"points": turned_corners(box, body), "shape_type": "polygon"}]
    x, y, width, height = box
    return [{"points": [[x, y], [x + width, y + height]], "shape_type": "rectangle"}]


def _rings(body: dict[str, Any], sides: Sides | None, where: str, losses: LossReport) -> Sequence[Shape]:
    rings = rings_px(body, sides)
    if len(rings) > 1:
        losses.tell("several_parts", "rings", "Each part is a shape of its own, in one group.", where)
    if body["type"] == "polyline" and body.get("closed"):
        losses.tell("no_place", "closed", "Lines of LabelMe are open: the first point is written again.", where)
        rings = [[*ring, ring[0]] for ring in rings]
    kinds = {"polygon": "polygon", "polyline": "linestrip"}
    return [
        {"points": ring, "shape_type": "line" if body["type"] == "polyline" and len(ring) == 2 else kinds[body["type"]]}
        for ring in rings
    ]


def _ellipse(body: dict[str, Any], sides: Sides | None, where: str, losses: LossReport) -> Sequence[Shape]:
    axes = ellipse_px(body, sides)
    if axes is None:
        return []
    x, y, across, along = axes
    if math.isclose(across, along, rel_tol=1e-9):
        return [{"points": [[x, y], [x + across, y]], "shape_type": "circle"}]
    losses.tell("other_type", "ellipse", f"LabelMe has circles only: a polygon of {_ELLIPSE_POINTS} points.", where)
    turn = math.radians(body.get("rotation") or 0)
    points = []
    for number in range(_ELLIPSE_POINTS):
        angle = math.tau * number / _ELLIPSE_POINTS
        dx, dy = across * math.cos(angle), along * math.sin(angle)
        points.append([x + dx * math.cos(turn) - dy * math.sin(turn), y + dx * math.sin(turn) + dy * math.cos(turn)])
    return [{"points": points, "shape_type": "polygon"}]


def _keypoints(body: dict[str, Any], sides: Sides | None, where: str, losses: LossReport) -> Sequence[Shape]:
    points = body["keypoints"]
    if any(set(point) - {"x", "y", "x_px", "y_px"} and point.get("visibility", 2) != 2 for point in points) or any(
        point.get("name") or point.get("occluded") or point.get("confidence") is not None for point in points
    ):
        why = "Points of LabelMe have a position alone: no name, no visibility, no confidence."
        losses.tell("no_place", "keypoints", why, where)
    if body.get("bbox") or body.get("bbox_px"):
        losses.tell("no_place", "bbox", "Points of LabelMe have no box.", where)
    found = keypoints_px({**body, "keypoints": [each for each in points if each.get("visibility", 2)]}, sides)
    return [{"points": found, "shape_type": "points" if len(found) > 1 else "point"}] if found else []


def _mask(mask: dict[str, Any], where: str, losses: LossReport) -> Sequence[Shape]:
    """Return a mask as a PNG of one bit a pixel, cut to its box."""
    counts, size = mask.get("counts"), mask["size"]
    if counts is None:
        losses.tell("not_at_hand", "mask", "The mask lies in the bucket and is not at hand here.", where)
        return []
    if mask["encoding"] == "cvat_rle":
        runs = counts
        left, top, width, height = (round(number) for number in mask["bbox_px"])
    else:
        try:
            runs, (left, top, width, height) = cvat_runs(rle.runs(counts, size[0] * size[1]), (size[0], size[1]))
        except ValueError:
            return []
    if width * height > MAX_PIXELS or sum(runs) != width * height:
        return []
    text = base64.b64encode(png_of_runs(runs, width, height)).decode()
    return [{"points": [[left, top], [left + width - 1, top + height - 1]], "shape_type": "mask", "mask": text}]
