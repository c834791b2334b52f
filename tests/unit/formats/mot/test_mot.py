"""MOTChallenge files: rows as boxes of tracks and back, bases that are asked for, files that are broken."""

import random
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foveal.formats.base.files.source import open_source
from foveal.formats.base.files.target import open_target
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import LabelledAsset, ListDataset
from foveal.formats.base.model.items import Annotation, Asset, Label
from foveal.formats.base.model.loss import LossReport
from foveal.formats.conversion import FileDataset, convert_files
from foveal.formats.registry import load
from tests.unit.formats.reading import Line, inspected, of_kind

MOT = load("mot")
ROW = "1,2,10,20,30.5,40,1,3,0.5"
INFO = "[Sequence]\nname=seq\nimDir=img1\nframeRate=30\nseqLength=600\nimWidth=200\nimHeight=100\nimExt=.jpg\n"


def rows(folder: Path, *lines: str, name: str = "seq/gt/gt.txt", end: str = "\n") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{line}{end}" for line in lines).encode())
    return folder


def only(path: Path, **options: str) -> Line:
    (found,) = of_kind(inspected(path, None, None, **options), "annotation")
    return found


def data_set(path: Path, **options: str) -> ListDataset:
    with open_source(path) as source:
        files = FileDataset(source, MOT, Context(options))
        return ListDataset(list(files.assets()), files.labels(), "mot", None, files.sections(), list(files.leftovers()))


def written(dataset: ListDataset, path: Path, **options: str) -> LossReport:
    losses = LossReport()
    with open_target(path) as target:
        assert MOT.write
        MOT.write(dataset, target, Context(options), losses)
    return losses


def foreign(*bodies: dict[str, Any], **members: Any) -> ListDataset:
    found = [
        Annotation("a.mp4", {"field": "ground_truth", "label": "Car", **each}, f"/{index}")
        for index, each in enumerate(bodies)
    ]
    asset = Asset("clips/a.mp4", **{"width": 200, "height": 100, "frame_count": 9, **members})
    return ListDataset([LabelledAsset(asset, found)], [Label("Car")])


def test_row_is_a_box_of_a_track_on_a_frame_from_0(tmp_path: Path) -> None:
    (tmp_path / "seq").mkdir()
    (tmp_path / "seq/seqinfo.ini").write_text(INFO)
    found = inspected(rows(tmp_path, ROW))
    (asset,) = of_kind(found, "asset")
    assert [asset[name] for name in ("file_name", "width", "height", "frame_count")] == ["seq", 200, 100, 600]
    assert asset["extra"]["framerate"] == "30"
    (box,) = of_kind(found, "annotation")
    assert (box["frame_index"], box["track_id"], box["label"]) == (0, "2", "Car")
    assert (box["bbox_px"], box["attributes"]) == ([10, 20, 30.5, 40], {"visibility": 0.5})
    assert (box["pointer"], box["field"]) == ("seq/gt/gt.txt#L1", "ground_truth")
    assert of_kind(found, "label")[0]["external_ids"] == {"mot": [3]}


def test_confidence_0_in_ground_truth_is_a_box_to_ignore(tmp_path: Path) -> None:
    found = only(rows(tmp_path, ROW.replace(",1,3,", ",0,8,")))
    assert (found["ignore"], found["label"]) == (True, "Distractor")
    assert "confidence" not in found


def test_positions_are_moved_by_one_only_when_it_is_asked_for(tmp_path: Path) -> None:
    path = rows(tmp_path, ROW)
    (path / "seq/seqinfo.ini").write_text(INFO.replace("=seq", "=MOT17-02"))
    assert [line["code"] for line in of_kind(inspected(path), "warning")] == ["pixels_from_1"]
    assert only(path)["bbox_px"] == [10, 20, 30.5, 40]
    assert only(path, pixel_base="1")["bbox_px"] == [9, 19, 30.5, 40]


def test_frame_base_is_asked_for_when_a_frame_0_stands_anywhere(tmp_path: Path) -> None:
    path = rows(tmp_path, ROW, ROW.replace("1,", "0,", 1))
    found = inspected(path)
    assert [(line["option"], line["proposal"]) for line in of_kind(found, "question")] == [("frame_base", "0")]
    assert not of_kind(found, "annotation")
    assert len(of_kind(found, "not_imported")) == 2
    frames = [line["frame_index"] for line in of_kind(inspected(path, None, None, frame_base="0"), "annotation")]
    assert frames == [1, 0]
    found = inspected(path, None, None, frame_base="1")
    assert "frames are whole numbers from 1" in of_kind(found, "not_imported")[0]["reason"]


def test_detections_are_predictions_without_tracks(tmp_path: Path) -> None:
    rows(tmp_path, ROW)
    rows(tmp_path, "1,-1,1,2,3,4,0.5", "1,-1,1,2,3,4,27.5,-1,-1,-1", name="seq/det/det.txt")
    found = inspected(tmp_path)
    first, second, third = of_kind(found, "annotation")
    assert (first["field"], first["confidence"], "track_id" in first) == ("predictions", 0.5, False)
    assert second["extra"] == {"confidence": 27.5}
    assert third["field"] == "ground_truth"
    assert [line["code"] for line in of_kind(found, "warning")] == ["score_outside"]
    assert found[-1]["assets"] == 1


def test_names_of_classes_beside_the_rows_win(tmp_path: Path) -> None:
    rows(tmp_path, "dog", "cat", "fish", name="seq/gt/labels.txt")
    assert only(rows(tmp_path, ROW))["label"] == "fish"


def test_class_without_a_name_is_its_number(tmp_path: Path) -> None:
    assert only(rows(tmp_path, ROW.replace(",3,", ",99,")))["label"] == "99"


def test_text_file_of_results_is_a_sequence(tmp_path: Path) -> None:
    found = only(rows(tmp_path, "7,3,1,2,3,4,0.9,-1,-1,-1", name="MOT17-02.txt"))
    assert (found["asset"], found["frame_index"], found["field"]) == ("MOT17-02", 6, "predictions")


def test_equal_sequence_names_in_two_splits_are_two_assets(tmp_path: Path) -> None:
    for split in ("train", "test"):
        rows(tmp_path, ROW, name=f"{split}/seq/gt/gt.txt")
    found = of_kind(inspected(tmp_path), "asset")
    assert {line["file_name"]: line["split"] for line in found} == {"train/seq": "train", "test/seq": "test"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,2,3", "3 columns"),
        (ROW.replace("10", "x"), "left is no finite number: 'x'"),
        (ROW.replace("1,", "1.5,", 1), "the frame is 1.5"),
        (ROW.replace("1,", "-3,", 1), "the frame is -3"),
        (ROW.replace("30.5", "-30"), "negative side"),
        (ROW.replace(",3,", ",3.5,"), "the class is 3.5"),
    ],
)
def test_row_is_told_with_the_reason_when_it_has_no_place(tmp_path: Path, row: str, reason: str) -> None:
    found = inspected(rows(tmp_path, ROW, row), "mot")
    assert [reason in line["reason"] for line in of_kind(found, "not_imported")] == [True]


def test_unedited_files_are_written_byte_for_byte(tmp_path: Path) -> None:
    folder = rows(tmp_path / "in", ROW, "", "broken", "9,1,1,1,1,1,1,1,1", "2,1,1.50,1,1,1,1,1,1", end="\r\n")
    rows(folder, "1,-1,1,2,3,4,0.5", name="seq/det/det.txt")
    (folder / "seq/seqinfo.ini").write_text(INFO)
    list(convert_files(folder, tmp_path / "out", "mot"))
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}
    assert {path.relative_to(tmp_path / "out"): path.read_bytes() for path in (tmp_path / "out").rglob("*.*")} == files


def test_only_the_edited_row_of_a_file_changes(tmp_path: Path) -> None:
    lines = ["9,1,1,1,1,1,1,1,1", "2,1,1.50,1,1,1,1,1,1", "broken", ROW]
    dataset = data_set(rows(tmp_path / "in", *lines), pixel_base="1")
    (labelled,) = dataset.content
    first, second, third = labelled.annotations
    edited = replace(second, body=second.body | {"frame_index": 4}, is_edited=True)
    dataset.content = [replace(labelled, annotations=[third, edited, first], is_unedited=False)]
    losses = written(dataset, tmp_path / "out")
    text = (tmp_path / "out/seq/gt/gt.txt").read_text()
    assert text.splitlines() == [lines[0], "5,1,1.5,1,1,1,1,1,1", *lines[2:]]
    assert (losses.written, losses.losses()) == (3, [])


NUMBERS = st.floats(0, 90) | st.decimals(0, 90, places=2).map(float)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.tuples(*[NUMBERS] * 4), st.integers(0, 8), st.integers(1, 99)), min_size=1, max_size=9),
    st.sampled_from(["0", "1"]),
)
def test_boxes_of_tracks_are_the_same_after_both_ways(boxes: list[tuple[Any, int, int]], base: str) -> None:
    bodies = [
        {"type": "detection", "bbox_px": list(box), "frame_index": frame, "track_id": str(track)}
        for box, frame, track in sorted(boxes, key=lambda row: row[1])
    ]
    with tempfile.TemporaryDirectory() as folder:
        losses = written(foreign(*bodies, width=200, height=200), Path(folder) / "out", pixel_base=base)
        found = of_kind(inspected(Path(folder) / "out", None, None, pixel_base=base), "annotation")
    assert not losses.losses()
    for body, again in zip(bodies, found, strict=True):
        assert again["bbox_px"] == pytest.approx(body["bbox_px"], abs=1e-9)
        assert [again[name] for name in ("frame_index", "track_id", "label")] == [
            body["frame_index"],
            body["track_id"],
            "Car",
        ]


def test_members_without_a_place_are_told(tmp_path: Path) -> None:
    box = {"type": "detection", "frame_index": 0}
    losses = written(
        foreign(
            box | {"bbox": [0.4, 0.4, 0.2, 0.2], "rotation": 90, "track_id": "left"},
            box | {"bbox_px": [1, 2, 3, 4], "field": "model", "confidence": 0.5, "track_id": "7"},
            box | {"type": "polygon", "rings_px": [[[1, 1], [9, 1], [9, 9]]], "attributes": {"color": "red"}},
            {"type": "detection", "bbox_px": [1, 2, 3, 4]},
            {"type": "classification", "frame_index": 0},
        ),
        tmp_path / "out",
    )
    assert [(loss.code, loss.field) for loss in losses.losses()] == [
        ("box_of_shape", "polygon"),
        ("box_of_shape", "rotation"),
        ("left_out", "classification"),
        ("left_out", "detection"),
        ("no_place", "attributes.color"),
        ("no_place", "field"),
        ("no_place", "label"),
        ("no_place", "track_id"),
    ]
    assert (losses.written, losses.left_out) == (3, 2)
    assert (tmp_path / "out/clips/a/gt/gt.txt").read_text().splitlines()[1] == "1,-1,1,1,8,8,1,3,-1"
    assert (tmp_path / "out/clips/a/det/det.txt").read_text() == "1,7,1,2,3,4,0.5,-1,-1,-1\n"


def test_classes_of_ones_own_are_named_beside_the_rows(tmp_path: Path) -> None:
    dataset = foreign({"type": "detection", "bbox_px": [1, 2, 3, 4], "frame_index": 3, "label": "lynx"})
    dataset.names = [Label("dog"), Label("lynx")]
    written(dataset, tmp_path / "out")
    assert (tmp_path / "out/clips/a/gt/labels.txt").read_text() == "dog\nlynx\n"
    assert only(tmp_path / "out")["label"] == "lynx"


def test_line_without_an_end_is_refused(tmp_path: Path) -> None:
    rows(tmp_path, ROW, "1," * 100_000)
    assert inspected(tmp_path)[-1]["code"] == "line_too_long"


def test_mutated_files_give_only_typed_errors(tmp_path: Path) -> None:
    randomness = random.Random(7)
    seed = f"{ROW}\n{ROW}\n3,-1,1,2,3,4,0.5,-1,-1,-1\n".encode()
    (tmp_path / "seqinfo.ini").write_text(INFO)
    for _ in range(300):
        content = bytearray(seed)
        for _ in range(randomness.randint(1, 4)):
            content[randomness.randrange(len(content))] = randomness.choice(b",,,0 ax\x00\xff-.e9\n\r5=[")
        (tmp_path / "gt.txt").write_bytes(content)
        info = bytearray(INFO.encode())
        info[randomness.randrange(len(info))] = randomness.choice(b"[]=\n%\xff\x00 ")
        (tmp_path / "seqinfo.ini").write_bytes(info)
        inspected(tmp_path, "mot")


def test_records_of_another_format_that_were_not_imported_are_not_written(tmp_path: Path) -> None:
    (tmp_path / "in/label_2").mkdir(parents=True)
    (tmp_path / "in/label_2/1.txt").write_text("Car 0 0\n")
    (summary,) = of_kind(list(convert_files(tmp_path / "in", tmp_path / "out", "mot", "kitti")), "summary")
    assert (summary["written"], summary["left_out"]) == (0, 0)
    assert not [path for path in (tmp_path / "out").rglob("*") if "Car" in (path.read_text() if path.is_file() else "")]
