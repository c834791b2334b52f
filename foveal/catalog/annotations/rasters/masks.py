"""Run-length encoded masks: decoded far enough to know their area and the box that they fill.

COCO counts run down the columns of the whole image and begin with background (cocoapi, `common/maskApi.c`). CVAT's
counts run along the rows of the shape's box (CVAT, "annotation format: masks").
"""

from collections.abc import Sequence
from typing import Annotated, Final, Literal, NamedTuple, Self

from pydantic import Field, ValidationInfo, model_validator

from foveal.catalog.annotations.rasters.mask_objects import MaskObject, check_present
from foveal.encoding import rle
from foveal.validation.models import Model
from foveal.validation.values import Number

_MAX_SIDE: Final = 2**31 - 1

Side = Annotated[int, Field(ge=1, le=_MAX_SIDE)]
RunLength = Annotated[int, Field(ge=0, le=2**53)]
Box = tuple[float, float, float, float]


class Mask(Model):
    """A mask of `[height, width]` pixels. `area` counts its pixels; `bbox_px` is where a CVAT mask's box lies.

    Large counts come back as `s3` and are read by `GET /v1/annotations/{annotation_id}/mask`.
    """

    encoding: Literal["coco_rle", "coco_rle_str", "cvat_rle"]
    size: Annotated[list[Side], Field(min_length=2, max_length=2)]
    counts: (
        Annotated[list[RunLength], Field(max_length=2_000_000)] | Annotated[str, Field(max_length=8_000_000)] | None
    ) = None
    s3: MaskObject | None = None
    area: Annotated[Number | None, Field(ge=0)] = None
    bbox_px: Annotated[list[Number] | None, Field(min_length=4, max_length=4)] = None

    @model_validator(mode="after")
    def _counted(self, info: ValidationInfo) -> Self:
        check_present("counts", self.counts, self.s3, info)
        return self


class Measure(NamedTuple):
    """The number of pixels in a mask, and their box `(x, y, width, height)` in pixels; all 0 for an empty mask."""

    area: int
    box: Box


def measure(mask: Mask) -> Measure:
    """Return area and box. Raises ValueError when the counts do not add up to the size, or the stated area is wrong."""
    if (mask.encoding == "coco_rle_str") is not isinstance(mask.counts, str):
        raise ValueError("mask.counts is text in coco_rle_str and a list of numbers in the other encodings")
    height, width = mask.size
    runs = rle.runs(mask.counts or [], height * width)
    if mask.encoding == "cvat_rle":
        if mask.bbox_px is None or [round(side) for side in mask.bbox_px[2:]] != [width, height]:
            raise ValueError("a mask in cvat_rle needs bbox_px with the width and height of its size")
        area, (y, x, box_height, box_width) = _measure(runs, width)
        box = (x + mask.bbox_px[0], y + mask.bbox_px[1], box_width, box_height)
    else:
        area, box = _measure(runs, height)
    if mask.area is not None and round(mask.area) != area:
        raise ValueError(f"mask.area is {mask.area:g}, but the mask has {area} pixels")
    return Measure(area, box)


def _measure(runs: Sequence[int], line: int) -> tuple[int, Box]:
    """Return the area, and the box as (across, along, …) for runs along lines of the given length."""
    area = position = 0
    first_line, last_line, first_along, last_along = None, 0, line, 0
    for number, run in enumerate(runs):
        if number % 2 and run:
            start, end = position, position + run - 1
            first_line = start // line if first_line is None else first_line
            last_line = end // line
            spans_lines = start // line != end // line
            first_along = min(first_along, 0 if spans_lines else start % line)
            last_along = max(last_along, line - 1 if spans_lines else end % line)
            area += run
        position += run
    if first_line is None:
        return 0, (0, 0, 0, 0)
    return area, (first_line, first_along, last_line - first_line + 1, last_along - first_along + 1)
