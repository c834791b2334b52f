"""Suggestions for an unknown field of a request: the names of the fields that there are, read from the model.

Only worked out when such a field was sent.
"""

import functools
from collections.abc import Iterator, Sequence
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter

Of = type[BaseModel] | TypeAdapter[Any]
"""A model, or a type made of several."""
_MAX_NAMES: Final = 60
_COMPOUND: Final = frozenset({"properties", "items", "additionalProperties"})


def instead_of(of: Of, place: Sequence[str | int]) -> str:
    """Return what to say of an unknown field at a place, as pydantic's errors name it (`loc`)."""
    schema = _schema(of)
    nodes = list(_objects(schema, schema))
    for part in place[:-1]:
        found = [child for node in nodes for child in _children(schema, node, part)]
        if found and not any(child.keys() & _COMPOUND for child in found):
            # Not a value: a union names the alternative so, after one of its fields.
            found = [node for node in nodes if part in node.get("properties", ())]
        nodes = found or nodes
    names = sorted({name for node in nodes for name in node.get("properties", ())})
    told = ", ".join(names[:_MAX_NAMES])
    return f"is not a field here; there are {told}" if told else "is not a field here"


@functools.cache
def _schema(of: Of) -> dict[str, Any]:
    return of.json_schema() if isinstance(of, TypeAdapter) else of.model_json_schema()


def _children(schema: dict[str, Any], node: dict[str, Any], part: str | int) -> Iterator[dict[str, Any]]:
    """Yield what a part of a place leads to from a node; nothing for the name of an alternative of a union."""
    if isinstance(part, int):
        yield from _objects(schema, node.get("items", {}))
        return
    if part in node.get("properties", {}):
        yield from _objects(schema, node["properties"][part])
    elif node.get("additionalProperties"):
        yield from _objects(schema, node["additionalProperties"])
    elif part in node.get("_tags", ()):
        yield {name: value for name, value in node.items() if name != "_tags"}


def _objects(schema: dict[str, Any], node: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects and lists that a node of the schema may be; each knows the names of its alternative."""
    if not isinstance(node, dict):
        return
    if "$ref" in node:
        yield from _objects(schema, schema["$defs"][node["$ref"].rpartition("/")[2]])
        return
    tags = node.get("discriminator", {}).get("mapping", {})
    alternatives = [*node.get("anyOf", ()), *node.get("oneOf", ())]
    for alternative in alternatives:
        names = [tag for tag, reference in tags.items() if reference == alternative.get("$ref")]
        yield from ({**found, "_tags": names} for found in _objects(schema, alternative))
    if not alternatives:
        yield node
