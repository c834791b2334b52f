"""Ultralytics NDJSON of a data set: a line for the data set, then a line for each image with its rows."""

import json
from collections.abc import Callable
from typing import Any

from foveal.formats.base.files.target import Target
from foveal.formats.base.model.context import AssetFacts
from foveal.formats.base.model.dataset import Dataset, LabelledAsset
from foveal.formats.base.model.items import Asset
from foveal.formats.yolo.variants.ndjson import CLASSIFICATION, TASK_OF
from foveal.formats.yolo.writing.paths import split_of
from foveal.formats.yolo.writing.rows import RowWriter


def write_stream(
    dataset: Dataset, target: Target, name: str, rows: RowWriter, facts_of: Callable[[Asset], AssetFacts | None]
) -> None:
    """Write one NDJSON file. Names of files stay as they are; images without labels have no `annotations`."""
    with target.create(name) as stream:
        stream.write(_line(_header(rows)))
        for each in dataset.assets():
            stream.write(_line(_image(each, rows, facts_of(each.asset))))


def _header(rows: RowWriter) -> dict[str, Any]:
    names = {str(number): name for number, name in sorted(rows.numbering.names.items())}
    header: dict[str, Any] = {"type": "dataset", "task": rows.task, "class_names": names}
    return header | ({"kpt_shape": list(rows.kpt_shape)} if rows.task == "pose" else {})


def _image(each: LabelledAsset, rows: RowWriter, facts: AssetFacts | None) -> dict[str, Any]:
    image: dict[str, Any] = {"type": "image", "file": each.asset.file_name}
    if facts is not None:
        image |= {"width": facts.width, "height": facts.height}
    image["split"] = split_of(each.asset, rows.losses)
    found = [json.loads(f"[{row.replace(' ', ',')}]") for one in each.annotations for row in rows.rows(one, facts)]
    if found or each.asset.labelled:
        key = next((key for key, task in TASK_OF.items() if task == rows.task), CLASSIFICATION)
        image["annotations"] = {key: [row[0] for row in found] if key == CLASSIFICATION else found}
    if each.asset.extra:
        why = "A line has no place for it."
        rows.losses.tell("asset_not_held", "asset.extra", why, each.asset.file_name)
    for left in each.leftovers:
        rows.losses.tell("not_imported", "record", "Records that were not imported are not written.", left.pointer)
    return image


def _line(members: dict[str, Any]) -> bytes:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"
