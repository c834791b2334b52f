"""COCO files that came as COCO: unedited bytes stay, edits change their records alone."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from foveal.formats.base.files.source import open_source
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import LabelledAsset, ListDataset, with_texts
from foveal.formats.base.model.items import Annotation
from foveal.formats.base.model.loss import LossReport
from foveal.formats.conversion import FileDataset
from foveal.formats.registry import load
from tests.unit.formats.coco.builders import box, category, document, written
from tests.unit.formats.coco.writing import FULL, POINTS, RING, write
from tests.unit.formats.converted import converted
from tests.unit.formats.reading import of_kind


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("folder", ["", "annotations"])
def test_unedited_files_are_written_byte_for_byte(tmp_path: Path, indent: int | None, folder: str) -> None:
    text = json.dumps(FULL, indent=indent)
    path = written(tmp_path / "in" / folder, text, "instances_train.json")
    source = tmp_path / "in" if folder else path
    lines = converted(source, tmp_path / ("out" if folder else "out.json"), "coco")
    result = tmp_path / "out" / folder / "instances_train.json" if folder else tmp_path / "out.json"
    assert result.read_text() == text
    assert of_kind(lines, "loss") == []
    assert (lines[-1]["written"], lines[-1]["left_out"]) == (5, 0)


def test_unedited_results_and_panoptic_files_are_written_byte_for_byte(tmp_path: Path) -> None:
    from tests.unit.formats.coco.test_panoptic import _set

    path = written(tmp_path / "a", [{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4], "score": 0.5}])
    converted(path, tmp_path / "results.json", "coco")
    assert (tmp_path / "results.json").read_bytes() == path.read_bytes()
    path = _set(tmp_path / "b")
    converted(path.parent, tmp_path / "out", "coco")
    for name in ("panoptic_val.json", "panoptic_val/1.png"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_unedited_file_is_written_byte_for_byte_when_its_images_are_assets_of_other_names(tmp_path: Path) -> None:
    text = json.dumps(FULL, indent=1)
    with open_source(written(tmp_path, text)) as source:
        inner = FileDataset(source, load("coco"), Context())
        content = [
            replace(labelled, asset=replace(labelled.asset, file_name=f"s3/{labelled.asset.file_name}"))
            for labelled in inner.assets()
        ]
        write(ListDataset(content, inner.labels(), "coco", source), tmp_path / "out.json")
    assert (tmp_path / "out.json").read_text() == text


class _Edited:
    """The data set of a COCO file with one asset replaced."""

    format: str | None = "coco"

    def __init__(self, inner: FileDataset, change: Any) -> None:
        self._inner, self._change, self.source = inner, change, inner.source

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def assets(self) -> Any:
        for labelled in self._inner.assets():
            changed = self._change(labelled)
            if changed is not None:
                yield changed if changed is labelled else replace(changed, is_unedited=False)

    def heads(self) -> Any:
        return self.assets()

    def texts(self) -> Any:
        return with_texts(self.assets())


def _edit(tmp_path: Path, content: Any, change: Any, indent: int | None = 1) -> tuple[str, str, LossReport]:
    text = json.dumps(content, indent=indent)
    with open_source(written(tmp_path, text)) as source:
        dataset = _Edited(FileDataset(source, load("coco"), Context()), change)
        losses = write(dataset, tmp_path / "out.json")
    return text, (tmp_path / "out.json").read_text(), losses


def test_edit_changes_one_record_alone(tmp_path: Path) -> None:
    def move(labelled: LabelledAsset) -> LabelledAsset:
        if labelled.asset.file_name != "1.jpg":
            return labelled
        first, *others = labelled.annotations
        moved = {name: value for name, value in first.body.items() if name not in ("area", "bbox_px")}
        moved |= {"bbox_px": [0, 0, 8, 8], "rings_px": [[[0, 0], [8, 0], [8, 8], [0, 8]]]}
        return replace(labelled, annotations=[replace(first, body=moved, is_edited=True), *others])

    text, found, losses = _edit(tmp_path, FULL, move)
    before, after = json.loads(text), json.loads(found)
    changed = after["annotations"][0]
    assert changed == before["annotations"][0] | {
        "bbox": [0, 0, 8, 8], "area": 64, "segmentation": [[0, 0, 8, 0, 8, 8, 0, 8]],
    }  # fmt: skip
    before["annotations"][0] = changed
    assert after == before
    assert found.partition('"licenses"')[2].partition('"annotations"')[0] in text
    assert losses.losses() == []


@pytest.mark.parametrize("gone", [{0}, {1}, {2}, {0, 1}, {1, 2}, {0, 2}, {0, 1, 2}])
def test_annotations_that_were_taken_away_are_not_written(tmp_path: Path, gone: set[int]) -> None:
    content = document([box(number) for number in (1, 2, 3)])
    change = lambda it: replace(it, annotations=[a for n, a in enumerate(it.annotations) if n not in gone])  # noqa: E731
    _, found, _ = _edit(tmp_path, content, change)
    assert [each["id"] for each in json.loads(found)["annotations"]] == [n for n in (1, 2, 3) if n - 1 not in gone]


def test_new_annotation_has_the_next_free_id_and_its_class(tmp_path: Path) -> None:
    new = Annotation(
        "1.jpg", {"type": "detection", "field": "ground_truth", "label": "owl", "bbox": [0, 0, 0.5, 1]}, "x"
    )
    change = lambda it: replace(it, annotations=[*it.annotations, new])  # noqa: E731
    _, found, _ = _edit(tmp_path, document([box(1), box(3)]), change)
    content = json.loads(found)
    assert content["annotations"][2] == {
        "id": 2, "image_id": 1, "category_id": 2,
        "bbox": [0, 0, 50, 50], "area": 2500, "iscrowd": 0, "segmentation": [],
    }  # fmt: skip
    assert [each["name"] for each in content["categories"]] == ["cat", "owl"]


def test_images_that_are_not_in_the_data_set_are_not_written(tmp_path: Path) -> None:
    change = lambda it: None if it.asset.file_name == "2.jpg" else it  # noqa: E731
    _, found, _ = _edit(tmp_path, FULL, change)
    content = json.loads(found)
    assert [each["id"] for each in content["images"]] == [1, 5]
    assert [each["id"] for each in content["annotations"]] == [7, 3, 11, 12]


def test_part_of_a_record_that_was_taken_away_is_left_out_of_it(tmp_path: Path) -> None:
    content = document([box(9, keypoints=POINTS, segmentation=[RING])], categories=[category(keypoints=["a", "b"])])
    _, found, _ = _edit(tmp_path, content, lambda it: replace(it, annotations=it.annotations[:1]))
    record = json.loads(found)["annotations"][0]
    assert record["keypoints"] == POINTS
    assert "segmentation" not in record
