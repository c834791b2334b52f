"""Results of bulk requests fit into an answer of Lambda, whatever the operations are."""

from typing import Any

import pytest
from pymongo.database import Database

from foveal.catalog.routes import bulk_results
from foveal.database.client import Document
from foveal.encoding.json_text import MAX_ANSWER_BYTES, answer_bytes
from tests.integration.catalog.annotation_requests import BOX, BULK, created
from tests.integration.catalog.conftest import PROJECT, Answer, Client

HERE = {"project": PROJECT}


def bulk(client: Client, operations: list[Any]) -> Answer:
    answer = client.call(BULK, HERE, {"operations": operations})
    assert answer.status == 200, answer.text
    assert len(answer.body["results"]) == len(operations)
    return answer


def test_problems_in_results_state_their_text_once(asset: Document, editor: Client) -> None:
    operations = [{"op": "create", "asset_id": asset["_id"], "annotation": {"type": "detection", "field": "g"}}]
    (refused,) = bulk(editor, operations).body["results"]
    assert refused == {
        "type": "https://foveal.dev/problems/InvalidRequest",
        "title": "The request is not valid",
        "status": 400,
        "code": "InvalidRequest",
        "detail": "a detection needs bbox or bbox_px.",
    }


@pytest.mark.parametrize(
    "wrong", [{"weather": {"a": 1}}, {"\u0001" * 60: 1}, {"🛥" * 60: {"a": 1}}], ids=["plain", "nul", "wide"]
)
def test_ten_thousand_refused_operations_fit_into_an_answer(
    database: Database[Document], asset: Document, editor: Client, wrong: Any
) -> None:
    box = {"type": "classification", "field": "g", "label": "x"}
    operations: list[Any] = [{"op": "create", "asset_id": asset["_id"], "annotation": box}]
    operations += [
        {"op": "create", "asset_id": asset["_id"], "annotation": {**BOX, "attributes": wrong}} for _ in range(9_999)
    ]
    answer = bulk(editor, operations)
    assert answer_bytes(answer.text) <= MAX_ANSWER_BYTES
    first, *others = answer.body["results"]
    assert first["revision"] == 1
    assert {each["code"] for each in others} == {"InvalidRequest"}
    assert all(each["detail"].startswith("attributes") for each in others)
    assert len({each["detail"] for each in others}) == 1
    assert database.annotations.count_documents({}) == 1


def test_details_are_cut_off_when_results_would_be_too_large(
    asset: Document, editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    operations = [{"op": "create", "asset_id": asset["_id"], "annotation": {**BOX, "nonsense": 1}}] * 20
    whole = bulk(editor, operations).body["results"][0]
    monkeypatch.setattr(bulk_results, "MAX_ANSWER_BYTES", 5_000)
    answer = bulk(editor, operations)
    assert answer_bytes(answer.text) <= 5_000
    for each in answer.body["results"]:
        assert each["is_shortened"]
        assert whole["detail"].startswith(each["detail"].removesuffix("\u2026"))


def test_present_states_are_left_out_when_results_would_be_too_large(
    asset: Document, editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_results, "_MAX_BYTES_WITH_STATES", 3_000)
    made = created(editor, asset)
    late = {"op": "update", "annotation_id": made["annotation_id"], "revision": 9, "changes": {"label": "van"}}
    first, *_, last = bulk(editor, [late] * 20).body["results"]
    assert first["current"]["label"] == BOX["label"]
    assert "is_shortened" not in first
    assert "current" not in last
    assert (last["code"], last["is_shortened"]) == ("PreconditionFailed", True)
    assert last["detail"] == first["detail"]
