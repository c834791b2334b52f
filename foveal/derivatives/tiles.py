"""Tiles of a large picture: levels of half the size of the next one, cut into squares, as OpenSeadragon asks for them.

Level 0 is the smallest, which fits into one tile; the last is the full size (Deep Zoom begins at one pixel instead, so
that its levels are higher by 9).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from foveal.errors import Unprocessable

TILE_SIDE: Final = 512


@dataclass(frozen=True, slots=True)
class Tiles:
    """The tiles of a picture of `width` by `height` pixels as displayed."""

    width: int
    height: int

    @classmethod
    def of(cls, asset: Mapping[str, Any]) -> Self:
        """Return the tiles of an asset. Raises Unprocessable for one that is no still picture of known size."""
        width, height = asset.get("width"), asset.get("height")
        if asset.get("media_type") != "image" or not width or not height:
            raise Unprocessable("Only a picture whose size is known has tiles.")
        return cls(int(width), int(height))

    @property
    def levels(self) -> int:
        return max(0, math.ceil(math.log2(max(self.width, self.height) / TILE_SIDE))) + 1

    def size(self, level: int) -> tuple[int, int]:
        """Return the width and the height of a level, in its pixels."""
        scale = self._scale(level)
        return -(-self.width // scale), -(-self.height // scale)

    def count(self, level: int) -> tuple[int, int]:
        """Return how many tiles a level has across and down."""
        width, height = self.size(level)
        return -(-width // TILE_SIDE), -(-height // TILE_SIDE)

    def require(self, level: int, column: int, row: int) -> None:
        """Raise Unprocessable for a tile that the picture does not have."""
        if not 0 <= level < self.levels:
            raise Unprocessable(f"There is no level {level}: the picture has {self.levels}, counted from 0.")
        across, down = self.count(level)
        if not (0 <= column < across and 0 <= row < down):
            raise Unprocessable(f"There is no tile {column}, {row}: level {level} has {across} by {down}.")

    def box(self, level: int, column: int, row: int) -> tuple[float, float, float, float]:
        """Return the part `(left, top, right, bottom)` of the picture that a tile shows, relative to it."""
        step = TILE_SIDE * self._scale(level)
        right, bottom = min(self.width, (column + 1) * step), min(self.height, (row + 1) * step)
        return column * step / self.width, row * step / self.height, right / self.width, bottom / self.height

    def tile_size(self, level: int, column: int, row: int) -> tuple[int, int]:
        """Return the width and the height of a tile in pixels; those at the right and at the bottom are smaller."""
        width, height = self.size(level)
        return min(TILE_SIDE, width - column * TILE_SIDE), min(TILE_SIDE, height - row * TILE_SIDE)

    def _scale(self, level: int) -> int:
        return 1 << (self.levels - 1 - level)
