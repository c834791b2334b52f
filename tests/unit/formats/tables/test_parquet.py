"""Parquet: rows of annotations, tables of the Hugging Face Hub, absence of pyarrow."""

import builtins
import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from foveal.formats.base.files.source import open_source
from foveal.formats.registry import detect
from tests.unit.formats.converted import converted, mutations
from tests.unit.formats.reading import inspected, of_kind

FEATURES = {
    "image": {"_type": "Image"},
    "objects": {
        "feature": {
            "bbox": {"feature": {"dtype": "float32", "_type": "Value"}, "length": 4, "_type": "Sequence"},
            "category": {"names": ["cat", "dog"], "_type": "ClassLabel"},
        },
        "_type": "Sequence",
    },
}


def hub_table(path: Path) -> Path:
    table = pyarrow.table(
        {
            "image": [{"bytes": b"\xff\xd8" * 1000, "path": "a.jpg"}, {"bytes": b"", "path": "b.jpg"}],
            "objects": [{"bbox": [[1.0, 2.0, 3.0, 4.0]], "category": [1]}, {"bbox": [], "category": []}],
        }
    )
    metadata = {"huggingface": json.dumps({"info": {"features": FEATURES}})}
    pyarrow.parquet.write_table(table.replace_schema_metadata(metadata), path)
    return path


def test_parquet_of_the_hub_names_classes_by_its_schema_and_asks_for_boxes(tmp_path: Path) -> None:
    path = hub_table(tmp_path / "a.parquet")
    assert [line["option"] for line in of_kind(inspected(path), "question")] == ["box"]
    found = inspected(path, box="xywh")
    assert [(line["file_name"], line["labelled"]) for line in of_kind(found, "asset")] == [
        ("a.jpg", True),
        ("b.jpg", True),
    ]
    annotation = of_kind(found, "annotation")[0]
    assert (annotation["label"], annotation["bbox_px"]) == ("dog", [1, 2, 3, 4])
    assert annotation["pointer"] == "R1/objects/0"
    assert of_kind(found, "label")[0]["external_ids"] == {"parquet": [1]}


def test_parquet_row_leaves_the_bytes_of_pictures_unread(tmp_path: Path) -> None:
    from foveal.formats.tables.parquet import ParquetTable

    with open_source(hub_table(tmp_path / "a.parquet")) as source:
        assert all("bytes" not in row.text for row in ParquetTable(source, "a.parquet").rows())


def test_parquet_is_detected_by_its_first_bytes(tmp_path: Path) -> None:
    with open_source(hub_table(tmp_path / "a.bin")) as source:
        assert detect(source).name == "parquet"


def test_parquet_comes_back_byte_equal_when_it_is_unedited(tmp_path: Path) -> None:
    path = hub_table(tmp_path / "a.parquet")
    converted(path, tmp_path / "b.parquet", "parquet", box="xywh")
    assert (tmp_path / "b.parquet").read_bytes() == path.read_bytes()


def test_parquet_of_annotations_has_columns_for_other_programs(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "image,label,image_width,image_height,xmin,ymin,xmax,ymax\na.jpg,cat,640,480,1,2,4,6\n"
    )
    converted(tmp_path / "a.csv", tmp_path / "a.parquet", "parquet")
    row = pyarrow.parquet.read_table(tmp_path / "a.parquet").to_pylist()[0]
    assert (row["file_name"], row["label"], row["type"], row["image_width"]) == ("a.jpg", "cat", "detection", 640)
    assert [row[name] for name in ("x_min", "y_min", "box_width", "box_height")] == [1, 2, 3, 4]
    found = inspected(tmp_path / "a.parquet")
    assert (of_kind(found, "question"), of_kind(found, "annotation")[0]["bbox_px"]) == ([], [1, 2, 3, 4])


def test_parquet_names_the_extra_when_pyarrow_is_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = hub_table(tmp_path / "a.parquet")
    load = builtins.__import__

    def without_pyarrow(name: str, *arguments: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "pyarrow":
            raise ImportError(name)
        return load(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", without_pyarrow)
    error = inspected(path)[-1]
    assert (error["code"], "foveal[arrow]" in error["message"]) == ("extra_missing", True)


def test_parquet_of_mutated_bytes_gives_records_or_an_error(tmp_path: Path) -> None:
    content = hub_table(tmp_path / "a.parquet").read_bytes()
    for number, changed in enumerate(mutations(content, 200)):
        path = tmp_path / f"{number}.parquet"
        path.write_bytes(changed)
        inspected(path, "parquet", box="xywh")
