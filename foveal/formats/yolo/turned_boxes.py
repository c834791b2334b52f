"""Turned boxes from four corners, in pixels: axes of unlike lengths would bend angles of relative numbers."""

import math
from collections.abc import Sequence
from typing import Any

Point = tuple[float, float]


def fitted(corners: Sequence[Point]) -> dict[str, Any]:
    """Return `bbox_px` and `rotation` (degrees clockwise about the centre, -45 to 45) of the smallest box around
    four corners in any order; exact where they are the corners of a rectangle."""
    hull = _around(corners)
    best: tuple[float, float, tuple[float, float, float, float]] | None = None
    for first, second in zip(hull, hull[1:] + hull[:1], strict=True):
        angle = _folded(math.atan2(second[1] - first[1], second[0] - first[0]))
        left, top, right, bottom = _extent(corners, angle)
        area = (right - left) * (bottom - top)
        if best is None or area < best[0]:
            best = (area, angle, (left, top, right, bottom))
    if best is None:
        raise ValueError("a box needs corners")
    _, angle, (left, top, right, bottom) = best
    across, along = (left + right) / 2, (top + bottom) / 2
    x = across * math.cos(angle) - along * math.sin(angle)
    y = across * math.sin(angle) + along * math.cos(angle)
    width, height = right - left, bottom - top
    return {"bbox_px": [x - width / 2, y - height / 2, width, height], "rotation": math.degrees(angle)}


def _around(corners: Sequence[Point]) -> list[Point]:
    """Return the corners of the convex hull, clockwise as displayed (monotone chain)."""
    points = sorted(set(corners))
    if len(points) < 3:
        return points
    halves: list[list[Point]] = []
    for ordered in (points, points[::-1]):
        half: list[Point] = []
        for point in ordered:
            while len(half) > 1 and _cross(half[-2], half[-1], point) <= 0:
                half.pop()
            half.append(point)
        halves.append(half)
    return halves[0][:-1] + halves[1][:-1]


def _cross(first: Point, second: Point, third: Point) -> float:
    return (second[0] - first[0]) * (third[1] - first[1]) - (second[1] - first[1]) * (third[0] - first[0])


def _folded(angle: float) -> float:
    """Return the angle of the same axes between -45 degrees, included, and 45."""
    folded = math.remainder(angle, math.pi / 2)
    return -math.pi / 4 if folded == math.pi / 4 else folded


def _extent(corners: Sequence[Point], angle: float) -> tuple[float, float, float, float]:
    cos, sin = math.cos(angle), math.sin(angle)
    across = [x * cos + y * sin for x, y in corners]
    along = [y * cos - x * sin for x, y in corners]
    return min(across), min(along), max(across), max(along)
