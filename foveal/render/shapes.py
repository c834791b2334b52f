"""Annotations as shapes on a canvas: geometry is relative to the displayed image, and is turned in pixels.

An annotation is a document of the catalog; what its type does not use is ignored. Angles are in degrees, clockwise as
seen, about the centre of the box unless `rotation_origin` is `top_left`.
"""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from foveal.render import masks
from foveal.render.colours import Colour, colour_of
from foveal.render.errors import Unrenderable

Point = tuple[float, float]
Ring = tuple[Point, ...]
ELLIPSE_POINTS: Final = 72
LONGEST_CAPTION: Final = 60


@dataclass(frozen=True, slots=True)
class Style:
    """What the label schema says of looks: colours by label, and the edges of skeletons as pairs of point indexes."""

    colours: Mapping[str, str] = field(default_factory=dict)
    skeletons: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, labels: Iterable[Mapping[str, Any]]) -> "Style":
        """Read the `labels` of a label schema; an edge may name more than two points, and points by name."""
        colours: dict[str, str] = {}
        skeletons: dict[str, Sequence[tuple[int, int]]] = {}
        for label in labels:
            if label.get("color"):
                colours[label["name"]] = str(label["color"])
            skeleton = label.get("skeleton") or {}
            index = {name: position for position, name in enumerate(skeleton.get("names") or ())}
            edges = [[index.get(each, each) for each in edge] for edge in skeleton.get("edges") or ()]
            skeletons[label["name"]] = [pair for edge in edges for pair in itertools.pairwise(edge)]
        return cls(colours, skeletons)


@dataclass(frozen=True, slots=True)
class Shape:
    """One annotation on a canvas: what is filled, stroked and dotted, and what is written beside it."""

    annotation_id: str
    colour: Colour
    caption: str
    rings: tuple[Ring, ...] = ()
    holes: tuple[Ring, ...] = ()
    is_filled: bool = False
    lines: tuple[Ring, ...] = ()
    dots: tuple[tuple[Point, bool], ...] = ()
    mask: Mapping[str, Any] | None = None
    bounds: tuple[float, float, float, float] | None = None


def shapes(
    annotations: Iterable[Mapping[str, Any]],
    canvas: tuple[int, int],
    style: Style,
    displayed: tuple[int, int] | None = None,
) -> list[Shape]:
    """Return the shapes of annotations on a canvas of `(width, height)`, the largest first so that none is covered.

    `displayed` is the size of the asset where the canvas has another. Annotations in the frame of the stored pixels
    are left out: they would be drawn in the wrong place on a turned image.
    """
    chosen = [each for each in annotations if each.get("coordinate_frame") != "stored"]
    drawn = [shape_of(each, canvas, style, displayed) for each in chosen]
    return sorted(drawn, key=lambda shape: -_area(shape.bounds))


def shape_of(
    annotation: Mapping[str, Any], canvas: tuple[int, int], style: Style, displayed: tuple[int, int] | None = None
) -> Shape:
    """Return one annotation on a canvas of `(width, height)`. Raises Unrenderable for a mask that is broken."""
    label = annotation.get("label")
    rings = _scaled(annotation.get("rings"), canvas)
    holes = _scaled(annotation.get("holes"), canvas)
    lines: tuple[Ring, ...] = ()
    is_filled = annotation.get("filled", True) is not False
    if annotation["type"] == "polyline":
        if annotation.get("closed"):
            is_filled = bool(annotation.get("filled"))
        else:
            rings, lines = (), rings
    points = _keypoints(annotation, canvas)
    if points:
        edges = style.skeletons.get(label or "", ())
        lines = (*lines, *_edges(points, edges))
    if not rings and annotation.get("ellipse"):
        rings = (_ellipse(annotation, canvas),)
    if not rings and annotation.get("cuboid"):
        rings, is_filled = (_hull(_scaled([_pairs(annotation["cuboid"])], canvas)[0]),), False
    mask = annotation.get("mask")
    if mask and mask.get("encoding") == "cvat_rle":
        mask = masks.whole_image(mask, tuple(annotation.get("image_size") or displayed or canvas))
    if not (rings or lines or points or mask) and annotation.get("bbox"):
        rings, is_filled = (_box(annotation, canvas),), False
    dots = tuple((point, is_visible) for point, is_visible in points if point is not None)
    return Shape(
        str(annotation["_id"]),
        colour_of(label, style.colours),
        _caption(label, annotation.get("confidence")),
        rings,
        holes,
        is_filled,
        lines,
        dots,
        mask,
        _bounds(annotation, canvas, [*rings, *lines, tuple(point for point, _ in dots)], mask),
    )


def enclosing_box(annotation: Mapping[str, Any], size: tuple[int, int], margin: float) -> tuple[float, ...]:
    """Return `(left, top, right, bottom)`, relative, around an annotation with a margin of its longer side.

    The margin is the same number of pixels on all sides. Raises Unrenderable for an annotation without geometry.
    """
    bounds = shape_of(annotation, size, Style()).bounds
    if bounds is None:
        raise Unrenderable("The annotation has no place in the image.")
    left, top, right, bottom = bounds
    around = max(1.0, margin * max(right - left, bottom - top)) if margin else 0.0
    width, height = size
    return (
        max(0.0, (left - around) / width),
        max(0.0, (top - around) / height),
        min(1.0, (right + around) / width),
        min(1.0, (bottom + around) / height),
    )


def _box(annotation: Mapping[str, Any], canvas: tuple[int, int]) -> Ring:
    x, y, width, height = (float(each) for each in annotation["bbox"])
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    ring = [(left * canvas[0], top * canvas[1]) for left, top in corners]
    angle = float(annotation.get("rotation") or 0.0)
    if not angle:
        return tuple(ring)
    is_corner = annotation.get("rotation_origin") == "top_left"
    origin = ring[0] if is_corner else ((ring[0][0] + ring[2][0]) / 2, (ring[0][1] + ring[2][1]) / 2)
    return _rotated(ring, origin, angle)


def _ellipse(annotation: Mapping[str, Any], canvas: tuple[int, int]) -> Ring:
    given = annotation["ellipse"]
    centre = (float(given["cx"]) * canvas[0], float(given["cy"]) * canvas[1])
    radii = (float(given["rx"]) * canvas[0], float(given["ry"]) * canvas[1])
    angles = (2 * math.pi * step / ELLIPSE_POINTS for step in range(ELLIPSE_POINTS))
    ring = [(centre[0] + radii[0] * math.cos(angle), centre[1] + radii[1] * math.sin(angle)) for angle in angles]
    return _rotated(ring, centre, float(annotation.get("rotation") or 0.0))


def _pairs(numbers: Sequence[float]) -> list[Sequence[float]]:
    return [numbers[at : at + 2] for at in range(0, len(numbers), 2)]


def _hull(points: Ring) -> Ring:
    """Return the outline around points (Andrew's monotone chain): a cuboid as seen, whatever order its corners have."""
    ordered = sorted(set(points))

    def half(points: Iterable[Point]) -> list[Point]:
        chain: list[Point] = []
        for point in points:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        return chain[:-1]

    return tuple(half(ordered) + half(reversed(ordered)))


def _turn(origin: Point, one: Point, other: Point) -> float:
    return (one[0] - origin[0]) * (other[1] - origin[1]) - (one[1] - origin[1]) * (other[0] - origin[0])


def _rotated(ring: Iterable[Point], origin: Point, degrees: float) -> Ring:
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    return tuple(
        (
            origin[0] + (x - origin[0]) * cosine - (y - origin[1]) * sine,
            origin[1] + (x - origin[0]) * sine + (y - origin[1]) * cosine,
        )
        for x, y in ring
    )


def _scaled(rings: Sequence[Sequence[Sequence[float]]] | None, canvas: tuple[int, int]) -> tuple[Ring, ...]:
    return tuple(tuple((x * canvas[0], y * canvas[1]) for x, y in ring) for ring in rings or () if len(ring) > 1)


def _keypoints(annotation: Mapping[str, Any], canvas: tuple[int, int]) -> list[tuple[Point | None, bool]]:
    """Return each point and whether it is visible; None for one that nobody labelled (visibility 0, NaN, outside)."""
    points: list[tuple[Point | None, bool]] = []
    for each in annotation.get("keypoints") or ():
        x, y = each.get("x"), each.get("y")
        is_absent = x is None or y is None or math.isnan(x) or math.isnan(y)
        if is_absent or each.get("visibility", 2) == 0 or each.get("outside"):
            points.append((None, False))
        else:
            is_visible = each.get("visibility", 2) != 1 and not each.get("occluded")
            points.append(((x * canvas[0], y * canvas[1]), is_visible))
    return points


def _edges(points: Sequence[tuple[Point | None, bool]], edges: Iterable[tuple[int, int]]) -> tuple[Ring, ...]:
    found = []
    for start, end in edges:
        if isinstance(start, int) and isinstance(end, int) and max(start, end) < len(points) and min(start, end) >= 0:
            one, other = points[start][0], points[end][0]
            if one is not None and other is not None:
                found.append((one, other))
    return tuple(found)


def _bounds(
    annotation: Mapping[str, Any], canvas: tuple[int, int], parts: Iterable[Ring], mask: Mapping[str, Any] | None
) -> tuple[float, float, float, float] | None:
    points = [point for part in parts for point in part]
    if not points and annotation.get("bbox"):
        points = list(_box(annotation, canvas))
    if not points and mask is not None:
        height, width = mask["size"]
        across, down = canvas[0] / width, canvas[1] / height
        for x, y, wide, high in masks.rectangles(mask):
            points += [(x * across, y * down), ((x + wide) * across, (y + high) * down)]
    if not points:
        return None
    return (
        min(x for x, _ in points),
        min(y for _, y in points),
        max(x for x, _ in points),
        max(y for _, y in points),
    )


def _area(bounds: tuple[float, float, float, float] | None) -> float:
    return (bounds[2] - bounds[0]) * (bounds[3] - bounds[1]) if bounds else math.inf


def _caption(label: str | None, confidence: float | None) -> str:
    text = label or ""
    text = text if len(text) <= LONGEST_CAPTION else f"{text[: LONGEST_CAPTION - 1]}…"
    return f"{text} {confidence:.2f}".strip() if confidence is not None else text
