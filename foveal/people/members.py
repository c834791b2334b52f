"""Members of a project: invitation, change of role, revocation. A project keeps an admin whose account is enabled."""

from dataclasses import dataclass
from typing import NamedTuple

from foveal.errors import Conflict, LastAdmin, NoSuchMember
from foveal.people.pool import MAX_PAGE, Account, UserPool
from foveal.stack_contract import Role

ORDER = sorted(Role, reverse=True)
"""Roles in the order in which members are listed."""


@dataclass(frozen=True, slots=True)
class Member:
    """An account and its role in a project."""

    account: Account
    role: Role


class Place(NamedTuple):
    """Position in the list of members: a role, and Cognito's token within those who have it."""

    role: Role
    token: str | None


def page(pool: UserPool, project: str, limit: int, place: Place | None) -> tuple[list[Member], Place | None]:
    """Return members, admins first, and the place of the next ones.

    Somebody to whom several roles were given by hand is listed with each; the highest one counts.
    """
    found: list[Member] = []
    role, token = place or Place(ORDER[0], None)
    while True:
        accounts, token = pool.accounts_with(project, role, limit - len(found), token)
        found += [Member(account, role) for account in accounts]
        if token is None:
            if role == ORDER[-1]:
                return found, None
            role = Role(role - 1)
        if len(found) >= limit:
            return found, Place(role, token)


def invite(pool: UserPool, project: str, email: str, role: Role) -> Member:
    """Give the person with an e-mail address a role; somebody without an account gets one, and a mail.

    An account counts as the person's only when its address is verified. Repeated, it mails the invitation again to
    somebody who has never signed in. Raises Conflict for a member with another role and for a disabled account.
    """
    account = pool.account(email)
    if account is None or not account.is_email_verified:
        account = pool.create_account(email)
        pool.add(account, project, role)
        return Member(account, role)
    held = max(pool.roles(account, project), default=None)
    if held not in (None, role):
        raise Conflict(f"This person is a member already, as {_name(held)}: change the role of the member instead.")
    if account.state == "disabled":
        raise Conflict("The account of this person is disabled; an operator of the stage can enable it.")
    pool.add(account, project, role)
    if account.state == "invited":
        pool.repeat_invitation(account)
    return Member(account, role)


def change_role(pool: UserPool, project: str, user: str, role: Role) -> Member:
    """Give a member one role in place of those that the member has. Raises NoSuchMember, LastAdmin."""
    member, held = _member(pool, project, user)
    if Role.ADMIN in held and role != Role.ADMIN:
        _require_other_admin(pool, project, member)
    pool.add(member, project, role)
    _remove(pool, project, member, held - {role})
    return Member(member, role)


def revoke(pool: UserPool, project: str, user: str) -> Member:
    """Take every role in the project away, and return the member who had them. Raises NoSuchMember, LastAdmin.

    Tokens that were issued before stay valid until they expire.
    """
    member, held = _member(pool, project, user)
    if Role.ADMIN in held:
        _require_other_admin(pool, project, member)
    _remove(pool, project, member, held)
    return Member(member, max(held))


def _member(pool: UserPool, project: str, user: str) -> tuple[Account, set[Role]]:
    """Return a member and the roles held. An account without a role looks as if it did not exist."""
    account = pool.account(user)
    held = pool.roles(account, project) if account else set()
    if account is None or not held:
        raise NoSuchMember("There is no such member; GET …/members lists them, POST …/members invites.")
    return account, held


def _remove(pool: UserPool, project: str, account: Account, roles: set[Role]) -> None:
    """Take roles away; that of an admin comes back when another call took that of the other admin meanwhile."""
    for role in sorted(roles):
        pool.remove(account, project, role)
    if Role.ADMIN in roles and not _has_other_admin(pool, project, account):
        pool.add(account, project, Role.ADMIN)
        raise _last_admin()


def _require_other_admin(pool: UserPool, project: str, account: Account) -> None:
    if not _has_other_admin(pool, project, account):
        raise _last_admin()


def _has_other_admin(pool: UserPool, project: str, account: Account) -> bool:
    token: str | None = None
    while True:
        found, token = pool.accounts_with(project, Role.ADMIN, MAX_PAGE, token)
        if any(each.user != account.user and each.state != "disabled" for each in found):
            return True
        if token is None:
            return False


def _last_admin() -> LastAdmin:
    return LastAdmin("This is the last admin of the project: make somebody else an admin first.")


def _name(role: Role | None) -> str:
    return "" if role is None else role.name.lower()
