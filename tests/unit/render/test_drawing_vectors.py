"""The golden vectors with which the console's drawing is tested."""

import json
from typing import Any

import pytest

from tools import drawing_vectors


def flat(value: Any, at: str = "") -> dict[str, Any]:
    """Return each number and text of nested JSON under its path."""
    if not isinstance(value, dict | list):
        return {at: value}
    places = value.items() if isinstance(value, dict) else enumerate(value)
    empty = {at: repr(value)} if not value else {}
    return empty | {path: each for name, inner in places for path, each in flat(inner, f"{at}/{name}").items()}


def test_golden_vectors_of_the_console_are_those_of_the_server() -> None:
    written = flat(json.loads(drawing_vectors.FILE.read_text()))
    expected = flat(json.loads(json.dumps(drawing_vectors.vectors())))
    assert written.keys() == expected.keys(), "run python -m tools.drawing_vectors"
    numbers = {path: each for path, each in expected.items() if isinstance(each, float)}
    assert {path: written[path] for path in numbers} == pytest.approx(numbers, abs=1e-5)
    assert {path: written[path] for path in expected.keys() - numbers} == {
        path: each for path, each in expected.items() if path not in numbers
    }
