"""Panoptic COCO: segments of the PNG id maps beside the file, against pycocotools."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as oracle

from foveal.encoding import rle
from foveal.formats.base.files.source import open_source
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import FormatError
from foveal.formats.base.model.loss import LossReport
from foveal.formats.conversion import FileDataset
from foveal.formats.registry import load
from tests.unit.formats.coco.builders import category, document, image, written
from tests.unit.formats.coco.writing import dataset_of, told_fields, write
from tests.unit.formats.reading import Line, inspected, of_kind

IDS = np.array([[0, 5, 5, 70_000], [5, 0, 300, 70_000], [300, 300, 300, 0]], dtype=np.uint32)


def _set(folder: Path, mode: str = "RGB", ids: np.ndarray = IDS, place: str = "panoptic_val") -> Path:
    colours = np.stack([ids % 256, ids // 256 % 256, ids // 65536], axis=-1).astype(np.uint8)
    picture = Image.fromarray(colours, "RGB").convert(mode, palette=Image.Palette.ADAPTIVE)
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    (folder / place).mkdir(parents=True)
    (folder / place / "1.png").write_bytes(stream.getvalue())
    segments = [
        {"id": 5, "category_id": 1, "area": 3, "bbox": [0, 0, 3, 2], "iscrowd": 0},
        {"id": 300, "category_id": 2, "area": 4, "bbox": [0, 1, 3, 2], "iscrowd": 0},
        {"id": 70_000, "category_id": 1, "area": 2, "bbox": [3, 0, 1, 2], "iscrowd": 1},
    ]
    record = {"image_id": 1, "file_name": "1.png", "segments_info": segments}
    classes = [category(1, "cat", isthing=1), category(2, "sky", isthing=0)]
    return written(folder, document([record], [image(1, width=4, height=3)], classes), "panoptic_val.json")


def _decoded(line: Line) -> np.ndarray:
    return oracle.decode({"size": line["mask"]["size"], "counts": line["mask"]["counts"].encode()})  # type: ignore[no-any-return]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_segments_are_masks_of_their_pixels(tmp_path: Path, mode: str) -> None:
    found = inspected(_set(tmp_path, mode))
    lines = of_kind(found, "annotation")
    assert [(line["type"], line["label"], line["iscrowd"]) for line in lines] == [
        ("mask", "cat", False), ("segmentation", "sky", False), ("mask", "cat", True),
    ]  # fmt: skip
    for line in lines:
        assert (_decoded(line) == (line["extra"]["segment_id"] == IDS)).all()
    assert found[-1]["records"] == 1


def test_id_map_is_found_in_a_folder_of_its_own(tmp_path: Path) -> None:
    _set(tmp_path, place="masks/panoptic")
    assert len(of_kind(inspected(tmp_path), "annotation")) == 3


def test_record_is_told_when_its_id_map_is_not_there(tmp_path: Path) -> None:
    path = _set(tmp_path)
    (tmp_path / "panoptic_val/1.png").unlink()
    assert "put it into the folder panoptic_val" in of_kind(inspected(path), "not_imported")[0]["reason"]


def test_record_is_told_when_its_id_map_has_other_sides(tmp_path: Path) -> None:
    assert "its image 4 x 3" in of_kind(inspected(_set(tmp_path, ids=IDS.T.copy())), "not_imported")[0]["reason"]


def test_record_is_told_when_its_id_map_is_broken(tmp_path: Path) -> None:
    path = _set(tmp_path)
    (tmp_path / "panoptic_val/1.png").write_bytes(b"\x89PNG\r\n\x1a\nxx")
    assert "is not read" in of_kind(inspected(path), "not_imported")[0]["reason"]


def test_segments_without_pixels_and_pixels_without_segment_are_told(tmp_path: Path) -> None:
    ids = IDS.copy()
    ids[ids == 5] = 6
    found = inspected(_set(tmp_path, ids=ids))
    assert len(of_kind(found, "annotation")) == 2
    assert [line["code"] for line in of_kind(found, "warning")] == ["segment_not_read", "unnamed_pixels"]


def _panoptic(tmp_path: Path, *bodies: dict[str, Any], **members: Any) -> tuple[list[Line], LossReport]:
    losses = write(dataset_of(*bodies, **members), tmp_path / "out", kind="panoptic")
    return inspected(tmp_path / "out"), losses


def _mask(*counts: int) -> dict[str, Any]:
    return {"encoding": "coco_rle", "size": [50, 100], "counts": [*counts, 5000 - sum(counts)]}


def test_masks_are_painted_into_an_id_map(tmp_path: Path) -> None:
    given: list[dict[str, Any]] = [
        {"type": "mask", "label": "cat", "mask": _mask(10, 30), "iscrowd": True},
        {"type": "segmentation", "label": "sky", "mask": _mask(100, 77)},
    ]
    found, losses = _panoptic(tmp_path, *given, split="val")
    lines = of_kind(found, "annotation")
    assert [(line["type"], line["label"], line["area"]) for line in lines] == [
        ("mask", "cat", 30), ("segmentation", "sky", 77),
    ]  # fmt: skip
    for line, body in zip(lines, given, strict=True):
        assert rle.runs(line["mask"]["counts"], 5000) == body["mask"]["counts"]
    assert (losses.written, losses.left_out, losses.losses()) == (2, 0, [])
    assert (tmp_path / "out/annotations/panoptic_val/1.png").is_file()


def test_panoptic_file_tells_overlaps_and_shapes_that_are_no_masks(tmp_path: Path) -> None:
    box = {"type": "detection", "label": "cat", "bbox": [0, 0, 1, 1]}
    one, other = ({"type": "mask", "label": "cat", "mask": _mask(start, 30)} for start in (10, 20))
    found, losses = _panoptic(tmp_path, box, one, other)
    assert [line["area"] for line in of_kind(found, "annotation")] == [10, 30]
    assert (losses.written, losses.left_out) == (2, 1)
    assert told_fields(losses) == {"detection", "mask"}


def test_panoptic_file_keeps_the_ids_of_segments(tmp_path: Path) -> None:
    with open_source(_set(tmp_path / "in").parent) as source:
        inner = FileDataset(source, load("coco"), Context())
        losses = write(inner, tmp_path / "out", kind="panoptic")
    before, after = (of_kind(inspected(tmp_path / each), "annotation") for each in ("in", "out"))
    for one, two in zip(before, after, strict=True):
        assert {**one, "pointer": "", "mask": 0} == {**two, "pointer": "", "mask": 0}
        assert (_decoded(one) == _decoded(two)).all()
    assert losses.losses() == []


def test_panoptic_file_needs_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="name a folder"):
        write(dataset_of(), tmp_path / "out.json", kind="panoptic")
