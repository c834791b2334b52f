"""Requests for aggregates: kinds of aggregates and their parameters."""

from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, Field, model_validator

from foveal.catalog.aggregates.annotation_aggregates import AnnotationCounts, AnnotationHistogram, AnnotationQuantiles
from foveal.catalog.aggregates.distributions import Boundaries, Buckets, GroupLimit, Shares
from foveal.catalog.aggregates.location_grid import Grid
from foveal.catalog.search import fields, search
from foveal.catalog.search.filters import Filter
from foveal.database.asset_fields import Kind
from foveal.database.vocabulary import AnnotationType
from foveal.validation.models import Model, validated
from foveal.validation.values import Slug, Word

MAX_AGGREGATES: Final = 10


def _countable(name: str) -> str:
    if fields.lookup(name).kind is Kind.PLACE:
        raise ValueError("must be a field that holds no place")
    return name


def _measurable(name: str) -> str:
    if fields.lookup(name).kind not in (Kind.NUMBER, Kind.INSTANT):
        raise ValueError("must be a field that holds numbers or instants")
    return name


def _summable(name: str) -> str:
    if fields.lookup(name).kind is not Kind.NUMBER:
        raise ValueError("must be a field that holds numbers")
    return name


GroupField = Annotated[str, Field(max_length=100), AfterValidator(_countable)]
MeasuredField = Annotated[str, Field(max_length=100), AfterValidator(_measurable)]
NumberField = Annotated[str, Field(max_length=100), AfterValidator(_summable)]


class Count(Model):
    """Number of assets."""


class Counts(Model):
    """Number of assets for each value of a field, most first."""

    field: GroupField
    limit: GroupLimit = 100


class Sum(Model):
    """Sum of a field over the assets; those without a value add nothing."""

    field: NumberField


class Sums(Model):
    """Sum of a field and number of assets for each value of the field `by`, greatest sum first."""

    field: NumberField
    by: GroupField
    limit: GroupLimit = 100


class Labels(Model):
    """Number of annotations and assets for each label, most annotations first; of one layer, if `field` is given."""

    field: Word | None = None
    type: AnnotationType | None = None
    limit: GroupLimit = 100


class Histogram(Model):
    """Number of assets in each bucket between the least and the greatest value, or between given boundaries."""

    field: MeasuredField
    buckets: Buckets = 20
    boundaries: Boundaries | None = None

    @model_validator(mode="after")
    def _of_numbers(self) -> Self:
        if self.boundaries is not None and fields.lookup(self.field).kind is Kind.INSTANT:
            raise ValueError("boundaries are for numbers; narrow instants by the filter")
        return self


class Quantiles(Model):
    """The values below which the given shares of assets lie."""

    field: MeasuredField
    at: Shares


class Distinct(Model):
    """The values of a field, in order."""

    field: GroupField
    limit: GroupLimit = 100


class CoOccurrence(Model):
    """Number of assets with both of two labels, most first."""

    field: Word | None = None
    limit: GroupLimit = 100


class Aggregate(Model):
    """Exactly one kind of aggregate."""

    count: Count | None = None
    counts: Counts | None = None
    sum: Sum | None = None
    sums: Sums | None = None
    labels: Labels | None = None
    histogram: Histogram | None = None
    quantiles: Quantiles | None = None
    distinct: Distinct | None = None
    co_occurrence: CoOccurrence | None = None
    grid: Grid | None = None
    annotation_counts: AnnotationCounts | None = None
    annotation_histogram: AnnotationHistogram | None = None
    annotation_quantiles: AnnotationQuantiles | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1 or self.kind is None:
            raise ValueError(f"needs exactly one of {', '.join(type(self).model_fields)}")
        return self

    @property
    def kind(self) -> Any:
        return getattr(self, next(iter(self.model_fields_set)))


class AggregateRequest(Model):
    """Aggregates over the same assets, each under a name that the caller chooses."""

    filter: Filter | None = None
    view: Slug | None = None
    aggregates: Annotated[dict[Slug, Aggregate], Field(min_length=1, max_length=MAX_AGGREGATES)]


def parse(raw: Any) -> AggregateRequest:
    """Return the request in a body. Raises InvalidRequest, naming the field that is wrong."""
    search.bounded(raw)
    request = validated(AggregateRequest, raw)
    search.check_conditions(request.filter)
    return request
