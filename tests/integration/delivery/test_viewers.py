"""Routes for viewers: the table of a video's frames, the tiles of a large picture."""

import io
import json
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
from PIL import Image

from foveal.derivatives import made
from foveal.derivatives.made import evicted
from tests.integration.delivery.test_downloads import edge
from tests.integration.delivery.world import World, jpeg
from tests.unit.render.test_dicom import file_of
from tests.unit.render.test_video import clip


def body(world: World, url: str) -> tuple[bytes, str]:
    """Return the bytes and the type of what a signed URL of the CDN leads to."""
    assert edge().admits(url)
    found = world.s3.get_object(Bucket=world.bucket, Key=unquote(urlsplit(url).path).lstrip("/"))
    return found["Body"].read(), found["ContentType"]


def a_video(world: World) -> str:
    return world.add(clip("mp4", 2), media_type="video", mime_type="video/mp4", file_name="a.mp4", frame_count=20)


def test_frames_of_a_video_are_a_table_behind_a_signed_url(world: World) -> None:
    asset_id = a_video(world)
    answer = world.call(f"GET /v1/assets/{asset_id}/frames", roles="zoo:viewer")
    assert answer.status == 302, answer.body
    data, content_type = body(world, answer.headers["location"])
    table = json.loads(data)
    assert content_type == "application/json"
    assert (table["frame_count"], len(table["runs"])) == (20, 1)
    assert table["runs"][0][0] == 19
    again = world.call(f"GET /v1/assets/{asset_id}/content", query={"variant": "frames"})
    assert again.headers["location"] == answer.headers["location"]
    assert len(world.invocations) == 1


def test_frames_are_those_of_videos_alone(world: World) -> None:
    answer = world.call(f"GET /v1/assets/{world.add(jpeg())}/frames")
    assert (answer.status, answer.body["code"]) == (422, "Unprocessable")


@pytest.mark.parametrize("path", ["frames", "tiles"])
def test_asset_of_another_project_looks_absent_to_viewers(world: World, path: str) -> None:
    foreign = world.call(f"GET /v1/assets/{a_video(world)}/{path}", roles="aquarium:viewer")
    absent = world.call(f"GET /v1/assets/0190a1b2-0000-7000-8000-000000000000/{path}", roles="aquarium:viewer")
    assert (foreign.status, foreign.body) == (404, absent.body)


def test_tiles_are_made_one_by_one_on_demand(world: World) -> None:
    asset_id = world.add(jpeg(1100, 600), width=1100, height=600)
    source: Any = world.call(f"GET /v1/assets/{asset_id}/tiles", roles="zoo:viewer").body
    assert source == {
        "width": 1100,
        "height": 600,
        "tile_size": 512,
        "overlap": 0,
        "format": "webp",
        "levels": [{"width": 275, "height": 150}, {"width": 550, "height": 300}, {"width": 1100, "height": 600}],
    }
    query = {"variant": "tile", "z": "2", "x": "2", "y": "1"}
    answer = world.call(f"GET /v1/assets/{asset_id}/content", query=query)
    assert answer.status == 302, answer.body
    data, content_type = body(world, answer.headers["location"])
    assert (Image.open(io.BytesIO(data)).size, content_type) == ((76, 88), "image/webp")
    beyond = world.call(f"GET /v1/assets/{asset_id}/content", query={**query, "x": "3"})
    assert (beyond.status, beyond.body["code"]) == (422, "Unprocessable")


def test_tiles_take_no_room_from_derivatives_on_request(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asset_id = world.add(jpeg(1100, 600), width=1100, height=600)
    monkeypatch.setattr(made, "MAX_PER_ASSET", 2)
    for x in "012":
        query = {"variant": "tile", "z": "2", "x": x, "y": "0"}
        assert world.call(f"GET /v1/assets/{asset_id}/content", query=query).status == 302
    asset = world.document(asset_id)
    assert evicted(world.database, asset_id, asset["created_at"]) == []


def test_values_of_a_dicom_picture_are_behind_a_signed_url_among_downloads(world: World) -> None:
    stored = np.arange(64, dtype=np.uint16).reshape(8, 8)
    data = file_of(stored, RescaleSlope=1, RescaleIntercept=-1024).getvalue()
    facts = {"format": "dicom", "mime_type": "application/dicom", "colour_space": "gray", "file_name": "a.dcm"}
    asset_ids = [world.add(data, media_type="image", **facts), world.add(jpeg())]
    request = {"asset_ids": asset_ids, "variant": "values"}
    first = world.call("POST /v1/projects/zoo/downloads", request).body["downloads"]
    assert [each["problem"]["code"] for each in first] == ["RenditionNotReady", "Unprocessable"]
    world.call(f"GET /v1/assets/{asset_ids[0]}/content", query={"variant": "values"})
    found, content_type = body(
        world, world.call("POST /v1/projects/zoo/downloads", request).body["downloads"][0]["url"]
    )
    picture = Image.open(io.BytesIO(found))
    scale = json.loads(picture.info["foveal:values"])
    assert content_type == "image/png"
    assert (np.asarray(picture) * scale["slope"] + scale["intercept"] == stored.astype(float) - 1024).all()
