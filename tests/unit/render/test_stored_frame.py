"""Annotations in the frame of the stored pixels, turned as the image is; arrays are turned here by numpy alone."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco

from foveal.render.draw.colours import colour_of
from foveal.render.draw.raster import burned, casing_width, stroke_width
from foveal.render.draw.shapes import ImageGeometry, Style, enclosing_box, shapes
from tests.unit.render import reference
from tests.unit.render.test_burn import BACKGROUND, is_coloured, is_painted, untouched

STORED = (1200, 800)
COLOUR = colour_of(None, {})
TURNED: dict[int, Callable[[Any], Any]] = {
    1: lambda stored: stored,
    2: np.fliplr,
    3: lambda stored: np.rot90(stored, 2),
    4: np.flipud,
    5: np.transpose,
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: np.rot90(np.transpose(stored), 2),
    8: np.rot90,
}
"""What a viewer does with stored pixels (Exif 2.32): 6 is a quarter turn clockwise, 8 one counter-clockwise."""


def picture(orientation: int, stored: tuple[int, int] = STORED) -> ImageGeometry:
    width, height = reversed(stored) if orientation >= 5 else stored
    facts = {"width": width, "height": height, "stored_width": stored[0], "stored_height": stored[1]}
    return ImageGeometry.of({**facts, "orientation": orientation})


def drawn(orientation: int, annotation: dict[str, Any]) -> np.ndarray[Any, Any]:
    lies_on = picture(orientation)
    canvas = Image.new("RGB", lies_on.size, BACKGROUND)
    found = [{"_id": "1", "coordinate_frame": "stored", **annotation}]
    return np.asarray(burned(canvas, shapes(found, canvas.size, Style(), lies_on))).astype(int)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_box_of_the_stored_pixels_is_drawn_where_they_are_displayed(orientation: int) -> None:
    box = (180.0, 120.0, 400.0, 140.0)
    relative = [box[0] / 1200, box[1] / 800, box[2] / 1200, box[3] / 800]
    pixels = drawn(orientation, {"type": "detection", "bbox": relative, "rotation": 20})
    away = TURNED[orientation](reference.distance(reference.turned(box, 20), *STORED))
    stroke = stroke_width(picture(orientation).size)
    on, off = away < stroke / 2 - 0.99, away > stroke / 2 + casing_width(stroke) + 1.5
    assert on.any()
    assert is_painted(pixels, COLOUR)[on].all()
    assert untouched(pixels)[off].all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("encoding", ["coco_rle_str", "cvat_rle"])
def test_mask_of_the_stored_pixels_covers_exactly_its_own(orientation: int, encoding: str) -> None:
    x, y = reference.centres(*STORED)
    mask = (((x - 180) / 150) ** 2 + ((y - 120) / 60) ** 2 < 1) | ((x > 450) & (y > 300) & (x + y < 900))
    found: dict[str, Any] = {"encoding": encoding, "size": [800, 1200]}
    if encoding == "cvat_rle":
        left, top, right, bottom = 20, 50, 560, 390
        flat = mask[top:bottom, left:right].reshape(-1)
        edges = np.flatnonzero(np.diff(np.concatenate(([False], flat, [False]))))
        found["counts"] = np.diff(np.concatenate(([0], edges, [flat.size]))).tolist()
        found["size"], found["bbox_px"] = [bottom - top, right - left], [left, top, right - left, bottom - top]
        inside = np.zeros_like(mask)
        inside[top:bottom, left:right] = mask[top:bottom, left:right]
        mask = inside
    else:
        found["counts"] = coco.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()
    pixels = drawn(orientation, {"type": "mask", "mask": found})
    shown = TURNED[orientation](mask)
    assert is_coloured(pixels, COLOUR, 115 / 255)[shown].all()
    assert untouched(pixels)[~shown].all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_crop_is_cut_where_the_stored_pixels_are_displayed(orientation: int) -> None:
    annotation = {"_id": "1", "type": "detection", "bbox": [0.5, 0.25, 0.25, 0.5], "coordinate_frame": "stored"}
    shown = TURNED[orientation](np.pad(np.ones((400, 300), bool), ((200, 200), (600, 300))))
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    height, width = shown.shape
    expected = (columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height)
    assert enclosing_box(annotation, picture(orientation), 0.0) == pytest.approx(expected)


def test_quarter_turn_of_a_video_moves_its_annotations_with_it() -> None:
    lies_on = ImageGeometry.of({"media_type": "video", "width": 800, "height": 1200, "rotation": 90})
    assert lies_on == picture(6)
