"""Run-length masks of formats: CVAT's runs along the rows of a box, COCO's runs down the columns of the whole image.

Runs alternate between background and foreground and begin with background (CVAT, "XML annotation format", `mask`;
cocoapi, `common/maskApi.c`). Conversions are exact in both directions.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

MAX_PIXELS: Final = 2**26
"""Pixels of the box of a mask that is converted: it is laid out once, a byte a pixel."""

Box = tuple[int, int, int, int]


def coco_runs(counts: Sequence[int], box: Box, size: tuple[int, int]) -> list[int]:
    """Return the runs down the columns of an image for CVAT's runs along the rows of a box.

    `box` is `(left, top, width, height)`, `size` the `(height, width)` of the image, all in pixels; pixels outside
    the image are left out. Raises ValueError when the counts do not fill the box, or the box is too large.
    """
    left, top, width, height = box
    image_height, image_width = size
    columns = transposed(counts, width, height)
    return _joined(
        (
            (left + column, max(top + start, 0), min(top + end, image_height))
            for column, start, end in _pieces(columns, height)
            if 0 <= left + column < image_width and top + end > 0 and top + start < image_height
        ),
        image_height,
        image_width,
    )


def cvat_runs(counts: Sequence[int], size: tuple[int, int]) -> tuple[list[int], Box]:
    """Return CVAT's runs along the rows of the smallest box, and the box `(left, top, width, height)`.

    `counts` are COCO's runs down the columns of an image of `size` `(height, width)`. Raises ValueError when the
    counts do not fill the image, the mask is empty (CVAT has no box for it), or its box is too large.
    """
    image_height, image_width = size
    _check(counts, image_height * image_width)
    if sum(counts[1::2]) > MAX_PIXELS:
        raise ValueError(f"the mask has more than {MAX_PIXELS} pixels")
    pieces = list(_pieces(counts, image_height))
    if not pieces:
        raise ValueError("the mask is empty")
    left, right = pieces[0][0], pieces[-1][0] + 1
    top, bottom = min(start for _, start, _ in pieces), max(end for _, _, end in pieces)
    width, height = right - left, bottom - top
    inside = _joined(((column - left, start - top, end - top) for column, start, end in pieces), height, width)
    return transposed(inside, height, width), (left, top, width, height)


def transposed(counts: Sequence[int], length: int, lines: int) -> list[int]:
    """Return the runs of a mask across its lines, from its runs along `lines` lines of `length` pixels.

    Raises ValueError when the counts do not add up, or there are more than MAX_PIXELS pixels.
    """
    if length * lines > MAX_PIXELS:
        raise ValueError(f"a box of {length} x {lines} pixels is larger than {MAX_PIXELS} pixels")
    _check(counts, length * lines)
    pixels = bytearray(length * lines)
    position = 0
    for number, run in enumerate(counts):
        if number % 2:
            pixels[position : position + run] = b"\1" * run
        position += run
    across = ((place, bytes(pixels[place::length])) for place in range(length))
    return _joined(((place, *piece) for place, line in across for piece in _foreground(line)), lines, length)


def _check(counts: Sequence[int], pixels: int) -> None:
    if any(run < 0 for run in counts) or sum(counts) != pixels:
        raise ValueError(f"the counts of the mask add up to {sum(counts)} pixels, not to {pixels}")


def _foreground(line: bytes) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of each run of foreground in a line of a byte a pixel."""
    start = line.find(1)
    while start >= 0:
        end = line.find(0, start)
        if end < 0:
            end = len(line)
        yield start, end
        start = line.find(1, end)


def _pieces(counts: Sequence[int], length: int) -> Iterator[tuple[int, int, int]]:
    """Yield the foreground of each line as `(line, start, end)`, for runs along lines of `length` pixels."""
    position = 0
    for number, run in enumerate(counts):
        end = position + run
        if number % 2:
            while position < end:
                line, start = divmod(position, length)
                stop = min(end, (line + 1) * length)
                yield line, start, start + stop - position
                position = stop
        position = end


def _joined(pieces: Iterable[tuple[int, int, int]], length: int, lines: int) -> list[int]:
    """Return the runs along `lines` lines of `length` pixels whose foreground is the pieces, in their order."""
    counts = [0]
    position = 0
    for line, start, end in pieces:
        gap = line * length + start - position
        if gap or len(counts) == 1:
            counts[-1] += gap
            counts.append(0)
        else:
            counts.pop()
        counts[-1] += end - start
        position = line * length + end
        counts.append(0)
    counts[-1] += length * lines - position
    if counts[-1] == 0 and len(counts) > 1:
        counts.pop()
    return counts
