"""Geometry of annotations: pixels to relative, checks against the image and the video, and the box around a shape.

Relative geometry refers to the image as displayed, also where pixels are those of the stored image. Positions must lie
inside the image, or are clipped when the caller asks for it; a tolerance of a millionth covers the rounding of formats
that write six decimals.
"""

import itertools
from dataclasses import dataclass
from typing import Any

from foveal.catalog.annotations import models
from foveal.catalog.annotations.common_fields import Placed
from foveal.catalog.annotations.geometry.bounds import (
    TOLERANCE,
    Points,
    are_in_line,
    box_around,
    box_inside,
    check_agreement,
    check_is_relative,
    check_turned,
    points_inside,
)
from foveal.catalog.annotations.geometry.pixels import MIRRORED, UPRIGHT, Display, Pixels, Size
from foveal.catalog.annotations.rasters import heatmaps
from foveal.catalog.annotations.rasters.masks import measure
from foveal.database.catalog_documents import AssetDocument
from foveal.database.client import Document


@dataclass(frozen=True, slots=True)
class Canvas:
    """The image or video of an annotation: sizes as displayed and as stored, frames; None where not known."""

    asset: AssetDocument

    @property
    def displayed(self) -> Size | None:
        return _sides(self.asset.get("width"), self.asset.get("height"))

    @property
    def stored(self) -> Size | None:
        return _sides(self.asset.get("stored_width"), self.asset.get("stored_height"))

    @property
    def display(self) -> Display:
        return Display.of(self.asset)

    @property
    def frame_count(self) -> int | None:
        return self.asset.get("frame_count")

    @property
    def is_video(self) -> bool:
        return self.asset.get("media_type") == "video" or (self.frame_count or 1) > 1


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
    if annotation.coordinate_frame == "stored":
        _check_stored_frame(annotation, canvas.display)
        stored[models.DISPLAY_MARK[0]] = models.DISPLAY_MARK[1]
    pixels = _pixels(annotation, canvas)
    around = _shape(annotation, stored, pixels, clip)
    if annotation.bbox_px is not None and annotation.bbox is None:
        stored["bbox"] = _needed(pixels, "bbox_px").box(annotation.bbox_px)
    if annotation.bbox is not None and annotation.bbox_px is not None and pixels is not None:
        check_agreement(annotation.bbox, pixels.box(annotation.bbox_px), pixels.size)
    if "bbox" not in stored and around is not None:
        stored["bbox"] = around
    if isinstance(annotation, models.Detection) and "bbox" not in stored:
        raise ValueError("a detection needs bbox or bbox_px")
    if "bbox" in stored:
        if annotation.bbox is not None:
            check_is_relative(annotation.bbox, "bbox", "bbox_px")
        if rotation := stored.get("rotation"):
            about_top_left = stored.get("rotation_origin") == "top_left"
            check_turned(stored["bbox"], rotation, canvas.displayed, about_top_left=about_top_left)
        else:
            stored["bbox"] = box_inside(stored["bbox"], clip=clip)


def _check_stored_frame(annotation: Any, display: Display) -> None:
    """Raise ValueError for values that mean nothing in the stored image, or that no displayed value stands for."""
    keypoints = annotation.keypoints if isinstance(annotation, models.Keypoints) else []
    given = [name for name in sorted(models.RELATIVE) if getattr(annotation, name, None) is not None]
    if given or any(each.x is not None or each.y is not None for each in keypoints):
        name = given[0] if given else "keypoints"
        raise ValueError(f"{name} is relative to the displayed image; in the stored frame send pixels ({name}_px)")
    if getattr(annotation, "rotation", None) and display.orientation in MIRRORED:
        raise ValueError("rotation has no meaning in the stored frame of a mirrored image; send displayed values")
    if getattr(annotation, "rotation_origin", None) == "top_left" and display.orientation != UPRIGHT:
        raise ValueError("rotation_origin top_left has no meaning in the stored frame of a turned image")


def _shape(annotation: Any, stored: Document, pixels: Pixels | None, clip: bool) -> list[float] | None:
    """Fill in the relative shape; return the box around it, None for a type that is only a box."""
    match annotation:
        case models.Detection() | models.Track():
            return None
        case models.Polygon() | models.Polyline():
            return _shape_of_rings(annotation, stored, pixels, clip)
        case models.Keypoints():
            return _shape_of_keypoints(annotation, stored, pixels, clip)
        case models.InstanceMask() | models.Segmentation():
            return _shape_of_mask(annotation, stored, pixels)
        case models.Heatmap():
            heatmaps.check(annotation.map)
            stored["map"]["range"] = heatmaps.shown_range(annotation.map)
            return None
        case models.Ellipse():
            return _shape_of_ellipse(annotation, stored, pixels)
        case models.Cuboid():
            return _shape_of_cuboid(annotation, stored, pixels, clip)
    return None


def _shape_of_cuboid(annotation: models.Cuboid, stored: Document, pixels: Pixels | None, clip: bool) -> list[float]:
    if annotation.cuboid is not None:
        check_is_relative(annotation.cuboid, "cuboid", "cuboid_px")
        points = [annotation.cuboid[at : at + 2] for at in range(0, 16, 2)]
    elif annotation.cuboid_px is not None:
        corners, given = annotation.cuboid_px, _needed(pixels, "cuboid_px")
        points = [list(given.position(corners[at], corners[at + 1])) for at in range(0, 16, 2)]
    else:
        raise ValueError("a cuboid needs cuboid or cuboid_px")
    points = points_inside(points, clip)
    if are_in_line(points):
        raise ValueError("the corners of a cuboid must not all lie on one line")
    stored["cuboid"] = [value for point in points for value in point]
    return box_around(points)


def _shape_of_rings(annotation: Any, stored: Document, pixels: Pixels | None, clip: bool) -> list[float]:
    least = 3 if isinstance(annotation, models.Polygon) else 2
    if annotation.rings is None and annotation.rings_px is None:
        raise ValueError(f"a {annotation.type} needs rings or rings_px")
    for name in ("rings", "holes"):
        rings = getattr(annotation, name, None)
        in_pixels = getattr(annotation, f"{name}_px", None)
        if rings is not None:
            check_is_relative(itertools.chain.from_iterable(itertools.chain(*rings)), name, f"{name}_px")
        elif in_pixels is not None:
            given = _needed(pixels, f"{name}_px")
            rings = [given.positions(ring) for ring in in_pixels]
        if rings is not None:
            stored[name] = [_ring(ring, least, clip) for ring in rings]
    return box_around(point for ring in stored["rings"] for point in ring)


def _ring(ring: Points, least: int, clip: bool) -> Points:
    corners = ring[:-1] if least == 3 and ring[0] == ring[-1] else ring
    if len(set(map(tuple, corners))) < least:
        raise ValueError(f"a ring needs {least} different points")
    if any(min(axis) > 1 + TOLERANCE or max(axis) < -TOLERANCE for axis in zip(*ring, strict=True)):
        raise ValueError("a ring lies wholly outside the image; leave it out")
    inside = points_inside(ring, clip)
    if least == 3 and are_in_line(inside):
        raise ValueError("the points of a ring must not all lie on one line")
    return inside


def _shape_of_keypoints(
    annotation: models.Keypoints, stored: Document, pixels: Pixels | None, clip: bool
) -> list[float] | None:
    points: Points = []
    for given, kept in zip(annotation.keypoints, stored["keypoints"], strict=True):
        if given.x is None and given.x_px is not None and given.y_px is not None:
            kept["x"], kept["y"] = _needed(pixels, "x_px").position(given.x_px, given.y_px)
        if given.visibility == 0:
            continue
        if "x" not in kept or "y" not in kept:
            raise ValueError("a keypoint that is labelled needs x and y")
        check_is_relative([each for each in (given.x, given.y) if each is not None], "a keypoint", "x_px and y_px")
        ((kept["x"], kept["y"]),) = points_inside([[kept["x"], kept["y"]]], clip)
        points.append([kept["x"], kept["y"]])
    return box_around(points) if points else None


def _shape_of_mask(annotation: Any, stored: Document, pixels: Pixels | None) -> list[float] | None:
    mask = annotation.mask
    pixels = pixels or Pixels((mask.size[1], mask.size[0]))
    width, height = pixels.size
    if mask.encoding != "cvat_rle" and mask.size != [height, width]:
        raise ValueError(f"mask.size is {mask.size}, but the image is {[height, width]} as [height, width]")
    measured = measure(mask)
    stored["mask"]["area"] = measured.area
    return pixels.box(measured.box) if measured.area else None


def _shape_of_ellipse(annotation: models.Ellipse, stored: Document, pixels: Pixels | None) -> list[float]:
    axes = annotation.ellipse
    if axes is not None:
        cx, cy, rx, ry = axes.cx, axes.cy, axes.rx, axes.ry
        check_is_relative((cx, cy, rx, ry), "ellipse", "ellipse_px")
    elif annotation.ellipse_px is not None:
        given, in_pixels = annotation.ellipse_px, _needed(pixels, "ellipse_px")
        cx, cy = in_pixels.position(given.cx, given.cy)
        rx, ry = in_pixels.lengths(given.rx, given.ry)
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


def _pixels(annotation: Placed, canvas: Canvas) -> Pixels | None:
    """Return the pixels to which an annotation's pixel values refer, None where their image's size is not known."""
    is_stored = annotation.coordinate_frame == "stored"
    if annotation.image_size is not None:
        size = annotation.image_size[0], annotation.image_size[1]
    elif (known := canvas.stored if is_stored else canvas.displayed) is not None:
        size = known
    else:
        return None
    return Pixels(size, canvas.display if is_stored else None)


def _sides(width: int | None, height: int | None) -> Size | None:
    return (width, height) if width and height else None


def _needed(pixels: Pixels | None, name: str) -> Pixels:
    if pixels is None:
        raise ValueError(f"{name} needs image_size, since the size of this asset is not known")
    return pixels
