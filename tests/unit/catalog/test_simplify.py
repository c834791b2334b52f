"""Contradictions in a filter are left out of its query; results stay the same (test_search_properties shows that)."""

from typing import Any

import pytest

from foveal.catalog.search.compiler import compile_filter
from foveal.catalog.search.filters import FILTER
from foveal.catalog.search.parts import NOTHING


def some(label: Any, **more: Any) -> Any:
    return {"annotations": {"any": {"label": label, **more}}}


NO_CARS = {"annotations": {"none": {"label": "car"}}}
WHEN = {"field": "captured_at", "gte": "2026-01-01T00:00:00Z"}


def compiled(raw: Any) -> Any:
    return compile_filter("harbour", FILTER.validate_python(raw), "created_at")


@pytest.mark.parametrize("no_cars", [NO_CARS, {"not": some("car")}, {"and": [WHEN, NO_CARS]}])
def test_branch_of_an_or_is_left_out_when_its_label_is_excluded(no_cars: Any) -> None:
    either = {"or": [some("car", confidence={"gte": 0.5}), some("boat")]}
    assert compiled({"and": [no_cars, either]}) == compiled({"and": [no_cars, some("boat")]})


def test_look_up_is_left_out_when_its_branch_cannot_hold() -> None:
    either = {"or": [{"and": [some("kite", area={"lt": 0.1}), some("car")]}, some("boat")]}
    assert compiled({"and": [NO_CARS, either]}).stages == []


@pytest.mark.parametrize("contradiction", [some("car"), {"or": [some("car"), some(["car"])]}])
def test_filter_finds_nothing_when_it_needs_the_label_that_it_excludes(contradiction: Any) -> None:
    found = compiled({"and": [contradiction, NO_CARS]})
    assert NOTHING in found.match["$and"]
    assert found.index is None


def test_status_is_the_callers_when_only_a_branch_that_cannot_hold_names_it() -> None:
    either = {"or": [{"and": [some("car"), {"field": "status", "eq": "failed"}]}, some("boat")]}
    assert {"status": "ready"} not in compiled({"and": [NO_CARS, either]}).match["$and"]


@pytest.mark.parametrize(
    ("raw", "cars"),
    [
        ({"and": [some(["car", "boat"]), NO_CARS]}, 2),
        ({"and": [some("car"), {"annotations": {"none": {"label": "car", "confidence": {"lt": 0.5}}}}]}, 2),
        ({"or": [some("car"), NO_CARS]}, 2),
        ({"and": [{"not": some("car")}, {"not": {"and": [some("car"), WHEN]}}]}, 2),
        (some("car"), 1),
    ],
)
def test_all_parts_of_a_filter_stay_when_they_can_hold(raw: Any, cars: int) -> None:
    assert str(compile_filter("harbour", FILTER.validate_python(raw)).match).count("'car'") == cars
