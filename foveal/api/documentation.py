"""What a route says of itself to the OpenAPI document (`foveal/api/openapi.py`), light enough for a cold start."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from foveal.api.gateway import Route


@dataclass(frozen=True, slots=True)
class Operation:
    """What a route says of itself beyond its docstring. `query` and `headers` map names to descriptions.

    `content_type` is what it answers with when that is not JSON; its problems may come in the same type.
    """

    body: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    status: int = 200
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = None


def operation(
    *,
    body: type[BaseModel] | None = None,
    answer: type[BaseModel] | None = None,
    status: int = 200,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    content_type: str | None = None,
) -> Callable[[Route], Route]:
    """Describe a route to the OpenAPI document."""

    def describe(route: Route) -> Route:
        route.__operation__ = Operation(body, answer, status, query or {}, headers or {}, content_type)  # type: ignore[attr-defined]  # any function takes it
        return route

    return describe
