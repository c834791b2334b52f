"""Disjuncts of a filter that labels narrow; that they find the same, test_search_properties shows."""

from typing import Any

import pytest

from foveal.catalog.search.compiler import compile_filter
from foveal.catalog.search.filters import FILTER
from foveal.catalog.search.index_selection import MAX_CHARACTERS
from foveal.catalog.search.parts import MAX_LABELS


def some(label: Any, **more: Any) -> Any:
    return {"annotations": {"any": {"label": label, **more}}}


WHEN = {"field": "captured_at", "gte": "2026-01-01T00:00:00Z"}
TAGGED = {"field": "tags", "eq": "night"}
WIDE = {"field": "width", "gte": 1920}
NO_DOGS = {"not": some("dog")}
EITHER = {"or": [some("car"), some("boat", confidence={"gte": 0.9})]}


def disjuncts(raw: Any) -> list[Any]:
    """Return the ranges of the label index, without project and status; none if it does not read the page."""
    compiled = compile_filter("harbour", FILTER.validate_python(raw), "captured_at")
    if compiled.index != "foveal_labels_captured":
        return []
    ranges = compiled.match.get("$or", [compiled.match])
    return [{"$and": [part for part in each["$and"] if not part.keys() & {"project", "status"}]} for each in ranges]


def given(*conjuncts: Any) -> Any:
    """Return conjuncts compiled for themselves."""
    compiled = [compile_filter("harbour", FILTER.validate_python(each)).match["$and"][2:] for each in conjuncts]
    return {"$and": [part for each in compiled for part in each]}


def test_each_label_is_a_disjunct() -> None:
    assert disjuncts(some("car")) == [given(some("car"))]
    wanted = some(["car", "boat", "car"], confidence={"gte": 0.9}, width={"lt": 0.5})
    assert disjuncts(wanted) == [
        given(some("car", confidence={"gte": 0.9})),
        given(some("boat", confidence={"gte": 0.9})),
    ]


def counted(label: Any, **limits: int) -> Any:
    return {"annotations": {"count": {"of": {"label": label}, **limits}}}


def test_count_of_one_label_is_a_disjunct_when_there_must_be_some() -> None:
    assert disjuncts(counted("car", gte=3)) == [given(counted("car", gte=3))]
    assert disjuncts(counted("car", lt=3)) == disjuncts(counted(["car", "boat"], gte=3)) == []


def test_each_label_of_an_or_keeps_all_other_conditions() -> None:
    car, boat = EITHER["or"]
    assert disjuncts({"and": [WHEN, EITHER, NO_DOGS]}) == [given(car, WHEN, NO_DOGS), given(boat, WHEN, NO_DOGS)]


def test_fewest_labels_narrow_a_filter_of_several() -> None:
    assert disjuncts({"and": [EITHER, some("kite"), WIDE]}) == [given(some("kite"), EITHER, WIDE)]
    assert disjuncts({"and": [some("dog"), some("kite")]}) == [given(some("dog"), some("kite"))]


def test_or_within_an_or_is_one_row_of_disjuncts() -> None:
    car, boat = EITHER["or"]
    nested = {"or": [{"and": [WIDE, EITHER]}, some("kite")]}
    assert disjuncts(nested) == [given(car, WIDE), given(boat, WIDE), given(some("kite"))]


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
def test_no_disjuncts_when_an_asset_without_a_label_may_be_found(raw: Any) -> None:
    assert disjuncts(raw) == []


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
def test_no_disjuncts_when_another_index_may_narrow_it_further(narrower: Any) -> None:
    assert disjuncts({"and": [some("car"), narrower]}) == []
    assert disjuncts({"or": [some("boat"), {"and": [some("car"), narrower]}]}) == []


def test_no_disjuncts_for_more_labels_than_ranges_can_be_merged() -> None:
    names = [f"label-{number}" for number in range(MAX_LABELS + 1)]
    assert disjuncts(some(names)) == disjuncts({"or": [some(name) for name in names]}) == []
    assert len(disjuncts({"or": [some(name) for name in names[1:]]})) == MAX_LABELS


def test_no_disjuncts_when_their_command_would_be_too_long() -> None:
    either = {"or": [some("car"), some("boat")]}
    names = {"field": "format", "in": ["x" * 1000] * 500}
    assert len(str(names)) * 2 > MAX_CHARACTERS > len(str(names))
    assert disjuncts({"and": [either, names]}) == []
    assert len(disjuncts({"and": [some("car"), names]})) == 1
