"""Who is calling, and what they may do in which project. API Gateway has verified the token; this reads its claims.

Projects are walls: to a caller without a role, a project and everything in it looks exactly as if it did not exist.
"""

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from foveal.errors import AccessDenied, NoSuchProject, NotFound, Unauthenticated
from foveal.keys import is_project
from foveal.settings import AccessSettings


class Role(enum.IntEnum):
    """What a caller may do in a project; each role includes the ones below it."""

    VIEWER = 1
    EDITOR = 2
    ADMIN = 3


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated user or machine: its subject, and its role in each project that it may see."""

    subject: str
    roles: Mapping[str, Role]

    def require(
        self,
        project: str,
        role: Role,
        missing: Callable[[], NotFound] = lambda: NoSuchProject("There is no such project."),
    ) -> None:
        """Raise `missing()` when the caller may not see the project, AccessDenied when the role is too low."""
        held = self.roles.get(project)
        if held is None:
            raise missing()
        if held < role:
            raise AccessDenied(f"This needs the role {role.name.lower()} in the project; yours is {held.name.lower()}.")


def caller_of(event: Mapping[str, Any], settings: AccessSettings) -> Caller:
    """Return the caller of an HTTP API event (payload 2.0) with a JWT authorizer.

    Raises Unauthenticated without claims, without a subject, or for an ID token: API Gateway cannot tell an ID
    token from an access token (HTTP API developer guide, "JWT authorizers").
    """
    claims = event.get("requestContext", {}).get("authorizer", {}).get("jwt", {}).get("claims", {})
    subject = claims.get("sub") or claims.get("client_id")
    if not subject:
        raise Unauthenticated("The request carries no valid access token.")
    if claims.get("token_use", "access") != "access":
        raise Unauthenticated("Send the access token, not the ID token.")
    scopes = (
        scope.removeprefix(settings.scope_prefix)
        for scope in _entries(claims.get("scope"))
        if scope.startswith(settings.scope_prefix)
    )
    return Caller(str(subject), _roles([*_entries(claims.get(settings.roles_claim)), *scopes]))


def _entries(claim: object) -> list[str]:
    """Split a claim; the gateway hands a list over as the text `[a b]` or `[a, b]`."""
    if isinstance(claim, list | tuple):
        return [str(entry) for entry in claim]
    if not isinstance(claim, str):
        return []
    return claim.removeprefix("[").removesuffix("]").replace(",", " ").split()


def _roles(entries: Iterable[str]) -> dict[str, Role]:
    roles: dict[str, Role] = {}
    for entry in entries:
        project, _, name = entry.rpartition(":")
        if is_project(project) and name.upper() in Role.__members__ and name == name.lower():
            roles[project] = max(roles.get(project, Role.VIEWER), Role[name.upper()])
    return roles
