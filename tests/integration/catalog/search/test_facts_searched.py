"""Search by the facts that header readers and ingest state of an asset."""

from typing import Any

import pytest
from pymongo.database import Database

from foveal.database.client import Document
from tests.integration.catalog.conftest import PROJECT, Client, an_asset

CLIP: Document = {
    "media_type": "video",
    "hdr": True,
    "hdr_format": "hlg",
    "is_variable_frame_rate": True,
    "audio": {"codec": "aac", "channels": 2, "sample_rate": 48_000},
    "location": {"type": "Point", "coordinates": [10.0, 53.5]},
    "altitude_metres": 31.5,
}
SHOT: Document = {
    "is_animated": False,
    "has_alpha": False,
    "camera": {"make": "Canon", "lens_model": "RF 50mm", "iso": 6400, "f_number": 1.8, "focal_length_mm": 50},
}
SCAN: Document = {"format": "dicom", "page_count": 120, "colour_space": "gray", "dicom": {"modality": "CT"}}
CUT: Document = {"format": "jpeg", "warnings": ["truncated"]}
BROKEN: Document = {"status": "failed", "reason": "truncated"}
EVERYTHING = [CLIP, SHOT, SCAN, CUT, BROKEN]


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ({"field": "hdr", "eq": True}, CLIP),
        ({"field": "hdr_format", "in": ["hlg", "pq"]}, CLIP),
        ({"field": "is_variable_frame_rate", "eq": True}, CLIP),
        ({"field": "audio.channels", "gte": 2}, CLIP),
        ({"field": "altitude_metres", "gt": 31}, CLIP),
        ({"field": "location", "exists": True}, CLIP),
        ({"field": "has_alpha", "eq": False}, SHOT),
        ({"field": "camera.iso", "gte": 3200, "lt": 12_800}, SHOT),
        ({"field": "camera.lens_model", "prefix": "RF"}, SHOT),
        ({"field": "camera.f_number", "lte": 2}, SHOT),
        ({"field": "dicom.modality", "eq": "CT"}, SCAN),
        ({"field": "page_count", "gt": 1}, SCAN),
        ({"field": "colour_space", "eq": "gray"}, SCAN),
        ({"field": "warnings", "eq": "truncated"}, CUT),
        ({"and": [{"field": "status", "eq": "failed"}, {"field": "reason", "eq": "truncated"}]}, BROKEN),
    ],
    ids=str,
)
def test_fact_finds_the_asset_that_has_it(
    database: Database[Document], viewer: Client, filter_: Any, expected: Document
) -> None:
    assets = [an_asset(**facts) for facts in EVERYTHING]
    database.assets.insert_many(assets)
    answer = viewer.call("POST /v1/projects/{project}/assets/search", {"project": PROJECT}, {"filter": filter_})
    assert [item["asset_id"] for item in answer.body["items"]] == [assets[EVERYTHING.index(expected)]["_id"]]


def test_failed_assets_are_counted_by_reason(database: Database[Document], viewer: Client) -> None:
    reasons = ["truncated", "truncated", "not_media"]
    database.assets.insert_many([an_asset(status="failed", reason=reason) for reason in reasons])
    body = {"filter": {"field": "status", "eq": "failed"}, "aggregates": {"why": {"counts": {"field": "reason"}}}}
    answer = viewer.call("POST /v1/projects/{project}/assets/aggregate", {"project": PROJECT}, body)
    counts = [(each["value"], each["count"]) for each in answer.body["aggregates"]["why"]["counts"]]
    assert counts == [("truncated", 2), ("not_media", 1)]
