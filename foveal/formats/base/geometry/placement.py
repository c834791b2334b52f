"""Placement of annotations: a reader's geometry against the sides of the asset, by the rules of the catalog.

A box wholly outside the image, a negative side, a line of one point: the record is told, never the file refused and
never a place stated that the file does not hold. Partly outside: the relative place is cut at the edge when it is
stored, the numbers of the file stay as given.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from foveal.formats.base.model.context import AssetFacts, Context, ask
from foveal.formats.base.model.items import Annotation, Asset, FileWarning, NotImported, Question

OPTION_FRAME: Final = "coordinate_frame"
"""Answer for sides that are swapped: the numbers refer to the image as `displayed` or as `stored`."""
TOLERANCE: Final = 1e-6
"""Share of a side by which a number may lie outside and still count as the edge: rounding of writers."""
MAX_POSITION: Final = 2**53
"""Positions beyond, in either direction, have no single pixels as doubles; shares times sides stay finite."""
RATIO_TOLERANCE: Final = 0.01
MIN_PIXEL: Final = 2.0
"""Larger values can only be pixels that stand where shares of the sides belong."""

Sides = tuple[float, float]
Points = Sequence[Sequence[float]]
_UNIT: Final = (1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Frame:
    """The image that the numbers of a file refer to: its sides, and what every body states about it."""

    sides: Sides | None
    members: dict[str, Any]


def frame_of(asset: Asset, facts: AssetFacts | None, context: Context) -> Frame | Question | str:
    """Return the frame of an asset's numbers, the question that it depends on, or why it cannot be known."""
    stated = (asset.width, asset.height) if asset.width and asset.height else None
    if facts is None or stated is None:
        return Frame((facts.width, facts.height) if facts else stated, {})
    shown = (facts.width, facts.height)
    if stated == shown:
        return Frame(stated, {})
    if stated == shown[::-1] and facts.orientation >= 5:
        answer = context.option(OPTION_FRAME, ("stored", "displayed"))
        if answer is None:
            return ask(
                OPTION_FRAME,
                f"The file states {stated[0]} x {stated[1]}, the image is shown as {shown[0]} x {shown[1]} "
                f"(EXIF orientation {facts.orientation}).",
                ("stored", "displayed"),
                "stored",
                asset.file_name,
            )
        return Frame(stated, {"coordinate_frame": "stored"}) if answer == "stored" else Frame(shown, {})
    if abs(stated[0] * shown[1] - stated[1] * shown[0]) <= RATIO_TOLERANCE * stated[0] * shown[1]:
        return Frame(stated, {"image_size": [*stated]})
    return f"the file states {stated[0]} x {stated[1]} pixels, the asset has {shown[0]} x {shown[1]}"


def place(annotation: Annotation, frame: Frame) -> Iterator[Annotation | NotImported | FileWarning]:
    """Yield the annotation as it can be stored, with warnings; or the reason why it cannot be placed."""
    body = annotation.body | frame.members if frame.members else annotation.body
    try:
        is_cut = _check(body, frame.sides)
    except _Misplaced as problem:
        yield NotImported(annotation.pointer, str(problem), annotation.record or "", annotation.asset)
        return
    if is_cut:
        message = "Lies partly outside the image: the place is cut at the edge, the numbers of the file stay."
        yield FileWarning("cut_at_edge", message, annotation.pointer)
    yield replace(annotation, body=body) if frame.members else annotation


class _Misplaced(Exception):
    pass


def _check(body: dict[str, Any], sides: Sides | None) -> bool:
    """Tell whether something lies outside and is cut. Raises _Misplaced."""
    is_cut = False
    for name, scale in (("bbox", _UNIT), ("bbox_px", sides)):
        if name in body and body.get("rotation"):
            _check_turned(name, body, scale, sides)
        elif name in body:
            is_cut |= _check_box(name, body[name], scale)
    least = 3 if body.get("type") == "polygon" else 2
    for name, scale in (("rings", _UNIT), ("holes", _UNIT), ("rings_px", sides), ("holes_px", sides)):
        for ring in body.get(name, ()):
            is_cut |= _check_ring(name, ring, scale, least)
    for point in body.get("keypoints", ()):
        if point.get("visibility", 2):
            for names, scale in ((("x", "y"), _UNIT), (("x_px", "y_px"), sides)):
                if (names[0] in point) is not (names[1] in point):
                    raise _Misplaced(f"a keypoint has only one of {' and '.join(names)}")
                if names[0] in point:
                    is_cut |= _is_outside([[point[each] for each in names]], scale, "a keypoint")
    for name, scale in (("cuboid", _UNIT), ("cuboid_px", sides)):
        if name in body:
            corners = [body[name][at : at + 2] for at in range(0, len(body[name]), 2)]
            is_cut |= _is_outside(corners, scale, name)
    for name, scale in (("ellipse", _UNIT), ("ellipse_px", sides)):
        if name in body:
            axes = body[name]
            box = [axes["cx"] - axes["rx"], axes["cy"] - axes["ry"], 2 * axes["rx"], 2 * axes["ry"]]
            is_cut |= _check_box(name, box, scale)
    mask = body.get("mask")
    if mask and sides and mask["encoding"] != "cvat_rle" and list(mask["size"]) != [sides[1], sides[0]]:
        raise _Misplaced(f"the mask has {mask['size']} pixels, the image {[sides[1], sides[0]]} (height, width)")
    return is_cut


def _check_turned(name: str, body: dict[str, Any], sides: Sides | None, image: Sides | None) -> None:
    """Check a turned box: its corners may leave the image, its centre may not."""
    x, y, width, height = _sides_of(name, body[name])
    across, along = width / 2, height / 2
    if body.get("rotation_origin") == "top_left":  # the turn is one of pixels, on any image
        stretch = image[1] / image[0] if image and sides is _UNIT else 1.0
        angle = math.radians(body["rotation"])
        across, along = (
            across * math.cos(angle) - along * stretch * math.sin(angle),
            across / stretch * math.sin(angle) + along * math.cos(angle),
        )
    if _is_outside([[x + across, y + along]], sides, name):
        raise _Misplaced(f"the centre of {name} lies outside the image")


def _sides_of(name: str, box: Sequence[float]) -> Sequence[float]:
    if _finite(name, box)[2] < 0 or box[3] < 0:
        raise _Misplaced(f"{name} has a negative side: {box[2]:g} x {box[3]:g}")
    return box


def _check_box(name: str, box: Sequence[float], sides: Sides | None) -> bool:
    x, y, width, height = _sides_of(name, box)
    if sides is None:
        return False
    if not _is_outside([[x, y], [x + width, y + height]], sides, name):
        return False
    left, top = max(x, 0.0), max(y, 0.0)
    if left >= min(x + width, sides[0]) or top >= min(y + height, sides[1]):
        raise _Misplaced(f"{name} lies wholly outside the image of {sides[0]:g} x {sides[1]:g}")
    return True


def _check_ring(name: str, ring: Points, sides: Sides | None, least: int) -> bool:
    across, along = (_finite(name, axis) for axis in zip(*ring, strict=True))
    corners = ring[:-1] if least == 3 and len(ring) > 1 and ring[0] == ring[-1] else ring
    distinct = len(set(map(tuple, corners)))
    if distinct < least:
        raise _Misplaced(f"{name} has a ring of {distinct} different points, and needs {least}")
    if sides is not None:
        for side, axis in zip(sides, (across, along), strict=True):
            if min(axis) > side * (1 + TOLERANCE) or max(axis) < -side * TOLERANCE:
                raise _Misplaced(f"{name} has a ring wholly outside the image of {sides[0]:g} x {sides[1]:g}")
    is_cut = _leaves(across, along, sides, name)
    inside = [[min(max(x, 0), sides[0]), min(max(y, 0), sides[1])] for x, y in ring] if is_cut and sides else ring
    if least == 3 and _are_in_line(inside):
        raise _Misplaced(f"the points of a ring of {name} all lie on one line")
    return is_cut


def _are_in_line(points: Points) -> bool:
    (x, y), *others = points
    distances = [abs(each_x - x) + abs(each_y - y) for each_x, each_y in others]
    far_x, far_y = others[distances.index(max(distances))]
    return all((far_x - x) * (each_y - y) == (far_y - y) * (each_x - x) for each_x, each_y in others)


def _is_outside(points: Points, sides: Sides | None, name: str) -> bool:
    if sides is None:
        return False
    across, along = (_finite(name, axis) for axis in zip(*points, strict=True))
    return _leaves(across, along, sides, name)


def _leaves(across: Sequence[float], along: Sequence[float], sides: Sides | None, name: str) -> bool:
    """Tell whether one of some points, of which there are the finite x and y, lies outside the image."""
    if sides is None:
        return False
    left, right, top, bottom = min(across), max(across), min(along), max(along)
    if sides is _UNIT and max(right, bottom) >= MIN_PIXEL:
        raise _Misplaced(f"{name} is not a share of the sides, from 0 to 1")
    width, height = sides
    is_before = left < -TOLERANCE * width or top < -TOLERANCE * height
    return is_before or right > width * (1 + TOLERANCE) or bottom > height * (1 + TOLERANCE)


def _finite(name: str, numbers: Sequence[float]) -> Sequence[float]:
    if not all(map(math.isfinite, numbers)):
        raise _Misplaced(f"{name} holds a number that is not finite")
    if max(numbers) > MAX_POSITION or min(numbers) < -MAX_POSITION:
        raise _Misplaced(f"{name} holds a number beyond {MAX_POSITION}")
    return numbers
