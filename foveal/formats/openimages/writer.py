"""Writer of Open Images: a table of boxes, image labels, masks and images for each split, and names of classes.

Tables that come from Open Images go out as they came in, but for the rows that were edited, added or taken away.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Final

from foveal.encoding import rle
from foveal.formats.base.files.grouping import Groups
from foveal.formats.base.files.json_records import BadRecord
from foveal.formats.base.files.mask_png import png_of_runs
from foveal.formats.base.files.source import Source, pointer
from foveal.formats.base.files.target import Target, write_text
from foveal.formats.base.geometry.masks import coco_runs, transposed
from foveal.formats.base.geometry.writing import Sides, box_px, leave_out, sides_of, tell_rest
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset, LabelledAsset
from foveal.formats.base.model.items import Annotation, Asset, FileWarning, FormatError
from foveal.formats.base.model.loss import LossReport
from foveal.formats.openimages.relation_edits import edited_point, edited_relation
from foveal.formats.openimages.relations import end_count
from foveal.formats.openimages.rows import (
    ABSENT_LAYER,
    ATTRIBUTES,
    FLAGS,
    box_cells,
    label_cells,
)
from foveal.formats.openimages.table_files import MASK_COLUMNS, TableFiles, subset_of
from foveal.formats.openimages.tables import OpenTable, open_tables
from foveal.formats.tables.csv_table import row_text
from foveal.formats.tables.table import is_blank

_MASKS_FOLDER: Final = "masks"
_NAMES_FILE: Final = "class-descriptions.csv"
Row = tuple[str, dict[str, str]]
_HELD: Final = frozenset({"label", "confidence", "attributes", "field", *FLAGS.values()})
_GEOMETRY: Final = frozenset(
    {"rings", "rings_px", "keypoints", "mask", "ellipse", "ellipse_px", "cuboid", "cuboid_px", "rotation"}
)
_LAYERS: Final = ("ground_truth", "machine")


def write(dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
    """Write a data set as Open Images. Raises FormatError when the target is one file and several are needed."""
    writer = _Writer(dataset, target, context, losses)
    if dataset.format == "openimages" and dataset.source is not None:
        writer.splice(dataset, dataset.source)
    elif target.name is not None:
        raise FormatError("not_one_file", "Open Images has several files: name a folder or an archive.")
    else:
        writer.create(dataset)


class _Writer:
    def __init__(self, dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
        self._target, self._context, self._losses = target, context, losses
        self._is_own = dataset.format == "openimages"
        self._ids: dict[str, str] = {}
        self._names_of: dict[str, str] = {}
        self._tables: dict[str, OpenTable] = {}
        for label in dataset.labels():
            identifiers = [str(each) for each in label.external_ids.get("openimages", ())]
            self._ids.setdefault(label.name, identifiers[0] if identifiers else label.name)
            self._names_of.update(dict.fromkeys(identifiers, label.name))

    def create(self, dataset: Dataset) -> None:
        """Write all tables anew."""
        with ExitStack() as stack:
            tables = TableFiles(self._target, stack)
            names: dict[str, None] = {}
            for labelled in dataset.assets():
                asset = labelled.asset
                if asset.labelled and not labelled.annotations:
                    why = "A table of Open Images does not say that an image was looked at and shows nothing."
                    self._losses.tell("no_place", "labelled", why, asset.file_name)
                image, subset = self._image_id(asset), subset_of(asset.split)
                tables.add("images", asset.split, {"ImageID": image, "Subset": subset})
                for each in labelled.annotations:
                    for kind, cells in self._rows(each, labelled, image):
                        tables.add(kind, asset.split, cells)
                        names[each.body.get("label") or ""] = None
        sections = dataset.sections() if self._is_own else {}
        for name, text in sections.items():
            write_text(self._target, name, text)
        if not sections:
            rows = [*self._ids, *(name for name in names if name not in self._ids)]
            write_text(self._target, _NAMES_FILE, "".join(row_text([self._ids.get(name, name), name]) for name in rows))

    def splice(self, dataset: Dataset, source: Source) -> None:
        """Write the tables of the source with the rows that changed."""
        with Groups() as kept, Groups() as edited, Groups() as images:
            new: list[tuple[str, str | None, dict[str, str]]] = []
            tables = [each for each in open_tables(source, self._context) if not isinstance(each, FileWarning)]
            self._tables = {pointer(source, each.table.name, "").rstrip("#"): each for each in tables}
            for labelled in dataset.assets():
                images.add(self._image_id(labelled.asset))
                new += self._note(labelled, kept, edited)
            for leftover in dataset.leftovers():
                kept.add(leftover.pointer)
            if self._target.name is not None and len(tables) > 1:
                raise FormatError("not_one_file", "The source has several tables: name a folder or an archive.")
            first_of = {each.kind: each for each in reversed(tables)}
            own_splits = {(each.kind, each.split) for each in tables}
            for each in tables:
                own = [row for row in new if row[0] == each.kind and _belongs(row, each, first_of, own_splits)]
                with self._target.create(self._target.name or each.table.name) as stream:
                    for text in self._table(each, source, kept, edited, images, [cells for _, _, cells in own]):
                        stream.write(text.encode())
            new = [row for row in new if row[0] not in first_of]
            if self._target.name is None:
                for name, text in dataset.sections().items():
                    write_text(self._target, name, text)
                with ExitStack() as stack:
                    added = TableFiles(self._target, stack, "added-")
                    for kind, split, cells in new:
                        added.add(kind, split, cells)
            elif new:
                self._losses.tell(
                    "no_place", "annotations", "One table has no room for rows of another kind.", new[0][0]
                )

    def _table(
        self,
        each: OpenTable,
        source: Source,
        kept: Groups,
        edited: Groups,
        images: Groups,
        new: Sequence[Mapping[str, str]],
    ) -> Iterator[str]:
        """Yield the rows of a table of the source as they are written."""
        table, is_first, last = each.table, True, "\n"
        for line, text in table.records():
            place = pointer(source, table.name, f"L{line}")
            is_header, is_first = is_first and not is_blank(text), is_first and is_blank(text)
            if is_header or is_blank(text) or place in kept:
                yield (last := text)
            elif each.kind == "images":
                image = _image_of(each, text)
                if image is None or image in images:
                    yield (last := text)
            elif changed := edited.of(place):
                yield (last := table.text(dict(table.values(text)) | json.loads(changed[0][1] or "{}")))
        if new and not last.endswith(("\n", "\r")):
            yield "\r\n"
        for cells in new:
            yield table.text(cells)

    def _note(
        self, labelled: LabelledAsset, kept: Groups, edited: Groups
    ) -> list[tuple[str, str | None, dict[str, str]]]:
        new = []
        for leftover in labelled.leftovers:
            kept.add(leftover.pointer)
        relations: dict[str, list[Annotation]] = defaultdict(list)
        for each in labelled.annotations:
            is_own = each.format == "openimages" and each.record is not None
            table = self._tables.get(each.pointer.rpartition("#")[0]) if is_own else None
            if table is not None and table.kind == "relations":
                relations[each.pointer].append(each)
                continue
            if is_own and not each.is_edited:
                self._losses.written += 1
                kept.add(each.pointer)
                continue
            if table is not None and table.kind == "points":
                sides = sides_of(labelled.asset, self._context)
                if changed := edited_point(each, sides, self._identifier(each), self._losses):
                    edited.add(each.pointer, "", json.dumps(changed))
                continue
            for kind, cells in self._rows(each, labelled, self._image_id(labelled.asset)):
                if is_own:
                    edited.add(each.pointer, "", json.dumps(cells))
                else:
                    new.append((kind, labelled.asset.split, cells))
        for place, ends in relations.items():
            count = end_count(self._tables[place.rpartition("#")[0]].table.values(ends[0].record or ""))
            sides = sides_of(labelled.asset, self._context)
            if len(ends) == count and not any(each.is_edited for each in ends):
                self._losses.written += count
                kept.add(place)
                continue
            found = [(each, self._box(each.body, sides), self._identifier(each)) for each in ends]
            if changed_row := edited_relation(found, count, self._losses):
                edited.add(place, "", json.dumps(changed_row))
                continue
            for each in ends:
                rows = self._rows(each, labelled, self._image_id(labelled.asset))
                new += [(kind, labelled.asset.split, row) for kind, row in rows]
        return new

    def _identifier(self, annotation: Annotation) -> str:
        """Return the id of the class of an annotation: the one that it came with while it has that class."""
        label = annotation.body.get("label") or ""
        stated = (annotation.body.get("extra") or {}).get("LabelName") if annotation.format == "openimages" else None
        is_true = isinstance(stated, str) and self._names_of.get(stated, label) == label
        return str(stated) if is_true else self._ids.get(label, label)

    def _rows(self, annotation: Annotation, labelled: LabelledAsset, image: str) -> Iterator[Row]:
        """Yield the kind and the cells of the row of an annotation; none where it is told instead."""
        body, where = annotation.body, annotation.pointer
        sides = sides_of(labelled.asset, self._context)
        identifier = self._identifier(annotation)
        box = self._box(body, sides)
        if body.get("frame_index") is not None or (body["type"] != "classification" and box is None):
            why = "Open Images has image labels, boxes and masks of images; boxes need the sides of the image."
            leave_out(annotation, self._losses, why)
            return
        if body["type"] == "classification":
            row: Row | None = ("labels", label_cells(body, image, identifier))
        elif body["type"] == "mask" and box is not None:
            row = self._mask(body, box, sides, image, identifier, where)
        else:
            row = ("boxes", box_cells(body, box or [], image, identifier))
            if body["type"] != "detection":
                why = "Open Images has boxes and masks: the box around the shape is written."
                self._losses.tell("box_of_shape", body["type"], why, where)
            elif body.get("rotation"):
                why = "Open Images has upright boxes only: the one around it is written."
                self._losses.tell("box_of_shape", "rotation", why, where)
        if row is None:
            leave_out(annotation, self._losses, "The mask is not at hand, or does not fit its image.")
            return
        self._losses.written += 1
        self._tell(annotation)
        yield row

    @staticmethod
    def _box(body: dict[str, Any], sides: Sides | None) -> list[float] | None:
        """Return the upright box around a body in shares of the sides."""
        if body.get("bbox") and not body.get("rotation"):
            return list(body["bbox"])
        box = box_px(body, sides)
        if box is None or sides is None:
            return None
        return [box[0] / sides[0], box[1] / sides[1], box[2] / sides[0], box[3] / sides[1]]

    def _mask(
        self, body: dict[str, Any], box: list[float], sides: Sides | None, image: str, identifier: str, where: str
    ) -> Row | None:
        mask = body["mask"]
        if mask.get("counts") is None:
            return None
        try:
            if mask["encoding"] == "cvat_rle":
                if sides is None:
                    return None
                left, top, width, height = (round(number) for number in mask["bbox_px"])
                size = (round(sides[1]), round(sides[0]))
                runs = coco_runs(mask["counts"], (left, top, width, height), size)
            else:
                size = (mask["size"][0], mask["size"][1])
                runs = list(rle.runs(mask["counts"], size[0] * size[1]))
            rows = transposed(runs, size[0], size[1])
        except ValueError:
            return None
        stated = (body.get("extra") or {}).get("MaskPath") if self._is_own else None
        plain = "".join(each if each.isalnum() or each in "-_" else "_" for each in f"{image}_{identifier}_{where}")
        name = stated if isinstance(stated, str) and "/" not in stated and ".." not in stated else f"{plain[-200:]}.png"
        with self._target.create(f"{_MASKS_FOLDER}/{name}") as stream:
            stream.write(png_of_runs(rows, size[1], size[0]))
        x, y, width_share, height_share = box
        edges = [str(number) for number in (x, x + width_share, y, y + height_share)]
        return "masks", dict(zip(MASK_COLUMNS, (name, image, identifier, "", *edges), strict=True))

    def _tell(self, annotation: Annotation) -> None:
        body, where = annotation.body, annotation.pointer
        if body["type"] == "mask":
            for name in ("confidence", "attributes", *FLAGS.values()):
                if body.get(name):
                    self._losses.tell("no_place", name, f"A mask of Open Images has no place for {name}.", where)
        elif body["type"] == "classification" and body.get("attributes"):
            self._losses.tell("no_place", "attributes", "Image labels have no place for attributes.", where)
        else:
            for name in body.get("attributes") or {}:
                if name not in ATTRIBUTES.values():
                    self._losses.tell("no_place", f"attributes.{name}", "Open Images has five flags of a box.", where)
        if not body.get("label"):
            self._losses.tell("no_label", "label", "A row of Open Images has a class: an empty one is written.", where)
        if body.get("field") not in (*_LAYERS, ABSENT_LAYER):
            self._losses.tell("no_place", "field", "Open Images has one layer.", where)
        held = _HELD if annotation.format == "openimages" else _HELD - {"instance_id"}
        tell_rest(annotation, held | _GEOMETRY, self._losses, "Open Images")

    def _image_id(self, asset: Asset) -> str:
        if self._is_own and isinstance(asset.external_id, str):
            return asset.external_id
        return asset.file_name.removesuffix(".jpg")


def _image_of(each: OpenTable, text: str) -> str | None:
    """Return the image of a row; None for a row that cannot be read, which stays as it is."""
    try:
        return str(each.table.values(text).get("ImageID", "")).strip() or None
    except (BadRecord, ValueError):
        return None


def _belongs(
    row: tuple[str, str | None, dict[str, str]],
    table: OpenTable,
    first_of: Mapping[str, OpenTable],
    own_splits: Collection[tuple[str, str | None]],
) -> bool:
    """Tell whether a new row goes to a table: that of its split, else the first of its kind."""
    return row[1] == table.split if row[:2] in own_splits else table is first_of[row[0]]
