"""Matching of names: whole path, unique suffix, unique base name; never the first of several."""

import pytest

from foveal.formats.matching import AssetNames, Match

NAMES = AssetNames(["train/a/1.jpg", "val/a/1.jpg", "val/b/2.jpg", "été.jpg", "x y.jpg"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("train/a/1.jpg", Match("train/a/1.jpg", "path")),
        ("./train/a/1.jpg", Match("train/a/1.jpg", "path")),
        ("train\\a\\1.jpg", Match("train/a/1.jpg", "path")),
        ("/data/coco/train/a/1.jpg", Match("train/a/1.jpg", "suffix")),
        ("b/2.jpg", Match("val/b/2.jpg", "suffix")),
        ("2.jpg", Match("val/b/2.jpg", "base_name")),
        ("elsewhere/2.jpg", Match("val/b/2.jpg", "base_name")),
        ("1.jpg", None),
        ("a/1.jpg", None),
        ("3.jpg", None),
        ("e\u0301te\u0301.jpg", Match("été.jpg", "path")),
        ("x%20y.jpg", Match("x y.jpg", "path")),
        ("https://host/x%20y.jpg?X-Amz-Signature=1", Match("x y.jpg", "path")),
        ("B/2.JPG", Match("val/b/2.jpg", "suffix")),
        ("", None),
    ],
)
def test_name_finds_its_one_asset(name: str, expected: Match | None) -> None:
    assert NAMES.find(name) == expected
