import importlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from foveal.aws.errors import Unreachable
from foveal.aws.s3 import S3
from foveal.catalog import label_schemas
from foveal.catalog.author import Author
from foveal.derivatives.recipes import Recipe
from foveal.ids import new_id
from tests.integration.delivery.world import World, jpeg
from tests.unit.render.test_video import clip


def deliver(*asset_ids: str) -> Any:
    """Hand the render function a batch of its queue."""
    records = [
        {"messageId": f"m{number}", "body": json.dumps({"detail-type": "AssetReady", "detail": {"asset_id": asset_id}})}
        for number, asset_id in enumerate(asset_ids)
    ]
    return importlib.import_module("functions.render.handler").handler({"Records": records}, None)


def made(world: World, asset_id: str) -> list[str]:
    listed = world.s3.list_object_versions(Bucket=world.bucket, Prefix=f"derived/zoo/{asset_id}/")
    return sorted(each["Key"].rpartition("/")[2].partition("-")[0] for each in listed.get("Versions", []))


def test_every_rendition_is_made_once_when_an_asset_is_ready(world: World) -> None:
    asset_id = world.add(jpeg())
    assert deliver(asset_id) == deliver(asset_id) == {"batchItemFailures": []}
    assert made(world, asset_id) == ["preview", "thumbnail"]


def test_a_video_gets_posters_and_a_strip_when_it_is_ready(world: World) -> None:
    asset_id = world.add(clip("mp4", 2), media_type="video", mime_type="video/mp4", file_name="a.mp4")
    assert deliver(asset_id) == {"batchItemFailures": []}
    assert made(world, asset_id) == ["preview", "strip", "thumbnail"]


def test_message_is_handled_when_no_picture_can_be_made_or_the_asset_is_gone(world: World) -> None:
    broken, gone, absent = world.add(b"not a picture"), world.add(jpeg()), new_id()
    world.s3.delete_object(
        Bucket=world.bucket,
        Key=world.document(gone)["s3"]["key"],
        VersionId=world.document(gone)["s3"]["version_id"],
    )
    assert deliver(broken, gone, absent) == {"batchItemFailures": []}


@pytest.mark.parametrize(
    ("data", "mime_type"), [(jpeg(), "image/jpeg"), (clip("mp4", 1), "video/mp4")], ids=["image", "video"]
)
def test_only_the_failed_message_is_delivered_again_when_the_bucket_is_unreachable(
    world: World, monkeypatch: pytest.MonkeyPatch, data: bytes, mime_type: str
) -> None:
    good = world.add(jpeg())
    bad = world.add(data, media_type=mime_type.partition("/")[0], mime_type=mime_type)
    key, get_range = world.document(bad)["s3"]["key"], S3.get_range

    def failing(self: S3, asked: str, *arguments: Any) -> Any:
        if asked == key:
            raise Unreachable("GetObject", "ConnectionResetError")
        return get_range(self, asked, *arguments)

    monkeypatch.setattr(S3, "get_range", failing)
    assert deliver(good, bad) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    monkeypatch.undo()


def test_one_object_is_made_when_many_ask_at_once(world: World) -> None:
    asset_id = world.add(jpeg(800, 600))
    render = importlib.import_module("functions.render.handler").handler
    wanted = {"renders": [{"asset_id": asset_id, "query": {"variant": "thumbnail"}}]}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: render(wanted, None), range(8)))
    assert len({each["renders"][0]["key"] for each in answers}) == 1
    assert made(world, asset_id) == ["thumbnail"]


def recolour(world: World, known: int, colour: str) -> None:
    schema = label_schemas.LabelSchema.model_validate({"labels": [{"name": "cat", "color": colour}]})
    label_schemas.put(world.database, "zoo", "animals", Author("user-1", datetime.now(UTC)), schema, known)


def add(world: World, asset_id: str, _: str) -> None:
    world.annotate(asset_id, label="cat", bbox=[0.0, 0.0, 0.1, 0.1])


def paint(world: World, _asset_id: str, _: str) -> None:
    recolour(world, 1, "#ff0201")


def move(world: World, _: str, annotation_id: str) -> None:
    change = {"$set": {"bbox": [0.0, 0.0, 1.0, 1.0]}, "$inc": {"revision": 1}}
    world.database.annotations.update_one({"_id": annotation_id}, change)


@pytest.mark.parametrize(
    ("variant", "edit"), [("overlay", add), ("annotated", add), ("overlay", paint), ("crop", move)]
)
def test_a_derivative_shows_what_its_name_says_when_an_edit_comes_between(
    world: World, monkeypatch: pytest.MonkeyPatch, variant: str, edit: Callable[[World, str, str], object]
) -> None:
    asset_id = world.add(jpeg(400, 300), width=400, height=300)
    recolour(world, 0, "#0102ff")
    annotation_id = world.annotate(asset_id, label="cat", bbox=[0.25, 0.25, 0.5, 0.5])
    chosen = {"annotation_id": annotation_id} if variant == "crop" else {}
    render = importlib.import_module("functions.render.handler").handler

    def rendered() -> tuple[str, bytes]:
        """Return the key and the bytes, and forget them, so that they are drawn anew."""
        (answer,) = render({"renders": [{"asset_id": asset_id, "query": {"variant": variant, **chosen}}]}, None)[
            "renders"
        ]
        data = world.s3.get_object(Bucket=world.bucket, Key=answer["key"])["Body"].read()
        world.s3.delete_object(Bucket=world.bucket, Key=answer["key"])
        world.database.renditions.delete_many({})
        return answer["key"], data

    before = rendered()
    name, edits = Recipe.key, [edit]

    def named(recipe: Recipe, asset: Mapping[str, Any]) -> str:
        key = name(recipe, asset)
        while edits:
            edits.pop()(world, asset_id, annotation_id)
        return key

    monkeypatch.setattr(Recipe, "key", named)
    assert rendered() == before
    after = rendered()
    assert after[0] != before[0]
    assert after[1] != before[1]
