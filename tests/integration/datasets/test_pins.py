"""Pins: which versions hold an asset or one version of its bytes; deletion of versions sets them free."""

import pytest

from foveal.datasets import deletion, pins
from foveal.errors import PinnedByDataset, ServiceUnavailable
from tests.integration.datasets.conftest import Zoo


def holding(zoo: Zoo, asset_id: str, version_id: str | None = None) -> list[str]:
    asset = zoo.database.assets.find_one({"_id": asset_id})
    assert asset is not None
    return pins.versions_holding(zoo.database, zoo.bucket, asset, version_id)


@pytest.mark.usefixtures("small_pages")
def test_versions_that_hold_an_asset_are_named(zoo: Zoo) -> None:
    ids = sorted(zoo.add(100))
    zoo.create("some", asset_ids=ids[10:20])
    zoo.create("all")
    zoo.database.assets.update_one({"_id": ids[15]}, {"$set": {"s3.version_id": "v2"}})
    zoo.create("all")
    assert holding(zoo, ids[15]) == ["all/1", "all/2", "some/1"]
    assert holding(zoo, ids[15], "v1") == ["all/1", "some/1"]
    assert holding(zoo, ids[15], "v2") == ["all/2"]
    assert holding(zoo, ids[50]) == ["all/1", "all/2"]
    assert holding(zoo, ids[50], "v2") == []
    assert holding(zoo, zoo.add()[0]) == []


@pytest.mark.usefixtures("small_pages")
def test_page_that_versions_share_is_read_once_for_a_pin(zoo: Zoo) -> None:
    ids = zoo.add(100)
    for _ in range(3):
        zoo.create()
    zoo.bucket.reads.clear()
    assert len(holding(zoo, ids[50])) == 3
    assert len(zoo.bucket.reads) == 1


@pytest.mark.usefixtures("small_pages")
def test_version_that_is_being_made_holds_its_assets(zoo: Zoo) -> None:
    ids = sorted(zoo.add(100))

    def look(_: int) -> None:
        assert holding(zoo, ids[0]) == ["cats/1"]
        raise InterruptedError

    with pytest.raises(InterruptedError):
        zoo.create(advance=look)


@pytest.mark.usefixtures("small_pages")
def test_creation_finds_an_asset_that_was_deleted_for_good_meanwhile(zoo: Zoo) -> None:
    """The deletion looked for pins before the page was written; its mark is found afterwards."""
    ids = sorted(zoo.add(100))

    def delete(count: int) -> None:
        if count == 100:
            mark = {"is_permanent": True, "look_at": 1}
            zoo.database.assets.update_one({"_id": ids[3]}, {"$set": {"deletion": mark}})

    begun = zoo.begin()
    with pytest.raises(ServiceUnavailable):
        zoo.build(begun["_id"], delete)
    version = zoo.build(begun["_id"])
    assert [line.asset_id for line in zoo.lines(version)] == [*ids[:3], *ids[4:]]


@pytest.mark.usefixtures("small_pages")
def test_deletion_of_a_version_keeps_the_pages_of_others(zoo: Zoo) -> None:
    ids = sorted(zoo.add(100))
    first = zoo.create()
    zoo.annotate(ids[50])
    second = zoo.create()
    deletion.delete(zoo.database, zoo.bucket, first)
    assert len(zoo.lines(second)) == 100
    assert holding(zoo, ids[50]) == ["cats/2"]
    deletion.delete(zoo.database, zoo.bucket, second)
    assert zoo.bucket.objects == {}
    assert holding(zoo, ids[50]) == []
    assert zoo.database.dataset_pages.count_documents({}) == 0
    assert zoo.create()["version"] == 3


def test_asset_without_pins_is_not_held(zoo: Zoo) -> None:
    held, free = zoo.add(2)
    zoo.create(asset_ids=[held])
    pins.require_unpinned(zoo.database, zoo.bucket, {"_id": free, "project": "zoo"})
    with pytest.raises(PinnedByDataset) as caught:
        pins.require_unpinned(zoo.database, zoo.bucket, {"_id": held, "project": "zoo"})
    assert caught.value.extensions == {"held_by": ["cats/1"]}
    assert "cats/1" in caught.value.detail
