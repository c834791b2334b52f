"""Annotations as shapes on a canvas: geometry is relative to the displayed image, and is turned in pixels.

An annotation is a document of the catalog; what its type does not use is ignored. Angles are in degrees, clockwise as
seen, about the centre of the box unless `rotation_origin` is `top_left`.
"""

import functools
import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from foveal.catalog import identity
from foveal.render import orientation
from foveal.render.colours import Colour, colour_of
from foveal.render.errors import Unrenderable
from foveal.render.heatmaps import Heatmap
from foveal.render.masks import Mask

Point = tuple[float, float]
Ring = tuple[Point, ...]
Size = tuple[int, int]
Bounds = tuple[float, float, float, float]
ELLIPSE_POINTS: Final = 72
LONGEST_CAPTION: Final = 32
WHOLE: Final = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Style:
    """What the label schema says of looks: colours by label, and the edges of skeletons as pairs of point indexes."""

    colours: Mapping[str, str] = field(default_factory=dict)
    skeletons: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, labels: Iterable[Mapping[str, Any]]) -> "Style":
        """Read the `labels` of a label schema; an edge may name more than two points, and points by name."""
        colours: dict[str, str] = {}
        skeletons: dict[str, Sequence[tuple[int, int]]] = {}
        for label in labels:
            if label.get("color"):
                colours[label["name"]] = str(label["color"])
            skeleton = label.get("skeleton") or {}
            index = {name: position for position, name in enumerate(skeleton.get("names") or ())}
            edges = [[index.get(each, each) for each in edge] for edge in skeleton.get("edges") or ()]
            skeletons[label["name"]] = [pair for edge in edges for pair in itertools.pairwise(edge)]
        return cls(colours, skeletons)


@dataclass(frozen=True, slots=True)
class Picture:
    """What annotations lie on: its width and height as displayed and as stored, and the turn from one to the other."""

    size: tuple[int, int]
    stored_size: tuple[int, int]
    turn: int = orientation.UPRIGHT

    @classmethod
    def of(cls, asset: Mapping[str, Any]) -> "Picture":
        """Read an asset's facts. Raises Unrenderable where its size is not known."""
        if not (asset.get("width") and asset.get("height")):
            raise Unrenderable("The size of the picture is not known.")
        size, turn = (int(asset["width"]), int(asset["height"])), orientation.of_asset(asset)
        width, height = orientation.turned_size(size, turn)
        return cls(size, (int(asset.get("stored_width") or width), int(asset.get("stored_height") or height)), turn)


@dataclass(frozen=True, slots=True)
class Shape:
    """One annotation on a canvas: what is filled, stroked and dotted, and what is written beside it."""

    annotation_id: str
    colour: Colour
    caption: str
    rings: tuple[Ring, ...] = ()
    holes: tuple[Ring, ...] = ()
    is_filled: bool = False
    lines: tuple[Ring, ...] = ()
    dots: tuple[tuple[Point, bool], ...] = ()
    mask: Mask | None = None
    heatmap: Heatmap | None = None
    bounds: Bounds | None = None


def shapes(
    annotations: Iterable[Mapping[str, Any]], canvas: Size, style: Style, picture: Picture | None = None
) -> list[Shape]:
    """Return the shapes of annotations on a canvas of `(width, height)`, in the order in which they are drawn.

    That is by `z_order`, then the largest first, so that none is covered. `picture` is what the annotations lie on,
    where the canvas has another size or the pixels are stored turned. Raises Unrenderable as `shape_of`.
    """
    shown = [each for each in annotations if not each.get("outside")]
    drawn = [(each.get("z_order") or 0, shape_of(each, canvas, style, picture)) for each in shown]
    return [shape for _, shape in sorted(drawn, key=lambda pair: (pair[0], -_area(pair[1].bounds)))]


def shape_of(annotation: Mapping[str, Any], canvas: Size, style: Style, picture: Picture | None = None) -> Shape:
    """Return one annotation on a canvas of `(width, height)`. Raises Unrenderable for a broken mask or heatmap."""
    picture = picture or Picture(canvas, canvas)
    is_stored = annotation.get("coordinate_frame") == "stored"
    mask = None
    if annotation.get("mask"):
        lies_in = tuple(annotation.get("image_size") or (picture.stored_size if is_stored else picture.size))
        mask = Mask.of(annotation["mask"], lies_in, picture.turn if is_stored else orientation.UPRIGHT)
    heatmap = None
    if annotation.get("map"):
        turn = picture.turn if is_stored else orientation.UPRIGHT
        heatmap = Heatmap.of(annotation["map"], _corners(annotation.get("bbox") or WHOLE), turn)
    is_area = mask is not None or heatmap is not None
    drawn = _outline(annotation, picture.stored_size if is_stored else canvas, style, is_area=is_area)
    if is_stored:
        drawn = drawn.moved(functools.partial(_onto, canvas=canvas, stored_size=picture.stored_size, turn=picture.turn))
    return Shape(
        identity.public(str(annotation["_id"])),
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


@dataclass(frozen=True, slots=True)
class _Outline:
    """The geometry of an annotation, in pixels."""

    rings: tuple[Ring, ...] = ()
    holes: tuple[Ring, ...] = ()
    is_filled: bool = False
    lines: tuple[Ring, ...] = ()
    points: tuple[tuple[Point | None, bool], ...] = ()

    def moved(self, move: Callable[[Point], Point]) -> "_Outline":
        rings, holes, lines = (
            tuple(tuple(map(move, ring)) for ring in each) for each in (self.rings, self.holes, self.lines)
        )
        points = tuple((None if point is None else move(point), is_visible) for point, is_visible in self.points)
        return _Outline(rings, holes, self.is_filled, lines, points)

    def every_point(self) -> list[Point]:
        dots = [point for point, _ in self.points if point is not None]
        return [*(point for ring in (*self.rings, *self.lines) for point in ring), *dots]


def _outline(annotation: Mapping[str, Any], canvas: Size, style: Style, *, is_area: bool) -> _Outline:
    rings, holes = _scaled(annotation.get("rings"), canvas), _scaled(annotation.get("holes"), canvas)
    is_filled = annotation.get("filled", True) is not False
    if annotation["type"] == "polyline":
        if not annotation.get("closed"):
            return _Outline(lines=rings)
        return _Outline(rings, is_filled=bool(annotation.get("filled")))
    if rings:
        return _Outline(rings, holes, is_filled)
    points = _keypoints(annotation, canvas)
    if points:
        return _Outline(lines=_edges(points, style.skeletons.get(annotation.get("label") or "", ())), points=points)
    if annotation.get("ellipse"):
        return _Outline((_ellipse(annotation, canvas),), is_filled=is_filled)
    if annotation.get("cuboid"):
        return _Outline((_hull(_scaled([_pairs(annotation["cuboid"])], canvas)[0]),))
    if annotation.get("bbox") and not is_area:
        return _Outline((_box(annotation, canvas),))
    return _Outline()


def _onto(point: Point, *, canvas: Size, stored_size: Size, turn: int) -> Point:
    """Return where a pixel of the stored image lies on the canvas."""
    x, y = orientation.displayed((point[0] / stored_size[0], point[1] / stored_size[1]), turn)
    return x * canvas[0], y * canvas[1]


def enclosing_box(annotation: Mapping[str, Any], picture: Picture, margin: float) -> Bounds:
    """Return `(left, top, right, bottom)`, relative, around an annotation with a margin of its longer side.

    The margin is the same number of pixels on all sides. Raises Unrenderable for an annotation without geometry.
    """
    bounds = shape_of(annotation, picture.size, Style(), picture).bounds
    if bounds is None:
        raise Unrenderable("The annotation has no place in the image.")
    left, top, right, bottom = bounds
    around = max(1.0, margin * max(right - left, bottom - top)) if margin else 0.0
    width, height = picture.size
    return (
        max(0.0, (left - around) / width),
        max(0.0, (top - around) / height),
        min(1.0, (right + around) / width),
        min(1.0, (bottom + around) / height),
    )


def _box(annotation: Mapping[str, Any], canvas: Size) -> Ring:
    x, y, width, height = (float(each) for each in annotation["bbox"])
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    ring = [(left * canvas[0], top * canvas[1]) for left, top in corners]
    angle = float(annotation.get("rotation") or 0.0)
    if not angle:
        return tuple(ring)
    is_corner = annotation.get("rotation_origin") == "top_left"
    origin = ring[0] if is_corner else ((ring[0][0] + ring[2][0]) / 2, (ring[0][1] + ring[2][1]) / 2)
    return _rotated(ring, origin, angle)


def _ellipse(annotation: Mapping[str, Any], canvas: Size) -> Ring:
    given = annotation["ellipse"]
    centre = (float(given["cx"]) * canvas[0], float(given["cy"]) * canvas[1])
    radii = (float(given["rx"]) * canvas[0], float(given["ry"]) * canvas[1])
    angles = (2 * math.pi * step / ELLIPSE_POINTS for step in range(ELLIPSE_POINTS))
    ring = [(centre[0] + radii[0] * math.cos(angle), centre[1] + radii[1] * math.sin(angle)) for angle in angles]
    return _rotated(ring, centre, float(annotation.get("rotation") or 0.0))


def _pairs(numbers: Sequence[float]) -> list[Sequence[float]]:
    return [numbers[at : at + 2] for at in range(0, len(numbers), 2)]


def _hull(points: Ring) -> Ring:
    """Return the outline around points (Andrew's monotone chain): a cuboid as seen, whatever order its corners have."""
    ordered = sorted(set(points))

    def half(points: Iterable[Point]) -> list[Point]:
        chain: list[Point] = []
        for point in points:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        return chain[:-1]

    return tuple(half(ordered) + half(reversed(ordered)))


def _turn(origin: Point, one: Point, other: Point) -> float:
    return (one[0] - origin[0]) * (other[1] - origin[1]) - (one[1] - origin[1]) * (other[0] - origin[0])


def _rotated(ring: Iterable[Point], origin: Point, degrees: float) -> Ring:
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    return tuple(
        (
            origin[0] + (x - origin[0]) * cosine - (y - origin[1]) * sine,
            origin[1] + (x - origin[0]) * sine + (y - origin[1]) * cosine,
        )
        for x, y in ring
    )


def _scaled(rings: Sequence[Sequence[Sequence[float]]] | None, canvas: Size) -> tuple[Ring, ...]:
    return tuple(tuple((x * canvas[0], y * canvas[1]) for x, y in ring) for ring in rings or () if len(ring) > 1)


def _keypoints(annotation: Mapping[str, Any], canvas: Size) -> tuple[tuple[Point | None, bool], ...]:
    """Return each point and whether it is visible; None for one that nobody labelled (visibility 0, NaN, outside)."""
    points: list[tuple[Point | None, bool]] = []
    for each in annotation.get("keypoints") or ():
        x, y = each.get("x"), each.get("y")
        is_absent = x is None or y is None or math.isnan(x) or math.isnan(y)
        if is_absent or each.get("visibility", 2) == 0 or each.get("outside"):
            points.append((None, False))
        else:
            is_visible = each.get("visibility", 2) != 1 and not each.get("occluded")
            points.append(((x * canvas[0], y * canvas[1]), is_visible))
    return tuple(points)


def _edges(points: Sequence[tuple[Point | None, bool]], edges: Iterable[tuple[int, int]]) -> tuple[Ring, ...]:
    found = []
    for start, end in edges:
        if isinstance(start, int) and isinstance(end, int) and max(start, end) < len(points) and min(start, end) >= 0:
            one, other = points[start][0], points[end][0]
            if one is not None and other is not None:
                found.append((one, other))
    return tuple(found)


def _around(points: Sequence[Point]) -> Bounds | None:
    if not points:
        return None
    across, down = zip(*points, strict=True)
    return min(across), min(down), max(across), max(down)


def _bounds_of_area(mask: Mask | None, heatmap: Heatmap | None, canvas: Size) -> Bounds | None:
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
    """Return the label, a regression's value and the confidence; only so much of a long label as can be read."""
    text = " ".join((annotation.get("label") or "").split())
    parts = [text if len(text) <= LONGEST_CAPTION else f"{text[: LONGEST_CAPTION - 1]}…"]
    if annotation["type"] == "regression":
        parts.append(f"{annotation['value']:g}")
    if annotation.get("confidence") is not None:
        parts.append(f"{annotation['confidence']:.2f}")
    return " ".join(part for part in parts if part)
