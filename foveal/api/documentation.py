"""Documentation of a route: body, answer, parameters and problems, read by the OpenAPI generator and by the tests.

    @api.route("GET /v1/assets/{asset_id}")
    @documented(answer=Asset, problems=(NoSuchAsset,))
    def get_asset(request: Request) -> Response: ...

A declaration costs a cold start one small object: schemas are built only by the generator and by the tests, and nothing
is validated against a declaration in production. The tests check every answer of every call against it
(`tests/answers.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Generic, NotRequired, TypeVar

from pydantic import BaseModel, ConfigDict, Field, with_config
from typing_extensions import TypedDict

from foveal.api.gateway import Route
from foveal.errors import Problem

TEXT: Final[Mapping[str, Any]] = {"type": "string"}
Item = TypeVar("Item")
closed: Final = with_config(ConfigDict(extra="forbid"))
"""Refuse members that are not declared."""
Uuid = Annotated[str, Field(json_schema_extra={"format": "uuid"})]


@with_config(ConfigDict(extra="allow"))
class ProblemDocument(TypedDict):
    """Problem Details (RFC 9457); `code` is stable, `detail` says what to do. Further members may follow."""

    type: Annotated[str, Field(json_schema_extra={"format": "uri"})]
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    code: Annotated[str, Field(description="The kind of the problem: the only member to decide by")]
    detail: str
    message: Annotated[str, Field(description="Repeats `detail`, for Uppy")]
    error: Annotated[str, Field(description="Repeats `detail`, for Companion clients")]
    request_id: NotRequired[str]


class Page(BaseModel, Generic[Item]):
    """One page of a list, and the token of the next page."""

    model_config = ConfigDict(extra="forbid", defer_build=True)  # a schema costs a cold start milliseconds

    items: list[Item]
    next_token: str | None = Field(description="Send it back to get the next page; null on the last page.")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter or a header: its description and its JSON Schema."""

    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: dict(TEXT))
    is_required: bool = False


NEXT_TOKEN: Final = Parameter("The `next_token` of the page before", {"type": "string", "maxLength": 4096})


@dataclass(frozen=True, slots=True, kw_only=True)
class Documentation:
    """Everything that the OpenAPI document says of a route beyond its docstring; as a decorator, it is attached to one.

    `answer` is a model or any type that pydantic has a schema for; None where there is no body. `content_type` is that
    of an answer that is not JSON. `problems` are the errors of this route beside those that every route may return.
    `item_problems` are those that stand in a successful answer, in the place of an item. `answers` are further
    successful answers by status (None: no body). A parameter given as text is a string with that description; a header
    of the answer that is given as text is always there.
    """

    body: Any = None
    is_body_required: bool = True
    answer: Any = None
    status: int = 200
    query: Mapping[str, Parameter | str] = field(default_factory=dict)
    headers: Mapping[str, Parameter | str] = field(default_factory=dict)
    content_type: str | None = None
    problems: tuple[type[Problem], ...] = ()
    item_problems: tuple[type[Problem], ...] = ()
    answers: Mapping[int, Any] = field(default_factory=dict)
    response_headers: Mapping[str, Parameter | str] = field(default_factory=dict)

    def __call__(self, route: Route) -> Route:
        route.__documentation__ = self  # type: ignore[attr-defined]  # any function takes it
        return route

    @property
    def successes(self) -> dict[int, Any]:
        """Every successful answer by its status; None where there is no body."""
        return {self.status: self.answer, **self.answers}


documented = Documentation


def documentation_of(route: Route) -> Documentation:
    """Return the documentation of a route; an empty one where it has none."""
    found: Documentation = getattr(route, "__documentation__", Documentation())
    return found
