"""Fingerprints of pictures: facts that render finds with the first rendition, also of assets that were drawn before."""

import base64
from pathlib import Path

from tests.integration.delivery.test_renders import deliver, made
from tests.integration.delivery.world import World, jpeg
from tests.unit.render.test_video import clip

PHOTO = (Path(__file__).parents[3] / "local/samples/karts.jpg").read_bytes()


def forget(world: World, asset_id: str) -> None:
    """Make the asset one that an earlier version of Foveal drew."""
    world.database.assets.update_one({"_id": asset_id}, {"$unset": {"thumbhash": 1, "perceptual_hash": 1}})


def test_picture_has_its_fingerprint_once_it_is_drawn(world: World) -> None:
    asset_id = world.add(PHOTO)
    before = world.document(asset_id)
    deliver(asset_id)
    after = world.document(asset_id)
    assert 5 <= len(base64.b64decode(after["thumbhash"])) <= 25
    assert len(bytes.fromhex(after["perceptual_hash"])) == 8
    assert {name: after[name] for name in before} == before


def test_plain_picture_has_a_placeholder_alone(world: World) -> None:
    asset_id = world.add(jpeg())
    deliver(asset_id)
    assert "perceptual_hash" not in world.document(asset_id)
    assert world.document(asset_id)["thumbhash"]


def test_video_has_the_fingerprint_of_its_poster(world: World) -> None:
    asset_id = world.add(clip("mp4", 2), media_type="video", mime_type="video/mp4", file_name="a.mp4")
    deliver(asset_id)
    assert world.document(asset_id)["thumbhash"]


def test_asset_that_was_drawn_before_gets_its_fingerprint_and_no_other_derivatives(world: World) -> None:
    asset_id = world.add(PHOTO)
    deliver(asset_id)
    known = world.document(asset_id)
    forget(world, asset_id)
    assert deliver(asset_id) == {"batchItemFailures": []}
    assert world.document(asset_id) == known
    assert made(world, asset_id) == ["preview", "thumbnail"]


def test_fingerprint_is_not_that_of_a_version_that_came_meanwhile(world: World) -> None:
    asset_id = world.add(PHOTO)
    drawn = world.database.assets.find_one({"_id": asset_id})
    assert drawn is not None
    world.database.assets.update_one({"_id": asset_id}, {"$set": {"s3.version_id": "another"}})
    deliver(asset_id)  # its bytes are not there
    assert "thumbhash" not in world.document(asset_id)
