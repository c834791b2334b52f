"""Matching of names: whole path, unique suffix, unique base name; never the first of several."""

import pytest

from foveal.formats.base.model.matching import AssetNames, Match

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


STEM_NAMES = ["images/train/a.jpg", "images/val/a.jpg", "images/val/b.v2.png", "c/b.png", "d/E.jpeg"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("images/train/a.jpg", Match("images/train/a.jpg", "path")),
        ("val/a.jpg", Match("images/val/a.jpg", "suffix")),
        ("a.jpg", None),
        ("images/train/a", Match("images/train/a.jpg", "stem")),
        ("b.v2", Match("images/val/b.v2.png", "stem")),
        ("data/images/train/a", Match("images/train/a.jpg", "stem")),
        ("a", None),
        ("b", Match("c/b.png", "stem")),
        ("e", Match("d/E.jpeg", "stem")),
        ("a.png", None),
        ("b.v3", None),
    ],
)
def test_name_is_matched_by_its_stem_when_nothing_else_fits(name: str, found: Match | None) -> None:
    assert AssetNames(STEM_NAMES).find(name) == found


def test_stem_is_found_of_an_asset_that_is_added_later() -> None:
    names = AssetNames(["a.jpg"])
    assert names.find("b") is None
    names.add("b.jpg")
    assert names.find("b") == Match("b.jpg", "stem")
    names.add("b.png")
    assert names.find("b") is None


def test_name_that_is_too_long_stands_for_nothing() -> None:
    assert AssetNames(["a.jpg"]).find("x/" * 1_000_000 + "a.jpg") is None


def test_extension_is_that_of_the_one_asset_of_a_stem() -> None:
    names = AssetNames(["a/1.jpg", "2.jpg", "2.png", "b.v2.PNG"])
    stems = ("1", "a/1", "2", "b.v2", "3", "1.jpg")
    assert [names.extension_of(each) for each in stems] == [".jpg", ".jpg", None, ".PNG", None, None]
