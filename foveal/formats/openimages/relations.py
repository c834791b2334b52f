"""Rows of relations and of point labels of Open Images as annotation bodies, and their cells again.

A relation is a row of two boxes; its ends lie in a layer of their own, since tables of boxes hold most of them too. The
relation `is` has one box, with an attribute. A point label is a question to people: is this point on such an object?
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from foveal.formats.base.files.numbers import NotANumber, number, sum_text, text_of
from foveal.formats.openimages.rows import ABSENT_LAYER

RELATIONS_LAYER: Final = "relationships"
POINTS_LAYER: Final = "points"
UNSURE_LAYER: Final = "points_unsure"
ATTRIBUTE: Final = "is"
"""The relation of a box and an attribute, and the name of that attribute here."""
_MAX_KEY: Final = 200
_ANSWERS: Final[Mapping[str, str]] = {"yes": POINTS_LAYER, "unsure": UNSURE_LAYER, "no": ABSENT_LAYER}
_POINT_COLUMNS: Final = ("ImageId", "X", "Y", "Label", "EstimatedYesNo")
_ENDS: Final = ("1", "2")


def end_count(row: Mapping[str, str]) -> int:
    """Return how many boxes a row of relations has."""
    return 1 if row.get("RelationshipLabel", "").strip() == ATTRIBUTE else 2


def relation_bodies(row: Mapping[str, str], place: str, name_of: Callable[[str], str]) -> list[dict[str, Any]]:
    """Return the bodies of the ends of a relation, the first with the relation. Raises NotANumber with the reason."""
    relation, key = row.get("RelationshipLabel", "").strip(), place[-_MAX_KEY:]
    found = []
    for end in _ENDS[: end_count(row)]:
        sides = (number(row.get(f"{name}{end}", ""), f"{name}{end}") for name in ("XMin", "XMax", "YMin", "YMax"))
        left, right, top, bottom = sides
        identifier = row[f"LabelName{end}"].strip()
        body: dict[str, Any] = {"type": "detection", "field": RELATIONS_LAYER, "label": name_of(identifier)}
        found.append(body | {"bbox": [left, top, right - left, bottom - top], "extra": {"LabelName": identifier}})
    if relation == ATTRIBUTE:
        found[0]["attributes"] = {ATTRIBUTE: name_of(row["LabelName2"].strip())}
    else:
        for end, body in zip(_ENDS, found, strict=True):
            body["instance_id"] = f"{key}/{end}"
        found[0]["relations"] = [{"to": f"{key}/2", **({"labels": [relation]} if relation else {})}]
    columns = {f"{name}{end}" for name in ("LabelName", "XMin", "XMax", "YMin", "YMax") for end in _ENDS}
    rest = {name: value for name, value in row.items() if name not in columns and value != ""}
    found[0]["extra"] |= {name: value for name, value in rest.items() if name not in ("ImageID", "RelationshipLabel")}
    return found


def relation_cells(ends: Sequence[tuple[Mapping[str, Any], Sequence[float], str]]) -> dict[str, str]:
    """Return the cells of a relation from body, box in shares and class id of each end, the first first."""
    cells: dict[str, str] = {}
    for end, (_, (x, y, width, height), identifier) in zip(_ENDS, ends, strict=False):
        for of_end in _ENDS if len(ends) == 1 else (end,):  # the box of an attribute stands twice
            cells |= {f"XMin{of_end}": text_of(x), f"XMax{of_end}": sum_text(x, width)}
            cells |= {f"YMin{of_end}": text_of(y), f"YMax{of_end}": sum_text(y, height)}
        cells[f"LabelName{end}"] = identifier
    labels = [name for each in ends[0][0].get("relations") or () for name in each.get("labels") or ()]
    return cells | ({"RelationshipLabel": labels[0]} if labels else {})


def point_body(row: Mapping[str, str], label: str) -> dict[str, Any]:
    """Return the body of a point label. Raises NotANumber with the reason."""
    answer = row.get("EstimatedYesNo", "").strip().lower()
    if answer not in _ANSWERS:
        raise NotANumber(f"EstimatedYesNo is {answer[:40]!r}, not yes, no or unsure")
    point = {"x": number(row["X"], "X"), "y": number(row["Y"], "Y")}
    body: dict[str, Any] = {"type": "keypoints", "field": _ANSWERS[answer], "label": label, "keypoints": [point]}
    if answer == "no":
        body["confidence"] = 0
    extra = {name: value for name, value in row.items() if name not in _POINT_COLUMNS and value != ""}
    return body | {"extra": extra} if extra else body


def point_cells(body: Mapping[str, Any], x: float, y: float, label_id: str) -> dict[str, str]:
    """Return the cells of a point label in shares of the sides."""
    answers = {layer: answer for answer, layer in _ANSWERS.items()}
    cells = {"X": text_of(x), "Y": text_of(y), "Label": label_id}
    answer = answers.get(str(body.get("field")))
    return cells | ({"EstimatedYesNo": answer} if answer else {})
