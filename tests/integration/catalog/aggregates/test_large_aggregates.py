"""Aggregates are cut to one answer of Lambda, and say so."""

from typing import Any

import pytest
from pymongo.database import Database

from foveal.catalog.aggregates import annotation_aggregates
from foveal.catalog.aggregates.answer_size import fitting
from foveal.database.client import Document
from foveal.encoding.json_text import MAX_ANSWER_BYTES, answer_bytes, dumps
from tests.integration.catalog.annotation_requests import BOX, BULK
from tests.integration.catalog.conftest import PROJECT, Client, an_asset

AGGREGATE = "POST /v1/projects/{project}/assets/aggregate"


def test_lists_are_cut_and_not_complete_when_all_together_are_too_large(
    database: Database[Document], viewer: Client
) -> None:
    database.assets.insert_many(
        [an_asset(attributes={"note": f"{number:04}" + 'ä"' * 500, "few": number % 3}) for number in range(1000)]
    )
    wanted: dict[str, Any] = {f"notes{at}": {"counts": {"field": "attributes.note", "limit": 1000}} for at in range(4)}
    wanted |= {"distinct": {"distinct": {"field": "attributes.note", "limit": 1000}}}
    wanted |= {"few": {"counts": {"field": "attributes.few"}}, "all": {"count": {}}}
    answer = viewer.call(AGGREGATE, {"project": PROJECT}, {"aggregates": wanted})
    assert answer.status == 200
    assert 0.9 * MAX_ANSWER_BYTES < answer_bytes(answer.text) <= 1.01 * MAX_ANSWER_BYTES < 6 * 1024**2
    results = answer.body["aggregates"]
    assert list(results) == list(wanted)
    assert results["all"] == {"count": 1000}
    assert results["few"]["is_complete"]
    assert len(results["few"]["counts"]) == 3
    for name in ("notes0", "distinct"):
        found = results[name].get("counts") or results[name]["values"]
        assert 0 < len(found) < 1000
        assert results[name]["is_complete"] is False
        values = [each["value"] if isinstance(each, dict) else each for each in found]
        assert values == sorted(values)


def test_results_stay_as_they_are_when_they_fit() -> None:
    results = {
        "a": {"labels": [{"label": "car", "annotations": 2, "assets": 1}], "is_complete": True},
        "b": {"count": 3, "values": [0.5] * 20},
    }
    assert fitting(results) == results


def test_room_that_small_results_leave_goes_to_large_ones() -> None:
    large = {"values": ["x" * 98] * 100, "is_complete": True}
    small = {"values": ["x"], "is_complete": True}
    fitted = fitting({"large": large, "small": small}, room=8_000)
    assert fitted["small"] == small
    assert 70 < len(fitted["large"]["values"]) < 80
    assert answer_bytes(dumps(fitted)) <= 8_000


@pytest.mark.parametrize(("room", "status"), [(50_000, 200), (20_000, 422)])
def test_counts_by_attributes_are_refused_when_their_values_take_too_much_memory(
    asset: Document, editor: Client, viewer: Client, monkeypatch: pytest.MonkeyPatch, room: int, status: int
) -> None:
    """Attributes of annotations may be long texts that all differ: the groups are held in memory."""
    drafts = [{**BOX, "attributes": {"note": f"{number:03}" + "x" * 197}} for number in range(60)]
    operations = [{"op": "create", "asset_id": asset["_id"], "annotation": draft} for draft in drafts]
    assert editor.call(BULK, {"project": PROJECT}, {"operations": operations}).status == 200
    monkeypatch.setattr(annotation_aggregates, "MAX_BYTES_OF_GROUPS", room)
    wanted = {"notes": {"annotation_counts": {"by": ["attributes.note"], "limit": 10}}}
    answer = viewer.call(AGGREGATE, {"project": PROJECT}, {"aggregates": wanted})
    assert answer.status == status
    if status == 200:
        assert len(answer.body["aggregates"]["notes"]["counts"]) == 10
    else:
        assert answer.body["code"] == "QueryTooExpensive"
