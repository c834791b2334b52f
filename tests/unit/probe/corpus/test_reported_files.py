"""Small files after public bug reports of other projects, beside the project: their expected facts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from foveal.probe import FileSource, probe

_FOLDER = Path(__file__).parents[5] / "shared" / "corpus" / "bugs"
_INDEX = _FOLDER / "index.json"
_RECORDS: list[dict[str, Any]] = (
    [record for record in json.loads(_INDEX.read_text()) if "file" in record] if _INDEX.exists() else []
)
# Expectations that the index states in words.
_IN_WORDS: dict[str, dict[str, Any]] = {
    "P09": {"width": 64, "height": 48, "frame_count": 1},
    "J03": {"width": 64, "height": 48, "warnings": ["truncated"]},
    "D32": {"width": 48, "height": 64},
    "V09": {"frame_count": 25},
    "V23": {"width": 128, "height": 96, "codec": "h264"},
    "K03": {"location": {"type": "Point", "coordinates": pytest.approx([2.2945, 48.8582], abs=1e-4)}},
    "K17": {"frame_count": 50},
    "F01": {"frame_count": 25},
    "R27": {"width": 160, "height": 120},
}
_NO_FACTS = {"status", "thumbnail", "colours"}

pytestmark = pytest.mark.skipif(not _RECORDS, reason="the files after bug reports are not beside the project")


def _expected(record: dict[str, Any]) -> dict[str, Any]:
    stated = record["expected"] if isinstance(record["expected"], dict) else _IN_WORDS.get(record["id"], {})
    return {name: value for name, value in stated.items() if name not in _NO_FACTS}


@pytest.mark.parametrize("record", _RECORDS, ids=lambda record: str(record["id"]))
def test_facts_are_those_that_viewers_show(record: dict[str, Any]) -> None:
    facts = probe(FileSource(_FOLDER / record["file"]), record.get("declared_type")).document()
    if "captured_at" in facts:
        suffix = "" if facts.get("captured_at_is_local") else "Z"
        facts["captured_at"] = f"{facts['captured_at']:%Y-%m-%dT%H:%M:%S}.000{suffix}"
    expected = _expected(record)
    assert {name: facts.get(name) for name in expected} == expected
