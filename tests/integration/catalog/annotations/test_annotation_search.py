"""Search of annotations: many assets by pages, index-backed, bounded by what an answer holds."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from foveal.catalog.annotations import search
from foveal.catalog.annotations.label_summary import summarise
from foveal.database.client import Document
from foveal.encoding.ids import new_id
from foveal.encoding.json_text import MAX_ANSWER_BYTES
from tests.integration.catalog.conftest import OTHER_PROJECT, PROJECT, Client, an_asset

SEARCH = "POST /v1/projects/{project}/annotations/search"
START = datetime(2026, 1, 1, tzinfo=UTC)


def annotation(asset: Document, **members: Any) -> Document:
    now = datetime.now(UTC)
    return {
        "_id": new_id(),
        "project": asset["project"],
        "asset_id": asset["_id"],
        "type": "detection",
        "field": "ground_truth",
        "label": "car",
        "bbox": [0.1, 0.1, 0.2, 0.2],
        "revision": 1,
        "change": {"kind": "created", "by": "user-1", "at": now},
        "created_at": now,
        "created_by": "user-1",
        "updated_at": now,
        "updated_by": "user-1",
        "schema_version": 1,
        **members,
    }


@pytest.fixture
def crowd(database: Database[Document]) -> list[Document]:
    """Sixty assets, made at twenty moments, with annotations of three labels in two fields; one of another project."""
    chance, assets, annotations = random.Random(7), [], list[Document]()
    for number in range(60):
        asset = an_asset(created_at=START + timedelta(minutes=chance.randrange(20)), tags=["even"][: number % 2 == 0])
        own = [
            annotation(
                asset,
                label=chance.choice(["car", "dog", "boat"]),
                field=chance.choice(["ground_truth", "model"]),
                confidence=chance.random(),
            )
            for _ in range(chance.randrange(8))
        ]
        assets.append(asset | {"label_summary": summarise(own)})
        annotations += own
    foreign = an_asset(project=OTHER_PROJECT)
    annotations.append(annotation(foreign))
    database.assets.insert_many([*assets, foreign])
    database.annotations.insert_many(annotations)
    return annotations


def every_page(client: Client, **body: Any) -> tuple[list[Any], int]:
    items, token, pages = list[Any](), None, 0
    while True:
        answer = client.call(SEARCH, {"project": PROJECT}, {**body, **({"next_token": token} if token else {})})
        assert answer.status == 200, answer.text
        items, token, pages = items + answer.body["items"], answer.body["next_token"], pages + 1
        if token is None:
            return items, pages


@pytest.mark.parametrize("limit", [1, 3, 1000])
@pytest.mark.parametrize("by", ["filter", "ids"])
def test_pages_hold_every_annotation_once_in_the_order_of_the_assets(
    database: Database[Document], viewer: Client, crowd: list[Document], by: str, limit: int
) -> None:
    assets = {each["_id"]: each for each in database.assets.find()}
    ids = list(assets)
    found, pages = every_page(viewer, limit=limit, **({"asset_ids": ids} if by == "ids" else {}))
    own = [each for each in crowd if each["project"] == PROJECT]

    def order(each: Document) -> Any:
        made = assets[each["asset_id"]]["created_at"] if by == "filter" else 0
        return made, each["asset_id"], each["field"], each["_id"]

    assert [each["annotation_id"] for each in found] == [each["_id"] for each in sorted(own, key=order)]
    assert pages == -(-len(own) // limit)


def test_filter_of_assets_and_description_of_annotations_hold_together(
    database: Database[Document], viewer: Client, crowd: list[Document]
) -> None:
    even = {each["_id"] for each in database.assets.find({"tags": "even"})}
    wanted = {"label": ["dog", "boat"], "field": "model", "confidence": {"gte": 0.3, "lt": 0.9}}
    found, _ = every_page(viewer, filter={"field": "tags", "eq": "even"}, annotations=wanted, limit=5)
    assert {each["annotation_id"] for each in found} == {
        each["_id"]
        for each in crowd
        if each["asset_id"] in even
        and each["label"] != "car"
        and each["field"] == "model"
        and 0.3 <= each["confidence"] < 0.9
    }
    viewer_of_view = Client(f"[{PROJECT}:editor]")
    viewer_of_view.call(
        "PUT /v1/projects/{project}/views/{name}",
        {"project": PROJECT, "name": "even"},
        {"filter": {"field": "tags", "eq": "even"}},
    )
    assert every_page(viewer, view="even", annotations=wanted)[0] == found


def test_page_ends_where_an_answer_is_full(database: Database[Document], viewer: Client) -> None:
    assets = [an_asset(created_at=START + timedelta(minutes=at)) for at in range(3)]
    large = [annotation(asset, text="x" * 1_200_000) for asset in assets for _ in range(3)]
    database.assets.insert_many([each | {"label_summary": summarise(large[:3])} for each in assets])
    database.annotations.insert_many(large)
    first = viewer.call(SEARCH, {"project": PROJECT}, {})
    assert 0 < len(first.body["items"]) < 9
    assert len(first.text) <= MAX_ANSWER_BYTES
    found, _ = every_page(viewer)
    places = [each["_id"] for each in assets]
    ordered = sorted(large, key=lambda each: (places.index(each["asset_id"]), each["_id"]))
    assert [each["annotation_id"] for each in found] == [each["_id"] for each in ordered]


def test_token_of_another_search_is_refused(viewer: Client, crowd: list[Document]) -> None:
    first = viewer.call(SEARCH, {"project": PROJECT}, {"limit": 1}).body
    other = {"annotations": {"label": "dog"}, "next_token": first["next_token"]}
    assert viewer.call(SEARCH, {"project": PROJECT}, other).status == 400
    both = {"asset_ids": [new_id()], "filter": {"field": "tags", "eq": "x"}}
    assert "asset_ids stand alone" in viewer.call(SEARCH, {"project": PROJECT}, both).text


@pytest.mark.parametrize(
    "where", [{"asset_id": {"$in": ["a", "b"]}}, {"asset_id": "a", "field": "f", "_id": {"$gt": "x"}}]
)
def test_annotations_are_read_by_the_index_in_its_order(database: Database[Document], where: Document) -> None:
    query = search.query_of({**where, "project": PROJECT}, {"label": "car"})
    plan = database.annotations.find(query).sort({"asset_id": 1, "field": 1, "_id": 1}).hint("foveal_asset").explain()
    text = str(plan["queryPlanner"]["winningPlan"])
    assert "IXSCAN" in text
    assert "'SORT'" not in text
