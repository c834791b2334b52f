"""Golden vectors of the server's drawing, with which the console's drawing is tested.

`python -m tools.drawing_vectors` writes `web/console/tests/drawing/golden.json`: annotations, and the colour, caption,
geometry and order that `foveal.render.draw` gives them. Numbers have six digits after the point.
"""

import base64
import json
import sys
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np

from foveal.encoding import rle
from foveal.render.decode import orientation
from foveal.render.draw import interpolation, temporal
from foveal.render.draw.colours import colour_of, text_on
from foveal.render.draw.shapes import ImageGeometry, Shape, Style, shape_of, shapes

FILE: Final = Path(__file__).resolve().parent.parent / "web/console/tests/drawing/golden.json"
DIGITS: Final = 6
LABELS: Final = ("", "car", "person", "Löwe", "traffic light", "猫", "🦊", "a" * 64, "b" * 119, *map(str, range(60)))
IMAGE: Final = {"width": 1280, "height": 800}
SCHEMA_LABELS: Final[list[dict[str, Any]]] = [
    {"name": "car", "color": "#12aBef"},
    {"name": "person", "skeleton": {"names": ["head", "hip", "foot"], "edges": [[0, 1], [1, 2], [2, 9]]}},
]
TRACK: Final = {"type": "detection", "field": "gt", "track_id": "t", "keyframe": True}
Annotation = dict[str, Any]


def vectors() -> dict[str, Any]:
    """Return all vectors as JSON values."""
    return {
        "colours": [_colour(label) for label in LABELS],
        "schema_labels": SCHEMA_LABELS,
        "shapes": [_case(name, annotation, asset) for name, annotation, asset in _annotations()],
        "orders": _order(),
        "interpolations": [_interpolation(one, other, frame) for one, other, frame in _keyframes()],
        "frames": _frames(),
        "packed": [{"runs": runs, "text": rle.packed(runs)} for runs in ([0, 4], [3, 1, 70_000, 2, 5, 900, 31, 32])],
        "orientations": [_orientation(each) for each in range(1, 9)],
        "supports": _supports(),
    }


def main() -> int:
    FILE.write_text(json.dumps(vectors(), ensure_ascii=False, separators=(",", ":")) + "\n")
    return 0


def _colour(label: str) -> dict[str, Any]:
    colour = colour_of(label, {})
    return {"label": label, "colour": colour, "text": text_on(colour)}


def _annotations() -> list[tuple[str, Annotation, dict[str, Any]]]:
    box = {"bbox": [0.1, 0.2, 0.3, 0.4]}
    points = [
        {"name": "head", "x": 0.5, "y": 0.1},
        {"name": "hip", "x": 0.5, "y": 0.5, "visibility": 1},
        {"name": "foot", "x": None, "y": None, "visibility": 0},
        {"name": "hand", "x": 0.7, "y": 0.4, "occluded": True},
    ]
    rings = [[[0.1, 0.1], [0.6, 0.1], [0.6, 0.8], [0.1, 0.8]], [[0.8, 0.8], [0.9, 0.8], [0.9, 0.95]]]
    cuboid = [0.2, 0.2, 0.4, 0.2, 0.4, 0.5, 0.2, 0.5, 0.3, 0.1, 0.5, 0.1, 0.5, 0.4, 0.3, 0.4]
    upright: list[tuple[str, Annotation]] = [
        ("box", {"type": "detection", "label": "car", **box}),
        ("box with confidence", {"type": "detection", "label": "bus", "confidence": 0.876, **box}),
        ("turned box", {"type": "detection", "label": "bus", "rotation": 30, **box}),
        ("box turned about its corner", {"type": "detection", "rotation": -400, "rotation_origin": "top_left", **box}),
        ("polygon with a hole", {"type": "polygon", "rings": rings, "holes": [[[0.2, 0.2], [0.3, 0.2], [0.3, 0.4]]]}),
        ("polygon that is not filled", {"type": "polygon", "rings": rings, "filled": False}),
        ("polyline", {"type": "polyline", "rings": rings}),
        ("closed polyline", {"type": "polyline", "rings": rings, "closed": True}),
        ("closed and filled polyline", {"type": "polyline", "rings": rings, "closed": True, "filled": True}),
        ("keypoints with a skeleton", {"type": "keypoints", "label": "person", "keypoints": points}),
        ("ellipse", {"type": "ellipse", "ellipse": {"cx": 0.5, "cy": 0.5, "rx": 0.2, "ry": 0.1}, "rotation": 15}),
        ("cuboid", {"type": "cuboid", "cuboid": cuboid}),
        ("classification", {"type": "classification", "label": f"{'long ' * 9}label", "confidence": 0.125}),
        ("classification with a tie", {"type": "classification", "label": "x", "confidence": 0.375}),
        *[(f"regression {value}", {"type": "regression", "value": value}) for value in (0.1, 1e-7, 123456789.0, 42.0)],
        *[(f"mask as {each['encoding']}", {"type": "mask", "mask": each}) for each in _masks()],
        ("heatmap", {"type": "heatmap", "map": _heatmap(), "bbox": [0.25, 0.5, 0.5, 0.25]}),
    ]
    stored: list[tuple[str, Annotation, dict[str, Any]]] = []
    for turn in range(2, 9):
        asset = {"width": 8, "height": 6, "orientation": turn}
        mask = _masks((8, 6) if turn in orientation.SIDEWAYS else (6, 8))[0]
        annotation = {"type": "mask", "coordinate_frame": "stored", "relative_to": "display", "mask": mask}
        stored.append((f"stored mask of orientation {turn}", annotation, asset))
    small = {"width": 8, "height": 6}
    return [*((name, each, small if each.get("mask") else IMAGE) for name, each in upright), *stored]


def _masks(size: tuple[int, int] = (6, 8)) -> list[dict[str, Any]]:
    """Return one mask in each encoding, of `(height, width)`."""
    height, width = size
    runs = [height + 1, 3, height - 1, 2, 4, 1]
    runs.append(height * width - sum(runs))
    return [
        {"encoding": "coco_rle", "size": [height, width], "counts": runs},
        {"encoding": "coco_rle_str", "size": [height, width], "counts": rle.packed(runs)},
        {"encoding": "cvat_rle", "size": [3, 4], "counts": [1, 2, 2, 7], "bbox_px": [2, 1, 4, 3]},
    ]


def _heatmap() -> dict[str, Any]:
    values = np.array([[0.0, 0.25, 2.0], [-1.0, 0.5, 1.0]], "<f4")
    text = base64.b64encode(zlib.compress(values.tobytes(), 0)).decode()
    return {"dtype": "float32", "size": [2, 3], "values": text, "range": [0.0, 1.0]}


def _case(name: str, annotation: Annotation, asset: dict[str, Any]) -> dict[str, Any]:
    geometry = ImageGeometry.of(asset)
    shape = shape_of({"_id": "a", "field": "gt", **annotation}, geometry.size, Style.of(SCHEMA_LABELS), geometry)
    sent = {key: value for key, value in annotation.items() if key != "relative_to"}
    return {"name": name, "annotation": sent, "asset": asset, "expected": _expected(shape)}


def _expected(shape: Shape) -> dict[str, Any]:
    found: dict[str, Any] = {
        "colour": shape.colour,
        "caption": shape.caption,
        "rings": shape.rings,
        "holes": shape.holes,
        "is_filled": shape.is_filled,
        "lines": shape.lines,
        "dots": [[*point, is_visible] for point, is_visible in shape.dots],
        "bounds": shape.bounds,
    }
    if shape.mask:
        found["mask"] = {"size": shape.mask.size, "rectangles": list(shape.mask.rectangles())}
    if shape.heatmap:
        cover = shape.heatmap.thumbnail(max(IMAGE.values()))
        found["heat"] = {"size": cover.size, "cells": np.asarray(cover).ravel().tolist()}
    return dict(_rounded(found))


def _order() -> list[dict[str, Any]]:
    boxes = [[0.1, 0.1, 0.1, 0.1], [0.1, 0.1, 0.5, 0.5], [0.0, 0.0, 0.2, 0.2], [0.0, 0.0, 1.0, 1.0]]
    levels = (0, None, -1, 2)
    annotations: list[Annotation] = [
        {"_id": f"a{at}", "type": "detection", "field": "gt", "bbox": bbox, "z_order": level}
        for at, (bbox, level) in enumerate(zip(boxes, levels, strict=True))
    ]
    annotations.append({"_id": "a4", "type": "classification", "field": "gt", "label": "x"})
    annotations.append({**annotations[0], "_id": "a5", "outside": True})
    drawn = shapes(annotations, (100, 100), Style())
    sent = [{**each, "annotation_id": each["_id"]} for each in annotations]
    return [{"annotations": sent, "expected": [each.annotation_id for each in drawn]}]


def _keyframes() -> list[tuple[Annotation, Annotation | None, int]]:
    def place(frame: int, **facts: Any) -> Annotation:
        return {**TRACK, "frame_index": frame, **facts}

    box = place(10, bbox=[0.0, 0.2, 0.1, 0.4])
    ring = [[0.1, 0.1], [0.2, 0.1], [0.2, 0.3]]
    moved = [[x + 0.4, y + 0.2] for x, y in ring]
    ellipse = {"cx": 0.2, "cy": 0.2, "rx": 0.1, "ry": 0.1}
    points = [{"name": "a", "x": 0.1, "y": 0.1}, {"name": "b", "x": 0.2, "y": 0.2, "visibility": 0}]
    ends = [{"name": "b", "x": 0.6, "y": 0.6}, {"name": "a", "x": 0.5, "y": 0.3}]
    return [
        (box, place(20, bbox=[0.5, 0.2, 0.2, 0.2]), 14),
        (box, None, 99),
        (place(0, bbox=[0, 0, 1, 1], rotation=350), place(10, bbox=[0, 0, 1, 1], rotation=10), 5),
        (place(0, rings=[ring]), place(4, rings=[moved]), 1),
        (place(0, rings=[ring]), place(4, rings=[moved[:2]]), 1),
        (place(0, ellipse=ellipse), place(3, ellipse={**ellipse, "cx": 0.8}), 1),
        (place(0, keypoints=points), place(4, keypoints=ends), 3),
    ]


def _interpolation(one: Annotation, other: Annotation | None, frame: int) -> dict[str, Any]:
    expected = _rounded(interpolation.interpolated(one, other, frame))
    return {"one": one, "other": other, "frame": frame, "expected": expected}


def _frames() -> dict[str, Any]:
    places: list[Annotation] = [
        {**TRACK, "annotation_id": "k0", "frame_index": 0, "bbox": [0, 0, 0.1, 0.1]},
        {**TRACK, "annotation_id": "k8", "frame_index": 8, "bbox": [0.8, 0, 0.1, 0.1]},
        {**TRACK, "annotation_id": "k12", "frame_index": 12, "bbox": [0.8, 0, 0.1, 0.1], "outside": True},
        {**TRACK, "annotation_id": "s4", "frame_index": 4, "bbox": [0.5, 0.5, 0.1, 0.1], "keyframe": False},
    ]
    expected = []
    for frame in range(15):
        before = [each for each in places if each["keyframe"] and each["frame_index"] < frame]
        after = [each for each in places if each["keyframe"] and each["frame_index"] > frame]
        there = [each for each in places if each["frame_index"] == frame]
        drawn = [*there, *interpolation.between_keyframes(there, before[-1:], after[:1], frame)]
        found = [each for each in drawn if not each.get("outside")]
        expected.append([[each["annotation_id"], *each["bbox"]] for each in found])
    return {"annotations": places, "expected": _rounded(expected)}


def _orientation(turn: int) -> dict[str, Any]:
    points = [(0.0, 0.0), (0.25, 0.75), (1.0, 0.5)]
    return {
        "orientation": turn,
        "size": orientation.turned_size((30, 20), turn),
        "points": points,
        "displayed": [orientation.displayed(point, turn) for point in points],
        "stored": [orientation.stored(point, turn) for point in points],
    }


def _supports() -> list[dict[str, Any]]:
    asset = {"frame_rate": {"num": 30_000, "den": 1001}, "frame_count": 300, "duration_seconds": 10.01}
    supports = ({"first": 3, "last": 5}, {"start_seconds": 0.1001, "end_seconds": 0.2}, {"start_seconds": 0.0})
    return [
        {"support": each, "asset": facts, "covered": [at for at in range(12) if temporal.covers(each, at, facts)]}
        for each in supports
        for facts in (asset, {"frame_count": 10, "duration_seconds": 1.0}, {})
    ]


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list | tuple) else value


if __name__ == "__main__":
    sys.exit(main())
