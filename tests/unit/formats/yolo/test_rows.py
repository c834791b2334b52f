"""Rows of YOLO label files: their meaning by task and number of columns."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading import body
from tests.unit.formats.yolo.data_sets import Line, inspected, labels, made, of_kind, reasons, sizes

NINE = "0 0.25 0.25 0.75 0.25 0.75 0.5 0.25 0.5"


def of_rows(
    folder: Path, *rows: str, more: str = "", sides: tuple[int, int] | None = None, **options: str
) -> list[Line]:
    files = {"data.yaml": f"train: images\nnames: [a, b, c, d]\n{more}\n", "labels/x.txt": "\n".join(rows)}
    table = sizes(folder, {"images/x.jpg": sides}) if sides else None
    return inspected(made(folder / "set", files), None, table, **options)


def bodies(found: list[Line]) -> list[dict[str, Any]]:
    return [body(line) for line in of_kind(found, "annotation")]


def questions(found: list[Line]) -> list[tuple[str, str]]:
    return [(line["option"], line["proposal"]) for line in of_kind(found, "question")]


def test_five_columns_are_a_box(tmp_path: Path) -> None:
    assert bodies(of_rows(tmp_path, "3.0 0.5 0.5 0.25 0.5")) == [
        {"type": "detection", "field": "ground_truth", "label": "d", "bbox": [0.375, 0.25, 0.25, 0.5]}
    ]


def test_equal_rows_are_kept(tmp_path: Path) -> None:
    assert of_rows(tmp_path, "0 .5 .5 .1 .1", "0 .5 .5 .1 .1")[-1]["imported"] == 2


def test_numbers_a_little_outside_stay(tmp_path: Path) -> None:
    found = of_rows(tmp_path, "0 0.05 0.5 0.125 0.5")
    assert bodies(found)[0]["bbox"][0] == 0.05 - 0.0625
    assert [line["code"] for line in of_kind(found, "warning")] == ["cut_at_edge"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("4 .5 .5 .1 .1", "class 4 is not among the 4 classes of the data set"),
        ("-1 .5 .5 .1 .1", "class -1 is negative"),
        ("1.5 .5 .5 .1 .1", "class '1.5' is no integer"),
        ("cat .5 .5 .1 .1", "class 'cat' is no integer"),
        ("0 .5 .5 .1", "has 4 columns, needs 5 at least: class x y width height"),
        ("0 .5 .5 .1 nan", "'nan' is no number"),
        ("0 .5 .5 .1 1e999", "'1e999' is no number"),
        ("0 .5 .5 .1 1_0", "'1_0' is no number"),
        ("0 .5 .5 .1 ٣", "'٣' is no number"),
        ("0 .5 .5 -.1 .1", "bbox has a negative side: -0.1 x 0.1"),
        ("0 300 200 50 40", "bbox is not a share of the sides, from 0 to 1"),
        (
            "0" + " .5" * 7,
            "has 8 columns: a box has 5, an outline 7, 9, …, or one more if task=segment",
        ),
    ],
)
def test_row_is_told_when_it_cannot_be_an_annotation(tmp_path: Path, row: str, reason: str) -> None:
    found = of_rows(tmp_path, row, "1 .5 .5 .1 .1")
    assert reasons(found) == [reason]
    assert of_kind(found, "not_imported")[0]["record"] == row
    assert found[-1]["imported"] == 1


def test_odd_columns_from_seven_on_are_an_outline(tmp_path: Path) -> None:
    found = of_rows(tmp_path, "1 0 0 1 0 1 1", "1 0 0 1 0 1 1 0 .5 0 .2")
    assert [each["rings"] for each in bodies(found)] == [
        [[[0, 0], [1, 0], [1, 1]]],
        [[[0, 0], [1, 0], [1, 1], [0, 0.5], [0, 0.2]]],
    ]


def test_outline_has_a_number_behind_it_when_the_task_is_segment(tmp_path: Path) -> None:
    found = of_rows(tmp_path, "1 0 0 1 0 1 1 .75", task="segment", sixth_column="confidence")
    assert [(each["type"], each["confidence"]) for each in bodies(found)] == [("polygon", 0.75)]


def test_outline_of_too_many_points_is_told(tmp_path: Path) -> None:
    found = of_rows(tmp_path, "0" + " .5 .5" * 100_001)
    assert reasons(found) == ["has more than 100000 points"]


def test_nine_columns_are_asked_for(tmp_path: Path) -> None:
    found = of_rows(tmp_path, NINE, NINE, "0 .5 .5 .1 .1")
    assert questions(found) == [("task", "obb")]
    assert reasons(found) == ["the answer to task is needed"] * 2
    assert questions(of_rows(tmp_path / "other", NINE, "0 0 0 1 0 1 1"))[0] == ("task", "segment")


def test_nine_columns_are_an_outline_when_the_task_is_segment(tmp_path: Path) -> None:
    found = of_rows(tmp_path, NINE, task="segment")
    assert bodies(found)[0]["rings"] == [[[0.25, 0.25], [0.75, 0.25], [0.75, 0.5], [0.25, 0.5]]]


def test_nine_columns_are_a_turned_box_in_pixels_when_the_task_is_obb(tmp_path: Path) -> None:
    corners = [(60, 20), (100, 60), (80, 80), (40, 40)]
    for start in range(4):
        turned = corners[start:] + corners[:start]
        for order in (turned, turned[::-1]):
            row = "0 " + " ".join(f"{x / 200!r} {y / 100!r}" for x, y in order)
            found = of_rows(tmp_path / f"{start}{order is turned}", row, sides=(200, 100), task="obb")
            box, rotation = bodies(found)[0]["bbox_px"], bodies(found)[0]["rotation"]
            assert abs(rotation) == pytest.approx(45)
            assert [box[0] + box[2] / 2, box[1] + box[3] / 2] == pytest.approx([70, 50])
            assert sorted(box[2:]) == pytest.approx([800**0.5, 3200**0.5])


def test_turned_box_is_told_when_the_sides_are_not_known(tmp_path: Path) -> None:
    assert reasons(of_rows(tmp_path, NINE, more="task: obb")) == [
        "the width and height of the image are needed to turn its box: give them with --sizes"
    ]


def test_upright_corners_are_a_box_without_rotation(tmp_path: Path) -> None:
    found = bodies(of_rows(tmp_path, NINE, sides=(200, 100), task="obb"))[0]
    assert (found["bbox_px"], found["rotation"]) == ([50, 25, 100, 25], 0)


def test_sixth_column_is_kept_and_asked_for_while_the_box_is_placed(tmp_path: Path) -> None:
    found = of_rows(tmp_path, "0 .5 .5 .1 .1 0.9", "0 .5 .5 .1 .1 7")
    assert [each["extra"] for each in bodies(found)] == [{"sixth_column": 0.9}, {"sixth_column": 7}]
    assert questions(found) == [("sixth_column", "confidence")]
    assert [line["code"] for line in of_kind(found, "warning")] == ["sixth_column"]


def test_sixth_column_is_a_confidence_or_a_track_by_its_option(tmp_path: Path) -> None:
    confident = of_rows(tmp_path / "c", "0 .5 .5 .1 .1 0.9", "0 .5 .5 .1 .1 7", sixth_column="confidence")
    assert [(each.get("confidence"), each.get("extra")) for each in bodies(confident)] == [
        (0.9, None),
        (None, {"sixth_column": 7}),
    ]
    assert [line["code"] for line in of_kind(confident, "warning")] == ["not_a_confidence"]
    assert questions(of_rows(tmp_path / "q", "0 .5 .5 .1 .1 7")) == [("sixth_column", "track_id")]
    tracked = of_rows(tmp_path / "t", "0 .5 .5 .1 .1 7.0", sixth_column="track_id")
    assert bodies(tracked)[0]["track_id"] == "7"


def test_keypoints_have_three_numbers_by_kpt_shape(tmp_path: Path) -> None:
    row = "0 .5 .5 .5 .5 .25 .5 2 .1 .2 0 .3 .4 1 .5 .6 .75"
    found = of_rows(tmp_path, row, "1 .5 .5 .1 .1", more="kpt_shape: [4, 3]\nflip_idx: [1, 0, 3, 2]")
    assert bodies(found)[0]["keypoints"] == [
        {"name": "0", "x": 0.25, "y": 0.5, "visibility": 2},
        {"name": "1", "visibility": 0},
        {"name": "2", "x": 0.3, "y": 0.4, "visibility": 1},
        {"name": "3", "x": 0.5, "y": 0.6, "visibility": 2, "confidence": 0.75},
    ]
    assert [each["type"] for each in bodies(found)] == ["keypoints", "detection"]
    label = of_kind(found, "label")[0]
    assert label["skeleton"] == {"names": ["0", "1", "2", "3"], "edges": []}
    assert label["extra"] == {"flip_idx": [1, 0, 3, 2]}


def test_keypoints_of_two_numbers_come_before_other_meanings_of_nine_columns(tmp_path: Path) -> None:
    found = of_rows(tmp_path, "0 .5 .5 .5 .5 .1 .2 0 0", "0 .5 .5 .5 .5 -1 .2 .3 .4", more="kpt_shape: [2, 2]")
    assert [each["keypoints"] for each in bodies(found)] == [
        [{"name": "0", "x": 0.1, "y": 0.2, "visibility": 2}, {"name": "1", "visibility": 0}],
        [{"name": "0", "visibility": 0}, {"name": "1", "x": 0.3, "y": 0.4, "visibility": 2}],
    ]


def test_names_of_keypoints_are_taken_by_class(tmp_path: Path) -> None:
    more = "kpt_shape: [2, 2]\nkpt_names:\n  0: [nose, tail]\n"
    found = of_rows(tmp_path, "0 .5 .5 .5 .5 .1 .2 .3 .4", "1 .5 .5 .5 .5 .1 .2 .3 .4", more=more)
    assert [[point["name"] for point in each["keypoints"]] for each in bodies(found)] == [["nose", "tail"], ["0", "1"]]


@pytest.mark.parametrize("row", ["0 .5 .5 .5 .5 .1 .2 3", "0 .5 .5 .5 .5 .1 .2", "0 0 0 1 0 1 1 0 1 .5 .5"])
def test_row_is_told_when_it_does_not_fit_the_shape_of_keypoints(tmp_path: Path, row: str) -> None:
    assert of_rows(tmp_path, row, more="kpt_shape: [1, 3]")[-1]["not_imported"] == 1


def test_shape_of_keypoints_is_asked_for_or_given(tmp_path: Path) -> None:
    row = "0 .5 .5 .5 .5 .1 .2 2 .3 .4 1"
    found = of_rows(tmp_path / "a", row, task="pose")
    assert (questions(found), reasons(found)) == ([("kpt_shape", "2,3")], ["the answer to kpt_shape is needed"])
    assert bodies(of_rows(tmp_path / "b", row, kpt_shape="2,3"))[0]["type"] == "keypoints"


def test_line_that_is_not_utf8_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    files = {"labels/x.txt": b"0 .5 .5 .1 .1\n\n\xff\xfe .5 .5 .1 .1\n", "classes.txt": "a"}
    found = inspected(made(tmp_path / "set", files))
    assert found[-1]["imported"] == 1
    assert of_kind(found, "not_imported")[0]["record"] == "\\xff\\xfe .5 .5 .1 .1"


def test_dota_is_read_in_pixels_with_headers_names_and_difficulty(tmp_path: Path) -> None:
    text = "imagesource:GoogleEarth\ngsd:0.146\n10 10 50 10 50 30 10 30 small-vehicle 1\n"
    text += "10 10 50 10 50 30 10 30 ship 0\n"
    found = inspected(made(tmp_path / "set", {"images/P1.png": b"", "labelTxt/P1.txt": text + "1 2 3 ship 0\n"}))
    assert of_kind(found, "asset")[0]["file_name"] == "images/P1.png"
    assert of_kind(found, "asset")[0]["extra"] == {"imagesource": "GoogleEarth", "gsd": "0.146"}
    assert [(each["label"], each["bbox_px"], each["rotation"], each["difficult"]) for each in bodies(found)] == [
        ("small-vehicle", [10, 10, 40, 20], 0, True),
        ("ship", [10, 10, 40, 20], 0, False),
    ]
    assert list(labels(found)) == ["small-vehicle", "ship"]
    assert reasons(found) == ["has 5 columns: DOTA has eight numbers, a name, and a difficulty"]
    assert of_kind(found, "annotation")[0]["pointer"] == "labelTxt/P1.txt#L3"
