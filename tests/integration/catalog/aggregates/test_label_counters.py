"""Label counters are exact at every moment: after any change by anybody, before and after it is counted in."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database

from foveal.catalog import label_counters
from foveal.catalog.aggregates import asset_aggregates, requests
from foveal.catalog.annotations import writes
from foveal.catalog.annotations.operations import Create, Delete, Update
from foveal.catalog.author import Author
from foveal.database.client import Document
from foveal.errors import Problem
from tests.integration.catalog.annotation_requests import BOX, tallied
from tests.integration.catalog.annotation_requests import label_totals as by_hand
from tests.integration.catalog.conftest import PROJECT, Client, an_asset
from tests.integration.catalog.in_memory_masks import MemoryMasks

AUTHOR = Author("author", datetime(2026, 1, 1, tzinfo=UTC))


def change_something(database: Database[Document], chance: random.Random) -> None:
    asset = chance.choice(list(database.assets.find({}, {"_id": 1, "project": 1}).sort("_id", 1)))
    present = list(database.annotations.find({"asset_id": asset["_id"]}).sort("_id", 1))
    kind = chance.choice(["create", "create", "update", "delete", "status", "status"])
    if kind == "status":
        status = chance.choice(["ready", "ready", "deleted", "quarantined"])
        database.assets.update_one({"_id": asset["_id"]}, {"$set": {"status": status}})
    elif kind == "create":
        box = {**BOX, "label": chance.choice(["car", "bus", "", "ä"]) or None, "field": chance.choice(["a", "b"])}
        operation: Any = Create(op="create", asset_id=asset["_id"], annotation=box)
        writes.write(database, asset["project"], AUTHOR, [operation], masks=MemoryMasks())
    elif present:
        target = chance.choice(present)
        known = {"annotation_id": target["_id"], "revision": target["revision"]}
        operation = (
            Delete(op="delete", **known) if kind == "delete" else Update(op="update", changes={"label": "van"}, **known)
        )
        writes.write(database, asset["project"], AUTHOR, [operation], masks=MemoryMasks())


@pytest.mark.parametrize("seed", range(4))
def test_label_counters_equal_the_annotations_after_any_change(
    database: Database[Document], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(label_counters, "MAX_ADDED", 3)
    monkeypatch.setattr(label_counters, "BATCH", 2)
    chance = random.Random(seed)
    database.assets.insert_many([an_asset() for _ in range(6)] + [an_asset(project="meadow")])
    for _ in range(60):
        change_something(database, chance)
        if chance.random() < 0.3:
            label_counters.count_in(database, PROJECT, chance.choice([1, 100]))
        if chance.random() < 0.5:
            assert tallied(database) == by_hand(database)
    assert tallied(database) == by_hand(database)


def test_label_counters_lose_nothing_when_many_count_at_once(
    database: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_counters, "BATCH", 7)
    assets = [an_asset() for _ in range(60)]
    database.assets.insert_many(assets)

    def work(number: int) -> None:
        if number % 3 == 0:
            label_counters.count_in(database, PROJECT)
        else:
            draft = Create(op="create", asset_id=assets[number]["_id"], annotation=BOX)
            (outcome,) = writes.write(database, PROJECT, AUTHOR, [draft], masks=MemoryMasks())
            assert not isinstance(outcome, Problem)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(60)))
    assert tallied(database) == by_hand(database)
    label_counters.count_in(database, PROJECT)
    assert tallied(database) == by_hand(database) == {None: (60, 60), "car": (40, 40)}


def test_annotations_are_counted_by_whoever_writes_them(database: Database[Document]) -> None:
    assets = [an_asset() for _ in range(3)]
    database.assets.insert_many(assets)
    drafts = [Create(op="create", asset_id=each["_id"], annotation=BOX) for each in assets]
    made = [
        outcome for _ in range(8) for outcome in writes.write(database, PROJECT, AUTHOR, drafts, masks=MemoryMasks())
    ]
    assert label_counters.count_in(database, PROJECT) == 0
    assert tallied(database) == by_hand(database) == {None: (3, 3), "car": (24, 3)}
    assert not isinstance(made[0], Problem)
    writes.write(
        database, PROJECT, AUTHOR, [Delete(op="delete", annotation_id=made[0]["_id"], revision=1)], masks=MemoryMasks()
    )
    assert label_counters.count_in(database, PROJECT) == 0
    assert tallied(database) == by_hand(database) == {None: (3, 3), "car": (23, 3)}


def test_label_counters_are_the_sum_of_their_slots(
    database: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    assets = [an_asset() for _ in range(4)]
    database.assets.insert_many(assets)
    for slot, asset in enumerate(assets):
        monkeypatch.setattr("secrets.randbelow", lambda _, slot=slot: slot % 2)
        writes.write(
            database, PROJECT, AUTHOR, [Create(op="create", asset_id=asset["_id"], annotation=BOX)], masks=MemoryMasks()
        )
    assert database.label_tally.count_documents({"label": "car"}) == 2
    assert tallied(database) == by_hand(database) == {None: (4, 4), "car": (4, 4)}


def test_rebuild_counts_anew_after_deletions_past_the_catalog(database: Database[Document]) -> None:
    assets = [an_asset(), an_asset()]
    database.assets.insert_many(assets)
    label_counters.count_in(database, PROJECT)
    database.assets.delete_one({"_id": assets[0]["_id"]})
    assert tallied(database) != by_hand(database)
    assert label_counters.rebuild(database, PROJECT) == 1
    assert tallied(database) == by_hand(database)


def test_read_is_exact_when_others_have_not_finished_counting(
    database: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_counters, "MAX_UNCOUNTED", 2)
    database.assets.insert_many([an_asset() for _ in range(3)])
    with database.client.start_session() as session, session.start_transaction():
        label_counters._count_batch(database, PROJECT, session)
        assert counted_by_a_read(database) == 3
    assert counted_by_a_read(database) == 3
    assert tallied(database) == by_hand(database)


def test_reads_at_once_are_exact_and_count_in_what_has_gathered(
    database: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_counters, "MAX_UNCOUNTED", 4)
    monkeypatch.setattr(label_counters, "BATCH", 10)
    database.assets.insert_many([an_asset() for _ in range(60)])
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda _: counted_by_a_read(database), range(24))) == [60] * 24
    for _ in range(6):
        counted_by_a_read(database)
    assert database.assets.count_documents({"counted": None}) <= 4
    assert tallied(database) == by_hand(database) == {None: (60, 60)}


def counted_by_a_read(database: Database[Document]) -> Any:
    request = requests.parse({"aggregates": {"all": {"count": {}}}})
    return asset_aggregates.compute(database, PROJECT, request)["aggregates"]["all"]["count"]


def test_projects_that_are_far_behind_are_counted_in_without_a_read(
    database: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_counters, "MAX_UNCOUNTED", 4)
    monkeypatch.setattr(label_counters, "BATCH", 10)
    database.assets.insert_many([an_asset() for _ in range(12)] + [an_asset(project="meadow") for _ in range(25)])
    database.assets.insert_many([an_asset(project="little") for _ in range(4)])
    counted = list(iter(lambda: label_counters.catch_up(database), 0))
    assert counted == [20, 10, 5]  # what a read adds anyway is left: 2 of the first project, all of the third
    label_counters.count_in(database, "meadow")
    database.assets.update_many({"project": "meadow"}, {"$set": {"status": "deleted"}})
    assert list(iter(lambda: label_counters.catch_up(database), 0)) == [10, 10, 5]
    assert database.assets.count_documents({"counted.status": "ready"}) == 10


def test_catching_up_leaves_assets_that_others_are_counting(
    database: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_counters, "MAX_UNCOUNTED", 4)
    database.assets.insert_many([an_asset() for _ in range(12)])
    with database.client.start_session() as session, session.start_transaction():
        label_counters._count_batch(database, PROJECT, session)
        assert label_counters.catch_up(database) == 0
    assert tallied(database) == by_hand(database) == {None: (12, 12)}


def test_aggregates_answer_from_the_label_counters(database: Database[Document], viewer: Client) -> None:
    asset = an_asset()
    database.assets.insert_many([asset, an_asset(status="deleted")])
    drafts = [Create(op="create", asset_id=asset["_id"], annotation=BOX)] * 3
    writes.write(database, PROJECT, AUTHOR, drafts, masks=MemoryMasks())
    label_counters.count_in(database, PROJECT)
    key, here = "POST /v1/projects/{project}/assets/aggregate", {"project": PROJECT}
    body: dict[str, Any] = {"aggregates": {"labels": {"labels": {}}, "all": {"count": {}}}}
    answer = viewer.call(key, here, body).body["aggregates"]
    assert answer["labels"]["labels"] == [{"label": "car", "annotations": 3, "assets": 1}]
    assert answer["all"] == {"count": 1}
    car = {"filter": {"annotations": {"any": {"label": "car"}}}, "aggregates": {"n": {"count": {}}}}
    assert viewer.call(key, here, car).body["aggregates"]["n"] == {"count": 1}
    assert "counted" not in viewer.call("GET /v1/assets/{asset_id}", {"asset_id": asset["_id"]}).body
