"""A row of KITTI's object labels as annotation bodies, and back.

15 columns, 16 with a score: type, truncated (share), occluded (level), alpha, left top right bottom (pixels from 0),
height width length, x y z of the centre of the **bottom face** (camera: x right, y down, z forward), rotation_y.
-1, -10 and -1000 stand where there is no value (KITTI devkit `readme.txt`, "Data Format Description").

A `cuboid_3d` has its own centre, its sides along x, y and z before the turn (length, height, width), and Euler angles.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from foveal.formats.base.files.numbers import NotANumber, number, sum_text, text_of

DONT_CARE: Final = "DontCare"
COLUMNS: Final = (
    *("type", "truncated", "occluded", "alpha", "left", "top", "right", "bottom"),
    *("height", "width", "length", "x", "y", "z", "rotation_y", "score"),
)
NO_ANGLE: Final = -10
NO_PLACE: Final = -1000
_LEVELS: Final[Mapping[int, bool]] = {0: False, 1: True, 2: True}
"""Levels of `occluded`: 0 visible, 1 partly, 2 largely hidden; 3 is unknown."""


def bodies(line: str, *, is_truth: bool = False) -> list[dict[str, Any]]:
    """Return the box and the cuboid of a row, each where it has a value. Raises NotANumber with the reason.

    A row with a score is a prediction, unless `is_truth` says that its file is one of labels.
    """
    words = _columns(line)
    if len(words) not in (15, 16):
        raise NotANumber(f"the row has {len(words)} columns: object labels of KITTI have 15, or 16 with a score")
    row = {name: number(word, name) for name, word in zip(COLUMNS[1:], words[1:], strict=False)}
    layer = "predictions" if "score" in row and not is_truth else "ground_truth"
    common: dict[str, Any] = {"field": layer, "label": words[0]}
    if words[0] == DONT_CARE:
        common["ignore"] = True
    extra: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    if 0 <= row["truncated"] <= 1:
        common["truncated"] = row["truncated"] > 0
        attributes["truncation"] = row["truncated"]
    elif row["truncated"] != -1:
        extra["truncated"] = row["truncated"]
    if row["occluded"] in (0, 1, 2, 3):
        attributes["occlusion"] = int(row["occluded"])
        if row["occluded"] != 3:
            common["occluded"] = _LEVELS[int(row["occluded"])]
    elif row["occluded"] != -1:
        extra["occluded"] = row["occluded"]
    if row["alpha"] != NO_ANGLE:
        attributes["alpha"] = row["alpha"]
    if "score" in row:
        common["confidence"] = row["score"]
    found: list[dict[str, Any]] = []
    if [row[name] for name in ("left", "top", "right", "bottom")] != [-1] * 4:
        box = [row["left"], row["top"], row["right"] - row["left"], row["bottom"] - row["top"]]
        found.append(common | {"type": "detection", "bbox_px": box})
    if row["x"] != NO_PLACE and min(row["height"], row["width"], row["length"]) >= 0:
        found.append(common | {"type": "cuboid_3d", "box3d": _box3d(row)})
    if not found:
        raise NotANumber("the row has no box and no place in space")
    if attributes:
        found[0]["attributes"] = attributes
    if extra:
        found[0]["extra"] = extra
    return found


def _columns(line: str) -> list[str]:
    """Return the columns of a row; a type of several words, as Datumaro writes it, is one."""
    words = line.split()
    numbers = 0
    while numbers < len(words) and _is_numeric(words[-1 - numbers]):
        numbers += 1
    if len(words) > 15 and numbers in (14, 15):
        return [" ".join(words[:-numbers]), *words[-numbers:]]
    return words


def _is_numeric(word: str) -> bool:
    try:
        number(word)
    except NotANumber:
        return False
    return True


def _box3d(row: Mapping[str, float]) -> dict[str, list[float]]:
    turn = row["rotation_y"] if row["rotation_y"] != NO_ANGLE else 0
    return {
        "location": [row["x"], row["y"] - row["height"] / 2, row["z"]],
        "dimensions": [row["length"], row["height"], row["width"]],
        "rotation": [0, turn, 0],
    }


def row_of(box: Sequence[float] | None, box3d: Mapping[str, Sequence[float]] | None, body: Mapping[str, Any]) -> str:
    """Return the row of a box in pixels and a cuboid of which either may be absent, with what `body` says of both."""
    attributes = body.get("attributes") or {}
    label = body.get("label") or (DONT_CARE if body.get("ignore") else "Misc")
    words = ["_".join(label.split()), _share(body, attributes), _level(body, attributes)]
    alpha: Any = attributes.get("alpha")
    words.append(text_of(alpha if _is_number(alpha) else NO_ANGLE))
    if box is None:
        words += ["-1"] * 4
    else:
        x, y, width, height = box
        words += [text_of(x), text_of(y), sum_text(x, width), sum_text(y, height)]
    if box3d is None:
        words += ["-1"] * 3 + [str(NO_PLACE)] * 3 + [str(NO_ANGLE)]
    else:
        (x, y, z), (length, high, wide) = box3d["location"], box3d["dimensions"]
        words += [text_of(high), text_of(wide), text_of(length)]
        words += [text_of(x), sum_text(high / 2, y), text_of(z), text_of(box3d["rotation"][1])]
    score: Any = body.get("confidence")
    if score is None:
        score = (body.get("extra") or {}).get("confidence")
    if _is_number(score):
        words.append(text_of(score))
    return " ".join(words)


def is_said(body: Mapping[str, Any], name: str) -> bool:
    """Tell whether a row can say `truncated` or `occluded` of a body as the body does."""
    attribute = (body.get("attributes") or {}).get({"truncated": "truncation", "occluded": "occlusion"}[name])
    return body.get(name) is not True or _is_number(attribute)


def _share(body: Mapping[str, Any], attributes: Mapping[str, Any]) -> str:
    given = attributes.get("truncation", (body.get("extra") or {}).get("truncated"))
    if _is_number(given):
        return text_of(given)
    return "0" if body.get("truncated") is False else "-1"


def _level(body: Mapping[str, Any], attributes: Mapping[str, Any]) -> str:
    given = attributes.get("occlusion", (body.get("extra") or {}).get("occluded"))
    if _is_number(given):
        return text_of(given)
    return "-1" if body.get("occluded") is None else ("3" if body["occluded"] else "0")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
