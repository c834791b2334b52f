"""Positions of an annotation as shares of the sides of the image as displayed: the numbers of YOLO's rows.

Points are one list of numbers: x and y of the first one, of the second one, and so on.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from foveal.formats.base.geometry.pixels import scaled
from foveal.formats.base.geometry.writing import turned_corners
from foveal.formats.base.model.context import AssetFacts
from foveal.formats.yolo.turned_boxes import Point

_AS_SHOWN: Final[Mapping[int, Callable[[float, float], Point]]] = {
    2: lambda x, y: (1 - x, y),
    3: lambda x, y: (1 - x, 1 - y),
    4: lambda x, y: (x, 1 - y),
    5: lambda x, y: (y, x),
    6: lambda x, y: (1 - y, x),
    7: lambda x, y: (1 - y, 1 - x),
    8: lambda x, y: (y, 1 - x),
}
"""Shares of the stored image to shares of the displayed one, by EXIF orientation (CIPA DC-008, tag 274)."""
_SWAPPED_FROM: Final = 5


class SidesUnknownError(Exception):
    """Pixels without the width and height of their image."""


class Places:
    """The positions of one body. Pixels count first: relative positions may have been cut at the edge.

    Relative positions refer to the displayed image, pixels to the frame and the size that the body states.
    """

    def __init__(self, body: Mapping[str, Any], facts: AssetFacts | None) -> None:
        self._body, self._orientation = body, 1
        shown = (facts.width, facts.height) if facts else None
        if body.get("coordinate_frame") == "stored" and facts is not None:
            self._orientation = facts.orientation
            if facts.orientation >= _SWAPPED_FROM:
                shown = (facts.height, facts.width)
        stated = body.get("image_size")
        self._sides: tuple[float, float] | None = (stated[0], stated[1]) if stated else shown

    def points(self, name: str) -> list[list[float]]:
        """Return the rings of `rings` or `holes`. Raises SidesUnknownError."""
        given = self._given(name)
        return [self._placed(ring, is_px=given[0]) for ring in given[1]] if given else []

    def box(self) -> tuple[float, float, float, float] | None:
        """Return centre, width and height of the upright box around the box of the body, None without one.

        Raises SidesUnknownError.
        """
        given = self._given("bbox")
        if given and not self._body.get("rotation") and (self._orientation == 1 or not given[0]):
            is_px, (x, y, width, height) = given
            across, along = self._scale(is_px=is_px)
            return (x + width / 2) / across, (y + height / 2) / along, width / across, height / along
        corners = self.corners()
        return around(corners) if corners else None

    def corners(self) -> list[float]:
        """Return the corners of the box of the body, turned as it is; none without a box. Raises SidesUnknownError."""
        given = self._given("bbox")
        if given is None:
            return []
        is_px, box = given
        if self._body.get("rotation") and not is_px:  # a turn is one of pixels
            box, is_px = scaled(box, self._scale(is_px=True)), True
        return self._placed(turned_corners(list(box), dict(self._body)), is_px=is_px)

    def keypoint(self, point: Mapping[str, Any]) -> list[float] | None:
        """Return the position of a keypoint, None where it has none. Raises SidesUnknownError."""
        x, y, x_px, y_px = map(point.get, ("x", "y", "x_px", "y_px"))
        if x_px is not None and y_px is not None and (self._sides is not None or x is None):
            return self._placed([(x_px, y_px)], is_px=True)
        return None if x is None or y is None else [x, y]

    def _given(self, name: str) -> tuple[bool, Any] | None:
        """Return what the body has of a position: whether in pixels, and its numbers."""
        pixels, shares = self._body.get(f"{name}_px"), self._body.get(name)
        if pixels is not None and (self._sides is not None or shares is None):
            return True, pixels
        return None if shares is None else (False, shares)

    def _placed(self, points: Iterable[Sequence[float]], *, is_px: bool) -> list[float]:
        across, along = self._scale(is_px=is_px)
        if not is_px or self._orientation == 1:
            return [number for x, y in points for number in (x / across, y / along)]
        shown = _AS_SHOWN[self._orientation]
        return [number for x, y in points for number in shown(x / across, y / along)]

    def _scale(self, *, is_px: bool) -> tuple[float, float]:
        if not is_px:
            return 1.0, 1.0
        if self._sides is None:
            raise SidesUnknownError
        return self._sides


def around(points: Sequence[float]) -> tuple[float, float, float, float]:
    """Return centre, width and height of the smallest upright box around points."""
    across, along = points[::2], points[1::2]
    left, right, top, bottom = min(across), max(across), min(along), max(along)
    return (left + right) / 2, (top + bottom) / 2, right - left, bottom - top
