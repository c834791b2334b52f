"""Tables of answers: one schema whatever a page holds, instants and numbers of their kind, nothing lost."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from foveal.client import ConfigurationError, Foveal

arrow = pytest.importorskip("pyarrow", reason="the extra `arrow` is not installed")

FIRST = {
    "asset_id": "a-1",
    "status": "ready",
    "created_at": "2026-11-29T13:04:00.754Z",
    "width": 640,
    "tags": ["night"],
    "attributes": {"speed": 3, "site": "Kiel"},
    "camera": {"make": "Canon", "f_number": 2.8},
    "label_summary": [{"field": "gt", "label": "car", "type": "detection", "count": 3}],
    "location": {"type": "Point", "coordinates": [9.9, 53.5]},
}
SECOND = {"asset_id": "a-2", "status": "ready", "duration_seconds": 2, "attributes": {"speed": "fast"}, "novelty": [1]}


def found(*pages: list[dict[str, Any]], **options: Any) -> Any:
    def answer(request: httpx2.Request) -> httpx2.Response:
        token = json.loads(request.content).get("next_token")
        number = int(token or 0)
        following = str(number + 1) if number + 1 < len(pages) else None
        return httpx2.Response(200, json={"items": pages[number], "next_token": following})

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    return Foveal("https://api.example", "t", http=http).project("zoo").assets.search(**options)


def test_table_of_all_pages_has_the_types_of_the_api() -> None:
    table = found([FIRST], [SECOND]).to_arrow()
    assert table["asset_id"].to_pylist() == ["a-1", "a-2"]
    assert table.schema.field("created_at").type == arrow.timestamp("ms", "UTC")
    assert table["created_at"][0].as_py() == datetime(2026, 11, 29, 13, 4, 0, 754_000, tzinfo=UTC)
    assert table["width"].to_pylist() == [640, None]
    assert table["duration_seconds"].to_pylist() == [None, 2.0]
    assert table["tags"].to_pylist() == [["night"], None]
    assert table["camera"][0].as_py()["make"] == "Canon"
    assert table["label_summary"][0].as_py()[0]["label"] == "car"
    assert table["location"][0].as_py()["coordinates"] == [9.9, 53.5]


def test_values_of_any_kind_are_json_and_unknown_members_stay() -> None:
    table = found([FIRST], [SECOND]).to_arrow()
    assert [json.loads(each) for each in table["attributes"].to_pylist()] == [
        FIRST["attributes"],
        SECOND["attributes"],
    ]
    assert table["novelty"].to_pylist() == [None, "[1]"]


def test_tables_of_pages_have_one_schema() -> None:
    first, second = found([FIRST], [dict(FIRST, asset_id="a-3")]).tables()
    assert first.schema == second.schema


def test_empty_table_has_the_columns_that_were_asked_for() -> None:
    table = found([], fields=["width", "tags"]).to_arrow()
    assert (table.num_rows, set(table.column_names)) == (0, {"asset_id", "width", "tags"})


def test_missing_pyarrow_is_an_error_that_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ConfigurationError, match=r"foveal\[arrow\]"):
        found([FIRST]).to_arrow()
