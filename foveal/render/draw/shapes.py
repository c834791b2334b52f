"""Annotations as shapes on a canvas: their geometry in its pixels, their colour and caption, in the order of drawing.

An annotation is a document of the catalog; what its type does not use is ignored.
"""

import functools
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from foveal.catalog.annotations import ids
from foveal.errors import Unrenderable
from foveal.render.decode import orientation
from foveal.render.draw.colours import Colour, colour_of
from foveal.render.draw.heatmaps import HeatmapRaster
from foveal.render.draw.masks import MaskRaster
from foveal.render.draw.outlines import Edges, Point, Ring, Size, outline_of

Bounds = tuple[float, float, float, float]
MAX_CAPTION_CHARACTERS: Final = 32
WHOLE: Final = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Style:
    """Style from the label schemas: colours by label, and the edges of skeletons as pairs of point indexes."""

    colours: Mapping[str, str] = field(default_factory=dict)
    skeletons: Mapping[str, Edges] = field(default_factory=dict)

    @classmethod
    def of(cls, labels: Iterable[Mapping[str, Any]]) -> "Style":
        """Read the `labels` of a label schema; an edge may name more than two points, and points by name."""
        colours: dict[str, str] = {}
        skeletons: dict[str, Edges] = {}
        for label in labels:
            if label.get("color"):
                colours[label["name"]] = str(label["color"])
            skeleton = label.get("skeleton") or {}
            index = {name: position for position, name in enumerate(skeleton.get("names") or ())}
            edges = [[index.get(each, each) for each in edge] for edge in skeleton.get("edges") or ()]
            skeletons[label["name"]] = [pair for edge in edges for pair in itertools.pairwise(edge)]
        return cls(colours, skeletons)


@dataclass(frozen=True, slots=True)
class ImageGeometry:
    """Width and height of the annotated image as displayed and as stored, and the orientation between the two."""

    size: tuple[int, int]
    stored_size: tuple[int, int]
    turn: int = orientation.UPRIGHT

    @classmethod
    def of(cls, asset: Mapping[str, Any]) -> "ImageGeometry":
        """Read an asset's facts. Raises Unrenderable for an unknown size."""
        if not (asset.get("width") and asset.get("height")):
            raise Unrenderable("The size of the picture is not known.")
        size, turn = (int(asset["width"]), int(asset["height"])), orientation.of_asset(asset)
        width, height = orientation.turned_size(size, turn)
        return cls(size, (int(asset.get("stored_width") or width), int(asset.get("stored_height") or height)), turn)


@dataclass(frozen=True, slots=True)
class Shape:
    """One annotation on a canvas: its filled, stroked and dotted geometry, and its caption."""

    annotation_id: str
    colour: Colour
    caption: str
    rings: tuple[Ring, ...] = ()
    holes: tuple[Ring, ...] = ()
    is_filled: bool = False
    lines: tuple[Ring, ...] = ()
    dots: tuple[tuple[Point, bool], ...] = ()
    mask: MaskRaster | None = None
    heatmap: HeatmapRaster | None = None
    bounds: Bounds | None = None


def shapes(
    annotations: Iterable[Mapping[str, Any]], canvas: Size, style: Style, picture: ImageGeometry | None = None
) -> list[Shape]:
    """Return the shapes of annotations on a canvas of `(width, height)`, in the order in which they are drawn.

    That is by `z_order`, then the largest first, so that none is covered. `picture` is what the annotations lie on,
    where the canvas has another size or the pixels are stored turned. Raises Unrenderable as `shape_of`.
    """
    shown = [each for each in annotations if not each.get("outside")]
    drawn = [(each.get("z_order") or 0, shape_of(each, canvas, style, picture)) for each in shown]
    return [shape for _, shape in sorted(drawn, key=lambda pair: (pair[0], -_area(pair[1].bounds)))]


def shape_of(annotation: Mapping[str, Any], canvas: Size, style: Style, picture: ImageGeometry | None = None) -> Shape:
    """Return one annotation on a canvas of `(width, height)`. Raises Unrenderable for a broken mask or heatmap."""
    picture = picture or ImageGeometry(canvas, canvas)
    is_stored = annotation.get("coordinate_frame") == "stored"
    is_relative_to_stored = is_stored and annotation.get("relative_to") != "display"
    mask = None
    if annotation.get("mask"):
        lies_in = tuple(annotation.get("image_size") or (picture.stored_size if is_stored else picture.size))
        mask = MaskRaster.of(annotation["mask"], lies_in, picture.turn if is_stored else orientation.UPRIGHT)
    heatmap = None
    if annotation.get("map"):
        turn = picture.turn if is_stored else orientation.UPRIGHT
        box = _corners(annotation.get("bbox") or WHOLE)
        if not is_relative_to_stored:
            box = (*orientation.stored(box[:2], turn), *orientation.stored(box[2:], turn))
        heatmap = HeatmapRaster.of(annotation["map"], box, turn)
    is_area = mask is not None or heatmap is not None
    edges = style.skeletons.get(annotation.get("label") or "", ())
    drawn = outline_of(annotation, picture.stored_size if is_relative_to_stored else canvas, edges, is_area=is_area)
    if is_relative_to_stored:
        drawn = drawn.moved(functools.partial(_onto, canvas=canvas, stored_size=picture.stored_size, turn=picture.turn))
    return Shape(
        ids.public(str(annotation["_id"])),
        colour_of(annotation.get("label"), style.colours),
        _caption(annotation),
        drawn.rings,
        drawn.holes,
        drawn.is_filled,
        drawn.lines,
        tuple((point, is_visible) for point, is_visible in drawn.points if point is not None),
        mask,
        heatmap,
        _around(drawn.every_point()) or _bounds_of_area(mask, heatmap, canvas),
    )


def _onto(point: Point, *, canvas: Size, stored_size: Size, turn: int) -> Point:
    """Return the position on the canvas of a pixel of the stored image."""
    x, y = orientation.displayed((point[0] / stored_size[0], point[1] / stored_size[1]), turn)
    return x * canvas[0], y * canvas[1]


def enclosing_box(annotation: Mapping[str, Any], picture: ImageGeometry, margin: float) -> Bounds:
    """Return `(left, top, right, bottom)`, relative, around an annotation with a margin of its longer side.

    The margin is the same number of pixels on all sides. Raises Unrenderable for an annotation without geometry.
    """
    bounds = shape_of(annotation, picture.size, Style(), picture).bounds
    if bounds is None:
        raise Unrenderable("The annotation has no geometry in the image.")
    left, top, right, bottom = bounds
    around = max(1.0, margin * max(right - left, bottom - top)) if margin else 0.0
    width, height = picture.size
    return (
        max(0.0, (left - around) / width),
        max(0.0, (top - around) / height),
        min(1.0, (right + around) / width),
        min(1.0, (bottom + around) / height),
    )


def _around(points: Sequence[Point]) -> Bounds | None:
    if not points:
        return None
    across, down = zip(*points, strict=True)
    return min(across), min(down), max(across), max(down)


def _bounds_of_area(mask: MaskRaster | None, heatmap: HeatmapRaster | None, canvas: Size) -> Bounds | None:
    if mask is not None and mask.bounds is not None:
        (left, top, right, bottom), (width, height) = mask.bounds, mask.size
    elif heatmap is not None:
        (left, top, right, bottom), (width, height) = heatmap.box, (1, 1)
    else:
        return None
    across, down = canvas[0] / width, canvas[1] / height
    return left * across, top * down, right * across, bottom * down


def _corners(bbox: Sequence[float]) -> Bounds:
    left, top, width, height = bbox
    return left, top, left + width, top + height


def _area(bounds: Bounds | None) -> float:
    return (bounds[2] - bounds[0]) * (bounds[3] - bounds[1]) if bounds else math.inf


def _caption(annotation: Mapping[str, Any]) -> str:
    """Return the label, a regression's value and the confidence; a long label is cut."""
    text = " ".join((annotation.get("label") or "").split())
    parts = [text if len(text) <= MAX_CAPTION_CHARACTERS else f"{text[: MAX_CAPTION_CHARACTERS - 1]}…"]
    if annotation["type"] == "regression":
        parts.append(f"{annotation['value']:g}")
    if annotation.get("confidence") is not None:
        parts.append(f"{annotation['confidence']:.2f}")
    return " ".join(part for part in parts if part)
