"""Orientation: EXIF's eight orientations as matrices on (x right, y down)."""

from __future__ import annotations

from collections.abc import Iterable

Matrix = tuple[int, int, int, int]
"""(a, b, c, d) of x' = a x + b y, y' = c x + d y."""

IDENTITY: Matrix = (1, 0, 0, 1)
MIRROR: Matrix = (-1, 0, 0, 1)
FLIP: Matrix = (1, 0, 0, -1)
QUARTER_LEFT: Matrix = (0, 1, -1, 0)

_ORIENTATIONS: dict[Matrix, int] = {
    IDENTITY: 1,
    MIRROR: 2,
    (-1, 0, 0, -1): 3,
    FLIP: 4,
    (0, 1, 1, 0): 5,
    (0, -1, 1, 0): 6,
    (0, -1, -1, 0): 7,
    QUARTER_LEFT: 8,
}
_CLOCKWISE = {1: 0, 2: 0, 3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270}


def compose(steps: Iterable[Matrix]) -> Matrix:
    """Return one matrix for all steps, applied in the given order."""
    result = IDENTITY
    for a, b, c, d in steps:
        e, f, g, h = result
        result = (a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h)
    return result


def orientation_of(matrix: Matrix) -> int | None:
    """Return the orientation 1 to 8; None for any other matrix (shear, slant, zero)."""
    return _ORIENTATIONS.get(matrix)


def rotation_of(orientation: int) -> tuple[int, bool]:
    """Return clockwise degrees, and whether the picture is mirrored left to right before the rotation."""
    return _CLOCKWISE[orientation], orientation in (2, 4, 5, 7)
