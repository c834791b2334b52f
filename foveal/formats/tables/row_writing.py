"""Rows written anew in the columns of a table that exists."""

from collections.abc import Mapping
from typing import Any, Final

from foveal.formats.base.files.json_records import dumps
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import FormatError, Question
from foveal.formats.base.model.loss import LossReport
from foveal.formats.tables.boxes import Convention, find_convention
from foveal.formats.tables.columns import Columns, find_columns
from foveal.formats.tables.opening import TextTable
from foveal.formats.tables.table import SAMPLE_ROWS

_IN_CELLS: Final = ("label", "confidence", "text", "track_id", "iscrowd")
_TYPES: Final = ("detection", "classification", "caption")
_NEVER_TOLD: Final = frozenset(["type", "field", "bbox", "bbox_px", "image_size", "extra"])


class RowWriter:
    """Writes changed annotations in the columns of one table."""

    def __init__(self, table: TextTable, context: Context, losses: LossReport) -> None:
        self._table, self._context, self._losses = table, context, losses
        self._known: tuple[Columns, Convention | None] | None = None

    def row(self, text: str, change: Mapping[str, Any], where: str) -> str:
        """Return the text of a row for a change, from the row's text before it; "" where it cannot be written."""
        columns, convention = self._columns()
        values = dict(self._table.values(text)) if text else {}
        asset = change["asset"]
        for role in ("file_name", "split", "width", "height"):
            if asset[role] is not None and role in columns.of and not text:
                values[columns.of[role]] = asset[role]
        if "bodies" in change:
            values |= self._objects(columns, convention, change, where)
            return self._table.text(values)
        body = change["body"]
        if body is None:
            return self._table.text(values)
        if "annotation" in columns.of:
            values[columns.of["annotation"]] = dumps(body)
        elif body["type"] not in _TYPES:
            self._tell(f"type.{body['type']}", where)
            self._losses.left_out += 1
            return ""
        box = self._box(body, asset, convention)
        if convention is not None:
            given = box if box is not None else [None] * 4
            roles = convention.columns
            cells = dict(zip(roles, given, strict=True)) if len(roles) == 4 else {roles[0]: box and dumps(box)}
            values |= {columns.of[role]: cell for role, cell in cells.items()}
        elif "bbox" in body or "bbox_px" in body:
            self._tell("bbox", where)
        for role in _IN_CELLS:
            if role in columns.of:
                values[columns.of[role]] = body.get(role)
            elif role in body and "annotation" not in columns.of:
                self._tell(role, where)
        if "annotation" not in columns.of:
            for name in sorted(body.keys() - _NEVER_TOLD - set(_IN_CELLS)):
                self._tell(name, where)
        self._losses.written += 1
        return self._table.text(values)

    def _objects(
        self, columns: Columns, convention: Convention | None, change: Mapping[str, Any], where: str
    ) -> dict[str, Any]:
        boxes: list[Any] = []
        labels: list[Any] = []
        for body in change["bodies"]:
            box = self._box(body, change["asset"], convention)
            if box is None:
                self._tell(f"type.{body['type']}", where)
                self._losses.left_out += 1
                continue
            for name in sorted(body.keys() - _NEVER_TOLD - {"label"}):
                self._tell(name, where)
            boxes.append(box)
            labels.append(body.get("label"))
            self._losses.written += 1
        if "objects" in columns.of:
            return {columns.of["objects"]: {"bbox": boxes, "categories": labels}}
        return {columns.of[role]: given for role, given in (("boxes", boxes), ("labels", labels)) if role in columns.of}

    def _box(
        self, body: Mapping[str, Any], asset: Mapping[str, Any], convention: Convention | None
    ) -> list[float] | None:
        if convention is None:
            return None
        wanted, other = ("bbox", "bbox_px") if convention.is_relative else ("bbox_px", "bbox")
        if wanted in body:
            return convention.numbers(body[wanted])
        sides = (asset["width"], asset["height"]) * 2
        if other not in body or not all(sides):
            return None
        scaled = (
            number / side if convention.is_relative else number * side
            for number, side in zip(body[other], sides, strict=True)
        )
        return convention.numbers(list(scaled))

    def _columns(self) -> tuple[Columns, Convention | None]:
        if self._known is None:
            sample = [row.values for row, _ in zip(self._table.rows(), range(SAMPLE_ROWS), strict=False)]
            columns = find_columns(
                self._table.columns, sample, self._context, self._table.name, is_named=self._table.is_named
            )
            if isinstance(columns, Question):
                raise FormatError("unanswered", columns.message)
            convention = find_convention(columns, sample, self._context, self._table.name)
            if isinstance(convention, Question):
                raise FormatError("unanswered", convention.message)
            self._known = columns, convention
        return self._known

    def _tell(self, field: str, where: str) -> None:
        self._losses.tell("no_column", field, "The table has no column for it.", where)
