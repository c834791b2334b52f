"""Drawing into pixels, against an independent drawing."""

from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco

from foveal.render.draw.colours import colour_of
from foveal.render.draw.raster import burned, casing_width, stroke_width
from foveal.render.draw.shapes import Style, shapes
from tests.unit.render import reference

WIDTH, HEIGHT = 1280, 800
BACKGROUND = (40, 40, 40)
STROKE = stroke_width((WIDTH, HEIGHT))
REACH = STROKE / 2 + casing_width(STROKE) + 1.5
"""How far a line with its casing and their smooth edge reaches from its middle."""


def drawn(*annotations: dict[str, Any], style: Style | None = None) -> np.ndarray[Any, Any]:
    canvas = Image.new("RGB", (WIDTH, HEIGHT), BACKGROUND)
    found = [{"_id": str(number), **each} for number, each in enumerate(annotations)]
    return np.asarray(burned(canvas, shapes(found, canvas.size, style or Style()))).astype(int)


def is_coloured(pixels: np.ndarray[Any, Any], colour: tuple[int, ...], opacity: float = 1.0) -> np.ndarray[Any, Any]:
    expected = np.array(BACKGROUND) * (1 - opacity) + np.array(colour) * opacity
    return np.asarray(np.abs(pixels - expected).max(axis=2) <= 3)


def is_painted(pixels: np.ndarray[Any, Any], colour: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Where at least 70 % of the way from the background to the colour has been gone: the rest is a smooth edge."""
    whole = np.linalg.norm(np.array(colour) - np.array(BACKGROUND))
    return np.asarray(np.linalg.norm(pixels - np.array(colour), axis=2) <= 0.3 * whole)


def untouched(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.asarray((pixels == BACKGROUND).all(axis=2))


def assert_outline(pixels: np.ndarray[Any, Any], away: np.ndarray[Any, Any], colour: tuple[int, ...]) -> None:
    """The middle of the stroke is painted, and what is farther than its casing and smooth edge is not."""
    on, off = away < STROKE / 2 - 0.99, away > REACH
    assert on.any()
    assert is_painted(pixels, colour)[on].all()
    assert untouched(pixels)[off].all()


@pytest.mark.parametrize("degrees", [0, 15, 30, 90, 123, 270, -45])
def test_box_is_turned_in_pixels_when_the_picture_is_not_square(degrees: float) -> None:
    box = (200.0, 150.0, 180.0, 80.0)
    relative = [box[0] / WIDTH, box[1] / HEIGHT, box[2] / WIDTH, box[3] / HEIGHT]
    pixels = drawn({"type": "detection", "bbox": relative, "rotation": degrees})
    away = reference.distance(reference.turned(box, degrees), WIDTH, HEIGHT)
    assert_outline(pixels, away, colour_of(None, {}))


def test_box_turns_about_its_corner_when_it_says_so() -> None:
    annotation = {"type": "detection", "bbox": [0.5, 0.5, 0.25, 0.1], "rotation": 90, "rotation_origin": "top_left"}
    corners: reference.Points = [(640, 400), (640, 720), (560, 720), (560, 400)]
    assert_outline(drawn(annotation), reference.distance(corners, WIDTH, HEIGHT), colour_of(None, {}))


def test_polygon_is_filled_but_for_its_holes() -> None:
    outer = [(100.0, 60.0), (500.0, 100.0), (450.0, 350.0), (80.0, 300.0)]
    hole = [(200.0, 150.0), (350.0, 160.0), (300.0, 260.0)]
    rings = [[[x / WIDTH, y / HEIGHT] for x, y in ring] for ring in (outer, hole)]
    pixels = drawn({"type": "polygon", "rings": rings[:1], "holes": rings[1:]})
    away = np.minimum(reference.distance(outer, WIDTH, HEIGHT), reference.distance(hole, WIDTH, HEIGHT))
    interior, far = reference.inside([outer, hole], WIDTH, HEIGHT), away > REACH
    colour = colour_of(None, {})
    assert is_coloured(pixels, colour, 64 / 255)[interior & far].all()
    assert untouched(pixels)[~interior & far].all()
    from_corners = np.min([reference.distance([end, end], WIDTH, HEIGHT) for end in (*outer, *hole)], axis=0)
    assert is_painted(pixels, colour)[(away < STROKE / 2 - 0.99) & (from_corners > STROKE)].all()
    assert far[230, 280]
    assert not interior[200, 280]


def test_polygon_of_several_parts_is_filled_in_each() -> None:
    parts = [[(20.0, 20.0), (120.0, 30.0), (60.0, 120.0)], [(300.0, 200.0), (500.0, 210.0), (400.0, 380.0)]]
    rings = [[[x / WIDTH, y / HEIGHT] for x, y in part] for part in parts]
    pixels = drawn({"type": "polygon", "rings": rings})
    away = np.minimum(*(reference.distance(part, WIDTH, HEIGHT) for part in parts))
    far, interior = away > REACH, reference.inside(parts, WIDTH, HEIGHT)
    assert is_coloured(pixels, colour_of(None, {}), 64 / 255)[interior & far].all()
    assert untouched(pixels)[~interior & far].all()


def test_polyline_stays_open() -> None:
    line = [(50.0, 350.0), (200.0, 100.0), (400.0, 120.0), (600.0, 300.0)]
    pixels = drawn({"type": "polyline", "rings": [[[x / WIDTH, y / HEIGHT] for x, y in line]]})
    assert_outline(pixels, reference.distance(line, WIDTH, HEIGHT, is_closed=False), colour_of(None, {}))


def test_shapes_are_drawn_by_z_order_then_by_size() -> None:
    small, large = [0.4, 0.4, 0.1, 0.1], [0.1, 0.1, 0.8, 0.8]
    found: list[dict[str, Any]] = [
        {"_id": "small", "type": "detection", "bbox": small},
        {"_id": "large", "type": "detection", "bbox": large},
        {"_id": "lifted", "type": "detection", "bbox": large, "z_order": 1},
        {"_id": "lowered", "type": "detection", "bbox": small, "z_order": -1},
    ]
    order = [shape.annotation_id for shape in shapes(found, (WIDTH, HEIGHT), Style())]
    assert order == ["lowered", "large", "small", "lifted"]


def blob() -> np.ndarray[Any, Any]:
    """A mask that is neither square nor symmetric, with a hole and two parts."""
    x, y = reference.centres(WIDTH, HEIGHT)
    found = ((x - 180) / 150) ** 2 + ((y - 120) / 60) ** 2 < 1
    found |= (x > 450) & (y > 300) & (x + y < 900)
    found &= ~((abs(x - 150) < 40) & (abs(y - 110) < 12))
    return np.asarray(found)


@pytest.mark.parametrize("is_packed", [True, False], ids=["packed", "counts"])
def test_mask_covers_exactly_its_pixels_when_it_is_neither_square_nor_symmetric(is_packed: bool) -> None:
    mask = blob()
    encoded = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    flat = mask.T.reshape(-1)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flat, [False])))).tolist()
    counts: list[int] = np.diff([0, *edges, flat.size]).tolist()
    given = encoded["counts"].decode() if is_packed else counts
    annotation = {"type": "mask", "mask": {"encoding": "coco_rle", "size": [HEIGHT, WIDTH], "counts": given}}
    pixels = drawn(annotation)
    assert is_coloured(pixels, colour_of(None, {}), 115 / 255)[mask].all()
    assert untouched(pixels)[~mask].all()


def test_cvat_mask_lies_where_its_box_is() -> None:
    mask = blob()
    left, top, right, bottom = 20, 50, 700, 500
    flat = mask[top:bottom, left:right].reshape(-1)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flat, [False]))))
    counts = np.diff(np.concatenate(([0], edges, [flat.size]))).tolist()
    box = [left, top, right - left, bottom - top]
    found = {"encoding": "cvat_rle", "size": [bottom - top, right - left], "counts": counts, "bbox_px": box}
    part = np.zeros_like(mask)
    part[top:bottom, left:right] = mask[top:bottom, left:right]
    assert part.any()
    pixels = drawn({"type": "mask", "mask": found})
    assert is_coloured(pixels, colour_of(None, {}), 115 / 255)[part].all()
    assert untouched(pixels)[~part].all()


def test_cuboid_is_the_outline_around_its_corners() -> None:
    corners = [(300, 300), (500, 300), (500, 500), (300, 500), (400, 200), (600, 200), (600, 400), (400, 400)]
    numbers = [value for x, y in corners for value in (x / WIDTH, y / HEIGHT)]
    outline: reference.Points = [(300, 300), (400, 200), (600, 200), (600, 400), (500, 500), (300, 500)]
    pixels = drawn({"type": "cuboid", "cuboid": numbers})
    assert_outline(pixels, reference.distance(outline, WIDTH, HEIGHT), colour_of(None, {}))


def test_mask_is_scaled_when_it_was_made_at_another_size() -> None:
    small = blob()[::2, ::2]
    encoded = coco.encode(np.asfortranarray(small.astype(np.uint8)))
    size = {"size": list(small.shape), "counts": encoded["counts"].decode()}
    pixels = drawn({"type": "segmentation", "mask": {"encoding": "coco_rle", **size}})
    whole = np.kron(small, np.ones((2, 2), bool))
    assert is_coloured(pixels, colour_of(None, {}), 115 / 255)[whole].all()
    assert untouched(pixels)[~whole].all()


def test_skeleton_joins_its_points_and_leaves_out_the_absent() -> None:
    style = Style.of([{"name": "person", "skeleton": {"names": ["a", "b", "c"], "edges": [["a", "b"], ["b", "c"]]}}])
    points = [
        {"name": "a", "x": 0.2, "y": 0.2, "visibility": 2},
        {"name": "b", "x": 0.6, "y": 0.3, "visibility": 1},
        {"name": "c", "x": float("nan"), "y": float("nan"), "visibility": 0},
    ]
    pixels = drawn({"type": "keypoints", "label": "person", "keypoints": points}, style=style)
    colour = colour_of("person", {})
    one, other = (0.2 * WIDTH, 0.2 * HEIGHT), (0.6 * WIDTH, 0.3 * HEIGHT)
    line = reference.distance([one, other], WIDTH, HEIGHT, is_closed=False)
    from_ends = np.minimum(*(reference.distance([end, end], WIDTH, HEIGHT) for end in (one, other)))
    assert is_painted(pixels, colour)[(line < STROKE / 2 - 0.99) & (from_ends > 4 * STROKE)].all()
    assert is_painted(pixels, colour)[round(one[1]), round(one[0])]
    assert untouched(pixels)[HEIGHT - 60 :].all()


def test_same_label_has_the_same_colour_and_the_schema_wins() -> None:
    assert colour_of("cat", {}) == colour_of("cat", {}) != colour_of("dog", {})
    assert colour_of("cat", {"cat": "#010203"}) == (1, 2, 3)
    assert colour_of("cat", {"cat": "url(evil)"}) == colour_of("cat", {})


def test_object_that_is_outside_is_not_drawn() -> None:
    assert untouched(drawn({"type": "detection", "bbox": [0.2, 0.2, 0.5, 0.5], "outside": True})).all()


@pytest.mark.parametrize("colour", ["#ff0000", "#101010", "#fafafa"])
def test_line_is_seen_on_its_own_colour(colour: str) -> None:
    canvas = Image.new("RGB", (WIDTH, HEIGHT), colour)
    annotation = {"_id": "1", "type": "detection", "label": "x", "bbox": [0.2, 0.4, 0.5, 0.5]}
    found = shapes([annotation], canvas.size, Style(colours={"x": colour}))
    pixels = np.asarray(burned(canvas, found)).astype(int)
    across = pixels[round(0.65 * HEIGHT), :, :]
    assert np.abs(across - across[0]).max() > 100


def test_pixels_outside_of_a_shape_stay_when_it_lies_beyond_the_edge() -> None:
    pixels = drawn(
        {"type": "detection", "bbox": [1.5, 1.5, 0.2, 0.2]}, {"type": "detection", "bbox": [-1, -1, 0.5, 0.5]}
    )
    assert untouched(pixels).all()
