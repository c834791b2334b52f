"""Annotated delivery of what is not in the asset's own document: frames, tracks, masks in the bucket, label schemas."""

import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from foveal.aws.s3 import S3
from foveal.catalog import label_schemas
from foveal.catalog.annotations.rasters.mask_objects import BucketMasks
from foveal.catalog.author import Author
from foveal.catalog.label_schema_models import LabelSchema
from foveal.probe import MemorySource, probe
from tests.integration.delivery.test_content import bytes_behind, content, picture
from tests.integration.delivery.world import World, jpeg
from tests.unit.render.test_frames import LENGTH, clip, spelled
from tests.unit.render.test_heatmaps import heatmap

SAMPLES = Path(__file__).parents[3] / "local/samples"
SIZE = {"width": 224, "height": 64}


def video(world: World, **facts: Any) -> str:
    data = clip("mp4", "libx264", bf="3", g="12").getvalue()
    found = {"media_type": "video", "mime_type": "video/mp4", "file_name": "a.mp4", "frame_count": LENGTH, **SIZE}
    return world.add(data, **{**found, **facts})


def overlay(world: World, asset_id: str, **query: str) -> dict[str, str]:
    """Drawn paths: the first one of each annotation, by its id."""
    svg = bytes_behind(world, content(world, asset_id, variant="overlay", **query)).decode()
    return dict(re.findall(r'data-annotation-id="([^"]+)"><path d="([^"]+)"', svg))


def drawn_on(world: World, asset_id: str, frame: str) -> set[str]:
    svg = bytes_behind(world, content(world, asset_id, variant="overlay", frame=frame)).decode()
    return set(re.findall(r'data-annotation-id="([^"]+)"', svg))


def keyframe(world: World, asset_id: str, frame: int, x: float, **facts: Any) -> str:
    place = {"track_id": "t1", "keyframe": True, "frame_index": frame, "bbox": [x, 0.25, 0.25, 0.5], "label": "car"}
    return world.annotate(asset_id, **{**place, **facts})


def test_requested_frame_is_drawn_with_its_own_annotations(world: World) -> None:
    asset_id = video(world)
    here = world.annotate(asset_id, frame_index=37, bbox=[0.0, 0.0, 0.5, 0.5])
    world.annotate(asset_id, frame_index=36, bbox=[0.5, 0.5, 0.5, 0.5])
    always = world.annotate(asset_id, bbox=[0.25, 0.25, 0.5, 0.5])
    lasting = world.annotate(asset_id, type="temporal", label="rain", support={"first": 30, "last": 37})
    assert drawn_on(world, asset_id, "37") == {here, always, lasting}
    assert drawn_on(world, asset_id, "38") == {always}
    with picture(world, content(world, asset_id, variant="annotated", frame="37", format="png")) as drawn:
        assert drawn.size == (224, 64)
        assert spelled(drawn.crop((0, 56, 224, 64)).resize((224, 64))) == 37


@pytest.mark.parametrize("variant", ["overlay", "annotated"])
def test_temporal_annotation_in_seconds_is_drawn_on_the_frames_displayed_meanwhile(world: World, variant: str) -> None:
    data = (SAMPLES / "earth.mp4").read_bytes()
    facts = {**probe(MemorySource(data)).document(), "mime_type": "video/mp4", "file_name": "earth.mp4"}
    seconds_per_frame = facts["frame_rate"]["den"] / facts["frame_rate"]["num"]
    annotated, plain = world.add(data, **facts), world.add(data, **facts)
    support = {"start_seconds": 5 * seconds_per_frame, "end_seconds": 7 * seconds_per_frame}
    world.annotate(annotated, type="temporal", label="sunrise", support=support)

    def made(asset_id: str, frame: int) -> bytes:
        return bytes_behind(world, content(world, asset_id, variant=variant, frame=str(frame)))

    drawn = [frame for frame in range(4, 9) if made(annotated, frame) != made(plain, frame)]
    assert drawn == [5, 6, 7]


def test_object_is_drawn_between_its_keyframes_until_it_is_outside(world: World) -> None:
    asset_id = video(world)
    first = keyframe(world, asset_id, 10, 0.0)
    last = keyframe(world, asset_id, 20, 0.5)
    keyframe(world, asset_id, 30, 0.5, outside=True)
    assert overlay(world, asset_id, frame="9") == {}
    halfway = overlay(world, asset_id, frame="15")
    assert halfway == {first: "M56.00 16.00L112.00 16.00L112.00 48.00L56.00 48.00z"}
    assert set(overlay(world, asset_id, frame="20")) == set(overlay(world, asset_id, frame="29")) == {last}
    assert overlay(world, asset_id, frame="30") == overlay(world, asset_id, frame="40") == {}


def test_annotations_of_a_tracker_for_every_frame_end_with_the_last_one(world: World) -> None:
    asset_id = video(world)
    for frame in (10, 11):
        keyframe(world, asset_id, frame, 0.0, keyframe=None)
    assert len(overlay(world, asset_id, frame="11")) == 1
    assert overlay(world, asset_id, frame="12") == {}


def test_crop_of_a_tracked_object_follows_it(world: World) -> None:
    asset_id = video(world)
    first = keyframe(world, asset_id, 10, 0.0)
    keyframe(world, asset_id, 20, 0.5)
    options = {"variant": "crop", "annotation_id": first, "margin": "0.0", "format": "png"}
    whole = {"variant": "annotated", "field": "ground_truth", "label": "car", "format": "png"}
    with picture(world, content(world, asset_id, **options)) as own:
        assert own.size == (56, 32)
    answer = content(world, asset_id, **options, frame="15")
    with picture(world, answer) as there, picture(world, content(world, asset_id, **whole, frame="15")) as still:
        assert there.size == (56, 32)
        inside = (10, 10, 46, 22)
        seen = np.asarray(still.convert("RGB").crop((66, 26, 102, 38))).astype(int)
        assert np.abs(np.asarray(there.convert("RGB").crop(inside)).astype(int) - seen).max() <= 2
    world.annotate(asset_id, frame_index=0, bbox=[0, 0, 1, 1])
    assert content(world, asset_id, **options, frame="15").headers["location"] != answer.headers["location"]
    assert (
        content(world, asset_id, **options).headers["location"]
        == content(world, asset_id, **options, frame="10").headers["location"]
    )


@pytest.mark.parametrize("frame_count", [LENGTH, None], ids=["the header tells", "only the video tells"])
@pytest.mark.parametrize("variant", ["overlay", "annotated"])
def test_frame_is_refused_when_it_does_not_exist(world: World, frame_count: int | None, variant: str) -> None:
    asset_id = video(world, frame_count=frame_count)
    assert content(world, asset_id, variant=variant, frame=str(LENGTH - 1)).status == 302
    answer = content(world, asset_id, variant=variant, frame=str(LENGTH))
    assert (answer.status, str(LENGTH) in answer.body["detail"]) == (422, True)


def test_crop_is_refused_on_a_frame_without_the_object(world: World) -> None:
    asset_id = video(world)
    only = world.annotate(asset_id, frame_index=10, bbox=[0.1, 0.1, 0.1, 0.1])
    assert content(world, asset_id, variant="crop", annotation_id=only).status == 302
    assert content(world, asset_id, variant="crop", annotation_id=only, frame="11").status == 422
    always = world.annotate(asset_id, bbox=[0.1, 0.1, 0.1, 0.1])
    assert content(world, asset_id, variant="crop", annotation_id=always).status == 422
    assert content(world, asset_id, variant="crop", annotation_id=always, frame="3").status == 302


def test_frame_of_a_moving_image_is_drawn_with_its_own_annotations(world: World) -> None:
    output = io.BytesIO()
    frames = [Image.new("RGB", (80, 60), colour) for colour in ("red", "green", "blue")]
    frames[0].save(output, "GIF", save_all=True, append_images=frames[1:])
    facts: dict[str, Any] = {
        "width": 80,
        "height": 60,
        "frame_count": 3,
        "mime_type": "image/gif",
        "file_name": "a.gif",
    }
    asset_id = world.add(output.getvalue(), **facts)
    first = world.annotate(asset_id, frame_index=0, bbox=[0, 0, 0.5, 0.5])
    third = world.annotate(asset_id, frame_index=2, bbox=[0, 0, 0.5, 0.5])
    assert set(overlay(world, asset_id)) == {first}
    assert set(overlay(world, asset_id, frame="2")) == {third}
    with picture(world, content(world, asset_id, variant="annotated", frame="2", format="png")) as drawn:
        assert drawn.convert("RGB").getpixel((70, 50)) == (0, 0, 255)
    assert content(world, asset_id, variant="overlay", frame="3").status == 422


def test_mask_is_drawn_when_it_lies_in_the_bucket(world: World) -> None:
    asset_id = world.add(jpeg(40, 30, "black"), width=40, height=30)
    counts = [30 * 10 + 10, 20, *([10, 20] * 19), 30 * 10]
    assert sum(counts) == 1200
    stored = BucketMasks(S3(world.bucket)).put("zoo", asset_id, json.dumps(counts).encode())
    mask = {"encoding": "coco_rle", "size": [30, 40], "s3": stored, "area": 400}
    annotation_id = world.annotate(asset_id, type="mask", mask=mask, bbox=[0.25, 1 / 3, 0.5, 2 / 3])
    assert overlay(world, asset_id) == {annotation_id: "M10 10h20v20h-20z"}
    with picture(world, content(world, asset_id, variant="annotated", format="png")) as drawn:
        painted = np.asarray(drawn.convert("RGB")).max(axis=2) > 40
        assert painted[10:, 10:30].all()
        assert np.count_nonzero(painted) == 400
    world.s3.delete_object(Bucket=world.bucket, Key=stored["key"], VersionId=stored["version_id"])
    world.annotate(asset_id, label="next revision", type="classification")
    assert content(world, asset_id, variant="overlay").body["code"] == "Unrenderable"


def test_heatmap_is_drawn_when_its_values_lie_in_the_bucket(world: World) -> None:
    asset_id = world.add(jpeg(40, 30, "black"), width=40, height=30)
    annotation = heatmap(np.ones((30, 40), np.float32), bbox=[0.0, 0.0, 0.5, 1.0])
    text = json.dumps(annotation["map"].pop("values")).encode()
    annotation["map"]["s3"] = BucketMasks(S3(world.bucket)).put("zoo", asset_id, text)
    world.annotate(asset_id, **annotation)
    with picture(world, content(world, asset_id, variant="annotated", format="png")) as drawn:
        painted = np.asarray(drawn.convert("RGB")).max(axis=2) > 100
    assert painted[:, :20].all()
    assert not painted[:, 20:].any()


def test_label_has_the_colour_of_its_schema_and_a_new_colour_applies_at_once(world: World) -> None:
    asset_id = world.add(jpeg(40, 30), width=40, height=30)
    world.annotate(asset_id, label="cat", bbox=[0.1, 0.1, 0.5, 0.5])

    def coloured(known: int, colour: str) -> str:
        schema = LabelSchema.model_validate({"labels": [{"name": "cat", "color": colour}]})
        label_schemas.put(world.database, "zoo", "animals", Author("user-1", datetime.now(UTC)), schema, known)
        return bytes_behind(world, content(world, asset_id, variant="overlay")).decode()

    assert 'stroke="#0102ff"' in coloured(0, "#0102ff")
    again = coloured(1, "#ff0201")
    assert 'stroke="#ff0201"' in again
    assert "#0102ff" not in again
