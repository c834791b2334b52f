"""Classification by folders, and Ultralytics NDJSON."""

import json
from pathlib import Path
from typing import Any

from tests.unit.formats.reading import body
from tests.unit.formats.yolo.data_sets import Line, inspected, labels, made, of_kind, png, reasons


def test_folders_of_images_are_classes_in_order_of_train(tmp_path: Path) -> None:
    files = {
        f"set/{name}": png(8, 4)
        for name in ("train/dog/a.png", "train/cat/a.png", "valid/dog/b.png", "test/ape/c.png", "train/x.png")
    }
    found = inspected(made(tmp_path, files) / "set", "yolo", task="classify")
    assert labels(found) == {"cat": [0], "dog": [1], "ape": [2]}
    assert [(line["asset"], line["type"], line["label"]) for line in of_kind(found, "annotation")] == [
        ("test/ape/c.png", "classification", "ape"),
        ("train/cat/a.png", "classification", "cat"),
        ("train/dog/a.png", "classification", "dog"),
        ("valid/dog/b.png", "classification", "dog"),
    ]
    assert {line["file_name"]: (line["split"], line["labelled"]) for line in of_kind(found, "asset")} == {
        "test/ape/c.png": ("test", True),
        "train/cat/a.png": ("train", True),
        "train/dog/a.png": ("train", True),
        "valid/dog/b.png": ("val", True),
        "train/x.png": (None, False),
    }


def test_folders_of_images_are_recognised(tmp_path: Path) -> None:
    found = inspected(made(tmp_path / "set", {"train/dog/a.png": png(8, 4), "val/cat/b.png": png(8, 4)}))
    assert found[-1]["format"] == "yolo"
    assert labels(found) == {"dog": [0], "cat": [1]}


HEADER = {"type": "dataset", "task": "detect", "class_names": {"0": "cat", "1": "no"}, "kpt_shape": [1, 3]}


def of_lines(folder: Path, *lines: dict[str, Any] | str, **options: str) -> list[Line]:
    text = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in (HEADER, *lines))
    return inspected(made(folder, {"data.ndjson": text + "\n"}) / "data.ndjson", None, None, **options)


def image(**members: Any) -> dict[str, Any]:
    return {"type": "image", "file": "a.jpg", "width": 200, "height": 100, "split": "train"} | members


def test_ndjson_is_read_with_each_kind_of_annotation(tmp_path: Path) -> None:
    kinds = {
        "boxes": [[1, 0.5, 0.5, 0.25, 0.5]],
        "segments": [[0, 0, 0, 1, 0, 1, 1]],
        "pose": [[0, 0.5, 0.5, 0.25, 0.5, 0.5, 0.5, 2]],
        "obb": [[0, 0.25, 0.25, 0.75, 0.25, 0.75, 0.5, 0.25, 0.5]],
        "classification": [1],
    }
    url = "https://storage.example/a.jpg?X-Signature=abc"
    found = of_lines(tmp_path, image(annotations=kinds, url=url, tags=["x"]))
    assert labels(found) == {"cat": [0], "no": [1]}
    assert [body(line) for line in of_kind(found, "annotation")] == [
        {"type": "detection", "bbox": [0.375, 0.25, 0.25, 0.5], "field": "ground_truth", "label": "no"},
        {"type": "polygon", "rings": [[[0, 0], [1, 0], [1, 1]]], "field": "ground_truth", "label": "cat"},
        {
            "type": "keypoints",
            "bbox": [0.375, 0.25, 0.25, 0.5],
            "keypoints": [{"name": "0", "x": 0.5, "y": 0.5, "visibility": 2}],
            "field": "ground_truth",
            "label": "cat",
        },
        {"type": "detection", "bbox_px": [50, 25, 100, 25], "rotation": 0, "field": "ground_truth", "label": "cat"},
        {"type": "classification", "field": "ground_truth", "label": "no"},
    ]
    asset = of_kind(found, "asset")[0]
    assert (asset["width"], asset["height"], asset["split"]) == (200, 100, "train")
    assert asset["extra"] == {"tags": ["x"], "url": "https://storage.example/a.jpg"}
    assert of_kind(found, "annotation")[0]["pointer"] == "L2/annotations/boxes/0"


def test_ndjson_tells_no_annotations_from_empty_ones(tmp_path: Path) -> None:
    lines = [image(file="a.jpg"), image(file="b.jpg", annotations={}), image(file="c.jpg", annotations={"boxes": []})]
    found = of_lines(tmp_path, *lines, image(file="d.jpg", annotations=None))
    assert [line["labelled"] for line in of_kind(found, "asset")] == [False, True, True, False]


def test_ndjson_tells_lines_and_rows_that_are_broken(tmp_path: Path) -> None:
    rows = {"boxes": [[5, 0.5, 0.5, 0.1, 0.1], ["a"], 3, [0, None, 0.5, 0.1, 0.1]], "heat": [1], "obb": 1}
    found = of_lines(
        tmp_path, "{broken", "[1]", image(file=None), image(annotations=[1]), image(file="b", annotations=rows)
    )
    assert reasons(found) == [
        "is no JSON object of the type dataset or image",
        "is no JSON object of the type dataset or image",
        "has no `file`",
        "is no object",
        "class 5 is not among the 2 classes of the data set",
        "has 1 columns, needs 5 at least: class x y width height",
        "is no list of numbers",
        "'null' is no number",
        "'heat' is no kind of annotation that is known",
        "is no list of rows",
    ]
