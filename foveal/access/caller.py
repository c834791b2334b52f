"""Caller of a route, with a role in each of its projects. API Gateway has verified the token.

Projects are isolated: to a caller without a role, a project and everything in it looks as if it did not exist.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from foveal.errors import AccessDenied, NoSuchProject, NotFound
from foveal.stack_contract import OPERATOR, Role

__all__ = ["Caller", "Role"]


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated user or machine: its subject, its role in each project that it may see, and in the stage."""

    subject: str
    roles: Mapping[str, Role]
    is_operator: bool = False

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

    def require_operator(self) -> None:
        """Raise AccessDenied unless the caller is an operator of the stage."""
        if not self.is_operator:
            raise AccessDenied(f"This needs the role {OPERATOR}, which belongs to the operators of the stage.")
