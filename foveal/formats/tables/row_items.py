"""Annotations of one row: a box, a label of the whole image, a caption, the objects of a list, or our own words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from foveal.formats.base.files.json_records import BadRecord, dumps, loads
from foveal.formats.base.files.source import Source, pointer
from foveal.formats.base.model.items import Annotation, FileWarning, NotImported
from foveal.formats.base.model.member_checks import MAX_SIDE
from foveal.formats.tables.boxes import BOX_KEYS, Convention, box_cells, four_numbers, number, structured
from foveal.formats.tables.columns import Columns, cell
from foveal.formats.tables.table import Table

DEFAULT_FIELD: Final = "ground_truth"
LABEL_KEYS: Final = ("categories", "category", "labels", "label", "classes", "class", "class_name", "name")
_FLAGS: Final = ("iscrowd", "occluded", "truncated", "difficult", "ignore")
_SET: Final = ("1", "True", "true")
_UNSET: Final = ("0", "False", "false")
Found = Annotation | NotImported | FileWarning


def is_flag(value: Any) -> bool:
    """Tell whether a cell says yes or no: 1 or 0, true or false."""
    return str(value).strip() in (*_SET, *_UNSET)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the rows of one table. `missing` are the options without whose answer some records stay out."""

    source: Source
    table: Table
    columns: Columns
    convention: Convention | None
    missing: Mapping[str, str]
    format: str
    empty_is_reviewed: bool = False
    frame_base: int = 0
    flags: Sequence[str] = ()
    """Columns of classes: 1 in the column of a class means that the image is of it."""

    def place(self, place: str) -> str:
        """Return the pointer of a place in the table."""
        return pointer(self.source, self.table.name, place)

    def cell(self, values: Mapping[str, Any], role: str) -> Any:
        """Return the cell of a role, None where it is empty or the table has no such column."""
        name = self.columns.of.get(role)
        return None if name is None else cell(values, name)

    def others(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the cells of columns without a role that are not empty."""
        names = [name for name in self.columns.others if name not in self.flags]
        return {name: found for name in names if (found := values.get(name)) not in (None, "")}

    def is_row_of_asset(self, values: Mapping[str, Any]) -> bool:
        """Tell whether the row speaks of the image and not of one annotation."""
        has_objects = "objects" in self.columns.of or "boxes" in self.columns.of
        return has_objects or is_empty(values, self.columns)

    def is_reviewed(self, values: Mapping[str, Any]) -> bool:
        """Tell whether a row says that somebody has looked at the image, whatever was found."""
        stated = truth(self.cell(values, "labelled"))
        if stated is not None:
            return stated
        for role in ("objects", "boxes"):
            given = structured(self.cell(values, role))
            if given is not None:
                return True
        if self.flags:
            return True
        return self.columns.has_labels and is_empty(values, self.columns) and self.empty_is_reviewed

    def class_number(self, label: str) -> int | None:
        """Return the number of a class that the table holds as a number."""
        for names in self.table.class_names.values():
            if label in names:
                return list(names).index(label)
        return int(label) if label.isascii() and label.isdigit() and len(label) < 16 else None

    def annotations(self, asset: str, place: str, text: str, values: Mapping[str, Any]) -> list[Found]:
        """Return the annotations of a row, one for each object, or why there is none."""
        if self.cell(values, "annotation") is not None:
            return [self._own_words(asset, place, text, self.cell(values, "annotation"))]
        objects = structured(self.cell(values, "objects"))
        if objects is None and "boxes" in self.columns.of:
            objects = {
                "bbox": structured(self.cell(values, "boxes")),
                "categories": structured(self.cell(values, "labels")),
            }
            objects = {name: value for name, value in objects.items() if value is not None} or None
        if objects is not None:
            return list(self._objects(asset, place, objects))
        if "flags" in self.missing:
            return [NotImported(place, "the answer to flags is needed", text, asset)]
        if self.flags:
            return list(self._classes(asset, place, text, values))
        if is_empty(values, self.columns):
            return []
        return [self._row(asset, place, text, values)]

    def _own_words(self, asset: str, place: str, text: str, given: Any) -> Found:
        try:
            body = loads(given) if isinstance(given, str) else given
        except BadRecord as problem:
            return NotImported(place, f"the cell annotation cannot be read: {problem}", text, asset)
        if not isinstance(body, dict):
            return NotImported(place, "the cell annotation is no JSON object", text, asset)
        return Annotation(asset, {"field": DEFAULT_FIELD, **body}, place, text, self.format)

    def _classes(self, asset: str, place: str, text: str, values: Mapping[str, Any]) -> Iterator[Found]:
        for name in self.flags:
            if is_flag(values.get(name)) and str(values[name]).strip() in _SET:
                body = {"type": "classification", "field": DEFAULT_FIELD, "label": name.strip()}
                yield Annotation(asset, body, place, text, self.format)

    def _row(self, asset: str, place: str, text: str, values: Mapping[str, Any]) -> Found:
        body: dict[str, Any] = {"type": "classification", "field": DEFAULT_FIELD}
        boxed = box_cells(values, self.columns, self.convention.columns) if self.convention else self._asked_box(values)
        if boxed is not None:
            if self.convention is None:
                return NotImported(place, "the answer to box is needed", text, asset)
            box = four_numbers(boxed)
            if box is None:
                return NotImported(place, f"the box is not four numbers: {_short(boxed)}", text, asset)
            body |= {"type": "detection"} | self.convention.body(box)
        label = self._label(self.columns.of.get("label", ""), self.cell(values, "label"))
        if label is not None:
            body["label"] = label
        if (given := self.cell(values, "text")) is not None:
            body["text"] = given
            if body["type"] == "classification" and label is None:
                body["type"] = "caption"
        problem = self._frame(values, body)
        if problem is not None:
            return NotImported(place, problem, text, asset)
        for role in ("confidence", "track_id", "iscrowd"):
            if (given := self.cell(values, role)) is not None:
                _add(body, common_member(role, given))
        if extra := self.others(values):
            _add(body, {"extra": extra})
        return Annotation(asset, body, place, text, self.format)

    def _asked_box(self, values: Mapping[str, Any]) -> Any:
        """Return the cells of a box whose convention is not known yet."""
        roles = [role for role in ("box", "x_min", "x", "x_center") if role in self.columns.of]
        return box_cells(values, self.columns, roles) if roles else None

    def _frame(self, values: Mapping[str, Any], body: dict[str, Any]) -> str | None:
        given = self.cell(values, "frame")
        if given is None:
            return None
        if "frame_base" in self.missing:
            return "the answer to frame_base is needed"
        frame = number(given)
        if frame is None or frame != int(frame) or frame < self.frame_base:
            return f"the frame is not a number from {self.frame_base}: {_short(given)}"
        body["frame_index"] = int(frame) - self.frame_base
        return None

    def _objects(self, asset: str, place: str, objects: Any) -> Iterator[Found]:
        members = list(objects) if isinstance(objects, list) else _side_by_side(objects)
        if members is None:
            yield NotImported(f"{place}/objects", "the lists of objects have different lengths", dumps(objects), asset)
            return
        for index, each in enumerate(members):
            at, record = f"{place}/objects/{index}", dumps(each)
            if not isinstance(each, dict):
                yield NotImported(at, "the object is no JSON object", record, asset)
                continue
            yield self._object(asset, at, record, each)

    def _object(self, asset: str, place: str, record: str, given: dict[str, Any]) -> Found:
        body: dict[str, Any] = {"type": "classification", "field": DEFAULT_FIELD}
        extra = dict(given)
        key = next((name for name in BOX_KEYS if name in given), None)
        if key is not None and given[key] is not None:
            if self.convention is None:
                return NotImported(place, "the answer to box is needed", record, asset)
            box = four_numbers(structured(extra.pop(key)))
            if box is None:
                return NotImported(place, f"the box is not four numbers: {_short(given[key])}", record, asset)
            body |= {"type": "detection"} | self.convention.body(box)
        class_key = next((name for name in LABEL_KEYS if name in given), None)
        if class_key is not None:
            column = self.columns.of.get("objects", "")
            label = self._label(
                f"{column}.{class_key}" if column else self.columns.of.get("labels", ""), given[class_key]
            )
            if label is not None:
                body["label"] = label
                extra.pop(class_key)
        for name in ("confidence", "score", "track_id", *_FLAGS):
            if extra.get(name) is not None:
                member = common_member("confidence" if name == "score" else name, extra[name])
                if "extra" not in member:
                    body |= member
                    extra.pop(name)
        if extra := {name: value for name, value in extra.items() if value is not None}:
            body["extra"] = extra
        return Annotation(asset, body, place, record, self.format)

    def _label(self, column: str, given: Any) -> Any:
        """Return the name of a class: the cell, or the name that the table has for its number."""
        names = self.table.class_names.get(column)
        if names is not None and isinstance(given, int) and not isinstance(given, bool):
            return names[given] if 0 <= given < len(names) else None if given == -1 else str(given)
        if isinstance(given, int | float) and not isinstance(given, bool):
            return str(given)
        return given


def _add(body: dict[str, Any], members: Mapping[str, Any]) -> None:
    extra = body.get("extra", {}) | members.get("extra", {})
    body |= members
    if extra:
        body["extra"] = extra


def is_empty(values: Mapping[str, Any], columns: Columns) -> bool:
    """Tell whether a row names an image alone: every cell that could make an annotation is empty."""
    roles = ("annotation", "objects", "boxes", "labels", "label", "box", "text")
    edges = ("x_min", "y_min", "x_max", "y_max", "x", "y", "x_center", "y_center", "box_width", "box_height")
    return all(cell(values, columns.of[role]) is None for role in (*roles, *edges) if role in columns.of)


def common_member(role: str, given: Any) -> dict[str, Any]:
    """Return the member of a body for a cell of text or of JSON."""
    match role:
        case "confidence":
            found = number(given)
            return {"confidence": found} if found is not None else {"extra": {role: given}}
        case "track_id":
            return {"track_id": str(given)}
        case _:
            found = truth(given)
            return {role: found} if found is not None else {"extra": {role: given}}


def truth(value: Any) -> bool | None:
    """Return a cell as a boolean, None for everything else."""
    if isinstance(value, bool):
        return value
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(str(value).lower())


def side(value: Any) -> int | None:
    """Return the side of an image in pixels, None for what is none."""
    found = number(value)
    return int(found) if found is not None and found == int(found) and 1 <= found <= MAX_SIDE else None


def _side_by_side(objects: Any) -> list[dict[str, Any]] | None:
    """Return the objects of lists side by side; None when the lists differ in length."""
    if not isinstance(objects, Mapping):
        return None
    lists = {name: value for name, value in objects.items() if value is not None}
    if not all(isinstance(value, list) for value in lists.values()) or len({len(each) for each in lists.values()}) > 1:
        return None
    names = list(lists)
    return [dict(zip(names, row, strict=True)) for row in zip(*lists.values(), strict=True)]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
