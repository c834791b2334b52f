"""The guide's examples run, and each finds what it says."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from foveal.catalog.annotations.label_summary import summarise
from foveal.database.client import Document
from tests.integration.catalog.conftest import PROJECT, Client, an_asset

GUIDE = Path(__file__).parents[4] / "docs" / "search.md"
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", GUIDE.read_text(), re.DOTALL)]


def holding(database: Database[Document], *annotations: dict[str, Any], **fields: Any) -> str:
    asset = an_asset(**fields)
    full = [{"field": "ground_truth", "type": "detection", "confidence": None, **each} for each in annotations]
    asset["label_summary"] = summarise(full)
    database.assets.insert_one(asset)
    for number, each in enumerate(full):
        stored = {**each, "_id": f"{asset['_id']}-{number}", "asset_id": asset["_id"], "project": PROJECT}
        at = asset["created_at"]
        database.annotations.insert_one(
            {**stored, "revision": 1, "created_at": at, "updated_at": at, "schema_version": 1}
        )
    return str(asset["_id"])


def found_by_example(database: Database[Document], number: int) -> tuple[set[str], int]:
    """Put assets for all that the examples speak of; return which one should find, and how many there are."""
    point = {"type": "Point", "coordinates": [9.97, 53.54]}
    march = datetime(2026, 3, 4, tzinfo=UTC)
    assets = [
        holding(database, {"label": "car", "confidence": 0.9}),
        holding(database, {"label": "person", "field": "yolo11", "confidence": 0.5}),
        holding(database, reviewed_fields=["ground_truth"], camera={"model": "EOS R5"}, captured_at=march),
        holding(database, tags=["night"], location=point),
        holding(database, {"label": "boat", "bbox": [0, 0, 0.1, 0.05], "bbox_area": 0.005, "confidence": 0.2}),
        holding(database, media_type="video", size_bytes=2_000_000_000),
        holding(database, status="failed", attributes={"site": "Kiel", "shift": 2}),
        holding(database, tags=["night", "test"], location=point, file_name="IMG_2044.jpg"),
    ]
    wanted = {2: [0], 3: [1], 4: [2], 5: [2], 6: [3], 7: [4], 8: [0], 9: [5, 7], 10: [6]}
    everything = [at for at in range(8) if at != 6]
    return {assets[at] for at in wanted.get(number, everything)}, len(assets)


def test_guide_has_ten_examples() -> None:
    assert len(EXAMPLES) == 10


@pytest.mark.parametrize("number", range(1, 11))
def test_example_of_the_guide_finds_its_assets(database: Database[Document], viewer: Client, number: int) -> None:
    wanted, count = found_by_example(database, number)
    answer = viewer.call("POST /v1/projects/{project}/assets/search", {"project": PROJECT}, EXAMPLES[number - 1])
    assert answer.status == 200, answer.text
    assert {item["asset_id"] for item in answer.body["items"]} == wanted
    assert 0 < len(wanted) < count


def test_example_of_aggregates_in_the_guide_runs(database: Database[Document], viewer: Client) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", (GUIDE.parent / "catalog.md").read_text(), re.DOTALL)
    boat = {"label": "boat", "field": "yolo12", "bbox_area": 0.005}
    holding(database, *({**boat, "confidence": each} for each in (0.2, 0.6, 0.9)), tags=["night"])
    holding(database, {**boat, "confidence": 1}, tags=["day"])
    answer = viewer.call("POST /v1/projects/{project}/assets/aggregate", {"project": PROJECT}, json.loads(example))
    assert answer.status == 200, answer.text
    told = answer.body["aggregates"]
    assert told["old"] == {"count": 0, "values": [None] * 3}
    assert told["new"] == {"count": 3, "values": [0.2, 0.6, 0.9]}
    assert told["sizes"]["counts"] == [0, 3, 0, 0]
    assert told["per_layer"]["counts"] == [{"field": "yolo12", "label": "boat", "annotations": 3, "assets": 1}]
