"""Choice of the index for a page; that the right assets are found, test_search_properties shows."""

from typing import Any

import pytest

from foveal.catalog.search.compiler import Compiled, compile_filter
from foveal.catalog.search.filters import FILTER
from foveal.catalog.search.parts import MAX_LABELS


def some(label: Any, **more: Any) -> Any:
    return {"annotations": {"any": {"label": label, **more}}}


CAPTURED = {"field": "captured_at", "gte": "2026-01-01T00:00:00Z"}
CREATED = {"field": "created_at", "lt": "2026-01-01T00:00:00Z"}
LARGE = {"field": "size_bytes", "gte": 1_000_000}
WIDE = {"field": "width", "gte": 1920}
NIGHT = {"field": "tags", "eq": "night"}
EITHER = {"or": [some("car"), some("boat")]}


def compiled(raw: Any, sort_path: str = "captured_at") -> Compiled:
    return compile_filter("harbour", None if raw is None else FILTER.validate_python(raw), sort_path)


def indexes(raw: Any, sort_path: str = "captured_at") -> tuple[str | None, str | None]:
    """Return the index that is tried first, if there is one, and the one by which the page is read."""
    found = compiled(raw, sort_path)
    names = [each.index.removeprefix("foveal_") if each and each.index else None for each in (found.first, found)]
    return names[0], names[1]


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
def test_page_is_read_in_its_order_when_nothing_else_narrows_it(raw: Any) -> None:
    assert indexes(raw) == (None, "captured")


@pytest.mark.parametrize(
    "raw",
    [
        some("car"),
        EITHER,
        {"not": {"annotations": {"none": {"label": "car"}}}},
        {"annotations": {"count": {"of": {"label": ["car", "boat"]}, "gte": 1}}},
        {"and": [some(["car", "boat"]), CAPTURED, WIDE, {"not": some("dog")}]},
    ],
)
def test_page_is_read_by_the_label_index_when_labels_narrow_it(raw: Any) -> None:
    assert indexes(raw) == (None, "labels_captured")


def test_label_index_is_the_one_in_the_order_of_the_page() -> None:
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
def test_range_of_another_field_is_read_after_the_order_was_tried(
    raw: Any, sort_path: str, expected: tuple[str, str]
) -> None:
    assert indexes(raw, sort_path) == expected


def test_ranges_that_are_tried_first_hold_only_conditions_that_their_index_bounds() -> None:
    first = compiled({"and": [EITHER, CAPTURED, WIDE, CREATED]}, "created_at").first
    assert first is not None
    ranges = [str(each) for each in first.match["$or"]]
    assert len(ranges) == 2
    assert all("created_at" in each and "captured_at" not in each and "width" not in each for each in ranges)


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
def test_planner_chooses_when_an_index_in_another_order_may_be_the_best(narrower: Any, other: Any) -> None:
    assert indexes({"and": [narrower, other]} if other else narrower) == (None, None)


@pytest.mark.parametrize(
    ("raw", "sort_path"),
    [(some("car"), "size_bytes"), ({"and": [some("car"), LARGE]}, "captured_at"), (some("car"), "_id")],
)
def test_planner_chooses_when_no_index_has_both_labels_and_the_order(raw: Any, sort_path: str) -> None:
    assert indexes(raw, sort_path) == (None, None)
