"""Pages of labels are read by the index of labels, unless another index may do better."""

from typing import Any

import pytest

from foveal.catalog.filters import FILTER
from foveal.catalog.hints import MAX_MERGED_LABELS, label_index


def some(label: Any, **more: Any) -> Any:
    return {"annotations": {"any": {"label": label, **more}}}


def hint(raw: Any, sort_path: str = "captured_at") -> str | None:
    return label_index(FILTER.validate_python(raw), sort_path)


WHEN = {"field": "captured_at", "gte": "2026-01-01T00:00:00Z"}
TAGGED = {"field": "tags", "eq": "night"}
WIDE = {"field": "width", "gte": 1920}
EITHER = {"or": [some("car"), some("boat", confidence={"gte": 0.9})]}


@pytest.mark.parametrize(
    "raw",
    [
        some("car"),
        some(["car", "boat"]),
        EITHER,
        {"and": [WHEN, EITHER, {"not": some("dog")}]},
        {"and": [some("car"), WIDE, {"not": TAGGED}, {"annotations": {"all": {"field": "yolo11"}}}]},
    ],
)
def test_labels_in_the_order_of_the_sort_are_read_by_their_index(raw: Any) -> None:
    assert hint(raw) == "foveal_labels_captured"
    assert hint({"and": [some("car"), WIDE]}, "created_at") == "foveal_labels_created"


@pytest.mark.parametrize(
    "raw",
    [
        WHEN,
        {"not": some("car")},
        {"or": [some("car"), WIDE]},
        {"annotations": {"any": {"confidence": {"gte": 0.9}}}},
        {"annotations": {"none": {"label": "car"}}},
        {"and": [some("car"), TAGGED]},
        {"or": [some("car"), TAGGED]},
        {"and": [some("car"), {"field": "file_name", "prefix": "IMG"}]},
        {"and": [some("car"), {"field": "status", "in": ["ready", "failed"]}]},
        {"and": [some("car"), {"not": {"field": "status", "eq": "ready"}}]},
        {"and": [some("car"), {"near": {"longitude": 1, "latitude": 2, "metres": 3}}]},
        some([f"label {number}" for number in range(MAX_MERGED_LABELS + 1)]),
    ],
)
def test_mongodb_chooses_when_labels_do_not_narrow_or_something_else_may(raw: Any) -> None:
    assert hint(raw) is None


def test_mongodb_chooses_for_an_order_that_no_index_of_labels_has() -> None:
    assert hint(some("car"), "size_bytes") is None
