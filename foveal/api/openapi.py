"""OpenAPI 3.1 document of the whole API, generated from the routes that the functions serve.

A route's docstring gives summary and description; `@documented` gives the models of body and answer, parameters,
and problems. `python -m tools.openapi` writes the document, `--check` fails when the one in the repository is stale.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import TypeAdapter

import foveal
from foveal.api.documentation import Documentation, Parameter, ProblemDocument, documentation_of
from foveal.api.gateway import Api, Route
from foveal.errors import (
    EntityTooLarge,
    InternalError,
    InvalidRequest,
    Problem,
    ServiceUnavailable,
    TooManyRequests,
    Unauthenticated,
)
from foveal.stack_contract import PUBLIC_ROUTES

DOCUMENT: Final = Path(__file__).with_name("openapi.json")
TAGS: Final = {
    "uploads": "Begin, sign, complete and abort uploads; the contracts of Uppy and Companion.",
    "catalog": "Search, aggregates, annotations, label schemas, saved views, embeddings.",
    "downloads": "Signed URLs, signed cookies and the stable address of an asset.",
    "versions": "Versions of an asset's bytes: list, revert, delete, restore.",
    "operations": "The state of a stage, redrive and reconciliation, for its operators.",
    "people": "Projects and their members: list, create, invite, change roles, revoke.",
    "jobs": "Long work: its progress, its results, and how it is stopped. Versions of data sets.",
}
_REFERENCE: Final = "#/components/schemas/{model}"
_PROBLEM: Final = {"$ref": "#/components/schemas/ProblemDocument"}
_PATH: Final[Mapping[str, Mapping[str, Any]]] = {
    "project": {"description": "The project", "schema": {"type": "string", "maxLength": 63, "examples": ["zoo"]}},
    "asset_id": {"description": "The asset", "schema": {"type": "string", "format": "uuid"}},
    "upload_id": {"description": "The upload", "schema": {"type": "string", "format": "uuid"}},
    "import_id": {"description": "The import", "schema": {"type": "string", "format": "uuid"}},
    "job_id": {"description": "The job", "schema": {"type": "string", "format": "uuid"}},
    "part_number": {"description": "The part", "schema": {"type": "integer", "minimum": 1, "maximum": 10_000}},
    "token": {"description": "A token that the API made for this caller and purpose", "schema": {"type": "string"}},
    "annotation_id": {"description": "The annotation", "schema": {"type": "string"}},
    "version_id": {"description": "S3's id of the version", "schema": {"type": "string"}},
    "field": {"description": "The layer of annotations", "schema": {"type": "string"}},
    "user": {"description": "The member: `user`, or the e-mail address", "schema": {"type": "string"}},
    "name": {"description": "The name", "schema": {"type": "string"}},
    "version": {"description": "The number of a version of a data set, or `newest`", "schema": {"type": "string"}},
}
"""The parameters in paths, each with one meaning in the whole API."""
_GATEWAY_ANSWER: Final = {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}
_GATEWAY_CONTENT: Final = {"application/json": {"schema": _GATEWAY_ANSWER}}
"""API Gateway refuses missing tokens and too many requests by itself; an HTTP API cannot change these answers."""
_MODE: Final[Literal["validation"]] = "validation"  # one schema of a value, in requests and answers
_RETRY_AFTER: Final = {"description": "Seconds to wait", "required": True, "schema": {"type": "integer"}}
_MEDIA_TYPE: Final = "application/problem+json"


def document(functions: Mapping[str, Api]) -> dict[str, Any]:
    """Return the OpenAPI document of the given functions."""
    described = {
        key: (name, route, documentation_of(route))
        for name, api in functions.items()
        for key, route in api.routes.items()
    }
    types: dict[tuple[str, str, int], Any] = {("problem", "", 0): ProblemDocument}
    for key, (_, _, each) in described.items():
        types["body", key, 0] = each.body
        types |= {("answer", key, status): type_ for status, type_ in each.successes.items()}
    adapters = [(name, _MODE, TypeAdapter(type_)) for name, type_ in types.items() if type_ is not None]
    references, schemas = TypeAdapter.json_schemas(adapters, by_alias=True, ref_template=_REFERENCE)
    by_key = {name: schema for (name, _), schema in references.items()}
    components = schemas["$defs"]
    components[ProblemDocument.__name__]["properties"]["code"]["enum"] = sorted(
        {problem.__name__ for key, (_, _, each) in described.items() for problem in _every_problem(key, each)}
    )
    paths: dict[str, Any] = {}
    for key in sorted(described, key=lambda key: (key.split(" ")[1], key)):
        method, path = key.split(" ", 1)
        paths.setdefault(path, {})[method.lower()] = _operation(key, *described[key], by_key)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Foveal",
            "version": foveal.__version__,
            "description": foveal.__doc__,
            "contact": {"name": "Foveal", "url": "https://foveal.dev"},
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The stage's API, see the stack output ApiUrl"}],
        "tags": [{"name": name, "description": TAGS[name]} for name in functions if name in TAGS],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "schemas": dict(sorted(components.items())),
        },
    }


def problems_of(key: str, documentation: Documentation) -> tuple[type[Problem], ...]:
    """Return the problems that a route may answer: its own, and those of every route of its kind."""
    every: list[type[Problem]] = [EntityTooLarge, InternalError, ServiceUnavailable]
    if key not in PUBLIC_ROUTES:
        every.append(Unauthenticated)
    if documentation.body is not None or documentation.query:
        every.append(InvalidRequest)
    return tuple(dict.fromkeys((*documentation.problems, *every)))


def _operation(
    key: str, function: str, route: Route, documentation: Documentation, schemas: Mapping[Any, dict[str, Any]]
) -> dict[str, Any]:
    summary, _, description = (inspect.getdoc(route) or "").partition("\n\n")
    described: dict[str, Any] = {
        "operationId": route.__name__,
        "tags": [function],
        "summary": summary.replace("\n", " ").rstrip("."),
        "parameters": list(_parameters(key, documentation)),
        "responses": dict(_responses(key, documentation, schemas)),
    }
    if description:
        described["description"] = description
    if documentation.body is not None:
        content = {"application/json": {"schema": schemas["body", key, 0]}}
        described["requestBody"] = {"required": documentation.is_body_required, "content": content}
    if key in PUBLIC_ROUTES:
        described["security"] = []
    return described


def _responses(
    key: str, documentation: Documentation, schemas: Mapping[Any, dict[str, Any]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for status in sorted(documentation.successes):
        answer: dict[str, Any] = {"description": HTTPStatus(status).phrase}
        if ("answer", key, status) in schemas:
            content_type = documentation.content_type or "application/json"
            answer["content"] = {content_type: {"schema": schemas["answer", key, status]}}
        elif documentation.content_type and status == documentation.status != HTTPStatus.NO_CONTENT:
            answer["content"] = {documentation.content_type: {"schema": {"type": "string"}}}
        if documentation.response_headers:
            answer["headers"] = dict(_headers(documentation))
        yield str(status), answer
    by_status: dict[int, list[str]] = {}
    for problem in problems_of(key, documentation):
        by_status.setdefault(problem.status, []).append(problem.__name__)
    content: dict[str, Any] = {_MEDIA_TYPE: {"schema": _PROBLEM}}
    if documentation.content_type and documentation.problems:
        content[documentation.content_type] = {"schema": {"type": "string"}}
    for status, codes in sorted(by_status.items()):
        answer = {"description": ", ".join(sorted(codes)), "content": content}
        if status == Unauthenticated.status:
            answer["content"] = {**content, **_GATEWAY_CONTENT}
        if status == ServiceUnavailable.status:
            answer["headers"] = {"retry-after": _RETRY_AFTER}
        yield str(status), answer
    if TooManyRequests.status not in by_status:
        yield str(TooManyRequests.status), {"description": "Throttled by the gateway", "content": _GATEWAY_CONTENT}


def _headers(documentation: Documentation) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, given in documentation.response_headers.items():
        each = Parameter(given, is_required=True) if isinstance(given, str) else given
        yield name, {"description": each.description, "required": each.is_required, "schema": dict(each.schema)}


def _every_problem(key: str, documentation: Documentation) -> tuple[type[Problem], ...]:
    return (*problems_of(key, documentation), *documentation.item_problems)


def _parameters(key: str, documentation: Documentation) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"\{(\w+)\+?\}", key):
        yield {"name": name, "in": "path", "required": True, **_PATH[name]}
    for place, parameters in (("query", documentation.query), ("header", documentation.headers)):
        for name, given in parameters.items():
            each = Parameter(given) if isinstance(given, str) else given
            yield {
                "name": name,
                "in": place,
                "required": each.is_required,
                "description": each.description,
                "schema": dict(each.schema),
            }
