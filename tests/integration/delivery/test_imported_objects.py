"""Assets whose objects lie in other buckets: URLs, renditions and deletion, without a change to the objects."""

import json
import urllib.request
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from foveal.encoding.ids import adopted_id
from tests.integration.delivery.conftest import started
from tests.integration.delivery.world import World, fresh_name, jpeg

KEY = "2024/a b+ü.jpg"
BYTES = jpeg(400, 300)


@pytest.fixture
def archive(world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make a bucket of somebody else, which the stage reads."""
    name = f"archive-{fresh_name()}"
    world.s3.create_bucket(Bucket=name)
    monkeypatch.setenv("IMPORT_BUCKETS", json.dumps([{"bucket": name}]))
    reload(world, monkeypatch)
    return name


def reload(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = {name: started(name) for name in ("downloads", "versions", "render")}
    world.apis = {name: modules[name].api for name in ("downloads", "versions")}

    def invoke(_name: str, payload: Any) -> Any:
        return json.loads(json.dumps(modules["render"].handler(payload, None)))

    for name in ("invoke", "invoke_async"):
        monkeypatch.setattr(f"foveal.aws.functions.{name}", invoke)


@pytest.fixture
def asset_id(world: World, archive: str) -> str:
    """Import an object as the import of a bucket leaves it."""
    put = world.s3.put_object(Bucket=archive, Key=KEY, Body=BYTES)
    found, now = adopted_id(archive, KEY), datetime.now(UTC)
    place = {"bucket": archive, "key": KEY, "version_id": None, "etag": put["ETag"].strip('"')}
    world.database.assets.insert_one(
        {
            "_id": found,
            "project": "zoo",
            "status": "ready",
            "media_type": "image",
            "mime_type": "image/jpeg",
            "file_name": "a b+ü.jpg",
            "size_bytes": len(BYTES),
            "width": 400,
            "height": 300,
            "s3": {**place, "is_external": True, "last_modified": now, "import_id": "i-1", "storage_class": "STANDARD"},
            "annotation_revision": 0,
            "created_at": now,
            "updated_at": now,
            "schema_version": 1,
        }
    )
    return found


def sign(world: World, asset_id: str, **members: str) -> Any:
    answer = world.call("POST /v1/projects/zoo/downloads", {"asset_ids": [asset_id], **members})
    assert answer.status == 200
    return answer.body["downloads"][0]


def keys(world: World, bucket: str) -> list[str]:
    return [each["Key"] for each in world.s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_original_is_downloaded_by_a_presigned_url_of_its_bucket(world: World, archive: str, asset_id: str) -> None:
    signed = sign(world, asset_id)
    assert f"/{archive}/" in urlsplit(signed["url"]).path
    with urllib.request.urlopen(signed["url"]) as answer:  # noqa: S310 - the emulator
        assert answer.read() == BYTES
        assert answer.headers["content-type"] == "image/jpeg"
    redirect = world.call(f"GET /v1/assets/{asset_id}/content", query={"disposition": "attachment"})
    assert redirect.status == 302
    with urllib.request.urlopen(redirect.headers["location"]) as answer:  # noqa: S310 - the emulator
        assert (answer.read(), "attachment" in answer.headers["content-disposition"]) == (BYTES, True)


def test_rendition_is_made_at_its_request_and_lies_in_the_media_bucket(
    world: World, archive: str, asset_id: str
) -> None:
    assert sign(world, asset_id, variant="thumbnail")["problem"]["code"] == "RenditionNotReady"
    url = sign(world, asset_id, variant="thumbnail")["url"]
    etag = world.document(asset_id)["s3"]["etag"]
    assert url.startswith(f"https://cdn.example/derived/zoo/{asset_id}/{etag}/")
    assert keys(world, archive) == [KEY]


def test_object_of_a_bucket_that_the_stage_no_longer_reads_has_a_problem_in_its_place(
    world: World, asset_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IMPORT_BUCKETS")
    reload(world, monkeypatch)
    problem = sign(world, asset_id)["problem"]
    assert (problem["code"], "imports.buckets" in problem["detail"]) == ("Unprocessable", True)


def test_deletion_hides_the_asset_and_a_restore_shows_it_again(world: World, archive: str, asset_id: str) -> None:
    assert world.call(f"DELETE /v1/assets/{asset_id}").status == 202
    assert sign(world, asset_id)["problem"]["code"] == "NoSuchAsset"
    assert world.call(f"DELETE /v1/assets/{asset_id}").status == 202
    assert world.call(f"POST /v1/assets/{asset_id}/restore").status == 202
    assert "url" in sign(world, asset_id)
    stored = world.document(asset_id)
    assert [each["detail_type"] for each in stored["pending_events"]] == ["AssetDeleted", "AssetRestored"]
    assert (stored["status"], "deletion" in stored, keys(world, archive)) == ("ready", False, [KEY])


def test_permanent_deletion_leaves_the_object_and_one_of_the_same_key_in_the_media_bucket(
    world: World, archive: str, asset_id: str
) -> None:
    sign(world, asset_id, variant="thumbnail")
    world.s3.put_object(Bucket=world.bucket, Key=KEY, Body=b"of the media bucket")
    answer = world.call(f"DELETE /v1/assets/{asset_id}", query={"permanent": "true"})
    assert answer.status == 202, answer.body
    assert (keys(world, archive), keys(world, world.bucket)) == ([KEY], [KEY])
    assert world.s3.get_object_tagging(Bucket=archive, Key=KEY)["TagSet"] == []
    stored = world.document(asset_id)
    assert (stored["status"], stored["deletion"]["is_permanent"], "file_name" in stored) == ("deleted", True, False)
    assert world.call(f"POST /v1/assets/{asset_id}/restore").status == 404


def test_versions_are_the_one_that_the_catalog_knows_and_cannot_be_changed(world: World, asset_id: str) -> None:
    (version,) = world.call(f"GET /v1/assets/{asset_id}/versions").body["items"]
    assert (version["version_id"], version["size_bytes"], version["is_latest"]) == ("null", len(BYTES), True)
    for call, body in (
        ("POST /v1/assets/{}/revert", {"version_id": "1"}),
        ("DELETE /v1/assets/{}/versions/1", None),
        ("POST /v1/assets/{}/retrieve", {}),
    ):
        answer = world.call(call.format(asset_id), body)
        assert (answer.status, "only reads" in answer.body["detail"]) == (422, True), call
