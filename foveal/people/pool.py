"""Cognito user pool: its accounts, and its groups `<project>:<role>`, by which an access token states roles.

Source: Amazon Cognito API reference, the actions that the methods name.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from foveal.aws import rest_json
from foveal.aws.errors import AwsError, ResourceNotFound, Throttled
from foveal.encoding.ids import new_id
from foveal.errors import TooManyRequests, Unprocessable
from foveal.stack_contract import Role

MAX_PAGE: Final = 60
"""The greatest `Limit` of ListGroups and ListUsersInGroup."""
_SERVICE: Final = "AWSCognitoIdentityProviderService"
State = Literal["invited", "active", "disabled"]


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the pool; `user` is its user name, `subject` the `sub` of its tokens."""

    user: str
    subject: str
    email: str | None
    is_email_verified: bool
    state: State


class UserPool:
    """The user pool of a stage. Every method raises AwsError, and TooManyRequests when Cognito throttles."""

    def __init__(self, pool_id: str) -> None:
        self._pool_id, self._region = pool_id, pool_id.partition("_")[0]

    def account(self, name: str) -> Account | None:
        """Return the account with a user name or a verified e-mail address, or None (AdminGetUser)."""
        try:
            found = self._call("AdminGetUser", Username=name)
        except AwsError as error:
            if error.code in ("UserNotFoundException", "InvalidParameterException"):  # no account can have such a name
                return None
            raise
        return _account(found, found["UserAttributes"])

    def create_account(self, email: str) -> Account:
        """Create an account with a name of its own; Cognito mails a temporary password (AdminCreateUser).

        The admin of a project vouches for the address, so it counts as verified: the person signs in with it.
        Raises Unprocessable when nothing can be sent to the address.
        """
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        try:
            found = self._call(
                "AdminCreateUser", Username=new_id(), UserAttributes=attributes, DesiredDeliveryMediums=["EMAIL"]
            )["User"]
        except AwsError as error:
            if error.code in ("CodeDeliveryFailureException", "InvalidParameterException"):
                raise Unprocessable("Cognito cannot send an invitation to this address: check it.") from None
            raise
        return _account(found, found["Attributes"])

    def repeat_invitation(self, account: Account) -> None:
        """Mail a new temporary password to somebody who has never signed in."""
        self._call("AdminCreateUser", Username=account.user, MessageAction="RESEND", DesiredDeliveryMediums=["EMAIL"])

    def roles(self, account: Account, project: str) -> set[Role]:
        """Return the roles that an account has in a project: one, or several that were given by hand."""
        names = {name_of_group(project, role): role for role in Role}
        found: set[Role] = set()
        token: str | None = None
        while True:
            page = self._call("AdminListGroupsForUser", Username=account.user, **_next(token))
            found |= {names[each["GroupName"]] for each in page["Groups"] if each["GroupName"] in names}
            token = page.get("NextToken")
            if token is None:
                return found

    def add(self, account: Account, project: str, role: Role) -> None:
        """Give a role; its group is created when nobody had the role before."""
        arguments = {"Username": account.user, "GroupName": name_of_group(project, role)}
        try:
            self._call("AdminAddUserToGroup", **arguments)
        except ResourceNotFound:
            self.create_group(project, role)
            self._call("AdminAddUserToGroup", **arguments)

    def remove(self, account: Account, project: str, role: Role) -> None:
        """Take a role away."""
        self._call("AdminRemoveUserFromGroup", Username=account.user, GroupName=name_of_group(project, role))

    def create_group(self, project: str, role: Role) -> None:
        """Create the group of a role, unless it is there."""
        with contextlib.suppress(_GroupExists):
            self._call("CreateGroup", GroupName=name_of_group(project, role))

    def accounts_with(
        self, project: str, role: Role, limit: int, token: str | None
    ) -> tuple[list[Account], str | None]:
        """Return at most `limit` accounts that have a role, and Cognito's token of the next ones (ListUsersInGroup)."""
        try:
            page = self._call(
                "ListUsersInGroup", GroupName=name_of_group(project, role), Limit=min(limit, MAX_PAGE), **_next(token)
            )
        except ResourceNotFound:  # nobody ever had the role
            return [], None
        return [_account(each, each["Attributes"]) for each in page["Users"]], page.get("NextToken")

    def groups(self, token: str | None) -> tuple[list[str], str | None]:
        """Return names of groups, at most 60, and Cognito's token of the next ones (ListGroups)."""
        page = self._call("ListGroups", Limit=MAX_PAGE, **_next(token))
        return [each["GroupName"] for each in page["Groups"]], page.get("NextToken")

    def _call(self, action: str, **arguments: Any) -> dict[str, Any]:
        body = {"UserPoolId": self._pool_id, **arguments}
        try:
            return rest_json.call_target("cognito-idp", f"{_SERVICE}.{action}", body, region=self._region)
        except Throttled:
            raise TooManyRequests("The user pool is asked too often; try again in a moment.") from None
        except AwsError as error:
            if error.code == "LimitExceededException":
                raise TooManyRequests("A quota of the user pool is used up (mails of a day, groups).") from None
            if error.code == "GroupExistsException":
                raise _GroupExists(action, error.code, error.status) from None
            raise


class _GroupExists(AwsError):
    pass


def name_of_group(project: str, role: Role) -> str:
    """Return the name of the group of a role, `zoo:editor`."""
    return f"{project}:{role.name.lower()}"


def _next(token: str | None) -> dict[str, str]:
    return {} if token is None else {"NextToken": token}


def _account(found: Mapping[str, Any], attributes: list[dict[str, str]]) -> Account:
    values = {each["Name"]: each.get("Value", "") for each in attributes}
    is_invited = found.get("UserStatus") == "FORCE_CHANGE_PASSWORD"
    return Account(
        user=found["Username"],
        subject=values.get("sub", ""),
        email=values.get("email") or None,
        is_email_verified=values.get("email_verified") == "true",
        state="disabled" if not found.get("Enabled", True) else "invited" if is_invited else "active",
    )
