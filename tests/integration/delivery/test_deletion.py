"""Deletion through the API: what must be gone, what must not come back, and what the CDN must forget."""

import importlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from foveal.aws import cloudfront
from foveal.aws.errors import AwsError
from foveal.aws.s3 import S3
from foveal.catalog.author import Author
from foveal.datasets import requests
from foveal.datasets.making import creation
from foveal.delivery.deletion import ASSETS_PER_LOOK, Deletion
from foveal.encoding.ids import new_id
from foveal.render import renderer
from foveal.render.drawing import Made
from tests.integration.delivery.world import World, jpeg

RED, GREEN = jpeg(colour="red"), jpeg(colour="green")
LATER = timedelta(minutes=11)


@pytest.fixture
def invalidated(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Paths that were invalidated; the function of versions runs with a distribution."""
    paths: list[str] = []
    monkeypatch.setattr(cloudfront, "invalidate", lambda _distribution_id, found: paths.extend(found))
    monkeypatch.setenv("DISTRIBUTION_ID", "E1")
    module = importlib.reload(importlib.import_module("functions.versions.handler"))
    world.apis = {**world.apis, "versions": module.api}
    return paths


def objects(world: World, asset_id: str) -> list[str]:
    """Keys of all versions and delete markers of an asset's objects."""
    listed = world.s3.list_object_versions(Bucket=world.bucket)
    found = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
    return sorted(each["Key"] for each in found if asset_id in each["Key"])


def delete(world: World, asset_id: str, **query: str) -> None:
    assert world.call(f"DELETE /v1/assets/{asset_id}", query=query).status == 202


def arrive(world: World, asset_id: str) -> None:
    """Put bytes under the key, and do to the catalog what ingest does to a deleted asset."""
    world.s3.put_object(Bucket=world.bucket, Key=world.document(asset_id)["s3"]["key"], Body=GREEN)
    change = {"$set": {"status": "deleted", "deletion.look_at": datetime.now(UTC)}}
    world.database.assets.update_one({"_id": asset_id}, change)


def look_again(world: World, after: timedelta = timedelta(0), invalidate: Any = None) -> int:
    deletion = Deletion(world.database, S3(world.bucket), invalidate)
    return deletion.look_again(datetime.now(UTC) + after)


def test_permanent_deletion_leaves_no_upload_record_and_no_unfinished_upload(world: World) -> None:
    asset_id = world.add(RED)
    key = world.document(asset_id)["s3"]["key"]
    begun = world.s3.create_multipart_upload(Bucket=world.bucket, Key=key)
    for state, s3_upload_id in (("open", begun["UploadId"]), ("completed", None)):
        world.database.uploads.insert_one(
            {
                "_id": new_id(),
                "project": "zoo",
                "asset_id": asset_id,
                "caller": "somebody",
                "idempotency_key": new_id(),
                "metadata": {"patient": "7"},
                "key": key,
                "state": state,
                "s3_upload_id": s3_upload_id,
                "schema_version": 1,
            }
        )
    delete(world, asset_id, permanent="true")
    assert world.database.uploads.count_documents({"asset_id": asset_id}) == 0
    assert world.s3.list_multipart_uploads(Bucket=world.bucket).get("Uploads", []) == []
    assert world.document(asset_id).keys() <= {
        *("_id", "project", "status", "s3", "created_at", "updated_at", "deleted_at", "schema_version", "deletion"),
    }


def test_permanent_deletion_invalidates_original_derivatives_and_masks(world: World, invalidated: list[str]) -> None:
    asset_id = world.add(RED)
    delete(world, asset_id, permanent="true")
    assert invalidated == [
        f"/media/zoo/{asset_id}/original.jpg*",
        f"/derived/zoo/{asset_id}/*",
        f"/masks/zoo/{asset_id}/*",
    ]


def test_permanent_deletion_succeeds_and_is_invalidated_later_when_the_cdn_refuses(
    world: World, invalidated: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise AwsError("CreateInvalidation", "TooManyInvalidationsInProgress", 400)

    asset_id = world.add(RED)
    with monkeypatch.context() as busy:
        busy.setattr(cloudfront, "invalidate", refuse)
        delete(world, asset_id, permanent="true")
    assert look_again(world, invalidate=refuse) == 0
    assert look_again(world, invalidate=invalidated.extend) == 1
    assert f"/derived/zoo/{asset_id}/*" in invalidated
    assert look_again(world, invalidate=invalidated.extend) == 0


def test_arrival_under_a_permanent_deletion_is_deleted_by_the_next_look(world: World, invalidated: list[str]) -> None:
    asset_id = world.add(RED)
    delete(world, asset_id, permanent="true")
    arrive(world, asset_id)
    world.s3.put_object(Bucket=world.bucket, Key=f"masks/zoo/{asset_id}/late", Body=b"mask")
    assert look_again(world, timedelta(seconds=1), invalidated.extend) == 1
    assert objects(world, asset_id) == []
    assert len(invalidated) == 6


def test_permanent_deletion_is_looked_at_again_until_no_ticket_is_left(world: World) -> None:
    asset_id = world.add(RED)
    delete(world, asset_id, permanent="true")
    looks = [look_again(world, after) for after in (timedelta(0), LATER, LATER, timedelta(days=1, minutes=1))]
    assert looks == [0, 1, 0, 1]
    assert "look_at" not in world.document(asset_id)["deletion"]


def test_arrival_under_a_soft_deletion_lies_below_a_delete_marker_after_the_next_look(world: World) -> None:
    asset_id = world.add(RED)
    delete(world, asset_id)
    arrive(world, asset_id)
    assert look_again(world, timedelta(seconds=1)) == 1
    newest = world.call(f"GET /v1/assets/{asset_id}/versions").body["items"][0]
    assert newest["is_delete_marker"]
    assert world.call(f"POST /v1/assets/{asset_id}/restore").status == 202
    assert "deletion" not in world.document(asset_id)


def test_restored_asset_is_left_alone_by_the_next_look(world: World) -> None:
    asset_id = world.add(RED)
    delete(world, asset_id)
    marker = world.call(f"GET /v1/assets/{asset_id}/versions").body["items"][0]
    key = world.document(asset_id)["s3"]["key"]
    world.s3.delete_object(Bucket=world.bucket, Key=key, VersionId=marker["version_id"])
    assert look_again(world, LATER) == 1
    assert objects(world, asset_id) == [key]


@pytest.mark.parametrize("route", ["restore", "revert"])
def test_nothing_is_restored_when_the_asset_was_deleted_for_good(world: World, route: str) -> None:
    asset_id = world.add(RED)
    delete(world, asset_id, permanent="true")
    arrive(world, asset_id)
    body = {"version_id": "v"} if route == "revert" else None
    answer = world.call(f"POST /v1/assets/{asset_id}/{route}", body)
    assert (answer.status, answer.body["code"]) == (404, "NoSuchVersion")
    assert world.document(asset_id)["deletion"]["is_permanent"]


@pytest.mark.parametrize("query", [{}, {"permanent": "true"}], ids=["soft", "permanent"])
def test_derivative_that_is_made_during_a_deletion_is_removed(
    world: World, monkeypatch: pytest.MonkeyPatch, query: dict[str, str]
) -> None:
    asset_id = world.add(RED)
    drawn = renderer.Renderer._drawn

    def slow(self: renderer.Renderer, *arguments: Any) -> Made:
        body = drawn(self, *arguments)
        delete(world, asset_id, **query)
        return body

    monkeypatch.setattr(renderer.Renderer, "_drawn", slow)
    answer = world.call(f"GET /v1/assets/{asset_id}/content", query={"variant": "thumbnail"})
    assert (answer.status, answer.body["code"]) == (404, "NoSuchAsset")
    assert [key for key in objects(world, asset_id) if key.startswith("derived/")] == []
    assert world.database.renditions.count_documents({"asset_id": asset_id}) == 0


def test_soft_deletion_removes_derivatives_and_a_restore_lets_them_be_made_again(world: World) -> None:
    asset_id = world.add(RED)
    thumbnail = {"variant": "thumbnail"}
    assert world.call(f"GET /v1/assets/{asset_id}/content", query=thumbnail).status == 302
    delete(world, asset_id)
    assert [key for key in objects(world, asset_id) if key.startswith("derived/")] == []
    assert world.call(f"GET /v1/assets/{asset_id}/content", query=thumbnail).status == 404
    assert world.call(f"POST /v1/assets/{asset_id}/restore").status == 202
    assert world.call(f"GET /v1/assets/{asset_id}/content", query=thumbnail).status == 302


def test_deleted_asset_is_not_handed_out_before_its_event_is_ingested(world: World) -> None:
    asset_id = world.add(RED)
    delete(world, asset_id)
    assert world.document(asset_id)["status"] == "ready"
    (one,) = world.call("POST /v1/projects/zoo/downloads", {"asset_ids": [asset_id]}).body["downloads"]
    assert one["problem"]["code"] == "NoSuchAsset"


def test_look_takes_no_more_assets_than_the_cdn_takes_invalidations(world: World) -> None:
    asset_ids = [world.add(RED) for _ in range(ASSETS_PER_LOOK + 1)]
    for asset_id in asset_ids:
        delete(world, asset_id, permanent="true")
    assert [look_again(world, LATER) for _ in range(3)] == [ASSETS_PER_LOOK, 1, 0]


@pytest.mark.parametrize("value", ["True", "1", "yes", "", "TRUE", "false "])
def test_deletion_is_refused_when_permanent_is_neither_true_nor_false(world: World, value: str) -> None:
    asset_id = world.add(RED)
    answer = world.call(f"DELETE /v1/assets/{asset_id}", query={"permanent": value})
    assert (answer.status, answer.body["code"]) == (400, "InvalidRequest")
    assert "deletion" not in world.document(asset_id)
    assert len(objects(world, asset_id)) == 1


def test_deletion_is_soft_when_permanent_is_false(world: World) -> None:
    asset_id = world.add(RED)
    delete(world, asset_id, permanent="false")
    assert not world.document(asset_id)["deletion"]["is_permanent"]


def pin(world: World) -> None:
    """Make the next version of the data set `cats`, of all assets."""
    bucket, author = S3(world.bucket), Author.now("tester")
    begun = creation.begin(world.database, "zoo", "cats", author, requests.parse({}), {})
    creation.Creation(world.database, bucket, begun["_id"]).run(lambda: author.at)


def test_permanent_deletion_is_refused_when_a_version_of_a_data_set_holds_the_asset(world: World) -> None:
    asset_id = world.add(RED)
    before = objects(world, asset_id), world.document(asset_id)
    pin(world)
    pin(world)
    answer = world.call(f"DELETE /v1/assets/{asset_id}", query={"permanent": "true"})
    assert (answer.status, answer.body["code"]) == (409, "PinnedByDataset")
    assert answer.body["held_by"] == ["cats/1", "cats/2"]
    assert (objects(world, asset_id), world.document(asset_id)) == before
    free = world.add(RED)
    delete(world, free, permanent="true")
    assert objects(world, free) == []


def test_permanent_deletion_stays_undoable_when_a_version_holds_the_asset_since_it_began(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version that is complete before the mark is set holds the asset; one that comes later sees the mark."""
    asset_id = world.add(RED)
    mark = Deletion._mark

    def pin_and_mark(self: Deletion, asset: Any, now: datetime, look_at: datetime, *, is_permanent: bool) -> None:
        pin(world)
        mark(self, asset, now, look_at, is_permanent=is_permanent)

    monkeypatch.setattr(Deletion, "_mark", pin_and_mark)
    assert world.call(f"DELETE /v1/assets/{asset_id}", query={"permanent": "true"}).status == 409
    assert world.document(asset_id)["deletion"]["is_permanent"] is False
    assert world.call(f"POST /v1/assets/{asset_id}/restore").status == 202


def test_deletion_of_a_version_of_an_object_is_refused_when_a_data_set_pins_it(world: World) -> None:
    asset_id = world.add(RED)
    first = world.document(asset_id)["s3"]["version_id"]
    pin(world)
    put = world.s3.put_object(Bucket=world.bucket, Key=world.document(asset_id)["s3"]["key"], Body=GREEN)
    answer = world.call(f"DELETE /v1/assets/{asset_id}/versions/{first}")
    assert (answer.status, answer.body["held_by"]) == (409, ["cats/1"])
    assert world.call(f"DELETE /v1/assets/{asset_id}/versions/{put['VersionId']}").status == 202
    assert objects(world, asset_id) == [world.document(asset_id)["s3"]["key"]]
