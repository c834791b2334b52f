"""Limits of pages: every list of the catalog refuses a `limit` outside the range that OpenAPI declares."""

import json
from importlib import resources
from typing import Any

import pytest

import foveal
from foveal.database.client import Document
from tests.integration.catalog.annotation_requests import created
from tests.integration.catalog.conftest import PROJECT, Client

OPENAPI = json.loads(resources.files(foveal).joinpath("api/openapi.json").read_text())


def _declared() -> dict[str, Any]:
    """Return the schema of `limit` of each list, by route."""
    return {
        f"GET {path}": parameter["schema"]
        for path, item in OPENAPI["paths"].items()
        if "catalog" in item.get("get", {}).get("tags", [])
        for parameter in item["get"].get("parameters", [])
        if parameter.get("name") == "limit"
    }


LIMITS = _declared()


def test_lists_declare_the_range_of_their_limit() -> None:
    assert len(LIMITS) >= 6
    for schema in LIMITS.values():
        assert schema["minimum"] == 1
        assert schema["minimum"] < schema["default"] < schema["maximum"]


@pytest.mark.parametrize("route", LIMITS)
def test_limit_is_refused_when_it_is_outside_the_declared_range(
    route: str, asset: Document, editor: Client, viewer: Client
) -> None:
    made, maximum = created(editor, asset), LIMITS[route]["maximum"]
    path = {"project": PROJECT, "asset_id": asset["_id"], "annotation_id": made["annotation_id"]}
    for limit in ("1", str(maximum)):
        assert viewer.call(route, path, query={"limit": limit}).status == 200
    for limit in ("0", "-1", str(maximum + 1), "1.5", "ten", "", "\u0661", "9" * 5_000):
        answer = viewer.call(route, path, query={"limit": limit})
        assert (answer.status, answer.body["code"]) == (400, "InvalidRequest"), limit
        assert "limit" in answer.body["detail"]
