"""Heatmaps: one number for each cell of a grid over the image, for example an activation or a saliency map.

The values are `size[0]` rows of `size[1]` numbers of a `dtype`, little-endian, as zlib (RFC 1950) in base64: what
`base64.b64encode(zlib.compress(map.astype("<f4").tobytes()))` gives for a NumPy array. The grid may be coarser than the
image; it covers all of it, or the `bbox` of the annotation.
"""

import base64
import math
import struct
import zlib
from typing import Annotated, Final, Literal, Self

from pydantic import Field, ValidationInfo, model_validator

from foveal.catalog.annotations.rasters.heatmap_cells import DEFAULT_RANGES, FORMATS, MAX_CELLS
from foveal.catalog.annotations.rasters.mask_objects import MaskObject, check_present
from foveal.catalog.annotations.rasters.masks import Side
from foveal.validation.models import Model
from foveal.validation.values import Number

_PIECE: Final = 2**20  # bytes; whole cells of every dtype


class HeatmapGrid(Model):
    """A grid of `[height, width]` cells.

    `range` is what is shown as coldest and as hottest: that of the dtype, 0 to 1 for float32, when it is not given.
    Large values come back as `s3` and are read by `GET /v1/annotations/{annotation_id}/map`.
    """

    dtype: Literal["uint8", "uint16", "float32"]
    size: Annotated[list[Side], Field(min_length=2, max_length=2)]
    values: Annotated[str | None, Field(max_length=8_000_000)] = None
    s3: MaskObject | None = None
    range: Annotated[list[Number] | None, Field(min_length=2, max_length=2)] = None

    @model_validator(mode="after")
    def _whole(self, info: ValidationInfo) -> Self:
        check_present("values", self.values, self.s3, info)
        if self.size[0] * self.size[1] > MAX_CELLS:
            raise ValueError(f"a heatmap has {MAX_CELLS} cells at most; send a coarser one")
        if self.range is not None and self.range[0] > self.range[1]:
            raise ValueError("range is [least, greatest]")
        return self


def shown_range(grid: HeatmapGrid) -> list[float]:
    """Return the values shown as coldest and hottest."""
    return grid.range or list(DEFAULT_RANGES[grid.dtype])


def check(grid: HeatmapGrid) -> None:
    """Raise ValueError when the values are not finite numbers, one for each cell; decompresses no more than these."""
    cell = struct.calcsize(FORMATS[grid.dtype])
    expected = grid.size[0] * grid.size[1] * cell
    stream = zlib.decompressobj()
    try:
        raw = stream.decompress(base64.b64decode(grid.values or "", validate=True), expected + 1)
    except (zlib.error, ValueError):
        raise ValueError("map.values is not zlib in base64") from None
    if not stream.eof or len(raw) != expected:
        raise ValueError(f"map.values must be {cell} bytes for each of {grid.size[0]} x {grid.size[1]} cells")
    if grid.dtype == "float32" and not all(_are_finite(raw[at : at + _PIECE]) for at in range(0, expected, _PIECE)):
        raise ValueError("map.values must be finite numbers")


def _are_finite(raw: bytes) -> bool:
    """The sum of float32 numbers in float64 cannot overflow, so that it is finite exactly when all of them are."""
    return math.isfinite(sum(struct.unpack(f"<{len(raw) // 4}f", raw)))
