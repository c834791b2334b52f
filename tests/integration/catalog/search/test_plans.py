"""Query plans of MongoDB: an index for each query, few documents read beyond those returned, no idle index."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from foveal.access.page_tokens import Position
from foveal.catalog.aggregates import asset_aggregates, requests
from foveal.catalog.annotations.label_summary import summarise
from foveal.catalog.keyset import Sort, ranges_after
from foveal.catalog.search import search
from foveal.catalog.search.compiler import compile_filter
from foveal.catalog.search.index_selection import MAX_TRIED
from foveal.database import client
from foveal.database.client import Document
from foveal.database.migration import migrate
from foveal.database.schema import COLLECTIONS
from tests.integration.catalog.conftest import PROJECT, an_asset

START = datetime(2026, 1, 1, tzinfo=UTC)
PAGE = 50
LABELS = ["car"] * 80 + ["person"] * 40 + ["boat", "dog", "kite"] * 2


@dataclass(frozen=True)
class Question:
    """A filter and an order that the API answers with pages."""

    index: str
    filter: Any = None
    sort: str = "-created_at"
    after: Position | None = None
    may_sort: bool = False

    def __str__(self) -> str:
        return f"{self.filter} by {self.sort} after {self.after and self.after.value}"


def labelled(**wanted: Any) -> Any:
    return {"annotations": {"any": wanted}}


MIDDLE = Position(START + timedelta(hours=700), "0190")
QUESTIONS = [
    Question("created"),
    Question("created", sort="created_at"),
    Question("created", after=MIDDLE),
    Question("created", {"field": "created_at", "gte": "2026-01-20T00:00:00Z", "lt": "2026-01-22T00:00:00Z"}),
    Question("created", {"field": "status", "eq": "failed"}),
    Question("updated", sort="-updated_at"),
    Question("captured", sort="-captured_at"),
    Question("captured", sort="captured_at", after=Position(None, "0190")),
    Question("size", {"field": "size_bytes", "gte": 1_000_000}, sort="size_bytes"),
    Question("size", sort="-size_bytes", after=Position(900_000, "0190")),
    Question("file_name", {"field": "file_name", "prefix": "IMG_00"}, sort="file_name"),
    Question("tags", {"field": "tags", "eq": "night"}),
    Question("tags", {"field": "tags", "eq": "night"}, after=MIDDLE),
    Question("labels_created", labelled(label="car")),
    Question("labels_created", labelled(label="car"), sort="created_at", after=MIDDLE),
    Question("labels_created", labelled(label="car", confidence={"gte": 0.8})),
    Question("labels_created", labelled(label="car", field="yolo11", confidence={"gte": 0.8})),
    Question("labels_captured", labelled(label="car", confidence={"gte": 0.8}), sort="-captured_at"),
    Question(
        "labels_captured",
        {"and": [labelled(label="boat"), {"field": "captured_at", "gte": "2026-01-20T00:00:00Z"}]},
        sort="-captured_at",
    ),
    Question(
        "labels_captured",
        {
            "and": [
                {"or": [labelled(label="boat"), labelled(label="dog", confidence={"gte": 0.5})]},
                {"field": "captured_at", "gte": "2026-01-20T00:00:00Z"},
            ]
        },
        sort="-captured_at",
    ),
    Question("labels_created", labelled(label=["boat", "dog", "kite"]), after=MIDDLE),
    Question(
        "location", {"near": {"longitude": 0.5, "latitude": 0.5, "metres": 6000}}, sort="-created_at", may_sort=True
    ),
    Question("crc64nvme", {"field": "checksums.crc64nvme", "eq": "crc-7"}, may_sort=True),
]

OTHER_QUESTIONS: dict[str, tuple[str, Document, Document]] = {
    "assets.s3_key": ("assets", {"s3.key": "media/harbour/1"}, {}),
    "assets.pending_events": ("assets", {"pending_events.event_id": {"$exists": True}}, {}),
    "assets.scans": (
        "assets",
        {"status": "scanning", "scan.asked_at": {"$lt": START}},
        {"scan.asked_at": 1},
    ),
    "assets.deletions": ("assets", {"deletion.look_at": {"$lte": START}}, {"deletion.look_at": 1}),
    "assets.perceptual_hash": (
        "assets",
        {"project": PROJECT, "status": "ready", "perceptual_hash": {"$gt": ""}},
        {"perceptual_hash": 1, "_id": 1},
    ),
    "uploads.asset": ("uploads", {"asset_id": "a"}, {}),
    "label_tally.project": ("label_tally", {"project": PROJECT}, {}),
    "assets.counted": ("assets", {"project": PROJECT, "status": "ready", "counted.status": {"$ne": "ready"}}, {}),
    "uploads.idempotency": ("uploads", {"project": PROJECT, "caller": "c", "idempotency_key": "k"}, {}),
    "uploads.own": ("uploads", {"project": PROJECT, "caller": "c", "state": "open"}, {"_id": -1}),
    "uploads.open": ("uploads", {"state": "open", "created_at": {"$lt": START}}, {"created_at": 1}),
    "annotations.asset": ("annotations", {"asset_id": "a"}, {"field": 1, "_id": 1}),
    "annotations.frames": (
        "annotations",
        {"asset_id": "a", "frame_index": {"$gte": 3, "$lt": 9}},
        {"frame_index": 1, "_id": 1},
    ),
    "label_schemas.revision": ("label_schemas", {"project": PROJECT, "name": "n"}, {"revision": -1}),
    "embeddings.model": ("embeddings", {"project": PROJECT, "model": "clip"}, {"_id": 1}),
    "embeddings.asset": ("embeddings", {"asset_id": "a"}, {}),
    "renditions.asset": ("renditions", {"asset_id": "a"}, {}),
    "jobs.project": ("jobs", {"project": PROJECT}, {"_id": -1}),
    "imports.project": ("imports", {"project": PROJECT}, {"_id": -1}),
    "asset_origins.import": ("asset_origins", {"import_id": "i"}, {"position": 1}),
    "asset_origins.asset": ("asset_origins", {"asset_id": "a"}, {}),
    "datasets.name": ("datasets", {"project": PROJECT}, {"name": 1}),
    "dataset_versions.version": ("dataset_versions", {"project": PROJECT, "dataset": "d"}, {"version": -1}),
    "dataset_versions.pending_events": ("dataset_versions", {"pending_events.event_id": {"$exists": True}}, {}),
    "dataset_pages.digest": ("dataset_pages", {"project": PROJECT, "digest": "x"}, {}),
    "jobs.due": ("jobs", {"due_at": {"$lte": START}}, {"due_at": 1}),
    "jobs.pending_events": ("jobs", {"pending_events.event_id": {"$exists": True}}, {}),
    "views.name": ("views", {"project": PROJECT}, {"name": 1}),
}
BY_THE_SERVER = {"uploads.expired", "quotas.expired", "renditions.expired"}
"""Indexes that MongoDB itself reads: the TTL monitor."""


@pytest.fixture(scope="module")
def crowd(mongodb_uri: str) -> Iterator[Database[Document]]:
    """4,000 assets with skewed labels."""
    target = client.connect(mongodb_uri, "test_plans")
    migrate(target)
    chance = random.Random(11)
    assets = []
    for number in range(4000):
        annotations = [
            {
                "field": chance.choice(["ground_truth", "yolo11"]),
                "label": chance.choice(LABELS),
                "type": "detection",
                "confidence": chance.random(),
            }
            for _ in range(chance.randrange(5))
        ]
        assets.append(
            an_asset(
                status=chance.choice(["ready"] * 9 + ["failed"]),
                created_at=START + timedelta(minutes=chance.randrange(60 * 24 * 60)),
                **({"captured_at": START + timedelta(minutes=chance.randrange(60 * 24 * 60))} if number % 3 else {}),
                size_bytes=chance.randrange(2_000_000),
                file_name=f"IMG_{number:05}.jpg",
                tags=chance.sample(["night", "day", "rain"], chance.randrange(3)),
                label_summary=summarise(annotations),
                location={"type": "Point", "coordinates": [chance.random(), chance.random()]},
                checksums={"crc64nvme": f"crc-{number}"},
            )
        )
    target.assets.insert_many(assets)
    yield target
    target.client.drop_database(target.name)
    target.client.close()


@dataclass
class Plan:
    """Parts of an explanation."""

    indexes: set[str] = field(default_factory=set)
    stages: set[str] = field(default_factory=set)
    examined: int = 0
    returned: int = 0


def explain(database: Database[Document], pipeline: list[Document], index: str | None) -> Plan:
    command = {"aggregate": "assets", "pipeline": pipeline, "cursor": {}, **({"hint": index} if index else {})}
    told = database.command("explain", command, verbosity="executionStats")
    told = told["stages"][0]["$cursor"] if "stages" in told else told
    return read(told)


def read(told: Document) -> Plan:
    plan = Plan(examined=told["executionStats"]["totalDocsExamined"], returned=told["executionStats"]["nReturned"])
    waiting: list[Any] = [told["queryPlanner"]["winningPlan"]]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            waiting += item.values()
            plan.stages |= {item["stage"]} if "stage" in item else set()
            plan.indexes |= {item["indexName"].removeprefix("foveal_")} if "indexName" in item else set()
    return plan


def plans(database: Database[Document], question: Question) -> Iterator[Plan]:
    sort = Sort(question.sort.removeprefix("-"), question.sort.startswith("-"))
    compiled = compile_filter(PROJECT, search.parse({"filter": question.filter}).filter, sort.path)
    for range_ in ranges_after(sort, question.after):
        yield explain(database, search.pipeline(compiled, sort, range_, PAGE, None), compiled.index)


def tried_first(database: Database[Document], question: Question) -> Plan:
    sort = Sort(question.sort.removeprefix("-"), question.sort.startswith("-"))
    first = compile_filter(PROJECT, search.parse({"filter": question.filter}).filter, sort.path).first
    assert first is not None
    return explain(database, search.pipeline(first, sort, {}, PAGE, None), first.index)


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_page_is_read_by_its_index_and_hardly_more_than_returned(crowd: Database[Document], question: Question) -> None:
    for plan in plans(crowd, question):
        assert "COLLSCAN" not in plan.stages
        assert ("SORT" not in plan.stages) or question.may_sort
        if plan.returned:
            assert plan.indexes == {question.index}
        assert plan.examined <= 2 * max(plan.returned, 1), plan


@pytest.mark.parametrize(
    ("order", "range_", "narrowed"),
    [("created", "captured", None), ("labels_created", "labels_captured", labelled(label=["boat", "dog"]))],
)
def test_range_of_another_field_is_read_alone_when_the_order_did_not_fill_the_page(
    crowd: Database[Document], order: str, range_: str, narrowed: Any
) -> None:
    january = {"field": "captured_at", "gte": "2026-01-03T00:00:00Z", "lt": "2026-01-05T00:00:00Z"}
    question = Question(range_, {"and": [january, *([narrowed] if narrowed else [])]}, sort="-created_at")
    first, (after,) = tried_first(crowd, question), plans(crowd, question)
    assert first.indexes == {order}
    assert not {"SORT", "COLLSCAN"} & first.stages
    assert first.examined <= MAX_TRIED
    assert after.indexes == {range_}
    assert after.examined == crowd.assets.count_documents(
        compile_filter(PROJECT, search.parse({"filter": question.filter}).filter).match
    )


def test_page_at_depth_reads_no_more_than_the_first(crowd: Database[Document]) -> None:
    first, *_ = plans(crowd, Question("created"))
    deep = sum(plan.examined for plan in plans(crowd, Question("created", after=MIDDLE)))
    assert first.examined == PAGE
    assert deep <= PAGE + 1


@pytest.mark.parametrize("name", OTHER_QUESTIONS)
def test_other_collections_are_read_by_index(database: Database[Document], name: str) -> None:
    collection, filter_, sort = OTHER_QUESTIONS[name]
    cursor = database[collection].find(filter_)
    cursor = cursor.hint("foveal_counted") if name == "assets.counted" else cursor  # as the tally does
    plan = read((cursor.sort(sort) if sort else cursor).explain())
    assert plan.indexes == {name.partition(".")[2]}
    assert not {"COLLSCAN", "SORT"} & plan.stages


@pytest.mark.parametrize("name", ["size_bytes", "created_at", "captured_at", "updated_at"])
@pytest.mark.parametrize("is_narrowed", [False, True])
def test_distribution_over_a_project_is_read_from_the_index_alone(
    crowd: Database[Document], name: str, is_narrowed: bool
) -> None:
    narrowed = {"field": name, "gte": 1000 if name == "size_bytes" else "2026-01-10T00:00:00Z"}
    wanted = {
        "h": {"histogram": {"field": name, "buckets": 5}},
        "q": {"quantiles": {"field": name, "at": [0.1, 0.5, 0.9]}},
    }
    crowd.command("profile", 2)
    try:
        request = requests.parse({"filter": narrowed if is_narrowed else None, "aggregates": wanted})
        asset_aggregates.compute(crowd, PROJECT, request)
    finally:
        crowd.command("profile", 0)
    asked = list(crowd.system.profile.find({"command.aggregate": "assets"}))
    crowd.system.profile.drop()
    assert {each["command"]["hint"] for each in asked} == {f"foveal_{name.partition('_')[0]}"}
    assert sum(each["docsExamined"] for each in asked) == 0
    assert sum(each["keysExamined"] for each in asked) <= 4 * 4000


def test_every_index_answers_a_query() -> None:
    declared = {f"{each.name}.{index.name}" for each in COLLECTIONS for index in each.indexes}
    asked = {f"assets.{question.index}" for question in QUESTIONS} | set(OTHER_QUESTIONS) | BY_THE_SERVER
    assert declared == asked
