"""From our filter types to MongoDB: the only place where operators are written.

A filter becomes a `$match` that is answered from the asset alone: what annotations an asset has is on the asset, as
its label summary. A few conditions (a confidence between two bounds, sizes) cannot be decided from the summary;
for these the `$match` is only necessary, and a look-up into `annotations` per remaining asset decides.

Negations are driven down to the comparisons first (De Morgan), since "necessary" does not survive a `not`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from foveal.catalog.search import fields, filters
from foveal.catalog.search.fields import Kind
from foveal.catalog.search.index_selection import TRIED, Reading, reading
from foveal.catalog.search.indexes import INDEXED
from foveal.catalog.search.simplify import without_contradictions
from foveal.database.client import Document

EARTH_RADIUS_METRES: Final = 6_378_100
"""The equatorial radius with which MongoDB turns distances into radians (manual, "$centerSphere")."""
_BOX_PATHS: Final = {"width": "bbox.2", "height": "bbox.3", "area": "bbox_area"}
_EVERYTHING: Final[Document] = {}
_NOTHING: Final[Document] = {"_id": {"$in": []}}


@dataclass(slots=True)
class Compiled:
    """A filter for MongoDB: `match`, then for what is left `stages`; `unindexed` names what no index helps.

    For a page, `index` is the one by which it is read, `match` then perhaps one `$or` of its ranges, and `first` is
    what is tried before: what it gives is the beginning of the page.
    """

    match: Document
    stages: list[Document] = field(default_factory=list)
    unindexed: tuple[str, ...] = ()
    index: str | None = None
    first: "Compiled | None" = None

    def within(self, range_: Document) -> Document:
        """Return `match` for the documents in a range, which goes into each alternative: the `$or` stays outermost."""
        parts = self.match["$or"] if self.match.keys() == {"$or"} else [self.match]
        return _or([_and([part, range_]) for part in parts])


@dataclass(frozen=True, slots=True)
class _Literal:
    """That so many annotations satisfy `annotation`: `summary` is necessary, and sufficient when `is_exact`."""

    summary: Document
    annotation: Document
    is_exact: bool = True
    at_least: int = 1


def compile_filter(project: str, node: Any, sort_path: str = "") -> Compiled:
    """Return the filter within one project. Without a word on `status` it means ready assets.

    With the path of a sort, its pages are read in that order, see `foveal.catalog.search.index_selection`.
    """
    compiler = _Compiler()
    possible = None if node is None else without_contradictions(node)
    is_possible = node is None or possible is not None
    necessary, exact = compiler.node(possible, negated=False) if is_possible else (_NOTHING, _NOTHING)
    named = {leaf.field for leaf in filters.leaves(node) if isinstance(leaf, filters.Condition)}
    within: list[Document] = [{"project": project}, *([] if "status" in named else [{"status": "ready"}])]
    compiled = Compiled(_and([*within, necessary]))
    compiled.stages = [*compiler.lookups, {"$match": exact}] if compiler.lookups else []
    compiled.unindexed = tuple(sorted(name for name in named if fields.lookup(name).path not in {*INDEXED, "status"}))
    chosen = reading(possible, sort_path) if is_possible else None
    return compiled if chosen is None else _read_by(chosen, within, compiled)


def _read_by(chosen: Reading, within: Sequence[Document], compiled: Compiled) -> Compiled:
    """Return a filter as what is read by an index, after what is tried before."""
    ways = [_Compiler().node(way, negated=False)[0] for way in chosen.ways]
    first = None
    if chosen.first is not None:
        checked: list[Document] = [{"$limit": TRIED}, {"$match": compiled.match}, *compiled.stages]
        first = _read_by(chosen.first, within, replace(compiled, stages=checked))
    match = _or([_and([*within, way]) for way in ways])
    return replace(compiled, match=match, index=chosen.index, first=first)


class _Compiler:
    def __init__(self) -> None:
        self.lookups: list[Document] = []

    def node(self, node: Any, *, negated: bool) -> tuple[Document, Document]:
        """Return what is necessary by the asset alone, and what is exact once the look-ups have run."""
        match node:
            case None:
                return _EVERYTHING, _EVERYTHING
            case filters.Not(not_=child):
                return self.node(child, negated=not negated)
            case filters.And(and_=children) | filters.Or(or_=children):
                pairs = [self.node(child, negated=negated) for child in children]
                join = _and if isinstance(node, filters.And) is not negated else _or
                return join([necessary for necessary, _ in pairs]), join([exact for _, exact in pairs])
            case filters.Annotations():
                return self._quantified(node.annotations, negated=negated)
        leaf = _leaf(node)
        return (_not(leaf), _not(leaf)) if negated else (leaf, leaf)

    def _quantified(self, quantified: filters.Quantified, *, negated: bool) -> tuple[Document, Document]:
        pairs = [self._literal(literal, negated=holds is negated) for literal, holds in _literals(quantified)]
        join = _or if negated else _and
        return join([necessary for necessary, _ in pairs]), join([exact for _, exact in pairs])

    def _literal(self, literal: _Literal, *, negated: bool) -> tuple[Document, Document]:
        summary: Document = {"label_summary": {"$elemMatch": literal.summary or {"count": {"$gte": 1}}}}
        if literal.is_exact:
            holds = summary if literal.at_least == 1 else _and([summary, _sum_of_counts(literal)])
            decided = _not(holds) if negated else holds
            return decided, decided
        found = f"_found_{len(self.lookups)}"
        pipeline = [{"$match": literal.annotation}, {"$limit": literal.at_least}, {"$project": {"_id": 1}}]
        self.lookups.append(
            {
                "$lookup": {
                    "from": "annotations",
                    "localField": "_id",
                    "foreignField": "asset_id",
                    "pipeline": pipeline,
                    "as": found,
                }
            }
        )
        last = f"{found}.{literal.at_least - 1}"
        return (_EVERYTHING, {last: {"$exists": False}}) if negated else (summary, {last: {"$exists": True}})


def some(wanted: filters.AnnotationFilter) -> tuple[Document, Document]:
    """Return what a summary entry must be where some annotation may be so, and what the annotation must be."""
    literal = _some(wanted)
    return literal.summary, literal.annotation


def _literals(quantified: filters.Quantified) -> list[tuple[_Literal, bool]]:
    """Return what has to be so all at once: literals, each with whether it must hold or must not."""
    if quantified.all is not None:
        return [(literal, False) for literal in _violations(quantified.all)]
    if quantified.none is not None:
        return [(_some(quantified.none), False)]
    if quantified.count is not None:
        limits = ((quantified.count.at_least, True), (quantified.count.below, False))
        return [(_so_many(quantified.count.of, number), holds) for number, holds in limits if number]
    return [(_some(quantified.any or filters.AnnotationFilter()), True)]


def _some(wanted: filters.AnnotationFilter) -> _Literal:
    names = {name: _one_of(values) for name, values in wanted.names.items()}
    summary, annotation = dict(names), dict(names)
    lower, upper = _split(wanted.confidence)
    if lower:
        summary["max_confidence"] = _operators(lower)
    if upper:
        summary["min_confidence"] = _operators(upper)
    if wanted.confidence:
        annotation["confidence"] = _operators({**lower, **upper})
    for name, bounds in wanted.sizes.items():
        annotation[_BOX_PATHS[name]] = _operators(bounds.operators)
    for name, values in wanted.attribute_values.items():
        annotation[f"attributes.{name}"] = _one_of(values)
    return _Literal(summary, annotation, is_exact=not wanted.is_looked_up and not (lower and upper))


def _so_many(wanted: filters.AnnotationFilter, number: int) -> _Literal:
    literal = _some(wanted)
    is_counted = number == 1 or literal.summary == literal.annotation
    return replace(literal, is_exact=literal.is_exact and is_counted, at_least=number)


def _sum_of_counts(literal: _Literal) -> Document:
    """Return that the entries of a summary which have the literal's names count so many annotations together."""
    names = [{"$in": [f"$$this.{name}", {"$literal": _values(each)}]} for name, each in literal.summary.items()]
    entries = {"$filter": {"input": "$label_summary", "cond": {"$and": names}}}
    counts = {"$map": {"input": entries, "in": "$$this.count"}}
    return {"$expr": {"$gte": [{"$sum": counts}, literal.at_least]}}


def _violations(wanted: filters.AnnotationFilter) -> list[_Literal]:
    """Return the ways in which one annotation can fail to be what is wanted, one for each thing that is asked."""
    ways = [_Literal({name: {"$nin": values}}, {name: {"$nin": values}}) for name, values in wanted.names.items()]
    lower, upper = _split(wanted.confidence)
    opposite = {"gt": "$lte", "gte": "$lt", "lt": "$gte", "lte": "$gt"}
    for operator, bound in {**lower, **upper}.items():
        extreme = "min_confidence" if operator in lower else "max_confidence"
        ways.append(_Literal({"$or": [{extreme: {opposite[operator]: bound}}, {"unscored": {"$gte": 1}}]}, {}))
    for name, bounds in wanted.sizes.items():
        ways.append(_Literal({}, _not({_BOX_PATHS[name]: _operators(bounds.operators)}), is_exact=False))
    for name, values in wanted.attribute_values.items():
        ways.append(_Literal({}, {f"attributes.{name}": {"$nin": values}}, is_exact=False))
    return ways


def _split(bounds: filters.Bounds | None) -> tuple[dict[str, float], dict[str, float]]:
    operators = bounds.operators if bounds else {}
    lower = {name: value for name, value in operators.items() if name in ("gt", "gte")}
    return lower, {name: value for name, value in operators.items() if name not in lower}


def _leaf(node: Any) -> Document:
    match node:
        case filters.Near(near=place):
            circle = [[place.longitude, place.latitude], place.metres / EARTH_RADIUS_METRES]
            return {"location": {"$geoWithin": {"$centerSphere": circle}}}
        case filters.Within(within=ring):
            return {"location": {"$geoWithin": {"$geometry": {"type": "Polygon", "coordinates": [ring]}}}}
    where = fields.lookup(node.field)
    return _and([_comparison(where, operator, value) for operator, value in node.operators.items()])


def _comparison(where: fields.Field, operator: str, value: Any) -> Document:
    path = where.path
    match operator:
        case "exists":
            return {path: {"$ne": None}} if value else {path: None}
        case "not_in":
            return {path: {"$nin": value}}
        case "prefix":
            bounds = _prefix(value)
            element: Document = {path: {"$elemMatch": bounds}}
            scalar: Document = {path: {**bounds, "$not": {"$type": "array"}}}
            forms: dict[Kind, Document] = {Kind.TEXTS: element, Kind.ANY: {"$or": [element, scalar]}}
            return forms.get(where.kind, {path: bounds})
    return {path: {f"${operator}": value}}


def _prefix(prefix: str) -> Document:
    """Return the range of the texts that begin so: text is ordered by code point, surrogates left out."""
    last = len(prefix) - 1
    while last >= 0 and prefix[last] == "\U0010ffff":
        last -= 1
    if last < 0:
        return {"$gte": prefix}
    following = ord(prefix[last]) + 1
    return {"$gte": prefix, "$lt": prefix[:last] + chr(0xE000 if following == 0xD800 else following)}


def _operators(operators: dict[str, float]) -> Document:
    return {f"${name}": value for name, value in operators.items()}


def _one_of(values: Sequence[Any]) -> Any:
    return values[0] if len(values) == 1 else {"$in": list(values)}


def _values(one_of: Any) -> list[Any]:
    return one_of["$in"] if isinstance(one_of, dict) else [one_of]


def _and(clauses: Sequence[Document]) -> Document:
    flat = [part for clause in clauses for part in (clause.get("$and", [clause]) if clause else [])]
    return {"$and": flat} if len(flat) > 1 else flat[0] if flat else _EVERYTHING


def _or(clauses: Sequence[Document]) -> Document:
    if not all(clauses):
        return _EVERYTHING
    return {"$or": list(clauses)} if len(clauses) > 1 else clauses[0] if clauses else _NOTHING


def _not(clause: Document) -> Document:
    return {"$nor": [clause]} if clause else _NOTHING
