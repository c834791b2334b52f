"""Writing of tables: one row an annotation with all of its words in JSON, or one row an image with its boxes.

The column `annotation` holds the whole annotation, so that nothing is lost when the table comes back; the columns
before it are for people and for programs that know boxes only.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from foveal.formats.base.files.json_records import dumps
from foveal.formats.base.files.target import Target
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset, LabelledAsset
from foveal.formats.base.model.items import Annotation
from foveal.formats.base.model.loss import LossReport
from foveal.formats.tables.csv_table import row_text
from foveal.formats.tables.splicing import splice

COLUMNS: Final = (
    *("file_name", "split", "image_width", "image_height", "labelled", "type", "label", "confidence"),
    *("x_min", "y_min", "box_width", "box_height", "annotation", "image_extra"),
)
WRITE_OPTIONS: Final = {
    "layout": "rows: one row an annotation; objects: metadata.jsonl of Hugging Face's image folders, boxes alone."
}
LAYOUTS: Final = ("rows", "objects")
_NO_BOX: Final = (None,) * 4
_NO_ANNOTATION: Final = (None,) * 8
_IN_OBJECTS: Final = frozenset(["type", "field", "label", "bbox", "bbox_px", "image_size"])


def write_text_tables(dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
    """Write a data set as CSV or JSON lines; unedited rows of such files go out as they came in."""
    if dataset.format == "csv" and dataset.source is not None and context.option("layout") is None:
        splice(dataset, target, context, losses)
        return
    name = target.name or ""
    layout = context.option("layout", LAYOUTS) or ("objects" if name.endswith(".jsonl") else "rows")
    tell_labels(dataset, losses)
    if layout == "objects":
        with target.create(target.name or "metadata.jsonl") as stream:
            for labelled in dataset.assets():
                stream.write((dumps(_objects(labelled, losses)) + "\n").encode())
        return
    delimiter = "\t" if name.endswith((".tsv", ".tab")) else ","
    with target.create(target.name or "annotations.csv") as stream:
        stream.write(row_text(COLUMNS, delimiter).encode())
        for row in rows(dataset, losses):
            stream.write(row_text(list(map(_text, row)), delimiter).encode())


def rows(dataset: Dataset, losses: LossReport) -> Iterator[tuple[Any, ...]]:
    """Yield the cells of a row, in the order of COLUMNS, for each annotation, and for each asset without any."""
    for labelled, texts in dataset.texts():
        asset = labelled.asset
        head = (asset.file_name, asset.split, asset.width, asset.height, asset.labelled)
        extra = dumps(dict(asset.extra)) if asset.extra else None
        if not labelled.annotations:
            yield (*head, *_NO_ANNOTATION, extra)
        for annotation, text in zip(labelled.annotations, texts, strict=True):
            losses.written += 1
            yield (*head, *_cells(annotation, labelled), text, extra)
            extra = None  # once an image is enough


def tell_labels(dataset: Dataset, losses: LossReport, format_of_target: str = "csv") -> None:
    """Tell the members of labels that a table has no place for."""
    for label in dataset.labels():
        for name in ("color", "supercategory", "isthing", "attributes", "skeleton"):
            if getattr(label, name):
                losses.tell("no_place", f"label.{name}", "A table has no definitions of labels.", label.name)
        for format_ in sorted(label.external_ids.keys() - {format_of_target}):
            losses.tell("no_place", f"label.external_ids.{format_}", "A table has no ids of labels.", label.name)


def _cells(annotation: Annotation, labelled: LabelledAsset) -> tuple[Any, ...]:
    """Return the cells of an annotation, those of COLUMNS from `type` to `box_height`."""
    body = annotation.body
    box = pixels(body, labelled) or _NO_BOX
    return (body.get("type"), body.get("label"), body.get("confidence"), *box)


def pixels(body: Mapping[str, Any], labelled: LabelledAsset) -> list[float] | None:
    """Return the box of a body in pixels: as given, else its shares times the sides; None where neither is known."""
    if "bbox_px" in body:
        return list(body["bbox_px"])
    width, height = labelled.asset.width, labelled.asset.height
    if "bbox" not in body or not width or not height:
        return None
    return [number * side for number, side in zip(body["bbox"], (width, height, width, height), strict=True)]


def _objects(labelled: LabelledAsset, losses: LossReport) -> dict[str, Any]:
    asset = labelled.asset
    boxes: list[list[float]] = []
    names: list[str | None] = []
    for annotation in labelled.annotations:
        body = annotation.body
        box = pixels(body, labelled) if body["type"] == "detection" else None
        if box is None:
            why = "metadata.jsonl holds boxes in pixels alone" + (
                "" if body["type"] != "detection" else "; no sides known"
            )
            losses.tell("no_place", f"type.{body['type']}", f"{why}.", annotation.pointer)
            losses.left_out += 1
            continue
        losses.written += 1
        for name in sorted(body.keys() - _IN_OBJECTS):
            losses.tell("no_place", name, "metadata.jsonl holds the box and the label alone.", annotation.pointer)
        boxes.append(box)
        names.append(body.get("label"))
    row: dict[str, Any] = {"file_name": asset.file_name}
    row |= {name: value for name, value in (("split", asset.split), ("image_width", asset.width)) if value is not None}
    if asset.height is not None:
        row["image_height"] = asset.height
    if asset.extra:
        losses.tell("no_place", "asset.extra", "metadata.jsonl is written with its own members alone.", asset.file_name)
    return row | ({"objects": {"bbox": boxes, "categories": names}} if asset.labelled else {})


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value)
    return str(value)
