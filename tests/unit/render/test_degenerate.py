"""Degenerate geometry, which the catalog accepts, is drawn or left out; it never ends a picture."""

from typing import Any

import pytest
from PIL import Image

from foveal.render.draw.raster import burned
from foveal.render.draw.shapes import ImageGeometry, Style, enclosing_box, shapes
from foveal.render.draw.svg import svg

SIZE = (80, 60)
DEGENERATE: dict[str, dict[str, Any]] = {
    "cuboid of zeros": {"type": "cuboid", "cuboid": [0.0] * 16},
    "cuboid of one point": {"type": "cuboid", "cuboid": [0.5] * 16},
    "cuboid on a line": {"type": "cuboid", "cuboid": [value for x in range(8) for value in (x / 10, x / 10)]},
    "cuboid outside": {"type": "cuboid", "cuboid": [2.0] * 16},
    "box without area": {"type": "detection", "bbox": [0.5, 0.5, 0.0, 0.0]},
    "box without height": {"type": "detection", "bbox": [0.0, 1.0, 1.0, 0.0], "rotation": 30},
    "ellipse without radii": {"type": "ellipse", "ellipse": {"cx": 1.0, "cy": 1.0, "rx": 0.0, "ry": 0.0}},
    "polygon of one point": {"type": "polygon", "rings": [[[0.5, 0.5]] * 3], "holes": [[[0.5, 0.5]] * 3]},
    "polygon on a line": {"type": "polygon", "rings": [[[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]]]},
    "polyline of one point": {"type": "polyline", "rings": [[[0.2, 0.2], [0.2, 0.2]]]},
    "polyline without length": {"type": "polyline", "rings": [[[0.2, 0.2]]]},
    "no visible keypoints": {
        "type": "keypoints",
        "keypoints": [{"x": None, "y": None}, {"x": 0.1, "y": 0.1, "visibility": 0}],
    },
    "empty mask": {"type": "mask", "mask": {"size": [60, 80], "counts": [4800]}},
}


@pytest.mark.parametrize("geometry", DEGENERATE.values(), ids=DEGENERATE.keys())
@pytest.mark.parametrize("frame", ["displayed", "stored"])
def test_degenerate_geometry_is_drawn_or_left_out(geometry: dict[str, Any], frame: str) -> None:
    whole = {"_id": "b", "type": "detection", "bbox": [0.1, 0.1, 0.8, 0.8], "label": "b"}
    annotations = [{"_id": "a", "label": "a", "coordinate_frame": frame, **geometry}, whole]
    lies_on = ImageGeometry(SIZE, (SIZE[1], SIZE[0]), 6)
    if frame == "stored" and "mask" in geometry:
        geometry["mask"]["size"] = [80, 60]
    drawn = shapes(annotations, SIZE, Style(), lies_on)
    assert burned(Image.new("RGB", SIZE), drawn).getbbox() is not None
    assert svg(drawn, SIZE).count("<g ") == 2


@pytest.mark.parametrize("name", ["cuboid of zeros", "cuboid of one point", "box without area"])
def test_crop_of_a_point_has_an_area(name: str) -> None:
    left, top, right, bottom = enclosing_box({"_id": "a", **DEGENERATE[name]}, ImageGeometry(SIZE, SIZE), 0.1)
    assert left < right
    assert top < bottom
