"""Embeddings: stored with their lineage, searched exactly, within filters; duplicates."""

import random
import re
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from pymongo.database import Database

from foveal.catalog.vectors import embeddings, exact, similarity
from foveal.catalog.vectors.embeddings import Space
from foveal.catalog.vectors.limits import MAX_IDS_IN_GROUP
from foveal.database.client import Document
from foveal.encoding.ids import new_id
from foveal.encoding.json_text import MAX_ANSWER_BYTES, answer_bytes, dumps
from tests.integration.catalog.annotation_requests import DELETE, created, on
from tests.integration.catalog.conftest import OTHER_PROJECT, PROJECT, Client, an_asset

WRITE = "POST /v1/projects/{project}/embeddings"
LIST = "GET /v1/assets/{asset_id}/embeddings"
SIMILAR = "POST /v1/projects/{project}/assets/similar"
DUPLICATES = "POST /v1/projects/{project}/assets/duplicates"
HERE = {"project": PROJECT}
SPACE = {"model": "clip"}


def store(client: Client, vectors: dict[str, list[float]], **more: Any) -> list[Any]:
    drafts = [{"asset_id": asset_id, "model": "clip", "vector": vector, **more} for asset_id, vector in vectors.items()]
    answer = client.call(WRITE, HERE, {"embeddings": drafts})
    assert answer.status == 200, answer.text
    results: list[Any] = answer.body["results"]
    return results


def a_crowd(database: Database[Document], count: int, dimensions: int = 16) -> dict[str, list[float]]:
    chance = random.Random(3)
    assets = [an_asset(width=chance.choice([640, 1280])) for _ in range(count)]
    database.assets.insert_many(assets)
    return {asset["_id"]: [chance.gauss(0, 1) for _ in range(dimensions)] for asset in assets}


def cosine(first: list[float], second: list[float]) -> float:
    one, other = np.array(first), np.array(second)
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


@pytest.mark.parametrize("scale", [1e-29, 1e-12, 1.0, 1e25, 1e38])
def test_vectors_are_compared_by_direction_at_any_length(
    database: Database[Document], editor: Client, viewer: Client, scale: float
) -> None:
    assets = [an_asset() for _ in range(2)]
    database.assets.insert_many(assets)
    near, far = (each["_id"] for each in assets)
    store(editor, {near: [2 * scale, 1 * scale], far: [-1 * scale, 2 * scale]})
    found = viewer.call(SIMILAR, HERE, {"to": {"vector": [scale, scale]}, "space": SPACE}).body["items"]
    assert [each["asset_id"] for each in found] == [near, far]
    assert [each["similarity"] for each in found] == pytest.approx([0.9486833, 0.3162278], rel=1e-5)


def test_nearest_neighbours_equal_brute_force_also_within_a_filter(
    database: Database[Document], editor: Client, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exact, "BLOCK_BYTES", 16 * 4 * 20)
    vectors = a_crowd(database, 150)
    store(editor, vectors)
    probe = next(iter(vectors))
    wide = {asset["_id"] for asset in database.assets.find({"width": 1280})}
    for filter_, allowed in ((None, set(vectors)), ({"field": "width", "eq": 1280}, wide)):
        body = {"to": {"asset_id": probe}, "space": SPACE, "filter": filter_, "limit": 10}
        found = viewer.call(SIMILAR, HERE, body).body["items"]
        others = sorted(allowed - {probe}, key=lambda asset_id: -cosine(vectors[probe], vectors[asset_id]))
        assert [each["asset_id"] for each in found] == others[:10]
        for each in found:
            assert each["similarity"] == pytest.approx(cosine(vectors[probe], vectors[each["asset_id"]]), abs=1e-5)


def test_query_of_similarity_may_be_a_vector_or_an_annotation(database: Database[Document], editor: Client) -> None:
    asset = an_asset()
    database.assets.insert_one(asset)
    boxes = [created(editor, asset)["annotation_id"] for _ in range(2)]
    for annotation_id, vector in zip(boxes, ([1.0, 0.1], [1.0, 0.2]), strict=True):
        (result,) = store(editor, {asset["_id"]: vector}, annotation_id=annotation_id)
        assert "code" not in result
    space = {**SPACE, "of": "annotations"}
    (other,) = editor.call(SIMILAR, HERE, {"to": {"annotation_id": boxes[0]}, "space": space}).body["items"]
    assert other["annotation_id"] == boxes[1]
    both = editor.call(SIMILAR, HERE, {"to": {"vector": [1, 0]}, "space": space}).body["items"]
    assert [each["annotation_id"] for each in both] == boxes
    assert editor.call(SIMILAR, HERE, {"to": {"vector": [1, 0]}, "space": SPACE}).body["items"] == []


def test_deleted_annotation_is_no_neighbour(database: Database[Document], asset: Document, editor: Client) -> None:
    kept, gone = (created(editor, asset, annotation_id=new_id()) for _ in range(2))
    for box in (kept, gone):
        store(editor, {asset["_id"]: [1.0, 0.0]}, annotation_id=box["annotation_id"])
    space = {**SPACE, "of": "annotations"}
    assert len(editor.call(DUPLICATES, HERE, {"by": "embedding", "space": space}).body["pairs"]) == 1
    assert editor.call(DELETE, **on(gone)).status == 204
    (found,) = editor.call(SIMILAR, HERE, {"to": {"vector": [1, 0]}, "space": space}).body["items"]
    assert found["annotation_id"] == kept["annotation_id"]
    assert editor.call(DUPLICATES, HERE, {"by": "embedding", "space": space}).body["pairs"] == []


def test_slash_in_a_model_name_keeps_two_vectors_apart(
    database: Database[Document], asset: Document, editor: Client, viewer: Client
) -> None:
    names = [("a", "b/c"), ("a/b", "c"), ("a", "b%2Fc")]
    for model, version in names:
        store(editor, {asset["_id"]: [1.0, 0.0]}, model=model, version=version)
    listed = viewer.call(LIST, {"asset_id": asset["_id"]}).body["items"]
    assert sorted((each["model"], each["version"]) for each in listed) == sorted(names)


def test_many_equal_vectors_are_compared_in_bounded_memory(database: Database[Document]) -> None:
    crowd = [an_asset() for _ in range(2_000)]
    database.assets.insert_many(crowd)
    drafts = [{"asset_id": each["_id"], "model": "clip", "vector": [1.0, 0.5]} for each in crowd]
    embeddings.write(database, PROJECT, drafts, datetime.now(UTC), lambda _: None)
    request = similarity.parse_duplicates({"by": "embedding", "space": SPACE, "limit": 3})
    tracemalloc.start()
    try:
        found = similarity.duplicates(database, PROJECT, request)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [pair["similarity"] for pair in found["pairs"]] == [1.0] * 3
    assert not found["is_complete"]
    assert peak < 50_000_000


def test_lineage_is_listed_and_a_vector_written_again_replaces(
    database: Database[Document], editor: Client, viewer: Client
) -> None:
    asset = an_asset()
    database.assets.insert_one(asset)
    store(editor, {asset["_id"]: [1.0, 0.0]}, version="2", preprocessing="resize 224")
    store(editor, {asset["_id"]: [0.0, 1.0]}, version="2", preprocessing="resize 336")
    (listed,) = viewer.call(LIST, {"asset_id": asset["_id"]}).body["items"]
    assert (listed["model"], listed["version"], listed["preprocessing"]) == ("clip", "2", "resize 336")
    assert listed["dimensions"] == 2
    assert "vector" not in listed


def test_result_of_each_refused_embedding_names_the_reason(database: Database[Document], editor: Client) -> None:
    mine, foreign = an_asset(), an_asset(project=OTHER_PROJECT)
    database.assets.insert_many([mine, foreign])
    store(editor, {mine["_id"]: [1.0, 2.0, 3.0]})
    drafts: list[Any] = [
        {"asset_id": foreign["_id"], "model": "clip", "vector": [1, 2, 3]},
        {"asset_id": new_id(), "model": "clip", "vector": [1, 2, 3]},
        {"asset_id": mine["_id"], "model": "clip", "vector": [1, 2]},
        {"asset_id": mine["_id"], "model": "clip", "vector": [0, 0, 0]},
        {"asset_id": mine["_id"], "model": "clip", "vector": [1, 2, 1e300]},
        {"asset_id": mine["_id"], "model": "cl\u0000ip", "vector": [1, 2, 3]},
        {"asset_id": mine["_id"], "model": {"$ne": 1}, "vector": [1, 2, 3]},
        {"asset_id": mine["_id"], "annotation_id": new_id(), "model": "clip", "vector": [1, 2, 3]},
        {"asset_id": mine["_id"], "model": "clip", "vector": ["1", 2, 3]},
    ]
    results = editor.call(WRITE, HERE, {"embeddings": drafts}).body["results"]
    codes = [result["code"] for result in results]
    assert codes == ["NoSuchAsset"] * 2 + ["InvalidRequest"] * 5 + ["NoSuchAnnotation", "InvalidRequest"]
    assert results[0] == results[1]
    assert database.embeddings.count_documents({}) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"to": {"asset_id": new_id()}, "space": SPACE}, 404),
        ({"to": {}, "space": SPACE}, 400),
        ({"to": {"vector": [1, 2, 3]}, "space": SPACE}, 400),
        ({"to": {"vector": [0, 0]}, "space": SPACE}, 400),
        ({"to": {"vector": [1, 0]}, "space": {"model": "$clip", "of": "secrets"}}, 400),
        ({"to": {"vector": [1, 0]}, "space": SPACE, "filter": {"$where": "1"}}, 400),
        ({"to": {"vector": [1, 0]}, "space": SPACE, "limit": 1000}, 400),
    ],
)
def test_similarity_request_is_refused_when_it_is_malformed(
    database: Database[Document], editor: Client, body: Any, status: int
) -> None:
    asset = an_asset()
    database.assets.insert_one(asset)
    store(editor, {asset["_id"]: [1.0, 2.0]})
    assert editor.call(SIMILAR, HERE, body).status == status


def test_exact_search_holds_one_block_at_a_time(database: Database[Document], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "BLOCK_BYTES", 1024 * 1024)
    dimensions, count = 512, 12_000
    chance = np.random.default_rng(1)
    now = datetime.now(UTC)
    for _ in range(4):
        rows = chance.standard_normal((count // 4, dimensions)).astype("<f4")
        drafts = [
            embeddings.Embedding.model_construct(
                asset_id=new_id(), annotation_id=None, model="m", version="1", preprocessing=None, vector=row.tolist()
            )
            for row in rows
        ]
        database.embeddings.insert_many([embeddings._stored(PROJECT, draft, now) for draft in drafts])
    tracemalloc.start()
    engine = exact.ExactSearch(database)
    found = engine.nearest(PROJECT, Space(model="m"), rows[0].tolist(), 5, lambda candidates: candidates)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found[0].similarity == pytest.approx(1, abs=1e-5)
    assert len(found) == 5
    assert peak < 8 * exact.BLOCK_BYTES < 4 * dimensions * count / 2


def test_duplicates_are_found_by_bytes_and_by_embedding(
    database: Database[Document], editor: Client, viewer: Client
) -> None:
    twins = [an_asset(checksums={"crc64nvme": "same"}) for _ in range(2)]
    gone = an_asset(checksums={"crc64nvme": "same"}, status="deleted")
    longer = an_asset(checksums={"crc64nvme": "same"}, size_bytes=5)
    single, without = an_asset(checksums={"crc64nvme": "other"}), an_asset()
    database.assets.insert_many([*twins, gone, longer, single, without])
    answer = viewer.call(DUPLICATES, HERE, {"by": "bytes"}).body
    ids = sorted(each["_id"] for each in twins)
    expected = {"crc64nvme": "same", "size_bytes": 120_000, "count": 2, "asset_ids": ids}
    assert answer == {"groups": [expected], "is_complete": True}

    vectors = {twins[0]["_id"]: [1, 0.0], twins[1]["_id"]: [1, 0.1], single["_id"]: [1, 0.12], gone["_id"]: [1, 0.0]}
    store(editor, {**vectors, without["_id"]: [0, 1.0]})
    answer = viewer.call(DUPLICATES, HERE, {"by": "embedding", "space": SPACE, "threshold": 0.99}).body
    pairs = [{each["asset_id"] for each in pair["between"]} for pair in answer["pairs"]]
    assert pairs == [
        {twins[1]["_id"], single["_id"]},
        {twins[0]["_id"], twins[1]["_id"]},
        {twins[0]["_id"], single["_id"]},
    ]
    assert viewer.call(DUPLICATES, HERE, {"by": "embedding"}).status == 400


def test_group_of_many_duplicates_has_their_count_and_the_first_ids(
    database: Database[Document], viewer: Client
) -> None:
    assets = [an_asset(checksums={"crc64nvme": "same"}) for _ in range(MAX_IDS_IN_GROUP + 10)]
    database.assets.insert_many(assets)
    (group,) = viewer.call(DUPLICATES, HERE, {"by": "bytes"}).body["groups"]
    assert group["count"] == len(assets)
    assert group["asset_ids"] == sorted(each["_id"] for each in assets)[:MAX_IDS_IN_GROUP]


def test_largest_answer_of_duplicates_fits_into_an_answer_of_lambda() -> None:
    """1,000 groups, each with as many ids as it names."""
    group = {"crc64nvme": "x" * 12, "size_bytes": 2**40, "count": 10**9, "asset_ids": [new_id()] * MAX_IDS_IN_GROUP}
    assert answer_bytes(dumps({"groups": [group] * 1_000, "is_complete": False})) <= MAX_ANSWER_BYTES


def test_embeddings_of_an_asset_are_listed_page_by_page(
    database: Database[Document], editor: Client, viewer: Client
) -> None:
    asset, other = an_asset(), an_asset()
    database.assets.insert_many([asset, other])
    drafts = [
        {"asset_id": each["_id"], "model": model, "version": version, "vector": [1.0, 2.0]}
        for each in (asset, other)
        for model in ("clip", "dino")
        for version in ("1", "2", "3")
    ]
    assert editor.call(WRITE, HERE, {"embeddings": drafts}).status == 200
    path = {"asset_id": asset["_id"]}
    found: list[tuple[str, str]] = []
    query: dict[str, str] = {"limit": "4"}
    while "next_token" not in query or query["next_token"]:
        answer = viewer.call(LIST, path, query=query).body
        found += [(each["model"], each["version"]) for each in answer["items"]]
        assert all(re.fullmatch(r"[\d-]{10}T[\d:]{8}\.\d{3}Z", each["created_at"]) for each in answer["items"])
        query = {"limit": "4", "next_token": answer["next_token"]}
    assert found == [(model, version) for model in ("clip", "dino") for version in ("1", "2", "3")]
    token = viewer.call(LIST, path, query={"limit": "1"}).body["next_token"]
    assert viewer.call(LIST, {"asset_id": other["_id"]}, query={"next_token": token}).status == 400
    assert [viewer.call(LIST, path, query={"limit": each}).status for each in ("0", "1001", "x")] == [400] * 3


def test_dimensions_of_a_model_are_decided_once_when_two_first_vectors_come_at_once(
    database: Database[Document], editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assets = [an_asset(), an_asset()]
    database.assets.insert_many(assets)
    barrier, stored = threading.Barrier(2), embeddings.stored_dimensions

    def when_both_have_looked(*space: Any) -> int | None:
        found = stored(*space)
        barrier.wait(timeout=20)
        return found

    monkeypatch.setattr(embeddings, "stored_dimensions", when_both_have_looked)
    vectors = [[1.0, 2.0], [1.0, 2.0, 3.0]]

    def write(at: int) -> Any:
        draft = {"asset_id": assets[at]["_id"], "model": "race", "vector": vectors[at]}
        return Client(editor.roles).call(WRITE, HERE, {"embeddings": [draft]}).body["results"][0]

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(write, range(2)))
    assert sorted("embedding_id" in each for each in results) == [False, True]
    assert {each["dimensions"] for each in database.embeddings.find({"model": "race"})} == {
        len(vectors[at]) for at in range(2) if "embedding_id" in results[at]
    }


def test_dimensions_of_vectors_that_an_earlier_version_stored_are_kept(
    database: Database[Document], editor: Client
) -> None:
    asset = an_asset()
    database.assets.insert_one(asset)
    store(editor, {asset["_id"]: [1.0, 2.0]})
    database.embedding_spaces.delete_many({})
    draft = {"asset_id": asset["_id"], "model": SPACE["model"], "vector": [1.0, 2.0, 3.0]}
    (result,) = editor.call(WRITE, HERE, {"embeddings": [draft]}).body["results"]
    assert "2 dimensions" in result["detail"]


def test_near_duplicates_are_refused_when_their_vectors_take_too_much_memory(
    database: Database[Document], editor: Client, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(editor, a_crowd(database, 10))
    body = {"by": "embedding", "space": SPACE}
    monkeypatch.setattr(similarity, "MAX_COMPARED_BYTES", 10 * 16 * 4)
    assert viewer.call(DUPLICATES, HERE, body).status == 200
    monkeypatch.setattr(similarity, "MAX_COMPARED_BYTES", 9 * 16 * 4)
    answer = viewer.call(DUPLICATES, HERE, body)
    assert (answer.status, answer.body["code"]) == (422, "QueryTooExpensive")
    assert answer.body["detail"].startswith("More than 9 vectors of 16 dimensions")


def test_blocks_of_short_vectors_hold_no_more_rows_than_a_query_names(
    database: Database[Document], viewer: Client
) -> None:
    """All annotations of a block are candidates at first; their ids, in two forms, must fit into one query."""
    one = embeddings.Embedding(asset_id=new_id(), annotation_id=new_id(), model="clip", vector=[1.0])
    stored = embeddings._stored(PROJECT, one, datetime.now(UTC))
    count = exact.MAX_ROWS + 5_000
    database.embeddings.insert_many({**stored, "_id": str(at), "annotation_id": new_id()} for at in range(count))
    space = Space(model="clip", of="annotations")
    sizes = [len(owners) for owners, _ in exact.blocks(database, PROJECT, space, 1)]
    assert sizes == [exact.MAX_ROWS, 5_000]
    wanted = {"to": {"vector": [1.0]}, "space": {"model": "clip", "of": "annotations"}}
    assert viewer.call(SIMILAR, HERE, wanted).body["items"] == []
