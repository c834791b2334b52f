"""The summary on the asset can never disagree with the annotations: writers that die, writers that race, repair."""

import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.database import Database

from foveal.catalog.annotations import label_summary, writes
from foveal.catalog.annotations.operations import Create, Delete, Operation, Update
from foveal.catalog.author import Author
from foveal.database.client import Document
from foveal.errors import Problem
from tests.integration.catalog.annotation_requests import BOX, assert_true_to_annotations, label_totals, tallied
from tests.integration.catalog.annotations import killed_writer
from tests.integration.catalog.conftest import PROJECT, an_asset
from tests.integration.catalog.in_memory_masks import MemoryMasks

AUTHOR = Author("author", datetime(2026, 1, 1, tzinfo=UTC))
ROOT = Path(__file__).parents[4]


def make(asset_id: str, **more: Any) -> Create:
    return Create(op="create", asset_id=asset_id, annotation={**BOX, **more})


def stored(outcomes: list[Any]) -> list[Document]:
    assert not [each for each in outcomes if isinstance(each, Problem)], [str(each) for each in outcomes]
    return outcomes


def test_writers_that_die_at_any_step_leave_all_or_nothing(mongodb_uri: str, database: Database[Document]) -> None:
    asset = an_asset()
    database.assets.insert_one(asset)
    stored(writes.write(database, PROJECT, AUTHOR, [make(asset["_id"]) for _ in range(3)], masks=MemoryMasks()))
    ends = []
    for message in range(1, 40):
        for moment in ("before", "after"):
            count = database.annotations.count_documents({})
            revision = (database.assets.find_one() or {})["annotation_revision"]
            arguments = [mongodb_uri, database.name, asset["_id"], str(message), moment]
            command = [sys.executable, "-m", "tests.integration.catalog.annotations.killed_writer", *arguments]
            done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
            assert done.returncode in (killed_writer.KILLED, killed_writer.FINISHED), done.stderr
            ends.append(done.returncode)
            assert_true_to_annotations(database)
            assert tallied(database) == label_totals(database)
            after = (database.assets.find_one() or {})["annotation_revision"]
            assert after in (revision, revision + 1)
            assert database.annotations.count_documents({}) == count
            assert database.annotation_revisions.count_documents({}) == 3 * (
                database.annotations.count_documents({"label": "boat"})
            )
        if done.returncode == killed_writer.FINISHED:
            break
        stored(writes.write(database, PROJECT, AUTHOR, [make(asset["_id"])], masks=MemoryMasks()))
        assert_true_to_annotations(database)
    assert ends[-1] == killed_writer.FINISHED
    assert ends.count(killed_writer.KILLED) >= 14
    assert label_summary.reconcile(database) == []


def test_writers_of_one_asset_at_the_same_time_are_put_in_order(database: Database[Document]) -> None:
    asset = an_asset()
    database.assets.insert_one(asset)

    def work(seed: int) -> None:
        chance = random.Random(seed)
        own: list[Document] = []
        for _ in range(12):
            operation: Operation = make(asset["_id"], label=chance.choice(["car", "bus"]), confidence=chance.random())
            if own and chance.random() < 0.5:
                target = own.pop()
                operation = Delete(op="delete", annotation_id=target["_id"], revision=target["revision"])
            (outcome,) = stored(writes.write(database, PROJECT, AUTHOR, [operation], masks=MemoryMasks()))
            if "deleted_at" not in outcome:
                own.append(outcome)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert (database.assets.find_one() or {})["annotation_revision"] == 48
    assert_true_to_annotations(database)


def test_updates_from_ingest_in_between_are_kept(database: Database[Document]) -> None:
    asset = an_asset()
    database.assets.insert_one(asset)

    def ingest(number: int) -> None:
        database.assets.update_one({"_id": asset["_id"]}, [{"$set": {"width": {"$add": ["$width", 1]}}}])

    def annotate(number: int) -> None:
        stored(writes.write(database, PROJECT, AUTHOR, [make(asset["_id"])], masks=MemoryMasks()))

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(job, n) for n in range(20) for job in (ingest, annotate)]
        for job in jobs:
            job.result()
    assert (database.assets.find_one() or {})["width"] == 660
    assert_true_to_annotations(database)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["create", "update", "delete"]),
        st.integers(0, 3),
        st.sampled_from(["car", "bus", None]),
        st.sampled_from([None, 0.25, 0.75]),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, cut=st.integers(1, 12))
def test_label_summaries_equal_the_annotations_after_any_operations(
    database: Database[Document], steps: list[Any], cut: int
) -> None:
    database.annotations.delete_many({})
    database.annotation_revisions.delete_many({})
    database.assets.delete_many({})
    assets = [an_asset(), an_asset()]
    database.assets.insert_many(assets)
    for start in range(0, len(steps), cut):
        present = list(database.annotations.find().sort("_id", 1))
        operations: list[Operation] = []
        for kind, which, label, confidence in steps[start : start + cut]:
            target = present[which % len(present)] if present else None
            if kind == "create" or target is None:
                operations.append(make(assets[which % 2]["_id"], label=label, confidence=confidence))
            elif kind == "update":
                changes = {"label": label, "confidence": confidence}
                operations.append(
                    Update(op="update", annotation_id=target["_id"], revision=target["revision"], changes=changes)
                )
            else:
                operations.append(Delete(op="delete", annotation_id=target["_id"], revision=target["revision"]))
        writes.write(database, PROJECT, AUTHOR, operations, masks=MemoryMasks())
        assert_true_to_annotations(database)


def test_reconcile_repairs_writes_past_the_catalog(database: Database[Document]) -> None:
    assets = [an_asset(), an_asset(), an_asset(project="meadow")]
    database.assets.insert_many(assets)
    stored(
        writes.write(database, PROJECT, AUTHOR, [make(assets[0]["_id"]), make(assets[1]["_id"])], masks=MemoryMasks())
    )
    assert label_summary.reconcile(database) == []
    database.annotations.update_one({"asset_id": assets[0]["_id"]}, {"$set": {"label": "sabotage"}})
    database.assets.update_one({"_id": assets[2]["_id"]}, {"$set": {"label_summary": label_summary.summarise([BOX])}})
    assert label_summary.reconcile(database, PROJECT) == [assets[0]["_id"]]
    assert label_summary.reconcile(database) == [assets[2]["_id"]]
    assert label_summary.reconcile(database) == []
    for asset in database.assets.find():
        assert asset["label_summary"] == label_summary.summarise(database.annotations.find({"asset_id": asset["_id"]}))


@pytest.mark.parametrize("confidence", [None, 0.5])
def test_merged_summaries_equal_new_ones(confidence: float | None) -> None:
    annotations = [
        {"field": "a", "label": label, "type": "detection", "confidence": score}
        for label in ("x", None)
        for score in (0.1, confidence)
    ]
    assert label_summary.merge(label_summary.summarise(annotations[:2]), annotations[2:]) == label_summary.summarise(
        annotations
    )
