"""Requests and answers of the routes of projects and members."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints
from typing_extensions import TypedDict

from foveal.api.documentation import closed
from foveal.people.members import Member
from foveal.people.pool import State
from foveal.stack_contract import PROJECT_PATTERN, Role
from foveal.validation.models import Model

RoleName = Literal["viewer", "editor", "admin"]
MAX_EMAIL: Final = 254
"""Characters of an address (RFC 5321, section 4.5.3.1.3, less the angle brackets)."""
Email = Annotated[
    str,
    StringConstraints(max_length=MAX_EMAIL, pattern=r"^[!-;=?A-~]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"),
    AfterValidator(str.lower),
]
"""An e-mail address in ASCII; letters are taken as small ones, as the user pool compares them."""


class NewProject(Model):
    """A project, and the person who manages it."""

    name: Annotated[
        str, StringConstraints(pattern=f"^{PROJECT_PATTERN}$"), Field(description="It cannot be changed later.")
    ]
    admin_email: Annotated[Email, Field(description="The first admin, who gets an invitation")]


class Invitation(Model):
    """A person to let in, and the role."""

    email: Email
    role: RoleName


class RoleChange(Model):
    """The role of a member."""

    role: RoleName


@closed
class Project(TypedDict):
    """A project, and the caller's role in it."""

    name: str
    role: Annotated[RoleName | None, Field(description="null for an operator who has no role in it")]


@closed
class ProjectMember(TypedDict):
    """A person with a role in a project."""

    user: Annotated[str, Field(description="User name; it stays the same")]
    subject: Annotated[str, Field(description="The `sub` of the person's tokens, as `created_by` and the like name it")]
    email: str | None
    role: RoleName
    state: Annotated[State, Field(description="`invited` until the first sign-in")]


def member_answer(member: Member) -> ProjectMember:
    """Return a member as callers see it."""
    account = member.account
    return ProjectMember(
        user=account.user,
        subject=account.subject,
        email=account.email,
        role=role_name(member.role),
        state=account.state,
    )


def role_name(role: Role) -> RoleName:
    """Return the name of a role, as tokens and answers have it."""
    return _NAMES[role]


_NAMES: Final[dict[Role, RoleName]] = {Role.VIEWER: "viewer", Role.EDITOR: "editor", Role.ADMIN: "admin"}
