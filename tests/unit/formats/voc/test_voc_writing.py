"""Pascal VOC as it is written: unedited files byte for byte, edited objects alone, and what VOC cannot hold."""

import json
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
from tests.unit.formats.reading import body, inspected, of_kind

VOC = load("voc")
FILE = """<?xml version="1.0"?>
<annotation verified="yes">
  <filename>a.jpg</filename> <!-- kept -->
  <size><width>100</width><height>50</height></size>
  <object><name>cat</name><bndbox><xmin>1.50</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object>
  <object><name>dog</name><score>0.5</score>
    <bndbox><xmin>3</xmin><xmax>9</xmax><ymin>4</ymin><ymax>8</ymax></bndbox>
    <part><name>head</name><bndbox><xmin>3</xmin><ymin>4</ymin><xmax>5</xmax><ymax>6</ymax></bndbox></part>
  </object>
  <object><name>none</name></object>
</annotation>
"""


def written(dataset: ListDataset, path: Path, **options: str) -> LossReport:
    losses = LossReport()
    with open_target(path) as target:
        assert VOC.write
        VOC.write(dataset, target, Context(options), losses)
    return losses


def data_set(path: Path, **options: str) -> ListDataset:
    """Return the files of a folder as a data set in memory."""
    with open_source(path) as source:
        files = FileDataset(source, VOC, Context(options))
        return ListDataset(list(files.assets()), files.labels(), "voc", None, files.sections(), list(files.leftovers()))


def source(folder: Path) -> Path:
    (folder / "Annotations").mkdir(parents=True)
    (folder / "Annotations/a.xml").write_text(FILE)
    return folder


def foreign(*bodies: dict[str, Any], **members: Any) -> ListDataset:
    asset = Asset("photos/a.jpg", **{"width": 100, "height": 50, **members})
    found = [
        Annotation(asset.file_name, {"field": "ground_truth", "label": "cat", **each}, f"/{index}")
        for index, each in enumerate(bodies)
    ]
    return ListDataset([LabelledAsset(asset, found)])


def test_unedited_files_are_written_byte_for_byte(tmp_path: Path) -> None:
    folder = source(tmp_path / "in")
    (folder / "Annotations/b.xml").write_bytes(
        b"\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?>\r\n<annotation>\r\n</annotation>"
    )
    lists = folder / "ImageSets/Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("b\na\n")
    (lists / "trainval.txt").write_text("a\nb\n")
    (lists / "cat_train.txt").write_text("a  1\nb -1\n")
    summary = list(convert_files(folder, tmp_path / "out", "voc"))[-1]
    assert summary["written"] == summary["annotations"] == 5
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    out = tmp_path / "out"
    assert {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()} == files


def test_only_the_edited_object_of_a_file_changes(tmp_path: Path) -> None:
    dataset = data_set(source(tmp_path / "in"))
    (labelled,) = dataset.content
    first, *rest = labelled.annotations
    edited = replace(first, body=first.body | {"label": "lynx & co"}, is_edited=True)
    added = Annotation(first.asset, {"type": "detection", "field": "ground_truth", "bbox_px": [1, 1, 2, 2]}, "new")
    dataset.content = [replace(labelled, annotations=[edited, *rest, added], is_unedited=False)]
    losses = written(dataset, tmp_path / "out")
    text = (tmp_path / "out/Annotations/a.xml").read_text()
    start, end = FILE.split("<object><name>cat</name>")[0], FILE[FILE.index("  <object><name>dog") :]
    assert text.startswith(start)
    assert end.removesuffix("</annotation>\n") in text
    assert "<name>lynx &amp; co</name>" in text
    found = of_kind(inspected(tmp_path / "out"), "annotation")
    assert [line["bbox_px"] for line in found] == [[1.5, 2, 28.5, 38], [3, 4, 6, 4], [3, 4, 2, 2], [1, 1, 2, 2]]
    assert losses.written == 4


def test_object_goes_with_all_of_its_parts_when_it_is_taken_away(tmp_path: Path) -> None:
    dataset = data_set(source(tmp_path / "in"))
    (labelled,) = dataset.content
    dataset.content = [replace(labelled, annotations=labelled.annotations[:1], is_unedited=False)]
    written(dataset, tmp_path / "out")
    text = (tmp_path / "out/Annotations/a.xml").read_text()
    start = FILE.index("\n  <object><name>dog")
    end = FILE.index("\n  <object><name>none")
    assert text == FILE[:start] + FILE[end:]


def test_edited_part_leaves_the_rest_of_its_object(tmp_path: Path) -> None:
    dataset = data_set(source(tmp_path / "in"))
    (labelled,) = dataset.content
    cat, dog, head = labelled.annotations
    moved = replace(head, body=head.body | {"bbox_px": [3, 4, 1, 1]}, is_edited=True)
    dataset.content = [replace(labelled, annotations=[cat, dog, moved], is_unedited=False)]
    written(dataset, tmp_path / "out")
    text = (tmp_path / "out/Annotations/a.xml").read_text()
    assert "<xmin>1.50</xmin>" in text
    assert "<score>0.5</score>" in text
    assert [line["bbox_px"] for line in of_kind(inspected(tmp_path / "out"), "annotation")][1:] == [
        [3, 4, 6, 4],
        [3, 4, 1, 1],
    ]


def test_pixel_base_is_undone_in_edited_objects(tmp_path: Path) -> None:
    dataset = data_set(source(tmp_path / "in"), pixel_base="1")
    (labelled,) = dataset.content
    edited = [replace(each, is_edited=True) for each in labelled.annotations]
    assert edited[1].body["bbox_px"] == [2, 3, 7, 5]
    dataset.content = [replace(labelled, annotations=edited, is_unedited=False)]
    written(dataset, tmp_path / "out")
    again = [line["bbox_px"] for line in of_kind(inspected(tmp_path / "out"), "annotation")]
    assert again == [line["bbox_px"] for line in of_kind(inspected(tmp_path / "in"), "annotation")]


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 4000)] * 4), min_size=1, max_size=50))
def test_integer_boxes_are_unchanged_after_both_ways(boxes: list[tuple[int, int, int, int]]) -> None:
    check_boxes([[float(number) for number in box] for box in boxes])


@settings(deadline=None)
@given(
    st.lists(st.tuples(*[st.floats(0, 4000) | st.decimals(0, 4000, places=2).map(float)] * 4), min_size=1, max_size=20),
    st.sampled_from(["0", "1"]),
)
def test_decimal_boxes_are_unchanged_to_a_millionth_of_a_pixel(boxes: list[tuple[float, ...]], base: str) -> None:
    check_boxes([list(box) for box in boxes], 1e-9, pixel_base=base)


def check_boxes(boxes: list[list[float]], tolerance: float = 0, **options: str) -> None:
    """Write boxes, read them again, and compare; exactly where there is no tolerance."""
    import tempfile

    made = foreign(*({"type": "detection", "bbox_px": box} for box in boxes), width=8000, height=8000)
    with tempfile.TemporaryDirectory() as folder:
        losses = written(made, Path(folder) / "out", **options)
        found = [
            line["bbox_px"] for line in of_kind(inspected(Path(folder) / "out", None, None, **options), "annotation")
        ]
    assert losses.written == len(boxes)
    assert not losses.losses()
    assert len(found) == len(boxes)
    for box, again in zip(boxes, found, strict=True):
        assert all(abs(a - b) <= tolerance for a, b in zip(box, again, strict=True)), (box, again)


def test_two_decimals_read_back_as_the_text_that_they_were(tmp_path: Path) -> None:
    box = "<xmin>100.1</xmin><ymin>0.07</ymin><xmax>200.3</xmax><ymax>0.36</ymax>"
    (tmp_path / "a.xml").write_text(f"<annotation><object><bndbox>{box}</bndbox></object></annotation>")
    dataset = data_set(tmp_path / "a.xml")
    (labelled,) = dataset.content
    dataset.content = [
        replace(labelled, annotations=[replace(labelled.annotations[0], is_edited=True)], is_unedited=False)
    ]
    written(dataset, tmp_path / "out.xml")
    text = (tmp_path / "out.xml").read_text()
    assert [number in text for number in (">100.1<", ">0.07<", ">200.3<", ">0.36<")] == [True] * 4


def test_turned_box_becomes_the_upright_box_of_its_pixels_and_is_told(tmp_path: Path) -> None:
    losses = written(foreign({"type": "detection", "bbox": [0.4, 0.4, 0.2, 0.2], "rotation": 90}), tmp_path / "out")
    (found,) = of_kind(inspected(tmp_path / "out"), "annotation")
    assert found["bbox_px"] == pytest.approx([45, 15, 10, 20])
    assert [(loss.code, loss.field) for loss in losses.losses()] == [("box_of_shape", "rotation")]


def test_members_without_a_place_are_told_with_their_names(tmp_path: Path) -> None:
    losses = written(
        foreign(
            {"type": "detection", "bbox_px": [1, 2, 3, 4], "confidence": 0.5, "track_id": "7", "field": "model"},
            {"type": "polygon", "rings_px": [[[1, 1], [9, 1], [9, 9]], [[20, 20], [29, 20], [29, 29]]]},
            {"type": "ellipse", "ellipse_px": {"cx": 50, "cy": 20, "rx": 5, "ry": 2}},
            {"type": "mask", "mask": {"encoding": "coco_rle", "size": [50, 100], "counts": [51, 2, 4947]}},
            {"type": "caption", "text": "a cat"},
            {"type": "detection", "bbox_px": [1, 2, 3, 4], "frame_index": 3},
        ),
        tmp_path / "out",
    )
    assert [(loss.code, loss.field, loss.count) for loss in losses.losses()] == [
        ("box_of_shape", "ellipse", 1),
        ("left_out", "caption", 1),
        ("left_out", "detection", 1),
        ("no_place", "confidence", 1),
        ("no_place", "field", 1),
        ("no_place", "track_id", 1),
        ("several_parts", "rings", 1),
    ]
    assert (losses.written, losses.left_out) == (4, 2)
    found = of_kind(inspected(tmp_path / "out"), "annotation")
    assert [line["mask"]["counts"] for line in found if "mask" in line] == [[51, 2, 4947]]
    boxes = [line["bbox_px"] for line in found if "mask" not in line]
    assert boxes == [[1, 2, 3, 4], [1, 1, 28, 28], [45, 18, 10, 4], [1, 1, 1, 2]]
    assert found[1]["rings_px"][1] == [[20, 20], [29, 20], [29, 29]]


def test_splits_and_classes_are_written_as_lists_and_read_again(tmp_path: Path) -> None:
    absent = {"type": "classification", "label": "dog", "field": "verified_absent", "confidence": 0}
    made = foreign({"type": "classification"}, absent, split="train")
    hidden = LabelledAsset(Asset("b.jpg", labelled=False, split="val"), [])
    losses = written(ListDataset([*made.content, hidden]), tmp_path / "out")
    assert not losses.losses()
    assert (tmp_path / "out/ImageSets/Main/dog_train.txt").read_text() == "photos/a -1\n"
    found = inspected(tmp_path / "out")
    assets = {line["file_name"]: (line["labelled"], line["split"]) for line in of_kind(found, "asset")}
    assert assets == {"photos/a.jpg": (True, "train"), "b.jpg": (False, "val")}
    kept = [{name: line[name] for name in body(line) if name != "type"} for line in of_kind(found, "annotation")]
    assert kept == [
        {"field": "ground_truth", "label": "cat"},
        {"field": "verified_absent", "label": "dog", "confidence": 0},
    ]


def test_images_of_one_stem_get_files_of_their_own(tmp_path: Path) -> None:
    box = {"type": "detection", "field": "ground_truth", "bbox_px": [1, 2, 3, 4]}
    names = ("a.jpg", "a.png", "../../etc/x.jpg", "C:\\b.jpg")
    made = ListDataset([LabelledAsset(Asset(name), [Annotation(name, box, name)]) for name in names])
    written(made, tmp_path / "out")
    files = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.xml"))
    assert files == ["Annotations/C_/b.xml", "Annotations/a.png.xml", "Annotations/a.xml", "Annotations/etc/x.xml"]
    found = of_kind(inspected(tmp_path / "out"), "asset")
    assert {line["file_name"] for line in found} == {"C_/b.jpg", "a.png", "a.jpg", "etc/x.jpg"}


@settings(deadline=None)
@given(st.text(min_size=1, max_size=20))
def test_any_text_is_written_so_that_it_is_read_again(text: str) -> None:
    import tempfile

    name = f"a{text}z"
    made = foreign({"type": "detection", "bbox_px": [1, 2, 3, 4], "label": name, "attributes": {"k": name}})
    with tempfile.TemporaryDirectory() as folder:
        losses = written(made, Path(folder) / "out")
        (found,) = of_kind(inspected(Path(folder) / "out"), "annotation")
    if not losses.losses():
        assert json.dumps(found["attributes"]["k"]) == json.dumps(name)


def test_lists_stay_as_they_are_when_a_line_is_wrong_or_comes_twice(tmp_path: Path) -> None:
    folder = source(tmp_path / "in")
    lists = folder / "ImageSets/Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_bytes(b"\xef\xbb\xbfb\r\na\r\n\r\na\r\n")
    (lists / "cat_train.txt").write_text("a  1\na  0\nc x\nb  1")
    list(convert_files(folder, tmp_path / "out", "voc"))
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    out = tmp_path / "out"
    assert {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()} == files


def test_parts_are_written_in_their_object_and_what_they_lose_is_told(tmp_path: Path) -> None:
    losses = written(
        foreign(
            {"type": "detection", "bbox_px": [1, 2, 30, 40], "instance_id": "a"},
            {"type": "detection", "bbox_px": [1, 2, 3, 4], "parent_id": "a", "label": "head", "occluded": True},
            {"type": "polygon", "rings_px": [[[1, 1], [9, 1], [9, 9]]], "parent_id": "a", "label": "hand"},
            {"type": "caption", "text": "no box", "parent_id": "a"},
            {"type": "detection", "bbox_px": [1, 2, 3, 4], "instance_id": "b"},
        ),
        tmp_path / "out",
    )
    assert [(loss.code, loss.field) for loss in losses.losses()] == [
        ("box_of_shape", "polygon"),
        ("left_out", "caption"),
        ("no_place", "instance_id"),
        ("no_place", "occluded"),
    ]
    assert (losses.written, losses.left_out) == (4, 1)
    found = of_kind(inspected(tmp_path / "out"), "annotation")
    assert [(line["label"], "parent_id" in line) for line in found] == [
        ("cat", False),
        ("head", True),
        ("hand", True),
        ("cat", False),
    ]
