"""Validation errors: places are those of the caller's JSON, messages are in the words of the API."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from foveal.catalog.aggregates import requests
from foveal.catalog.annotations.models import ANNOTATION
from foveal.catalog.annotations.operations import OPERATION
from foveal.catalog.asset_edits import AssetPatch
from foveal.catalog.search import search
from foveal.catalog.vectors.embeddings import Embedding
from foveal.errors import InvalidRequest
from foveal.validation.error_texts import MAX_ERRORS, _implied, errors_of
from foveal.validation.models import validated

PYDANTIC = re.compile(r"Input|should|function-after|constrained|union\[|dictionary|instance of|validation|Value error")


def refused(raw: Any) -> str:
    with pytest.raises(InvalidRequest) as error:
        validated(AssetPatch, raw)
    return error.value.detail


def errors(of: TypeAdapter[Any] | type[Embedding], raw: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as error:
        of.validate_python(raw) if isinstance(of, TypeAdapter) else of.model_validate(raw)
    return errors_of(error.value, of, raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"attributes": {"a": {"b": 1}}}, "attributes.a: must be true or false, a number, text or a list"),
        ({"attributes": {"a": [1, None]}}, "attributes.a.1: must be true or false, a number or text"),
        ({"attributes": {"a": float("inf")}}, "attributes.a: must be a finite number"),
        ({"attributes": {"a": "x" * 2000}}, "attributes.a: must have at most 1024 characters"),
        ({"attributes": {"a": "\0"}}, "attributes.a: must not contain NUL characters"),
        ({"attributes": {"a": 2**63}}, "attributes.a: an integer must fit into 64 bits"),
        ({"attributes": {"$a": 1}}, r"attributes.$a: the name must match pattern '^\w[\w -]{0,63}$'"),
        ({"tags": [1]}, "tags.0: must be text"),
        ([], "body: must be an object"),
        ({"file_name": "tags", "tags": "x"}, "tags: must be a list"),
    ],
)
def test_message_names_what_a_value_must_be(raw: Any, expected: str) -> None:
    assert refused(raw) == expected


@pytest.mark.parametrize(
    ("filter_", "place"),
    [
        ({"annotations": {"any": {"label": {"x": 1}}}}, "filter.annotations.any.label"),
        ({"and": [{"field": "width", "eq": 1}, {"or": [{"field": "width", "exists": 1}]}]}, "filter.and.1.or.0.exists"),
        ({"not": {"near": {"longitude": 200, "latitude": 0, "metres": 1}}}, "filter.not.near.longitude"),
        ({"near": {"longitude": 20, "latitude": 0}}, "filter.near.metres"),
        ({"within": [[1, 2, 3]] * 4}, "filter.within.0"),
        ({"field": "width", "eq": "x"}, "filter"),
    ],
)
def test_place_of_an_error_in_a_filter_is_that_of_the_json(filter_: Any, place: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        search.parse({"filter": filter_})
    assert error.value.detail.partition(":")[0] == place
    assert not PYDANTIC.search(error.value.detail)


@pytest.mark.parametrize(
    ("operators", "message"),
    [
        ({"eq": "x"}, "eq: a value must be number"),
        ({"gte": float("inf")}, "gte must be a finite number"),
        ({"in": [1, True]}, "in: a value must be number"),
    ],
)
def test_message_names_the_operator_whose_value_is_wrong(operators: Any, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        search.parse({"filter": {"field": "width", **operators}})


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        ({"type": "mask", "field": 5, "mask": {"counts": [1], "size": [1, 1]}}, "field"),
        ({"type": "mask", "field": "f", "mask": {"counts": [1], "size": "x"}}, "mask.size"),
        ({"type": "mask", "mask": {"counts": [1], "size": [1, 1]}}, "field"),
        ({"type": "detection", "field": "f", "bbox": [1]}, "bbox"),
        ({"type": "detection", "field": "f", "bbox": [0, 0, 1, 1], "attributes": {"a": {"b": 1}}}, "attributes.a"),
    ],
)
def test_place_of_an_error_in_an_annotation_has_no_type_before_it(raw: Any, place: str) -> None:
    assert place in [each for each, _ in errors(ANNOTATION, raw)]
    assert not any(PYDANTIC.search(f"{each}: {message}") for each, message in errors(ANNOTATION, raw))


def test_place_of_an_error_in_an_operation_has_no_kind_before_it() -> None:
    raw = {"op": "create", "asset_id": 1, "annotation": {"type": "detection"}}
    assert ("asset_id", "must be text") in errors(OPERATION, raw)


def test_message_lists_the_types_when_there_is_no_such_type() -> None:
    ((place, message),) = errors(ANNOTATION, {"type": "blob"})
    assert place == ""
    assert message.startswith("'type' must be one of 'classification'")


def test_message_has_no_prefix_when_a_vector_is_refused() -> None:
    raw = {"asset_id": "a", "model": "m", "version": "1", "vector": [0.0]}
    assert not any(PYDANTIC.search(message) for _, message in errors(Embedding, raw))


def test_aggregate_is_named_by_the_callers_name_for_it() -> None:
    with pytest.raises(InvalidRequest, match=r"^aggregates\.sizes\.histogram\.boundaries: must have at least 2 items"):
        requests.parse({"aggregates": {"sizes": {"histogram": {"field": "width", "boundaries": [1]}}}})


PLACES = st.lists(st.lists(st.sampled_from(["a", "b", "ab", "0", ""]), max_size=4).map(tuple), unique=True)


@given(PLACES)
def test_error_is_left_out_when_there_is_another_one_within_its_place(places: list[tuple[str, ...]]) -> None:
    expected = {a for a in places if any(len(b) > len(a) and b[: len(a)] == a for b in places)}
    assert _implied(places) == expected


def test_first_errors_of_a_body_that_has_very_many_are_told() -> None:
    found = errors(TypeAdapter(list[int]), ["x"] * 50_000)
    assert [place for place, _ in found] == [str(number) for number in range(MAX_ERRORS)]
