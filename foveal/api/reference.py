"""HTML reference of the API, made from its OpenAPI document: one page without scripts, schemas linked by name."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

Node = Mapping[str, Any]
_STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 68rem; padding: 1rem 2rem 6rem; color: #1b1f24 }
h2 { border-bottom: 2px solid #d0d7de; margin-top: 3rem } h3 { margin: 2.5rem 0 .3rem }
code { font: 13px ui-monospace, monospace } h3 code { font-size: 15px }
table { border-collapse: collapse; width: 100% } caption { text-align: left; font-weight: 600; padding: .6rem 0 .2rem }
td, th { border: 1px solid #d0d7de; padding: .25rem .6rem; text-align: left; vertical-align: top }
a { color: #0550ae } .get { color: #0a7d33 } .delete { color: #b3261e }
"""
_LIMITS: Final = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "maxProperties": "at most {} members",
    "pattern": "matches {}",
    "default": "default {}",
}


def page(document: Node) -> str:
    """Return the reference of an OpenAPI 3.1 document as HTML."""
    info = document["info"]
    title = escape(f"{info['title']} {info['version']}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}: HTTP API</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>'
        f"<h1>{title}: HTTP API</h1><p>Requests carry <code>Authorization: Bearer</code> and an access token, unless "
        f'an operation says that it needs none. Errors are <a href="#ProblemDocument">problem documents</a>.</p>'
        f"{''.join(_groups(document))}<h2>Schemas</h2>{''.join(_schemas(document['components']['schemas']))}"
        "</body></html>\n"
    )


def _groups(document: Node) -> Iterator[str]:
    for tag in document["tags"]:
        operations = [
            (method, path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if tag["name"] in operation["tags"]
        ]
        links = ", ".join(f'<a href="#{each["operationId"]}">{escape(each["summary"])}</a>' for *_, each in operations)
        yield f"<h2>{escape(tag['name'].capitalize())}</h2><p>{escape(tag['description'])}</p><p>{links}</p>"
        yield from (_operation(*each) for each in operations)


def _operation(method: str, path: str, operation: Node) -> str:
    head = f'<code><span class="{method}">{method.upper()}</span> {escape(path)}</code>'
    text = [f'<h3 id="{operation["operationId"]}">{head}</h3>\n<p>{escape(operation["summary"])}.</p>\n']
    if "description" in operation:
        text.append(f"<p>{escape(operation['description'])}</p>")
    if operation.get("security") == []:
        text.append("<p>Needs no access token.</p>")
    rows = [
        (f"<code>{escape(each['name'])}</code>", each["in"], _type(each["schema"]), _notes(each, each["schema"]))
        for each in operation["parameters"]
    ]
    text.append(_table("Parameters", ("name", "in", "type", "description"), rows))
    if "requestBody" in operation:
        text.append(f"<p>Body: {_content(operation['requestBody'])}</p>")
    answers = [(status, _content(each), _answer_notes(each)) for status, each in operation["responses"].items()]
    return "".join((*text, _table("Answers", ("status", "body", "description"), answers)))


def _schemas(schemas: Node) -> Iterator[str]:
    for name, schema in sorted(schemas.items()):
        description = escape(schema.get("description", ""))
        yield f'<h3 id="{escape(name)}"><code>{escape(name)}</code></h3>\n<p>{description}</p>\n'
        if "properties" not in schema:
            yield f"<p>{_type(schema)}</p>"
            continue
        required = schema.get("required", ())
        rows = [
            (f"<code>{escape(member)}</code>", _type(each), _notes({"required": member in required, **each}, each))
            for member, each in schema["properties"].items()
        ]
        is_closed = schema.get("additionalProperties") is False
        yield _table("Members; no others" if is_closed else "Members", ("name", "type", "description"), rows)


def _table(caption: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    names = "".join(f"<th>{name}</th>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>\n" for row in rows)
    return f"<table><caption>{caption}</caption><tr>{names}</tr>\n{body}</table>\n"


def _content(holder: Node) -> str:
    by_type = holder.get("content", {})
    return "<br>".join(f"{_type(each['schema'])} as {escape(name)}" for name, each in by_type.items()) or "none"


def _answer_notes(answer: Node) -> str:
    headers = [
        f"<code>{escape(name)}</code>: {escape(each['description'])}"
        for name, each in answer.get("headers", {}).items()
    ]
    return "<br>".join([escape(answer["description"]), *headers])


def _notes(holder: Node, schema: Node) -> str:
    """Return description, limits and default; `required` of a parameter or member is true or false."""
    limits = [text.format(schema[name]) for name, text in _LIMITS.items() if name in schema]
    notes = ["required"] if holder.get("required") is True else []
    description = [holder["description"]] if holder.get("description") else []
    return escape("; ".join([*notes, *limits, *description]))


def _type(schema: Node) -> str:
    """Return a type as text with links to schemas."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            return " | ".join(dict.fromkeys(_type(each) for each in schema[union]))
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return " | ".join(f"<code>{escape(str(value))}</code>" for value in values)
    kind = schema.get("type")
    if kind == "array":
        return f"array of {_type(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {_type(schema['additionalProperties'])}"
    return escape(f"{kind or 'any value'}{' (' + schema['format'] + ')' if 'format' in schema else ''}")
