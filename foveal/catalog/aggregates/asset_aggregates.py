"""Aggregates over filtered assets: counts, sums, histograms, quantiles, distinct values, pairs of labels, places.

All are exact, and those of one request are of one moment.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import pymongo
from pymongo.client_session import ClientSession
from pymongo.database import Database

from foveal.catalog import label_counters
from foveal.catalog.aggregates import date_buckets, location_grid
from foveal.catalog.aggregates.annotation_aggregates import (
    AnnotationAggregates,
    AnnotationCounts,
    AnnotationHistogram,
    AnnotationQuantiles,
)
from foveal.catalog.aggregates.answer_size import fitting
from foveal.catalog.aggregates.distributions import Distribution, SortedValues, histogram, quantiles
from foveal.catalog.aggregates.index_distribution import IndexedValues
from foveal.catalog.aggregates.location_grid import Grid
from foveal.catalog.aggregates.requests import (
    AggregateRequest,
    CoOccurrence,
    Count,
    Counts,
    Distinct,
    Histogram,
    Labels,
    Quantiles,
    Sum,
    Sums,
)
from foveal.catalog.search import fields, filters, search
from foveal.catalog.search.annotation_filters import AnnotationFilter, Annotations
from foveal.catalog.search.compiler import compile_filter
from foveal.catalog.search.filters import Condition
from foveal.catalog.search.indexes import BY_ORDER
from foveal.database.asset_fields import Kind
from foveal.database.client import Document
from foveal.errors import ServiceUnavailable

MAX_VALUES: Final = 2_000_000
MAX_SECONDS: Final = 20
"""The time for all aggregates of a request; each of them has as long as a search."""
COUNTING: Final = (
    f"More than {label_counters.MAX_ADDED:,} assets are new since the labels were counted last. They are counted in "
    "the background; try again in some minutes."
)


def compute(database: Database[Document], project: str, request: AggregateRequest) -> dict[str, Any]:
    """Return `{"aggregates": {name: result}}`, as much as fits into an answer.

    Raises QueryTooExpensive when the time for one of them runs out, ServiceUnavailable for labels while very many new
    assets are counted into the label counters.
    """
    with pymongo.timeout(MAX_SECONDS):
        try:
            results, uncounted = _results(database, project, request)
        except label_counters.CountersStale:
            label_counters.keep_up(database, project)
            raise ServiceUnavailable(COUNTING) from None
        if uncounted > label_counters.MAX_UNCOUNTED:
            label_counters.keep_up(database, project)
    return {"aggregates": fitting(results)}


def _results(database: Database[Document], project: str, request: AggregateRequest) -> tuple[dict[str, Any], int]:
    """Return the results, and the number of assets that they added to the label counters."""
    with database.client.start_session(snapshot=True) as session:
        work = _Work(database, project, request.filter, session)
        kinds = {name: aggregate.kind for name, aggregate in request.aggregates.items()}
        counts_last = sorted(kinds, key=lambda name: isinstance(kinds[name], Count))  # another one may count them all
        results = {name: work.result(kinds[name]) for name in counts_last}
        return {name: results[name] for name in kinds}, work.uncounted


class _Work:
    def __init__(self, database: Database[Document], project: str, filter_: Any, session: ClientSession) -> None:
        self._database, self._project, self._filter, self._session = database, project, filter_, session
        self._compiled = compile_filter(project, filter_)
        self._annotations = AnnotationAggregates(database, self._compiled, session)
        self._total: int | None = None
        self.uncounted = 0

    def result(self, kind: Any) -> dict[str, Any]:
        with search.within_limit(self._compiled):
            return self._result(kind)

    def _result(self, kind: Any) -> dict[str, Any]:
        match kind:
            case Count():
                return {"count": self._count_all()}
            case Counts():
                return self._counts(kind)
            case Sum():
                return self._sum(kind)
            case Sums():
                return self._sums(kind)
            case Labels():
                return self._labels(kind)
            case Histogram():
                return self._histogram(kind)
            case Quantiles():
                return quantiles(self._distribution(kind.field), kind.at)
            case Distinct():
                return self._distinct(kind)
            case CoOccurrence():
                return self._co_occurrence(kind)
            case Grid():
                return self._grid(kind)
            case AnnotationCounts():
                return self._annotations.counts(kind)
            case AnnotationHistogram():
                return self._annotations.histogram(kind)
            case AnnotationQuantiles():
                return self._annotations.quantiles(kind)
        raise AssertionError(kind)

    def _run(self, *stages: Document, match: Document | None = None, hint: str | None = None) -> list[Document]:
        compiled = self._compiled
        condition = {"$and": [compiled.match, match]} if match else compiled.match
        every = [{"$match": condition}, *compiled.stages, *stages]
        return search.run(self._database.assets, compiled, every, hint=hint, session=self._session)

    def _count(self, match: Document) -> int:
        found = self._run({"$count": "count"}, match=match)
        return int(found[0]["count"]) if found else 0

    def _count_all(self) -> int:
        """Return the number of filtered assets; of all assets, or of one label, from the label counters if they can."""
        if self._total is not None:
            return self._total
        if self._filter is not None and _single_label(self._filter) is None:
            return self._count({})
        try:
            return self._tally().get(_single_label(self._filter), (0, 0))[1]
        except label_counters.CountersStale:
            self.uncounted = label_counters.MAX_ADDED
            return self._count({})

    def _tally(self) -> label_counters.Totals:
        totals, self.uncounted = label_counters.labels(self._database, self._project, self._session)
        return totals

    def _counts(self, counts: Counts) -> dict[str, Any]:
        group = {"$group": {"_id": "$value", "count": {"$sum": 1}}}
        order = {"$sort": {"count": -1, "_id": 1}}
        return _limited(self._run(*_values(counts.field), group, order, {"$limit": counts.limit + 1}), counts.limit)

    def _sum(self, request: Sum) -> dict[str, Any]:
        value = f"${fields.lookup(request.field).path}"
        group = {"$group": {"_id": None, "sum": {"$sum": value}, "count": {"$sum": 1}}}
        found = self._run({"$match": {fields.lookup(request.field).path: {"$ne": None}}}, group)
        return {"sum": found[0]["sum"], "count": found[0]["count"]} if found else {"sum": 0, "count": 0}

    def _sums(self, request: Sums) -> dict[str, Any]:
        added = f"${fields.lookup(request.field).path}"
        group = {"$group": {"_id": "$value", "sum": {"$sum": "$added"}, "count": {"$sum": 1}}}
        order = {"$sort": {"sum": -1, "count": -1, "_id": 1}}
        stages = [*_values(request.by, {"added": added}), group, order, {"$limit": request.limit + 1}]
        found = self._run(*stages)
        sums = [{"value": each["_id"], "sum": each["sum"], "count": each["count"]} for each in found[: request.limit]]
        return {"sums": sums, "is_complete": len(found) <= request.limit}

    def _distinct(self, distinct: Distinct) -> dict[str, Any]:
        stages = [*_values(distinct.field), {"$group": {"_id": "$value"}}, {"$sort": {"_id": 1}}]
        found = self._run(*stages, {"$limit": distinct.limit + 1})
        values = [group["_id"] for group in found[: distinct.limit]]
        return {"values": values, "is_complete": len(found) <= distinct.limit}

    def _labels(self, labels: Labels) -> dict[str, Any]:
        if self._filter is None and labels.field is None and labels.type is None:
            return _limited_labels(self._tally(), labels.limit)
        names = {name: value for name in ("field", "type") if (value := getattr(labels, name)) is not None}
        found = self._annotations.summed_up(["label"], AnnotationFilter(**names), labels.limit + 2)
        return _limited_labels({label: counts for (label,), *counts in found}, labels.limit)

    def _co_occurrence(self, request: CoOccurrence) -> dict[str, Any]:
        summary: Document = {"$ifNull": ["$label_summary", []]}
        if request.field:
            summary = {"$filter": {"input": summary, "cond": {"$eq": ["$$this.field", {"$literal": request.field}]}}}
        names = {"$setUnion": [{"$map": {"input": summary, "in": "$$this.label"}}, []]}
        present = {"$filter": {"input": names, "cond": {"$ne": ["$$this", None]}}}
        found = self._run(
            {"$project": {"first": present, "second": present}},
            {"$unwind": "$first"},
            {"$unwind": "$second"},
            {"$match": {"$expr": {"$lt": ["$first", "$second"]}}},
            {"$group": {"_id": {"first": "$first", "second": "$second"}, "count": {"$sum": 1}}},
            {"$sort": {"count": -1, "_id": 1}},
            {"$limit": request.limit + 1},
        )
        pairs = [
            {"labels": [group["_id"]["first"], group["_id"]["second"]], "count": group["count"]}
            for group in found[: request.limit]
        ]
        return {"pairs": pairs, "is_complete": len(found) <= request.limit}

    def _grid(self, grid: Grid) -> dict[str, Any]:
        hint = location_grid.INDEX if self._filter is None else None  # the server's choice depends on the oldest assets
        condition, stages = location_grid.condition(grid), location_grid.stages(grid)
        return location_grid.result(self._run(*stages, match=condition, hint=hint))

    def _histogram(self, request: Histogram) -> dict[str, Any]:
        """Return a histogram, of instants counted by the server unless its queries would repeat look-ups."""
        field = fields.lookup(request.field)
        if field.kind is not Kind.INSTANT or self._is_alone(field) or self._compiled.stages:
            return histogram(self._distribution(request.field), request.buckets, request.boundaries)
        found, self._total = date_buckets.histogram(
            lambda match, stages: self._run(*stages, match=match), field.path, request.buckets
        )
        return found

    def _is_alone(self, field: fields.Field) -> bool:
        """Tell whether no other field is filtered, and this one has an index of its order."""
        leaves = filters.leaves(self._filter) if self._filter is not None else []
        return field.path in BY_ORDER and all(
            isinstance(each, Condition) and each.field == field.name for each in leaves
        )

    def _distribution(self, name: str) -> Distribution:
        """Return the distribution of a field: by its index where no other field is filtered, or read into memory."""
        field = fields.lookup(name)
        if self._is_alone(field):
            return IndexedValues(field, partial(self._run_by, BY_ORDER[field.path]))
        values: Document = {"$project": {"_id": 0, "value": f"${field.path}"}}
        found = self._run(values, {"$limit": MAX_VALUES + 1}, match={field.path: {"$ne": None}})
        if len(found) > MAX_VALUES:
            raise search.too_expensive(self._compiled)
        return SortedValues(each["value"] for each in found)

    def _run_by(self, index: str, match: Document, stages: list[Document]) -> list[Document]:
        condition = {"$match": {"$and": [self._compiled.match, match]}}
        return search.run(
            self._database.assets, self._compiled, [condition, *stages], hint=index, session=self._session
        )


def _single_label(filter_: Any) -> str | None:
    """Return the label of a filter that asks for one label and nothing else."""
    if not isinstance(filter_, Annotations) or filter_.annotations.any is None:
        return None
    any_of = filter_.annotations.any
    return any_of.label if any_of.model_fields_set == {"label"} and isinstance(any_of.label, str) else None


def _limited_labels(totals: Mapping[str | None, Sequence[int]], limit: int) -> dict[str, Any]:
    found = sorted(
        (-annotations, label, assets) for label, (annotations, assets) in totals.items() if label is not None
    )
    groups = [{"label": label, "annotations": -negated, "assets": assets} for negated, label, assets in found[:limit]]
    return {"labels": groups, "is_complete": len(found) <= limit}


def _values(name: str, beside: Mapping[str, str] = {}) -> list[Document]:
    """Return the stages that yield each value of a field as `value`: those of a list one by one, absent ones not.

    Every value has the members `beside` of its asset, each by its path.
    """
    where = fields.lookup(name)
    value: Any = f"${where.path}"
    stages: list[Document] = [{"$project": {"value": value, **beside}}]
    if where.kind in (Kind.TEXTS, Kind.ANY):
        each_once = {"$cond": [{"$isArray": value}, {"$setUnion": [value, []]}, value]}
        stages = [{"$project": {"value": each_once, **beside}}, {"$unwind": "$value"}]
    return [*stages, {"$match": {"value": {"$ne": None}}}]


def _limited(groups: list[Document], limit: int) -> dict[str, Any]:
    found = [{"value": group["_id"], "count": group["count"]} for group in groups[:limit]]
    return {"counts": found, "is_complete": len(groups) <= limit}
