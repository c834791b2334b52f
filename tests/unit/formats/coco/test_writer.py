"""Writer of COCO files from data sets of any kind; pycocotools reads what it writes."""

import io
import json
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from foveal.formats.base.files.source import open_source
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import LabelledAsset, ListDataset
from foveal.formats.base.model.items import Asset, Label
from foveal.formats.conversion import FileDataset
from foveal.formats.registry import load
from tests.unit.formats.bodies import SIDES, MemoryDataset, assert_near, bodies, datasets
from tests.unit.formats.coco.builders import document, written
from tests.unit.formats.coco.writing import FULL, dataset_of, loaded, told_fields, write, written_by
from tests.unit.formats.reading import body, inspected, of_kind


def test_records_of_the_catalog_are_written_as_they_stood_when_nobody_edited_them(tmp_path: Path) -> None:
    with open_source(written(tmp_path, FULL)) as source:
        inner = FileDataset(source, load("coco"), Context())
        labels, parts = inner.labels(), inner.sections()
        dataset = ListDataset(list(inner.assets()), labels, "coco", None, parts, list(inner.leftovers()))
        losses = write(dataset, tmp_path / "out.json")
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["images"] == FULL["images"]
    assert found["categories"] == FULL["categories"]
    assert found["info"] == FULL["info"]
    by_id = {each["id"]: each for each in found["annotations"]}
    assert [by_id[each["id"]] for each in FULL["annotations"] if each["id"] in (7, 3, 12)] == [
        each for each in FULL["annotations"] if each["id"] in (7, 3, 12)
    ]
    assert sorted(by_id) == [1, 3, 7, 9, 12]
    assert len(found["annotations"]) == 5
    assert told_fields(losses) == {"record"}


def test_polygon_keypoints_and_caption_are_written(tmp_path: Path) -> None:
    labels = [Label("bee", skeleton={"names": ["l", "r"], "edges": [[0, 1]]})]
    dataset = dataset_of(
        {"type": "keypoints", "label": "bee", "instance_id": "i", "bbox_px": [1, 2, 3, 4],
         "keypoints": [{"name": "r", "x": 0.5, "y": 0.5, "visibility": 1}, {"name": "l", "visibility": 0}]},
        {"type": "polygon", "label": "bee", "instance_id": "i", "rings_px": [[[0, 0], [4, 0], [4, 4.5]]]},
        labels=labels,
    )  # fmt: skip
    found = written_by(dataset, tmp_path)
    assert found["annotations"] == [
        {"id": 1, "image_id": 1, "category_id": 1, "keypoints": [0, 0, 0, 50, 25, 1], "num_keypoints": 1,
         "segmentation": [[0, 0, 4, 0, 4, 4.5]], "area": 9.0, "bbox": [1, 2, 3, 4], "iscrowd": 0}
    ]  # fmt: skip
    assert found["categories"] == [{"id": 1, "name": "bee", "keypoints": ["l", "r"], "skeleton": [[1, 2]]}]


def test_captions_go_to_a_file_of_their_own(tmp_path: Path) -> None:
    dataset = dataset_of(
        {"type": "caption", "text": "a"}, {"type": "detection", "label": "b", "bbox": [0, 0, 1, 1]}, split="val"
    )
    write(dataset, tmp_path / "out")
    files = sorted(path.name for path in (tmp_path / "out/annotations").iterdir())
    assert files == ["captions_val.json", "instances_val.json"]
    for name in files:
        loaded(tmp_path / "out/annotations" / name)
    assert len(of_kind(inspected(tmp_path / "out"), "asset")) == 1
    losses = write(dataset, tmp_path / "one.json")
    assert (losses.written, losses.left_out) == (1, 1)


def test_images_that_nobody_has_looked_at_stay_unlabelled(tmp_path: Path) -> None:
    assets = [LabelledAsset(Asset("a.jpg", labelled=False), ()), LabelledAsset(Asset("b.jpg"), ())]
    write(ListDataset(assets), tmp_path / "out")
    found = {line["file_name"]: line["labelled"] for line in of_kind(inspected(tmp_path / "out"), "asset")}
    assert found == {"a.jpg": False, "b.jpg": True}


def test_turned_box_is_its_enclosing_box_in_pixels_and_told(tmp_path: Path) -> None:
    dataset = dataset_of({"type": "detection", "label": "b", "bbox": [0.2, 0.2, 0.4, 0.4], "rotation": 90.0})
    losses = write(dataset, tmp_path / "out.json")
    record = json.loads((tmp_path / "out.json").read_text())["annotations"][0]
    assert record["bbox"] == pytest.approx([30, 0, 20, 40])
    assert "rotation" in told_fields(losses)


@pytest.mark.parametrize(
    "body",
    [
        {"type": "polyline", "rings_px": [[[0, 0], [5, 5]]]},
        {"type": "track", "track_id": "1"},
        {"type": "detection", "bbox": [0, 0, 1, 1], "frame_index": 3},
        {"type": "mask", "mask": {"encoding": "coco_rle", "size": [50, 100], "s3": {}}},
        {"type": "keypoints", "keypoints": [{"name": "x", "visibility": 2}]},
    ],
)
def test_annotation_that_coco_cannot_hold_is_told_and_left_out(tmp_path: Path, body: dict[str, Any]) -> None:
    losses = write(dataset_of(body), tmp_path / "out.json")
    assert (losses.written, losses.left_out) == (0, 1)
    assert len(losses.losses()) == 1


def test_mask_of_a_class_stays_one(tmp_path: Path) -> None:
    mask = {"encoding": "coco_rle", "size": [50, 100], "counts": [5000]}
    dataset = dataset_of(
        {"type": "segmentation", "label": "sky", "mask": mask},
        {"type": "mask", "label": "cat", "mask": mask},
        {"type": "segmentation", "label": "cat", "mask": mask},
    )
    losses = write(dataset, tmp_path / "out.json")
    found = of_kind(inspected(tmp_path / "out.json"), "annotation")
    assert [line["type"] for line in found] == ["segmentation", "mask", "mask"]
    assert told_fields(losses) == {"type.segmentation"}


def test_masks_of_cvat_are_converted_exactly(tmp_path: Path) -> None:
    bits = np.zeros((50, 100), dtype=np.uint8)
    bits[10:13, 20:24] = [[1, 0, 1, 1], [0, 1, 0, 1], [1, 1, 1, 0]]
    counts: list[int] = [0]
    for bit in bits[10:13, 20:24].flatten():
        if bit != len(counts) % 2 ^ 1:
            counts.append(0)
        counts[-1] += 1
    mask = {"encoding": "cvat_rle", "size": [3, 4], "counts": counts, "bbox_px": [20, 10, 4, 3]}
    write(dataset_of({"type": "mask", "label": "a", "mask": mask}), tmp_path / "out.json")
    coco = loaded(tmp_path / "out.json")
    assert (coco.annToMask(coco.loadAnns([1])[0]) == bits).all()
    assert coco.loadAnns([1])[0]["area"] == bits.sum()


def test_results_are_loaded_by_pycocotools(tmp_path: Path) -> None:
    truth = dataset_of({"type": "detection", "label": "b", "bbox": [0, 0, 1, 1]})
    write(truth, tmp_path / "truth.json")
    predicted = dataset_of({"type": "detection", "label": "b", "bbox_px": [1, 2, 3, 4.25], "confidence": 0.5})
    losses = write(predicted, tmp_path / "results.json", kind="results")
    with redirect_stdout(io.StringIO()):
        found = loaded(tmp_path / "truth.json").loadRes(str(tmp_path / "results.json"))
    assert [(each["bbox"], each["score"]) for each in found.anns.values()] == [([1, 2, 3, 4.25], 0.5)]
    assert losses.losses() == []


def test_pycocotools_paints_the_polygons_and_masks_that_were_read(tmp_path: Path) -> None:
    path = written(tmp_path, document(FULL["annotations"][:2]))
    with open_source(path) as source:
        inner = FileDataset(source, load("coco"), Context())
        anew = [
            replace(it, annotations=[replace(a, record=None, format=None) for a in it.annotations], is_unedited=False)
            for it in inner.assets()
        ]
        write(ListDataset(anew, inner.labels()), tmp_path / "out.json")
    given_, found = loaded(path), loaded(tmp_path / "out.json")
    for one, other in zip(given_.dataset["annotations"], found.dataset["annotations"], strict=True):
        assert (given_.annToMask(one) == found.annToMask(other)).all()


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dataset=datasets(bodies))
def test_geometry_of_any_data_set_is_written_or_told(tmp_path_factory: Any, dataset: MemoryDataset) -> None:
    folder = tmp_path_factory.mktemp("coco")
    losses = write(dataset, folder / "out")
    found = inspected(folder / "out") if any((folder / "out").rglob("*.json")) else []
    total = sum(len(labelled.annotations) for labelled in dataset.assets())
    assert losses.written + losses.left_out == total
    lines = [body(line) for line in of_kind(found, "annotation")]
    assert len(lines) == losses.written
    sent = [a.body for it in dataset.assets() for a in it.annotations if a.body["type"] != "polyline"]
    for one, other in zip(sent, lines, strict=True):
        assert other["type"] == one["type"]
        assert other["label"] == one["label"]
        for name in ("bbox", "rings"):
            if name in one:
                assert_near(_scaled(one[name]), _floats(other[f"{name}_px"]), 1e-6)
        for given_, read in zip(one.get("keypoints", ()), other.get("keypoints", ()), strict=True):
            assert_near(_scaled([given_["x"], given_["y"]]), [float(read["x_px"]), float(read["y_px"])], 1e-6)


def _scaled(value: Any) -> Any:
    if value and isinstance(value[0], list):
        return [_scaled(each) for each in value]
    return [float(number * SIDES[index % 2]) for index, number in enumerate(value)]


def _floats(value: Any) -> Any:
    return [_floats(each) for each in value] if isinstance(value, list) else float(value)
