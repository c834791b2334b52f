"""Facts of media beside label files: in the source, or in the usual places beside a single file."""

import io
from pathlib import Path
from unittest.mock import patch

import pytest
from PIL import Image

from foveal.formats.base.files.probing import prober
from foveal.formats.base.files.source import open_source
from foveal.formats.base.model.context import AssetFacts


def _picture() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (40, 30)).save(stream, "JPEG")
    return stream.getvalue()


PICTURE = _picture()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.jpg", "images/b.jpg", "deep/below/c.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(PICTURE)
    (tmp_path / "labels.json").write_text("{}")
    return tmp_path


def test_media_of_a_folder_are_found_by_any_unique_end_of_their_path(folder: Path) -> None:
    with open_source(folder) as source:
        facts_of = prober(source)
        assert facts_of("c.jpg") == AssetFacts(40, 30, 1, 1)
        assert facts_of("labels.json") is None


def test_media_beside_a_single_file_are_found_without_a_walk_over_its_folder(folder: Path) -> None:
    with open_source(folder / "labels.json") as source, patch("os.walk", side_effect=AssertionError):
        facts_of = prober(source)
        assert isinstance(facts_of("a.jpg"), AssetFacts)
        assert isinstance(facts_of("val2017/b.jpg"), AssetFacts)
        assert facts_of("c.jpg") is None
        assert facts_of("../../etc/passwd.jpg") is None
        assert facts_of("a\0.jpg") is None
