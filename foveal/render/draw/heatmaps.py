"""Heatmaps on a canvas: a soft mask in the colour of its label, the more opaque the hotter."""

import base64
import math
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from foveal.catalog.annotations.rasters.heatmap_cells import DEFAULT_RANGES, FORMATS, MAX_CELLS
from foveal.errors import Unrenderable
from foveal.render.decode import orientation

Box = tuple[float, float, float, float]


class HeatmapRaster:
    """A grid of values over a part `(left, top, right, bottom)` of the image, relative, as displayed."""

    def __init__(self, heat: Image.Image, box: Box) -> None:
        self._heat, self.box = heat, box

    @classmethod
    def of(cls, grid: Mapping[str, Any], box: Box, turn: int = orientation.UPRIGHT) -> "HeatmapRaster":
        """Read the `map` of an annotation over a part of the image, stored with `turn`.

        Raises Unrenderable for values that cannot be read or do not fill the grid.
        """
        try:
            height, width = (int(each) for each in grid["size"])
            dtype = np.dtype(f"<{FORMATS[grid['dtype']]}")
            if not (height > 0 and 0 < height * width <= MAX_CELLS):
                raise Unrenderable("A heatmap is too large to be drawn here.")
            size_bytes = height * width * dtype.itemsize
            raw = zlib.decompressobj().decompress(base64.b64decode(grid["values"], validate=True), size_bytes)
            values = np.frombuffer(raw, dtype).reshape(height, width).astype(np.float32)
            low, high = (float(each) for each in grid.get("range") or DEFAULT_RANGES[grid["dtype"]])
        except (KeyError, TypeError, ValueError, zlib.error):
            raise Unrenderable("The values of a heatmap cannot be read.") from None
        spread = (values - low) / ((high - low) or 1.0)
        heat = Image.fromarray((np.clip(np.nan_to_num(spread), 0.0, 1.0) * 255 + 0.5).astype(np.uint8), "L")
        one, other = (orientation.displayed(corner, turn) for corner in (box[:2], box[2:]))
        shown = (min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1]))
        return cls(orientation.upright(heat, turn), shown)

    def cover(self, canvas: tuple[int, int]) -> tuple[Image.Image, tuple[int, int]] | None:
        """Return the heat of each pixel of a canvas (mode L, 0 to 255), and the position of its corner."""
        width, height = canvas
        left, top = max(0, math.floor(self.box[0] * width)), max(0, math.floor(self.box[1] * height))
        right, bottom = min(width, math.ceil(self.box[2] * width)), min(height, math.ceil(self.box[3] * height))
        if right <= left or bottom <= top:
            return None
        return self._heat.resize((right - left, bottom - top), Image.Resampling.BILINEAR), (left, top)

    def thumbnail(self, side: int) -> Image.Image:
        """Return the heat as a picture of its own (mode L), no larger than `side`."""
        heat = self._heat.copy()
        heat.thumbnail((side, side), Image.Resampling.BOX)
        return heat
