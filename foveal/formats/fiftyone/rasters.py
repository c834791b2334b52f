"""Rasters of FiftyOne in the words of the annotation model: instance masks in their box, class masks, heatmaps."""

import base64
import math
import re
import zlib
from array import array as samples_of
from collections.abc import Sequence
from typing import Any, Final

from foveal.formats.base.files.json_records import BadRecord
from foveal.formats.base.geometry.masks import MAX_PIXELS, transposed
from foveal.formats.fiftyone.npy import Array

MAX_CLASSES: Final = 1_000
_SET: Final = re.compile(rb"[^\0]+")
_MAP_TYPES: Final = {"u1": "uint8", "u2": "uint16", "f4": "float32"}


def plane(array: Array) -> tuple[int, int, Sequence[int]]:
    """Return height, width and one number a pixel; of three channels R * 65536 + G * 256 + B. Raises BadRecord."""
    if len(array.shape) not in (2, 3) or 0 in array.shape or array.shape[0] * array.shape[1] > MAX_PIXELS:
        raise BadRecord(f"its mask has the shape {array.shape}")
    height, width = array.shape[:2]
    channels = array.shape[2] if len(array.shape) == 3 else 1
    if array.type in ("b1", "u1"):
        samples: Sequence[int] = array.data
    elif array.type[0] in "uif":
        numbers = array.numbers()
        if not all(math.isfinite(each) and 0 <= each < 2**63 and each == int(each) for each in numbers):
            raise BadRecord("its mask has values that are no classes")
        samples = samples_of("I" if max(numbers, default=0) < 2**32 else "Q", map(int, numbers))
    else:
        raise BadRecord(f"its mask has values of the kind {array.type}")
    if channels == 1:
        return height, width, samples
    if channels not in (3, 4):
        raise BadRecord(f"its mask has {channels} channels")
    red, green, blue = (samples[channel::channels] for channel in range(3))
    return height, width, samples_of("I", (r << 16 | g << 8 | b for r, g, b in zip(red, green, blue, strict=True)))


def box_mask(array: Array, box: Sequence[float], sides: tuple[int, int]) -> tuple[dict[str, Any], bool]:
    """Return an instance mask that fills a relative box as CVAT's runs, and whether it had to be scaled to the pixels.

    FiftyOne cuts masks out between rounded edges, so that an array may be one pixel wider than the box.
    """
    height, width, samples = plane(array)
    if not all(math.isfinite(number * side) for number, side in zip(box, (*sides, *sides), strict=True)):
        raise BadRecord("its box has numbers that no image has pixels for")
    left, top = round(box[0] * sides[0]), round(box[1] * sides[1])
    wanted_width, wanted_height = box[2] * sides[0], box[3] * sides[1]
    is_scaled = abs(width - wanted_width) > 1.001 or abs(height - wanted_height) > 1.001
    if is_scaled:
        to_width, to_height = max(1, round(wanted_width)), max(1, round(wanted_height))
        if to_width * to_height > MAX_PIXELS:
            raise BadRecord(f"its box of {to_width} x {to_height} pixels is too large for a mask")
        columns = [column * width // to_width for column in range(to_width)]
        rows = [row * height // to_height * width for row in range(to_height)]
        samples = bytes(bool(samples[row + column]) for row in rows for column in columns)
        width, height = to_width, to_height
    counts = row_runs(samples)
    mask = {"encoding": "cvat_rle", "size": [height, width], "counts": counts, "bbox_px": [left, top, width, height]}
    return mask, is_scaled


def class_masks(array: Array) -> dict[int, dict[str, Any]]:
    """Return the mask of each class over the whole image as COCO's runs, by its number; 0 is background.

    Raises BadRecord for more than MAX_CLASSES classes.
    """
    height, width, samples = plane(array)
    classes = sorted(set(samples) - {0})
    if len(classes) > MAX_CLASSES:
        raise BadRecord(f"its mask has more than {MAX_CLASSES} classes")
    found = {}
    for number in classes:
        if isinstance(samples, bytes):
            table = bytearray(256)
            table[number] = 1
            chosen = samples.translate(bytes(table))
        else:
            chosen = bytes(each == number for each in samples)
        counts = transposed(row_runs(chosen), width, height)
        found[number] = {"encoding": "coco_rle", "size": [height, width], "counts": counts}
    return found


def row_runs(samples: Sequence[int]) -> list[int]:
    """Return the runs of values along the rows, zeros first."""
    pixels = samples if isinstance(samples, bytes) else bytes(map(bool, samples))
    counts, position = [], 0
    for found in _SET.finditer(pixels):
        counts += [found.start() - position, found.end() - found.start()]
        position = found.end()
    if position < len(pixels) or not counts:
        counts.append(len(pixels) - position)
    return counts


def heatmap(array: Array, given_range: Any) -> dict[str, Any]:
    """Return a map of the annotation model; 64-bit and 16-bit floats become 32-bit ones. Raises BadRecord."""
    if len(array.shape) != 2 or 0 in array.shape:
        raise BadRecord(f"its map has the shape {array.shape}")
    if array.type in ("f8", "f2"):
        array = Array("f4", array.shape, samples_of("f", array.numbers()).tobytes())
    if array.type not in _MAP_TYPES:
        raise BadRecord(f"its map has values of the kind {array.type}")
    if array.type == "f4" and not all(map(math.isfinite, array.numbers())):
        raise BadRecord("its map has values that are not finite")
    values = base64.b64encode(zlib.compress(array.data)).decode()
    found = {"dtype": _MAP_TYPES[array.type], "size": list(array.shape), "values": values}
    return found | ({"range": given_range} if isinstance(given_range, list) else {})
