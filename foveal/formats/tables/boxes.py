"""Boxes in the cells of a table: their convention is stated by the header, given by the option `box`, or asked.

No name of a column says whether four numbers are corners or corner and sides, pixels or shares of the sides.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from foveal.formats.base.files.json_records import BadRecord, loads
from foveal.formats.base.model.context import Context, ask
from foveal.formats.base.model.items import Question
from foveal.formats.base.model.member_checks import is_number
from foveal.formats.tables.columns import Columns, cell

OPTION: Final = "box"
CHOICES: Final = ("xywh", "xyxy", "cxcywh", "relative_xywh", "relative_xyxy", "relative_cxcywh")
_PIXELS_FROM: Final = 2.0
"""A number above it is no share of a side, however far a box reaches out of its image."""
_COLUMNS: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "xyxy": ("x_min", "y_min", "x_max", "y_max"),
    "xywh": ("x_min", "y_min", "box_width", "box_height"),
    "cxcywh": ("x_center", "y_center", "box_width", "box_height"),
    "": ("x", "y", "box_width", "box_height"),
}
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Convention:
    """The meaning of four numbers: `layout` is `xywh`, `xyxy` or `cxcywh`; `columns` are the roles that hold them."""

    layout: str
    is_relative: bool
    columns: tuple[str, ...]

    def body(self, numbers: Sequence[float]) -> dict[str, Any]:
        """Return the member of a body for four numbers."""
        a, b, c, d = numbers
        match self.layout:
            case "xyxy":
                box = [a, b, c - a, d - b]
            case "cxcywh":
                box = [a - c / 2, b - d / 2, c, d]
            case _:
                box = [a, b, c, d]
        return {"bbox" if self.is_relative else "bbox_px": box}

    def numbers(self, box: Sequence[float]) -> list[float]:
        """Return the four numbers of `[x, y, width, height]`."""
        x, y, width, height = box
        match self.layout:
            case "xyxy":
                return [x, y, x + width, y + height]
            case "cxcywh":
                return [x + width / 2, y + height / 2, width, height]
        return [x, y, width, height]


def find_convention(
    columns: Columns, sample: Iterable[Mapping[str, Any]], context: Context, where: str
) -> Convention | Question | None:
    """Return the convention of a table's boxes, the question which it is, or None for a table without boxes."""
    stated, roles = _stated(columns)
    if not roles:
        return None
    answer = context.option(OPTION, CHOICES)
    if answer is not None:
        return Convention(answer.removeprefix("relative_"), answer.startswith("relative_"), roles)
    boxes = list(chain.from_iterable(sampled_boxes(row, columns, roles) for row in sample))
    largest = max((abs(number) for box in boxes for number in box), default=0.0)
    if stated and largest > _PIXELS_FROM:
        return Convention(stated, False, roles)
    layout = stated or ("xyxy" if boxes and all(box[2] > box[0] and box[3] > box[1] for box in boxes) else "xywh")
    proposal = layout if largest > 1.001 or not boxes else f"relative_{layout}"
    message = (
        "Four numbers of a box: corner and sides, two corners, or centre and sides; pixels, or shares of the sides?"
    )
    return ask(OPTION, message, CHOICES, proposal, where)


def sampled_boxes(row: Mapping[str, Any], columns: Columns, roles: Sequence[str]) -> list[list[float]]:
    """Return the boxes of a row that can be read, for a look at their numbers."""
    if roles in (("objects",), ("boxes",)):
        found = structured(cell(row, columns.of[roles[0]]))
        if isinstance(found, Mapping):
            found = next((found[name] for name in BOX_KEYS if name in found), [])
        elif isinstance(found, list) and roles == ("objects",):
            found = [each.get(name) for each in found if isinstance(each, Mapping) for name in BOX_KEYS if name in each]
        candidates = found if isinstance(found, list) else []
    else:
        candidates = [box_cells(row, columns, roles)]
    return [box for each in candidates if (box := four_numbers(each)) is not None]


BOX_KEYS: Final = ("bbox", "box", "bboxes", "boxes")


def box_cells(row: Mapping[str, Any], columns: Columns, roles: Sequence[str]) -> Any:
    """Return the cells of a row that hold its box: one value, a list of four cells, or None where all are empty."""
    cells = [cell(row, columns.of[role]) for role in roles]
    if all(each is None for each in cells):
        return None
    return structured(cells[0]) if len(cells) == 1 else cells


def structured(value: Any) -> Any:
    """Return the value of a cell that holds JSON, or numbers between blanks or commas, as text."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text[:1] in ("[", "{"):
        try:
            return loads(text)
        except BadRecord:
            return value
    parts = re.split(r"[\s;]+", text.strip("()"))
    if len(parts) == 1:
        parts = parts[0].split(",")
    return [part.strip(",") for part in parts] if len(parts) > 1 else value


def four_numbers(value: Any) -> list[float] | None:
    """Return four finite numbers of a list of numbers or texts, or None."""
    if not isinstance(value, list) or len(value) != 4:
        return None
    numbers = [number(each) for each in value]
    return [each for each in numbers if each is not None] if None not in numbers else None


def number(value: Any) -> float | None:
    """Return a cell as a finite number, an integer where it is one; None for everything else."""
    if isinstance(value, str):
        text = value.strip()
        if not _NUMBER.fullmatch(text):
            return None
        value = int(text) if text.lstrip("+-").isdigit() and len(text) < 16 else float(text)
    return value if is_number(value) else None


def _stated(columns: Columns) -> tuple[str, tuple[str, ...]]:
    for role in ("objects", "boxes", "box"):
        if role in columns.of:
            return "", (role,)
    for layout, roles in _COLUMNS.items():
        if all(role in columns.of for role in roles):
            return layout, roles
    return "", ()
