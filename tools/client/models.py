"""Source of `foveal/client/models.py`: a TypedDict for each component that an operation sends or answers."""

import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from tools.client.schema_types import Schema, is_identifier, is_record, referenced, type_name, type_of

HEAD = '''"""Requests and answers of the API, generated from its OpenAPI document by `python -m tools.client`."""

from __future__ import annotations

from typing import Any, Literal, Required

from typing_extensions import TypedDict

'''


def source(schemas: dict[str, Schema], used: Iterable[str]) -> str:
    """Return the module for the components `used` and all that they refer to."""
    names = sorted(reachable(schemas, used), key=type_name)
    return HEAD + "\n\n".join(_definition(name, schemas[name]) for name in names)


def reachable(schemas: dict[str, Schema], used: Iterable[str]) -> set[str]:
    """Return the names of the components `used` and of all that they refer to."""
    found: set[str] = set()
    waiting = list(used)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(references(schemas[name]))
    return found


def references(schema: Any) -> Iterator[str]:
    """Yield the names of the components that a schema refers to."""
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield referenced(schema["$ref"])
        for value in schema.values():
            yield from references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from references(value)


def _definition(name: str, schema: Schema) -> str:
    python = type_name(name)
    if not is_record(schema):
        return f"{python} = {type_of(schema)!r}\n" if "$ref" in str(schema) else f"{python} = {type_of(schema)}\n"
    members = schema["properties"]
    if all(map(is_identifier, members)):
        lines = [f"class {python}(TypedDict, total=False):", *_docstring(schema.get("description") or python)]
        for member, each in members.items():
            lines += [f"    {member}: {_annotation(schema, member, each)}", *_docstring(each.get("description"))]
        return "\n".join(lines) + "\n"
    fields = [f"        {member!r}: {_annotation(schema, member, each)!r}," for member, each in members.items()]
    head, tail = [f"{python} = TypedDict(", f"    {python!r},", "    {"], ["    },", "    total=False,", ")", ""]
    return "\n".join([*head, *fields, *tail])


def _annotation(schema: Schema, member: str, each: Schema) -> str:
    annotation = type_of(each)
    return f"Required[{annotation}]" if member in schema.get("required", ()) else annotation


def _docstring(text: str | None) -> list[str]:
    if not text:
        return []
    text = " ".join(text.replace("\\", "\\\\").replace('"""', "'''").split())
    if text.endswith('"'):
        text += " "
    if len(text) <= 110:
        return [f'    """{text}"""']
    first, *others = textwrap.wrap(text, 112)
    return [f'    """{first}', *(f"    {line}" for line in others), '    """']
