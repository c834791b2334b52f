"""LabelMe files: shapes as annotations and back, the image in base64, files that are broken or hostile."""

import base64
import json
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
from tests.unit.formats.reading import Line, inspected, of_kind

LABELME = load("labelme")
MASK = base64.b64encode(png_of_runs([1, 2, 3], 3, 2)).decode()


def file(folder: Path, *shapes: dict[str, Any], name: str = "a.json", **members: Any) -> Path:
    """Write a file of LabelMe, and return its folder."""
    content: dict[str, Any] = {
        "version": "5.5.0",
        "flags": {},
        "shapes": [{"label": "cat", "group_id": None, "flags": {}, **shape} for shape in shapes],
        "imagePath": "a.jpg",
        "imageData": None,
        "imageHeight": 50,
        "imageWidth": 100,
    }
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content | members, indent=2))
    return folder


def only(folder: Path) -> Line:
    (found,) = of_kind(inspected(folder), "annotation")
    return found


def data_set(path: Path) -> ListDataset:
    with open_source(path) as source:
        files = FileDataset(source, LABELME, Context())
        return ListDataset(list(files.assets()), files.labels(), "labelme", None, {}, list(files.leftovers()))


def written(dataset: ListDataset, path: Path) -> LossReport:
    losses = LossReport()
    with open_target(path) as target:
        assert LABELME.write
        LABELME.write(dataset, target, Context(), losses)
    return losses


def foreign(*bodies: dict[str, Any]) -> ListDataset:
    found = [
        Annotation("a.jpg", {"field": "ground_truth", "label": "cat", **each}, f"/{index}")
        for index, each in enumerate(bodies)
    ]
    return ListDataset([LabelledAsset(Asset("a.jpg", width=100, height=50), found)])


@pytest.mark.parametrize("points", [[[30, 40], [1, 2]], [[1, 40], [30, 2]], [[1, 2], [30, 40]], [[30, 2], [1, 40]]])
def test_rectangle_is_read_from_two_corners_in_any_order(tmp_path: Path, points: list[list[float]]) -> None:
    found = only(file(tmp_path, {"shape_type": "rectangle", "points": points}))
    assert (found["type"], found["bbox_px"], found["pointer"]) == ("detection", [1, 2, 29, 38], "a.json#/shapes/0")


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (
            {"shape_type": "circle", "points": [[50, 20], [53, 24]]},
            {"ellipse_px": {"cx": 50, "cy": 20, "rx": 5, "ry": 5}},
        ),
        ({"points": [[1, 2], [30, 2], [5.5, 40]]}, {"rings_px": [[[1, 2], [30, 2], [5.5, 40]]]}),
        ({"shape_type": "line", "points": [[1, 2], [3, 4]]}, {"type": "polyline", "rings_px": [[[1, 2], [3, 4]]]}),
        ({"shape_type": "linestrip", "points": [[1, 2], [3, 4], [9, 9]]}, {"rings_px": [[[1, 2], [3, 4], [9, 9]]]}),
        ({"shape_type": "point", "points": [[1, 2]]}, {"keypoints": [{"x_px": 1, "y_px": 2}]}),
        ({"shape_type": "points", "points": [[1, 2], [3, 4]]}, {"type": "keypoints"}),
        (
            {"shape_type": "rotation", "points": [[10, 10], [20, 20], [15, 25], [5, 15]]},
            {"type": "detection", "rotation": pytest.approx(45)},
        ),
        (
            {"shape_type": "mask", "points": [[10, 20], [12, 21]], "mask": MASK},
            {"mask": {"encoding": "cvat_rle", "size": [2, 3], "counts": [1, 2, 3], "bbox_px": [10, 20, 3, 2]}},
        ),
    ],
)
def test_shape_is_read_by_its_type(tmp_path: Path, shape: dict[str, Any], expected: dict[str, Any]) -> None:
    found = only(file(tmp_path, shape))
    assert {name: found[name] for name in expected} == expected


def test_shape_keeps_its_group_flags_description_and_the_rest(tmp_path: Path) -> None:
    shape = {"points": [[1, 2], [30, 2], [5, 40]], "group_id": 0, "description": "d", "flags": {"big": True}, "x": [1]}
    found = only(file(tmp_path, shape | {"difficult": True, "score": 0.5, "attributes": {"color": "red"}}))
    assert (found["group_id"], found["text"], found["extra"]) == ("0", "d", {"x": [1]})
    assert (found["difficult"], found["confidence"], found["attributes"]) == (True, 0.5, {"big": True, "color": "red"})


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ({"shape_type": "rectangle", "points": [[1, 2]]}, "1 points, not 2"),
        ({"points": [[1, 2], [3, 4]]}, "needs 3"),
        ({"points": [[1, 2], [3, "4"], [5, 6]]}, "not two numbers"),
        ({"points": [[1, 2], [3, float("nan")], [5, 6]]}, "not a finite number"),
        ({"points": None}, "no list"),
        ({"shape_type": "blob", "points": []}, "'blob'"),
        ({"shape_type": "mask", "points": [[0, 0], [5, 5]], "mask": MASK}, "3 x 2 pixels, its box 6 x 6"),
        ({"shape_type": "mask", "points": [[0, 0], [5, 5]], "mask": "!"}, "no PNG"),
        ({"points": [[1, 2], [30, 2], [5, 40]], "label": "c" * 300}, "label"),
    ],
)
def test_shape_is_told_with_the_reason_when_it_has_no_place(tmp_path: Path, shape: dict[str, Any], reason: str) -> None:
    found = inspected(file(tmp_path, shape, {"points": [[1, 2], [30, 2], [5, 40]]}))
    assert [reason in line["reason"] for line in of_kind(found, "not_imported")] == [True]
    assert len(of_kind(found, "annotation")) == 1


def test_flags_of_the_image_are_classifications(tmp_path: Path) -> None:
    found = inspected(file(tmp_path, flags={"day": True, "a/b": True, "night": False}))
    assert [line["label"] for line in of_kind(found, "annotation")] == ["day", "a/b"]
    assert [line["pointer"] for line in of_kind(found, "annotation")] == ["a.json#/flags/day", "a.json#/flags/a~1b"]
    assert of_kind(found, "asset")[0]["labelled"] is True


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("..\\images\\a.jpg", "images/a.jpg"),
        ("b/a.jpg", "labels/b/a.jpg"),
        ("C:\\x\\a.jpg", "labels/a.jpg"),
        (None, "labels/a"),
    ],
)
def test_image_lies_where_the_file_says_from_its_own_folder(tmp_path: Path, stated: str | None, expected: str) -> None:
    found = inspected(file(tmp_path, name="labels/a.json", imagePath=stated))
    assert of_kind(found, "asset")[0]["file_name"] == expected


def test_unedited_files_are_copied_byte_for_byte_with_the_image_in_them(tmp_path: Path) -> None:
    shape = {"points": [[1, 2], [30, 2], [5, 40.50]], "shape_type": "polygon"}
    folder = file(tmp_path / "in", shape, imageData=base64.b64encode(b"picture").decode())
    list(convert_files(folder, tmp_path / "out", "labelme"))
    assert (tmp_path / "out/a.json").read_bytes() == (folder / "a.json").read_bytes()


def test_image_is_not_stored_and_its_absence_is_told(tmp_path: Path) -> None:
    folder = file(tmp_path / "in", {"points": [[1, 2], [30, 2], [5, 40]]}, imageData="QUJD")
    dataset = data_set(folder)
    assert "QUJD" not in (dataset.content[0].asset.record or "")
    losses = written(dataset, tmp_path / "out")
    assert (tmp_path / "out/a.json").read_text() == (folder / "a.json").read_text().replace('"QUJD"', "null")
    assert [(loss.code, loss.count) for loss in losses.losses()] == [("image_data", 1)]


def test_only_the_edited_shape_of_a_file_changes(tmp_path: Path) -> None:
    shapes = [{"points": [[1, 2], [30, 2], [n, 40]], "shape_type": "polygon", "x": 1.50} for n in (5, 6, 7)]
    dataset = data_set(file(tmp_path / "in", *shapes))
    (labelled,) = dataset.content
    first, second, third = labelled.annotations
    edited = replace(second, body=second.body | {"label": "lynx"}, is_edited=True)
    dataset.content = [replace(labelled, annotations=[first, edited, third], is_unedited=False)]
    losses = written(dataset, tmp_path / "out")
    before, after = ((tmp_path / name / "a.json").read_text() for name in ("in", "out"))
    assert json.loads(after)["shapes"][1]["label"] == "lynx"
    assert json.loads(after)["shapes"][1]["x"] == 1.5
    start, end = before.index('    {\n      "label"'), before.rindex('    {\n      "label"')
    assert after.startswith(before[:start])
    assert after.endswith(before[end:])
    assert (losses.written, losses.losses()) == (3, [])
    dataset.content = [replace(labelled, annotations=[], is_unedited=False)]
    written(dataset, tmp_path / "none")
    assert json.loads((tmp_path / "none/a.json").read_text()) == json.loads(before) | {"shapes": []}


def test_shapes_that_labelme_lacks_are_told(tmp_path: Path) -> None:
    losses = written(
        foreign(
            {"type": "detection", "bbox": [0.4, 0.4, 0.2, 0.2], "rotation": 90, "track_id": "7"},
            {"type": "ellipse", "ellipse_px": {"cx": 50, "cy": 20, "rx": 5, "ry": 2}},
            {"type": "polygon", "rings_px": [[[1, 1], [9, 1], [9, 9]], [[20, 20], [29, 20], [29, 29]]]},
            {
                "type": "keypoints",
                "keypoints": [{"name": "eye", "x_px": 1, "y_px": 2, "visibility": 1}, {"visibility": 0}],
            },
            {"type": "caption", "text": "a cat"},
            {"type": "classification"},
        ),
        tmp_path / "out",
    )
    assert [(loss.code, loss.field) for loss in losses.losses()] == [
        ("left_out", "caption"),
        ("no_place", "keypoints"),
        ("no_place", "track_id"),
        ("other_type", "ellipse"),
        ("other_type", "rotation"),
        ("several_parts", "rings"),
    ]
    assert (losses.written, losses.left_out) == (5, 1)
    found = of_kind(inspected(tmp_path / "out"), "annotation")
    assert [line["type"] for line in found] == ["classification", *["polygon"] * 4, "keypoints"]
    assert found[1]["rings_px"][0] == [pytest.approx(point) for point in ([55, 15], [55, 35], [45, 35], [45, 15])]
    assert found[3]["group_id"] == found[4]["group_id"]


POINTS = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 50)).map(list), min_size=3, max_size=8, unique_by=tuple)
BODIES = st.one_of(
    st.tuples(*[st.floats(0, 25)] * 4).map(lambda box: {"type": "detection", "bbox_px": list(box)}),
    POINTS.map(lambda ring: {"type": "polyline", "rings_px": [ring]}),
    st.floats(1, 9).map(
        lambda radius: {"type": "ellipse", "ellipse_px": {"cx": 40, "cy": 20, "rx": radius, "ry": radius}}
    ),
    POINTS.map(lambda ring: {"type": "keypoints", "keypoints": [{"x_px": x, "y_px": y} for x, y in ring]}),
    st.lists(st.booleans(), min_size=12, max_size=12)
    .filter(any)
    .map(lambda bits: {"type": "mask", "mask": _mask(bits)}),
)


def _mask(bits: list[bool]) -> dict[str, Any]:
    runs, value = [0], False
    for bit in bits:
        if bit is not value:
            runs.append(0)
            value = bit
        runs[-1] += 1
    return {"encoding": "cvat_rle", "size": [3, 4], "counts": runs, "bbox_px": [5, 6, 4, 3]}


@settings(deadline=None)
@given(
    st.lists(BODIES, min_size=1, max_size=5),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9),
)
def test_shapes_are_the_same_after_both_ways(bodies: list[dict[str, Any]], label: str) -> None:
    made = foreign(*({**each, "label": f"a{label}"} for each in bodies))
    with tempfile.TemporaryDirectory() as folder:
        losses = written(made, Path(folder) / "out")
        found = of_kind(inspected(Path(folder) / "out"), "annotation")
    assert not losses.losses()
    for each, again in zip(bodies, found, strict=True):
        assert again["type"] == each["type"]
        for name in ("rings_px", "keypoints", "mask"):
            assert again.get(name) == each.get(name)
        for name in ("bbox_px", "ellipse_px"):
            assert again.get(name) == pytest.approx(each.get(name)), name


@pytest.mark.parametrize("to", ["voc", "labelme", "kitti"])
def test_any_name_of_an_image_makes_a_file_of_a_legal_name(tmp_path: Path, to: str) -> None:
    names = ("../a\0b\n.jpg", "/etc/c.jpg", "C:\\d.jpg", f"{'é' * 500}.jpg", "..")
    box = {"type": "detection", "field": "ground_truth", "label": "cat", "bbox_px": [1, 2, 3, 4]}
    made = ListDataset([LabelledAsset(Asset(name), [Annotation(name, box, name)]) for name in names])
    writer, losses = load(to).write, LossReport()
    assert writer
    with open_target(tmp_path / "out") as target:
        writer(made, target, Context(), losses)
    files = [path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(files) == losses.written == len(names)
    assert all(each >= " " for name in files for each in name)


def test_files_that_are_not_of_labelme_are_told_or_refused(tmp_path: Path) -> None:
    file(tmp_path, {"points": [[1, 2], [30, 2], [5, 40]]})
    (tmp_path / "b.json").write_text('{"a": 1}')
    (tmp_path / "c.json").write_text('{"shapes": [')
    found = inspected(tmp_path)
    assert [line["code"] for line in of_kind(found, "warning")] == ["not_labelme"]
    assert [line["pointer"] for line in of_kind(found, "not_imported")] == ["c.json#"]
    (tmp_path / "a.json").unlink()
    assert inspected(tmp_path, "labelme")[-1]["kind"] == "error"
    (tmp_path / "d.json").write_text('{"shapes": [], "shapes": [{"points": []}], "imagePath": "a", "imagePath": "b"}')
    assert "twice" in of_kind(inspected(tmp_path, "labelme"), "not_imported")[1]["reason"]


def test_mutated_files_give_only_typed_errors(tmp_path: Path) -> None:
    shapes: list[dict[str, Any]] = [
        {"shape_type": "mask", "points": [[10, 20], [12, 21]], "mask": MASK},
        {"points": [[1, 2], [30, 2], [5, 4]]},
    ]
    seed = (file(tmp_path, *shapes, flags={"a": True}) / "a.json").read_bytes()
    randomness = random.Random(7)
    for _ in range(300):
        content = bytearray(seed)
        for _ in range(randomness.randint(1, 4)):
            content[randomness.randrange(len(content))] = randomness.choice(b'{}[]":,0 \\u\x00\xffeE-.9tn')
        (tmp_path / "a.json").write_bytes(content)
        inspected(tmp_path / "a.json", "labelme")


def test_extra_stays_in_the_record_alone_when_it_is_too_large_to_be_stored(tmp_path: Path) -> None:
    found = inspected(file(tmp_path, {"points": [[1, 2], [30, 2], [5, 40]], "note": "x" * 20_000}))
    assert [line["code"] for line in of_kind(found, "warning")] == ["extra_too_large"]
    assert "extra" not in of_kind(found, "annotation")[0]
