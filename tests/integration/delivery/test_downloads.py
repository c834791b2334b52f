import re
import time
from datetime import UTC, datetime
from unittest.mock import Mock

import pytest

from foveal.aws.s3 import S3
from foveal.derivatives.recipes import Recipe
from foveal.encoding.ids import new_id
from tests.integration.delivery.conftest import PRIVATE_KEY
from tests.integration.delivery.world import World, jpeg
from tests.unit.delivery.cloudfront_edge import Edge

ROUTE = "POST /v1/projects/zoo/downloads"


def edge(now: int | None = None) -> Edge:
    return Edge({"K1": PRIVATE_KEY.public_key()}, int(time.time()) if now is None else now)


def test_ready_assets_get_urls_that_the_edge_admits(world: World) -> None:
    ids = [world.add(jpeg()) for _ in range(3)]
    answer = world.call(ROUTE, {"asset_ids": ids[::-1]}, roles="zoo:viewer")
    assert answer.status == 200
    assert [each["asset_id"] for each in answer.body["downloads"]] == ids[::-1]
    for each in answer.body["downloads"]:
        stored = world.document(each["asset_id"])["s3"]
        assert each["url"].startswith(f"https://cdn.example/{stored['key']}?")
        assert f"versionId={stored['version_id']}" in each["url"]
        assert edge().admits(each["url"])
        assert not edge().admits(each["url"].replace(each["asset_id"], new_id()))
        assert not edge(int(time.time()) + 3600 + 901).admits(each["url"])


def test_url_is_the_same_for_all_viewers_within_a_window(world: World) -> None:
    body = {"asset_ids": [world.add(jpeg())], "expires_in_seconds": 600_000}
    first, second = (world.call(ROUTE, body, roles=roles).body for roles in ("zoo:viewer", "zoo:editor"))
    assert first == second


def test_undeliverable_asset_has_a_problem_in_its_place(world: World) -> None:
    ready = world.add(jpeg())
    foreign = world.add(jpeg(), project="aquarium")
    deleted, quarantined, pending = (world.add(jpeg(), status=each) for each in ("deleted", "quarantined", "pending"))
    absent = new_id()
    ids = [foreign, ready, deleted, absent, quarantined, pending, "../etc"]
    downloads = world.call(ROUTE, {"asset_ids": ids}, roles="zoo:viewer aquarium:viewer").body["downloads"]
    assert [each["asset_id"] for each in downloads] == ids
    codes = [each.get("problem", {}).get("code") for each in downloads]
    assert codes == [
        "NoSuchAsset",
        None,
        "NoSuchAsset",
        "NoSuchAsset",
        "AssetNotReady",
        "AssetNotReady",
        "NoSuchAsset",
    ]
    assert downloads[0]["problem"] == downloads[3]["problem"]
    assert all(("url" in each) != ("problem" in each) for each in downloads)


def archive(world: World, asset_id: str) -> None:
    stored = world.document(asset_id)["s3"]
    put = world.s3.put_object(Bucket=world.bucket, Key=stored["key"], Body=jpeg(), StorageClass="GLACIER")
    facts = {"s3.version_id": put["VersionId"], "s3.storage_class": "GLACIER"}
    world.database.assets.update_one({"_id": asset_id}, {"$set": facts})


def test_archived_bytes_have_a_problem_in_their_place_and_the_others_their_urls(world: World) -> None:
    archived, other = world.add(jpeg()), world.add(jpeg())
    archive(world, archived)
    back = world.add(jpeg(), project="zoo")
    world.database.assets.update_one({"_id": back}, {"$set": {"s3.archive_status": "ARCHIVE_ACCESS"}})
    first, second, third = world.call(ROUTE, {"asset_ids": [other, archived, back]}).body["downloads"]
    alone = world.call(f"GET /v1/assets/{archived}/content")
    assert {**second["problem"], "request_id": "request-1"} == alone.body
    assert (alone.status, alone.body["code"]) == (409, "InvalidObjectState")
    assert alone.body["restore"] == {"state": "archived", "storage_class": "GLACIER"}
    assert edge().admits(first["url"])
    assert edge().admits(third["url"])


def test_urls_cost_no_request_to_s3_when_nothing_was_archived(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [world.add(jpeg()) for _ in range(3)]
    monkeypatch.setattr(S3, "get_range", Mock(side_effect=AssertionError("asked")))
    assert all("url" in each for each in world.call(ROUTE, {"asset_ids": ids}).body["downloads"])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"asset_ids": []},
        {"asset_ids": ["x"] * 1001},
        {"asset_ids": ["x"], "expires_in_seconds": 604_801},
        {"asset_ids": ["x"], "disposition": "x"},
        {"asset_ids": ["x"], "other": 1},
    ],
    ids=["nothing", "none", "too many", "too long", "disposition", "unknown"],
)
def test_malformed_request_is_refused(world: World, body: object) -> None:
    answer = world.call(ROUTE, body)
    assert (answer.status, answer.body["code"]) == (400, "InvalidRequest")


def test_project_answers_404_when_the_caller_has_no_role_in_it(world: World) -> None:
    answer = world.call(ROUTE, {"asset_ids": [world.add(jpeg())]}, roles="aquarium:admin")
    assert (answer.status, answer.body["code"]) == (404, "NoSuchProject")


def test_attachment_carries_the_file_name(world: World) -> None:
    asset_id = world.add(jpeg(), file_name="Zoë's 猫.jpg")
    (one,) = world.call(ROUTE, {"asset_ids": [asset_id], "disposition": "attachment"}).body["downloads"]
    assert "%2525E7%258C%25AB" not in one["url"]
    assert "UTF-8%27%27Zo%25C3%25ABs" not in one["url"]
    assert "filename%2A%3DUTF-8%27%27Zo%25C3%25AB%2527s%2520%25E7%258C%25AB.jpg" in one["url"]
    assert edge().admits(one["url"])


def test_audit_record_names_caller_and_assets_and_no_url(world: World, caplog: pytest.LogCaptureFixture) -> None:
    ids = [world.add(jpeg(), file_name="secret-name.jpg"), new_id()]
    world.call(ROUTE, {"asset_ids": ids, "disposition": "attachment"})
    record, _ = [vars(each) for each in caplog.records if each.name == "audit"]
    assert record["audit"] == {
        "action": "read",
        "subject": "user-1",
        "project": "zoo",
        "asset_ids": ids[:1],
        "variant": "original",
    }
    assert record["correlation_id"] == "request-1"
    written = " ".join(str(vars(each)) for each in caplog.records)
    assert not re.search(r"https?:|Signature|secret-name|versionId", written)


def test_rendition_is_made_at_the_first_request_and_delivered_at_the_next(world: World) -> None:
    asset_id = world.add(jpeg(800, 600))
    body = {"asset_ids": [asset_id], "variant": "thumbnail"}
    (first,) = world.call(ROUTE, body).body["downloads"]
    assert first["problem"]["code"] == "RenditionNotReady"
    (second,) = world.call(ROUTE, body).body["downloads"]
    assert re.match(
        rf"https://cdn.example/derived/zoo/{asset_id}/[^/]+/thumbnail-[0-9a-f]{{12}}\.webp\?", second["url"]
    )
    assert len(world.invocations) == 1


@pytest.mark.parametrize("frames", [1, 3])
def test_annotated_picture_shows_the_current_annotations(world: World, frames: int) -> None:
    asset_id = world.add(jpeg(), width=400, height=300, frame_count=frames)
    body = {"asset_ids": [asset_id], "variant": "overlay"}
    seen = set()
    for _ in range(2):
        world.annotate(asset_id, label="cat", bbox=[0.1, 0.1, 0.2, 0.2])
        (first,) = world.call(ROUTE, body).body["downloads"]
        assert first["problem"]["code"] == "RenditionNotReady"
        (second,) = world.call(ROUTE, body).body["downloads"]
        seen.add(second["url"].partition("?")[0])
    assert len(seen) == 2


def test_rendition_is_delivered_when_it_exists_and_refused_when_the_original_is_archived(
    world: World,
) -> None:
    asset_id = world.add(jpeg())
    archive(world, asset_id)
    body = {"asset_ids": [asset_id], "variant": "thumbnail"}
    (refused,) = world.call(ROUTE, body).body["downloads"]
    assert refused["problem"]["code"] == "InvalidObjectState"
    assert refused["problem"]["restore"]["state"] == "archived"
    assert world.invocations == []
    key = rendition(world, asset_id)
    world.database.renditions.insert_one(
        {"_id": key, "project": "zoo", "asset_id": asset_id, "created_at": datetime.now(UTC), "schema_version": 1}
    )
    (made,) = world.call(ROUTE, body).body["downloads"]
    assert f"/{key}?" in made["url"]


def rendition(world: World, asset_id: str) -> str:
    return Recipe("rendition", "thumbnail", 320, "webp").key(world.document(asset_id))


@pytest.mark.parametrize("variant", ["w9999", "", "x" * 100_000])
def test_variant_that_is_not_offered_is_refused_and_does_not_reach_the_log(
    world: World, caplog: pytest.LogCaptureFixture, variant: str
) -> None:
    answer = world.call(ROUTE, {"asset_ids": [world.add(jpeg())], "variant": variant})
    assert (answer.status, answer.body["code"]) == (422, "Unprocessable")
    assert "thumbnail" in answer.body["detail"]
    assert len(answer.body["detail"]) < 200
    assert world.invocations == []
    assert [each for each in caplog.records if each.name == "audit"] == []


def test_denied_assets_of_a_batch_are_recorded(world: World, caplog: pytest.LogCaptureFixture) -> None:
    foreign = world.add(jpeg(), project="aquarium")
    world.call(ROUTE, {"asset_ids": [foreign, "no id: https://x"]}, roles="zoo:viewer")
    records = [vars(each)["audit"] for each in caplog.records if each.name == "audit"]
    assert [(each["action"], each["asset_ids"]) for each in records] == [("read", []), ("denied", [foreign])]


@pytest.mark.parametrize(
    ("route", "roles", "code"),
    [
        ("GET /v1/assets/{asset_id}/content", "aquarium:admin", "NoSuchAsset"),
        ("POST /v1/projects/zoo/downloads", "aquarium:admin", "NoSuchProject"),
        ("POST /v1/projects/zoo/cookies", "aquarium:admin", "NoSuchProject"),
        ("GET /v1/assets/{asset_id}/versions", "aquarium:admin", "NoSuchAsset"),
        ("DELETE /v1/assets/{asset_id}", "zoo:viewer", "AccessDenied"),
    ],
)
def test_denied_call_is_recorded_with_caller_and_asset(
    world: World, caplog: pytest.LogCaptureFixture, route: str, roles: str, code: str
) -> None:
    asset_id = world.add(jpeg())
    world.call(route.format(asset_id=asset_id), {}, roles=roles)
    (record,) = [vars(each)["audit"] for each in caplog.records if each.name == "audit"]
    assert (record["action"], record["subject"], record["code"]) == ("denied", "user-1", code)
    assert record["asset_ids"] == ([asset_id] if "assets" in route else [])
    assert record["project"] == ("" if "assets" in route else "zoo")
    assert record["route"].partition(" ")[0] == route.partition(" ")[0]


def test_denied_call_puts_no_text_of_its_caller_into_the_record(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.call("GET /v1/assets/secret-name.jpg/content")
    world.call("POST /v1/projects/Secret-Name/downloads", {})
    assert "ecret-" not in str([vars(each) for each in caplog.records if each.name == "audit"])
