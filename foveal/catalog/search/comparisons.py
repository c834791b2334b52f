"""Compiles the comparisons of a filter that are about the asset itself: its fields and its place."""

from typing import Any, Final

from foveal.catalog.search.areas import Box, box_of
from foveal.catalog.search.fields import Field
from foveal.catalog.search.filters import Condition, Near, Within
from foveal.catalog.search.parts import Part, of_comparison
from foveal.database.asset_fields import Kind
from foveal.database.client import Document

EARTH_RADIUS_METRES: Final = 6_378_100
"""The equatorial radius with which MongoDB turns distances into radians (manual, "$centerSphere")."""
_BOUNDING: Final = frozenset({"eq", "in", "gt", "gte", "lt", "lte", "prefix"})


def of_field(condition: Condition, where: Field, *, negated: bool) -> Part:
    """Return the comparison of a field."""
    clauses = [_comparison(where, operator, value) for operator, value in condition.operators.items()]
    is_bound = not _BOUNDING.isdisjoint(condition.operators)
    return of_comparison(clauses, where.path, is_bound=is_bound, negated=negated)


def of_place(node: Near | Within, *, negated: bool) -> Part:
    """Return the comparison of the place."""
    if isinstance(node, Near):
        clauses = [in_circle([node.near.longitude, node.near.latitude], node.near.metres / EARTH_RADIUS_METRES)]
    elif (box := box_of(node.within)) is not None:
        clauses = [*([in_circle(*box.circle)] if box.circle else []), *_between(box)]
    else:
        ring = {"type": "Polygon", "coordinates": [node.within]}
        clauses = [{"location": {"$geoWithin": {"$geometry": ring}}}]
    is_bound = "location" in clauses[0]
    return of_comparison(clauses, "location", is_bound=is_bound, negated=negated)


def in_circle(centre: list[float], radius: float) -> Document:
    """Return the condition for places within a radius, in radians, of a centre [longitude, latitude]."""
    return {"location": {"$geoWithin": {"$centerSphere": [centre, radius]}}}


def _between(box: Box) -> list[Document]:
    sides = ((box.west, box.east), (box.south, box.north))
    return [{f"location.coordinates.{axis}": {"$gte": low, "$lte": high}} for axis, (low, high) in enumerate(sides)]


def _comparison(where: Field, operator: str, value: Any) -> Document:
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
