"""Filter language: JSON parsed into models, so that no text of a caller can be an operator of MongoDB.

    {"and": [F, …]}   {"or": [F, …]}   {"not": F}
    {"field": "size_bytes", "gte": 1000, "lt": 2000}      eq ne in not_in gt gte lt lte prefix exists
    {"near": {"longitude": 9.99, "latitude": 53.54, "metres": 500}}
    {"within": [[9.9, 53.5], [10.1, 53.5], [10.0, 53.6], [9.9, 53.5]]}
    {"annotations": {"any": {"label": "car", "confidence": {"gte": 0.8}}}}     any all none
    {"annotations": {"count": {"of": {"label": "car"}, "gte": 5}}}

Two-valued logic: a comparison with a field that is absent is false, and `not` is its plain opposite. On a list a
comparison holds when it holds for some element. Instants count in milliseconds.
"""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, Discriminator, Field, Tag, TypeAdapter, ValidationError, model_validator

from foveal.catalog.search import fields
from foveal.catalog.search.annotation_filters import RANGE, Annotations
from foveal.catalog.search.areas import box_of, fits_hemisphere
from foveal.database.asset_fields import Kind
from foveal.validation.error_texts import text_of
from foveal.validation.models import Model
from foveal.validation.values import Integer, Number, Text, instant

MAX_DEPTH: Final = 24
"""The depth of the JSON of a filter; `and` of `or` of `not` costs two levels each."""
MAX_CONDITIONS: Final = 64
MAX_VALUES: Final = 1000


class Condition(Model):
    """One field compared with values; several operators in one condition must all hold."""

    field: Annotated[str, Field(max_length=100)]
    eq: Any = None
    ne: Any = None
    in_: Annotated[list[Any] | None, Field(alias="in", max_length=MAX_VALUES)] = None
    not_in: Annotated[list[Any] | None, Field(max_length=MAX_VALUES)] = None
    gt: Any = None
    gte: Any = None
    lt: Any = None
    lte: Any = None
    prefix: Annotated[Text | None, Field(min_length=1)] = None
    exists: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _typed(cls, raw: Any) -> Any:
        """Check that each value is of the kind of the field, and return the values as they are compared."""
        if not isinstance(raw, dict) or not isinstance(raw.get("field"), str):
            return raw
        kind = fields.lookup(raw["field"]).kind
        if len(raw) == 1:
            raise ValueError("needs an operator, for example eq")
        if kind is Kind.PLACE and raw.keys() - {"field", "exists"}:
            raise ValueError("a place has only exists; near and within compare it")
        if None in raw.values():
            raise ValueError("null is no value to compare with; ask for exists")
        if "prefix" in raw and kind not in (Kind.TEXT, Kind.TEXTS, Kind.ANY):
            raise ValueError("prefix is for text")
        if kind is Kind.FLAG and any(operator in raw for operator in RANGE):
            raise ValueError("a field that is true or false has no range")
        typed = dict(raw)
        for operator in ("eq", "ne", *RANGE):
            if operator in raw:
                typed[operator] = _value(kind, operator, raw[operator])
        for operator in ("in", "not_in"):
            if isinstance(raw.get(operator), list):
                typed[operator] = [_value(kind, operator, value) for value in raw[operator][: MAX_VALUES + 1]]
        return typed

    @property
    def operators(self) -> dict[str, Any]:
        """The operators that were given, by name."""
        given = {"in" if name == "in_" else name: getattr(self, name) for name in self.model_fields_set - {"field"}}
        return {name: value for name, value in given.items() if value is not None}


class Place(Model):
    longitude: Annotated[Number, Field(ge=-180, le=180)]
    latitude: Annotated[Number, Field(ge=-90, le=90)]
    metres: Annotated[Number, Field(gt=0, le=10_000_000)]


class Near(Model):
    near: Place


def _closed(ring: list[list[float]]) -> list[list[float]]:
    if any(abs(longitude) > 180 or abs(latitude) > 90 for longitude, latitude in ring):
        raise ValueError("positions are [longitude, latitude] in degrees")
    if ring[0] != ring[-1]:
        raise ValueError("the last position must be the first again")
    if len({tuple(position) for position in ring}) != len(ring) - 1:
        raise ValueError("a position may come only once")
    if box_of(ring) is None and not fits_hemisphere(ring):
        raise ValueError("the ring is larger than a hemisphere; ask for a box, or for smaller rings in an or")
    return ring


Position = Annotated[list[Number], Field(min_length=2, max_length=2)]


class Within(Model):
    """Inside a closed ring of [longitude, latitude]: a box of meridians and parallels, or else of great circles."""

    within: Annotated[list[Position], Field(min_length=4, max_length=200), AfterValidator(_closed)]


class And(Model):
    and_: Annotated[list["Filter"], Field(alias="and", min_length=1, max_length=MAX_CONDITIONS)]


class Or(Model):
    or_: Annotated[list["Filter"], Field(alias="or", min_length=1, max_length=MAX_CONDITIONS)]


class Not(Model):
    not_: Annotated["Filter", Field(alias="not")]


_MEMBERS: Final[dict[str, type[Model]]] = {
    "and": And,
    "or": Or,
    "not": Not,
    "field": Condition,
    "near": Near,
    "within": Within,
    "annotations": Annotations,
}


def _kind(raw: Any) -> str | None:
    """Return the tag of a node's kind: it is part of the places of errors, where no member has such a name."""
    if isinstance(raw, dict):
        return next((f"({member})" for member in _MEMBERS if member in raw), None)
    return next((f"({member})" for member, model in _MEMBERS.items() if isinstance(raw, model)), None)


Filter = Annotated[
    Annotated[And, Tag("(and)")]
    | Annotated[Or, Tag("(or)")]
    | Annotated[Not, Tag("(not)")]
    | Annotated[Condition, Tag("(field)")]
    | Annotated[Near, Tag("(near)")]
    | Annotated[Within, Tag("(within)")]
    | Annotated[Annotations, Tag("(annotations)")],
    Discriminator(
        _kind,
        custom_error_type="filter",
        custom_error_message="needs one of and, or, not, field, near, within, annotations",
    ),
]


def leaves(node: Any) -> list[Any]:
    """Return every comparison in a filter, in order; none in None."""
    match node:
        case None:
            return []
        case And(and_=children) | Or(or_=children):
            return [leaf for child in children for leaf in leaves(child)]
        case Not(not_=child):
            return leaves(child)
        case _:
            return [node]


_SCALARS: Final[dict[type, TypeAdapter[Any]]] = {
    bool: TypeAdapter(bool),
    int: TypeAdapter(Integer),
    float: TypeAdapter(Number),
    str: TypeAdapter(Text),
}


def _value(kind: Kind, operator: str, raw: Any) -> Any:
    """Return a value of a field of some kind. Raises ValueError that names the operator."""
    try:
        return instant(raw) if kind is Kind.INSTANT else _scalar(kind, raw)
    except ValidationError as error:
        raise ValueError(f"{operator} {text_of(error.errors()[0])}") from None
    except ValueError as error:
        raise ValueError(f"{operator}: {error}") from None


def _scalar(kind: Kind, raw: Any) -> Any:
    expected: dict[Kind, tuple[type, ...]] = {
        Kind.TEXT: (str,),
        Kind.TEXTS: (str,),
        Kind.NUMBER: (int, float),
        Kind.FLAG: (bool,),
        Kind.ANY: (str, int, float, bool),
    }
    if not isinstance(raw, expected[kind]) or (isinstance(raw, bool) and kind is Kind.NUMBER):
        raise ValueError(f"a value must be {kind.value}")
    return _SCALARS[type(raw)].validate_python(raw, strict=True)


And.model_rebuild()
Or.model_rebuild()
Not.model_rebuild()
FILTER: Final[TypeAdapter[Any]] = TypeAdapter(Filter)
