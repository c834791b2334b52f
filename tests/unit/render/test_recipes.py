from dataclasses import replace
from typing import Any

import pytest

from foveal.derivatives import recipes
from foveal.derivatives.recipes import GENERATION, Recipe, Renditions
from foveal.errors import Unprocessable

RENDITIONS = Renditions.from_json(
    '{"thumbnail": {"width": 320, "format": "webp"}, "preview": {"width": 1280, "format": "jpeg"}}'
)
ASSET = {
    "_id": "0190",
    "project": "zoo",
    "media_type": "image",
    "s3": {"key": "k", "version_id": "v1"},
    "annotation_revision": 3,
    "label_summary": [{"field": "f", "label": "cat", "type": "detection", "count": 1}],
}


def test_names_are_pinned_while_the_generation_stays() -> None:
    assert GENERATION == 4, "raise it, and these names, when the same recipe gives other bytes"
    assert Recipe("rendition", "thumbnail", 320, "webp").name == "thumbnail-9795cda375e7.webp"
    assert recipes.strip().name == "strip-bf94c9e33e15.webp"
    annotated = Recipe("annotated", "annotated", 1280, "jpeg", revision=7, labels=("a",), min_confidence=0.5)
    assert annotated.name == "annotated-r7-da44aba9523e.jpg"


def test_every_part_of_a_recipe_changes_its_name() -> None:
    base = Recipe("annotated", "annotated", 1280, "jpeg", revision=7)
    changes: list[dict[str, Any]] = [
        {"width": 640},
        {"format": "png"},
        {"revision": 8},
        {"field": "f"},
        {"labels": ("a",)},
        {"labels": ("a", "b")},
        {"min_confidence": 0.5},
        {"margin": 0.1},
        {"annotation_id": "x"},
        {"frame": 0},
        {"frame": 7},
        {"label_revision": 2},
        {"kind": "crop"},
    ]
    names = [base.name, *(replace(base, **change).name for change in changes)]
    assert len(set(names)) == len(names)


def test_key_names_the_version_when_bytes_are_replaced() -> None:
    recipe = Recipe("rendition", "thumbnail", 320, "webp")
    assert recipe.key(ASSET) == f"derived/zoo/0190/v1/{recipe.name}"
    assert recipe.key({**ASSET, "s3": {"version_id": "v2"}}) != recipe.key(ASSET)


def test_order_of_labels_does_not_matter() -> None:
    asset = {**ASSET, "label_summary": [{"field": "f", "label": each} for each in ("a", "b")]}
    one, other = (
        recipes.requested(asset, RENDITIONS, {"variant": "overlay", "label": text}) for text in ("a,b", "b,a,b")
    )
    assert one == other


def test_labels_are_one_recipe_in_either_normalisation_form() -> None:
    asset = {**ASSET, "label_summary": [{"field": "f", "label": "caf\u00e9"}]}
    recipe = recipes.requested(asset, RENDITIONS, {"variant": "overlay", "label": "cafe\u0301"})
    assert recipe.labels == ("caf\u00e9",)


def test_widest_rendition_is_taken_when_none_is_named() -> None:
    assert recipes.requested(ASSET, RENDITIONS, {"variant": "annotated"}).width == 1280
    assert recipes.requested(ASSET, RENDITIONS, {"variant": "annotated", "rendition": "thumbnail"}).width == 320


@pytest.mark.parametrize(("text", "value"), [("0", 0.0), ("0.05", 0.05), ("0.55", 0.55), ("1", 1.0)])
def test_confidence_goes_in_steps(text: str, value: float) -> None:
    recipe = recipes.requested(ASSET, RENDITIONS, {"variant": "overlay", "min_confidence": text})
    assert recipe.min_confidence == value


def test_video_gets_a_strip_and_an_image_does_not() -> None:
    assert [each.label for each in recipes.automatic(ASSET, RENDITIONS)] == ["thumbnail", "preview"]
    video = {**ASSET, "media_type": "video"}
    assert [each.label for each in recipes.automatic(video, RENDITIONS)] == ["thumbnail", "preview", "strip"]


VIDEO = {**ASSET, "media_type": "video", "frame_count": 25}


def test_last_frame_can_be_asked_for_and_no_later_one() -> None:
    recipe = recipes.requested(VIDEO, RENDITIONS, {"variant": "annotated", "frame": "24"})
    assert recipe.frame == 24
    with pytest.raises(Unprocessable, match="25"):
        recipes.requested(VIDEO, RENDITIONS, {"variant": "annotated", "frame": "25"})


@pytest.mark.parametrize("frame", ["-1", "1.5", "x", "", " 1", "1e3", "99999999999999999999", "\u0663"])
def test_frame_is_refused_when_it_is_no_number(frame: str) -> None:
    with pytest.raises(Unprocessable):
        recipes.requested(VIDEO, RENDITIONS, {"variant": "overlay", "frame": frame})


@pytest.mark.parametrize("variant", ["overlay", "annotated"])
def test_video_is_refused_when_no_frame_is_named(variant: str) -> None:
    with pytest.raises(Unprocessable, match="frame"):
        recipes.requested(VIDEO, RENDITIONS, {"variant": variant})


def test_frame_0_of_an_image_is_the_image() -> None:
    plain, first = ({"variant": "overlay"}, {"variant": "overlay", "frame": "0"})
    assert recipes.requested(ASSET, RENDITIONS, plain) == recipes.requested(ASSET, RENDITIONS, first)
    moving = {**ASSET, "frame_count": 3}
    assert recipes.requested(moving, RENDITIONS, plain) == recipes.requested(moving, RENDITIONS, first)
    with pytest.raises(Unprocessable):
        recipes.requested(ASSET, RENDITIONS, {"variant": "overlay", "frame": "1"})


@pytest.mark.parametrize("variant", ["strip", "frames"])
def test_frame_is_refused_where_all_frames_are_shown(variant: str) -> None:
    with pytest.raises(Unprocessable):
        recipes.requested(VIDEO, RENDITIONS, {"variant": variant, "frame": "1"})


def test_rendition_of_a_frame_is_a_derivative_of_its_own() -> None:
    poster, frame = (
        recipes.requested(VIDEO, RENDITIONS, {"variant": "thumbnail", **more}) for more in ({}, {"frame": "1"})
    )
    assert (poster.frame, frame.frame) == (None, 1)
    assert poster.name != frame.name
    assert poster.shows_asset
    assert not frame.shows_asset
    with pytest.raises(Unprocessable, match="25"):
        recipes.requested(VIDEO, RENDITIONS, {"variant": "thumbnail", "frame": "25"})
