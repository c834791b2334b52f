"""A filter that labels narrow is put as alternatives; that they find the same, test_search_properties holds."""

from typing import Any

import pytest

from foveal.catalog.search.filters import FILTER
from foveal.catalog.search.label_disjuncts import MAX_LABELS, by_label


def some(label: Any, **more: Any) -> Any:
    return {"annotations": {"any": {"label": label, **more}}}


WHEN = {"field": "captured_at", "gte": "2026-01-01T00:00:00Z"}
TAGGED = {"field": "tags", "eq": "night"}
WIDE = {"field": "width", "gte": 1920}
NO_DOGS = {"not": some("dog")}
EITHER = {"or": [some("car"), some("boat", confidence={"gte": 0.9})]}


def alternatives(raw: Any) -> list[Any]:
    return [way.model_dump(by_alias=True, exclude_unset=True) for way in by_label(FILTER.validate_python(raw))]


def given(raw: Any) -> Any:
    return FILTER.validate_python(raw).model_dump(by_alias=True, exclude_unset=True)


def test_each_label_is_an_alternative() -> None:
    assert alternatives(some("car")) == [given(some("car"))]
    wanted = some(["car", "boat", "car"], confidence={"gte": 0.9}, width={"lt": 0.5})
    assert alternatives(wanted) == [
        given(some("car", confidence={"gte": 0.9}, width={"lt": 0.5})),
        given(some("boat", confidence={"gte": 0.9}, width={"lt": 0.5})),
    ]


def counted(label: Any, **limits: int) -> Any:
    return {"annotations": {"count": {"of": {"label": label}, **limits}}}


def test_a_count_of_one_label_is_an_alternative_when_there_must_be_some() -> None:
    assert alternatives(counted("car", gte=3)) == [given(counted("car", gte=3))]
    assert alternatives(counted("car", lt=3)) == alternatives(counted(["car", "boat"], gte=3)) == []


def test_each_label_of_an_or_keeps_all_other_conditions() -> None:
    car, boat = EITHER["or"]
    assert alternatives({"and": [WHEN, EITHER, NO_DOGS]}) == [
        given({"and": [car, WHEN, NO_DOGS]}),
        given({"and": [boat, WHEN, NO_DOGS]}),
    ]


def test_the_fewest_labels_narrow_a_filter_of_several() -> None:
    assert alternatives({"and": [EITHER, some("kite"), WIDE]}) == [given({"and": [some("kite"), EITHER, WIDE]})]


def test_an_or_within_an_or_is_one_row_of_alternatives() -> None:
    nested = {"or": [{"and": [WIDE, EITHER]}, some("kite")]}
    assert [way["and"][0] if "and" in way else way for way in alternatives(nested)] == [
        given(some("car")),
        given(EITHER["or"][1]),
        given(some("kite")),
    ]


@pytest.mark.parametrize(
    "raw",
    [
        WHEN,
        NO_DOGS,
        {"or": [some("car"), WIDE]},
        {"annotations": {"any": {"confidence": {"gte": 0.9}}}},
        {"annotations": {"none": {"label": "car"}}},
        {"annotations": {"all": {"label": "car"}}},
    ],
)
def test_there_are_none_when_something_without_a_label_may_be_found(raw: Any) -> None:
    assert alternatives(raw) == []


@pytest.mark.parametrize(
    "narrower",
    [
        TAGGED,
        {"and": [WIDE, TAGGED]},
        {"field": "status", "eq": "failed"},
        {"near": {"longitude": 1, "latitude": 2, "metres": 3}},
        {"within": [[0, 0], [1, 0], [1, 1], [0, 0]]},
    ],
)
def test_there_are_none_when_another_index_may_narrow_it_further(narrower: Any) -> None:
    assert alternatives({"and": [some("car"), narrower]}) == []
    assert alternatives({"or": [some("boat"), {"and": [some("car"), narrower]}]}) == []


def test_there_are_none_for_more_labels_than_ranges_can_be_merged() -> None:
    names = [f"label-{number}" for number in range(MAX_LABELS + 1)]
    assert alternatives(some(names)) == alternatives({"or": [some(name) for name in names]}) == []
    assert len(alternatives({"or": [some(name) for name in names[1:]]})) == MAX_LABELS
