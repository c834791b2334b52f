"""Where an annotation is: pixels to relative, checks against the image and the video, and the box around it.

Relative = pixels / size of the image that the pixels refer to. Positions must lie inside the image, or are clipped
when the caller asks for it; a tolerance of a millionth covers the rounding of formats that write six decimals.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from foveal.catalog.annotations import models
from foveal.catalog.annotations.common_fields import Placed
from foveal.catalog.annotations.rasters import heatmaps
from foveal.catalog.annotations.rasters.masks import measure
from foveal.database.client import Document

TOLERANCE: Final = 1e-6
AGREEMENT_PX: Final = 1.0
"""How far a relative and a pixel value of one thing may lie apart: formats round to whole pixels."""

Points = list[list[float]]


@dataclass(frozen=True, slots=True)
class Canvas:
    """What an annotation lies on: sizes as displayed and as stored, frames of a video; None where not known."""

    displayed: tuple[int, int] | None
    stored: tuple[int, int] | None
    frame_count: int | None
    is_video: bool

    @classmethod
    def of(cls, asset: Document) -> "Canvas":
        frames = asset.get("frame_count")
        is_video = asset.get("media_type") == "video" or (frames or 1) > 1
        displayed = _sides(asset.get("width"), asset.get("height"))
        stored = _sides(asset.get("stored_width"), asset.get("stored_height"))
        return cls(displayed, stored, frames, is_video)


def place(annotation: models.Annotation, canvas: Canvas, *, clip: bool, is_placed: bool = False) -> Document:
    """Return the annotation as it is stored: relative geometry filled in, the box around it, its relative area.

    With `is_placed` the geometry was stored before and is taken as it is. Raises ValueError that says what is not
    possible on this canvas.
    """
    stored = annotation.model_dump(exclude_none=True)
    _check_frames(annotation, canvas)
    if not isinstance(annotation, Placed):
        return stored
    if not is_placed:
        _fill_in(annotation, stored, canvas, clip)
    if "bbox" in stored:
        stored["bbox_area"] = stored["bbox"][2] * stored["bbox"][3]
    return stored


def _fill_in(annotation: Placed, stored: Document, canvas: Canvas, clip: bool) -> None:
    size = _size(annotation, canvas)
    around = _shape(annotation, stored, size, clip)
    if annotation.bbox_px is not None and annotation.bbox is None:
        stored["bbox"] = _relative_box(annotation.bbox_px, _needed(size, "bbox_px"))
    if annotation.bbox is not None and annotation.bbox_px is not None and size is not None:
        _check_agreement(annotation.bbox, _relative_box(annotation.bbox_px, size), size)
    if "bbox" not in stored and around is not None:
        stored["bbox"] = around
    if isinstance(annotation, models.Detection) and "bbox" not in stored:
        raise ValueError("a detection needs bbox or bbox_px")
    if "bbox" in stored:
        is_turned = bool(stored.get("rotation"))
        stored["bbox"] = _box_inside(stored["bbox"], clip=clip, only_centre=is_turned)


def _shape(annotation: Any, stored: Document, size: tuple[int, int] | None, clip: bool) -> list[float] | None:
    """Fill in the relative shape; return the box around it, None for a type that is only a box."""
    match annotation:
        case models.Detection() | models.Track():
            return None
        case models.Polygon() | models.Polyline():
            return _shape_of_rings(annotation, stored, size, clip)
        case models.Keypoints():
            return _shape_of_keypoints(annotation, stored, size, clip)
        case models.InstanceMask() | models.Segmentation():
            return _shape_of_mask(annotation, stored, size)
        case models.Heatmap():
            heatmaps.check(annotation.map)
            stored["map"]["range"] = heatmaps.shown_range(annotation.map)
            return None
        case models.Ellipse():
            return _shape_of_ellipse(annotation, stored, size)
        case models.Cuboid():
            corners = annotation.cuboid
            if corners is None:
                if annotation.cuboid_px is None:
                    raise ValueError("a cuboid needs cuboid or cuboid_px")
                width, height = _needed(size, "cuboid_px")
                corners = [value / (height if at % 2 else width) for at, value in enumerate(annotation.cuboid_px)]
            points = _inside([corners[at : at + 2] for at in range(0, 16, 2)], clip)
            stored["cuboid"] = [value for point in points for value in point]
            return _around(points)
    return None


def _shape_of_rings(annotation: Any, stored: Document, size: tuple[int, int] | None, clip: bool) -> list[float]:
    least = 3 if isinstance(annotation, models.Polygon) else 2
    if annotation.rings is None and annotation.rings_px is None:
        raise ValueError(f"a {annotation.type} needs rings or rings_px")
    for name in ("rings", "holes"):
        given = getattr(annotation, name, None)
        pixels = getattr(annotation, f"{name}_px", None)
        if given is None and pixels is not None:
            width, height = _needed(size, f"{name}_px")
            given = [[[x / width, y / height] for x, y in ring] for ring in pixels]
        if given is not None:
            stored[name] = [_ring(ring, least, clip) for ring in given]
    return _around(point for ring in stored["rings"] for point in ring)


def _ring(ring: Points, least: int, clip: bool) -> Points:
    corners = ring[:-1] if least == 3 and ring[0] == ring[-1] else ring
    if len({tuple(point) for point in corners}) < least:
        raise ValueError(f"a ring needs {least} different points")
    if any(min(axis) > 1 + TOLERANCE or max(axis) < -TOLERANCE for axis in zip(*ring, strict=True)):
        raise ValueError("a ring lies wholly outside the image; leave it out")
    return _inside(ring, clip)


def _shape_of_keypoints(
    annotation: models.Keypoints, stored: Document, size: tuple[int, int] | None, clip: bool
) -> list[float] | None:
    points: Points = []
    for given, kept in zip(annotation.keypoints, stored["keypoints"], strict=True):
        if given.x is None and given.x_px is not None and given.y_px is not None:
            width, height = _needed(size, "x_px")
            kept["x"], kept["y"] = given.x_px / width, given.y_px / height
        if given.visibility == 0:
            continue
        if "x" not in kept or "y" not in kept:
            raise ValueError("a keypoint that is labelled needs x and y")
        ((kept["x"], kept["y"]),) = _inside([[kept["x"], kept["y"]]], clip)
        points.append([kept["x"], kept["y"]])
    return _around(points) if points else None


def _shape_of_mask(annotation: Any, stored: Document, size: tuple[int, int] | None) -> list[float] | None:
    mask = annotation.mask
    width, height = size or (mask.size[1], mask.size[0])
    if mask.encoding != "cvat_rle" and mask.size != [height, width]:
        raise ValueError(f"mask.size is {mask.size}, but the image is {[height, width]} as [height, width]")
    measured = measure(mask)
    stored["mask"]["area"] = measured.area
    return _relative_box(measured.box, (width, height)) if measured.area else None


def _shape_of_ellipse(annotation: models.Ellipse, stored: Document, size: tuple[int, int] | None) -> list[float]:
    axes = annotation.ellipse
    if axes is not None:
        cx, cy, rx, ry = axes.cx, axes.cy, axes.rx, axes.ry
    elif annotation.ellipse_px is not None:
        width, height = _needed(size, "ellipse_px")
        pixels = annotation.ellipse_px
        cx, cy, rx, ry = pixels.cx / width, pixels.cy / height, pixels.rx / width, pixels.ry / height
    else:
        raise ValueError("an ellipse needs ellipse or ellipse_px")
    stored["ellipse"] = {"cx": cx, "cy": cy, "rx": rx, "ry": ry}
    return [cx - rx, cy - ry, 2 * rx, 2 * ry]


def _check_frames(annotation: Any, canvas: Canvas) -> None:
    frames: dict[str, int | None] = {"frame_index": annotation.frame_index}
    if isinstance(annotation, models.Temporal):
        support = annotation.support
        frames["support.last"] = support.last
        for first, last in (("first", "last"), ("start_seconds", "end_seconds")):
            if (getattr(support, first) or 0) > (getattr(support, last) or 0):
                raise ValueError(f"support.{first} comes after support.{last}")
        if not canvas.is_video:
            raise ValueError("support is for video; this asset has no frames")
    for name, frame in frames.items():
        if frame is None:
            continue
        if not canvas.is_video:
            raise ValueError(f"{name} is for video; this asset has no frames")
        if canvas.frame_count is not None and frame >= canvas.frame_count:
            raise ValueError(f"{name} is {frame}, but the video has {canvas.frame_count} frames, counted from 0")


def _size(annotation: Any, canvas: Canvas) -> tuple[int, int] | None:
    if annotation.image_size is not None:
        return annotation.image_size[0], annotation.image_size[1]
    return canvas.stored if annotation.coordinate_frame == "stored" else canvas.displayed


def _sides(width: int | None, height: int | None) -> tuple[int, int] | None:
    return (width, height) if width and height else None


def _needed(size: tuple[int, int] | None, name: str) -> tuple[int, int]:
    if size is None:
        raise ValueError(f"{name} needs image_size, since the size of this asset is not known")
    return size


def _relative_box(pixels: Sequence[float], size: tuple[int, int]) -> list[float]:
    width, height = size
    return [pixels[0] / width, pixels[1] / height, pixels[2] / width, pixels[3] / height]


def _check_agreement(box: Sequence[float], other: Sequence[float], size: tuple[int, int]) -> None:
    """Raise ValueError when a box is neither the other one nor what the image leaves of it."""
    for meant in (other, _cut_off(other) or other):
        apart = [abs(a - b) * side for a, b, side in zip(box, meant, (*size, *size), strict=True)]
        if max(apart) <= AGREEMENT_PX:
            return
    raise ValueError("bbox and bbox_px say different things; send one of them")


def _box_inside(box: Sequence[float], *, clip: bool, only_centre: bool) -> list[float]:
    x, y, width, height = box
    if width < 0 or height < 0:
        raise ValueError("the width and height of a box are not negative")
    if only_centre:
        _inside([[x + width / 2, y + height / 2]], clip=False)
        if not math.isfinite(width * height):
            raise ValueError("the sides of the box are too long")
        return list(box)
    if min(x, y) >= -TOLERANCE and max(x + width, y + height) <= 1 + TOLERANCE:
        return list(box)
    if not clip:
        raise ValueError("the box does not lie inside the image; ask for clip to cut it off")
    left = _cut_off(box)
    if left is None:
        raise ValueError("the box lies wholly outside the image")
    return left


def _cut_off(box: Sequence[float]) -> list[float] | None:
    """Return the part of a box that lies inside the image, None where there is none."""
    x, y, width, height = box
    left, top, right, bottom = (_clamped(value) for value in (x, y, x + width, y + height))
    return [left, top, right - left, bottom - top] if left < right and top < bottom else None


def _inside(points: Points, clip: bool) -> Points:
    if all(-TOLERANCE <= value <= 1 + TOLERANCE for point in points for value in point):
        return points
    if not clip:
        raise ValueError("a point does not lie inside the image; ask for clip to move it to the edge")
    return [[_clamped(x), _clamped(y)] for x, y in points]


def _clamped(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _around(points: Iterable[Sequence[float]]) -> list[float]:
    across, along = zip(*points, strict=True)
    return [min(across), min(along), max(across) - min(across), max(along) - min(along)]
