"""Positions in pixels as positions relative to the displayed image.

Pixels count in the image as displayed, or in the stored one: before it is cropped to its clean aperture and turned by
its orientation (Exif 2.32, tag Orientation) or rotation.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Size = tuple[int, int]

UPRIGHT: Final = 1
MIRRORED: Final = frozenset({2, 4, 5, 7})
_SIDEWAYS: Final = frozenset({5, 6, 7, 8})
_MIRRORS_X: Final = frozenset({2, 3, 7, 8})
_MIRRORS_Y: Final = frozenset({3, 4, 6, 7})
_OF_ROTATION: Final = {
    (0, False): 1,
    (0, True): 2,
    (180, False): 3,
    (180, True): 4,
    (270, True): 5,
    (90, False): 6,
    (90, True): 7,
    (270, False): 8,
}
"""Orientations by clockwise degrees, and whether the picture is mirrored left to right before."""


@dataclass(frozen=True, slots=True)
class Display:
    """From the stored image to the displayed one: a crop `(left, top, width, height)`, relative, then a turn."""

    orientation: int = UPRIGHT
    crop: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)

    @classmethod
    def of(cls, asset: Mapping[str, Any]) -> "Display":
        """Return the display of an asset; nothing is turned where its facts name no orientation."""
        if asset.get("media_type") == "video":
            turn = (int(asset.get("rotation") or 0), bool(asset.get("is_mirrored")))
            orientation = _OF_ROTATION.get(turn, UPRIGHT)
        else:
            orientation = asset.get("orientation") or UPRIGHT
        width, height, shown = asset.get("stored_width"), asset.get("stored_height"), asset.get("clean_aperture")
        if not (shown and width and height):
            return cls(orientation)
        crop = (shown["left"] / width, shown["top"] / height, shown["width"] / width, shown["height"] / height)
        return cls(orientation, crop)

    def position(self, x: float, y: float) -> tuple[float, float]:
        """Return where a position of the stored image, relative, is displayed."""
        left, top, width, height = self.crop
        x, y = (x - left) / width, (y - top) / height
        x = 1 - x if self.orientation in _MIRRORS_X else x
        y = 1 - y if self.orientation in _MIRRORS_Y else y
        return (y, x) if self.orientation in _SIDEWAYS else (x, y)

    def lengths(self, across: float, down: float) -> tuple[float, float]:
        """Return lengths along the axes of the stored image along those of the displayed one."""
        across, down = across / self.crop[2], down / self.crop[3]
        return (down, across) if self.orientation in _SIDEWAYS else (across, down)


@dataclass(frozen=True, slots=True)
class Pixels:
    """Pixels of an image of `(width, height)`; `display` leads to the displayed image where they are stored ones."""

    size: Size
    display: Display | None = None

    def position(self, x: float, y: float) -> tuple[float, float]:
        """Return a position relative to the displayed image."""
        x, y = x / self.size[0], y / self.size[1]
        return self.display.position(x, y) if self.display else (x, y)

    def positions(self, points: Iterable[Sequence[float]]) -> list[list[float]]:
        """Return positions relative to the displayed image, as `[x, y]`."""
        if self.display is not None:
            return [list(self.position(x, y)) for x, y in points]
        width, height = self.size
        return [[x / width, y / height] for x, y in points]

    def lengths(self, across: float, down: float) -> tuple[float, float]:
        """Return lengths along both axes relative to the displayed image."""
        across, down = across / self.size[0], down / self.size[1]
        return self.display.lengths(across, down) if self.display else (across, down)

    def box(self, box: Sequence[float]) -> list[float]:
        """Return a box `[x, y, width, height]` relative to the displayed image."""
        x, y, width, height = box
        if self.display is None:
            return [x / self.size[0], y / self.size[1], width / self.size[0], height / self.size[1]]
        across, down = self.lengths(width, height)
        centre = self.position(x + width / 2, y + height / 2)
        return [centre[0] - across / 2, centre[1] - down / 2, across, down]
