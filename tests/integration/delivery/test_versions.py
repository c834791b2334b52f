from typing import Any
from unittest.mock import Mock

import pytest

from foveal.aws import errors as aws
from foveal.aws.s3 import S3
from foveal.encoding.ids import new_id
from tests.integration.delivery.world import World, jpeg

RED, GREEN = jpeg(colour="red"), jpeg(colour="green")


def replace(world: World, asset_id: str, data: bytes) -> str:
    put = world.s3.put_object(Bucket=world.bucket, Key=world.document(asset_id)["s3"]["key"], Body=data)
    world.database.assets.update_one({"_id": asset_id}, {"$set": {"s3.version_id": put["VersionId"]}})
    return put["VersionId"]


def current(world: World, asset_id: str) -> bytes | None:
    key = world.document(asset_id)["s3"]["key"]
    try:
        return world.s3.get_object(Bucket=world.bucket, Key=key)["Body"].read()
    except world.s3.exceptions.NoSuchKey:
        return None


def listed(world: World, asset_id: str) -> list[tuple[str, bool, bool]]:
    items = world.call(f"GET /v1/assets/{asset_id}/versions", roles="zoo:viewer").body["items"]
    return [(each["version_id"], each["is_latest"], each["is_delete_marker"]) for each in items]


def test_versions_are_listed_newest_first_when_bytes_were_replaced(world: World) -> None:
    asset_id = world.add(RED)
    first = world.document(asset_id)["s3"]["version_id"]
    second = replace(world, asset_id, GREEN)
    assert listed(world, asset_id) == [(second, True, False), (first, False, False)]
    answer = world.call(f"GET /v1/assets/{asset_id}/versions", roles="zoo:viewer").body
    assert [each["size_bytes"] for each in answer["items"]] == [len(GREEN), len(RED)]
    assert answer["next_token"] is None


def test_revert_makes_an_earlier_version_current(world: World) -> None:
    asset_id = world.add(RED)
    first = world.document(asset_id)["s3"]["version_id"]
    second = replace(world, asset_id, GREEN)
    answer = world.call(f"POST /v1/assets/{asset_id}/revert", {"version_id": first}, roles="zoo:editor")
    assert answer.status == 202
    assert current(world, asset_id) == RED
    assert [each[0] for each in listed(world, asset_id)] == [answer.body["version_id"], second, first]


def test_reverted_version_is_judged_anew_when_it_was_tagged(world: World) -> None:
    asset_id = world.add(RED)
    stored = world.document(asset_id)["s3"]
    world.s3.put_object_tagging(
        Bucket=world.bucket,
        Key=stored["key"],
        VersionId=stored["version_id"],
        Tagging={"TagSet": [{"Key": "foveal-status", "Value": "quarantined"}]},
    )
    replace(world, asset_id, GREEN)
    body = {"version_id": stored["version_id"]}
    copied = world.call(f"POST /v1/assets/{asset_id}/revert", body, roles="zoo:editor").body["version_id"]
    found = world.s3.get_object_tagging(Bucket=world.bucket, Key=stored["key"], VersionId=copied)
    assert found["TagSet"] == []


def test_revert_answers_the_state_of_retrieval_when_the_version_is_archived(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3 refuses to copy it; the emulator copies."""
    asset_id = world.add(RED)
    refused = aws.InvalidObjectState("CopyObject", "InvalidObjectState", 403)
    monkeypatch.setattr(S3, "put", Mock(side_effect=refused))
    stored = world.document(asset_id)["s3"]
    put = world.s3.put_object(Bucket=world.bucket, Key=stored["key"], Body=RED, StorageClass="GLACIER")
    replace(world, asset_id, GREEN)
    answer = world.call(f"POST /v1/assets/{asset_id}/revert", {"version_id": put["VersionId"]}, roles="zoo:editor")
    assert (answer.status, answer.body["code"]) == (409, "InvalidObjectState")
    assert answer.body["restore"] == {"state": "archived", "storage_class": "GLACIER"}


def test_deleted_asset_comes_back_when_it_is_restored(world: World) -> None:
    asset_id = world.add(RED)
    first = world.document(asset_id)["s3"]["version_id"]
    deleted = world.call(f"DELETE /v1/assets/{asset_id}", roles="zoo:editor")
    assert deleted.status == 202
    assert current(world, asset_id) is None
    again = world.call(f"DELETE /v1/assets/{asset_id}", roles="zoo:editor")
    assert again.body == deleted.body
    assert len(listed(world, asset_id)) == 2
    restored = world.call(f"POST /v1/assets/{asset_id}/restore", roles="zoo:editor")
    assert (restored.status, restored.body["version_id"]) == (202, first)
    assert current(world, asset_id) == RED
    assert listed(world, asset_id) == [(first, True, False)]


def test_permanent_deletion_leaves_nothing_in_bucket_and_catalog(world: World) -> None:
    asset_id, other = world.add(RED, width=400, height=300), world.add(RED)
    replace(world, asset_id, GREEN)
    world.annotate(asset_id, label="cat", bbox=[0, 0, 1, 1])
    world.call(f"GET /v1/assets/{asset_id}/content", query={"variant": "thumbnail"})
    answer = world.call(f"DELETE /v1/assets/{asset_id}", query={"permanent": "true"})
    assert (answer.status, answer.body["objects_deleted"]) == (202, 4)
    again = world.call(f"DELETE /v1/assets/{asset_id}", query={"permanent": "true"})
    assert (again.status, again.body["objects_deleted"]) == (202, 1), "a delete marker"
    left = world.s3.list_object_versions(Bucket=world.bucket)
    assert [each["Key"] for each in left.get("Versions", [])] == [world.document(other)["s3"]["key"]]
    assert not left.get("DeleteMarkers")
    for name in ("annotations", "renditions"):
        assert world.database[name].count_documents({"asset_id": asset_id}) == 0
    assert "file_name" not in world.document(asset_id)


def test_deletion_of_a_version_leaves_the_others(world: World) -> None:
    asset_id = world.add(RED)
    first = world.document(asset_id)["s3"]["version_id"]
    second = replace(world, asset_id, GREEN)
    assert world.call(f"DELETE /v1/assets/{asset_id}/versions/{first}").status == 202
    assert listed(world, asset_id) == [(second, True, False)]
    assert world.call(f"DELETE /v1/assets/{asset_id}/versions/{first}").body["code"] == "NoSuchVersion"


def test_version_routes_need_their_roles(world: World) -> None:
    asset_id = world.add(RED)
    version = world.document(asset_id)["s3"]["version_id"]
    routes: dict[str, tuple[str, Any, dict[str, str]]] = {
        f"GET /v1/assets/{asset_id}/versions": ("viewer", None, {}),
        f"POST /v1/assets/{asset_id}/revert": ("editor", {"version_id": version}, {}),
        f"POST /v1/assets/{asset_id}/restore": ("editor", None, {}),
        f"DELETE /v1/assets/{asset_id}/versions/{version}": ("admin", None, {}),
    }
    lower = {"viewer": None, "editor": "viewer", "admin": "editor"}
    for route, (role, body, query) in routes.items():
        foreign = world.call(route, body, query, roles="aquarium:admin")
        assert (foreign.status, foreign.body["code"]) == (404, "NoSuchAsset")
        if lower[role]:
            assert world.call(route, body, query, roles=f"zoo:{lower[role]}").status == 403
    assert world.call(f"DELETE /v1/assets/{asset_id}", query={"permanent": "true"}, roles="zoo:editor").status == 403
    assert world.call(f"DELETE /v1/assets/{asset_id}", roles="zoo:viewer").status == 403
    assert current(world, asset_id) == RED


def test_version_of_another_asset_answers_404(world: World) -> None:
    asset_id, other = world.add(RED), world.add(GREEN)
    version = world.document(other)["s3"]["version_id"]
    for version_id in (version, new_id()):
        answer = world.call(f"POST /v1/assets/{asset_id}/revert", {"version_id": version_id})
        assert (answer.status, answer.body["code"]) == (404, "NoSuchVersion")


def test_older_bytes_are_never_current_while_an_asset_is_deleted_permanently(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset_id = world.add(RED)
    replace(world, asset_id, GREEN)
    key, seen = world.document(asset_id)["s3"]["key"], []
    delete = S3.delete

    def watched(self: S3, deleted_key: str, version_id: str | None = None) -> str | None:
        answer = delete(self, deleted_key, version_id)
        if deleted_key == key:
            seen.append(current(world, asset_id))
        return answer

    monkeypatch.setattr(S3, "delete", watched)
    world.call(f"DELETE /v1/assets/{asset_id}", query={"permanent": "true"})
    assert len(seen) == 4
    assert set(seen) == {None}
