"""Inspection: pixels beside relative geometry, and names that lack their extension, where the assets are known."""

import csv
import zipfile
from pathlib import Path
from typing import Any

import pytest

from foveal.formats.conversion import convert_files
from foveal.formats.inspection import lines
from tests.unit.formats.reading import inspected, of_kind


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    (tmp_path / "set/labels").mkdir(parents=True)
    (tmp_path / "set/labels/1.txt").write_text("0 0.5 0.5 0.25 0.5\n0 0.5 0.5 9 9 9\n")
    return tmp_path / "set"


def line_of(path: Path, kind: str, sizes: Path | None = None) -> dict[str, Any]:
    return of_kind(inspected(path, "yolo", sizes), kind)[0]


def test_relative_geometry_has_pixels_beside_it_when_the_sides_are_known(labels: Path, tmp_path: Path) -> None:
    sizes = tmp_path / "sizes.csv"
    sizes.write_text("file_name,width,height\nphotos/1.jpg,200,100\n")
    assert line_of(labels, "annotation", sizes)["bbox_px"] == [75, 25, 50, 50]
    assert "bbox_px" not in line_of(labels, "annotation")


def test_asset_has_its_full_name_when_the_label_file_lacks_the_extension(labels: Path, tmp_path: Path) -> None:
    sizes = tmp_path / "sizes.csv"
    sizes.write_text("file_name,width,height\nphotos/1.jpg,200,100\n")
    for kind, name in (("asset", "file_name"), ("annotation", "asset"), ("not_imported", "asset")):
        assert line_of(labels, kind, sizes)[name] == "photos/1.jpg"


def test_archive_is_refused_when_its_content_is_broken(tmp_path: Path) -> None:
    text = "".join(f"0 0.{number} 0.5 0.25 0.5\n" for number in range(1000, 1100))
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("labels/1.txt", text)
        archive.writestr("Annotations/1.xml", text)
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[60:90] = bytes(30)
    (tmp_path / "a.zip").write_bytes(content)
    for format_ in (None, "yolo"):
        assert [line["code"] for line in lines(tmp_path / "a.zip", format_)] == ["broken_archive"]
    converted = list(convert_files(tmp_path / "a.zip", tmp_path / "out", "coco", "yolo"))
    assert [line["code"] for line in converted] == ["broken_archive"]


def test_option_is_refused_with_the_list_of_options_when_the_format_has_no_such_one(labels: Path) -> None:
    [refused] = lines(labels, "yolo", ["sixth_colum=track_id"])
    assert refused["code"] == "unknown_option"
    for name in ("sixth_colum:", "sixth_column (", "field (", "coordinate_frame ("):
        assert name in refused["message"]


def test_option_of_the_target_is_known_to_convert(labels: Path, tmp_path: Path) -> None:
    codes = {
        option: list(convert_files(labels, tmp_path / option, "csv", "yolo", [option]))[-1].get("code")
        for option in ("layout=objects", "task=detect", "manifest=yes")
    }
    assert codes == {"layout=objects": None, "task=detect": None, "manifest=yes": "unknown_option"}


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "There are no files"),
        ({"1.jpg": "x", "2.mp4": "x"}, "There are images or videos alone"),
        ({"a.json": ""}, "a.json: nothing in it"),
        (
            {"README.md": "# Hi", "package.json": "{}", "a.svg": "<svg/>", "b.md": ""},
            "README.md, a.svg, b.md and 1 more",
        ),
    ],
)
def test_refusal_says_what_the_source_holds(tmp_path: Path, files: dict[str, str], sentence: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    [refused] = lines(tmp_path)
    assert (refused["code"], sentence in refused["message"]) == ("unknown_format", True)


def test_path_is_refused_when_nothing_is_there(tmp_path: Path) -> None:
    assert [line["code"] for line in lines(tmp_path / "absent")] == ["no_such_file"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("a.jpg,x,1", "line 2: width must be an integer from 1 to 2147483647, not 'x'"),
        ("a.jpg,-5,1", "width must be"),
        ("a.jpg,5,0", "height must be"),
        ("a.jpg,5", "height must be"),
        (f"a.jpg,5,1{'0' * 5000}", "height must be"),
        ("a.jpg,5,5,9", "orientation must be an integer from 0 to 8, not '9'"),
        ("a.jpg,5,5,1,1.5", "frame_count must be"),
        ("a.jpg,5,5\na.jpg,6,6", "line 3: file_name must be there, and have one size: 'a.jpg'"),
        (",5,5", "file_name must be there"),
    ],
)
def test_sizes_are_refused_with_the_line(labels: Path, tmp_path: Path, rows: str, message: str) -> None:
    (tmp_path / "sizes.csv").write_text(f"file_name,width,height,orientation,frame_count\n{rows}\n")
    [refused] = lines(labels, "yolo", (), tmp_path / "sizes.csv")
    assert refused["code"] == "wrong_sizes"
    assert message in refused["message"]


def test_sizes_are_refused_when_a_field_is_too_long(labels: Path, tmp_path: Path) -> None:
    (tmp_path / "sizes.csv").write_text(f"file_name,width,height\n{'x' * 200},5,5\n")
    before = csv.field_size_limit(100)
    try:
        [refused] = lines(labels, "yolo", (), tmp_path / "sizes.csv")
    finally:
        csv.field_size_limit(before)
    assert "line 1: field larger than field limit" in refused["message"]


def test_sizes_may_name_an_asset_twice_when_they_agree(labels: Path, tmp_path: Path) -> None:
    (tmp_path / "sizes.csv").write_text("file_name,width,height,orientation\n1.jpg,5,5,0\n1.jpg,5,5,1\n")
    assert [line["kind"] for line in lines(labels, "yolo", (), tmp_path / "sizes.csv")][-1] == "summary"


def test_sizes_are_refused_when_there_is_no_such_file(labels: Path, tmp_path: Path) -> None:
    [refused] = lines(labels, "yolo", (), tmp_path / "absent.csv")
    assert refused["message"] == "absent.csv cannot be read: No such file or directory."


def test_image_that_is_a_broken_link_has_unknown_sides(labels: Path) -> None:
    (labels / "images").mkdir()
    (labels / "images/1.jpg").symlink_to("/absent/1.jpg")
    assert inspected(labels, "yolo")[-1]["imported"] == 1


def test_label_file_that_is_a_broken_link_is_named(labels: Path) -> None:
    (labels / "labels/2.txt").symlink_to("/absent/2.txt")
    refused = list(lines(labels, "yolo"))[-1]
    assert refused["message"] == "labels/2.txt cannot be read: no file, or a link to a file that is not there."
