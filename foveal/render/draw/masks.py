"""Masks on a canvas, decoded from their runs in strips of a few megapixels.

The runs of a COCO mask lie along the columns of the whole image, those of a CVAT mask along the rows of its box. Both
are read as rows; a COCO mask is then turned as an image that is stored transposed.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from PIL import Image

from foveal.encoding import rle
from foveal.errors import Unrenderable
from foveal.render.decode import orientation

MAX_PIXELS: Final = 2**31
STRIP_CELLS: Final = 16 * 1024 * 1024

Grid = np.ndarray[Any, Any]
Box = tuple[float, float, float, float]
RunSpan = tuple[int, int]


class MaskRaster:
    """The mask of an annotation over an image of `size`, its width and height in the mask's own pixels as displayed."""

    def __init__(
        self, starts: Grid, ends: Grid, row: int, at: tuple[int, int], grid: tuple[int, int], turns: Sequence[int]
    ) -> None:
        self._starts, self._ends, self._row, self._at, self._grid, self._turns = starts, ends, row, at, grid, turns

    @classmethod
    def of(cls, mask: Mapping[str, Any], image_size: tuple[int, int], turn: int = orientation.UPRIGHT) -> "MaskRaster":
        """Read a mask of the catalog. `image_size` is that of the image in which a CVAT mask's box lies.

        `turn` is the orientation of the image where the mask is one of the stored pixels. Raises Unrenderable for runs
        that cannot be read or do not add up, and for a box that lies outside of the image.
        """
        height, width = _size(mask)
        try:
            runs = np.asarray(rle.runs(mask["counts"], height * width), np.int64)
        except (KeyError, TypeError, ValueError, OverflowError):
            raise Unrenderable("The runs of a mask cannot be read.") from None
        edges = np.cumsum(runs)
        starts, ends = edges[0::2][: len(runs) // 2], edges[1::2]
        filled = ends > starts
        starts, ends = starts[filled], ends[filled]
        if mask.get("encoding") != "cvat_rle":
            return cls(starts, ends, height, (0, 0), (height, width), (orientation.TRANSPOSED, turn))
        left, top = _corner(mask)
        if left < 0 or top < 0 or left + width > image_size[0] or top + height > image_size[1]:
            raise Unrenderable("The box of a mask lies outside of the image.")
        return cls(starts, ends, width, (left, top), image_size, (turn,))

    @property
    def size(self) -> tuple[int, int]:
        return self._displayed_size(self._grid)

    @property
    def bounds(self) -> Box | None:
        """Return `(left, top, right, bottom)` in pixels of the mask, None for one that is empty."""
        box = self._box()
        return None if box is None else self._displayed(*box)

    def cover(self, canvas: tuple[int, int]) -> tuple[Image.Image, tuple[int, int]] | None:
        """Return the coverage of each pixel of a canvas (mode L, 0 to 255), and the position of its corner.

        None for an empty mask.
        """
        box = self._box()
        if box is None:
            return None
        width, height = self._displayed_size(canvas)
        across, down = self._grid[0] / width, self._grid[1] / height
        left, right = math.floor(box[0] / across), min(width, math.ceil(box[2] / across))
        top, bottom = math.floor(box[1] / down), min(height, math.ceil(box[3] / down))
        cover = Image.new("L", (right - left, bottom - top))
        first, last = math.floor(left * across), min(self._grid[0], math.ceil(right * across))
        step = max(1, int(STRIP_CELLS / (max(self._row, last - first) * max(1.0, down))))
        for start in range(top, bottom, step):
            end = min(bottom, start + step)
            above, below = math.floor(start * down), min(self._grid[1], math.ceil(end * down))
            cells = Image.fromarray(self._cells(first, above, last, below), "L")
            part = (
                left * across - first,
                start * down - above,
                min(right * across - first, cells.width),
                min(end * down - above, cells.height),
            )
            cover.paste(cells.resize((right - left, end - start), Image.Resampling.BOX, box=part), (0, start - top))
        corners = self._displayed(left, top, right, bottom, (width, height))
        for turn in self._turns:
            cover = orientation.upright(cover, turn)
        return cover, (round(corners[0]), round(corners[1]))

    def rectangles(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield `(x, y, width, height)` that cover the mask exactly, without overlap and without decoding it.

        Runs of neighbouring rows with the same ends are one rectangle.
        """
        for left, top, right, bottom in self._blocks():
            x, y, end_x, end_y = self._displayed(left, top, right, bottom)
            yield round(x), round(y), round(end_x - x), round(end_y - y)

    def _blocks(self) -> Iterator[tuple[int, int, int, int]]:
        open_at: dict[RunSpan, int] = {}
        left, previous = self._at[0], -1
        for y, runs in self._rows():
            for run, since in list(open_at.items()):
                if run not in runs or y > previous + 1:
                    yield left + run[0], since, left + run[1], previous + 1
                    del open_at[run]
            for run in runs:
                open_at.setdefault(run, y)
            previous = y
        for run, since in open_at.items():
            yield left + run[0], since, left + run[1], previous + 1

    def _rows(self) -> Iterator[tuple[int, set[RunSpan]]]:
        """Yield each row that is not empty with its runs, from the top."""
        current, runs = -1, set[RunSpan]()
        for start, end in zip(self._starts.tolist(), self._ends.tolist(), strict=True):
            while start < end:
                y, left = divmod(start, self._row)
                right = min(self._row, left + end - start)
                if y != current:
                    if runs:
                        yield self._at[1] + current, runs
                    current, runs = y, set()
                runs.add((left, right))
                start += right - left
        if runs:
            yield self._at[1] + current, runs

    def _box(self) -> tuple[int, int, int, int] | None:
        """Return the box of the runs as stored: left, top, right, bottom."""
        if not len(self._starts):
            return None
        first, last = self._starts // self._row, (self._ends - 1) // self._row
        is_several = first != last
        left = 0 if is_several.any() else int((self._starts % self._row).min())
        right = self._row if is_several.any() else int(((self._ends - 1) % self._row).max()) + 1
        x, y = self._at
        return x + left, y + int(first[0]), x + right, y + int(last[-1]) + 1

    def _cells(self, left: int, top: int, right: int, bottom: int) -> Grid:
        """Return a part of the stored grid, 0 or 255; it may reach beyond the runs' own box."""
        cells = np.zeros((bottom - top, right - left), np.uint8)
        x, y = self._at
        height = -(-int(self._ends[-1]) // self._row)
        first, last = max(top - y, 0), min(bottom - y, height)
        begin, end = max(left - x, 0), min(right - x, self._row)
        if last <= first or end <= begin:
            return cells
        low, high = first * self._row, last * self._row
        chosen = slice(np.searchsorted(self._ends, low, "right"), np.searchsorted(self._starts, high, "left"))
        edges = np.zeros(high - low + 1, np.int8)
        edges[np.maximum(self._starts[chosen] - low, 0)] = 1
        edges[np.minimum(self._ends[chosen], high) - low] -= 1
        rows = np.cumsum(edges[:-1], dtype=np.int8).reshape(last - first, self._row)[:, begin:end]
        cells[first + y - top : last + y - top, begin + x - left : end + x - left] = rows.view(np.uint8) * 255
        return cells

    def _displayed_size(self, size: tuple[int, int]) -> tuple[int, int]:
        for turn in self._turns:
            size = orientation.turned_size(size, turn)
        return size

    def _displayed(
        self, left: int, top: int, right: int, bottom: int, size: tuple[int, int] | None = None
    ) -> tuple[float, float, float, float]:
        size = size or self._grid
        one, other = (float(left), float(top)), (float(right), float(bottom))
        for turn in self._turns:
            one, other = (orientation.displayed(each, turn, size) for each in (one, other))
            size = orientation.turned_size(size, turn)
        return min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1])


def _size(mask: Mapping[str, Any]) -> tuple[int, int]:
    try:
        height, width = (int(each) for each in mask["size"])
    except (KeyError, TypeError, ValueError):
        raise Unrenderable("The size of a mask cannot be read.") from None
    if height < 1 or not 0 < height * width <= MAX_PIXELS:
        raise Unrenderable("A mask is too large to be drawn here.")
    return height, width


def _corner(mask: Mapping[str, Any]) -> tuple[int, int]:
    try:
        left, top = (round(each) for each in mask["bbox_px"][:2])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Unrenderable("The box of a mask cannot be read.") from None
    return left, top
