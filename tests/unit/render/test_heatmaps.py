"""Heatmaps, as pixels and as SVG."""

import base64
import io
import re
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from foveal.errors import Unrenderable
from foveal.render.draw.colours import colour_of
from foveal.render.draw.raster import HEAT_OPACITY
from foveal.render.draw.shapes import Style, shapes
from foveal.render.draw.svg import svg
from tests.unit.render import test_burn, test_stored_frame

Grid = np.ndarray[Any, Any]
COLOUR = colour_of(None, {})


def heatmap(values: Grid, **facts: Any) -> dict[str, Any]:
    names = {"<f4": "float32", "|u1": "uint8", "<u2": "uint16"}
    text = base64.b64encode(zlib.compress(np.ascontiguousarray(values).tobytes())).decode()
    grid = {"dtype": names[values.dtype.str], "size": list(values.shape), "values": text}
    return {"type": "heatmap", "map": {**grid, **facts.pop("map", {})}, **facts}


def heat_of(pixels: Grid) -> Grid:
    """How far each pixel has gone from the background to the colour, from 0 to 1."""
    background, colour = np.array(test_burn.BACKGROUND), np.array(COLOUR)
    return np.asarray(((pixels - background) @ (colour - background)) / ((colour - background) @ (colour - background)))


@pytest.mark.parametrize(
    ("values", "given"),
    [
        (np.array([[0, 255]], np.uint8), None),
        (np.array([[0, 65_535]], np.uint16), None),
        (np.array([[0, 1]], np.float32), None),
        (np.array([[-3, 7]], np.float32), [-3, 7]),
        (np.array([[-9, 99]], np.float32), [-3, 7]),
    ],
    ids=["uint8", "uint16", "float32", "a range", "beyond the range"],
)
def test_coldest_is_untouched_and_the_hottest_nearly_covered(values: Grid, given: list[float] | None) -> None:
    heat = heat_of(test_burn.drawn(heatmap(values, map={"range": given})))
    assert np.abs(heat[:, :300]).max() <= 0.01
    assert np.abs(heat[:, -300:] - HEAT_OPACITY / 255).max() <= 0.02
    assert (np.diff(heat[400]) >= -0.01).all(), "and between them it only rises"


def test_heatmap_lies_in_its_box_and_nowhere_else() -> None:
    pixels = test_burn.drawn(heatmap(np.ones((3, 5), np.float32), bbox=[0.25, 0.5, 0.25, 0.25]))
    inside = np.zeros((test_burn.HEIGHT, test_burn.WIDTH), bool)
    inside[400:600, 320:640] = True
    assert test_burn.is_coloured(pixels, COLOUR, HEAT_OPACITY / 255)[inside].all()
    assert test_burn.untouched(pixels)[~inside].all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heatmap_of_the_stored_pixels_is_turned_as_they_are(orientation: int) -> None:
    cells = np.zeros((8, 12), np.float32)
    cells[1, 2:9] = cells[1:7, 2] = 1
    heat = heat_of(test_stored_frame.drawn(orientation, heatmap(cells)))
    centres = np.asarray(test_stored_frame.TURNED[orientation](cells))
    height, width = centres.shape
    down, across = heat.shape[0] // height, heat.shape[1] // width
    assert np.abs(heat[down // 2 :: down, across // 2 :: across] - centres * HEAT_OPACITY / 255).max() <= 0.03


def test_svg_holds_the_heat_as_a_picture_over_its_box() -> None:
    values = np.array([[0, 51], [102, 255]], np.uint8)
    found = [{"_id": "1", **heatmap(values, bbox=[0.5, 0.0, 0.5, 0.5])}]
    text = svg(shapes(found, (640, 400), Style()), (640, 400))
    match = re.search(
        r'<image x="320.00" y="0.00" width="320.00" height="200.00" .*href="data:image/png;base64,([^"]+)"', text
    )
    assert match
    with Image.open(io.BytesIO(base64.b64decode(match[1]))) as picture:
        pixels = np.asarray(picture.convert("RGBA"))
    assert pixels[:, :, 3].tolist() == values.tolist()
    assert pixels[1, 1, :3].tolist() == list(COLOUR)


GOOD = heatmap(np.zeros((2, 2), np.uint8))["map"]


@pytest.mark.parametrize(
    "broken",
    [
        {"values": "~"},
        {"values": base64.b64encode(b"not zlib").decode()},
        {"size": [2, 3]},
        {"size": [10**5, 10**5]},
        {"size": None},
        {"dtype": "float64"},
        {"values": None},
    ],
    ids=str,
)
def test_broken_heatmap_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(Unrenderable):
        shapes([{"_id": "1", "type": "heatmap", "map": {**GOOD, **broken}}], (640, 400), Style())


def test_values_that_inflate_without_end_are_not_inflated_to_it() -> None:
    bomb = base64.b64encode(zlib.compress(bytes(10**7))).decode()
    (shape,) = shapes([{"_id": "1", "type": "heatmap", "map": {**GOOD, "values": bomb}}], (64, 40), Style())
    assert shape.heatmap is not None
