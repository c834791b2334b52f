"""Placement: what lies outside is told or cut, never moved in silence; sides that differ are asked or told."""

from typing import Any

import pytest

from foveal.catalog.annotations.geometry.place import Canvas
from foveal.catalog.annotations.geometry.place import place as store
from foveal.catalog.annotations.models import ANNOTATION
from foveal.formats.base.geometry.placement import Frame, frame_of, place
from foveal.formats.base.model.context import AssetFacts, Context
from foveal.formats.base.model.items import Annotation, Asset, FileWarning, NotImported, Question

SIDES = (100, 50)


def placed(**body: Any) -> list[Annotation | NotImported | FileWarning]:
    annotation = Annotation("a.jpg", {"field": "ground_truth", **body}, "/annotations/0", "{}")
    return list(place(annotation, Frame(SIDES, {})))


def box(*numbers: float, **more: Any) -> dict[str, Any]:
    return {"type": "detection", "bbox_px": list(numbers), **more}


def polygon(*points: tuple[float, float]) -> dict[str, Any]:
    return {"type": "polygon", "rings_px": [[list(each) for each in points]]}


WITHIN = [
    box(0, 0, 100, 50),
    box(10, 10, 0, 0),
    box(0, 0, 100.00001, 50),
    box(80, 30, 30, 30, rotation=45.0),
    box(100, 20, 30, 30, rotation=90.0, rotation_origin="top_left"),
    polygon((0, 0), (10, 0), (10, 10)),
    {"type": "polyline", "rings_px": [[[0, 0], [1, 1]]]},
    {"type": "keypoints", "keypoints": [{"x_px": 5, "y_px": 5}, {"visibility": 0, "x_px": 500, "y_px": 0}]},
    {"type": "ellipse", "ellipse_px": {"cx": 50, "cy": 25, "rx": 5, "ry": 5}},
    {"type": "detection", "bbox": [0.25, 0.25, 0.5, 0.5]},
]
CUT = [
    box(-10, 0, 50, 50),
    box(90, 40, 30, 30),
    polygon((-5, 0), (10, 0), (10, 10)),
    {"type": "keypoints", "keypoints": [{"x_px": 105, "y_px": 5}]},
    {"type": "detection", "bbox": [0.75, 0.25, 0.5, 0.5]},
]
TOLD = [
    box(0, 0, -1, 5),
    box(100, 10, 5, 5),
    box(0, -5, 10, 5),
    box(200, 10, 5, 5),
    box(float("nan"), 0, 1, 1),
    box(95, 45, 30, 30, rotation=45.0),
    box(0, 0, 30, 30, rotation=90.0, rotation_origin="top_left"),
    polygon((0, 0), (10, 10), (10, 10)),
    polygon((0, 0), (10, 10), (20, 20)),
    polygon((200, 0), (210, 0), (210, 10)),
    {"type": "polyline", "rings_px": [[[1, 1], [1, 1]]]},
    {"type": "detection", "bbox": [12, 10, 30, 20]},
    {"type": "mask", "mask": {"encoding": "coco_rle", "size": [100, 50], "counts": [5000]}},
]


def stored(body: dict[str, Any]) -> None:
    asset: Any = {"width": SIDES[0], "height": SIDES[1], "media_type": "image"}
    store(ANNOTATION.validate_python({"field": "ground_truth", **body}), Canvas(asset), clip=True)


@pytest.mark.parametrize("body", WITHIN)
def test_annotation_within_the_image_passes_and_can_be_stored(body: dict[str, Any]) -> None:
    assert [type(each) for each in placed(**body)] == [Annotation]
    stored(body)


@pytest.mark.parametrize("body", CUT)
def test_annotation_partly_outside_passes_with_a_warning_and_its_own_numbers(body: dict[str, Any]) -> None:
    warning, annotation = placed(**body)
    assert isinstance(warning, FileWarning)
    assert warning.code == "cut_at_edge"
    assert isinstance(annotation, Annotation)
    assert annotation.body == {"field": "ground_truth", **body}
    stored(body)


@pytest.mark.parametrize("body", TOLD)
def test_annotation_that_the_catalog_refuses_is_told(body: dict[str, Any]) -> None:
    (problem,) = placed(**body)
    assert isinstance(problem, NotImported)
    with pytest.raises(ValueError, match=r"\w"):
        stored(body)


def test_sides_of_the_asset_leave_a_file_as_it_is_when_they_are_equal_or_unknown() -> None:
    assert frame_of(Asset("a", width=4, height=3), AssetFacts(4, 3), Context()) == Frame((4, 3), {})
    assert frame_of(Asset("a"), AssetFacts(4, 3), Context()) == Frame((4, 3), {})
    assert frame_of(Asset("a", width=4, height=3), None, Context()) == Frame((4, 3), {})
    assert frame_of(Asset("a"), None, Context()) == Frame(None, {})


def test_sides_in_the_same_ratio_are_scaled() -> None:
    found = frame_of(Asset("a", width=400, height=300), AssetFacts(800, 600), Context())
    assert found == Frame((400, 300), {"image_size": [400, 300]})


def test_sides_that_are_swapped_are_asked() -> None:
    asset, facts = Asset("a", width=300, height=400), AssetFacts(400, 300, orientation=6)
    question = frame_of(asset, facts, Context())
    assert isinstance(question, Question)
    assert question.option == "coordinate_frame"
    stored_frame = frame_of(asset, facts, Context({"coordinate_frame": "stored"}))
    assert stored_frame == Frame((300, 400), {"coordinate_frame": "stored"})
    assert frame_of(asset, facts, Context({"coordinate_frame": "displayed"})) == Frame((400, 300), {})


def test_other_sides_are_told() -> None:
    found = frame_of(Asset("a", width=400, height=300), AssetFacts(640, 640), Context())
    assert found == "the file states 400 x 300 pixels, the asset has 640 x 640"


@pytest.mark.parametrize("number", [1e308, -1e308, 2.0**54])
def test_position_is_refused_when_it_has_no_pixels(number: float) -> None:
    for body in (
        {"type": "polyline", "rings": [[[0.1, 0.1], [number, 0.2]]]},
        {"type": "polyline", "rings_px": [[[1.0, 1.0], [number, 2.0]]]},
        {"type": "detection", "bbox": [number, 0.1, 0.1, 0.1]},
        {"type": "detection", "bbox_px": [1.0, 1.0, abs(number), 1.0]},
    ):
        [found] = placed(**body)
        assert isinstance(found, NotImported)


@pytest.mark.parametrize("point", [{"x": 0.5}, {"y": 0.5}, {"x_px": 5.0}, {"y_px": 5.0}])
def test_keypoint_with_half_of_its_position_is_told(point: dict[str, float]) -> None:
    (found,) = placed(type="keypoints", keypoints=[point])
    assert isinstance(found, NotImported)
    assert "only one of" in found.reason
