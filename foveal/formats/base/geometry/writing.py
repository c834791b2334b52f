"""Pixels of a body for writers, and losses of members that a target format has no place for."""

import math
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from foveal.encoding import rle
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import Annotation, Asset
from foveal.formats.base.model.loss import LossReport

Sides = tuple[float, float]
Box = list[float]
Points = list[list[float]]

_BOOKKEEPING: Final = frozenset(
    ("type", "origin", "label_id", "id", "image_size", "area", "bbox", "bbox_px", "extra", "closed", "rotation_origin")
)
"""Members that follow from others, or that writers tell by themselves."""
DEFAULT_LAYER: Final = "ground_truth"
MAX_NAME_BYTES: Final = 200
"""Bytes of a file name that leave room for a suffix in the 255 of most file systems."""


def sides_of(asset: Asset, context: Context) -> Sides | None:
    """Return width and height of an asset in pixels: as its file states them, else as its media have them."""
    if asset.width and asset.height:
        return asset.width, asset.height
    facts = context.facts_of(asset.file_name)
    return (facts.width, facts.height) if facts else None


def box_px(body: dict[str, Any], sides: Sides | None) -> Box | None:
    """Return the smallest upright box `[x, y, width, height]` around a body in pixels; None where it has no place."""
    box = _plain_box(body, sides)
    if box is not None and body.get("rotation"):
        return around(turned_corners(box, body))
    return box if box is not None else _hull(body, sides)


def plain_box_px(body: dict[str, Any], sides: Sides | None) -> Box | None:
    """Return the box of a body in pixels as it was before it was turned; None where it has none."""
    return _plain_box(body, sides)


def turned_corners(box: Box, body: dict[str, Any]) -> Points:
    """Return the corners of a box in pixels that is turned clockwise about its centre or its top left corner."""
    x, y, width, height = box
    cos, sin = _direction(body.get("rotation") or 0)
    about_corner = body.get("rotation_origin") == "top_left"
    centre_x, centre_y = (x, y) if about_corner else (x + width / 2, y + height / 2)
    corners = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]
    return [
        [
            centre_x + (px - centre_x) * cos - (py - centre_y) * sin,
            centre_y + (px - centre_x) * sin + (py - centre_y) * cos,
        ]
        for px, py in corners
    ]


def _direction(rotation: float) -> tuple[float, float]:
    """Return cosine and sine of an angle in degrees, exact for quarter turns."""
    if (quarters := rotation / 90).is_integer():
        return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[int(quarters) % 4]
    return math.cos(math.radians(rotation)), math.sin(math.radians(rotation))


def rings_px(body: dict[str, Any], sides: Sides | None, name: str = "rings") -> list[Points]:
    """Return the rings of a body in pixels; none where it has none, or the sides are needed and not known."""
    if body.get(f"{name}_px"):
        scale, rings = _scale(body, sides), body[f"{name}_px"]
        return rings if scale == (1, 1) else [[[x * scale[0], y * scale[1]] for x, y in ring] for ring in rings]
    if body.get(name) and sides:
        return [[[x * sides[0], y * sides[1]] for x, y in ring] for ring in body[name]]
    return []


def ellipse_px(body: dict[str, Any], sides: Sides | None) -> tuple[float, float, float, float] | None:
    """Return centre and radii `(cx, cy, rx, ry)` of an ellipse in pixels, before it is turned."""
    name, scale = ("ellipse_px", _scale(body, sides)) if body.get("ellipse_px") else ("ellipse", sides)
    axes = body.get(name)
    if not axes or scale is None:
        return None
    return axes["cx"] * scale[0], axes["cy"] * scale[1], axes["rx"] * scale[0], axes["ry"] * scale[1]


def keypoints_px(body: dict[str, Any], sides: Sides | None) -> Points:
    """Return the positions of the labelled keypoints of a body in pixels."""
    scale, found = _scale(body, sides), []
    for point in body.get("keypoints", ()):
        if point.get("x_px") is not None and point.get("y_px") is not None:
            found.append([point["x_px"] * scale[0], point["y_px"] * scale[1]])
        elif point.get("x") is not None and point.get("y") is not None and sides:
            found.append([point["x"] * sides[0], point["y"] * sides[1]])
    return found


def around(points: Iterable[Sequence[float]]) -> Box:
    """Return the smallest box around points."""
    across, along = zip(*points, strict=True)
    return [min(across), min(along), max(across) - min(across), max(along) - min(along)]


def safe_path(name: str) -> str:
    """Return a relative path with `/` that files of any system and archive may have, for the name of an asset."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    plain = ("".join("_" if each < " " or each == ":" else each for each in part) for part in parts)
    return "/".join(part.encode()[:MAX_NAME_BYTES].decode("utf-8", "ignore") for part in plain) or "asset"


def tell_rest(annotation: Annotation, held: Collection[str], losses: LossReport, title: str) -> None:
    """Tell each member of a body that the target has no place for."""
    for name, value in annotation.body.items():
        if value is None or value is False or name in held or name in _BOOKKEEPING:
            continue
        if name == "field" and value == DEFAULT_LAYER:
            continue
        losses.tell("no_place", name, f"{title} has no place for {name}.", annotation.pointer)


def leave_out(annotation: Annotation, losses: LossReport, why: str) -> None:
    """Count and tell an annotation that is not written."""
    losses.left_out += 1
    losses.tell("left_out", str(annotation.body.get("type")), why, annotation.pointer)


def _scale(body: dict[str, Any], sides: Sides | None) -> Sides:
    """Return the factors from the pixels of a body to the pixels of the asset."""
    size = body.get("image_size")
    return (sides[0] / size[0], sides[1] / size[1]) if size and sides and tuple(size) != sides else (1, 1)


def _plain_box(body: dict[str, Any], sides: Sides | None) -> Box | None:
    if body.get("bbox_px"):
        x, y, width, height = body["bbox_px"]
        across, along = _scale(body, sides)
        return [x * across, y * along, width * across, height * along]
    if body.get("bbox") and sides:
        x, y, width, height = body["bbox"]
        return [x * sides[0], y * sides[1], width * sides[0], height * sides[1]]
    return None


def _hull(body: dict[str, Any], sides: Sides | None) -> Box | None:
    points = [point for ring in rings_px(body, sides) for point in ring] + keypoints_px(body, sides)
    if body.get("cuboid_px") or (body.get("cuboid") and sides):
        scale = _scale(body, sides) if body.get("cuboid_px") else sides or (1, 1)
        numbers = body.get("cuboid_px") or body["cuboid"]
        points += [[x * scale[0], y * scale[1]] for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
    if points:
        return around(points)
    if axes := ellipse_px(body, sides):
        centre_x, centre_y, across, along = axes
        angle = math.radians(body.get("rotation") or 0)
        half_width = math.hypot(across * math.cos(angle), along * math.sin(angle))
        half_height = math.hypot(across * math.sin(angle), along * math.cos(angle))
        return [centre_x - half_width, centre_y - half_height, 2 * half_width, 2 * half_height]
    return mask_box(body["mask"]) if body.get("mask") else None


def mask_box(mask: dict[str, Any]) -> Box | None:
    """Return the smallest box around a mask in pixels; None for an empty one, or one that is not at hand."""
    if mask.get("bbox_px"):
        return list(mask["bbox_px"])
    if mask.get("counts") is None or mask["encoding"] == "cvat_rle":
        return None
    height, width = mask["size"]
    position, columns, rows = 0, [width, -1], [height, -1]
    for index, run in enumerate(rle.runs(mask["counts"], height * width)):
        if index % 2 and run:
            first, last = position // height, (position + run - 1) // height
            columns = [min(columns[0], first), max(columns[1], last)]
            top, bottom = (0, height - 1) if first != last else (position % height, (position + run - 1) % height)
            rows = [min(rows[0], top), max(rows[1], bottom)]
        position += run
    if columns[1] < 0:
        return None
    return [columns[0], rows[0], columns[1] - columns[0] + 1, rows[1] - rows[0] + 1]
