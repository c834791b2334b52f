"""An independent drawing: for every pixel's centre, whether it lies inside of a shape and how far from its outline.

Plain geometry over arrays; nothing is shared with the product.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

Points = Sequence[tuple[float, float]]
Grid = np.ndarray[Any, Any]


def centres(width: int, height: int) -> tuple[Grid, Grid]:
    rows, columns = np.mgrid[0:height, 0:width]
    return columns + 0.5, rows + 0.5


def inside(rings: Sequence[Points], width: int, height: int) -> Grid:
    """Even-odd rule: crossings of a ray to the right."""
    x, y = centres(width, height)
    odd = np.zeros((height, width), bool)
    for ring in rings:
        for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if y0 != y1:
                crosses = (y0 > y) != (y1 > y)
                odd ^= crosses & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return odd


def distance(line: Points, width: int, height: int, *, is_closed: bool = True) -> Grid:
    """Distance in pixels of each centre from the nearest piece of a line."""
    x, y = centres(width, height)
    nearest = np.full((height, width), np.inf)
    ends = [*line[1:], line[0]] if is_closed else line[1:]
    for (x0, y0), (x1, y1) in zip(line, ends, strict=False):
        length = (x1 - x0) ** 2 + (y1 - y0) ** 2
        along = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / (length or 1), 0, 1)
        nearest = np.minimum(nearest, np.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0)))
    return nearest


def turned(box: tuple[float, float, float, float], degrees: float) -> Points:
    """The corners of a box in pixels after a clockwise turn about its centre."""
    x, y, width, height = box
    centre = np.array([x + width / 2, y + height / 2])
    angle = np.deg2rad(degrees)
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])
    return [(float(x), float(y)) for x, y in (corners - centre) @ matrix.T + centre]
