"""exiftool as an oracle: size, orientation, camera, exposure and place of every real file with EXIF."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from foveal.probe import FileSource, probe

_ROOT = Path(__file__).parents[4]
_CORPUS = _ROOT.parent / "shared" / "corpus" / "good"
_FILES = sorted(
    path
    for folder in (_ROOT / "local/samples", _CORPUS)
    for path in folder.rglob("*")
    if path.suffix.lower()
    in (".jpg", ".jpeg", ".tif", ".tiff", ".heic", ".heif", ".png", ".webp", ".gif", ".bmp", ".psd")
)

pytestmark = pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed on this machine")


@pytest.fixture(scope="module")
def oracle() -> Mapping[str, dict[str, Any]]:
    """What exiftool says of every file, asked once; `#` asks for the bare number."""
    tags = ["-ImageWidth", "-ImageHeight", "-IFD0:Orientation#", "-IFD0:Make", "-IFD0:Model", "-ExifIFD:ISO"]
    tags += ["-ExifIFD:FNumber#", "-ExifIFD:FocalLength#", "-Composite:GPSLatitude#", "-Composite:GPSLongitude#"]
    asked = subprocess.run(
        ["exiftool", "-json", "-fast2", *tags, *map(str, _FILES)], capture_output=True, check=False, text=True
    )
    return {each["SourceFile"]: each for each in json.loads(asked.stdout)}


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.name)
def test_facts_are_those_of_exiftool(path: Path, oracle: Mapping[str, dict[str, Any]]) -> None:
    stated, facts = oracle[str(path)], probe(FileSource(path)).document()
    camera = facts.get("camera", {})
    if "ImageWidth" in stated:
        assert (facts["stored_width"], facts["stored_height"]) == (stated["ImageWidth"], stated["ImageHeight"])
    if stated.get("Orientation") in range(1, 9) and facts["format"] in ("jpeg", "tiff"):
        assert facts["orientation"] == stated["Orientation"]
    for ours, theirs in (("make", "Make"), ("model", "Model")):
        if isinstance(stated.get(theirs), str) and stated[theirs].strip():
            assert camera[ours] == stated[theirs].strip()
    for ours, theirs in (("iso", "ISO"), ("f_number", "FNumber"), ("focal_length_mm", "FocalLength")):
        if isinstance(stated.get(theirs), int | float) and stated[theirs] > 0:
            assert camera[ours] == pytest.approx(stated[theirs], rel=0.001)
    if isinstance(stated.get("GPSLongitude"), int | float):
        found = facts["location"]["coordinates"]
        assert found == pytest.approx([stated["GPSLongitude"], stated["GPSLatitude"]], abs=1e-6)
