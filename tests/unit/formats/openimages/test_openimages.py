"""Open Images tables: boxes, image labels and masks as annotations and back, tables that are broken."""

import random
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foveal.formats.base.files.mask_png import png_of_runs
from foveal.formats.base.files.source import open_source
from foveal.formats.base.files.target import open_target
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import LabelledAsset, ListDataset
from foveal.formats.base.model.items import Annotation, Asset
from foveal.formats.base.model.loss import LossReport
from foveal.formats.conversion import FileDataset, convert_files
from foveal.formats.registry import load
from tests.unit.formats.reading import body, inspected, of_kind

OPEN_IMAGES = load("openimages")
BOXES = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside"
BOX = "0001,xclick,/m/01,1,0.25,0.75,0.1,0.5,1,0,1,-1,0"
LABELS = "ImageID,Source,LabelName,Confidence"
MASKS = "MaskPath,ImageID,LabelName,BoxID,BoxXMin,BoxXMax,BoxYMin,BoxYMax,PredictedIoU,Clicks"


def table(folder: Path, *rows: str, name: str = "train-annotations-bbox.csv", end: str = "\n") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{row}{end}" for row in rows).encode())
    return folder


def foreign(*bodies: dict[str, Any], **members: Any) -> ListDataset:
    asset = Asset("a.jpg", **{"width": 100, "height": 50, "split": "val", **members})
    found = [
        Annotation(asset.file_name, {"field": "ground_truth", "label": "cat", **each}, f"/{index}")
        for index, each in enumerate(bodies)
    ]
    return ListDataset([LabelledAsset(asset, found)])


def written(dataset: Any, path: Path) -> LossReport:
    losses = LossReport()
    with open_target(path) as target:
        assert OPEN_IMAGES.write
        OPEN_IMAGES.write(dataset, target, Context(), losses)
    return losses


def test_box_is_read_in_shares_with_its_flags_and_the_name_of_its_class(tmp_path: Path) -> None:
    table(tmp_path, "/m/01,Cat", '/m/02,"Dog, large"', name="class-descriptions-boxable.csv")
    found = inspected(table(tmp_path, BOXES, BOX))
    (box,) = of_kind(found, "annotation")
    assert (box["asset"], box["label"], box["bbox"]) == ("0001.jpg", "Cat", [0.25, 0.1, 0.5, 0.4])
    assert [box[name] for name in ("occluded", "truncated", "iscrowd")] == [True, False, True]
    assert box["attributes"] == {"inside": False}
    assert box["extra"] == {"Source": "xclick"}
    assert box["pointer"] == "train-annotations-bbox.csv#L2"
    assert [(line["name"], line["external_ids"]["openimages"]) for line in of_kind(found, "label")] == [
        ("Cat", ["/m/01"]),
        ("Dog, large", ["/m/02"]),
    ]
    assert of_kind(found, "asset")[0]["split"] == "train"


def test_image_has_the_extension_of_the_asset_of_its_name(tmp_path: Path) -> None:
    sizes = tmp_path / "sizes.csv"
    sizes.write_text("file_name,width,height\n0001.png,640,480\n")
    found = of_kind(inspected(table(tmp_path / "set", BOXES, BOX), None, sizes), "asset")
    assert [line["file_name"] for line in found] == ["0001.png"]


def test_image_label_of_confidence_0_is_verified_to_be_absent(tmp_path: Path) -> None:
    rows = ("1,verification,/m/01,1", "1,verification,/m/02,0", "1,machine,/m/03,0.4")
    found = of_kind(
        inspected(table(tmp_path, LABELS, *rows, name="validation-annotations-human-imagelabels.csv")), "annotation"
    )
    assert [(line["type"], line["field"], line.get("confidence")) for line in found] == [
        ("classification", "ground_truth", None),
        ("classification", "verified_absent", 0),
        ("classification", "machine", 0.4),
    ]


def test_rows_of_an_image_are_gathered_from_all_tables(tmp_path: Path) -> None:
    table(tmp_path, BOXES, BOX, BOX.replace("0001", "0002"), BOX)
    table(tmp_path, LABELS, "0002,v,/m/01,1", name="train-annotations-human-imagelabels.csv")
    about = "ImageID,Subset,OriginalURL,Title,Rotation"
    table(tmp_path, about, '0003,validation,http://x,"a, ""b""\nc",90', "0001,train,u,t,", name="images.csv")
    found = inspected(tmp_path)
    assets = {line["file_name"]: (line["labelled"], line["split"]) for line in of_kind(found, "asset")}
    assert assets == {"0003.jpg": (False, "val"), "0001.jpg": (True, "train"), "0002.jpg": (True, "train")}
    assert of_kind(found, "asset")[0]["extra"]["Title"] == 'a, "b"\nc'
    assert len(of_kind(found, "annotation")) == 4


def test_mask_is_read_from_the_file_that_a_row_names(tmp_path: Path) -> None:
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks/m.png").write_bytes(png_of_runs([1, 2, 3], 3, 2))
    row = "m.png,1,/m/01,b1,0.1,0.5,0.2,0.4,0.9,0.1 0.2 1"
    found = inspected(table(tmp_path, MASKS, row, row.replace("m.png", "n.png"), name="train-masks.csv"))
    (mask,) = of_kind(found, "annotation")
    assert mask["mask"] == {"encoding": "coco_rle", "size": [2, 3], "counts": [2, 1, 1, 1, 1]}
    assert mask["extra"]["BoxID"] == "b1"
    assert "n.png is not in the source" in of_kind(found, "not_imported")[0]["reason"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (BOX.replace("0.25", "x"), "XMin is no finite number: 'x'"),
        (BOX.replace("0.25", "0.9"), "negative side"),
        (BOX.replace("0.75", "75"), "share of the sides"),
        (BOX.replace(",1,0,1,-1,0", ",2,0,1,-1,0"), "IsOccluded is '2'"),
        ("0001,x", "2 cells"),
        (BOX.replace("0001", ""), "no ImageID"),
    ],
)
def test_row_is_told_with_the_reason_when_it_has_no_place(tmp_path: Path, row: str, reason: str) -> None:
    found = inspected(table(tmp_path, BOXES, BOX, row))
    assert [reason in line["reason"] for line in of_kind(found, "not_imported")] == [True]
    assert len(of_kind(found, "annotation")) == 1


def test_two_ids_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    table(tmp_path, "LabelName,DisplayName", "/m/01,Bat", "/m/02,Bat", name="oidv7-class-descriptions.csv")
    found = inspected(table(tmp_path, BOXES, BOX, BOX.replace("/m/01", "/m/02")))
    assert of_kind(found, "label")[0]["external_ids"] == {"openimages": ["/m/01", "/m/02"]}
    assert [line["extra"]["LabelName"] for line in of_kind(found, "annotation")] == ["/m/01", "/m/02"]


def test_unedited_tables_are_written_byte_for_byte(tmp_path: Path) -> None:
    folder = table(tmp_path / "in", BOXES, BOX, "broken", BOX.replace("0.25", "0.250"), end="\r\n")
    table(folder, "/m/01,Cat", name="class-descriptions-boxable.csv")
    table(folder, "ImageID,Subset", "9,train", name="images.csv")
    list(convert_files(folder, tmp_path / "out", "openimages"))
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == files


def test_only_the_edited_row_of_a_table_changes(tmp_path: Path) -> None:
    rows = [BOX, BOX.replace("/m/01", "/m/02"), BOX.replace("0001", "0002")]
    folder = table(tmp_path / "in", BOXES, *rows)
    with open_source(folder) as source:
        files = FileDataset(source, OPEN_IMAGES, Context())
        first, second = files.assets()
        kept, edited = first.annotations
        edited = replace(edited, body=edited.body | {"occluded": False}, is_edited=True)
        added = Annotation("0001.jpg", {"type": "detection", "label": "/m/09", "bbox": [0, 0, 0.5, 1.0]}, "new")
        content = [replace(first, annotations=[kept, edited, added], is_unedited=False)]
        dataset = ListDataset([*content, replace(second, annotations=[], is_unedited=False)], (), "openimages", source)
        losses = written(dataset, tmp_path / "out")
    text = (tmp_path / "out/train-annotations-bbox.csv").read_text().splitlines()
    assert text[:3] == [BOXES, BOX, rows[1].replace(",1,0,1,-1,0", ",0,0,1,-1,0")]
    assert text[3:] == ["0001,unknown,/m/09,1,0,0.5,0,1,-1,-1,-1,-1,-1"]
    assert losses.written == 3


SHARES = st.floats(0, 0.5) | st.decimals(0, "0.5", places=6).map(float)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.tuples(*[SHARES] * 4), st.sampled_from([True, False, None])), min_size=1, max_size=6),
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=9),
)
def test_boxes_are_the_same_after_both_ways(boxes: list[tuple[Any, bool | None]], label: str) -> None:
    bodies = [
        {"type": "detection", "bbox": list(box), "label": label} | ({"occluded": flag} if flag is not None else {})
        for box, flag in boxes
    ]
    with tempfile.TemporaryDirectory() as folder:
        losses = written(foreign(*bodies), Path(folder) / "out")
        found = inspected(Path(folder) / "out")
    assert not losses.losses()
    assert of_kind(found, "asset")[0]["split"] == "val"
    for each, line in zip(bodies, of_kind(found, "annotation"), strict=True):
        again = body(line)
        assert again["bbox"] == pytest.approx(each["bbox"], abs=1e-12)
        assert (again["label"], again.get("occluded")) == (each["label"], each.get("occluded"))


def test_masks_and_image_labels_are_the_same_after_both_ways(tmp_path: Path) -> None:
    mask = {"encoding": "coco_rle", "size": [50, 100], "counts": [51, 2, 48, 3, 4896]}
    losses = written(
        foreign(
            {"type": "mask", "mask": mask}, {"type": "classification", "field": "verified_absent", "confidence": 0}
        ),
        tmp_path / "out",
    )
    assert not losses.losses()
    found = of_kind(inspected(tmp_path / "out"), "annotation")
    assert {line["type"]: line.get("field") for line in found} == {
        "classification": "verified_absent",
        "mask": "ground_truth",
    }
    assert next(line["mask"] for line in found if line["type"] == "mask") == mask


def test_members_without_a_place_are_told(tmp_path: Path) -> None:
    losses = written(
        foreign(
            {"type": "detection", "bbox_px": [40, 20, 20, 10], "rotation": 90, "attributes": {"color": "red"}},
            {"type": "polygon", "rings_px": [[[1, 1], [9, 1], [9, 9]]], "field": "model", "track_id": "7"},
            {"type": "caption", "text": "a cat"},
        ),
        tmp_path / "out",
    )
    assert [(loss.code, loss.field) for loss in losses.losses()] == [
        ("box_of_shape", "polygon"),
        ("box_of_shape", "rotation"),
        ("left_out", "caption"),
        ("no_place", "attributes.color"),
        ("no_place", "field"),
        ("no_place", "track_id"),
    ]
    boxes = [line["bbox"] for line in of_kind(inspected(tmp_path / "out"), "annotation")]
    assert boxes == [pytest.approx([0.45, 0.3, 0.1, 0.4]), pytest.approx([0.01, 0.02, 0.08, 0.16])]


def test_mutated_tables_give_only_typed_errors(tmp_path: Path) -> None:
    randomness = random.Random(7)
    seed = f"{BOXES}\n{BOX}\n{BOX}\n0003,x,/m/09,0.5,0,1,0,1,,,,,\n".encode()
    for _ in range(300):
        content = bytearray(seed)
        for _ in range(randomness.randint(1, 4)):
            content[randomness.randrange(len(content))] = randomness.choice(b',,,0 ax\x00\xff-.e9\n\r5="I')
        (tmp_path / "train-annotations-bbox.csv").write_bytes(content)
        inspected(tmp_path, "openimages")


def test_broken_row_of_images_stays_as_it_is(tmp_path: Path) -> None:
    folder = table(tmp_path / "in", BOXES, BOX)
    table(folder, "ImageID,Subset", "0001,train", "broken", name="images.csv")
    list(convert_files(folder, tmp_path / "out", "openimages"))
    assert (tmp_path / "out/images.csv").read_bytes() == (folder / "images.csv").read_bytes()


def test_images_beside_names_of_classes_are_open_images(tmp_path: Path) -> None:
    folder = table(tmp_path / "in", "ImageID,Subset", "0001,train", name="train-images.csv")
    table(folder, "/m/01,Car", name="class-descriptions.csv")
    assert inspected(folder)[-1]["format"] == "openimages"
