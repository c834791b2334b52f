import io
import re
from typing import Any
from unittest.mock import Mock
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from PIL import Image

from foveal.aws import errors as aws
from foveal.aws.s3 import S3
from foveal.encoding.ids import new_id
from tests.integration.delivery.test_downloads import edge
from tests.integration.delivery.world import Answer, World, jpeg


def content(world: World, asset_id: str, if_none_match: str = "", **query: str) -> Answer:
    headers = {"if-none-match": if_none_match} if if_none_match else {}
    return world.call(f"GET /v1/assets/{asset_id}/content", query=query, headers=headers, roles="zoo:viewer")


def bytes_behind(world: World, answer: Answer) -> bytes:
    """Key, and version if one is named, that the CDN would fetch for a redirect."""
    assert answer.status == 302, answer
    location = answer.headers["location"]
    assert edge().admits(location)
    split = urlsplit(location)
    key, version = unquote(split.path)[1:], parse_qs(split.query).get("versionId")
    if version:
        return world.s3.get_object(Bucket=world.bucket, Key=key, VersionId=version[0])["Body"].read()
    return world.s3.get_object(Bucket=world.bucket, Key=key)["Body"].read()


def picture(world: World, answer: Answer) -> Image.Image:
    return Image.open(io.BytesIO(bytes_behind(world, answer)))


def test_stable_address_leads_to_the_current_bytes_when_they_are_replaced(world: World) -> None:
    first, second = jpeg(colour="red"), jpeg(colour="green")
    asset_id = world.add(first)
    assert bytes_behind(world, content(world, asset_id)) == first
    stored = world.document(asset_id)["s3"]
    put = world.s3.put_object(Bucket=world.bucket, Key=stored["key"], Body=second)
    assert bytes_behind(world, content(world, asset_id)) == first
    world.database.assets.update_one({"_id": asset_id}, {"$set": {"s3.version_id": put["VersionId"]}})
    assert bytes_behind(world, content(world, asset_id)) == second
    assert bytes_behind(world, content(world, asset_id, version_id=stored["version_id"])) == first


def test_content_answers_304_when_the_caller_has_the_bytes(world: World) -> None:
    asset_id = world.add(jpeg())
    etag = content(world, asset_id).headers["etag"]
    again = content(world, asset_id, etag)
    assert (again.status, again.headers["etag"], again.body) == (304, etag, None)
    assert content(world, asset_id, '"other"').status == 302


def test_redirect_to_content_is_not_cached(world: World) -> None:
    assert content(world, world.add(jpeg())).headers["cache-control"] == "no-store"


def test_absent_and_foreign_assets_answer_alike(world: World) -> None:
    foreign = world.add(jpeg(), project="aquarium")
    answers = [content(world, asset_id) for asset_id in (foreign, new_id(), "nonsense")]
    assert {each.status for each in answers} == {404}
    assert len({str(each.body) for each in answers}) == 1


def test_absent_version_answers_404(world: World) -> None:
    answer = content(world, world.add(jpeg()), version_id="4a7c6b1d-0000-4000-8000-000000000000")
    assert (answer.status, answer.body["code"]) == (404, "NoSuchVersion")


def replaced(world: World, asset_id: str, **put: Any) -> str:
    """Replace an asset's bytes by another picture; return the id of the version that was current."""
    stored = world.document(asset_id)["s3"]
    fresh = world.s3.put_object(Bucket=world.bucket, Key=stored["key"], Body=jpeg(), ContentType="image/jpeg", **put)
    world.database.assets.update_one({"_id": asset_id}, {"$set": {"s3.version_id": fresh["VersionId"]}})
    return str(stored["version_id"])


@pytest.mark.parametrize(
    ("data", "mime_type", "state"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "image/svg+xml", "quarantined"),
        (b"<!doctype html><script>alert(1)</script>", "image/jpeg", "quarantined"),
        (b"no media", "image/jpeg", "failed"),
    ],
    ids=["active", "page", "failed"],
)
def test_version_that_ingest_never_judged_is_not_handed_out_unless_it_is_sound(
    world: World, data: bytes, mime_type: str, state: str
) -> None:
    asset_id = world.add(data, mime_type=mime_type)
    answer = content(world, asset_id, version_id=replaced(world, asset_id))
    assert (answer.status, answer.body["code"], answer.body["state"]) == (409, "AssetNotReady", state)


def test_noncurrent_version_with_a_content_encoding_is_not_handed_out(world: World) -> None:
    asset_id = world.add(jpeg())
    key = world.document(asset_id)["s3"]["key"]
    encoded = world.s3.put_object(
        Bucket=world.bucket, Key=key, Body=jpeg(), ContentType="image/jpeg", ContentEncoding="br"
    )
    answer = content(world, asset_id, version_id=encoded["VersionId"])
    assert (answer.status, answer.body["state"]) == (409, "quarantined")


def test_noncurrent_version_has_the_type_of_its_own_bytes(world: World) -> None:
    output = io.BytesIO()
    Image.new("RGB", (9, 9)).save(output, "PNG")
    asset_id = world.add(output.getvalue(), mime_type="image/png")
    former = replaced(world, asset_id)
    world.database.assets.update_one({"_id": asset_id}, {"$set": {"mime_type": "video/mp4"}})
    location = content(world, asset_id, version_id=former).headers["location"]
    query = parse_qs(urlsplit(location).query)
    assert query["response-content-type"] == ["image/png"]
    assert query["response-content-disposition"] == ["inline"]


def test_archived_bytes_are_refused_with_their_state_until_they_are_retrieved(world: World) -> None:
    asset_id = world.add(jpeg())
    key = world.document(asset_id)["s3"]["key"]
    put = world.s3.put_object(Bucket=world.bucket, Key=key, Body=jpeg(), StorageClass="GLACIER")
    world.database.assets.update_one({"_id": asset_id}, {"$set": {"s3.version_id": put["VersionId"]}})
    answer = content(world, asset_id)
    assert (answer.status, answer.body["code"]) == (409, "InvalidObjectState")
    assert answer.body["restore"] == {"state": "archived", "storage_class": "GLACIER"}
    asked = world.call(f"POST /v1/assets/{asset_id}/retrieve", {"days": 3}, roles="zoo:editor")
    assert asked.status == 202
    assert asked.body["restore"]["state"] in ("restoring", "restored")
    listed = world.call(f"GET /v1/assets/{asset_id}/versions", roles="zoo:viewer").body["items"]
    assert [each["storage_class"] for each in listed] == ["GLACIER", "STANDARD"]
    assert world.call(f"POST /v1/assets/{asset_id}/retrieve", {}, roles="zoo:viewer").status == 403


def test_retrieval_names_no_days_when_intelligent_tiering_archived_the_bytes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3 refuses days there (S3 API reference, S3InitiateRestoreObjectOperation); the emulator has no such tier."""
    asset_id = world.add(jpeg())
    asked: list[int | None] = []
    archived = aws.InvalidObjectState("GetObject", "InvalidObjectState", 403)
    monkeypatch.setattr(S3, "get_range", Mock(side_effect=archived))
    head = S3.head
    monkeypatch.setattr(S3, "head", lambda *args: head(*args)._replace(storage_class="INTELLIGENT_TIERING"))
    monkeypatch.setattr(S3, "restore", lambda _self, _key, days, _tier, _version: asked.append(days))
    answer = world.call(f"POST /v1/assets/{asset_id}/retrieve", {"days": 3}, roles="zoo:editor")
    assert answer.status == 202
    assert asked == [None]


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [
        ("ObjectAlreadyInActiveTierError", 403, (409, "InvalidObjectState")),
        ("InvalidObjectState", 403, (409, "InvalidObjectState")),
        ("InvalidArgument", 400, (422, "Unprocessable")),
        ("GlacierExpeditedRetrievalNotAvailable", 503, (503, "ServiceUnavailable")),
        ("RestoreAlreadyInProgress", 409, (202, None)),
    ],
)
def test_retrieval_answers_the_reason_of_s3_when_it_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch, code: str, status: int, told: tuple[int, str | None]
) -> None:
    asset_id = world.add(jpeg())
    monkeypatch.setattr(S3, "restore", Mock(side_effect=aws.error_of("RestoreObject", code, status)))
    answer = world.call(f"POST /v1/assets/{asset_id}/retrieve", {"tier": "Expedited"}, roles="zoo:editor")
    assert (answer.status, answer.body.get("code")) == told


def test_retrieval_answers_the_end_of_a_readable_copy_in_utc(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(S3, "restore", Mock())
    header = 'ongoing-request="false", expiry-date="Fri, 21 Dec 2029 00:00:00 GMT"'
    head = S3.head
    monkeypatch.setattr(S3, "head", lambda *args: head(*args)._replace(storage_class="GLACIER", restore=header))
    answer = world.call(f"POST /v1/assets/{world.add(jpeg())}/retrieve", {}, roles="zoo:editor")
    restored = {"state": "restored", "storage_class": "GLACIER", "expires_at": "2029-12-21T00:00:00.000Z"}
    assert answer.body["restore"] == restored


def test_retrieval_is_refused_when_the_bytes_are_not_archived(world: World) -> None:
    answer = world.call(f"POST /v1/assets/{world.add(jpeg())}/retrieve", {}, roles="zoo:editor")
    assert (answer.status, answer.body["code"]) == (409, "InvalidObjectState")


def test_version_answers_404_when_its_id_is_malformed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 answers 400 InvalidArgument to those; the emulator 404."""
    asset_id = world.add(jpeg())
    refused = aws.error_of("GetObject", "InvalidArgument", 400)
    monkeypatch.setattr(S3, "get_range", Mock(side_effect=refused))
    for answer in (
        content(world, asset_id, version_id="%00"),
        world.call(f"POST /v1/assets/{asset_id}/retrieve", {"version_id": "%00"}),
    ):
        assert (answer.status, answer.body["code"]) == (404, "NoSuchVersion")


@pytest.mark.parametrize(
    "query",
    [
        {"variant": "w50000"},
        {"variant": "thumbnail", "width": "9"},
        {"variant": "strip"},
        {"variant": "annotated", "label": "nobody-drew-this"},
        {"variant": "annotated", "field": "nowhere"},
        {"variant": "annotated", "min_confidence": "0.123"},
        {"variant": "annotated", "min_confidence": "nan"},
        {"variant": "annotated", "format": "tiff"},
        {"variant": "annotated", "rendition": "huge"},
        {"variant": "overlay", "format": "png"},
        {"variant": "crop"},
        {"variant": "crop", "annotation_id": "x", "margin": "0.11"},
        {"disposition": "maybe"},
        {"size": "1"},
    ],
    ids=str,
)
def test_recipe_is_refused_when_it_is_not_offered(world: World, query: dict[str, str]) -> None:
    answer = content(world, world.add(jpeg()), **query)
    assert (answer.status, answer.body["code"]) == (422, "Unprocessable")
    assert world.invocations == []


def test_rendition_is_made_once_when_it_is_requested_twice(world: World) -> None:
    asset_id = world.add(jpeg(800, 600))
    first = content(world, asset_id, variant="thumbnail")
    with picture(world, first) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("WEBP", (320, 240))
    second = content(world, asset_id, variant="thumbnail")
    assert second.headers["location"] == first.headers["location"]
    assert len(world.invocations) == 1
    key = unquote(urlsplit(first.headers["location"]).path)[1:]
    head = world.s3.head_object(Bucket=world.bucket, Key=key)
    assert head["CacheControl"] == "max-age=31536000, immutable"
    assert head["ContentType"] == "image/webp"
    assert len(world.s3.list_object_versions(Bucket=world.bucket, Prefix=key)["Versions"]) == 1


def test_rendition_is_found_in_the_bucket_when_its_record_is_lost(world: World) -> None:
    asset_id = world.add(jpeg())
    first = content(world, asset_id, variant="thumbnail")
    world.database.renditions.delete_many({})
    assert content(world, asset_id, variant="thumbnail").headers["location"] == first.headers["location"]
    prefix = f"derived/zoo/{asset_id}/"
    assert len(world.s3.list_object_versions(Bucket=world.bucket, Prefix=prefix)["Versions"]) == 1


def test_annotated_picture_changes_its_address_when_an_annotation_is_added(world: World) -> None:
    asset_id = world.add(jpeg(400, 300, "black"), width=400, height=300)
    world.annotate(asset_id, label="cat", bbox=[0.25, 0.25, 0.5, 0.5])
    first = content(world, asset_id, variant="annotated", format="png")
    assert content(world, asset_id, variant="annotated", format="png").headers["location"] == first.headers["location"]
    with picture(world, first) as drawn:
        assert drawn.getpixel((100, 150)) != (0, 0, 0)
        assert drawn.getpixel((380, 280)) == (0, 0, 0)
    world.annotate(asset_id, label="dog", bbox=[0.9, 0.9, 0.09, 0.09])
    second = content(world, asset_id, variant="annotated", format="png")
    assert second.headers["location"] != first.headers["location"]
    with picture(world, second) as drawn:
        assert drawn.getpixel((360, 283)) != (0, 0, 0)


def test_overlay_shows_only_the_requested_labels_and_confidences(world: World) -> None:
    asset_id = world.add(jpeg(400, 300), width=400, height=300)
    cat = world.annotate(asset_id, label="cat", confidence=0.9, bbox=[0.1, 0.1, 0.1, 0.1])
    dog = world.annotate(asset_id, label="dog", confidence=0.4, bbox=[0.5, 0.5, 0.1, 0.1], field="yolo11")
    elk = world.annotate(asset_id, label="elk", bbox=[0.7, 0.7, 0.1, 0.1])

    def drawn(**query: str) -> set[str]:
        svg = bytes_behind(world, content(world, asset_id, variant="overlay", **query)).decode()
        return set(re.findall(r'data-annotation-id="([^"]+)"', svg))

    assert drawn() == {cat, dog, elk}
    assert drawn(label="cat,elk") == {cat, elk}
    assert drawn(field="yolo11") == {dog}
    assert drawn(min_confidence="0.5") == {cat, elk}
    assert drawn(label="dog", min_confidence="0.5") == set()


def test_crop_shows_the_object_alone_when_it_has_no_margin(world: World) -> None:
    canvas = Image.new("RGB", (400, 300), "blue")
    canvas.paste((255, 0, 0), (100, 75, 300, 225))
    output = io.BytesIO()
    canvas.save(output, "PNG")
    asset_id = world.add(output.getvalue(), width=400, height=300, mime_type="image/png", file_name="a.png")
    annotation_id = world.annotate(asset_id, label="cat", bbox=[0.25, 0.25, 0.5, 0.5])
    options = {"variant": "crop", "annotation_id": annotation_id, "format": "png"}
    with picture(world, content(world, asset_id, margin="0.0", **options)) as crop:
        assert crop.size == (200, 150)
        assert crop.getcolors() == [(200 * 150, (255, 0, 0))]
    with picture(world, content(world, asset_id, margin="0.1", **options)) as crop:
        assert crop.size == (240, 190)
        assert crop.getpixel((0, 0)) == (0, 0, 255)


def test_crop_answers_404_for_the_annotation_of_another_asset(world: World) -> None:
    foreign = world.add(jpeg(), project="aquarium", width=400, height=300)
    annotation_id = world.annotate(foreign, label="eel", bbox=[0, 0, 1, 1])
    answer = content(world, world.add(jpeg(), width=400, height=300), variant="crop", annotation_id=annotation_id)
    assert (answer.status, answer.body["code"]) == (404, "NoSuchAnnotation")


def test_content_answers_the_reason_when_no_picture_can_be_made(world: World) -> None:
    answer = content(world, world.add(b"not an image"), variant="thumbnail")
    assert (answer.status, answer.body["code"]) == (422, "Unrenderable")
