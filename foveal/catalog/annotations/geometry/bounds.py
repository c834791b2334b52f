"""Bounds of relative geometry: positions must lie inside the image, or are clipped; a tolerance covers rounding.

The tolerance is a millionth, for formats that write six decimals.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Final

from foveal.catalog.annotations.geometry.pixels import Size

TOLERANCE: Final = 1e-6
AGREEMENT_PX: Final = 1.0
"""Tolerated distance between a relative and a pixel value of one thing: formats round to whole pixels."""

MIN_PIXEL: Final = 2.0
"""Larger values can only be pixels that were sent as relative values; clipping would hide the mistake."""
Points = list[list[float]]


def check_is_relative(values: Iterable[float], name: str, in_pixels: str) -> None:
    """Raise ValueError for values that can only be pixels."""
    if any(value >= MIN_PIXEL for value in values):
        raise ValueError(f"{name} is relative to the image, from 0 to 1; send pixels as {in_pixels}")


def are_in_line(points: Points) -> bool:
    """Tell whether no three of the points span an area: a shape through them has none."""
    (x, y), *others = points
    distances = [abs(each_x - x) + abs(each_y - y) for each_x, each_y in others]
    far_x, far_y = others[distances.index(max(distances))]
    return all((far_x - x) * (each_y - y) == (far_y - y) * (each_x - x) for each_x, each_y in others)


def check_agreement(box: Sequence[float], other: Sequence[float], size: Size) -> None:
    """Raise ValueError when a box is neither the other one nor what the image leaves of it."""
    for meant in (other, _cut_off(other) or other):
        apart = [abs(a - b) * side for a, b, side in zip(box, meant, (*size, *size), strict=True)]
        if max(apart) <= AGREEMENT_PX:
            return
    raise ValueError("bbox and bbox_px say different things; send one of them")


def check_turned(box: Sequence[float], rotation: float, size: Size | None, *, about_top_left: bool) -> None:
    """Raise ValueError when the centre of a turned box lies outside; its corners may leave the image.

    `rotation` is in degrees clockwise, in pixels of an image of `size`; without it the image counts as a square.
    """
    x, y, width, height = _with_sides(box)
    if not math.isfinite(width * height):
        raise ValueError("the sides of the box are too long")
    across, along = width / 2, height / 2
    if about_top_left:
        angle, stretch = math.radians(rotation), size[1] / size[0] if size else 1.0
        across, along = (
            across * math.cos(angle) - along * stretch * math.sin(angle),
            across / stretch * math.sin(angle) + along * math.cos(angle),
        )
    points_inside([[x + across, y + along]], clip=False)


def _with_sides(box: Sequence[float]) -> Sequence[float]:
    if box[2] < 0 or box[3] < 0:
        raise ValueError("the width and height of a box are not negative")
    return box


def box_inside(box: Sequence[float], *, clip: bool) -> list[float]:
    """Return a box that lies inside the image. Raises ValueError."""
    x, y, width, height = _with_sides(box)
    if min(x, y) >= -TOLERANCE and max(x + width, y + height) <= 1 + TOLERANCE:
        return list(box)
    if not clip:
        raise ValueError("the box does not lie inside the image; ask for clip to cut it off, send pixels as bbox_px")
    left = _cut_off(box)
    if left is None:
        raise ValueError("the box lies wholly outside the image")
    return left


def _cut_off(box: Sequence[float]) -> list[float] | None:
    """Return the part of a box that lies inside the image, None where there is none."""
    x, y, width, height = box
    left, top, right, bottom = (_clamped(value) for value in (x, y, x + width, y + height))
    return [left, top, right - left, bottom - top] if left < right and top < bottom else None


def points_inside(points: Points, clip: bool) -> Points:
    """Return points that lie inside the image, moved to its edge with `clip`. Raises ValueError."""
    values = list(itertools.chain.from_iterable(points))
    if min(values) >= -TOLERANCE and max(values) <= 1 + TOLERANCE:
        return points
    if not clip:
        raise ValueError("a point does not lie inside the image; ask for clip to move it to the edge")
    return [[_clamped(x), _clamped(y)] for x, y in points]


def _clamped(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def box_around(points: Iterable[Sequence[float]]) -> list[float]:
    """Return the smallest box around points."""
    across, along = zip(*points, strict=True)
    return [min(across), min(along), max(across) - min(across), max(along) - min(along)]
