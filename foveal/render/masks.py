"""Masks as COCO run-length encodings: column-major runs, background first, over the whole image.

Rules from cocoapi (`common/maskApi.c`): counts as a list, or packed five bits a character, each from the third on as
the difference to the count two before it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from foveal.render.errors import Unrenderable

MOST_PIXELS: Final = 512 * 1024 * 1024
Mask = np.ndarray[Any, np.dtype[np.bool_]]


def decoded(mask: Mapping[str, Any]) -> Mask:
    """Return a mask `{"size": [height, width], "counts": […] or "…"}` as booleans (height, width).

    Raises Unrenderable for runs that do not add up to the size.
    """
    height, width = _size(mask)
    starts, ends = _foreground(_counts(mask["counts"]), height * width)
    edges = np.zeros(height * width + 1, np.int8)
    np.add.at(edges, starts, 1)
    np.add.at(edges, ends, -1)
    return np.cumsum(edges[:-1], dtype=np.int8).astype(bool).reshape((width, height)).T


def whole_image(mask: Mapping[str, Any], size: tuple[int, int]) -> dict[str, Any]:
    """Return a CVAT mask (rows within its box, `bbox_px`) as a COCO mask over an image of `(width, height)`.

    Raises Unrenderable for runs that do not add up, and for a box outside of the image.
    """
    height, width = _size(mask)
    starts, ends = _foreground(_counts(mask["counts"]), height * width)
    inside = np.zeros(height * width, bool)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        inside[start:end] = True
    left, top = (round(each) for each in mask["bbox_px"][:2])
    if left < 0 or top < 0 or left + width > size[0] or top + height > size[1]:
        raise Unrenderable("The box of a mask lies outside of the image.")
    image = np.zeros((size[1], size[0]), bool)
    image[top : top + height, left : left + width] = inside.reshape(height, width)
    flat = image.T.reshape(-1)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flat, [False]))))
    counts = np.diff(np.concatenate(([0], edges, [flat.size])))
    return {"encoding": "coco_rle", "size": [size[1], size[0]], "counts": counts.tolist()}


def rectangles(mask: Mapping[str, Any]) -> Iterator[tuple[int, int, int, int]]:
    """Yield `(x, y, width, height)` that cover the mask exactly, without overlap and without decoding it.

    Runs of neighbouring columns with the same rows are one rectangle. Raises Unrenderable as `decoded` does.
    """
    height, width = _size(mask)
    open_at: dict[tuple[int, int], int] = {}
    for x, column in _columns(_counts(mask["counts"]), height, width):
        for run, since in list(open_at.items()):
            if run not in column:
                yield since, run[0], x - since, run[1] - run[0]
                del open_at[run]
        for run in column:
            open_at.setdefault(run, x)
    for run, since in open_at.items():
        yield since, run[0], width - since, run[1] - run[0]


def _columns(counts: Sequence[int], height: int, width: int) -> Iterator[tuple[int, set[tuple[int, int]]]]:
    """Yield each column with its runs `(top, bottom)`; an empty column closes what was open before it."""
    columns: dict[int, set[tuple[int, int]]] = {}
    starts, ends = _foreground(counts, height * width)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        while start < end:
            x, top = divmod(start, height)
            bottom = min(height, top + end - start)
            columns.setdefault(x, set()).add((top, bottom))
            start += bottom - top
    previous = -1
    for x in sorted(columns):
        if previous >= 0 and x > previous + 1:
            yield previous + 1, set()
        yield x, columns[x]
        previous = x
    if 0 <= previous < width - 1:
        yield previous + 1, set()


def _foreground(counts: Sequence[int], pixels: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    if any(count < 0 for count in counts) or sum(counts) != pixels:
        raise Unrenderable("The runs of a mask do not add up to its size.")
    edges = np.cumsum(np.asarray(counts, np.int64))
    return edges[0::2][: len(counts) // 2], edges[1::2]


def _counts(counts: Any) -> Sequence[int]:
    if isinstance(counts, str | bytes):
        return _unpacked(counts.encode() if isinstance(counts, str) else counts)
    if isinstance(counts, Sequence) and all(isinstance(each, int) for each in counts):
        return counts
    raise Unrenderable("The runs of a mask cannot be read.")


def _unpacked(text: bytes) -> list[int]:
    counts: list[int] = []
    value = shift = 0
    for character in text:
        bits = character - 48
        if not 0 <= bits < 64 or shift > 60:
            raise Unrenderable("The runs of a mask cannot be read.")
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
        value = shift = 0
    return counts


def _size(mask: Mapping[str, Any]) -> tuple[int, int]:
    try:
        height, width = (int(each) for each in mask["size"])
    except (KeyError, TypeError, ValueError):
        raise Unrenderable("The size of a mask cannot be read.") from None
    if not 0 < height * width <= MOST_PIXELS or height < 1:
        raise Unrenderable("A mask is too large to be drawn here.")
    return height, width
