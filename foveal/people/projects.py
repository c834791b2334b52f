"""Projects of a user pool: a project is there as soon as its group `<project>:admin` is."""

from typing import Final

from foveal.errors import Conflict
from foveal.people import members
from foveal.people.members import Member
from foveal.people.pool import UserPool, name_of_group
from foveal.stack_contract import Role

MAX_READS: Final = 10
_ADMINS: Final = name_of_group("", Role.ADMIN)


def create(pool: UserPool, project: str, admin_email: str) -> Member:
    """Create a project by inviting its first admin. Raises Conflict for one with an admin, or with an open invitation.

    A call that was interrupted is repeated: a group that nobody is in does not count.
    """
    if pool.accounts_with(project, Role.ADMIN, 1, None)[0]:
        raise Conflict(f"The project {project} exists already: one of its admins invites people.")
    return members.invite(pool, project, admin_email, Role.ADMIN)


def page(pool: UserPool, token: str | None) -> tuple[list[str], str | None]:
    """Return names of projects by their groups of admins, and Cognito's token of the next ones."""
    for _ in range(MAX_READS):
        names, token = pool.groups(token)
        found = [name.removesuffix(_ADMINS) for name in names if name.endswith(_ADMINS)]
        if found or token is None:
            return found, token
    return [], token
