"""Placement of annotations: a reader's geometry against the sides of the asset.

A box wholly outside the image, a negative side, a line of one point: the record is told, never the file refused and
never a place stated that the file does not hold. Partly outside: the relative place is cut, the pixels stay as given.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from foveal.formats.context import AssetFacts, Context, ask
from foveal.formats.items import Annotation, Asset, FileWarning, NotImported, Question

OPTION_FRAME: Final = "coordinate_frame"
"""Answer for sides that are swapped: the numbers refer to the image as `displayed` or as `stored`."""
TOLERANCE: Final = 1e-6
"""Share of a side by which a number may lie outside and still count as the edge: rounding of writers."""
RATIO_TOLERANCE: Final = 0.01
_POINT_LISTS: Final = ("rings", "holes")
_MIN_POINTS: Final = {"polygon": 3, "polyline": 2}


@dataclass(frozen=True, slots=True)
class Frame:
    """The image that the numbers of a file refer to: its sides, and what every body states about it."""

    sides: tuple[int, int] | None
    members: dict[str, Any]


def frame_of(asset: Asset, facts: AssetFacts | None, context: Context) -> Frame | Question | str:
    """Return the frame of an asset's numbers, the question that it depends on, or why it cannot be known."""
    stated = (asset.width, asset.height) if asset.width and asset.height else None
    if facts is None or stated is None:
        known = (facts.width, facts.height) if facts else stated
        return Frame(known, {})
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
        if answer == "stored":
            return Frame(stated, {"coordinate_frame": "stored"})
        return Frame(shown, {})
    if abs(stated[0] * shown[1] - stated[1] * shown[0]) <= RATIO_TOLERANCE * stated[0] * shown[1]:
        return Frame(stated, {"image_size": [*stated]})
    return f"the file states {stated[0]} x {stated[1]} pixels, the asset has {shown[0]} x {shown[1]}"


def place(annotation: Annotation, frame: Frame) -> Iterator[Annotation | NotImported | FileWarning]:
    """Yield the annotation as it can be stored, with warnings; or the reason why it cannot be placed."""
    body = annotation.body | frame.members
    try:
        is_cut = _check(body, frame.sides)
    except _Misplaced as problem:
        yield NotImported(annotation.pointer, str(problem), annotation.record or "", annotation.asset)
        return
    if is_cut:
        yield FileWarning(
            "cut_at_edge",
            "Lies partly outside the image: the place is cut at the edge, the numbers of the file stay.",
            annotation.pointer,
        )
    yield replace(annotation, body=body)


class _Misplaced(Exception):
    pass


def _check(body: dict[str, Any], sides: tuple[int, int] | None) -> bool:
    """Complete relative places from pixels where the sides are known; return whether something was cut."""
    is_cut = False
    for name in ("bbox", "bbox_px"):
        if name in body:
            scale = (1, 1) if name == "bbox" else sides
            is_cut |= _check_box(name, body[name], scale, is_turned=bool(body.get("rotation")))
    minimum = _MIN_POINTS.get(body.get("type", ""), 1)
    for name in _POINT_LISTS:
        for member, scale in ((name, (1, 1)), (f"{name}_px", sides)):
            if member in body:
                is_cut |= _check_rings(member, body[member], scale, minimum)
    return is_cut


def _check_box(name: str, box: Sequence[float], sides: tuple[int, int] | None, *, is_turned: bool) -> bool:
    if not all(map(math.isfinite, box)):
        raise _Misplaced(f"{name} holds a number that is not finite")
    x, y, width, height = box
    if width < 0 or height < 0:
        raise _Misplaced(f"{name} has a negative side: {width:g} x {height:g}")
    if sides is None or is_turned:
        return False
    edge_x, edge_y = TOLERANCE * sides[0], TOLERANCE * sides[1]
    if x > sides[0] + edge_x or y > sides[1] + edge_y or x + width < -edge_x or y + height < -edge_y:
        raise _Misplaced(f"{name} lies wholly outside the image of {sides[0]:g} x {sides[1]:g}")
    return x < -edge_x or y < -edge_y or x + width > sides[0] + edge_x or y + height > sides[1] + edge_y


def _check_rings(
    name: str, rings: Sequence[Sequence[Sequence[float]]], sides: tuple[int, int] | None, minimum: int
) -> bool:
    is_cut = False
    for ring in rings:
        if len(ring) < minimum:
            raise _Misplaced(f"{name} has a ring of {len(ring)} points, and needs {minimum}")
        if not all(math.isfinite(number) for point in ring for number in point):
            raise _Misplaced(f"{name} holds a number that is not finite")
        if sides is not None:
            outside = [_is_outside(point, sides) for point in ring]
            is_cut |= any(outside)
    if sides is not None and rings:
        points = [point for ring in rings for point in ring]
        left, right = min(x for x, _ in points), max(x for x, _ in points)
        top, bottom = min(y for _, y in points), max(y for _, y in points)
        if left > sides[0] or top > sides[1] or right < 0 or bottom < 0:
            raise _Misplaced(f"{name} lies wholly outside the image of {sides[0]:g} x {sides[1]:g}")
    return is_cut


def _is_outside(point: Sequence[float], sides: tuple[int, int]) -> bool:
    return any(
        number < -TOLERANCE * side or number > side * (1 + TOLERANCE) for number, side in zip(point, sides, strict=True)
    )
