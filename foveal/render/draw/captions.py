"""Captions drawn into a picture: on the colour of their label, without overlap, in a font size for the picture."""

import functools
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
from fontpkg_noto_sans import ROOT
from PIL import Image, ImageDraw, ImageFont

from foveal.render.draw.colours import text_on
from foveal.render.draw.shapes import Shape

FONT: Final = (ROOT / "files" / "NotoSans[wdth,wght].ttf").read_bytes()
"""In memory, because the process of a drawing opens no files."""
WEIGHT: Final = 600
WIDTH: Final = 100
MIN_FONT_SIZE: Final = 11
PER_SIDE: Final = 60
"""Lines of text that fit along the longer side, so that captions look the same at every picture size."""
MAX_COVERED_SHARE: Final = 0.2
"""The share of the picture that captions may hide; above it letters become smaller, then captions are left out."""
CELL: Final = 4
Rectangle = tuple[int, int, int, int]


def write(canvas: Image.Image, shapes: Iterable[Shape]) -> None:
    """Write the captions of shapes. Of many the letters are smaller; one that finds no free place is left out."""
    written = [shape for shape in shapes if shape.caption]
    font = _fitting(written, canvas.size)
    taken = np.zeros((-(-canvas.height // CELL), -(-canvas.width // CELL)), bool)
    maximum = taken.size * MAX_COVERED_SHARE
    covered = 0
    for shape in written:
        if covered > maximum:
            break
        for place in _places(shape, *_extent(font, shape.caption), canvas.size):
            cells = taken[_cells(place)]
            if not cells.any():
                cells[:] = True
                covered += cells.size
                _paint(canvas, shape, place, font)
                break


def _fitting(shapes: Sequence[Shape], size: tuple[int, int]) -> ImageFont.FreeTypeFont:
    """Return the font in the size in which all captions hide no more than they may, or in the smallest."""
    default = max(MIN_FONT_SIZE, round(max(size) / PER_SIDE))
    area = sum(math.prod(_extent(_font(default), shape.caption)) for shape in shapes)
    maximum = size[0] * size[1] * MAX_COVERED_SHARE
    return _font(default if area <= maximum else max(MIN_FONT_SIZE, math.floor(default * math.sqrt(maximum / area))))


def _places(shape: Shape, width: int, height: int, size: tuple[int, int]) -> Iterator[Rectangle]:
    """Yield the possible rectangles of a caption, the best first: corners outside, then inside, else from the top."""
    if shape.bounds is None:
        corners = [(0, line) for line in range(0, max(1, size[1] - height), height)]
    else:
        left, top, right, bottom = (round(each) for each in shape.bounds)
        corners = [
            (left, top - height),
            (left, bottom),
            (left, top),
            (right - width, top - height),
            (right - width, bottom),
            (right, top),
            (left - width, top),
            (right - width, bottom - height),
        ]
    for x, y in corners:
        x, y = max(0, min(x, size[0] - width)), max(0, min(y, size[1] - height))
        yield x, y, x + width, y + height


def _cells(place: Rectangle) -> tuple[slice, slice]:
    left, top, right, bottom = place
    return slice(top // CELL, -(-bottom // CELL)), slice(left // CELL, -(-right // CELL))


def _paint(canvas: Image.Image, shape: Shape, place: Rectangle, font: ImageFont.FreeTypeFont) -> None:
    left, top, right, bottom = place
    pen = ImageDraw.Draw(canvas)
    pen.rectangle((left, top, right - 1, bottom - 1), fill=shape.colour)
    pen.text((left + _pad(font), (top + bottom) / 2), shape.caption, fill=text_on(shape.colour), font=font, anchor="lm")


def _extent(font: ImageFont.FreeTypeFont, text: str) -> tuple[int, int]:
    return math.ceil(font.getlength(text)) + 2 * _pad(font), math.ceil(font.size * 1.2)


def _pad(font: ImageFont.FreeTypeFont) -> int:
    return max(2, round(font.size / 5))


@functools.lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(io.BytesIO(FONT), size)
    font.set_variation_by_axes([WEIGHT, WIDTH])
    return font
