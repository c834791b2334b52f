"""JSON Schema to Python type annotations: `{"type": "array", "items": {"$ref": …}}` becomes `list[Asset]`."""

import keyword
import re
from collections.abc import Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_SCALARS: Final = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_PAGE: Final = re.compile(r"Page_(\w+?)_\Z")


def type_name(component: str) -> str:
    """Return the Python name of a component: `Page_Asset_` is PageOfAsset, `And-Input` is AndInput."""
    page = _PAGE.match(component)
    return f"PageOf{page[1]}" if page else re.sub(r"\W", "", component)


def referenced(reference: str) -> str:
    """Return the component's name in a reference such as `#/components/schemas/Asset`."""
    return reference.rpartition("/")[2]


def type_of(schema: Schema, prefix: str = "") -> str:
    """Return the annotation of a schema; `prefix` stands before names of components (`models.`)."""
    if "$ref" in schema:
        return prefix + type_name(referenced(schema["$ref"]))
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    if "enum" in schema:
        return f"Literal[{', '.join(map(repr, schema['enum']))}]"
    for combination in ("anyOf", "oneOf"):
        if combination in schema:
            return _union([type_of(each, prefix) for each in schema[combination]])
    if len(schema.get("allOf", ())) == 1:
        return type_of(schema["allOf"][0], prefix)
    kind = schema.get("type")
    if isinstance(kind, list):
        return _union([type_of({**schema, "type": each}, prefix) for each in kind])
    if kind == "array":
        return f"list[{type_of(schema.get('items', {}), prefix)}]"
    if kind == "object":
        return f"dict[str, {_member(schema, prefix)}]"
    return _SCALARS[kind] if kind else "Any"


def is_record(schema: Schema) -> bool:
    """Return whether a schema is an object of named members."""
    return bool(schema.get("properties"))


def is_identifier(name: str) -> bool:
    """Return whether a member's name can be an attribute of a class: `in` and `confidence.gte` cannot."""
    return name.isidentifier() and not keyword.iskeyword(name)


def _member(schema: Schema, prefix: str) -> str:
    values = [*schema.get("patternProperties", {}).values()]
    additional = schema.get("additionalProperties", True)
    if isinstance(additional, Mapping):
        values.append(additional)
    return _union([type_of(each, prefix) for each in values]) if values else "Any"


def _union(types: list[str]) -> str:
    distinct = list(dict.fromkeys(types))
    if "Any" in distinct:
        return "Any"
    return " | ".join(sorted(distinct, key=lambda each: each == "None"))
