"""Geometry of annotations as attributes of CVAT's shapes, in pixels: those of the file, else shares of the sides."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from foveal.encoding import rle
from foveal.formats.base.files.numbers import text_of
from foveal.formats.base.geometry import masks
from foveal.formats.base.geometry.writing import Sides
from foveal.formats.cvat.shapes import CUBOID_CORNERS
from foveal.formats.cvat.writing.markup import total


class NotWritable(Exception):
    """An annotation that CVAT cannot hold, with the reason as its message."""


def box(body: Mapping[str, Any], sides: Sides | None) -> dict[str, str]:
    """Return a box, turned about its centre."""
    x, y, width, height = pixels(body, "bbox", sides)
    if body.get("rotation") and body.get("rotation_origin") == "top_left":
        x, y = _about_centre(x, y, width, height, body["rotation"])
    return {"xtl": text_of(x), "ytl": text_of(y), "xbr": total(x, width), "ybr": total(y, height)} | _rotation(body)


def ellipse(body: Mapping[str, Any], sides: Sides | None) -> dict[str, str]:
    """Return an ellipse, turned about its centre."""
    if "ellipse_px" in body:
        axes, (across, along) = body["ellipse_px"], _scale(body, sides)
    else:
        axes, (across, along) = body["ellipse"], known(sides)
    scales = {"cx": across, "cy": along, "rx": across, "ry": along}
    return {name: text_of(axes[name] * scale) for name, scale in scales.items()} | _rotation(body)


def cuboid(body: Mapping[str, Any], sides: Sides | None) -> dict[str, str]:
    """Return the eight corners of a cuboid."""
    return dict(zip(CUBOID_CORNERS, map(text_of, pixels(body, "cuboid", sides)), strict=True))


def mask(given: Mapping[str, Any]) -> dict[str, str]:
    """Return a mask by the counts along the rows of its box. Raises NotWritable."""
    counts = given.get("counts")
    if counts is None:
        raise NotWritable("the counts of the mask are not at hand")
    try:
        if given["encoding"] == "cvat_rle":
            runs, place = list(counts), [round(number) for number in given["bbox_px"]]
        else:
            height, width = given["size"]
            found = rle.runs(counts, height * width)
            runs, box_ = masks.cvat_runs(found, (height, width))
            place = list(box_)
    except ValueError as error:
        raise NotWritable(str(error)) from error
    names = ("left", "top", "width", "height")
    return {"rle": ", ".join(map(str, runs))} | {name: str(number) for name, number in zip(names, place, strict=True)}


def place_of(point: Mapping[str, Any], body: Mapping[str, Any], sides: Sides | None) -> Sequence[float] | None:
    """Return the place of a keypoint in pixels, None for one that has none."""
    if point.get("x_px") is not None and point.get("y_px") is not None:
        return [*_times((point["x_px"], point["y_px"]), _scale(body, sides))]
    if point.get("x") is not None and point.get("y") is not None:
        return [*_times((point["x"], point["y"]), known(sides))]
    return None


def pixels(body: Mapping[str, Any], name: str, sides: Sides | None) -> Any:
    """Return the numbers of a field in pixels: as given, else the shares times the sides. Raises NotWritable."""
    if f"{name}_px" in body:
        return _times(body[f"{name}_px"], _scale(body, sides))
    if name in body:
        return _times(body[name], known(sides))
    raise NotWritable(f"{name} is missing")


def known(sides: Sides | None) -> Sides:
    """Return the sides of an image. Raises NotWritable when they are not known."""
    if sides is None:
        raise NotWritable("the sides of the image are not known: name them with --sizes")
    return sides


def _scale(body: Mapping[str, Any], sides: Sides | None) -> tuple[float, float]:
    """Return by how much pixels grow that refer to another size than the asset's."""
    size = body.get("image_size")
    if size is None or sides is None or tuple(size) == sides:
        return (1.0, 1.0)
    return (sides[0] / size[0], sides[1] / size[1])


def _times(numbers: Any, scale: tuple[float, float]) -> Any:
    if scale == (1.0, 1.0):
        return numbers
    if numbers and isinstance(numbers[0], Sequence):
        return [_times(each, scale) for each in numbers]
    return [number * scale[position % 2] for position, number in enumerate(numbers)]


def _about_centre(x: float, y: float, width: float, height: float, degrees: float) -> tuple[float, float]:
    """Return the corner of a box turned about its centre that lies like one turned about its top left corner."""
    angle = math.radians(degrees)
    centre_x = x + width / 2 * math.cos(angle) - height / 2 * math.sin(angle)
    centre_y = y + width / 2 * math.sin(angle) + height / 2 * math.cos(angle)
    return centre_x - width / 2, centre_y - height / 2


def _rotation(body: Mapping[str, Any]) -> dict[str, str]:
    rotation = body.get("rotation")
    return {} if rotation is None else {"rotation": text_of(rotation)}
