"""Writer of YOLO: files that come back as they were, rows by task, names for each loss."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from foveal.formats.base.files.target import open_target
from foveal.formats.base.model.context import AssetFacts, Context
from foveal.formats.base.model.dataset import LabelledAsset, ListDataset
from foveal.formats.base.model.items import Annotation, Asset, Label, NotImported
from foveal.formats.base.model.loss import LossReport
from foveal.formats.base.model.matching import AssetNames
from foveal.formats.conversion import convert_files
from foveal.formats.yolo import FORMAT
from tests.unit.formats.yolo.data_sets import Line, boxes, inspected, labels, made, of_kind, png

SIDES = (200, 100)
SHOWN = AssetFacts(*SIDES)
BOX: dict[str, Any] = {"type": "detection", "bbox_px": [50.0, 25.0, 100.0, 50.0]}
RING = [[0.0, 0.0], [100.0, 0.0], [100.0, 100.0], [50.0, 50.0]]
POINTS: list[dict[str, Any]] = [
    {"name": "a", "x_px": 50.0, "y_px": 25.0, "visibility": 1},
    {"name": "b", "visibility": 0},
    {"name": "c", "x": 0.5, "y": 0.5},
]
SKELETON = {"names": ["c", "b", "a"], "edges": []}


def files(folder: Path) -> dict[str, bytes]:
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def converted(source: Path, out: Path, *options: str) -> list[Line]:
    return list(convert_files(source, out, "yolo", options=options))


def asset(name: str, *bodies: Mapping[str, Any], **members: Any) -> LabelledAsset:
    annotations = [
        Annotation(name, {"field": "ground_truth", "label": "car", **body}, f"/{name}/{number}")
        for number, body in enumerate(bodies)
    ]
    return LabelledAsset(Asset(name, **{"split": "train", **members}), annotations)


def written(
    folder: Path,
    content: Sequence[LabelledAsset],
    names: Sequence[Label] = (Label("car"),),
    facts: AssetFacts | None = SHOWN,
    **options: str,
) -> tuple[dict[str, str], LossReport]:
    """Return the texts that are written, and the losses."""
    known = {each.asset.file_name: facts for each in content} if facts else {}
    losses = LossReport()
    with open_target(folder / "out") as target:
        assert FORMAT.write is not None
        FORMAT.write(ListDataset(content, names), target, Context(options, known, None, AssetNames(known)), losses)
    return {name: text.decode() for name, text in files(folder / "out").items()}, losses


def told(losses: LossReport) -> dict[str, str]:
    return {loss.field: loss.code for loss in losses.losses()}


UNEDITED: dict[str, dict[str, object]] = {
    "folders": {
        "data.yaml": "\ufefftrain: ../train/images # here\r\nval: valid/images\r\nnames: {0: 'no', 2: b}\r\n",
        "train/labels/a.txt": "\ufeff0 0.50 .5 1e-1 0.1\r\n\r\n0 0.50 .5 1e-1 0.1\r\n9 .5 .5 .1 .1\r\n0 1 2",
        "train/labels/b.txt": "",
        "valid/labels/c.txt": "2.0 0.5 0.5 0.1 0.1 0.9\n",
    },
    "lists": {
        "data.yaml": "train: train.txt\nnames: [a]\nkpt_shape: [1, 2]\n",
        "train.txt": "./images/a.jpg\n./images/b.jpg\n",
        "labels/a.txt": "0 .5 .5 .1 .1 .2 .2\n",
    },
    "darknet": {
        "obj.data": "classes=1\ntrain=data/train.txt\nnames=data/obj.names\n",
        "obj.names": "cat\n",
        "train.txt": "data/obj_train_data/a.jpg\n",
        "obj_train_data/a.txt": "0 .5 .5 .1 .1\n",
    },
    "classes": {"classes.txt": "cat\n", "labels/a.txt": "0 .5 .5 .1 .1\n", "labels/b.txt": "0 1 1 1\n"},
    "numbers": {"a.txt": "7 .5 .5 .1 .1\n", "b/c.txt": "0 .5 .5 .1 .1"},
}


@pytest.mark.parametrize("kind", UNEDITED)
def test_unedited_data_set_goes_out_byte_for_byte(tmp_path: Path, kind: str) -> None:
    source = made(tmp_path / "set", UNEDITED[kind])
    found = converted(source, tmp_path / "out")
    assert files(tmp_path / "out") == files(source)
    assert found[-1]["written"] == found[-1]["annotations"] > 0
    assert of_kind(found, "loss") == []


def test_unedited_label_file_goes_out_byte_for_byte(tmp_path: Path) -> None:
    source = made(tmp_path, {"a.txt": "0 0.50 .5 .1 .1\r\n"}) / "a.txt"
    converted(source, tmp_path / "b.txt")
    assert (tmp_path / "b.txt").read_bytes() == source.read_bytes()


def test_edited_label_file_keeps_the_rows_that_were_not_edited(tmp_path: Path) -> None:
    rows = ["0 0.50 .5 .1 .1", "9 .5 .5 .1 .1", "0 .5 .5 .2 .20"]
    pointers = [f"labels/a.txt#L{number}" for number in (1, 2, 4)]
    box = {"type": "detection", "field": "ground_truth", "label": "a"}
    annotations = [
        Annotation("images/a.jpg", box | {"bbox": [0.25, 0.25, 0.5, 0.5]}, "new"),
        Annotation("images/a.jpg", box | {"bbox": [0.125, 0.25, 0.5, 0.5]}, pointers[0], rows[0], "yolo", True),
        Annotation("images/a.jpg", box | {"bbox": [0.4, 0.4, 0.2, 0.2]}, pointers[2], rows[2], "yolo"),
    ]
    left = NotImported(pointers[1], "class 9", rows[1], "images/a.jpg")
    content = LabelledAsset(Asset("images/a.jpg", pointer="labels/a.txt", record="…"), annotations, [left])
    data = {"data.yaml": "train: images\nnames: [a]\n"}
    losses = LossReport()
    with open_target(tmp_path / "out") as target:
        assert FORMAT.write is not None
        FORMAT.write(ListDataset([content], [Label("a", {"yolo": [0]})], "yolo", None, data), target, Context(), losses)
    assert files(tmp_path / "out") == {
        "data.yaml": data["data.yaml"].encode(),
        "labels/a.txt": b"0 0.375 0.5 0.5 0.5\n9 .5 .5 .1 .1\n0 .5 .5 .2 .20\n0 0.5 0.5 0.5 0.5\n",
    }
    assert losses.written == 3


def test_data_set_of_others_gets_lists_labels_and_a_description(tmp_path: Path) -> None:
    content = [
        asset("cam/a.jpg", BOX),
        asset("images/val/b.v2.png", split="valid"),
        asset("c.jpg", labelled=False, split="test"),
    ]
    names = (Label("dog", {"yolo": [1], "coco": [7]}), Label("car"), Label('no: "é"', {"yolo": [4]}))
    texts, losses = written(tmp_path, content, names)
    assert texts == {
        "data.yaml": "train: train.txt\nval: val.txt\ntest: test.txt\nnc: 5\nnames:\n"
        '  0: "car"\n  1: "dog"\n  2: "2"\n  3: "3"\n  4: "no: \\"é\\""\n',
        "train.txt": "./images/train/cam/a.jpg\n",
        "val.txt": "./images/val/b.v2.png\n",
        "test.txt": "./images/test/c.jpg\n",
        "labels/train/cam/a.txt": "0 0.5 0.5 0.5 0.5\n",
        "labels/val/b.v2.txt": "",
    }
    assert told(losses) == {"label": "class_added"}
    found = inspected(tmp_path / "out")
    assert labels(found) == {"car": [0], "dog": [1], "2": [2], "3": [3], 'no: "é"': [4]}
    assert {line["file_name"]: (line["split"], line["labelled"]) for line in of_kind(found, "asset")} == {
        "images/train/cam/a.jpg": ("train", True),
        "images/val/b.v2.png": ("val", True),
        "images/test/c.jpg": ("test", False),
    }


def test_same_data_set_makes_the_same_archive(tmp_path: Path) -> None:
    source = made(tmp_path / "set", {"train/dog/a.png": png(8, 4), "labels.ndjson": ""} | UNEDITED["folders"])
    for name in ("a.zip", "b.zip", "a.tar"):
        converted(source, tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert boxes(inspected(tmp_path / "a.tar")) == boxes(inspected(tmp_path / "a.zip")) != []


@pytest.mark.parametrize("name", ["no", "007", "#a", "a: b", "\x85\ud7ff\x7f\ufeff", "'\"\\", " a ", "日本", "x" * 256])
def test_name_of_a_class_comes_back_as_it_was(tmp_path: Path, name: str) -> None:
    written(tmp_path, [asset("a.jpg", BOX | {"label": name})], [Label(name)])
    assert labels(inspected(tmp_path / "out")) == {name: [0]}


@pytest.mark.parametrize(
    ("bodies", "rows", "losses"),
    [
        ([BOX, {"type": "polyline", "rings": [RING]}], ["0 0.5 0.5 0.5 0.5"], {"annotation": "type_not_held"}),
        (
            [BOX, {"type": "polygon", "rings_px": [RING]}],
            ["0 0.25 0.25 0.75 0.25 0.75 0.75 0.25 0.75", "0 0 0 0.5 0 0.5 1 0.25 0.5"],
            {"type": "other_type"},
        ),
        (
            [{"type": "polygon", "rings_px": [RING, RING], "holes_px": [RING]}],
            ["0 0 0 0.5 0 0.5 1 0.25 0.5"] * 2,
            {"rings": "parts_apart", "holes": "holes_not_held"},
        ),
        (
            [BOX | {"rotation": 0.0}, BOX | {"rotation": 90.0}],
            ["0 0.25 0.25 0.75 0.25 0.75 0.75 0.25 0.75", "0 0.625 0 0.625 1 0.375 1 0.375 0"],
            {},
        ),
        (
            [{"type": "keypoints", "bbox": [0.0, 0.0, 1.0, 0.5], "keypoints": POINTS}, BOX],
            ["0 0.5 0.25 1 0.5 0.5 0.5 2 0 0 0 0.25 0.25 1", "0 0.5 0.5 0.5 0.5 0 0 0 0 0 0 0 0 0"],
            {"type": "other_type"},
        ),
        (
            [{"type": "keypoints", "keypoints": POINTS}],
            ["0 0.375 0.375 0.25 0.25 0.5 0.5 2 0 0 0 0.25 0.25 1"],
            {"bbox": "box_added"},
        ),
        (
            [{"type": "keypoints", "keypoints": [{"name": "z", "visibility": 0}]}],
            [],
            {"annotation": "other_keypoints", "bbox": "box_added"},
        ),
        ([BOX | {"label": None}], [], {"annotation": "no_label"}),
        ([BOX | {"frame_index": 0}], [], {"annotation": "frames_not_held"}),
        ([BOX, {"type": "polygon", "rings": [RING], "label": None}], ["0 0.5 0.5 0.5 0.5"], {"annotation": "no_label"}),
        (
            [BOX | {"confidence": 0.5, "attributes": {"a": 1}, "truncated": True, "field": "model", "text": None}],
            ["0 0.5 0.5 0.5 0.5"],
            {
                "confidence": "not_in_a_row",
                "attributes": "not_in_a_row",
                "truncated": "not_in_a_row",
                "field": "one_layer",
            },
        ),
        ([{"type": "detection", "bbox_px": [-10.0, 0, 20, 10]}], ["0 0 0.05 0.1 0.1"], {}),
        (
            [{"type": "detection", "bbox_px": [-20.0, 0, 20, 10]}],
            ["0 -0.05 0.05 0.1 0.1"],
            {"bbox": "outside_the_image"},
        ),
    ],
)
def test_rows_take_the_shape_of_the_proposed_task(
    tmp_path: Path, bodies: Sequence[Mapping[str, Any]], rows: Sequence[str], losses: Mapping[str, str]
) -> None:
    texts, found = written(tmp_path, [asset("a.jpg", *bodies)], [Label("car", skeleton=SKELETON)])
    assert texts["labels/train/a.txt"].splitlines() == rows
    assert {field: code for field, code in told(found).items() if field != "label.skeleton"} == losses
    assert found.written + found.left_out == len(bodies)


def test_loss_of_a_place_in_pixels_and_in_shares_counts_once(tmp_path: Path) -> None:
    both = {"type": "polygon", "rings_px": [RING], "bbox": [0.0, 0.0, 0.5, 0.5], "bbox_px": [0.0, 0.0, 20.0, 10.0]}
    _, losses = written(tmp_path, [asset("a.jpg", both), asset("b.jpg", both)])
    assert [(loss.field, loss.count) for loss in losses.losses()] == [("bbox", 2)]


def test_task_of_the_option_comes_first(tmp_path: Path) -> None:
    bodies: list[dict[str, Any]] = [
        {"type": "polygon", "rings_px": [RING]},
        BOX | {"rotation": 90.0},
        {"type": "mask", "bbox_px": [0.0, 0.0, 20.0, 10.0], "mask": {}},
        {"type": "mask", "mask": {}},
    ]
    texts, losses = written(tmp_path, [asset("a.jpg", *bodies)], task="detect")
    assert texts["labels/train/a.txt"].splitlines() == ["0 0.25 0.5 0.5 1", "0 0.5 0.5 0.25 1", "0 0.05 0.05 0.1 0.1"]
    assert told(losses) == {
        "type": "other_type",
        "rings": "not_in_a_row",
        "mask": "not_in_a_row",
        "rotation": "rotation_not_held",
        "bbox": "rotation_not_held",
        "annotation": "no_box",
    }


def test_sixth_column_is_written_by_its_option(tmp_path: Path) -> None:
    bodies: list[dict[str, Any]] = [BOX | {"confidence": 0.75, "track_id": "7"}, BOX]
    texts, losses = written(tmp_path / "a", [asset("a.jpg", *bodies)], sixth_column="confidence")
    assert texts["labels/train/a.txt"].splitlines() == ["0 0.5 0.5 0.5 0.5 0.75", "0 0.5 0.5 0.5 0.5"]
    assert told(losses) == {"track_id": "not_in_a_row"}
    texts, losses = written(tmp_path / "b", [asset("a.jpg", *bodies)], sixth_column="track_id")
    assert texts["labels/train/a.txt"].splitlines()[0] == "0 0.5 0.5 0.5 0.5 7"
    assert told(losses) == {"confidence": "not_in_a_row"}


def test_keypoints_are_described_by_shape_names_and_flip(tmp_path: Path) -> None:
    label = Label("car", skeleton=SKELETON, extra={"flip_idx": [2, 1, 0]})
    content = asset("a.jpg", {"type": "keypoints", "bbox": [0.0, 0.0, 1.0, 0.5], "keypoints": POINTS})
    texts, losses = written(tmp_path, [content], [label])
    assert texts["data.yaml"].endswith('kpt_shape: [3, 3]\nflip_idx: [2, 1, 0]\nkpt_names:\n  0: ["c", "b", "a"]\n')
    assert told(losses) == {}
    line = of_kind(inspected(tmp_path / "out"), "annotation")[0]
    assert line["keypoints"] == [
        {"name": "c", "x": 0.5, "y": 0.5, "visibility": 2},
        {"name": "b", "visibility": 0},
        {"name": "a", "x": 0.25, "y": 0.25, "visibility": 1},
    ]


def test_pixels_without_sides_are_left_out_and_told(tmp_path: Path) -> None:
    texts, losses = written(tmp_path, [asset("a.jpg", BOX)], facts=None)
    assert (texts["labels/train/a.txt"], losses.left_out, told(losses)) == ("", 1, {"annotation": "sides_unknown"})
    texts, losses = written(tmp_path / "stated", [asset("a.jpg", BOX, width=200, height=100)], facts=None)
    assert texts["labels/train/a.txt"] == "0 0.5 0.5 0.5 0.5\n"


@pytest.mark.parametrize(
    ("orientation", "row"),
    [
        (1, "0 0.2 0.15 0.2 0.1"),
        (2, "0 0.8 0.15 0.2 0.1"),
        (3, "0 0.8 0.85 0.2 0.1"),
        (4, "0 0.2 0.85 0.2 0.1"),
        (5, "0 0.15 0.2 0.1 0.2"),
        (6, "0 0.85 0.2 0.1 0.2"),
        (7, "0 0.85 0.8 0.1 0.2"),
        (8, "0 0.15 0.8 0.1 0.2"),
    ],
)
def test_box_of_the_stored_image_is_written_as_displayed(tmp_path: Path, orientation: int, row: str) -> None:
    shown = AssetFacts(*(SIDES if orientation < 5 else SIDES[::-1]), orientation)
    body = {"type": "detection", "bbox_px": [20.0, 10.0, 40.0, 10.0], "coordinate_frame": "stored"}
    texts, _ = written(tmp_path, [asset("a.jpg", body)], facts=shown)
    numbers = [float(each) for each in texts["labels/train/a.txt"].split()]
    assert numbers == pytest.approx([float(each) for each in row.split()], abs=1e-12)


def test_pixels_of_another_size_are_shares_of_that_size(tmp_path: Path) -> None:
    body = {"type": "detection", "bbox_px": [25.0, 12.5, 50.0, 25.0], "image_size": [100, 50]}
    assert written(tmp_path, [asset("a.jpg", body)])[0]["labels/train/a.txt"] == "0 0.5 0.5 0.5 0.5\n"


def test_images_of_one_stem_have_label_files_of_their_own(tmp_path: Path) -> None:
    content = [asset("a.jpg", BOX), asset("A.png", BOX), asset("images/train/a.png", BOX)]
    texts, losses = written(tmp_path, content)
    assert texts["train.txt"].splitlines() == [
        "./images/train/a.jpg",
        "./images/train/2/A.png",
        "./images/train/3/a.png",
    ]
    assert told(losses) == {"file_name": "path_changed"}
    assert inspected(tmp_path / "out")[-1]["imported"] == 3


@pytest.mark.parametrize(
    "name", ["/etc/a.jpg", "..\\..\\a.jpg", "C:\\x\\a.jpg", "s3://bucket/x/a.jpg?y=1", "a\nb.jpg", ".."]
)
def test_name_of_a_file_never_leads_out_of_the_target(tmp_path: Path, name: str) -> None:
    texts, _ = written(tmp_path, [asset(name, BOX)])
    assert all(re.fullmatch(r"labels/train/[a-zA-Z_/]+\.txt|data\.yaml|train\.txt", each) for each in texts)
    assert inspected(tmp_path / "out")[-1]["imported"] == 1


@pytest.mark.parametrize("split", ["train2017", "val2017", "holdout", None])
def test_split_that_yolo_does_not_know_is_told(tmp_path: Path, split: str | None) -> None:
    _, losses = written(tmp_path, [asset("a.jpg", BOX, split=split)])
    assert told(losses) == {"split": "split_changed"}
    assert inspected(tmp_path / "out")[-1]["imported"] == 1


def test_several_images_do_not_fit_into_one_file(tmp_path: Path) -> None:
    source = made(tmp_path / "set", UNEDITED["folders"])
    assert converted(source, tmp_path / "x.txt")[-1]["code"] == "not_one_file"
    assert not (tmp_path / "x.txt").exists()


def test_label_that_gets_its_first_number_takes_the_next_that_is_free(tmp_path: Path) -> None:
    names = [
        Label("a", {"yolo": [0]}),
        Label("b", {"yolo": [0]}),
        Label("c", {"yolo": [10**9]}),
        Label("d", {"yolo": [1]}),
    ]
    texts, _ = written(tmp_path, [asset("a.jpg", BOX | {"label": "b"}, BOX | {"label": "new"})], names)
    assert re.findall(r'\d: "(\w+)"', texts["data.yaml"]) == ["a", "d", "b", "c", "new"]
    assert texts["labels/train/a.txt"].splitlines() == ["2 0.5 0.5 0.5 0.5", "4 0.5 0.5 0.5 0.5"]


def test_classes_of_images_are_written_as_ndjson(tmp_path: Path) -> None:
    content = [
        asset("x/a.jpg", {"type": "classification"}, BOX),
        asset("b.jpg", split="val"),
        asset("c.jpg", labelled=False),
    ]
    texts, losses = written(tmp_path, content, task="classify")
    assert texts["data.ndjson"].splitlines() == [
        '{"type":"dataset","task":"classify","class_names":{"0":"car"}}',
        '{"type":"image","file":"x/a.jpg","width":200,"height":100,"split":"train","annotations":{"classification":[0]}}',
        '{"type":"image","file":"b.jpg","width":200,"height":100,"split":"val","annotations":{"classification":[]}}',
        '{"type":"image","file":"c.jpg","width":200,"height":100,"split":"train"}',
    ]
    assert told(losses) == {"annotation": "type_not_held"}
    assert [line["type"] for line in of_kind(inspected(tmp_path / "out"), "annotation")] == ["classification"]


@pytest.mark.parametrize("kind", ["folders", "darknet"])
def test_ndjson_of_rows_comes_back_with_names_and_splits(tmp_path: Path, kind: str) -> None:
    source = made(tmp_path / "set", UNEDITED[kind])
    assert converted(source, tmp_path / "out.ndjson")[-1]["left_out"] == 0
    before, after = inspected(source), inspected(tmp_path / "out.ndjson")
    assert boxes(after) == boxes(before) != []
    assert labels(after) == labels(before)
    assert [(line["file_name"], line["split"], line["labelled"]) for line in of_kind(after, "asset")] == [
        (line["file_name"], line["split"], line["labelled"]) for line in of_kind(before, "asset")
    ]
