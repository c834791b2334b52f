"""The OpenAPI document of the whole API, made from what the handlers serve and what their routes say of themselves.

A route tells about itself by its docstring and, where it has more to say, by `@operation`: the model of its body, of
its answer, its query parameters and headers. `python -m tools.openapi` writes the document,
`--check` fails when the one in the repository is stale.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from pydantic.json_schema import models_json_schema

import foveal
from foveal.api.documentation import Operation
from foveal.api.gateway import Api, Route
from foveal.errors import Problem
from foveal.stack_contract import PUBLIC_ROUTES

DOCUMENT: Final = Path(__file__).with_name("openapi.json")
_REFERENCE: Final = "#/components/schemas/{model}"


def document(functions: Mapping[str, Api]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the given functions."""
    described = {
        key: (name, route, getattr(route, "__operation__", Operation()))
        for name, api in functions.items()
        for key, route in api.routes.items()
    }
    models = sorted(
        {model for _, _, each in described.values() for model in (each.body, each.answer) if model is not None},
        key=lambda model: model.__name__,
    )
    references, schemas = models_json_schema(
        [(model, "validation") for model in models], by_alias=True, ref_template=_REFERENCE
    )
    paths: dict[str, Any] = {}
    for key in sorted(described, key=lambda key: (key.split(" ")[1], key)):
        method, path = key.split(" ", 1)
        paths.setdefault(path, {})[method.lower()] = _operation(key, *described[key], references)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Foveal", "version": foveal.__version__, "description": foveal.__doc__},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "schemas": {**schemas.get("$defs", {}), "Problem": _problem()},
        },
    }


def _operation(
    key: str, function: str, route: Route, described: Operation, references: Mapping[Any, dict[str, Any]]
) -> dict[str, Any]:
    text = inspect.getdoc(route) or ""
    summary, _, description = text.partition("\n\n")
    answer: dict[str, Any] = {"description": HTTPStatus(described.status).phrase}
    if described.status != HTTPStatus.NO_CONTENT:
        schema = references[described.answer, "validation"] if described.answer else {"type": "object"}
        answer["content"] = {"application/json": {"schema": schema}}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if described.content_type:
        plain: dict[str, Any] = {described.content_type: {"schema": {"type": "string"}}}
        problem |= plain
        if "content" in answer:
            answer["content"] = plain
    said: dict[str, Any] = {
        "operationId": route.__name__,
        "tags": [function],
        "summary": summary.replace("\n", " ").rstrip("."),
        "parameters": list(_parameters(key, described)),
        "responses": {
            str(described.status): answer,
            "default": {
                "description": "A problem (RFC 9457)",
                "content": problem,
            },
        },
    }
    if description:
        said["description"] = description
    if described.body is not None:
        schema = references[described.body, "validation"]
        said["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if key in PUBLIC_ROUTES:
        said["security"] = []
    return said


def _parameters(key: str, described: Operation) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"\{(\w+)\+?\}", key):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    for place, names in (("query", described.query), ("header", described.headers)):
        for name, text in names.items():
            yield {"name": name, "in": place, "required": False, "description": text, "schema": {"type": "string"}}


def _problem() -> dict[str, Any]:
    text = {"type": "string"}
    names = ("type", "title", "code", "detail", "message", "error", "request_id")
    properties: dict[str, Any] = dict.fromkeys(names, text)
    properties["status"] = {"type": "integer"}
    properties["code"] = {"type": "string", "description": f"One of {', '.join(sorted(_codes(Problem)))}"}
    return {"type": "object", "required": ["type", "title", "status", "code", "detail"], "properties": properties}


def _codes(of: type[Problem]) -> set[str]:
    return {of.__name__ for _ in (0,) if hasattr(of, "title")}.union(*(_codes(each) for each in of.__subclasses__()))
