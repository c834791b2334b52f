"""Source of `foveal/client/_async/operations.py`: a typed method for each operation of the OpenAPI document."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tools.client.schema_types import Schema, is_identifier, is_record, referenced, type_of

HEAD = '''"""A method for each operation of the API, generated from its OpenAPI document by `python -m tools.client`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from foveal.client._async.transport import AsyncTransport
from foveal.client.calls import ABSENT, Absent, Call

if TYPE_CHECKING:
    from foveal.client import models


class AsyncOperations:
    """Every operation of the API as it stands in the OpenAPI document; names and members are those of the wire.

    Each method raises APIError for a problem of the API and NetworkError when there was no answer.
    """

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

'''
METHODS = ("get", "put", "post", "patch", "delete")
FOR_UPPY = ("uppy_", "companion_", "sign_for_uppy", "get_reference")
"""Operations without a method: those of Uppy and Companion (tokens in the path, XML), and a page for browsers."""


@dataclass
class Argument:
    """One argument of a method: where it goes (`path`, `query`, `headers`, `body`) and under which name."""

    name: str
    wire: str
    place: str
    annotation: str
    is_required: bool
    description: str = ""


@dataclass
class Operation:
    """One operation as the method that is written for it."""

    name: str
    method: str
    path: str
    summary: str
    answer: str
    arguments: list[Argument] = field(default_factory=list)


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """Yield the operations that callers of a client need, in the order of their names."""
    found = []
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item and not item[method]["operationId"].startswith(FOR_UPPY):
                found.append(_operation(document, path, method, item[method]))
    yield from sorted(found, key=lambda each: each.name)


def source(document: dict[str, Any]) -> str:
    """Return the module."""
    return HEAD + "\n".join(_method(each) for each in operations(document))


def _operation(document: dict[str, Any], path: str, method: str, stated: dict[str, Any]) -> Operation:
    operation = Operation(
        stated["operationId"],
        method.upper(),
        path,
        stated.get("summary") or stated["operationId"],
        _answer(stated["responses"]),
    )
    places = {"path": "path", "query": "query", "header": "headers"}
    for each in stated.get("parameters", ()):
        annotation = type_of(each["schema"], "models.")
        argument = Argument(
            _argument_name(each["name"]),
            each["name"],
            places[each["in"]],
            annotation.removesuffix(" | None"),  # null cannot be written in a query
            bool(each.get("required")),
            each.get("description", ""),
        )
        operation.arguments.append(argument)
    operation.arguments += _body(document, stated)
    return operation


def _body(document: dict[str, Any], stated: dict[str, Any]) -> Iterator[Argument]:
    request = stated.get("requestBody")
    if not request:
        return
    schema = next(iter(request["content"].values()))["schema"]
    components: dict[str, Schema] = document["components"]["schemas"]
    record = components[referenced(schema["$ref"])] if "$ref" in schema else schema
    if not is_record(record) or not all(map(is_identifier, record["properties"])):
        yield Argument("body", "", "whole", type_of(schema, "models."), bool(request.get("required", True)))
        return
    for name, each in record["properties"].items():
        is_required = name in record.get("required", ())
        yield Argument(name, name, "body", type_of(each, "models."), is_required, each.get("description", ""))


def _answer(responses: dict[str, Any]) -> str:
    for status, response in responses.items():
        if status.startswith("2"):
            for media, content in response.get("content", {}).items():
                return type_of(content["schema"], "models.") if "json" in media else "str"
            return "None"
    return "str"  # a redirect: its address


def _argument_name(wire: str) -> str:
    return re.sub(r"\W+", "_", wire).strip("_").lower()


def _method(operation: Operation) -> str:
    required = [each for each in operation.arguments if each.is_required]
    optional = [each for each in operation.arguments if not each.is_required]
    positional = [each for each in required if each.place in ("path", "whole")]
    named = [each for each in required if each not in positional] + optional
    signature = [f"{each.name}: {each.annotation}" for each in positional]
    if named:
        signature += ["*", *map(_named, named)]
    lines = [f"    async def {operation.name}(self, {', '.join(signature)}) -> {operation.answer}:"]
    lines += [
        f'        """{_sentence(operation.summary)}',
        "",
        f"        `{operation.method} {operation.path}`",
        '        """',
    ]
    values = [f"{operation.method!r}", f"{operation.path!r}"]
    for place in ("path", "query", "headers", "body"):
        members = [f"{each.wire!r}: {each.name}" for each in operation.arguments if each.place == place]
        if members:
            values.append(f"{place}={{{', '.join(members)}}}")
    if any(each.place == "whole" for each in operation.arguments):
        values.append("body=body")
    call = f"await self._transport.send(Call({', '.join(values)}))"
    if operation.answer == "None":
        lines.append(f"        {call}")
    else:
        lines += [f"        answer: {operation.answer} = {call}", "        return answer"]
    return "\n".join(lines) + "\n"


def _named(argument: Argument) -> str:
    if argument.is_required:
        return f"{argument.name}: {argument.annotation}"
    types = argument.annotation.split(" | ")
    types.insert(len(types) - (types[-1] == "None"), "Absent")
    return f"{argument.name}: {' | '.join(types)} = ABSENT"


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "?")) else text + "."
