"""Conditions on annotations in a filter: descriptions of an annotation, quantified or counted."""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from foveal.database.vocabulary import AnnotationType
from foveal.validation.models import Model
from foveal.validation.values import AttributeName, AttributeValue, Instant, LabelName, Number, Word

MAX_ACCEPTED: Final = 1000
MAX_COUNT: Final = 1000
"""The largest number that a count is compared with: so many annotations are looked up for each asset."""

RANGE: Final = ("gt", "gte", "lt", "lte")
CountBound = Annotated[int, Field(ge=0, le=MAX_COUNT)]
UNREVIEWED: Final = "unreviewed"
ReviewState = Literal["accepted", "rejected", "pending", "unreviewed"]
"""The state of an annotation's review; `unreviewed` is that of an annotation without one."""


class Range(Model):
    """Base of the ranges of values: at least one bound is given."""

    @property
    def operators(self) -> dict[str, Any]:
        return {name: value for name in RANGE if (value := getattr(self, name)) is not None}

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.operators:
            raise ValueError("needs gt, gte, lt or lte")
        return self


class Bounds(Range):
    """A range of numbers."""

    gt: Number | None = None
    gte: Number | None = None
    lt: Number | None = None
    lte: Number | None = None


class InstantBounds(Range):
    """A range of instants."""

    gt: Instant | None = None
    gte: Instant | None = None
    lt: Instant | None = None
    lte: Instant | None = None


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


_ADDED: Final[Any] = Field(exclude_if=lambda value: value is None)
"""Of members that the first version lacks: a page token signs the dump of a filter, and has to stay valid."""


class AnnotationFilter(Model):
    """Description of an annotation: all members that are given must hold. Sizes are relative to the image (0–1).

    `review` is the state of its review, `unreviewed` where it has none; `created_by` and `updated_by` are the subjects
    that made it and changed it last, `updated_at` is the time of that change.
    """

    label: Annotated[LabelName | list[LabelName] | None, Field(max_length=MAX_ACCEPTED)] = None
    field: Annotated[Word | list[Word] | None, Field(max_length=MAX_ACCEPTED)] = None
    type: AnnotationType | list[AnnotationType] | None = None
    confidence: Bounds | None = None
    width: Bounds | None = None
    height: Bounds | None = None
    area: Bounds | None = None
    attributes: Annotated[dict[AttributeName, AttributeValue] | None, Field(min_length=1, max_length=20)] = None
    """Each must have the value, or one of a list of values."""
    review: Annotated[ReviewState | Annotated[list[ReviewState], Field(max_length=4)] | None, _ADDED] = None
    created_by: Annotated[Word | list[Word] | None, Field(max_length=MAX_ACCEPTED), _ADDED] = None
    updated_by: Annotated[Word | list[Word] | None, Field(max_length=MAX_ACCEPTED), _ADDED] = None
    updated_at: Annotated[InstantBounds | None, _ADDED] = None

    @property
    def names(self) -> dict[str, list[str]]:
        """The accepted values of label, field and type, for those that are given."""
        return self._accepted("label", "field", "type")

    @property
    def ranges(self) -> dict[str, Range]:
        """The ranges of sizes and of the time of the last change, for those that are given."""
        given = {name: getattr(self, name) for name in ("width", "height", "area", "updated_at")}
        return {name: bounds for name, bounds in given.items() if bounds is not None}

    @property
    def values(self) -> dict[str, list[Any]]:
        """The accepted values of attributes (`attributes.<name>`), review and authors, for those that are given."""
        attributes = {f"attributes.{name}": _as_list(value) for name, value in (self.attributes or {}).items()}
        return {**attributes, **self._accepted("review", "created_by", "updated_by")}

    @property
    def is_looked_up(self) -> bool:
        """Tell whether annotations have to be read, since the label summary of an asset cannot decide."""
        return bool(self.ranges or self.values)

    def _accepted(self, *names: str) -> dict[str, list[Any]]:
        given = {name: getattr(self, name) for name in names}
        return {name: _as_list(value) for name, value in given.items() if value is not None}


class Counted(Model):
    """Number of annotations that match a description, in all layers together unless it names one."""

    of: AnnotationFilter = AnnotationFilter()
    gt: CountBound | None = None
    gte: CountBound | None = None
    lt: CountBound | None = None
    lte: CountBound | None = None

    @property
    def at_least(self) -> int:
        """The least number that is accepted."""
        return max(0 if self.gte is None else self.gte, 0 if self.gt is None else self.gt + 1)

    @property
    def below(self) -> int | None:
        """The least number that is too large, never 0; None without an upper bound."""
        limits = (self.lt, None if self.lte is None else self.lte + 1)
        return min((limit for limit in limits if limit is not None), default=None)

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.at_least == 0 and self.below is None:
            raise ValueError("needs gt, gte, lt or lte that some number does not meet")
        if self.below == 0:
            raise ValueError("lt must be 1 or more: no count is below 0")
        return self


class Quantified(Model):
    """Exactly one of: some annotation matches, every one does (also without any), none does, or how many do."""

    any: AnnotationFilter | None = None
    all: AnnotationFilter | None = None
    none: AnnotationFilter | None = None
    count: Counted | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1 or getattr(self, next(iter(self.model_fields_set))) is None:
            raise ValueError("needs exactly one of any, all, none, count")
        return self


class Annotations(Model):
    annotations: Quantified
