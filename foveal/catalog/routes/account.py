"""The caller: its subject, and the projects that its token opens."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from foveal.api.documentation import closed, documented
from foveal.api.gateway import Api, Request, Response


@closed
class ProjectRole(TypedDict):
    """The role of a caller in one project."""

    name: str
    role: Annotated[str, Field(json_schema_extra={"enum": ["viewer", "editor", "admin"]})]


@closed
class Account(TypedDict):
    """A caller as the API knows it from the access token."""

    subject: Annotated[str, Field(description="Stable identifier of the user or machine, from its issuer")]
    is_operator: Annotated[bool, Field(description="True for operators of the stage (role `foveal:operator`)")]
    projects: Annotated[list[ProjectRole], Field(description="Projects that the caller may see, by name")]


def add(api: Api) -> None:
    """Serve the route of the caller's own account."""

    @api.route("GET /v1/me")
    @documented(answer=Account)
    def get_me(request: Request) -> Response:
        """Return who is calling, and the role in each project that the token opens."""
        caller = request.caller
        projects = [ProjectRole(name=name, role=role.name.lower()) for name, role in sorted(caller.roles.items())]
        return Response(Account(subject=caller.subject, is_operator=caller.is_operator, projects=projects))
