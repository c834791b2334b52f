"""Splicing: a table goes out as it came in, with the rows of edited annotations written anew in their place."""

from foveal.formats.base.files.grouping import Groups
from foveal.formats.base.files.json_records import dumps, loads
from foveal.formats.base.files.source import pointer
from foveal.formats.base.files.target import Target
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset, LabelledAsset
from foveal.formats.base.model.items import Annotation
from foveal.formats.base.model.loss import LossReport
from foveal.formats.tables.opening import text_tables
from foveal.formats.tables.row_writing import RowWriter
from foveal.formats.tables.table import is_blank, is_of_object, row_pointer


def splice(dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
    """Write the tables of the data set's source again; new rows come last, rows of deleted annotations go.

    Raises FormatError when something was edited in a table whose columns or boxes are not known.
    """
    source = dataset.source
    if source is None:
        raise ValueError("there is nothing to splice into without a source")
    tables = text_tables(source, context)
    with Groups() as kept, Groups() as edited, Groups() as added:
        for labelled in dataset.assets():
            _note(labelled, kept, edited, added, losses)
        for leftover in dataset.leftovers():
            kept.add(leftover.pointer)
        for table in tables:
            writer = RowWriter(table, context, losses)
            headers = {table.header_text} - {""}
            with target.create(target.name or table.name) as stream:
                text = ""
                for line, text in table.records():
                    at = pointer(source, table.name, f"L{line}")
                    if text in headers or is_blank(text) or at in kept:
                        headers.discard(text)
                        stream.write(text.encode())
                    elif changed := edited.of(at):
                        stream.write(writer.row(text, loads(changed[0][1] or ""), at).encode())
                if table is tables[-1]:
                    lacks_end = bool(text) and not text.endswith(("\n", "\r"))
                    for _, changes in added:
                        for at, change in changes:
                            stream.write((b"\r\n" if lacks_end else b"") + writer.row("", loads(change), at).encode())
                            lacks_end = False


def _note(labelled: LabelledAsset, kept: Groups, edited: Groups, added: Groups, losses: LossReport) -> None:
    """Note for each row of an asset whether it stays; and the bodies of those that are written anew."""
    asset = labelled.asset
    for leftover in labelled.leftovers:
        kept.add(row_pointer(leftover.pointer))
    if labelled.is_unedited:
        for each in labelled.annotations:
            kept.add(row_pointer(each.pointer))
        if asset.pointer is not None:
            kept.add(row_pointer(asset.pointer))
        losses.written += len(labelled.annotations)
        return
    facts = {"file_name": asset.file_name, "split": asset.split, "width": asset.width, "height": asset.height}
    if asset.pointer is not None and any(is_of_object(each.pointer) for each in labelled.annotations):
        change = {"asset": facts, "bodies": [each.body for each in labelled.annotations]}
        edited.add(row_pointer(asset.pointer), text=dumps(change))
        return
    for each in labelled.annotations:
        if _is_kept(each):
            kept.add(each.pointer)
            losses.written += 1
        elif each.format == "csv" and each.record is not None:
            edited.add(each.pointer, text=dumps({"asset": facts, "body": each.body}))
        else:
            added.add(asset.file_name, each.pointer, dumps({"asset": facts, "body": each.body}))
    if not labelled.annotations and not labelled.leftovers:
        added.add(asset.file_name, asset.file_name, dumps({"asset": facts, "body": None}))


def _is_kept(annotation: Annotation) -> bool:
    return annotation.format == "csv" and annotation.record is not None and not annotation.is_edited
