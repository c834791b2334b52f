"""By which index a page is read; that the right assets are found, test_search_properties holds."""

from typing import Any

import pytest

from foveal.catalog.search.filters import FILTER
from foveal.catalog.search.index_selection import Reading, reading
from foveal.catalog.search.label_disjuncts import MAX_LABELS


def some(label: Any, **more: Any) -> Any:
    return {"annotations": {"any": {"label": label, **more}}}


CAPTURED = {"field": "captured_at", "gte": "2026-01-01T00:00:00Z"}
CREATED = {"field": "created_at", "lt": "2026-01-01T00:00:00Z"}
LARGE = {"field": "size_bytes", "gte": 1_000_000}
WIDE = {"field": "width", "gte": 1920}
NIGHT = {"field": "tags", "eq": "night"}
EITHER = {"or": [some("car"), some("boat")]}


def read(raw: Any, sort_path: str = "captured_at") -> Reading | None:
    return reading(None if raw is None else FILTER.validate_python(raw), sort_path)


def indexes(raw: Any, sort_path: str = "captured_at") -> tuple[str | None, str | None]:
    """Return the index that is tried first, if there is one, and the one by which the page is read."""
    found = read(raw, sort_path)
    if found is None:
        return None, None
    return found.first.index.removeprefix("foveal_") if found.first else None, found.index.removeprefix("foveal_")


@pytest.mark.parametrize(
    "raw",
    [
        None,
        CAPTURED,
        WIDE,
        {"and": [CAPTURED, WIDE]},
        {"not": some("car")},
        {"not": NIGHT},
        {"annotations": {"none": {"label": "car"}}},
        {"annotations": {"count": {"of": {"label": "car"}, "lt": 3}}},
        {"or": [WIDE, {"field": "format", "eq": "png"}]},
        {"field": "location", "exists": True},
        {"field": "created_at", "ne": "2026-01-01T00:00:00Z"},
    ],
)
def test_what_nothing_else_narrows_is_read_in_the_order_of_the_page(raw: Any) -> None:
    assert indexes(raw) == (None, "captured")


@pytest.mark.parametrize(
    "raw", [some("car"), EITHER, {"and": [some(["car", "boat"]), CAPTURED, WIDE, {"not": some("dog")}]}]
)
def test_what_labels_narrow_is_read_by_the_index_of_labels(raw: Any) -> None:
    assert indexes(raw) == (None, "labels_captured")


def test_the_index_of_labels_is_the_one_in_the_order_of_the_page() -> None:
    assert indexes(some("car"), "created_at") == (None, "labels_created")


@pytest.mark.parametrize(
    ("raw", "sort_path", "expected"),
    [
        (CAPTURED, "created_at", ("created", "captured")),
        ({"and": [CAPTURED, WIDE]}, "size_bytes", ("size", "captured")),
        ({"and": [LARGE, CREATED]}, "created_at", ("created", "size")),
        ({"and": [EITHER, CAPTURED]}, "created_at", ("labels_created", "labels_captured")),
        ({"field": "file_name", "prefix": "IMG"}, "updated_at", ("updated", "file_name")),
    ],
)
def test_a_range_of_another_field_is_read_after_the_order_was_tried(
    raw: Any, sort_path: str, expected: tuple[str, str]
) -> None:
    assert indexes(raw, sort_path) == expected


def test_what_is_tried_first_is_bounded_by_what_its_index_knows() -> None:
    found = read({"and": [EITHER, CAPTURED, WIDE, CREATED]}, "created_at")
    assert found is not None
    assert found.first is not None
    told = [way.model_dump_json(by_alias=True, exclude_unset=True) for way in found.first.ways]
    assert len(told) == 2
    assert all("created_at" in way and "captured_at" not in way and "width" not in way for way in told)


@pytest.mark.parametrize(
    "narrower",
    [
        NIGHT,
        {"field": "asset_id", "in": ["0190"]},
        {"field": "checksums.crc64nvme", "eq": "x"},
        {"field": "status", "eq": "failed"},
        {"not": {"field": "status", "eq": "failed"}},
        {"near": {"longitude": 1, "latitude": 2, "metres": 3}},
        {"within": [[0, 0], [1, 0], [1, 1], [0, 0]]},
        {"or": [LARGE, some("car")]},
        {"or": [WIDE, NIGHT]},
        some([f"label-{number}" for number in range(MAX_LABELS + 1)]),
        {"annotations": {"count": {"of": {"label": ["car", "boat"]}, "gte": 2}}},
    ],
)
@pytest.mark.parametrize("other", [None, some("car"), CREATED])
def test_mongodb_chooses_when_an_index_that_pages_are_not_sorted_by_may_be_the_best(narrower: Any, other: Any) -> None:
    assert read({"and": [narrower, other]} if other else narrower) is None


@pytest.mark.parametrize(
    ("raw", "sort_path"),
    [(some("car"), "size_bytes"), ({"and": [some("car"), LARGE]}, "captured_at"), (some("car"), "_id")],
)
def test_mongodb_chooses_when_no_index_has_both_labels_and_the_order(raw: Any, sort_path: str) -> None:
    assert read(raw, sort_path) is None
