"""Pixels of relative geometry: shares of the sides of an asset, multiplied."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

_LISTS: Final = ("bbox", "rings", "holes", "cuboid")
_AXES: Final = ("cx", "cy", "rx", "ry")


def with_pixels(body: Mapping[str, Any], sides: tuple[int, int]) -> dict[str, Any]:
    """Return the words of an annotation with `bbox_px`, `rings_px`, … beside relative geometry that stands alone."""
    found = dict(body)
    for name in _LISTS:
        if name in body and f"{name}_px" not in body:
            found[f"{name}_px"] = scaled(body[name], sides)
    if "ellipse" in body and "ellipse_px" not in body:
        values = scaled([body["ellipse"][axis] for axis in _AXES], sides)
        found["ellipse_px"] = dict(zip(_AXES, values, strict=True))
    if "keypoints" in body:
        found["keypoints"] = [_keypoint(point, sides) for point in body["keypoints"]]
    return found


def scaled(value: Sequence[Any], sides: tuple[float, float]) -> list[Any]:
    """Return numbers in pairs (x, y, x, y, …), or lists of such, multiplied by the sides."""
    if value and isinstance(value[0], Sequence):
        return [scaled(each, sides) for each in value]
    return [number * sides[position % 2] for position, number in enumerate(value)]


def _keypoint(point: Mapping[str, Any], sides: tuple[int, int]) -> dict[str, Any]:
    if point.get("x") is None or point.get("x_px") is not None:
        return dict(point)
    return {**point, "x_px": point["x"] * sides[0], "y_px": point["y"] * sides[1]}
