"""Orientation of stored pixels for display: the eight orientations of Exif 2.32 (tag Orientation, 0x0112)."""

import itertools
from collections.abc import Mapping
from typing import Any, Final

from PIL import Image

from foveal.probe.orientation import orientation_of, rotation_of

UPRIGHT: Final = 1
TRANSPOSED: Final = 5
SIDEWAYS: Final = frozenset({5, 6, 7, 8})
_OF_ROTATION: Final = {rotation_of(orientation): orientation for orientation in range(1, 9)}

Point = tuple[float, float]

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_STEPS: Final = {
    orientation_of((0, y, x, 0) if exchanges else (x, 0, 0, y)): (x < 0, y < 0, exchanges)
    for x, y, exchanges in itertools.product((1, -1), (1, -1), (False, True))
}
"""Mirroring of x, mirroring of y, and their exchange after that, by orientation."""
_INVERSE: Final[Mapping[int, int]] = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}


def of_asset(asset: Mapping[str, Any]) -> int:
    """Return the orientation of an asset's stored pixels, 1 where it states none."""
    if asset.get("media_type") == "video":
        return _OF_ROTATION.get((int(asset.get("rotation") or 0), bool(asset.get("is_mirrored"))), UPRIGHT)
    return known(asset.get("orientation"))


def known(value: object) -> int:
    """Return an orientation from a header, 1 for an invalid value."""
    return value if isinstance(value, int) and value in _STEPS else UPRIGHT


def of_matrix(a: int, b: int, c: int, d: int) -> int:
    """Return the orientation of a display matrix: x' = a x + c y, y' = b x + d y (ISO/IEC 14496-12, 8.3.2)."""
    across_x, down_x, across_y, down_y = ((each > 0) - (each < 0) for each in (a, b, c, d))
    return orientation_of((across_x, across_y, down_x, down_y)) or UPRIGHT


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Return stored pixels as they are displayed."""
    return image.transpose(_TURNS[orientation]) if orientation in _TURNS else image


def turned_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Return the displayed `(width, height)` of a stored one, and the stored one of a displayed one."""
    return (size[1], size[0]) if orientation in SIDEWAYS else size


def displayed(point: Point, orientation: int, stored: tuple[float, float] = (1.0, 1.0)) -> Point:
    """Return where a point of the stored image of `(width, height)` is displayed."""
    mirrors_x, mirrors_y, exchanges = _STEPS[orientation]
    x = stored[0] - point[0] if mirrors_x else point[0]
    y = stored[1] - point[1] if mirrors_y else point[1]
    return (y, x) if exchanges else (x, y)


def stored(point: Point, orientation: int) -> Point:
    """Return where a point of the displayed image, relative, is stored."""
    return displayed(point, _INVERSE[orientation])
