"""Documentation of a route: body, answer, parameters and problems, read by the OpenAPI generator and by the tests.

    @api.route("GET /v1/assets/{asset_id}")
    @documented(answer=Asset, problems=(NoSuchAsset,))
    def get_asset(request: Request) -> Response: ...

A declaration costs a cold start nothing but one small object; nothing is validated against it in production. The tests
check every answer of every call against it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from foveal.api.gateway import Route
from foveal.errors import Problem

TEXT: Final[Mapping[str, Any]] = {"type": "string"}
Item = TypeVar("Item")


class Answer(BaseModel):
    """Base of every documented answer: members that are not declared are an error of ours."""

    model_config = ConfigDict(extra="forbid")


class Page(Answer, Generic[Item]):
    """One page of a list, and the token of the next page."""

    items: list[Item]
    next_token: str | None = Field(description="Send it back to get the next page; null on the last page.")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter or a header: its description and its JSON Schema."""

    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: dict(TEXT))
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Documentation:
    """Everything that the OpenAPI document says of a route beyond its docstring.

    `answer` is a model or any type that pydantic has a schema for; None where there is no body. `content_type` is that
    of an answer that is not JSON. `problems` are the errors of this route beside those that every route may return.
    `answers` are further successful answers by status (None: no body). `response_headers` maps names to descriptions.
    """

    body: Any = None
    answer: Any = None
    status: int = 200
    query: Mapping[str, Parameter] = field(default_factory=dict)
    headers: Mapping[str, Parameter] = field(default_factory=dict)
    content_type: str | None = None
    problems: tuple[type[Problem], ...] = ()
    answers: Mapping[int, Any] = field(default_factory=dict)
    response_headers: Mapping[str, str] = field(default_factory=dict)


def documented(
    *,
    body: Any = None,
    answer: Any = None,
    status: int = 200,
    query: Mapping[str, Parameter | str] | None = None,
    headers: Mapping[str, Parameter | str] | None = None,
    content_type: str | None = None,
    problems: tuple[type[Problem], ...] = (),
    answers: Mapping[int, Any] | None = None,
    response_headers: Mapping[str, str] | None = None,
) -> Callable[[Route], Route]:
    """Return a decorator that attaches a `Documentation` to a route. A parameter given as text is a string."""

    def describe(route: Route) -> Route:
        route.__documentation__ = Documentation(  # type: ignore[attr-defined]  # any function takes it
            body,
            answer,
            status,
            _parameters(query),
            _parameters(headers),
            content_type,
            problems,
            answers or {},
            response_headers or {},
        )
        return route

    return describe


def documentation_of(route: Route) -> Documentation:
    """Return the documentation of a route; an empty one where it has none."""
    found: Documentation = getattr(route, "__documentation__", Documentation())
    return found


def _parameters(given: Mapping[str, Parameter | str] | None) -> dict[str, Parameter]:
    return {name: Parameter(each) if isinstance(each, str) else each for name, each in (given or {}).items()}
