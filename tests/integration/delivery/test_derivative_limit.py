"""The limit of derivatives of one asset: options multiply, so that names alone bound nothing."""

from datetime import timedelta
from itertools import combinations

import pytest

from foveal.derivatives import made
from tests.integration.delivery.world import Answer, World, jpeg

LABELS = ("car", "bus", "van")
CHOICES = [",".join(chosen) for count in (1, 2, 3) for chosen in combinations(LABELS, count)]


@pytest.fixture
def asset_id(world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(made, "MAX_PER_ASSET", 4)
    found = world.add(jpeg(), width=400, height=300)
    for label in LABELS:
        world.annotate(found, label=label, bbox=[0.1, 0.1, 0.5, 0.5])
    return found


def overlay(world: World, asset_id: str, label: str) -> Answer:
    query = {"variant": "overlay", "label": label}
    return world.call(f"GET /v1/assets/{asset_id}/content", query=query, roles="zoo:viewer")


def grow_old(world: World, asset_id: str) -> None:
    for record in world.database.renditions.find({"asset_id": asset_id}):
        older = record["created_at"] - made.MIN_AGE_OF_EVICTED - timedelta(minutes=1)
        world.database.renditions.update_one({"_id": record["_id"]}, {"$set": {"created_at": older}})


def stored(world: World, asset_id: str) -> list[str]:
    listed = world.s3.list_object_versions(Bucket=world.bucket, Prefix=f"derived/zoo/{asset_id}/")
    return sorted(each["Key"] for each in listed.get("Versions", []))


def test_combinations_of_labels_are_refused_beyond_the_limit(world: World, asset_id: str) -> None:
    answers = [overlay(world, asset_id, label) for label in CHOICES]
    assert [each.status for each in answers] == [302] * 4 + [422] * 3
    assert "The asset has 4 derivatives" in answers[-1].body["detail"]
    assert overlay(world, asset_id, CHOICES[0]).status == 302, "one that exists"
    assert len(stored(world, asset_id)) == 4


def test_renditions_are_made_beyond_the_limit(world: World, asset_id: str) -> None:
    for label in CHOICES[:4]:
        assert overlay(world, asset_id, label).status == 302
    answer = world.call(f"GET /v1/assets/{asset_id}/content", query={"variant": "thumbnail"})
    assert answer.status == 302


def test_old_derivatives_make_room_for_new_ones_and_renditions_stay(world: World, asset_id: str) -> None:
    assert world.call(f"GET /v1/assets/{asset_id}/content", query={"variant": "thumbnail"}).status == 302
    for label in CHOICES[:3]:
        assert overlay(world, asset_id, label).status == 302
    before = stored(world, asset_id)
    grow_old(world, asset_id)
    assert overlay(world, asset_id, CHOICES[5]).status == 302
    after = stored(world, asset_id)
    assert len(after) == 2
    assert [key for key in after if key in before] == [key for key in before if "thumbnail" in key]
    assert world.database.renditions.count_documents({"asset_id": asset_id}) == 2


def test_record_of_an_earlier_version_makes_room_without_its_object(world: World, asset_id: str) -> None:
    for label in CHOICES[:4]:
        assert overlay(world, asset_id, label).status == 302
    grow_old(world, asset_id)
    world.database.renditions.update_many({}, {"$unset": {"version_id": ""}})
    assert overlay(world, asset_id, CHOICES[4]).status == 302
    assert overlay(world, asset_id, CHOICES[0]).status == 302, "its object is still there"
