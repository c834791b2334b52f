"""Rows of a YOLO label file: a class number and 4, 8 or more numbers, their meaning by task and number of columns.

Numbers are shares of the sides of the image as displayed (ultralytics `data/utils.py`, `verify_image_label`).
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from foveal.formats.base.model.context import AssetFacts
from foveal.formats.yolo.classes import Classes
from foveal.formats.yolo.description import KptShape
from foveal.formats.yolo.turned_boxes import fitted

MAX_COLUMNS: Final = 200_003
"""Columns of the longest row that is read: an outline of 100,000 points, a class, a number behind, one more."""
BOX_COLUMNS: Final = 5
OBB_COLUMNS: Final = 9
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,5})?", re.ASCII)


class RowRefusedError(Exception):
    """A row that becomes no annotation; the text says why."""


class NeedsAnswerError(Exception):
    """A row whose meaning is open; the text is the option that settles it."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """Meaning of rows: the task and the shape of keypoints where they are known, the column behind the others."""

    task: str | None = None
    kpt_shape: KptShape | None = None
    sixth_column: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row as an annotation's body. `sixth` is the number behind the others that no option explains."""

    number: int
    body: dict[str, Any]
    sixth: float | None = None


def row_of(columns: Sequence[str], meaning: Meaning, classes: Classes, sides: Callable[[], AssetFacts | None]) -> Row:
    """Return the annotation in the columns of a row. Raises RowRefusedError, NeedsAnswerError."""
    if len(columns) < BOX_COLUMNS:
        raise RowRefusedError(f"has {len(columns)} columns, needs 5 at least: class x y width height")
    if len(columns) >= MAX_COLUMNS:
        raise RowRefusedError(f"has more than {(MAX_COLUMNS - 3) // 2} points")
    shape, has_behind = _shape(len(columns), meaning)
    number = class_number(columns[0])
    try:
        name = classes.name_of(number)
    except ValueError as error:
        raise RowRefusedError(str(error)) from None
    numbers = [number_of(each) for each in columns[1:]]
    behind = numbers.pop() if has_behind else None
    match shape:
        case "box":
            body: dict[str, Any] = {"type": "detection", "bbox": _box(numbers)}
        case "polygon":
            body = {"type": "polygon", "rings": [[[x, y] for x, y in _pairs(numbers)]]}
        case "obb":
            body = _turned(numbers, sides())
        case _:
            body = _keypoints(numbers, meaning, classes, number)
    body |= {"field": "ground_truth", "label": name}
    extra = classes.ambiguity(name, number)
    if behind is not None:
        if meaning.sixth_column == "confidence" and 0 <= behind <= 1:
            body["confidence"] = behind
        elif meaning.sixth_column == "track_id":
            body["track_id"] = columns[-1].removesuffix(".0")[:256]
        else:
            extra["sixth_column"] = behind
    if extra:
        body["extra"] = extra
    return Row(number, body, behind if extra.get("sixth_column") is not None else None)


def class_number(text: str) -> int:
    """Return a class number; `3.0` is 3. Raises RowRefusedError."""
    if _NUMBER.fullmatch(text):
        value = float(text)
        if value.is_integer() and abs(value) < 2**53:
            return int(value)
    raise RowRefusedError(f"class {text[:40]!r} is no integer")


def number_of(text: str) -> float:
    """Return a number. Raises RowRefusedError for other text and for numbers that no double holds."""
    if _NUMBER.fullmatch(text):
        value = float(text)
        if math.isfinite(value):
            return value
    raise RowRefusedError(f"{text[:40]!r} is no number")


def is_number(text: str) -> bool:
    """Tell whether text is a number of a label file."""
    return _NUMBER.fullmatch(text) is not None


def _shape(count: int, meaning: Meaning) -> tuple[str, bool]:
    """Return the shape that a number of columns has, and whether a column stands behind it."""
    if meaning.kpt_shape is not None:
        keypoints, size = meaning.kpt_shape
        whole = BOX_COLUMNS + keypoints * size
        if count in (whole, whole + 1):
            return "keypoints", count > whole
        if count in (BOX_COLUMNS, BOX_COLUMNS + 1):
            return "box", count > BOX_COLUMNS
        raise RowRefusedError(f"has {count} columns: a box has 5, with kpt_shape {[keypoints, size]} {whole}")
    if count in (BOX_COLUMNS, BOX_COLUMNS + 1):
        return "box", count > BOX_COLUMNS
    if meaning.task == "pose":
        raise NeedsAnswerError("kpt_shape")
    if meaning.task is None and count in (OBB_COLUMNS, OBB_COLUMNS + 1):
        raise NeedsAnswerError("task")
    if meaning.task == "obb":
        if count in (OBB_COLUMNS, OBB_COLUMNS + 1):
            return "obb", count > OBB_COLUMNS
        raise RowRefusedError(f"has {count} columns, a turned box has 9: a class and four corners")
    if count % 2:
        return "polygon", False
    if meaning.task == "segment":
        return "polygon", True
    raise RowRefusedError(f"has {count} columns: a box has 5, an outline 7, 9, …, or one more if task=segment")


def _box(numbers: Sequence[float]) -> list[float]:
    x, y, width, height = numbers[:4]
    return [x - width / 2, y - height / 2, width, height]


def _pairs(numbers: Sequence[float]) -> list[tuple[float, float]]:
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _turned(numbers: Sequence[float], sides: AssetFacts | None) -> dict[str, Any]:
    if sides is None:
        raise RowRefusedError("the width and height of the image are needed to turn its box: give them with --sizes")
    body = fitted([(x * sides.width, y * sides.height) for x, y in _pairs(numbers)])
    return {"type": "detection"} | body


def _keypoints(numbers: Sequence[float], meaning: Meaning, classes: Classes, number: int) -> dict[str, Any]:
    count, size = meaning.kpt_shape or (0, 0)
    names = classes.keypoint_names(number, count)
    points = [numbers[4 + position * size : 4 + (position + 1) * size] for position in range(count)]
    keypoints = [{"name": name, **_keypoint(point)} for name, point in zip(names, points, strict=True)]
    return {"type": "keypoints", "bbox": _box(numbers), "keypoints": keypoints}


def _keypoint(point: Sequence[float]) -> dict[str, Any]:
    """Return a keypoint; one that is not labelled has no position, even where numbers stand for it.

    Two numbers: negative or 0 0 is not labelled. The third is 0, 1 or 2; predictions write a confidence instead.
    """
    x, y = point[:2]
    if len(point) == 2:
        return {"visibility": 0} if x < 0 or y < 0 or (x == 0 and y == 0) else {"x": x, "y": y, "visibility": 2}
    visibility = point[2]
    if visibility == 0:
        return {"visibility": 0}
    if visibility in (1, 2):
        return {"x": x, "y": y, "visibility": int(visibility)}
    if 0 < visibility < 1:
        return {"x": x, "y": y, "visibility": 2, "confidence": visibility}
    raise RowRefusedError(f"a keypoint has the visibility {visibility:g}, which is none of 0, 1, 2")
