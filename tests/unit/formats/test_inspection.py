"""Inspection: pixels beside relative geometry, and names that lack their extension, where the assets are known."""

from pathlib import Path
from typing import Any

import pytest

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
