"""A row of MOTChallenge as an annotation body, and back.

`frame, id, left, top, width, height, confidence`, then in ground truth class and visibility; in detections and in
results three coordinates of the world, -1 where there are none. A confidence of 0 in ground truth marks a box to
ignore. An id of -1 is none.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from foveal.formats.base.files.numbers import NotANumber, number, text_of

CLASSES: Final[Mapping[int, str]] = {
    1: "Pedestrian",
    2: "Person on vehicle",
    3: "Car",
    4: "Bicycle",
    5: "Motorbike",
    6: "Non motorized vehicle",
    7: "Static person",
    8: "Distractor",
    9: "Occluder",
    10: "Occluder on the ground",
    11: "Occluder full",
    12: "Reflection",
    13: "Crowd",
}
"""Classes of MOT16, MOT17 and MOT20."""
PREDICTIONS: Final = "predictions"
_NAMES: Final = ("frame", "id", "left", "top", "width", "height", "confidence")
_LEAST, _MOST = 6, 10


def cells_of(line: str) -> list[str]:
    """Return the columns of a row. Raises NotANumber when there are too few or too many."""
    cells = [cell.strip() for cell in line.split(",")]
    while cells and not cells[-1]:
        cells.pop()
    if not _LEAST <= len(cells) <= _MOST:
        raise NotANumber(f"the row has {len(cells)} columns: MOTChallenge has {_LEAST} to {_MOST}")
    return cells


def body_of(
    line: str, classes: Mapping[int, str], *, is_truth: bool, frame_base: int, pixel_base: int
) -> tuple[dict[str, Any], int | None]:
    """Return the body of a row, and the number of its class. Raises NotANumber with the reason."""
    cells = cells_of(line)
    frame, track, left, top, width, height, *rest = (
        number(cell, name) for cell, name in zip(cells, (*_NAMES, "column 8", "column 9", "column 10"), strict=False)
    )
    if frame != int(frame) or frame < frame_base:
        raise NotANumber(f"the frame is {frame:g}: frames are whole numbers from {frame_base}")
    body: dict[str, Any] = {
        "type": "detection",
        "field": "ground_truth" if is_truth else PREDICTIONS,
        "frame_index": int(frame) - frame_base,
        "bbox_px": [left - pixel_base, top - pixel_base, width, height],
    }
    if track != -1:
        body["track_id"] = text_of(track)
    if is_truth and rest and rest[0] in (0, 1):
        if rest[0] == 0:
            body["ignore"] = True
    elif rest:
        body["confidence"] = rest[0]
    class_id = None
    if len(rest) == 4:
        if any(each != -1 for each in rest[1:]):
            body["extra"] = {"world": list(rest[1:])}
    elif len(rest) > 1:
        if rest[1] != int(rest[1]):
            raise NotANumber(f"the class is {rest[1]:g}, not a whole number")
        class_id = int(rest[1]) if rest[1] >= 0 else None
        if class_id is not None:
            body["label"] = classes.get(class_id, str(class_id))
        if len(rest) > 2 and rest[2] != -1:
            body["attributes"] = {"visibility": rest[2]}
    return body, class_id


def row_of(
    body: Mapping[str, Any], box: Sequence[float], track: int, class_id: int | None, *, is_truth: bool, pixel_base: int
) -> str:
    """Return the row of a body; `box` is in pixels, frames are written from 1."""
    x, y, width, height = box
    cells = [str(body["frame_index"] + 1), str(track)]
    cells += [text_of(number) for number in (x + pixel_base, y + pixel_base, width, height)]
    confidence: Any = body.get("confidence")
    if confidence is None:
        confidence = (body.get("extra") or {}).get("confidence")
    score = text_of(confidence) if isinstance(confidence, int | float) else "1"
    if is_truth:
        visibility: Any = (body.get("attributes") or {}).get("visibility")
        is_known = isinstance(visibility, int | float) and not isinstance(visibility, bool)
        cells += ["0" if body.get("ignore") else score, str(-1 if class_id is None else class_id)]
        cells.append(text_of(visibility) if is_known else "-1")
    else:
        world: Any = (body.get("extra") or {}).get("world")
        is_placed = isinstance(world, list) and len(world) == 3
        cells += [score, *(text_of(each) for each in (world if is_placed else (-1, -1, -1)))]
    return ",".join(cells)
