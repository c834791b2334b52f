"""Panoptic COCO: segments of the PNG id maps beside the file, against pycocotools."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as oracle

from tests.unit.formats.coco.builders import category, document, image, written
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
