"""Routes of the members of a project: list, invite, change of role, revocation. All of them are for its admins."""

from typing import Any

from foveal.access.caller import Role
from foveal.access.page_tokens import Position, Tokens
from foveal.api.documentation import NEXT_TOKEN, Page, documented
from foveal.api.gateway import Api, Request, Response
from foveal.catalog.keyset import limit_of
from foveal.catalog.routes.conditions import limit_parameter
from foveal.errors import (
    AccessDenied,
    Conflict,
    LastAdmin,
    NoSuchMember,
    NoSuchProject,
    RolesHeldByIssuer,
    TooManyRequests,
    Unprocessable,
)
from foveal.people import members
from foveal.people.members import Place
from foveal.people.pool import MAX_PAGE
from foveal.people.routes.answers import Invitation, ProjectMember, RoleChange, member_answer
from foveal.people.routes.services import Services

_REFUSED = (NoSuchProject, AccessDenied, RolesHeldByIssuer, TooManyRequests)


def add(api: Api, services: Services) -> None:
    """Serve the routes of members."""

    @api.route("GET /v1/projects/{project}/members")
    @documented(
        query={"limit": limit_parameter(MAX_PAGE, MAX_PAGE), "next_token": NEXT_TOKEN},
        answer=Page[ProjectMember],
        problems=_REFUSED,
    )
    def list_members(request: Request) -> Response:
        """List the people with a role in a project, admins first, page by page.

        Machines are not among them: their roles are scopes of their clients.
        """
        pool, project = services.managed_by(request)
        limit = limit_of(request.query, MAX_PAGE, MAX_PAGE)
        tokens = Tokens.of(services.token_key(), "members", project)
        found, after = members.page(pool, project, limit, _place(tokens, request.query.get("next_token")))
        services.record("list_members", request, project)
        token = tokens.sign(Position(after.token, after.role.name)) if after else None
        return Response({"items": [member_answer(each) for each in found], "next_token": token})

    @api.route("POST /v1/projects/{project}/members")
    @documented(body=Invitation, answer=ProjectMember, status=201, problems=(*_REFUSED, Conflict, Unprocessable))
    def invite_member(request: Request) -> Response:
        """Give the person with an e-mail address a role in the project.

        Somebody without an account gets one, and a mail with a temporary password; somebody who has one gets no mail.
        Repeated, it sends the mail again to somebody who has not signed in yet.
        """
        pool, project = services.managed_by(request)
        wanted = request.parse(Invitation)
        member = members.invite(pool, project, wanted.email, _role(wanted.role))
        services.record("invite", request, project, member)
        return Response(member_answer(member), 201)

    @api.route("PUT /v1/projects/{project}/members/{user}")
    @documented(body=RoleChange, answer=ProjectMember, problems=(*_REFUSED, NoSuchMember, LastAdmin))
    def change_member(request: Request) -> Response:
        """Change the role of a member, who is named by `user` or e-mail address.

        It counts from the next token of the member on, an hour later at most.
        """
        pool, project = services.managed_by(request)
        wanted = request.parse(RoleChange)
        member = members.change_role(pool, project, request.path["user"], _role(wanted.role))
        services.record("grant", request, project, member)
        return Response(member_answer(member))

    @api.route("DELETE /v1/projects/{project}/members/{user}")
    @documented(status=204, problems=(*_REFUSED, NoSuchMember, LastAdmin))
    def revoke_member(request: Request) -> Response:
        """Take every role in the project away from a member, who is named by `user` or e-mail address.

        A token that the member holds opens the project until it expires, an hour later at most.
        """
        pool, project = services.managed_by(request)
        services.record("revoke", request, project, members.revoke(pool, project, request.path["user"]))
        return Response(status=204)


def _role(name: str) -> Role:
    return Role[name.upper()]


def _place(tokens: Tokens, token: str | None) -> Place | None:
    if token is None:
        return None
    position: Any = tokens.read(token)
    return Place(_role(position.id), position.value)
