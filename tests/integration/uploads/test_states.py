"""States of up to 1,000 uploads by their idempotency keys, in one call."""

import json
from typing import Any

import pytest

from tests.integration.uploads.test_multipart import COMPLETE, DATA, begun
from tests.integration.uploads.world import World, photo

STATES = "POST /v1/projects/{project}/uploads/status"


def states(
    world: World, *keys: str, project: str = "zoo", groups: str = "zoo:editor", subject: str = "ann"
) -> tuple[int, Any]:
    body = {"idempotency_keys": list(keys)}
    return world.call(STATES, body, project=project, groups=groups, subject=subject)


def test_uploads_come_in_the_order_of_the_keys_and_unknown_keys_are_named(world: World) -> None:
    first, second = world.begin(photo(idempotency_key="a"), photo(idempotency_key="b", size_bytes=7))
    world.backend.database.assets.update_one({"_id": second["asset_id"]}, {"$set": {"status": "ready"}})
    status, answer = states(world, "b", "gone", "a", "b")
    assert status == 200
    assert answer["missing_idempotency_keys"] == ["gone"]
    assert [(each["idempotency_key"], each["state"], each["status"]) for each in answer["uploads"]] == [
        ("b", "completed", "ready"),
        ("a", "open", "pending"),
    ]
    assert answer["uploads"][1]["asset_id"] == first["asset_id"]


def test_multipart_upload_tells_its_state_and_checksums(world: World) -> None:
    ticket = begun(world, idempotency_key="m")
    assert states(world, "m")[1]["uploads"][0]["state"] == "open"
    world.put_parts(ticket, DATA)
    completed = world.call(COMPLETE, upload_id=ticket["upload_id"])[1]
    assert states(world, "m")[1]["uploads"] == [{"idempotency_key": "m", **completed}]


def test_deleted_asset_is_told(world: World) -> None:
    ticket = world.begin_one(idempotency_key="a")
    world.backend.database.assets.delete_one({"_id": ticket["asset_id"]})
    assert states(world, "a")[1]["uploads"][0]["status"] == "deleted"


def test_uploads_of_other_callers_and_projects_are_unknown(world: World) -> None:
    world.begin(photo(idempotency_key="a"))
    world.begin(photo(idempotency_key="c"), project="lab", groups="lab:editor")
    assert states(world, "a", subject="ben")[1]["missing_idempotency_keys"] == ["a"]
    assert states(world, "a", "c")[1]["missing_idempotency_keys"] == ["c"]
    assert states(world, "a", groups="lab:editor")[0] == 404
    assert states(world, "a", groups="zoo:viewer")[0] == 403


def test_checksum_as_key_is_no_key_of_a_client(world: World) -> None:
    checksum = {"algorithm": "sha256", "value": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="}
    world.begin(photo(checksum=checksum), checksum_as_key=True)
    key = f"checksum:sha256:{checksum['value']}:5"
    assert states(world, key)[1]["missing_idempotency_keys"] == [key]


@pytest.mark.parametrize("keys", [[], ["x"] * 1001, [""], ["a b"], ["x" * 256], [1]])
def test_keys_are_refused_when_they_cannot_be_keys(world: World, keys: list[Any]) -> None:
    assert states(world, *keys)[0] == 400


def test_a_thousand_states_fit_into_an_answer(world: World) -> None:
    keys = [f"{number:04d}{'k' * 251}" for number in range(1000)]
    kind = "image/" + "x" * 120
    for start in range(0, 1000, 500):
        world.begin(*(photo(idempotency_key=key, content_type=kind) for key in keys[start : start + 500]))
    status, answer = states(world, *keys)
    assert (status, len(answer["uploads"])) == (200, 1000)
    assert len(json.dumps(answer)) < 6_000_000 / 3
