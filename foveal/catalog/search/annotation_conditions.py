"""Compiles conditions on annotations: the label summary of the asset decides them, or else a look-up.

A confidence between two bounds, sizes, attributes, reviews, authors and times cannot be decided from the summary; for
these the summary is only necessary, and a look-up into `annotations` for each remaining asset decides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from foveal.catalog.search import parts
from foveal.catalog.search.annotation_filters import UNREVIEWED, AnnotationFilter, Annotations, Bounds, Quantified
from foveal.catalog.search.parts import Part
from foveal.database.client import Document

_PATHS: Final = {"width": "bbox.2", "height": "bbox.3", "area": "bbox_area", "review": "review.state"}
"""Paths of members of an annotation that are named otherwise in a filter."""


@dataclass(frozen=True, slots=True)
class _Literal:
    """At least so many annotations satisfy `annotation`; `summary` is necessary, and sufficient when `is_exact`."""

    summary: Document
    annotation: Document
    is_exact: bool = True
    at_least: int = 1
    labels: Sequence[str] = ()
    """Accepted labels of the annotations; none if every label is accepted."""


def of_annotations(node: Annotations, *, negated: bool, numbers: Iterator[int]) -> Part | None:
    """Return the condition on annotations; `numbers` tell its look-ups from all others."""
    literals = [_part(each, holds is not negated, numbers) for each, holds in _literals(node.annotations)]
    return parts.any_of(literals) if negated else parts.all_of(literals)


def some(filter_: AnnotationFilter) -> tuple[Document, Document]:
    """Return the condition on a summary entry that lets such an annotation be, and the one on the annotation."""
    literal = _some(filter_)
    return literal.summary, literal.annotation


def _part(literal: _Literal, holds: bool, numbers: Iterator[int]) -> Part:
    summary: Document = {"label_summary": {"$elemMatch": literal.summary or {"count": {"$gte": 1}}}}
    if literal.is_exact:
        clause = summary if literal.at_least == 1 else parts.and_of([summary, _sum_of_counts(literal)])
        necessary = exact = clause if holds else parts.nor_of(clause)
        lookups: list[Document] = []
    else:
        found = f"_found_{next(numbers)}"
        pipeline = [{"$match": literal.annotation}, {"$limit": literal.at_least}, {"$project": {"_id": 1}}]
        of_asset = {"from": "annotations", "localField": "_id", "foreignField": "asset_id"}
        lookups = [{"$lookup": {**of_asset, "pipeline": pipeline, "as": found}}]
        necessary = summary if holds else parts.EVERYTHING
        exact = {f"{found}.{literal.at_least - 1}": {"$exists": holds}}
    if not holds or not literal.labels:
        return Part(necessary, exact, tuple(lookups))
    return parts.of_labels(necessary, exact, lookups, _disjuncts(literal, necessary))


def _disjuncts(literal: _Literal, necessary: Document) -> list[Document]:
    """Return a condition for each label that together say what is necessary; none where labels are counted together."""
    if literal.at_least > 1:
        return [necessary] if len(literal.labels) == 1 else []
    summaries = [{**literal.summary, "label": label} for label in dict.fromkeys(literal.labels)]
    return [{"label_summary": {"$elemMatch": each}} for each in summaries]


def _literals(quantified: Quantified) -> list[tuple[_Literal, bool]]:
    """Return literals that make up the condition together, each with whether it must hold or must not."""
    if quantified.all is not None:
        return [(literal, False) for literal in _violations(quantified.all)]
    if quantified.none is not None:
        return [(_some(quantified.none), False)]
    if quantified.count is not None:
        limits = ((quantified.count.at_least, True), (quantified.count.below, False))
        return [(_so_many(quantified.count.of, number), holds) for number, holds in limits if number]
    return [(_some(quantified.any or AnnotationFilter()), True)]


def _some(filter_: AnnotationFilter) -> _Literal:
    names = {name: _one_of(values) for name, values in filter_.names.items()}
    summary, annotation = dict(names), dict(names)
    lower, upper = _split(filter_.confidence)
    if lower:
        summary["max_confidence"] = _operators(lower)
    if upper:
        summary["min_confidence"] = _operators(upper)
    if filter_.confidence:
        annotation["confidence"] = _operators({**lower, **upper})
    for name, bounds in filter_.ranges.items():
        annotation[_path(name)] = _operators(bounds.operators)
    for name, values in filter_.values.items():
        annotation[_path(name)] = _one_of(_stored(name, values))
    is_exact = not filter_.is_looked_up and not (lower and upper)
    return _Literal(summary, annotation, is_exact, labels=filter_.names.get("label", ()))


def _so_many(filter_: AnnotationFilter, number: int) -> _Literal:
    literal = _some(filter_)
    is_counted = number == 1 or literal.summary == literal.annotation
    return replace(literal, is_exact=literal.is_exact and is_counted, at_least=number)


def _sum_of_counts(literal: _Literal) -> Document:
    """Return the condition that the summary entries with the literal's names count enough annotations together."""
    names = [{"$in": [f"$$this.{name}", {"$literal": _values(each)}]} for name, each in literal.summary.items()]
    entries = {"$filter": {"input": "$label_summary", "cond": {"$and": names}}}
    counts = {"$map": {"input": entries, "in": "$$this.count"}}
    return {"$expr": {"$gte": [{"$sum": counts}, literal.at_least]}}


def _violations(filter_: AnnotationFilter) -> list[_Literal]:
    """Return the ways in which one annotation can fail to be as described, one for each member of the description."""
    ways = [_Literal({name: {"$nin": values}}, {name: {"$nin": values}}) for name, values in filter_.names.items()]
    lower, upper = _split(filter_.confidence)
    opposite = {"gt": "$lte", "gte": "$lt", "lt": "$gte", "lte": "$gt"}
    for operator, bound in {**lower, **upper}.items():
        extreme = "min_confidence" if operator in lower else "max_confidence"
        ways.append(_Literal({"$or": [{extreme: {opposite[operator]: bound}}, {"unscored": {"$gte": 1}}]}, {}))
    for name, bounds in filter_.ranges.items():
        outside = parts.nor_of({_path(name): _operators(bounds.operators)})
        ways.append(_Literal({}, outside, is_exact=False))
    for name, values in filter_.values.items():
        ways.append(_Literal({}, {_path(name): {"$nin": _stored(name, values)}}, is_exact=False))
    return ways


def _path(name: str) -> str:
    return _PATHS.get(name, name)


def _stored(name: str, values: list[Any]) -> list[Any]:
    """Return accepted values as documents hold them: an annotation without a review has none of its members."""
    return [None if name == "review" and value == UNREVIEWED else value for value in values]


def _split(bounds: Bounds | None) -> tuple[dict[str, float], dict[str, float]]:
    operators = bounds.operators if bounds else {}
    lower = {name: value for name, value in operators.items() if name in ("gt", "gte")}
    return lower, {name: value for name, value in operators.items() if name not in lower}


def _operators(operators: dict[str, Any]) -> Document:
    return {f"${name}": value for name, value in operators.items()}


def _one_of(values: Sequence[Any]) -> Any:
    return values[0] if len(values) == 1 else {"$in": list(values)}


def _values(one_of: Any) -> list[Any]:
    return one_of["$in"] if isinstance(one_of, dict) else [one_of]
