"""Near-duplicates by perceptual hash, through the handler."""

from typing import Any

import pytest
from pymongo.database import Database

from foveal.catalog import near_duplicates
from foveal.database.client import Document
from tests.integration.catalog.conftest import OTHER_PROJECT, PROJECT, Client, an_asset

DUPLICATES = "POST /v1/projects/{project}/assets/duplicates"


def near(client: Client, **body: Any) -> Any:
    answer = client.call(DUPLICATES, {"project": PROJECT}, {"by": "near", **body})
    assert answer.status == 200, answer.text
    return answer.body


def pictured(bits: int, **facts: Any) -> Document:
    return an_asset(perceptual_hash=f"{bits:016x}", **facts)


def test_near_pictures_come_by_distance_within_filter_and_project(database: Database[Document], viewer: Client) -> None:
    base = 0xF0F0_1234_5678_9ABC
    one, copy, other = pictured(base, tags=["a"]), pictured(base ^ 0b11), pictured(base ^ 0b111100, tags=["a"])
    elsewhere, deleted = pictured(base, project=OTHER_PROJECT), pictured(base, status="deleted")
    database.assets.insert_many([one, copy, other, elsewhere, deleted, an_asset(), pictured(base ^ (0xFFF << 20))])
    found = near(viewer)
    assert found["is_complete"] is True
    ids = [sorted((a["_id"], b["_id"])) for a, b in ((one, copy), (one, other))]
    assert found["pairs"] == [
        {"distance": bits, "between": [{"asset_id": asset_id} for asset_id in pair]}
        for bits, pair in zip((2, 4), ids, strict=True)
    ]
    narrowed = near(viewer, filter={"field": "tags", "eq": "a"})
    assert [pair["distance"] for pair in narrowed["pairs"]] == [4]
    assert [pair["distance"] for pair in near(viewer, max_distance=6)["pairs"]] == [2, 4, 6]
    assert near(viewer, max_distance=0) == {"pairs": [], "is_complete": True}
    assert near(viewer, limit=1)["is_complete"] is False


def test_asset_is_found_by_its_perceptual_hash(database: Database[Document], viewer: Client) -> None:
    wanted = pictured(5)
    database.assets.insert_many([wanted, pictured(6), an_asset()])
    query = {"perceptual_hash": wanted["perceptual_hash"]}
    answer = viewer.call("GET /v1/projects/{project}/assets", {"project": PROJECT}, query=query)
    assert [item["asset_id"] for item in answer.body["items"]] == [wanted["_id"]]


def test_project_with_more_pictures_than_are_compared_is_told_to_narrow(
    database: Database[Document], viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near_duplicates, "MAX_HASHES", 2)
    database.assets.insert_many([pictured(bits) for bits in range(3)])
    answer = viewer.call(DUPLICATES, {"project": PROJECT}, {"by": "near"})
    assert (answer.status, answer.body["code"]) == (422, "QueryTooExpensive")


@pytest.mark.parametrize("body", [{"max_distance": 9}, {"max_distance": -1}])
def test_distance_beyond_the_limits_is_refused(viewer: Client, body: Any) -> None:
    answer = viewer.call(DUPLICATES, {"project": PROJECT}, {"by": "near", **body})
    assert (answer.status, answer.body["code"]) == (400, "InvalidRequest")
