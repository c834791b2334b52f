"""Claims of a verified access token become a caller with a role in each project."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from foveal.access.caller import Caller, Role
from foveal.errors import Unauthenticated
from foveal.objects.keys import is_project
from foveal.settings import AccessSettings
from foveal.stack_contract import OPERATOR

_SCOPE_CLAIMS: Final = ("scope", "scp")
"""API Gateway reads scopes from both (HTTP API developer guide, "JWT authorizers")."""


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
        for name in _SCOPE_CLAIMS
        for scope in _entries(claims.get(name))
        if scope.startswith(settings.scope_prefix)
    )
    entries = [*_entries(claims.get(settings.roles_claim)), *scopes]
    return Caller(str(subject), _roles(entries), is_operator=OPERATOR in entries)


def _entries(claim: object) -> list[str]:
    """Split a claim at spaces; API Gateway passes a list on as the text `[a b]`.

    Nothing else separates: a Cognito group may be called `x,zoo:admin`, and is no role in zoo.
    """
    if not isinstance(claim, str):
        return []
    is_list = claim.startswith("[") and claim.endswith("]")
    return (claim[1:-1] if is_list else claim).split(" ")


def _roles(entries: Iterable[str]) -> dict[str, Role]:
    roles: dict[str, Role] = {}
    for entry in entries:
        project, _, name = entry.rpartition(":")
        if is_project(project) and name.upper() in Role.__members__ and name == name.lower():
            roles[project] = max(roles.get(project, Role.VIEWER), Role[name.upper()])
    return roles
