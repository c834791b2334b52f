"""How stored pixels are turned for display: EXIF's eight orientations as matrices on (x right, y down)."""

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
    """One matrix for all steps in the order in which they are applied."""
    result = IDENTITY
    for a, b, c, d in steps:
        e, f, g, h = result
        result = (a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h)
    return result


def orientation_of(matrix: Matrix) -> int | None:
    """The orientation 1 to 8; None for a matrix that is none of them (a shear, a slant, a zero)."""
    return _ORIENTATIONS.get(matrix)


def rotation_of(orientation: int) -> tuple[int, bool]:
    """Clockwise degrees, and whether the picture is mirrored left to right before it is turned."""
    return _CLOCKWISE[orientation], orientation in (2, 4, 5, 7)
