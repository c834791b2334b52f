"""Parts of a filter that cannot hold are left out; what is found stays the same (test_search_properties holds that)."""

from typing import Any

import pytest

from foveal.catalog.search.filters import FILTER
from foveal.catalog.search.simplify import without_contradictions


def some(label: Any, **more: Any) -> Any:
    return {"annotations": {"any": {"label": label, **more}}}


NO_CARS = {"annotations": {"none": {"label": "car"}}}
WHEN = {"field": "captured_at", "gte": "2026-01-01T00:00:00Z"}


def simplified(raw: Any) -> Any:
    found = without_contradictions(FILTER.validate_python(raw))
    return None if found is None else found.model_dump(by_alias=True, exclude_unset=True)


@pytest.mark.parametrize("no_cars", [NO_CARS, {"not": some("car")}, {"and": [WHEN, NO_CARS]}])
def test_a_branch_for_a_label_is_left_out_when_that_label_is_excluded(no_cars: Any) -> None:
    either = {"or": [some("car", confidence={"gte": 0.5}), some("boat")]}
    assert simplified({"and": [no_cars, either]})["and"][1] == {"or": [some("boat")]}


def test_a_filter_finds_nothing_when_it_asks_for_what_it_excludes() -> None:
    assert simplified({"and": [some("car"), NO_CARS]}) is None
    assert simplified({"and": [{"or": [some("car"), some(["car"])]}, NO_CARS]}) is None


@pytest.mark.parametrize(
    "raw",
    [
        {"and": [some(["car", "boat"]), NO_CARS]},
        {"and": [some("car"), {"annotations": {"none": {"label": "car", "confidence": {"lt": 0.5}}}}]},
        {"or": [some("car"), NO_CARS]},
        {"and": [{"not": some("car")}, {"not": {"and": [some("car"), WHEN]}}]},
        some("car"),
    ],
)
def test_a_filter_stays_as_it_is_when_all_of_it_can_hold(raw: Any) -> None:
    assert without_contradictions(FILTER.validate_python(raw)) == FILTER.validate_python(raw)
