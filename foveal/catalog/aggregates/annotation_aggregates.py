"""Aggregates over the annotations of filtered assets: counts by name, histograms and quantiles of numbers.

Counts by label, field and type come from the label summaries of the assets. Single confidences, sizes, attributes,
reviews and authors are read from the annotations, of thousands of assets at a time, and counted here; assets whose
summary rules out such annotations are not read.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field
from pymongo.client_session import ClientSession
from pymongo.database import Database

from foveal.catalog.aggregates.distributions import (
    Boundaries,
    Buckets,
    GroupLimit,
    Shares,
    SortedValues,
    histogram,
    quantiles,
)
from foveal.catalog.search import search
from foveal.catalog.search.annotation_conditions import some
from foveal.catalog.search.annotation_filters import UNREVIEWED, AnnotationFilter
from foveal.catalog.search.compiler import Compiled
from foveal.catalog.search.fields import ATTRIBUTE
from foveal.database.client import Document
from foveal.validation.models import Model

MAX_ANNOTATIONS: Final = 2_000_000
MAX_BYTES_OF_GROUPS: Final = 100_000_000
"""Of the values by which annotations are counted one by one, in memory."""
_ASSETS_AT_ONCE: Final = 2_000
_ANNOTATIONS_AT_ONCE: Final = 10_000
_GROUP_BYTES: Final = 200
"""Of a group beside its values, more or less: two numbers, entries of two dictionaries and of a set."""
_NAMES: Final = frozenset({"label", "field", "type"})
_READ_NAMES: Final[dict[str, Any]] = {
    "review": {"$ifNull": ["$review.state", UNREVIEWED]},
    "created_by": "$created_by",
    "updated_by": "$updated_by",
}
"""Names that no label summary holds, each with the expression that reads it from an annotation."""
_NUMBERS: Final[dict[str, Any]] = {
    "confidence": "$confidence",
    "width": {"$arrayElemAt": ["$bbox", 2]},
    "height": {"$arrayElemAt": ["$bbox", 3]},
    "area": "$bbox_area",
    "value": "$value",
}

Group = tuple[list[Any], int, int]
"""Values of the names, number of annotations, number of assets."""


def _number(name: str) -> str:
    if name not in _NUMBERS and not ATTRIBUTE.match(name):
        raise ValueError(f"must be one of {', '.join(_NUMBERS)} or attributes.<name>")
    return name


def _name(name: str) -> str:
    if name not in (names := _NAMES | _READ_NAMES.keys()) and not ATTRIBUTE.match(name):
        raise ValueError(f"must be one of {', '.join(sorted(names))} or attributes.<name>")
    return name


def _distinct(names: list[str]) -> list[str]:
    if len(set(names)) != len(names):
        raise ValueError("a name comes twice")
    return names


NumberName = Annotated[str, Field(max_length=100), AfterValidator(_number)]
Name = Annotated[str, Field(max_length=100), AfterValidator(_name)]


class AnnotationCounts(Model):
    """Number of annotations, and of their assets, for each combination of names, most first.

    `by`: `label`, `field`, `type`, `review`, `created_by`, `updated_by`, `attributes.<name>`. `where`: only annotations
    that match.
    """

    by: Annotated[list[Name], Field(min_length=1, max_length=3), AfterValidator(_distinct)]
    where: AnnotationFilter | None = None
    limit: GroupLimit = 100


class AnnotationHistogram(Model):
    """Number of annotations in each bucket between the least and the greatest value, or between given boundaries.

    `of`: `confidence`, `value`, `attributes.<name>`, or `width`, `height`, `area` of the box, relative to the image.
    """

    of: NumberName
    where: AnnotationFilter | None = None
    buckets: Buckets = 20
    boundaries: Boundaries | None = None


class AnnotationQuantiles(Model):
    """The values below which the given shares of annotations lie."""

    of: NumberName
    at: Shares
    where: AnnotationFilter | None = None


class AnnotationAggregates:
    """Aggregates of the annotations of filtered assets, as a session sees them; within `search.within_limit`."""

    def __init__(self, database: Database[Document], compiled: Compiled, session: ClientSession) -> None:
        self._database, self._compiled, self._session = database, compiled, session

    def counts(self, request: AnnotationCounts) -> dict[str, Any]:
        where = request.where or AnnotationFilter()
        is_summed_up = not where.confidence and not where.is_looked_up and set(request.by) <= _NAMES
        found = (
            self.summed_up(request.by, where, request.limit + 1) if is_summed_up else self._one_by_one(request, where)
        )
        groups = [
            {**dict(zip(request.by, values, strict=True)), "annotations": annotations, "assets": assets}
            for values, annotations, assets in found[: request.limit]
        ]
        return {"counts": groups, "is_complete": len(found) <= request.limit}

    def histogram(self, request: AnnotationHistogram) -> dict[str, Any]:
        return histogram(self._numbers(request.of, request.where), request.buckets, request.boundaries)

    def quantiles(self, request: AnnotationQuantiles) -> dict[str, Any]:
        return quantiles(self._numbers(request.of, request.where), request.at)

    def summed_up(self, by: Sequence[str], where: AnnotationFilter, limit: int) -> list[Group]:
        """Return counts by label, field or type, most first, from the label summaries alone."""
        accepted = [{"$in": [f"$$this.{name}", {"$literal": values}]} for name, values in where.names.items()]
        entries = {"$filter": {"input": "$label_summary", "cond": {"$and": accepted}}}
        keys = {"$map": {"input": "$entries", "in": [f"$$this.{name}" for name in by]}}
        key = [f"$entries.{name}" for name in by]
        is_first = {"$eq": ["$at", {"$indexOfArray": ["$keys", key]}]}
        stages: list[Document] = [
            {"$match": self._with_such(where)},
            *self._compiled.stages,
            {"$project": {"entries": entries}},
            {"$project": {"entries": 1, "keys": keys}},
            {"$unwind": {"path": "$entries", "includeArrayIndex": "at"}},
            {
                "$group": {
                    "_id": key,
                    "annotations": {"$sum": "$entries.count"},
                    "assets": {"$sum": {"$cond": [is_first, 1, 0]}},
                }
            },
            {"$sort": {"annotations": -1, "_id": 1}},
            {"$limit": limit},
        ]
        found = search.run(self._database.assets, self._compiled, stages, session=self._session)
        return [(each["_id"], each["annotations"], each["assets"]) for each in found]

    def _one_by_one(self, request: AnnotationCounts, where: AnnotationFilter) -> list[Group]:
        annotations, assets = Counter[str](), Counter[str]()
        members = {f"by_{at}": _READ_NAMES.get(name, f"${name}") for at, name in enumerate(request.by)}
        size = 0
        for of_some_assets in self._read(where, {"asset_id": 1, **members}):
            counted = set[tuple[str, str]]()
            for each in of_some_assets:
                key = _key([each.get(member) for member in members])
                size += 0 if key in annotations else len(key) + _GROUP_BYTES
                annotations[key] += 1
                if (pair := (each["asset_id"], key)) not in counted:
                    counted.add(pair)
                    assets[key] += 1
                if size + len(counted) * _GROUP_BYTES > MAX_BYTES_OF_GROUPS:
                    raise search.too_expensive(self._compiled)
        order = sorted(annotations, key=lambda key: (-annotations[key], key))
        return [(json.loads(key), annotations[key], assets[key]) for key in order]

    def _numbers(self, name: str, where: AnnotationFilter | None) -> SortedValues:
        number = _NUMBERS.get(name, f"${name}")
        values: list[float] = []
        for of_some_assets in self._read(where or AnnotationFilter(), {"_id": 0, "number": number}):
            while part := list(islice(of_some_assets, _ANNOTATIONS_AT_ONCE)):
                found = (each.get("number") for each in part)
                values += (value for value in found if isinstance(value, int | float) and not isinstance(value, bool))
                if len(values) > MAX_ANNOTATIONS:
                    raise search.too_expensive(self._compiled)
        return SortedValues(values)

    def _read(self, where: AnnotationFilter, projection: Document) -> Iterator[Iterator[Document]]:
        """Yield the annotations that match, those of some thousand assets at a time, as they are read."""
        _, request = some(where)
        for ids in self._ids(where):
            of_assets = {"asset_id": {"$in": ids}, **request}
            yield self._database.annotations.find(of_assets, projection, session=self._session)

    def _ids(self, where: AnnotationFilter) -> Iterator[list[str]]:
        stages = [{"$match": self._with_such(where)}, *self._compiled.stages, {"$project": {"_id": 1}}]
        cursor = self._database.assets.aggregate(stages, session=self._session, batchSize=_ASSETS_AT_ONCE)
        while ids := [each["_id"] for each in islice(cursor, _ASSETS_AT_ONCE)]:
            yield ids

    def _with_such(self, where: AnnotationFilter) -> Document:
        """Return the condition for filtered assets whose label summary allows such an annotation."""
        summary, _ = some(where)
        return {"$and": [self._compiled.match, {"label_summary": {"$elemMatch": summary or {"count": {"$gte": 1}}}}]}


def _key(values: list[Any]) -> str:
    """Return values as JSON, so that 1, true and "1" stay apart; 1 and 1.0 are one, as everywhere in MongoDB."""
    whole = [int(each) if isinstance(each, float) and each.is_integer() else each for each in values]
    return json.dumps(whole, ensure_ascii=False)
