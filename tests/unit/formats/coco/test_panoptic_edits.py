"""Edits of panoptic files: segments that change, go, or are new, in the PNG and in the record of their image."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foveal.formats.base.files.source import open_source
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import LabelledAsset
from foveal.formats.base.model.items import Annotation
from foveal.formats.base.model.loss import LossReport
from foveal.formats.conversion import FileDataset
from foveal.formats.registry import load
from tests.unit.formats.coco.test_panoptic import IDS, _decoded, _set
from tests.unit.formats.coco.test_splicing import _Edited
from tests.unit.formats.coco.writing import write
from tests.unit.formats.reading import inspected, of_kind
from tests.unit.formats.written import edit


def changed(tmp_path: Path, change: Any) -> LossReport:
    """Write a panoptic set whose annotations are those that `change` makes of them."""
    with open_source(_set(tmp_path / "in").parent) as source:

        def of_asset(labelled: LabelledAsset) -> LabelledAsset:
            return replace(labelled, annotations=change(list(labelled.annotations)))

        dataset = _Edited(FileDataset(source, load("coco"), Context()), of_asset)
        return write(dataset, tmp_path / "out")


def segments(tmp_path: Path, folder: str = "out") -> list[dict[str, Any]]:
    content = json.loads((tmp_path / folder / "panoptic_val.json").read_text())
    return [each for record in content["annotations"] for each in record["segments_info"]]


def pixels(tmp_path: Path) -> dict[int, np.ndarray]:
    lines = of_kind(inspected(tmp_path / "out"), "annotation")
    return {line["extra"]["segment_id"]: _decoded(line) for line in lines}


def mask(*counts: int) -> dict[str, Any]:
    return {"encoding": "coco_rle", "size": [3, 4], "counts": list(counts)}


def test_edited_segment_is_painted_and_the_others_stay_as_they_stood(tmp_path: Path) -> None:
    def move(found: list[Annotation]) -> Sequence[Annotation]:
        first, *others = found
        return [edit(first, mask=mask(0, 1, 11), bbox_px=None, area=None), *others]

    losses = changed(tmp_path, move)
    before, after = segments(tmp_path, "in"), segments(tmp_path)
    assert after[1:] == before[1:]
    assert {name: after[0][name] for name in ("id", "category_id", "area", "iscrowd")} == {
        **{"id": 5, "category_id": 1},
        **{"area": 1, "iscrowd": 0},
    }
    found = pixels(tmp_path)
    assert (found[5] == np.array([[1, 0, 0, 0], [0] * 4, [0] * 4])).all()
    assert (found[300] == (IDS == 300)).all()
    assert (losses.written, losses.losses()) == (3, [])


def test_edited_class_of_a_segment_is_written(tmp_path: Path) -> None:
    changed(tmp_path, lambda found: [edit(found[0], label="dog"), *found[1:]])
    content = json.loads((tmp_path / "out/panoptic_val.json").read_text())
    (dog,) = [each for each in content["categories"] if each["name"] == "dog"]
    assert segments(tmp_path)[0]["category_id"] == dog["id"]
    assert (pixels(tmp_path)[5] == (IDS == 5)).all()


def test_segment_that_is_gone_leaves_void(tmp_path: Path) -> None:
    losses = changed(tmp_path, lambda found: found[1:])
    assert [each["id"] for each in segments(tmp_path)] == [300, 70_000]
    assert sorted(pixels(tmp_path)) == [300, 70_000]
    assert losses.written == 2


def test_new_mask_becomes_a_segment_of_its_image(tmp_path: Path) -> None:
    body = {"type": "mask", "field": "ground_truth", "label": "cat", "mask": mask(0, 1, 11)}
    losses = changed(tmp_path, lambda found: [*found, Annotation(found[0].asset, body, "new")])
    content = json.loads((tmp_path / "out/panoptic_val.json").read_text())
    assert len(content["annotations"]) == 1
    assert [each["id"] for each in segments(tmp_path)] == [5, 300, 70_000, 1]
    assert (losses.written, losses.losses()) == (4, [])


def test_box_has_no_place_among_segments_and_is_told(tmp_path: Path) -> None:
    body = {"type": "detection", "field": "ground_truth", "label": "cat", "bbox_px": [0, 0, 1, 1]}
    losses = changed(tmp_path, lambda found: [*found, Annotation(found[0].asset, body, "new")])
    assert [each["id"] for each in segments(tmp_path)] == [5, 300, 70_000]
    assert (losses.written, losses.left_out) == (3, 1)


def test_image_without_segments_loses_its_record_and_its_png(tmp_path: Path) -> None:
    changed(tmp_path, lambda _: [])
    assert segments(tmp_path) == []
    assert not (tmp_path / "out/panoptic_val/1.png").exists()


@pytest.mark.parametrize("name", ["panoptic_val.json", "panoptic_val/1.png"])
def test_files_stay_byte_for_byte_when_nothing_was_edited(tmp_path: Path, name: str) -> None:
    changed(tmp_path, lambda found: found)
    assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "in" / name).read_bytes()
