"""Filters in a query string, for simple cases: everything that is given must hold.

    ?tags=night&size_bytes.gte=100000&label=car&confidence.gte=0.8&sort=-captured_at&limit=20

A name is a field, with an operator after a last dot when it is not equality; `in` and `not_in` take commas. `label`,
`field`, `type`, `review`, `created_by`, `updated_by`, `confidence` and `area` describe one and the same annotation. A
condition may be repeated with another value (`tags=night&tags=rain`): both must hold.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from foveal.catalog.search import fields
from foveal.database.asset_fields import Kind
from foveal.errors import InvalidRequest

_PAGE: Final = ("sort", "limit", "next_token", "fields", "view")
_OPERATORS: Final = ("ne", "in", "not_in", "gt", "gte", "lt", "lte", "prefix", "exists")
_ANNOTATION: Final = ("label", "field", "type", "review", "created_by", "updated_by")
_ANNOTATION_RANGES: Final = ("confidence", "area")
_DECIMAL: Final = re.compile(r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def read(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return the equivalent search body. Raises InvalidRequest for an unknown name, or one that must come once."""
    query = _of_the_page(pairs)
    body: dict[str, Any] = {name: query[name] for name in ("sort", "next_token", "view") if name in query}
    if "limit" in query:
        body["limit"] = _number("limit", query["limit"])
    if "fields" in query:
        body["fields"] = query["fields"].split(",")
    conditions: list[Any] = []
    annotation: dict[str, Any] = {}
    for name, text in pairs:
        if name in _PAGE:
            continue
        base, _, operator = name.rpartition(".")
        if name in _ANNOTATION:
            _once(name, annotation)[name] = text
        elif base in _ANNOTATION_RANGES and operator in _OPERATORS:
            _once(name, annotation.setdefault(base, {}), operator)[operator] = _number(name, text)
        else:
            conditions.append(_condition(name, text))
    if annotation:
        conditions.append({"annotations": {"any": annotation}})
    if conditions:
        body["filter"] = {"and": conditions} if len(conditions) > 1 else conditions[0]
    return body


def _of_the_page(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the parameters that are no conditions."""
    found: dict[str, str] = {}
    for name, text in pairs:
        if name in _PAGE:
            _once(name, found)[name] = text
    return found


def _once(name: str, values: dict[str, Any], member: str | None = None) -> dict[str, Any]:
    """Return the values as they are. Raises InvalidRequest when there is one already."""
    if (member or name) in values:
        raise InvalidRequest(f"{name}: may be given once; a filter (POST …/assets/search) can ask for more.")
    return values


def _condition(name: str, text: str) -> dict[str, Any]:
    base, operator = name, "eq"
    if not _is_field(name) and name.rpartition(".")[2] in _OPERATORS:
        base, _, operator = name.rpartition(".")
    if not _is_field(base):
        raise InvalidRequest(f"{name[:100]}: is not a field that can be asked for.")
    kind = fields.lookup(base).kind
    if operator == "exists":
        return {"field": base, "exists": _flag(name, text)}
    if operator in ("in", "not_in"):
        return {"field": base, operator: [_value(kind, name, part) for part in text.split(",")]}
    return {"field": base, operator: text if operator == "prefix" else _value(kind, name, text)}


def _is_field(name: str) -> bool:
    try:
        fields.lookup(name)
    except ValueError:
        return False
    return True


def _value(kind: Kind, name: str, text: str) -> Any:
    if kind is Kind.NUMBER:
        return _number(name, text)
    if kind is Kind.FLAG:
        return _flag(name, text)
    if kind is Kind.ANY:
        return _literal(text)
    return text


def _literal(text: str) -> Any:
    """Read a value of an attribute: a JSON number, true, false or quoted text is that; all else is text as it is."""
    try:
        value = json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, bool | int | float | str) else text


def _number(name: str, text: str) -> int | float:
    if not _DECIMAL.fullmatch(text):
        raise InvalidRequest(f"{name[:100]}: must be a number.")
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 20 else float(text)


def _flag(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise InvalidRequest(f"{name[:100]}: must be true or false.")
    return text == "true"
