import importlib
import json
import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless

from foveal.aws import functions
from foveal.aws.errors import Unreachable
from foveal.aws.s3 import S3
from foveal.catalog import label_schemas
from foveal.catalog.author import Author
from foveal.catalog.label_schema_models import LabelSchema
from foveal.derivatives.made import known, remember_refusal
from foveal.derivatives.recipes import Recipe
from foveal.encoding.ids import new_id
from foveal.errors import Unrenderable
from foveal.render.draw import selection
from foveal.render.drawing import Made
from foveal.render.isolation import limits
from foveal.render.isolation.client import Drawings, OutOfPatience
from tests.integration.delivery.world import World, jpeg
from tests.unit.render.test_dicom import file_of
from tests.unit.render.test_memory import large_webp
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


def test_video_gets_posters_and_a_strip_when_it_is_ready(world: World) -> None:
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


def test_derivative_is_made_once_when_many_request_it_at_once(world: World) -> None:
    asset_id = world.add(jpeg(800, 600))
    render = importlib.import_module("functions.render.handler").handler
    wanted = {"renders": [{"asset_id": asset_id, "query": {"variant": "thumbnail"}}]}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: render(wanted, None), range(8)))
    assert len({each["renders"][0]["key"] for each in answers}) == 1
    assert made(world, asset_id) == ["thumbnail"]


def recolour(world: World, known: int, colour: str) -> None:
    schema = LabelSchema.model_validate({"labels": [{"name": "cat", "color": colour}]})
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
def test_derivative_shows_the_revision_of_its_name_when_an_edit_comes_between(
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


def spoiled_annotation(world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    """An asset whose annotated picture ends in an error that nobody expects."""
    asset_id = world.add(jpeg(), width=400, height=300)
    drawn = selection.drawn

    def failing(catalog: Any, bucket: Any, asset: Mapping[str, Any], recipe: Recipe) -> Any:
        if asset["_id"] == asset_id:
            raise ZeroDivisionError
        return drawn(catalog, bucket, asset, recipe)

    monkeypatch.setattr(selection, "drawn", failing)
    return asset_id


def test_unexpected_error_of_one_picture_leaves_its_neighbours_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = spoiled_annotation(world, monkeypatch)
    good = [world.add(jpeg(), width=400, height=300) for _ in range(2)]
    body = {"asset_ids": [poison, *good], "variant": "annotated"}
    for _ in range(2):
        answer = world.call("POST /v1/projects/zoo/downloads", body)
    assert ["url" in each for each in answer.body["downloads"]] == [False, True, True]


def test_batch_of_downloads_says_why_when_a_picture_cannot_be_made(world: World) -> None:
    broken, good = world.add(b"no picture"), world.add(jpeg())
    body = {"asset_ids": [broken, good], "variant": "thumbnail"}
    world.call("POST /v1/projects/zoo/downloads", body)
    answer = world.call("POST /v1/projects/zoo/downloads", body)
    assert answer.body["downloads"][0]["problem"]["code"] == "Unrenderable"
    assert "url" in answer.body["downloads"][1]


def count_drawings(monkeypatch: pytest.MonkeyPatch, slow: float = 0.0) -> list[float | None]:
    """The patience of each drawing from now on, which ends when it is less than `slow`."""
    tried: list[float | None] = []
    draw = Drawings.draw

    def counted(self: Drawings, *arguments: Any, patience_seconds: float | None = None, **options: Any) -> Made:
        tried.append(patience_seconds)
        if patience_seconds is not None and patience_seconds < slow:
            raise OutOfPatience
        return draw(self, *arguments, patience_seconds=patience_seconds, **options)

    monkeypatch.setattr(Drawings, "draw", counted)
    return tried


def test_picture_that_cannot_be_made_is_tried_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = count_drawings(monkeypatch)
    broken = world.add(b"no picture")
    for _ in range(3):
        answer = world.call(f"GET /v1/assets/{broken}/content", query={"variant": "thumbnail"})
        assert (answer.status, answer.body["code"]) == (422, "Unrenderable")
    assert deliver(broken) == {"batchItemFailures": []}
    assert tried == [limits.MAX_PATIENCE_SECONDS]


def test_picture_that_takes_long_is_made_behind_the_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = count_drawings(monkeypatch, slow=math.inf)
    asset_id = world.add(jpeg())
    answer = world.call(f"GET /v1/assets/{asset_id}/content", query={"variant": "thumbnail"})
    assert (answer.status, answer.body["code"]) == (409, "RenditionNotReady")
    assert tried == [limits.MAX_PATIENCE_SECONDS, None]
    assert world.call(f"GET /v1/assets/{asset_id}/content", query={"variant": "thumbnail"}).status == 302


def test_picture_that_is_being_made_is_not_started_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = count_drawings(monkeypatch, slow=math.inf)
    monkeypatch.setattr(functions, "invoke_async", lambda *_: None)
    asset_id = world.add(jpeg())
    for _ in range(3):
        answer = world.call(f"GET /v1/assets/{asset_id}/content", query={"variant": "thumbnail"})
        assert (answer.status, answer.body["code"]) == (409, "RenditionNotReady")
    assert tried == [limits.MAX_PATIENCE_SECONDS]
    world.database.renditions.update_many({}, {"$set": {"expires_at": datetime.now(UTC)}})
    world.call(f"GET /v1/assets/{asset_id}/content", query={"variant": "thumbnail"})
    assert len(tried) == 2


def test_refusal_is_forgotten_after_a_day_and_the_picture_made_then(world: World) -> None:
    asset_id = world.add(jpeg())
    (key,) = [Recipe("rendition", "thumbnail", 320, "webp").key(world.document(asset_id))]
    remember_refusal(world.database, world.document(asset_id), key, Unrenderable("no"))
    record = world.database.renditions.find_one({"_id": key})
    assert record is not None
    assert timedelta(hours=23) < record["expires_at"].replace(tzinfo=UTC) - datetime.now(UTC) <= timedelta(days=1)
    world.database.renditions.delete_one({"_id": key})  # as the TTL index does
    assert deliver(asset_id) == {"batchItemFailures": []}
    assert known(world.database, [key]) == ({key}, {})


def test_record_of_an_earlier_version_still_counts_as_made(world: World) -> None:
    asset_id = world.add(jpeg())
    key = Recipe("rendition", "thumbnail", 320, "webp").key(world.document(asset_id))
    record = {"_id": key, "project": "zoo", "asset_id": asset_id, "created_at": datetime.now(UTC), "schema_version": 1}
    world.database.renditions.insert_one(record)
    assert known(world.database, [key, "other"]) == ({key}, {})


HOSTILE: dict[str, tuple[bytes, str]] = {
    "endless JP2 box in DICOM": (
        file_of(
            np.zeros((8, 8), np.uint8),
            JPEG2000Lossless,
            PixelData=encapsulate([b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(4) + b"ftypjp2 " + bytes(40)]),
        ).getvalue(),
        "application/dicom",
    ),
    "unknown codec": (clip("webm", 1).replace(b"V_VP8", b"V_XYZ"), "video/webm"),
    "WebP of 268 megapixels": (large_webp(), "image/webp"),
}


@pytest.mark.parametrize(("data", "mime_type"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_file_is_refused_at_once_and_its_message_handled(world: World, data: bytes, mime_type: str) -> None:
    asset_id = world.add(
        data, media_type=mime_type.partition("/")[0].replace("application", "image"), mime_type=mime_type
    )
    good = world.add(jpeg())
    assert deliver(asset_id, good) == {"batchItemFailures": []}
    answer = world.call(f"GET /v1/assets/{asset_id}/content", query={"variant": "thumbnail"})
    assert (answer.status, answer.body["code"]) == (422, "Unrenderable")
    assert made(world, good) == ["preview", "thumbnail"]
