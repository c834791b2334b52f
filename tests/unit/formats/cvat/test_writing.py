"""Writer of CVAT: unedited files byte for byte, edited records alone changed, other formats' annotations generated."""

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from foveal.formats.base.files.source import open_source
from foveal.formats.base.files.target import open_target
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import LabelledAsset, ListDataset
from foveal.formats.base.model.items import Annotation, Asset, FormatError, Label, NotImported
from foveal.formats.base.model.loss import LossReport
from foveal.formats.conversion import FileDataset, convert_files
from foveal.formats.cvat import FORMAT
from tests.unit.formats.cvat.documents import LABELS, document, image, video, write
from tests.unit.formats.cvat.test_hostile_files import SHAPES
from tests.unit.formats.cvat.test_video import track
from tests.unit.formats.reading import Line, body, inspected, of_kind

TASKS = "".join(
    f"<task><id>{number}</id><mode>interpolation</mode><source>{number}.mp4</source></task>" for number in (7, 8)
)
STRANGE = (
    document(image(SHAPES) + "\n\n<!-- between -->" + image('<sphere label="x"/><box/>', id=7, name="b.jpg"))
    .replace("\n", "\r\n")
    .replace('name="b.jpg"', "name='b.jpg' \t")
)
FILES = {
    "images": document(image(SHAPES) + image("", id=1, name="b.jpg", subset="Test") + "<relation/>"),
    "no images": document(""),
    "strange white space": STRANGE,
    "another encoding": document(image('<tag label="caf\u00e9"/>')).replace("utf-8", "iso-8859-1"),
    "video": video(track((0, 1, 0), (5, 1, 1)) + "\n" + track((3, 1, 0), id=1) + track((4, 1, 0), id=1)),
    "project of videos": document(
        track((0, 1, 0), task_id=8) + track((0, 1, 0), task_id=7) + "  " + track((0, 1, 0), id=2, task_id=8),
        f"<project>{LABELS}<tasks>{TASKS}</tasks></project>",
    ),
    "tracks of no task and images without a name": document(
        track((0, 1, 0), task_id=8) + image("<tag/>", name="") + track((0, 1, 0), task_id=3),
        f"<project>{LABELS}<tasks>{TASKS}</tasks></project>",
    ),
    "track that cannot be read": video(track((0, 1, 0), label="x" * 300) + track((2, 1, 0)).replace("frame", "fame")),
}


def converted(path: Path, out: Path, **options: str) -> list[Line]:
    found = list(convert_files(path, out, "cvat", "cvat", [f"{name}={value}" for name, value in options.items()]))
    assert found[-1]["kind"] == "summary", found[-1]
    return found


def written(folder: Path, dataset: ListDataset, name: str = "out", **options: str) -> LossReport:
    losses = LossReport()
    assert FORMAT.write is not None
    with open_target(folder / name) as target:
        FORMAT.write(dataset, target, Context(options), losses)
    return losses


def edited(path: Path, change: Any, out: Path) -> str:
    """Write a file of CVAT with what `change` makes of its assets; return the text."""
    with open_source(path) as source:
        dataset = FileDataset(source, FORMAT, Context())
        assets = [result for each in dataset.assets() if (result := change(each)) is not None]
        given = ListDataset(assets, dataset.labels(), "cvat", source, dataset.sections(), list(dataset.leftovers()))
        assert FORMAT.write is not None
        with open_target(out) as target:
            FORMAT.write(given, target, Context(), LossReport())
    return out.read_bytes().decode()


def moved(annotation: Annotation) -> Annotation:
    """Return an annotation whose box somebody has moved."""
    return replace(annotation, body=annotation.body | {"bbox_px": [5, 6, 7.25, 8]}, is_edited=True)


@pytest.mark.parametrize("name", FILES)
def test_unedited_file_comes_back_byte_for_byte(tmp_path: Path, name: str) -> None:
    path = tmp_path / "in.xml"
    encoding = "iso-8859-1" if "another" in name else "utf-8"
    path.write_bytes(FILES[name].encode(encoding))
    found = converted(path, tmp_path / "out.xml")
    assert (tmp_path / "out.xml").read_bytes() == path.read_bytes()
    assert found[-1]["written"] == found[-1]["annotations"]
    assert not of_kind(found, "loss")


def test_unedited_folder_comes_back_byte_for_byte(tmp_path: Path) -> None:
    manifest = '{"version":"1.1"}\n{"type":"images"}\n{"name":"9","extension":".jpg"}\n'
    files = {"a/annotations.xml": FILES["images"], "b.xml": FILES["video"], "manifest.jsonl": manifest}
    for name, text in files.items():
        write(tmp_path / "in", text, name)
    converted(tmp_path / "in", tmp_path / "out")
    assert {
        path.relative_to(tmp_path / "out").as_posix(): path.read_text()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    } == files


def test_unedited_archive_comes_back_byte_for_byte(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "in.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("annotations.xml", FILES["images"])
        archive.writestr("images/b.jpg", b"no picture")
    converted(tmp_path / "in.zip", tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.read("annotations.xml").decode() == FILES["images"]
        assert archive.namelist() == ["annotations.xml"]


@pytest.mark.parametrize("name", ["images", "video"])
def test_data_set_whose_file_is_gone_keeps_its_meta_and_its_records(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, FILES[name].replace("<relation/>", ""), "in.xml")
    with open_source(path) as source:
        found = FileDataset(source, FORMAT, Context())
        dataset = ListDataset(list(found.assets()), found.labels(), "cvat", None, found.sections())
    assert written(tmp_path, dataset, "out.xml").losses() == []
    assert "".join((tmp_path / "out.xml").read_text().split()) == "".join(path.read_text().split())


def test_e_mails_are_not_written_back(tmp_path: Path) -> None:
    meta = f"<task>{LABELS}<owner><email>ann@example.com</email></owner></task>"
    path = write(tmp_path, document(image(""), meta))
    found = converted(path, tmp_path / "out.xml")
    assert (tmp_path / "out.xml").read_text() == path.read_text().replace("ann@example.com", "")
    assert of_kind(found, "loss")[0]["code"] == "e_mail_removed"


def test_edited_shape_alone_differs(tmp_path: Path) -> None:
    path = write(tmp_path, FILES["images"], "in.xml")

    def change(labelled: LabelledAsset) -> LabelledAsset:
        first = [moved(each) for each in labelled.annotations[:1]]
        return replace(labelled, annotations=[*first, *labelled.annotations[1:]], is_unedited=not first)

    before, after = path.read_text(), edited(path, change, tmp_path / "out.xml")
    start, end = before.index("<box"), before.index("</box>") + len("</box>")
    assert after.startswith(before[:start])
    assert after.endswith(before[end:])
    assert 'xtl="5" ytl="6" xbr="12.25" ybr="14" rotation="3" z_order="1"' in after
    found = {line["pointer"]: body(line) for line in of_kind(inspected(tmp_path / "out.xml"), "annotation")}
    expected = {line["pointer"]: body(line) for line in of_kind(inspected(path), "annotation")}
    expected["/annotations/image[1]/box[1]"]["bbox_px"] = [5, 6, 7.25, 8]
    assert found == expected


def test_deleted_shapes_and_images_are_gone_and_new_ones_are_there(tmp_path: Path) -> None:
    path = write(tmp_path, FILES["images"], "in.xml")

    def change(labelled: LabelledAsset) -> LabelledAsset | None:
        if labelled.asset.file_name == "b.jpg":
            return None
        new = Annotation("a/1.jpg", {"type": "classification", "field": "ground_truth", "label": "new one"}, "new")
        return replace(labelled, annotations=[*labelled.annotations[1:], new], is_unedited=False)

    text = edited(path, change, tmp_path / "out.xml")
    found = inspected(tmp_path / "out.xml")
    assert [line["file_name"] for line in of_kind(found, "asset")] == ["a/1.jpg"]
    assert [line["type"] for line in of_kind(found, "annotation")].count("classification") == 2
    assert not of_kind(found, "warning"), "the new label is declared"
    assert "<relation/>" in text
    assert "<label>\n          <name>new one</name>" in text


def test_new_shape_opens_an_empty_image(tmp_path: Path) -> None:
    path = write(tmp_path, document("<image id='3' name='1.jpg'/>"), "in.xml")

    def change(labelled: LabelledAsset) -> LabelledAsset:
        new = Annotation("1.jpg", {"type": "classification", "field": "ground_truth", "label": "car"}, "new")
        return replace(labelled, annotations=[new], is_unedited=False)

    assert "<image id='3' name='1.jpg'>\n    <tag" in edited(path, change, tmp_path / "out.xml")
    assert len(of_kind(inspected(tmp_path / "out.xml"), "annotation")) == 1


def test_edited_place_changes_its_track_alone(tmp_path: Path) -> None:
    path = write(tmp_path, FILES["video"], "in.xml")

    def change(labelled: LabelledAsset) -> LabelledAsset:
        changed = [moved(each) if each.body.get("frame_index") == 5 else each for each in labelled.annotations]
        return replace(labelled, annotations=changed, is_unedited=False)

    before, after = path.read_text(), edited(path, change, tmp_path / "out.xml")
    second = before[before.index('<track id="1"') :]
    assert after.endswith(second)
    found = of_kind(inspected(tmp_path / "out.xml"), "annotation")
    assert [line.get("bbox_px") for line in found][:3] == [None, [1, 2, 3.5, 4], [5, 6, 7.25, 8]]
    assert [line.get("outside") for line in found][:3] == [None, False, True]


def test_new_place_joins_its_track_and_deleted_ones_go(tmp_path: Path) -> None:
    path = write(tmp_path, FILES["video"], "in.xml")

    def change(labelled: LabelledAsset) -> LabelledAsset:
        kept = [each for each in labelled.annotations if each.body.get("frame_index") != 5]
        new = Annotation("drive.mp4", kept[1].body | {"frame_index": 9}, "new", is_edited=True)
        return replace(labelled, annotations=[*kept, new], is_unedited=False)

    edited(path, change, tmp_path / "out.xml")
    found = of_kind(inspected(tmp_path / "out.xml"), "annotation")
    assert [line.get("frame_index") for line in found if line["track_id"] == "0"] == [None, 0, 9]


BODIES: list[dict[str, Any]] = [
    {"type": "detection", "bbox": [0.1, 0.25, 0.5, 0.5], "rotation": 30.0, "occluded": True, "source": "semi_auto"},
    {"type": "polygon", "rings_px": [[[1, 2], [30.5, 4], [5, 60]]], "z_order": -3, "group_id": "4"},
    {"type": "polyline", "rings": [[[0.1, 0.2], [0.5, 0.6]]]},
    {"type": "keypoints", "keypoints": [{"x_px": 1.0, "y_px": 2.0}, {"x": 0.5, "y": 0.5}]},
    {"type": "ellipse", "ellipse": {"cx": 0.5, "cy": 0.5, "rx": 0.1, "ry": 0.2}, "rotation": 12.5},
    {"type": "cuboid", "cuboid_px": [float(number) for number in range(16)]},
    {"type": "mask", "mask": {"encoding": "coco_rle", "size": [80, 100], "counts": [165, 4, 75, 5, 7751]}},
    {"type": "classification", "attributes": {"a": "x & <y>", "b": True, "c": 2.5, "d": 3}},
]


CAR = Label("car", color="#ff0000", attributes=[{"name": "age", "input_type": "number"}])


def of_image(*bodies: dict[str, Any], **given: Any) -> ListDataset:
    annotations = [
        Annotation("1.jpg", {"field": "ground_truth", "label": "car"} | each, f"/{number}", format="coco")
        for number, each in enumerate(bodies)
    ]
    members: dict[str, Any] = {"width": 100, "height": 80, "split": "val"} | given
    asset = Asset("1.jpg", **members)
    return ListDataset([LabelledAsset(asset, annotations)], [CAR])


def test_annotations_of_other_formats_are_generated(tmp_path: Path) -> None:
    losses = written(tmp_path, of_image(*BODIES), "out.xml")
    found = inspected(tmp_path / "out.xml")
    first, polygon, polyline, points, ellipse, cuboid, mask, tag = of_kind(found, "annotation")
    assert first["bbox_px"] == [10, 20, 50, 40]
    assert (first["rotation"], first["occluded"], first["source"]) == (30, True, "semi_auto")
    assert (polygon["rings_px"], polygon["z_order"], polygon["group_id"]) == ([[[1, 2], [30.5, 4], [5, 60]]], -3, "4")
    assert polyline["rings_px"] == [[[10, 16], [50, 48]]]
    assert [(each["x_px"], each["y_px"]) for each in points["keypoints"]] == [(1, 2), (50, 40)]
    assert ellipse["ellipse_px"] == {"cx": 50, "cy": 40, "rx": 10, "ry": 16}
    assert cuboid["cuboid_px"] == list(range(16))
    assert mask["mask"] == {"encoding": "cvat_rle", "size": [5, 2], "counts": [1, 9], "bbox_px": [2, 4, 2, 5]}
    assert tag["attributes"] == {"a": "x & <y>", "b": True, "c": 2.5, "d": 3}
    assert of_kind(found, "asset")[0]["split"] == "val"
    assert not of_kind(found, "warning")
    assert (losses.written, losses.left_out, losses.losses()) == (8, 0, [])


def test_named_keypoints_become_a_skeleton(tmp_path: Path) -> None:
    points = [
        {"name": "tail & <end>", "x_px": 3.5, "y_px": 4.0, "visibility": 1},
        {"name": "nose", "visibility": 0},
        {"name": 'left "eye"', "x_px": 3.5, "y_px": 4.0, "visibility": 2, "attributes": {"wet": True}},
    ]
    names = [str(point["name"]) for point in points][::-1]
    dataset = of_image({"type": "keypoints", "keypoints": points})
    dataset = replace(dataset, names=[Label("car", skeleton={"names": names, "edges": [[0, 2], [1, 2]]})])
    assert written(tmp_path, dataset, "out.xml").losses() == []
    found = inspected(tmp_path / "out.xml")
    assert of_kind(found, "label")[0]["skeleton"] == {"names": names, "edges": [[0, 2], [1, 2]]}
    again = of_kind(found, "annotation")[0]["keypoints"]
    assert [(each["name"], each["visibility"]) for each in again] == [(p["name"], p["visibility"]) for p in points]
    assert again[2]["attributes"] == {"wet": True}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "detection", "bbox_px": [1, 2, 3, 4], "confidence": 0.5}, [("no_place", "confidence")]),
        ({"type": "detection", "bbox_px": [1, 2, 3, 4], "field": "model"}, [("no_place", "field")]),
        ({"type": "detection", "bbox_px": [1, 2, 3, 4], "extra": {"id": 3}}, [("no_place", "extra")]),
        ({"type": "detection", "bbox_px": [1, 2, 3, 4], "attributes": {"a": " x"}}, [("changed_text", "attributes")]),
        ({"type": "detection", "bbox_px": [1, 2, 3, 4], "attributes": {"age": "12"}}, [("changed_type", "attributes")]),
        ({"type": "detection", "bbox_px": [1, 2, 3, 4], "label": "a\x01"}, [("changed_text", "label")]),
        ({"type": "polygon", "rings_px": [[[1, 2], [3, 4], [5, 9]]] * 2}, [("parts_apart", "rings")]),
        (
            {"type": "polygon", "rings_px": [[[1, 2], [30, 4], [5, 60]]], "holes_px": [[[2, 3], [4, 5], [6, 9]]]},
            [("no_place", "holes_px")],
        ),
        ({"type": "polyline", "rings_px": [[[1, 2], [3, 4]]], "closed": True}, [("no_place", "closed")]),
        (
            {"type": "keypoints", "keypoints": [{"x_px": 1, "y_px": 2, "confidence": 0.5}]},
            [("no_place", "keypoints.confidence")],
        ),
        ({"type": "caption", "text": "a car"}, [("left_out", "caption")]),
        ({"type": "temporal", "support": {"first": 0, "last": 4}}, [("left_out", "temporal")]),
        (
            {"type": "mask", "mask": {"encoding": "coco_rle", "size": [80, 100], "counts": [8000]}},
            [("left_out", "mask")],
        ),
    ],
)
def test_field_that_cvat_cannot_hold_is_told(tmp_path: Path, given: Any, expected: list[tuple[str, str]]) -> None:
    losses = written(tmp_path, of_image(given), "out.xml")
    assert [(each.code, each.field) for each in losses.losses()] == expected
    assert losses.written + losses.left_out == 1
    assert inspected(tmp_path / "out.xml")[-1]["not_imported"] == 0


def test_records_and_members_of_other_formats_are_told(tmp_path: Path) -> None:
    dataset = of_image(extra={"license": 3})
    left = NotImported("/annotations/7", "a reason", "{}")
    content = [replace(each, leftovers=[replace(left, asset="1.jpg")]) for each in dataset.content]
    losses = written(tmp_path, replace(dataset, content=content, rest=[left]), "out.xml")
    assert [(each.code, each.field, each.count) for each in losses.losses()] == [
        ("no_place", "asset.extra", 1),
        ("not_imported", "record", 2),
    ]


def test_members_without_a_value_are_written_as_absent(tmp_path: Path) -> None:
    empty = dict.fromkeys(
        ("label", "source", "occluded", "z_order", "group_id", "rotation", "attributes", "extra", "confidence")
    )
    losses = written(tmp_path, of_image({"type": "detection", "bbox_px": [1, 2, 3, 4]} | empty), "out.xml")
    assert (losses.written, losses.losses()) == (1, [])
    assert "label" not in of_kind(inspected(tmp_path / "out.xml"), "annotation")[0]
    labelled = of_video({"frame_index": 3, "track_id": "1"} | empty, {"frame_index": 4, "track_id": "1"})
    assert written(tmp_path, ListDataset([labelled]), "video.xml").losses() == []


def test_shares_need_the_sides_of_the_image(tmp_path: Path) -> None:
    losses = written(tmp_path, of_image(BODIES[0], width=None, height=None), "out.xml")
    assert [each.code for each in losses.losses()] == ["left_out", "size_unknown"]


def test_pixels_of_another_size_are_scaled(tmp_path: Path) -> None:
    written(tmp_path, of_image({"type": "detection", "bbox_px": [1, 2, 3, 4], "image_size": [50, 40]}), "out.xml")
    assert of_kind(inspected(tmp_path / "out.xml"), "annotation")[0]["bbox_px"] == [2, 4, 6, 8]


def test_box_turned_about_its_corner_is_turned_about_its_centre(tmp_path: Path) -> None:
    box = {"type": "detection", "bbox_px": [50, 20, 20, 10], "rotation": 90, "rotation_origin": "top_left"}
    written(tmp_path, of_image(box), "out.xml")
    found = of_kind(inspected(tmp_path / "out.xml"), "annotation")[0]
    assert found["bbox_px"] == pytest.approx([35, 25, 20, 10])


def of_video(*bodies: dict[str, Any]) -> LabelledAsset:
    annotations = [
        Annotation("a/v.mp4", {"field": "ground_truth", "label": "car", "bbox_px": [1, 2, 3, 4]} | each, f"/{number}")
        for number, each in enumerate(bodies)
    ]
    for each in annotations:
        each.body.setdefault("type", "detection")
    return LabelledAsset(Asset("a/v.mp4", width=100, height=80, frame_count=20), annotations)


def places(path: Path) -> list[tuple[int, bool]]:
    found = of_kind(inspected(path), "annotation")
    return [(each["frame_index"], each["outside"]) for each in found if each["type"] != "track"]


def test_track_of_single_frames_ends_at_each_gap(tmp_path: Path) -> None:
    shapes = [{"track_id": "7", "frame_index": frame} for frame in (5, 3, 4, 9, 19)]
    losses = written(tmp_path, ListDataset([of_video(*shapes)]), "out.xml")
    assert places(tmp_path / "out.xml") == [
        (3, False),
        (4, False),
        (5, False),
        (6, True),
        (9, False),
        (10, True),
        (19, False),
    ]
    assert (losses.written, losses.losses()) == (5, [])


def test_track_with_keyframes_is_left_as_it_is(tmp_path: Path) -> None:
    shapes = [{"track_id": "7", "frame_index": frame, "keyframe": True, "outside": frame == 9} for frame in (3, 9)]
    written(tmp_path, ListDataset([of_video({"type": "track", "track_id": "7"}, *shapes)]), "out.xml")
    assert places(tmp_path / "out.xml") == [(3, False), (9, True)]


def test_shape_without_a_track_becomes_a_track_of_one_frame(tmp_path: Path) -> None:
    losses = written(tmp_path, ListDataset([of_video({"frame_index": 3}, {"frame_index": 3}, {})]), "out.xml")
    assert places(tmp_path / "out.xml") == [(3, False), (4, True), (3, False), (4, True)]
    assert [(each.code, each.count) for each in losses.losses()] == [("left_out", 1)]


def test_parts_of_a_polygon_in_a_track_become_tracks(tmp_path: Path) -> None:
    rings = [[[1, 2], [30, 4], [5, 60]], [[2, 2], [31, 4], [6, 60]]]
    body_ = {"type": "polygon", "rings_px": rings, "track_id": "4", "frame_index": 3, "keyframe": True}
    body_["outside"] = False
    dataset = ListDataset([LabelledAsset(Asset("v.mp4", frame_count=5), [Annotation("v.mp4", body_, "/0")])])
    losses = written(tmp_path, dataset, "out.xml")
    found = [each for each in of_kind(inspected(tmp_path / "out.xml"), "annotation") if each["type"] == "polygon"]
    assert [(each["track_id"], each["rings_px"]) for each in found] == [("4", rings[:1]), ("5", rings[1:])]
    assert (losses.written, [each.code for each in losses.losses()]) == (1, ["parts_apart"])


def test_ids_that_are_no_integers_become_some(tmp_path: Path) -> None:
    shapes = [{"track_id": each, "frame_index": 3, "group_id": each} for each in ("a", "2", "b", "0")]
    losses = written(tmp_path, ListDataset([of_video(*shapes)]), "video.xml")
    assert [(each.field, each.count) for each in losses.losses()] == [("group_id", 2), ("track_id", 2)]
    found = [each for each in of_kind(inspected(tmp_path / "video.xml"), "annotation") if each["type"] == "track"]
    assert [(each["track_id"], each["group_id"]) for each in found] == [("3", "3"), ("2", "2"), ("4", "4"), ("0", "0")]
    boxes = [{"type": "detection", "bbox_px": [1, 2, 3, 4], "group_id": each} for each in ("x", "1", "x")]
    losses = written(tmp_path, of_image(*boxes), "image.xml")
    assert [(each.code, each.field, each.count) for each in losses.losses()] == [("changed_id", "group_id", 2)]
    assert [each["group_id"] for each in of_kind(inspected(tmp_path / "image.xml"), "annotation")] == ["2", "1", "2"]


def test_videos_and_images_have_files_of_their_own(tmp_path: Path) -> None:
    content = [of_video({"frame_index": 3}), *of_image(BODIES[0]).content]
    written(tmp_path, ListDataset(content, [Label("car")]))
    assert [path.relative_to(tmp_path / "out").as_posix() for path in sorted((tmp_path / "out").rglob("*.xml"))] == [
        "a/v.xml",
        "annotations.xml",
    ]
    assert [line["file_name"] for line in of_kind(inspected(tmp_path / "out"), "asset")] == ["a/v.mp4", "1.jpg"]
    with pytest.raises(FormatError, match="folder or an archive"):
        written(tmp_path, ListDataset(content), "one.xml")


def test_manifest_is_made_without_the_images(tmp_path: Path) -> None:
    dataset = of_image(BODIES[0], extra={"checksum": "17bb"})
    losses = written(tmp_path, dataset, manifest="yes")
    assert (tmp_path / "out/manifest.jsonl").read_text() == (
        '{"version":"1.1"}\n{"type":"images"}\n'
        '{"name":"1","extension":".jpg","width":100,"height":80,"checksum":"17bb"}\n'
    )
    assert losses.written == 1
    written(tmp_path, of_image(width=None, height=None), "only.jsonl", manifest="only")
    assert of_kind(inspected(tmp_path / "only.jsonl"), "asset") == []
