"""Suggestions for unknown fields of a request."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter, ValidationError

from foveal.catalog.annotations.models import ANNOTATION
from foveal.catalog.annotations.operations import OPERATION
from foveal.catalog.label_schema_models import LabelSchema
from foveal.catalog.search.search import Search
from foveal.catalog.vectors.embeddings import EmbeddingsRequest
from foveal.errors import InvalidRequest
from foveal.validation import unknown_fields
from foveal.validation.models import validated


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Car(Strict):
    kind: Literal["car"]
    doors: int = 4


class Boat(Strict):
    kind: Literal["boat"]
    masts: int = 1


class Harbour(Strict):
    vehicles: list[Annotated[Car | Boat, Field(discriminator="kind")]] = Field(default_factory=list)
    by_name: dict[str, Car] = Field(default_factory=dict)
    self: (
        Annotated[Annotated[Car, Tag("doors")] | Annotated[Boat, Tag("boat")], Discriminator(lambda _: "doors")] | None
    ) = None


def said(of: unknown_fields.Of, raw: Any) -> list[str]:
    validate = of.validate_python if isinstance(of, TypeAdapter) else of.model_validate
    with pytest.raises(ValidationError) as refused:
        validate(raw)
    return [unknown_fields.instead_of(of, each["loc"]) for each in refused.value.errors() if "extra" in each["type"]]


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        ({"ships": []}, "by_name, self, vehicles"),
        ({"vehicles": [{"kind": "boat"}, {"kind": "boat", "doors": 1}]}, "kind, masts"),
        ({"by_name": {"a": {"kind": "car", "masts": 1}}}, "doors, kind"),
        ({"self": {"kind": "car", "masts": 1}}, "doors, kind"),
    ],
)
def test_suggested_names_are_those_of_the_object_that_holds_the_field(raw: Any, names: str) -> None:
    assert said(Harbour, raw) == [f"is not a field here; there are {names}"]


def test_suggestions_are_empty_for_an_object_without_fields() -> None:
    class Empty(Strict):
        pass

    assert said(Empty, {"a": 1}) == ["is not a field here"]


@pytest.mark.parametrize(
    ("of", "raw", "expected"),
    [
        (LabelSchema, {"labels": [{"name": "car", "colour": "#ff0000"}]}, "color"),
        (EmbeddingsRequest, {"embeddings": [{}], "model": "clip"}, "embeddings"),
        (Search, {"filter": {"not": {"annotations": {"any": {"lable": "car"}}}}}, "label"),
        (Search, {"filter": {"and": [{"or": [{"field": "width", "equals": 3}]}]}}, "eq"),
        (Search, {"filter": {"near": {"lat": 1, "longitude": 2, "latitude": 1, "metres": 3}}}, "latitude"),
        (ANNOTATION, {"type": "detection", "field": "a", "box": [0, 0, 1, 1]}, "bbox"),
        (OPERATION, {"op": "delete", "annotation_id": "0", "revision": 1, "reason": "x"}, "revision"),
    ],
)
def test_suggestions_contain_the_intended_name(of: unknown_fields.Of, raw: Any, expected: str) -> None:
    (told,) = said(of, raw)
    assert expected in told.partition("there are ")[2].split(", ")
    assert len(told) < 600


def test_route_answers_an_unknown_field_with_the_known_names() -> None:
    with pytest.raises(InvalidRequest, match=r"labels.0.colour: is not a field here; there are .* color"):
        validated(LabelSchema, {"labels": [{"name": "car", "colour": "#ff0000"}]})
