"""Pixels of the stored frame become geometry of the displayed image, and come back as given."""

from typing import Any

import pytest
from pymongo.database import Database

from foveal.catalog.annotations.geometry.pixels import Display
from foveal.database.client import Document
from foveal.render.decode import orientation
from foveal.render.draw.shapes import ImageGeometry, Style, shape_of
from tests.integration.catalog.annotation_requests import GET, LIST, PATCH, RESTORE, create, created, on
from tests.integration.catalog.conftest import PROJECT, Client

STORED = {"field": "voc", "label": "dog", "coordinate_frame": "stored"}
SIDEWAYS = {"stored_width": 480, "stored_height": 640, "orientation": 6}
BOX = {**STORED, "type": "detection", "bbox_px": [48, 64, 240, 64]}


@pytest.fixture
def sideways(database: Database[Document], asset: Document) -> Document:
    """An asset of 640 x 480 pixels whose pixels are stored as 480 x 640."""
    database.assets.update_one({"_id": asset["_id"]}, {"$set": SIDEWAYS})
    return asset


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("media_type", ["image", "video"])
def test_display_turns_positions_as_the_renderer_does(turn: int, media_type: str) -> None:
    degrees = {1: 0, 2: 0, 3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270}[turn]
    video = {"rotation": degrees, "is_mirrored": turn in (2, 4, 5, 7)}
    asset = {"media_type": media_type, **(video if media_type == "video" else {"orientation": turn})}
    assert orientation.of_asset(asset) == turn
    assert Display.of(asset).position(0.1, 0.3) == pytest.approx(orientation.displayed((0.1, 0.3), turn))


def test_display_crops_to_the_clean_aperture() -> None:
    shown = {"left": 10, "top": 20, "width": 80, "height": 40}
    asset = {"media_type": "image", "stored_width": 100, "stored_height": 80, "clean_aperture": shown}
    assert Display.of(asset).position(0.5, 0.5) == pytest.approx((0.5, 0.5))
    assert Display.of(asset).position(0.1, 0.25) == pytest.approx((0, 0))
    assert Display.of(asset).lengths(0.8, 0.5) == pytest.approx((1, 1))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ({"type": "detection", "bbox_px": [48, 64, 240, 64]}, {"bbox": [0.8, 0.1, 0.1, 0.5]}),
        ({"type": "polygon", "rings_px": [[[48, 64], [240, 64], [240, 320]]]}, {"bbox": [0.5, 0.1, 0.4, 0.4]}),
        (
            {"type": "keypoints", "keypoints": [{"x_px": 48, "y_px": 64}, {"x_px": 96, "y_px": 320}]},
            {"bbox": [0.5, 0.1, 0.4, 0.1]},
        ),
        (
            {"type": "ellipse", "ellipse_px": {"cx": 240, "cy": 128, "rx": 48, "ry": 32}},
            {"bbox": [0.75, 0.4, 0.1, 0.2]},
        ),
        (
            {"type": "cuboid", "cuboid_px": [48, 64, 96, 64, 96, 128, 48, 128, 48, 64, 96, 64, 96, 128, 48, 128]},
            {"bbox": [0.8, 0.1, 0.1, 0.1]},
        ),
        (
            {"type": "mask", "mask": {"encoding": "coco_rle", "size": [640, 480], "counts": [5, 3, 640 * 480 - 8]}},
            {"bbox": [1 - 8 / 640, 0, 3 / 640, 1 / 480]},
        ),
    ],
    ids=lambda value: value.get("type", "") if isinstance(value, dict) else "",
)
def test_pixels_of_the_stored_frame_are_placed_on_the_displayed_image(
    sideways: Document, editor: Client, shape: Any, expected: Any
) -> None:
    made = created(editor, sideways, {**STORED, **shape})
    assert made["bbox"] == pytest.approx(expected["bbox"])
    assert made["coordinate_frame"] == "stored"
    assert "relative_to" not in made
    for name, value in shape.items():
        if name.endswith("_px"):
            assert made[name] == value
    got = editor.call(GET, {"annotation_id": made["annotation_id"]}).body
    assert got == made


def test_search_finds_stored_frames_by_their_displayed_size(sideways: Document, editor: Client, viewer: Client) -> None:
    created(editor, sideways, BOX)
    tall = {"annotations": {"any": {"height": {"gte": 0.45}, "width": {"lte": 0.15}}}}
    answer = viewer.call("POST /v1/projects/{project}/assets/search", {"project": PROJECT}, {"filter": tall})
    assert [each["asset_id"] for each in answer.body["items"]] == [sideways["_id"]]


def test_changes_keep_the_displayed_geometry_of_stored_frames(
    database: Database[Document], sideways: Document, editor: Client
) -> None:
    made = created(editor, sideways, BOX)
    renamed = editor.call(PATCH, **on(made), body={"label": "cat"}).body
    turned = editor.call(PATCH, **on(renamed), body={"rotation": 10}).body
    restored = editor.call(RESTORE, **on(turned), body={"to": 1}).body
    for each in (renamed, turned, restored):
        assert each["bbox"] == pytest.approx(made["bbox"])
        assert each["bbox_px"] == BOX["bbox_px"]
    assert (database.annotations.find_one() or {})["relative_to"] == "display"
    replaced = editor.call(PATCH, **on(restored), body={"bbox": [0.1, 0.2, 0.3, 0.4]}).body
    assert replaced["bbox"] == [0.1, 0.2, 0.3, 0.4]
    assert "coordinate_frame" not in replaced
    assert "relative_to" not in (database.annotations.find_one() or {})


def test_annotations_of_earlier_versions_keep_geometry_of_the_stored_image(
    database: Database[Document], sideways: Document, editor: Client
) -> None:
    made = created(editor, sideways, BOX)
    old = {"$set": {"bbox": [0.1, 0.1, 0.5, 0.1]}, "$unset": {"relative_to": ""}}
    database.annotations.update_one({}, old)
    changed = editor.call(PATCH, **on(made), body={"label": "cat"}).body
    assert changed["bbox"] == [0.1, 0.1, 0.5, 0.1]
    stored = database.annotations.find_one() or {}
    assert "relative_to" not in stored
    assert editor.call(LIST, {"asset_id": sideways["_id"]}).status == 200


@pytest.mark.parametrize("shape", [BOX, {**STORED, "type": "polygon", "rings_px": [[[48, 64], [240, 64], [240, 320]]]}])
def test_renderer_draws_old_and_new_stored_frames_at_the_same_place(
    database: Database[Document], sideways: Document, editor: Client, shape: Any
) -> None:
    created(editor, sideways, shape)
    new = database.annotations.find_one() or {}
    old = {name: new[name] for name in new if name not in ("relative_to", "bbox", "rings")}
    old["bbox"] = [48 / 480, 64 / 640, 240 / 480, 64 / 640]
    if "rings_px" in shape:
        old["rings"] = [[[x / 480, y / 640] for x, y in ring] for ring in shape["rings_px"]]
    picture = ImageGeometry((640, 480), (480, 640), 6)
    shown = [shape_of(each, (640, 480), Style(), picture).bounds for each in (old, new)]
    assert shown[0] == pytest.approx(shown[1])


@pytest.mark.parametrize(
    ("more", "detail"),
    [
        ({"bbox": [0.1, 0.1, 0.2, 0.2]}, "bbox is relative to the displayed image; in the stored frame send pixels"),
        ({"type": "polygon", "rings": [[[0, 0], [0, 1], [1, 1]]]}, "rings is relative to the displayed image"),
    ],
)
def test_relative_values_in_the_stored_frame_are_refused(
    sideways: Document, editor: Client, more: Any, detail: str
) -> None:
    answer = create(editor, sideways, {**STORED, "type": "detection", **more})
    assert answer.status == 400
    assert answer.body["detail"].startswith(detail)


def test_rotation_in_the_stored_frame_of_a_mirrored_image_is_refused(
    database: Database[Document], sideways: Document, editor: Client
) -> None:
    assert create(editor, sideways, {**BOX, "rotation": 15}).status == 201
    database.assets.update_one({"_id": sideways["_id"]}, {"$set": {"orientation": 5}})
    answer = create(editor, sideways, {**BOX, "rotation": 15})
    assert (answer.status, answer.body["detail"][:23]) == (400, "rotation has no meaning")


PIXELS: list[tuple[Any, str]] = [
    ({"type": "detection", "bbox": [64, 48, 128, 96]}, "bbox_px"),
    ({"type": "detection", "bbox": [0, 0, 640, 480]}, "bbox_px"),
    ({"type": "polygon", "rings": [[[10, 10], [200, 10], [200, 90]]]}, "rings_px"),
    ({"type": "keypoints", "keypoints": [{"x": 10, "y": 20}]}, "x_px and y_px"),
    ({"type": "ellipse", "ellipse": {"cx": 100, "cy": 100, "rx": 5, "ry": 5}}, "ellipse_px"),
    ({"type": "cuboid", "cuboid": [float(10 + n) for n in range(16)]}, "cuboid_px"),
]


@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize(("shape", "name"), PIXELS)
def test_pixels_sent_as_relative_values_name_the_field_for_pixels(
    asset: Document, editor: Client, shape: Any, name: str, clip: bool
) -> None:
    answer = create(editor, asset, {"field": "coco", **shape}, clip=clip)
    assert answer.status == 400
    assert answer.body["detail"].endswith(f"is relative to the image, from 0 to 1; send pixels as {name}.")


@pytest.mark.parametrize(
    "shape",
    [
        {"type": "cuboid", "cuboid": [0.0] * 16},
        {"type": "cuboid", "cuboid": [0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.4, 0.4] * 2},
        {"type": "cuboid", "cuboid_px": [5.0] * 16},
        {"type": "polygon", "rings": [[[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]]]},
    ],
)
def test_shapes_without_an_area_are_refused(asset: Document, editor: Client, shape: Any) -> None:
    answer = create(editor, asset, {"field": "m", **shape})
    assert answer.status == 400
    assert "on one line" in answer.body["detail"]
