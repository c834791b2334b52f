"""The geometry of an annotation in pixels: rings, holes, lines and points.

Geometry is relative to a canvas of `(width, height)` and is turned in its pixels. Angles are in degrees, clockwise as
seen, about the centre of the box unless `rotation_origin` is `top_left`.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Point = tuple[float, float]
Ring = tuple[Point, ...]
Size = tuple[int, int]
Edges = Sequence[tuple[int, int]]
"""The edges of a skeleton as pairs of point indexes."""
ELLIPSE_POINTS: Final = 72


@dataclass(frozen=True, slots=True)
class Outline:
    """The geometry of an annotation, in pixels."""

    rings: tuple[Ring, ...] = ()
    holes: tuple[Ring, ...] = ()
    is_filled: bool = False
    lines: tuple[Ring, ...] = ()
    points: tuple[tuple[Point | None, bool], ...] = ()

    def moved(self, move: Callable[[Point], Point]) -> "Outline":
        rings, holes, lines = (
            tuple(tuple(map(move, ring)) for ring in each) for each in (self.rings, self.holes, self.lines)
        )
        points = tuple((None if point is None else move(point), is_visible) for point, is_visible in self.points)
        return Outline(rings, holes, self.is_filled, lines, points)

    def every_point(self) -> list[Point]:
        dots = [point for point, _ in self.points if point is not None]
        return [*(point for ring in (*self.rings, *self.lines) for point in ring), *dots]


def outline_of(annotation: Mapping[str, Any], canvas: Size, edges: Edges, *, is_area: bool) -> Outline:
    """Return the lines of an annotation. The box of one that is an area, a mask or a heatmap, is not drawn."""
    rings, holes = _scaled(annotation.get("rings"), canvas), _scaled(annotation.get("holes"), canvas)
    is_filled = annotation.get("filled", True) is not False
    if annotation["type"] == "polyline":
        if not annotation.get("closed"):
            return Outline(lines=rings)
        return Outline(rings, is_filled=bool(annotation.get("filled")))
    if rings:
        return Outline(rings, holes, is_filled)
    points = _keypoints(annotation, canvas)
    if points:
        return Outline(lines=_edges(points, edges), points=points)
    if annotation.get("ellipse"):
        return Outline((_ellipse(annotation, canvas),), is_filled=is_filled)
    if annotation.get("cuboid"):
        return Outline((_hull(_scaled([_pairs(annotation["cuboid"])], canvas)[0]),))
    if annotation.get("bbox") and not is_area:
        return Outline((_box(annotation, canvas),))
    return Outline()


def _box(annotation: Mapping[str, Any], canvas: Size) -> Ring:
    x, y, width, height = (float(each) for each in annotation["bbox"])
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    ring = [(left * canvas[0], top * canvas[1]) for left, top in corners]
    angle = float(annotation.get("rotation") or 0.0)
    if not angle:
        return tuple(ring)
    is_corner = annotation.get("rotation_origin") == "top_left"
    origin = ring[0] if is_corner else ((ring[0][0] + ring[2][0]) / 2, (ring[0][1] + ring[2][1]) / 2)
    return _rotated(ring, origin, angle)


def _ellipse(annotation: Mapping[str, Any], canvas: Size) -> Ring:
    given = annotation["ellipse"]
    centre = (float(given["cx"]) * canvas[0], float(given["cy"]) * canvas[1])
    radii = (float(given["rx"]) * canvas[0], float(given["ry"]) * canvas[1])
    angles = (2 * math.pi * step / ELLIPSE_POINTS for step in range(ELLIPSE_POINTS))
    ring = [(centre[0] + radii[0] * math.cos(angle), centre[1] + radii[1] * math.sin(angle)) for angle in angles]
    return _rotated(ring, centre, float(annotation.get("rotation") or 0.0))


def _pairs(numbers: Sequence[float]) -> list[Sequence[float]]:
    return [numbers[at : at + 2] for at in range(0, len(numbers), 2)]


def _hull(points: Ring) -> Ring:
    """Return the outline around points (Andrew's monotone chain): a cuboid as seen, whatever order its corners have.

    That of one point is the point.
    """
    ordered = sorted(set(points))

    def half(points: Iterable[Point]) -> list[Point]:
        chain: list[Point] = []
        for point in points:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        return chain[:-1]

    return tuple(half(ordered) + half(reversed(ordered))) or tuple(ordered)


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


def _scaled(rings: Sequence[Sequence[Sequence[float]]] | None, canvas: Size) -> tuple[Ring, ...]:
    return tuple(tuple((x * canvas[0], y * canvas[1]) for x, y in ring) for ring in rings or () if len(ring) > 1)


def _keypoints(annotation: Mapping[str, Any], canvas: Size) -> tuple[tuple[Point | None, bool], ...]:
    """Return each point and whether it is visible; None for an unlabelled one (visibility 0, NaN, outside)."""
    points: list[tuple[Point | None, bool]] = []
    for each in annotation.get("keypoints") or ():
        x, y = each.get("x"), each.get("y")
        is_absent = x is None or y is None or math.isnan(x) or math.isnan(y)
        if is_absent or each.get("visibility", 2) == 0 or each.get("outside"):
            points.append((None, False))
        else:
            is_visible = each.get("visibility", 2) != 1 and not each.get("occluded")
            points.append(((x * canvas[0], y * canvas[1]), is_visible))
    return tuple(points)


def _edges(points: Sequence[tuple[Point | None, bool]], edges: Edges) -> tuple[Ring, ...]:
    found = []
    for start, end in edges:
        if isinstance(start, int) and isinstance(end, int) and max(start, end) < len(points) and min(start, end) >= 0:
            one, other = points[start][0], points[end][0]
            if one is not None and other is not None:
                found.append((one, other))
    return tuple(found)
