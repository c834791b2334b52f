"""PNG files of segments of Pascal VOC: read with the objects that they number, and written with VOC's palette."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foveal.encoding import rle
from foveal.formats.base.files.png import Picture, decode, encode
from foveal.formats.base.model.dataset import LabelledAsset, ListDataset
from foveal.formats.base.model.items import Annotation, Asset, Label
from foveal.formats.conversion import convert_files
from foveal.formats.voc.colors import CLASSES, COLORS, PALETTE, label_map, read_label_map
from tests.unit.formats.reading import Line, inspected, of_kind
from tests.unit.formats.voc.test_voc_writing import data_set, written

WIDTH, HEIGHT = 4, 3
OBJECTS = bytes([1, 1, 0, 0, 1, 255, 2, 2, 0, 0, 2, 2])
INDICES = bytes([15, 15, 0, 0, 15, 255, 12, 12, 0, 0, 12, 12])
"""Objects 1, a person, and 2, a dog."""
BOX = "<bndbox><xmin>0</xmin><ymin>0</ymin><xmax>2</xmax><ymax>2</ymax></bndbox>"


def png(samples: bytes, palette: bytes | None = PALETTE) -> bytes:
    return encode(Picture(WIDTH, HEIGHT, 1, samples, palette))


def colored(samples: bytes) -> bytes:
    return encode(Picture(WIDTH, HEIGHT, 3, b"".join(bytes(COLORS[each]) for each in samples)))


def voc(folder: Path, names: str = "person dog", **files: bytes | str) -> Path:
    """Return a set of one image with objects of these names; `files` are members of the set by kind."""
    objects = "".join(f"<object><name>{name}</name>{BOX}</object>" for name in names.split())
    size = f"<size><width>{WIDTH}</width><height>{HEIGHT}</height></size>"
    paths = {
        "xml": "Annotations/a.xml",
        "objects": "SegmentationObject/a.png",
        "classes": "SegmentationClass/a.png",
        "label_map": "labelmap.txt",
    }
    given: dict[str, bytes | str] = {"objects": png(OBJECTS), "classes": png(INDICES), **files}
    if names:
        given["xml"] = f"<annotation><filename>a.jpg</filename>{size}{objects}</annotation>"
    for kind, content in given.items():
        if content:
            path = folder / paths[kind]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def masks(lines: list[Line]) -> list[Line]:
    return [each for each in of_kind(lines, "annotation") if "mask" in each]


def rows(mask: Any) -> bytes:
    """Return the pixels of a mask along its rows, 1 where it is."""
    height, width = mask["size"]
    columns = b"".join(bytes([index % 2]) * run for index, run in enumerate(rle.runs(mask["counts"], height * width)))
    return b"".join(columns[row::height] for row in range(height))


@pytest.mark.parametrize("make", [png, colored, lambda samples: png(samples, None)])
def test_mask_is_joined_to_the_object_of_its_number(tmp_path: Path, make: Any) -> None:
    lines = inspected(voc(tmp_path, objects=make(OBJECTS), classes=make(INDICES)))
    person, dog, first, second = of_kind(lines, "annotation")
    assert [person["type"], first["type"]] == ["detection", "mask"]
    assert (first["label"], second["label"]) == ("person", "dog")
    assert (first["instance_id"], second["instance_id"]) == (person["instance_id"], dog["instance_id"])
    assert rows(first["mask"]) == bytes(each == 1 for each in OBJECTS)
    assert rows(second["mask"]) == bytes(each == 2 for each in OBJECTS)
    assert first["pointer"] == "SegmentationObject/a.png#1"
    assert [each["asset"] for each in (first, second)] == ["a.jpg", "a.jpg"]
    assert of_kind(lines, "warning") == []


def test_object_without_pixels_has_no_mask_and_void_is_none(tmp_path: Path) -> None:
    lines = inspected(voc(tmp_path, names="person dog cat"))
    assert len(masks(lines)) == 2
    assert "instance_id" not in of_kind(lines, "annotation")[2]


def test_class_of_a_mask_without_an_object_is_asked_for(tmp_path: Path) -> None:
    path = voc(tmp_path, names="person")
    lines = inspected(path)
    (question,) = of_kind(lines, "question")
    assert (question["option"], question["choices"]) == ("mask_classes", ["voc", "none"])
    (told,) = of_kind(lines, "not_imported")
    assert told["reason"] == "the answer to mask_classes is needed"
    assert [each.get("label") for each in masks(inspected(path, mask_classes="voc"))] == ["person", "dog"]
    assert [each.get("label") for each in masks(inspected(path, mask_classes="none"))] == ["person", None]


def test_class_has_the_name_of_its_colour_in_the_label_map(tmp_path: Path) -> None:
    names = [f"class {number}" for number in range(1, 21)]
    path = voc(tmp_path, names="", classes=colored(INDICES), objects=colored(OBJECTS), label_map=label_map(names))
    found = masks(inspected(path))
    assert [(each["label"], each["asset"]) for each in found] == [("class 15", "a.jpg"), ("class 12", "a.jpg")]


def test_classes_alone_are_one_mask_each(tmp_path: Path) -> None:
    found = masks(inspected(voc(tmp_path, objects=b"", label_map=label_map(CLASSES))))
    assert [(each["type"], each["label"]) for each in found] == [("segmentation", "dog"), ("segmentation", "person")]
    assert rows(found[1]["mask"]) == bytes(each == 15 for each in INDICES)


def test_class_of_the_xml_file_wins_over_another_one_in_the_png(tmp_path: Path) -> None:
    lines = inspected(voc(tmp_path, names="cat dog", label_map=label_map(CLASSES)))
    assert [each["label"] for each in masks(lines)] == ["cat", "dog"]
    (warning,) = of_kind(lines, "warning")
    assert (warning["code"], "'person'" in warning["message"]) == ("other_class", True)


@pytest.mark.parametrize(
    ("objects", "reason"),
    [
        (b"no PNG", "not a PNG"),
        (png(OBJECTS)[:-20], "cut off"),
        (encode(Picture(WIDTH, HEIGHT, 3, bytes([1, 2, 3]) * 12)), "colour map"),
        (encode(Picture(300, 1, 3, bytes(each for x in range(300) for each in (x % 256, x // 256, 0)))), "256 colours"),
    ],
)
def test_png_that_is_broken_or_of_another_kind_is_told(tmp_path: Path, objects: bytes, reason: str) -> None:
    lines = inspected(voc(tmp_path, objects=objects))
    assert reason in of_kind(lines, "not_imported")[0]["reason"]
    assert masks(lines) == []
    assert len(of_kind(lines, "annotation")) == 2


def test_mask_of_another_size_than_the_image_is_told(tmp_path: Path) -> None:
    lines = inspected(voc(tmp_path, objects=encode(Picture(1, 1, 1, b"\1", PALETTE)), classes=b""))
    assert len(of_kind(lines, "not_imported")) == 1
    assert masks(lines) == []


def test_label_map_gives_colours_by_line_where_it_has_none() -> None:
    assert read_label_map("# label\nbackground:0,0,0::\ncat:1,2,3::\ndog:::\n\nbird") == {
        (0, 0, 0): "background",
        (1, 2, 3): "cat",
        COLORS[2]: "dog",
        COLORS[3]: "bird",
    }
    assert COLORS[15] == (192, 128, 128)
    assert COLORS[255] == (224, 224, 192)


def test_unedited_png_files_are_written_byte_for_byte(tmp_path: Path) -> None:
    path = voc(tmp_path / "in", label_map=label_map(CLASSES))
    lines = list(convert_files(path, tmp_path / "out", "voc"))
    names = {each.relative_to(path) for each in path.rglob("*") if each.is_file()}
    assert names == {each.relative_to(tmp_path / "out") for each in (tmp_path / "out").rglob("*") if each.is_file()}
    assert all((path / name).read_bytes() == (tmp_path / "out" / name).read_bytes() for name in names), lines


def foreign(*bodies: dict[str, Any], labels: str = "cat dog") -> ListDataset:
    asset = Asset("photos/a.jpg", width=WIDTH, height=HEIGHT)
    found = [
        Annotation(asset.file_name, {"field": "ground_truth", "label": "dog", **each}, f"/{index}")
        for index, each in enumerate(bodies)
    ]
    return ListDataset([LabelledAsset(asset, found)], [Label(name) for name in labels.split()])


def mask(*counts: int) -> dict[str, Any]:
    return {"type": "mask", "mask": {"encoding": "coco_rle", "size": [HEIGHT, WIDTH], "counts": list(counts)}}


def test_masks_are_painted_by_number_of_object_and_index_of_class(tmp_path: Path) -> None:
    box = {"type": "detection", "bbox_px": [0, 0, 2, 2]}
    bodies = [box, {**box, "instance_id": "x"}, {**mask(0, 2, 10), "instance_id": "x"}, {**mask(10, 2), "label": "cat"}]
    losses = written(foreign(*bodies), tmp_path / "out")
    assert losses.losses() == []
    assert losses.written == 4
    objects = decode((tmp_path / "out/SegmentationObject/photos/a.png").read_bytes())
    classes = decode((tmp_path / "out/SegmentationClass/photos/a.png").read_bytes())
    assert objects.palette == PALETTE
    assert objects.samples == bytes([2, 0, 0, 0, 2, 0, 0, 3, 0, 0, 0, 3])
    assert classes.samples == bytes([2, 0, 0, 0, 2, 0, 0, 1, 0, 0, 0, 1])
    assert (tmp_path / "out/labelmap.txt").read_text() == label_map(["cat", "dog"])
    found = of_kind(inspected(tmp_path / "out"), "annotation")
    assert [each["type"] for each in found] == ["detection", "detection", "detection", "mask", "mask"]
    assert [each["label"] for each in found[3:]] == ["dog", "cat"]


def test_mask_of_a_class_is_painted_without_an_object(tmp_path: Path) -> None:
    losses = written(foreign({**mask(0, 2, 10), "type": "segmentation"}), tmp_path / "out")
    assert (losses.written, losses.losses()) == (1, [])
    assert not (tmp_path / "out/SegmentationObject").exists()
    (found,) = of_kind(inspected(tmp_path / "out"), "annotation")
    assert (found["type"], found["label"]) == ("segmentation", "dog")


def test_mask_that_hides_another_one_is_told(tmp_path: Path) -> None:
    losses = written(foreign(mask(0, 6, 6), mask(0, 2, 10)), tmp_path / "out")
    assert [(each.code, each.count) for each in losses.losses()] == [("overlap", 1)]


def test_mask_that_cannot_be_painted_is_told(tmp_path: Path) -> None:
    other = {**mask(0, 4, 4), "mask": {"encoding": "coco_rle", "size": [2, 4], "counts": [0, 4, 4]}}
    losses = written(foreign(other, {**other, "type": "segmentation"}), tmp_path / "out")
    assert {each.code for each in losses.losses()} == {"box_of_shape", "left_out"}
    assert (losses.written, losses.left_out) == (1, 1)
    one_file = written(foreign(mask(0, 2, 10), {**mask(0, 2, 10), "type": "segmentation"}), tmp_path / "a.xml")
    assert {each.code for each in one_file.losses()} == {"box_of_shape", "left_out"}


def test_masks_are_painted_anew_when_an_annotation_was_edited(tmp_path: Path) -> None:
    source = data_set(voc(tmp_path / "in", names="person dog cat", label_map=label_map(CLASSES)))
    (labelled,) = source.assets()
    kept = [each for each in labelled.annotations if each.body["label"] != "person"]
    edited = ListDataset(
        [LabelledAsset(labelled.asset, kept, [], is_unedited=False)], source.labels(), "voc", None, source.sections()
    )
    assert written(edited, tmp_path / "out").losses() == []
    objects = decode((tmp_path / "out/SegmentationObject/a.png").read_bytes())
    assert objects.samples == bytes(1 if each == 2 else 0 for each in OBJECTS)
    found = of_kind(inspected(tmp_path / "out"), "annotation")
    assert [(each["type"], each["label"]) for each in found] == [
        ("detection", "dog"),
        ("detection", "cat"),
        ("mask", "dog"),
    ]


@settings(max_examples=40, deadline=None)
@given(samples=st.binary(min_size=12, max_size=12))
def test_masks_that_do_not_overlap_are_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, samples: bytes
) -> None:
    folder = tmp_path_factory.mktemp("voc")
    columns = b"".join(samples[x::WIDTH] for x in range(WIDTH))
    bodies = []
    for value in sorted({each % 4 for each in samples} - {0}):
        bits = [each % 4 == value for each in columns]
        counts, last = [0], False
        for bit in bits:
            counts = [*counts, 1] if bit != last else [*counts[:-1], counts[-1] + 1]
            last = bit
        bodies.append({**mask(*counts), "label": "cat" if value % 2 else "dog"})
    losses = written(foreign(*bodies), folder / "out")
    assert losses.losses() == []
    found = masks(inspected(folder / "out"))
    expected = [(each["label"], each["mask"]["counts"]) for each in bodies]
    assert [(each["label"], each["mask"]["counts"]) for each in found] == expected
