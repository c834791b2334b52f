"""Layouts of YOLO data sets: where images, label files, splits and class names are found."""

from pathlib import Path

import pytest

from tests.unit.formats.yolo.data_sets import boxes, inspected, labels, made, of_kind, png, sizes

ROW = "1 0.5 0.5 0.25 0.5\n"
BOX = [0.375, 0.25, 0.25, 0.5]
YAML = "train: images/train\nval: images/val\nnames:\n  0: cat\n  1: dog\n"


def splits(path: Path, **options: str) -> dict[str, str | None]:
    return {line["file_name"]: line["split"] for line in of_kind(inspected(path, None, None, **options), "asset")}


def warnings(path: Path) -> list[str]:
    return [line["code"] for line in of_kind(inspected(path), "warning")]


def test_images_by_kind_then_split_are_read(tmp_path: Path) -> None:
    files = {
        "data.yaml": YAML,
        "images/train/a.png": png(8, 4),
        "images/val/b.png": png(8, 4),
        "labels/train/a.txt": ROW,
        "labels/val/b.txt": "",
    }
    found = inspected(made(tmp_path / "set", files))
    assert found[-1]["format"] == "yolo"
    assert labels(found) == {"cat": [0], "dog": [1]}
    assert boxes(found) == [("images/train/a.png", "dog", BOX)]
    assert of_kind(found, "annotation")[0]["pointer"] == "labels/train/a.txt#L1"
    assert {line["file_name"]: (line["split"], line["labelled"]) for line in of_kind(found, "asset")} == {
        "images/train/a.png": ("train", True),
        "images/val/b.png": ("val", True),
    }


def test_images_by_split_then_kind_are_read_with_paths_that_lead_upwards(tmp_path: Path) -> None:
    files = {
        "data.yaml": "train: ../train/images\nval: ../valid/images\nnc: 2\nnames: ['cat', 'dog']\n",
        "train/images/a.png": png(8, 4),
        "train/labels/a.txt": ROW,
        "valid/images/a.png": png(8, 4),
        "valid/labels/a.txt": ROW,
    }
    path = made(tmp_path / "set", files)
    assert splits(path) == {"train/images/a.png": "train", "valid/images/a.png": "val"}
    assert [box[0] for box in boxes(inspected(path))] == ["train/images/a.png", "valid/images/a.png"]


def test_path_of_data_yaml_is_the_root_when_it_is_there(tmp_path: Path) -> None:
    files = {"coco.yaml": "path: sets/coco\n" + YAML, "sets/coco/labels/train/a.txt": ROW, "images/train/b.png": b""}
    path = made(tmp_path / "set", files)
    assert splits(path) == {"sets/coco/images/train/a": "train"}
    assert splits(path / "coco.yaml") == {"sets/coco/images/train/a": "train"}


@pytest.mark.parametrize("root", ["/content/datasets/coco", "../datasets/coco", "C:\\sets\\coco", "coco"])
def test_folder_of_data_yaml_is_the_root_when_path_is_not_there(tmp_path: Path, root: str) -> None:
    path = made(tmp_path / "set", {"x/data.yaml": f"path: {root}\n{YAML}", "x/labels/train/a.txt": ROW})
    assert splits(path) == {"x/images/train/a": "train"}


def test_absolute_split_is_found_by_the_end_of_its_path(tmp_path: Path) -> None:
    files = {"data.yaml": "train: /data/me/set/images/train\nnames: [a, b]", "labels/train/a.txt": ROW}
    assert splits(made(tmp_path / "set", files)) == {"images/train/a": "train"}


def test_split_is_several_folders_and_lists(tmp_path: Path) -> None:
    files = {
        "data.yaml": "train: [images/x, lists/t.txt]\nvalidation: images/z\nnames: [a, b]",
        "lists/t.txt": "./../images/y/b.png\n\n/gone/images/y/c.jpg\r\n",
        "labels/x/a.txt": ROW,
        "labels/y/b.txt": ROW,
        "labels/z/d.txt": ROW,
    }
    assert splits(made(tmp_path / "set", files)) == {
        "images/x/a": "train",
        "images/y/b.png": "train",
        "gone/images/y/c.jpg": "train",
        "images/z/d": "val",
    }


def test_image_without_label_file_is_not_labelled(tmp_path: Path) -> None:
    files = {"data.yaml": YAML, "images/train/a.png": png(8, 4), "labels/train/b.txt": "\n\n"}
    found = inspected(made(tmp_path / "set", files))
    assert {line["file_name"]: line["labelled"] for line in of_kind(found, "asset")} == {
        "images/train/a.png": False,
        "images/train/b": True,
    }
    assert {"no_image", "split_missing"} <= {line["code"] for line in of_kind(found, "warning")}


def test_image_of_two_splits_stays_in_the_first(tmp_path: Path) -> None:
    files = {"data.yaml": "train: images\nval: images\nnames: [a, b]", "labels/a.txt": ROW}
    path = made(tmp_path / "set", files)
    assert splits(path) == {"images/a": "train"}
    assert "in_two_splits" in warnings(path)


def test_label_file_of_two_images_is_told(tmp_path: Path) -> None:
    files = {"images/a.png": png(8, 4), "images/a.jpg": b"", "labels/a.txt": ROW, "classes.txt": "x\ny\n"}
    path = made(tmp_path / "set", files)
    assert boxes(inspected(path)) == [("images/a.jpg", "y", BOX)]
    assert warnings(path) == ["label_file_shared"]


def test_label_files_of_no_split_are_told(tmp_path: Path) -> None:
    files = {"data.yaml": "train: images/train\nnames: [a, b]", "labels/train/a.txt": ROW, "labels/test/b.txt": ROW}
    path = made(tmp_path / "set", files)
    assert splits(path) == {"images/train/a": "train"}
    assert warnings(path) == ["not_in_a_split"]


def test_folder_with_classes_alone_is_read(tmp_path: Path) -> None:
    files = {"classes.txt": "cat\r\ndog\r\n", "labels/train/a.txt": ROW, "labels/val/b.txt": ROW, "README.txt": "0 1"}
    found = inspected(made(tmp_path / "set", files))
    assert labels(found) == {"cat": [0], "dog": [1]}
    assert boxes(found) == [("images/train/a", "dog", BOX), ("images/val/b", "dog", BOX)]
    assert {line["split"] for line in of_kind(found, "asset")} == {"train", "val"}


def test_class_lists_that_differ_are_refused(tmp_path: Path) -> None:
    files = {"train/classes.txt": "cat\ndog", "val/classes.txt": "dog\ncat", "train/a.txt": ROW, "val/b.txt": ROW}
    assert inspected(made(tmp_path / "set", files))[-1]["code"] == "several_class_lists"


def test_folder_of_label_files_alone_has_classes_by_number(tmp_path: Path) -> None:
    found = inspected(made(tmp_path / "set", {"a.txt": ROW, "b.v2.txt": "7 0.5 0.5 0.25 0.5"}))
    assert labels(found) == {"1": [1], "7": [7]}
    assert boxes(found) == [("a", "1", BOX), ("b.v2", "7", BOX)]


def test_one_label_file_is_read_with_the_classes_and_the_image_beside_it(tmp_path: Path) -> None:
    path = made(tmp_path, {"a.txt": ROW, "a.png": png(8, 4), "b.png": png(8, 4), "classes.txt": "cat\ndog"})
    found = inspected(path / "a.txt")
    assert boxes(found) == [("a.png", "dog", BOX)]
    assert of_kind(found, "annotation")[0]["pointer"] == "L1"
    assert boxes(inspected(made(tmp_path / "x", {"c.txt": ROW}) / "c.txt")) == [("c", "1", BOX)]


def test_one_list_of_images_is_the_split_of_its_name(tmp_path: Path) -> None:
    path = made(tmp_path, {"val.txt": "images/a.png\n", "labels/a.txt": ROW, "labels/b.txt": ROW})
    assert splits(path / "val.txt") == {"images/a.png": "val"}


def test_darknet_is_read_when_its_paths_are_gone(tmp_path: Path) -> None:
    files = {
        "obj.data": "classes = 2\ntrain = data/train.txt\nvalid = data/valid.txt\nnames = data/obj.names\n"
        "backup = backup/",
        "obj.names": "cat\ndog\n",
        "train.txt": "data/obj_train_data/a.png\ndata/obj_train_data/b.jpg\n",
        "valid.txt": "data/obj_valid_data/c.jpg\n",
        "obj_train_data/a.png": png(8, 4),
        "obj_train_data/a.txt": ROW,
        "obj_train_data/b.txt": "",
        "obj_valid_data/c.txt": ROW,
    }
    path = made(tmp_path / "set", files)
    assert splits(path) == {
        "obj_train_data/a.png": "train",
        "obj_train_data/b.jpg": "train",
        "obj_valid_data/c.jpg": "val",
    }
    assert [box[:2] for box in boxes(inspected(path))] == [
        ("obj_train_data/a.png", "dog"),
        ("obj_valid_data/c.jpg", "dog"),
    ]
    assert splits(path / "obj.data") == splits(path)


def test_stem_of_a_label_file_finds_its_asset(tmp_path: Path) -> None:
    path = made(
        tmp_path / "set", {"data.yaml": "train: images\ntask: obb\nnames: [a]", "labels/a.txt": "0" + " 0.5" * 8}
    )
    found = inspected(path, sizes=sizes(tmp_path, {"images/a.jpg": (200, 100)}))
    assert of_kind(found, "annotation")[0]["bbox_px"] == [100, 50, 0, 0]


def test_nothing_to_read_is_refused(tmp_path: Path) -> None:
    assert inspected(made(tmp_path / "set", {"a.bin": "x"}), "yolo")[-1]["code"] == "not_yolo"
    two = made(tmp_path / "two", {"a.yaml": YAML, "b.yaml": YAML})
    assert inspected(two)[-1]["code"] == "several_descriptions"


def test_description_with_classes_comes_before_other_yaml_files(tmp_path: Path) -> None:
    files = {"args.yaml": "task: detect\nval: true\n", "set.yaml": YAML, "labels/train/a.txt": ROW}
    found = inspected(made(tmp_path / "set", files))
    assert labels(found) == {"cat": [0], "dog": [1]}


def test_folder_of_predictions_is_read_beside_the_arguments_of_the_run(tmp_path: Path) -> None:
    files = {"args.yaml": "task: detect\nval: true\n", "labels/a.txt": "0 .5 .5 .1 .1 0.75\n"}
    found = inspected(made(tmp_path / "set", files), None, None, sixth_column="confidence")
    assert of_kind(found, "annotation")[0]["confidence"] == 0.75
