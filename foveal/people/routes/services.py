"""Services of the routes of projects and members: user pool, key of page tokens, audit records."""

from collections.abc import Callable
from dataclasses import dataclass

from aws_lambda_powertools import Logger

from foveal.access import audit
from foveal.access.caller import Role
from foveal.api.gateway import Request
from foveal.catalog.routes.conditions import project_of
from foveal.errors import AccessDenied, NoSuchProject, Problem, RolesHeldByIssuer
from foveal.objects.keys import is_project
from foveal.people.members import Member
from foveal.people.pool import UserPool
from foveal.settings import PeopleSettings


@dataclass(frozen=True, slots=True)
class Services:
    """Services that every route of projects and members needs."""

    settings: Callable[[], PeopleSettings]
    token_key: Callable[[], bytes]
    logger: Logger

    @property
    def has_pool(self) -> bool:
        return self.settings().user_pool_id is not None

    def pool(self) -> UserPool:
        """Return the user pool of the stage. Raises RolesHeldByIssuer where an issuer outside of it gives the roles."""
        settings = self.settings()
        if settings.user_pool_id is not None:
            return UserPool(settings.user_pool_id)
        claim = settings.access.roles_claim
        raise RolesHeldByIssuer(
            f"People of this stage sign in at {settings.issuer}, and get their roles there: an access token opens the "
            f"project `zoo` when its claim `{claim}` holds `zoo:viewer`, `zoo:editor` or `zoo:admin` (docs/access.md, "
            '"Your own OIDC issuer").',
            issuer=settings.issuer,
            roles_claim=claim,
        )

    def managed_by(self, request: Request) -> tuple[UserPool, str]:
        """Return the pool and the project whose members the caller manages.

        Raises NoSuchProject, AccessDenied, RolesHeldByIssuer.
        """
        project = project_of(request, Role.ADMIN)
        return self.pool(), project

    def record(self, action: audit.Action, request: Request, project: str, member: Member | None = None) -> None:
        """Write an audit record in the caller's name."""
        facts = {"member": member.account.subject, "role": member.role.name.lower()} if member else {}
        audit.record_of(self.logger, action, request.caller.subject, project, (), **facts)


def record_denial(logger: Logger, request: Request, route: str, problem: Problem) -> None:
    """Write an audit record of a call that was denied; of the caller's text it has only the valid name of a project."""
    if isinstance(problem, AccessDenied | NoSuchProject):
        project = request.path.get("project", "")
        subject, project = request.caller.subject, project if is_project(project) else ""
        audit.record_of(logger, "denied", subject, project, (), route=route, code=problem.code)
