"""Idempotency: the same key gives the same asset, whoever wins the race, whatever restarts in between."""

import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from foveal.uploads import store
from foveal.uploads.limits import MIB
from tests.integration.uploads.world import World, photo

SHA256 = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
OTHER_SHA256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def test_replay_gives_the_same_asset_and_a_ticket_that_works_when_the_key_is_repeated(world: World) -> None:
    first = world.begin_one(idempotency_key="k")
    again = world.begin_one(idempotency_key="k")
    assert (again["asset_id"], again["upload_id"]) == (first["asset_id"], first["upload_id"])
    assert world.put(again, b"lions").status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"size_bytes": 6},
        {"content_type": "image/png"},
        {"file_name": "tiger.jpg"},
        {"tags": ["x"]},
        {"attributes": {"a": 1}},
        {"method": "post"},
        {"checksum": {"algorithm": "sha256", "value": SHA256}},
    ],
)
def test_replay_is_a_conflict_when_the_payload_differs(world: World, change: dict[str, object]) -> None:
    world.begin_one(idempotency_key="k")
    problem = world.begin(photo(idempotency_key="k", **change))[0]["problem"]
    assert (problem["status"], problem["code"]) == (409, "IdempotencyConflict")
    assert world.backend.database.assets.count_documents({}) == 1


def test_replay_finds_its_upload_when_tags_repeat_and_attributes_are_null(world: World) -> None:
    item = photo(idempotency_key="k", tags=["b", "a", "b"], attributes={"site": "north", "none": None})
    first, again = world.begin(item)[0], world.begin(item)[0]
    assert again["asset_id"] == first["asset_id"]
    asset = world.asset(first["asset_id"])
    assert (asset["tags"], asset["attributes"]) == (["b", "a"], {"site": "north"})


def test_key_is_free_when_caller_or_project_differs(world: World) -> None:
    item = photo(idempotency_key="k")
    ids = {
        world.begin(item)[0]["asset_id"],
        world.begin(item, subject="bob")[0]["asset_id"],
        world.begin(item, project="farm", groups="farm:editor")[0]["asset_id"],
    }
    assert len(ids) == 3


def test_items_share_one_asset_when_they_carry_the_same_key_in_one_request(world: World) -> None:
    first, again, other = world.begin(
        photo(idempotency_key="k"), photo(idempotency_key="k"), photo(idempotency_key="k", size_bytes=9)
    )
    assert first["asset_id"] == again["asset_id"]
    assert other["problem"]["code"] == "IdempotencyConflict"


def test_two_hundred_concurrent_begins_give_ten_assets_when_they_carry_ten_keys(world: World) -> None:
    start = threading.Barrier(20)

    def begin(number: int) -> tuple[str, str]:
        if number < 20:
            start.wait()
        key = f"key-{number % 10}"
        return key, world.begin_one(idempotency_key=key)["asset_id"]

    with ThreadPoolExecutor(20) as threads:
        begun = list(threads.map(begin, range(200)))
    assets = defaultdict(set)
    for key, asset_id in begun:
        assets[key].add(asset_id)
    assert {key: len(ids) for key, ids in assets.items()} == {f"key-{number}": 1 for number in range(10)}
    stored = {each["_id"] for each in world.backend.database.assets.find()}
    assert stored == set().union(*assets.values())
    quota = world.backend.database.quotas.find_one()
    assert quota is not None
    assert quota["bytes"] == 50


def test_loser_of_a_race_gets_the_winners_asset_and_is_not_counted_when_both_found_the_key_free(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = world.begin_one(idempotency_key="k")
    find, calls = store.find_by_keys, list[int]()

    def too_early(*arguments: Any) -> dict[str, Any]:
        calls.append(1)
        return {} if len(calls) == 1 else find(*arguments)

    monkeypatch.setattr(store, "find_by_keys", too_early)
    assert world.begin_one(idempotency_key="k")["asset_id"] == first["asset_id"]
    assert world.backend.database.assets.count_documents({}) == 1
    quota = world.backend.database.quotas.find_one()
    assert quota is not None
    assert quota["bytes"] == 5


def test_asset_is_made_again_when_a_crash_left_only_the_upload(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise AutoReconnect("gone")

    with monkeypatch.context() as crashing:
        crashing.setattr(store, "insert_assets", crash)
        status, problem = world.call(
            "POST /v1/projects/{project}/uploads", {"uploads": [photo(idempotency_key="k")]}, project="zoo"
        )
        assert (status, problem["code"]) == (503, "ServiceUnavailable")
    assert world.backend.database.assets.count_documents({}) == 0
    ticket = world.begin_one(idempotency_key="k")
    assert world.asset(ticket["asset_id"])["status"] == "pending"


def test_upload_goes_on_under_its_ids_when_an_aborted_one_is_begun_again(world: World) -> None:
    ticket = world.begin_one(10 * MIB, method="multipart", part_size_bytes=5 * MIB, idempotency_key="k")
    assert world.call("DELETE /v1/uploads/{upload_id}", upload_id=ticket["upload_id"])[0] == 204
    assert world.asset(ticket["asset_id"])["reason"] == "upload_aborted"
    again = world.begin_one(10 * MIB, method="multipart", part_size_bytes=5 * MIB, idempotency_key="k")
    assert again["asset_id"] == ticket["asset_id"]
    asset = world.asset(ticket["asset_id"])
    assert (asset["status"], "reason" in asset) == ("pending", False)
    world.put_parts(again, bytes(10 * MIB))
    assert world.call("POST /v1/uploads/{upload_id}/complete", upload_id=ticket["upload_id"])[0] == 200


def test_checksum_is_the_key_when_the_client_asks_for_it(world: World) -> None:
    item = photo(checksum={"algorithm": "sha256", "value": SHA256})
    first = world.begin(item, checksum_as_key=True)[0]
    renamed = world.begin({**item, "file_name": "copy.jpg"}, checksum_as_key=True)[0]
    other = world.begin({**item, "checksum": {"algorithm": "sha256", "value": OTHER_SHA256}}, checksum_as_key=True)[0]
    assert first["asset_id"] == renamed["asset_id"] != other["asset_id"]


def test_item_is_refused_when_the_checksum_is_to_be_the_key_and_there_is_none(world: World) -> None:
    assert world.begin(photo(), checksum_as_key=True)[0]["problem"]["code"] == "InvalidRequest"


def test_status_tells_that_the_bytes_are_there_when_a_device_begins_again_after_a_crash(world: World) -> None:
    ticket = world.begin_one(idempotency_key="k")
    world.backend.database.assets.update_one({"_id": ticket["asset_id"]}, {"$set": {"status": "ready"}})
    assert world.begin_one(idempotency_key="k")["status"] == "ready"
