"""A row of Open Images as an annotation body, and back.

Boxes are shares of the sides, the two of each axis together: XMin, XMax, YMin, YMax. Flags are 1, 0, or -1 where it is
not known. An image label of confidence 0 is verified to be absent: it lies in a layer of its own, so that no search
finds the image by it.
"""

from collections.abc import Mapping
from typing import Any, Final

from foveal.formats.base.files.numbers import NotANumber, number, sum_text, text_of

ABSENT_LAYER: Final = "verified_absent"
FLAGS: Final[Mapping[str, str]] = {"IsOccluded": "occluded", "IsTruncated": "truncated", "IsGroupOf": "iscrowd"}
ATTRIBUTES: Final[Mapping[str, str]] = {"IsDepiction": "depiction", "IsInside": "inside"}
BOX_COLUMNS: Final = (
    *("ImageID", "Source", "LabelName", "Confidence", "XMin", "XMax", "YMin", "YMax"),
    *("IsOccluded", "IsTruncated", "IsGroupOf", "IsDepiction", "IsInside"),
)
LABEL_COLUMNS: Final = ("ImageID", "Source", "LabelName", "Confidence")
_MACHINE: Final = "machine"
_SIDES: Final = ("XMin", "XMax", "YMin", "YMax")


def box_body(row: Mapping[str, str], label: str) -> dict[str, Any]:
    """Return the body of a row of boxes. Raises NotANumber with the reason."""
    left, right, top, bottom = (number(row[name], name) for name in _SIDES)
    body = _common(row, label) | {"type": "detection", "bbox": [left, top, right - left, bottom - top]}
    attributes: dict[str, Any] = {}
    for names, found in ((FLAGS, body), (ATTRIBUTES, attributes)):
        for name, ours in names.items():
            if name in row and (value := _flag(row[name], name)) is not None:
                found[ours] = value
    if attributes:
        body["attributes"] = attributes
    known = {*BOX_COLUMNS, *_SIDES}
    return _with_extra(body, row, known)


def label_body(row: Mapping[str, str], label: str) -> dict[str, Any]:
    """Return the body of a row of image labels. Raises NotANumber with the reason."""
    body = _common(row, label) | {"type": "classification"}
    if body.get("confidence") == 0:
        body["field"] = ABSENT_LAYER
    return _with_extra(body, row, LABEL_COLUMNS)


def box_cells(body: Mapping[str, Any], box: list[float], image: str, label_id: str) -> dict[str, str]:
    """Return the cells of a box, relative to the sides."""
    x, y, width, height = box
    cells = _cells(body, image, label_id)
    cells |= {"XMin": text_of(x), "XMax": sum_text(x, width), "YMin": text_of(y), "YMax": sum_text(y, height)}
    attributes = body.get("attributes") or {}
    for names, found in ((FLAGS, body), (ATTRIBUTES, attributes)):
        for name, ours in names.items():
            value = found.get(ours)
            cells[name] = str(int(value)) if isinstance(value, bool) else "-1"
    return cells


def label_cells(body: Mapping[str, Any], image: str, label_id: str) -> dict[str, str]:
    """Return the cells of an image label."""
    cells = _cells(body, image, label_id)
    if body.get("field") == ABSENT_LAYER:
        cells["Confidence"] = "0"
    return cells


def _common(row: Mapping[str, str], label: str) -> dict[str, Any]:
    source = row.get("Source", "")
    body: dict[str, Any] = {"field": "ground_truth", "label": label}
    if _MACHINE in source.lower():
        body["field"] = "machine"
    if (row.get("Confidence") or "").strip():
        confidence = number(row["Confidence"], "Confidence")
        if confidence != 1:
            body["confidence"] = confidence
    return body


def _cells(body: Mapping[str, Any], image: str, label_id: str) -> dict[str, str]:
    source = (body.get("extra") or {}).get("Source")
    confidence = body.get("confidence")
    cells = {"ImageID": image, "LabelName": label_id, "Source": source if isinstance(source, str) else "unknown"}
    cells["Confidence"] = text_of(confidence) if isinstance(confidence, int | float) else "1"
    return cells


def _flag(text: str, name: str) -> bool | None:
    value = number(text, name) if text.strip() else -1
    if value not in (-1, 0, 1):
        raise NotANumber(f"{name} is {text[:40]!r}, not 1, 0 or -1")
    return None if value == -1 else bool(value)


def _with_extra(body: dict[str, Any], row: Mapping[str, str], known: Any) -> dict[str, Any]:
    extra = {name: value for name, value in row.items() if name not in known and value != ""}
    if row.get("Source"):
        extra["Source"] = row["Source"]
    return body | {"extra": extra} if extra else body
