"""KITTI: object labels as annotations and back, tracklets, files that are broken or hostile."""

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
from foveal.formats.base.model.items import Annotation, Asset
from foveal.formats.base.model.loss import LossReport
from foveal.formats.conversion import FileDataset, convert_files
from foveal.formats.registry import load
from tests.unit.formats.reading import inspected, of_kind

KITTI = load("kitti")
CAR = "Car 0.00 1 -1.58 587.01 173.33 614.12 200.12 1.65 1.67 3.64 -0.65 1.71 46.70 -1.59"
DONT_CARE = "DontCare -1 -1 -10 503.89 169.71 590.61 190.13 -1 -1 -1 -1000 -1000 -1000 -10"
TRACKLETS = """<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>
<!DOCTYPE boost_serialization>
<boost_serialization signature="serialization::archive" version="9">
<tracklets><count>1</count><item><objectType>Car</objectType><h>2</h><w>3</w><l>4</l><first_frame>5</first_frame>
<poses><count>2</count>
<item><tx>10</tx><ty>1</ty><tz>-1</tz><rx>0</rx><ry>0</ry><rz>0.5</rz><occlusion>1</occlusion><truncation>0</truncation></item>
<item><tx>11</tx><ty>1</ty><tz>-1</tz><rx>0</rx><ry>0</ry><rz>x</rz></item>
</poses></item></tracklets></boost_serialization>
"""


def labels(folder: Path, *rows: str, name: str = "label_2/000007.txt", end: str = "\n") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{row}{end}" for row in rows).encode())
    return folder


def data_set(path: Path) -> ListDataset:
    with open_source(path) as source:
        files = FileDataset(source, KITTI, Context())
        return ListDataset(
            list(files.assets()), files.labels(), "kitti", None, files.sections(), list(files.leftovers())
        )


def written(dataset: ListDataset, path: Path) -> LossReport:
    losses = LossReport()
    with open_target(path) as target:
        assert KITTI.write
        KITTI.write(dataset, target, Context(), losses)
    return losses


def foreign(*bodies: dict[str, Any], **members: Any) -> ListDataset:
    found = [
        Annotation("a.jpg", {"field": "ground_truth", "label": "Car", **each}, f"/{index}")
        for index, each in enumerate(bodies)
    ]
    return ListDataset([LabelledAsset(Asset("a.jpg", **{"width": 100, "height": 50, **members}), found)])


def test_row_is_a_box_and_a_cuboid_of_one_record(tmp_path: Path) -> None:
    found = inspected(labels(tmp_path, CAR))
    box, cuboid = of_kind(found, "annotation")
    assert box["asset"] == "000007.png"
    assert box["pointer"] == cuboid["pointer"] == "label_2/000007.txt#L1"
    assert box["instance_id"] == cuboid["instance_id"]
    assert box["bbox_px"] == [587.01, 173.33, pytest.approx(27.11), pytest.approx(26.79)]
    assert box["attributes"] == {"truncation": 0.0, "occlusion": 1, "alpha": -1.58}
    assert (box["truncated"], box["occluded"]) == (False, True)
    assert (found[-1]["records"], found[-1]["annotations"]) == (1, 2)


def test_cuboid_has_the_centre_of_the_box_and_its_sides_along_x_y_z(tmp_path: Path) -> None:
    cuboid = of_kind(inspected(labels(tmp_path, CAR)), "annotation")[1]
    assert cuboid["box3d"]["location"] == [-0.65, pytest.approx(1.71 - 1.65 / 2), 46.7]
    assert cuboid["box3d"]["dimensions"] == [3.64, 1.65, 1.67]
    assert cuboid["box3d"]["rotation"] == [0, -1.59, 0]


def test_dont_care_is_a_region_to_ignore_without_values(tmp_path: Path) -> None:
    (found,) = of_kind(inspected(labels(tmp_path, DONT_CARE)), "annotation")
    assert (found["type"], found["label"], found["ignore"]) == ("detection", "DontCare", True)
    assert not {"truncated", "occluded", "attributes", "box3d"} & found.keys()


def test_level_3_of_occlusion_is_not_known(tmp_path: Path) -> None:
    found = of_kind(inspected(labels(tmp_path, CAR.replace(" 1 ", " 3 ", 1))), "annotation")[0]
    assert "occluded" not in found
    assert found["attributes"]["occlusion"] == 3


def test_row_with_a_score_is_a_prediction(tmp_path: Path) -> None:
    found = inspected(labels(tmp_path, f"{CAR} 0.5", f"{CAR} 7.5", name="results/1.txt"))
    first, _, third, _ = of_kind(found, "annotation")
    assert (first["field"], first["confidence"]) == ("predictions", 0.5)
    assert "confidence" not in third
    assert third["extra"] == {"confidence": 7.5}
    assert [line["code"] for line in of_kind(found, "warning")] == ["score_outside"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Car 0 0", "3 columns"),
        (CAR.replace("587.01", "x"), "left is no finite number: 'x'"),
        (CAR.replace("587.01", "nan"), "left"),
        (f"{CAR} 1 2", "17 columns"),
        ("DontCare -1 -1 -10 -1 -1 -1 -1 -1 -1 -1 -1000 -1000 -1000 -10", "no box and no place"),
        (DONT_CARE.replace("503.89", "603.89"), "negative side"),
    ],
)
def test_row_is_told_with_the_reason_when_it_has_no_place(tmp_path: Path, row: str, reason: str) -> None:
    found = inspected(labels(tmp_path, CAR, row), "kitti")
    assert [reason in line["reason"] for line in of_kind(found, "not_imported")] == [True]
    assert of_kind(found, "not_imported")[0]["record"] == row


def test_empty_file_is_labelled_and_lists_name_splits(tmp_path: Path) -> None:
    labels(tmp_path, CAR)
    labels(tmp_path, name="label_2/000008.txt")
    labels(tmp_path, "000007", name="ImageSets/train.txt")
    labels(tmp_path, "000009", name="ImageSets/val.txt")
    labels(tmp_path, "P0: 7.2e+02 0", name="calib/000007.txt")
    found = {line["file_name"]: (line["labelled"], line["split"]) for line in of_kind(inspected(tmp_path), "asset")}
    assert found == {"000007.png": (True, "train"), "000008.png": (True, None), "000009.png": (False, "val")}


def test_image_has_the_extension_of_the_asset_of_its_name(tmp_path: Path) -> None:
    sizes = tmp_path / "sizes.csv"
    sizes.write_text("file_name,width,height\n000007.jpg,1242,375\n")
    found = of_kind(inspected(labels(tmp_path / "set", CAR), "kitti", sizes), "asset")
    assert [line["file_name"] for line in found] == ["000007.jpg"]


def test_equal_names_in_two_folders_are_two_images(tmp_path: Path) -> None:
    for part in ("training", "testing"):
        labels(tmp_path, CAR, name=f"{part}/label_2/1.txt")
    found = [line["file_name"] for line in of_kind(inspected(tmp_path), "asset")]
    assert found == ["testing/image_2/1.png", "training/image_2/1.png"]


def test_tracklets_are_cuboids_of_frames(tmp_path: Path) -> None:
    (tmp_path / "tracklet_labels.xml").write_text(TRACKLETS)
    found = inspected(tmp_path)
    (cuboid,) = of_kind(found, "annotation")
    assert (cuboid["asset"], cuboid["frame_index"], cuboid["track_id"], cuboid["label"]) == (
        "tracklet_labels", 5, "1", "Car",
    )  # fmt: skip
    assert cuboid["box3d"] == {"location": [10, 1, 0], "dimensions": [4, 3, 2], "rotation": [0, 0, 0.5]}
    assert (cuboid["occluded"], cuboid["truncated"]) == (True, False)
    assert "rz is no finite number" in of_kind(found, "not_imported")[0]["reason"]
    list(convert_files(tmp_path / "tracklet_labels.xml", tmp_path / "out.xml", "kitti"))
    assert (tmp_path / "out.xml").read_text() == TRACKLETS


def test_tracklets_with_a_definition_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(TRACKLETS.replace("serialization>", "serialization [<!ENTITY a 'b'>]>", 1))
    assert inspected(tmp_path, "kitti")[-1]["code"] == "unsafe_xml"


def test_unedited_files_are_written_byte_for_byte(tmp_path: Path) -> None:
    folder = labels(tmp_path / "in", CAR, "", DONT_CARE, "broken row", end="\r\n")
    labels(folder, name="label_2/000008.txt")
    labels(folder, "000008", "000007", name="ImageSets/train.txt")
    list(convert_files(folder, tmp_path / "out", "kitti"))
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.txt")}
    assert {
        path.relative_to(tmp_path / "out"): path.read_bytes() for path in (tmp_path / "out").rglob("*.txt")
    } == files


def test_only_the_edited_row_of_a_file_changes(tmp_path: Path) -> None:
    dataset = data_set(labels(tmp_path / "in", DONT_CARE, CAR, "broken row"))
    (labelled,) = dataset.content
    ignored, box, cuboid = labelled.annotations
    edited = [replace(each, body=each.body | {"label": "Van"}, is_edited=True) for each in (box, cuboid)]
    dataset.content = [replace(labelled, annotations=[ignored, *edited], is_unedited=False)]
    losses = written(dataset, tmp_path / "out")
    text = (tmp_path / "out/label_2/000007.txt").read_text()
    van = "Van 0 1 -1.58 587.01 173.33 614.12 200.12 1.65 1.67 3.64 -0.65 1.71 46.7 -1.59"
    assert text == f"{DONT_CARE}\n{van}\nbroken row\n"
    assert (losses.written, losses.losses()) == (3, [])


NUMBERS = st.floats(-900, 900) | st.decimals(-900, 900, places=2).map(float)
SIDES = st.floats(0, 90) | st.decimals(0, 90, places=2).map(float)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.tuples(SIDES, SIDES, SIDES, SIDES), st.tuples(*[NUMBERS] * 3), st.tuples(*[SIDES] * 3), NUMBERS),
        min_size=1,
        max_size=8,
    )
)
def test_boxes_and_cuboids_are_the_same_after_both_ways(rows: list[tuple[Any, ...]]) -> None:
    bodies: list[dict[str, Any]] = []
    for at, (box, location, dimensions, turn) in enumerate(rows):
        box3d = {"location": list(location), "dimensions": list(dimensions), "rotation": [0, turn, 0]}
        bodies.append({"type": "detection", "bbox_px": list(box), "instance_id": str(at)})
        bodies.append({"type": "cuboid_3d", "box3d": box3d, "instance_id": str(at)})
    with tempfile.TemporaryDirectory() as folder:
        losses = written(foreign(*bodies, width=1000, height=1000), Path(folder) / "out")
        found = of_kind(inspected(Path(folder) / "out"), "annotation")
    assert not losses.losses()
    for body, again in zip(bodies, found, strict=True):
        if body["type"] == "detection":
            assert again["bbox_px"] == pytest.approx(body["bbox_px"], abs=1e-9)
        else:
            for name, numbers in body["box3d"].items():
                assert again["box3d"][name] == pytest.approx(numbers, abs=1e-9)


def test_members_without_a_place_are_told(tmp_path: Path) -> None:
    losses = written(
        foreign(
            {"type": "detection", "bbox": [0.4, 0.4, 0.2, 0.2], "rotation": 90, "truncated": True, "label": "a b"},
            {"type": "detection", "bbox_px": [1, 2, 3, 4], "ignore": True, "attributes": {"color": "red"}},
            {"type": "polygon", "rings_px": [[[1, 1], [9, 1], [9, 9]]], "field": "model", "confidence": 0.5},
            {"type": "classification"},
            {"type": "cuboid_3d", "box3d": {"location": [1, 2, 3], "dimensions": [1, 1, 1], "rotation": [1, 0, 0]}},
        ),
        tmp_path / "out",
    )
    assert [(loss.code, loss.field) for loss in losses.losses()] == [
        ("box_of_shape", "polygon"),
        ("box_of_shape", "rotation"),
        ("characters", "label"),
        ("left_out", "classification"),
        ("no_place", "attributes.color"),
        ("no_place", "box3d"),
        ("no_place", "field"),
        ("no_place", "ignore"),
        ("no_place", "truncated"),
    ]
    assert (losses.written, losses.left_out) == (4, 1)
    assert (tmp_path / "out/label_2/a.txt").read_text().splitlines()[0][:27] == "a_b -1 -1 -10 45 15 55 35 -1"[:27]


def test_mutated_files_give_only_typed_errors(tmp_path: Path) -> None:
    randomness = random.Random(7)
    for seed, name in ((f"{CAR}\n{DONT_CARE}\n{CAR} 0.5\n", "a.txt"), (TRACKLETS, "a.xml")):
        for _ in range(200):
            content = bytearray(seed.encode())
            for _ in range(randomness.randint(1, 4)):
                content[randomness.randrange(len(content))] = randomness.choice(b"<>/&;'\"=!0 ax\x00\xff[]?-.e9\n")
            (tmp_path / name).write_bytes(content)
            inspected(tmp_path / name, "kitti")


def test_type_of_several_words_is_one_column(tmp_path: Path) -> None:
    found = inspected(labels(tmp_path, CAR.replace("Car", "big dog"), f"{CAR.replace('Car', 'big dog')} 0.5"))
    assert [line["label"] for line in of_kind(found, "annotation")] == ["big dog"] * 4


def test_folder_of_labels_holds_ground_truth_also_with_scores(tmp_path: Path) -> None:
    labels(tmp_path, f"{CAR} 0.5", name="train/label_2/1.txt")
    found = inspected(tmp_path)
    assert of_kind(found, "asset")[0]["split"] == "train"
    assert of_kind(found, "annotation")[0]["field"] == "ground_truth"
