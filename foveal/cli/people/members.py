"""Commands for the members of a project: `foveal members list|invite|grant|revoke`; for its admins."""

from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from foveal.cli.options import PROJECT, Api, AsJson, Project, Yes
from foveal.cli.output import Column, Output
from foveal.cli.session import open_project

app = typer.Typer()
members = typer.Typer(no_args_is_help=True, help="Members of the project: list, invite, change roles, put out.")
app.add_typer(members, name="members", rich_help_panel=PROJECT)


class RoleName(StrEnum):
    """Role in a project."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"


User = Annotated[str, typer.Argument(help="User name or e-mail address of a member.", metavar="MEMBER")]
AnyRole = Annotated[RoleName, typer.Argument(help="The role.", metavar="viewer|editor|admin")]
COLUMNS: Final = (
    Column("E-MAIL", lambda each: each["email"] or "", width=32),
    Column("ROLE", lambda each: each["role"], width=6),
    Column("STATE", lambda each: each["state"], width=8, style="status"),
    Column("MEMBER", lambda each: each["user"], width=36, style="cyan"),
    Column("SUBJECT", lambda each: each["subject"], width=36, rank=1),
)


@members.command("list")
def list_all(project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """List the members of the project with their roles, admins first."""
    with open_project(project, api) as opened:
        Output(as_json=as_json).items(opened.members(), COLUMNS, empty=f"{opened.name} has no members.")


@members.command("invite")
def invite(
    email: Annotated[str, typer.Argument(help="E-mail address of the person.")],
    role: AnyRole,
    project: Project = None,
    as_json: AsJson = False,
    api: Api = None,
) -> None:
    """Let a person in: somebody without an account gets one, and a mail with a temporary password."""
    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        found = opened.api.invite_member(opened.name, email=email, role=_name(role))
    output.json(found) if as_json else output.line(f"{email} is {role} of {opened.name} ({found['state']})")


@members.command("grant")
def grant(user: User, role: AnyRole, project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """Change the role of a member; it counts from the member's next token on."""
    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        found = opened.api.change_member(opened.name, user, role=_name(role))
    output.json(found) if as_json else output.line(f"{user} is {role} of {opened.name}")


@members.command("revoke")
def revoke(user: User, yes: Yes = False, project: Project = None, as_json: AsJson = False, api: Api = None) -> None:
    """Put a member out of the project; a token that the member holds opens it for an hour more at most."""
    output = Output(as_json=as_json)
    with open_project(project, api) as opened:
        if not yes:
            typer.confirm(f"Take every role in {opened.name} away from {user}?", abort=True, err=True)
        opened.api.revoke_member(opened.name, user)
    output.json({"user": user, "role": None}) if as_json else output.line(f"{user} has no role in {opened.name}")


def _name(role: RoleName) -> Any:
    return role.value
