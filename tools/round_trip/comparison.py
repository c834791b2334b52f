"""Comparison of two readings of one annotation: geometry in pixels, everything else word for word."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from foveal.encoding import rle
from foveal.formats.base.geometry import masks
from foveal.formats.base.geometry.pixels import scaled

TOLERANCE_PX: Final = 1e-6
_GEOMETRY: Final = {"bbox", "rings", "holes", "cuboid"}
_BOXES: Final = {"detection", "track", "keypoints"}
_IGNORED: Final = {"field", "origin", "extra", "image_size", "area", "label_id", "closed", "filled", "index"}
"""Words that a format adds by itself; `area` is worked out from the shape where it was not given."""


def words(body: Mapping[str, Any], sides: tuple[float, float]) -> dict[str, Any]:
    """Return the words of an annotation in one form: positions in pixels, absent for what says nothing."""
    found: dict[str, Any] = {}
    for name, value in body.items():
        plain = name.removesuffix("_px")
        if name in _IGNORED or value is None or value is False:
            continue
        if plain in _GEOMETRY:
            if name != plain or plain not in found:
                found[plain] = value if name != plain else scaled(value, sides)
        elif plain == "ellipse":
            scale = (1.0, 1.0) if name != plain else sides
            found[plain] = [value[each] * scale[each in ("cy", "ry")] for each in ("cx", "cy", "rx", "ry")]
        elif name == "keypoints":
            found[name] = [_keypoint(point, sides) for point in value]
        elif name == "mask":
            found[name] = _mask(value, sides)
        else:
            found[name] = value
    _about_centre(found)
    if not found.get("rotation"):
        found.pop("rotation", None)
    if found["type"] not in _BOXES:
        found.pop("bbox", None)  # follows from the shape
    return found


def differences(expected: Mapping[str, Any], actual: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of words that are lost or changed."""
    for name, value in expected.items():
        if name not in actual or not _equal(value, actual[name]):
            yield name


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float) and not isinstance(one, bool):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=TOLERANCE_PX)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return all(name in other and _equal(value, other[name]) for name, value in one.items())
    if isinstance(one, Sequence) and isinstance(other, Sequence) and not isinstance(one, str):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(one == other)


def _keypoint(point: Mapping[str, Any], sides: tuple[float, float]) -> dict[str, Any]:
    found: dict[str, Any] = {name: point[name] for name in ("name", "confidence", "attributes") if name in point}
    found["visibility"] = point.get("visibility", 2)
    if found["visibility"]:
        found["x"] = point["x_px"] if "x_px" in point else point["x"] * sides[0]
        found["y"] = point["y_px"] if "y_px" in point else point["y"] * sides[1]
    return found


def _mask(mask: Mapping[str, Any], sides: tuple[float, float]) -> list[int]:
    """Return the pixels of a mask as runs down the columns of the whole image, whatever its encoding."""
    size = (int(sides[1]), int(sides[0]))
    height, width = mask["size"]
    runs = list(rle.runs(mask["counts"], height * width))
    if mask["encoding"] == "cvat_rle":
        left, top = map(round, mask["bbox_px"][:2])
        runs = masks.coco_runs(runs, (left, top, width, height), size)
    return runs[: len(runs) - (len(runs) % 2 == 0 and runs[-1] == 0)]


def _about_centre(found: dict[str, Any]) -> None:
    """State a box that is turned about its top left corner by the one that is turned about its centre."""
    if found.pop("rotation_origin", "center") == "top_left" and "bbox" in found:
        x, y, width, height = found["bbox"]
        angle = math.radians(found.get("rotation", 0))
        across = width / 2 * math.cos(angle) - height / 2 * math.sin(angle)
        along = width / 2 * math.sin(angle) + height / 2 * math.cos(angle)
        found["bbox"] = [x + across - width / 2, y + along - height / 2, width, height]
