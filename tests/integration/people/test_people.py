"""Projects and members over the user pool of an emulator."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from foveal.people.pool import UserPool
from tests.gateway import claims, gateway_event
from tests.integration.people.conftest import OPERATOR, People

SHOWN_BY_THE_CONSOLE = Path(__file__).parents[3] / "web/console/tests/project/roles-held-by-issuer.json"
"""The problem document that the console's tests show."""
LIST, INVITE = "GET /v1/projects/{project}/members", "POST /v1/projects/{project}/members"
CHANGE, REVOKE = "PUT /v1/projects/{project}/members/{user}", "DELETE /v1/projects/{project}/members/{user}"


def test_operator_creates_a_project_whose_admin_lets_people_in_changes_and_revokes_them(people: People) -> None:
    created = people.call(OPERATOR, "POST /v1/projects", {"name": "zoo", "admin_email": "Ann@example.org"})
    assert (created.status, created.body) == (201, {"name": "zoo", "role": None})
    ben = people.invite("zoo", "ben@example.org", "viewer")
    assert (ben["role"], ben["state"]) == ("viewer", "invited")
    assert people.groups_of(ben["user"]) == {"zoo:viewer"}

    listed = people.call("zoo:admin", LIST, project="zoo").body
    assert [(each["email"], each["role"]) for each in listed["items"]] == [
        ("ann@example.org", "admin"),
        ("ben@example.org", "viewer"),
    ]
    changed = people.call("zoo:admin", CHANGE, {"role": "editor"}, project="zoo", user=ben["user"])
    assert (changed.status, changed.body["role"]) == (200, "editor")
    assert people.groups_of(ben["user"]) == {"zoo:editor"}

    assert people.call("zoo:admin", REVOKE, project="zoo", user="ben@example.org").status == 204
    assert people.groups_of(ben["user"]) == set()
    gone = people.call("zoo:admin", REVOKE, project="zoo", user=ben["user"])
    assert (gone.status, gone.body["code"]) == (404, "NoSuchMember")


def test_project_is_created_by_operators_alone_and_once(people: People) -> None:
    wanted = {"name": "zoo", "admin_email": "ann@example.org"}
    refused = people.call("zoo:admin", "POST /v1/projects", wanted)
    assert (refused.status, refused.body["code"]) == (403, "AccessDenied")
    assert people.call(OPERATOR, "POST /v1/projects", wanted).status == 201
    assert people.call(OPERATOR, "POST /v1/projects", wanted).status == 409


@pytest.mark.parametrize("name", ["Zoo", "-zoo", "zoo:x", "", "a" * 64, "zoo\n"])
def test_project_is_refused_when_its_name_is_no_name_of_a_project(people: People, name: str) -> None:
    answer = people.call(OPERATOR, "POST /v1/projects", {"name": name, "admin_email": "ann@example.org"})
    assert answer.status == 400


@pytest.mark.parametrize("email", ["ann", "ann@host", "a b@example.org", "ann@example.org\n", "ä@example.org", "@a.b"])
def test_invitation_is_refused_when_the_address_is_none(people: People, email: str) -> None:
    assert people.call("zoo:admin", INVITE, {"email": email, "role": "viewer"}, project="zoo").status == 400


@pytest.mark.parametrize(
    ("groups", "status"), [("zoo:viewer", 403), ("zoo:editor", 403), ("lab:admin", 404), (OPERATOR, 404)]
)
def test_members_are_managed_by_admins_of_the_project_alone(people: People, groups: str, status: int) -> None:
    user = people.invite("zoo", "ann@example.org", "admin")["user"]
    member = {"email": "eve@example.org", "role": "admin"}
    assert people.call(groups, LIST, project="zoo").status == status
    assert people.call(groups, INVITE, member, project="zoo").status == status
    assert people.call(groups, CHANGE, {"role": "admin"}, project="zoo", user=user).status == status
    assert people.call(groups, REVOKE, project="zoo", user=user).status == status
    assert len(people.cognito.list_users(**people.pool)["Users"]) == 1


def test_last_admin_keeps_the_role_until_there_is_another_enabled_one(people: People) -> None:
    ann = people.invite("zoo", "ann@example.org", "admin")["user"]
    ben = people.invite("zoo", "ben@example.org", "admin")["user"]
    people.cognito.admin_disable_user(**people.pool, Username=ben)
    for answer in (
        people.call("zoo:admin", REVOKE, project="zoo", user=ann),
        people.call("zoo:admin", CHANGE, {"role": "editor"}, project="zoo", user=ann),
    ):
        assert (answer.status, answer.body["code"]) == (409, "LastAdmin")
    assert people.groups_of(ann) == {"zoo:admin"}
    people.cognito.admin_enable_user(**people.pool, Username=ben)
    assert people.call("zoo:admin", REVOKE, project="zoo", user=ann).status == 204


def test_two_admins_who_revoke_each_other_at_once_do_not_both_go(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = people.invite("zoo", "ann@example.org", "admin")["user"]
    ben = people.invite("zoo", "ben@example.org", "admin")["user"]
    remove = UserPool.remove

    def remove_with_another_call(pool: UserPool, account: Any, project: str, role: Any) -> None:
        people.cognito.admin_remove_user_from_group(**people.pool, Username=ben, GroupName="zoo:admin")
        remove(pool, account, project, role)

    monkeypatch.setattr(UserPool, "remove", remove_with_another_call)
    assert people.call("zoo:admin", REVOKE, project="zoo", user=ann).status == 409
    assert people.groups_of(ann) == {"zoo:admin"}


def test_role_goes_to_the_account_whose_address_is_verified_and_to_no_other(people: People) -> None:
    name = [{"Name": "email", "Value": "ann@example.org"}]
    people.cognito.admin_create_user(**people.pool, Username="squatter", UserAttributes=name, MessageAction="SUPPRESS")
    member = people.invite("zoo", "ann@example.org", "admin")
    assert member["user"] != "squatter"
    assert people.groups_of("squatter") == set()
    assert people.invite("lab", "ANN@example.org", "viewer")["user"] == member["user"]


def test_repeated_invitation_is_the_same_member_and_another_role_is_a_conflict(people: People) -> None:
    first = people.invite("zoo", "ann@example.org", "viewer")
    assert people.invite("zoo", "ann@example.org", "viewer") == first
    answer = people.call("zoo:admin", INVITE, {"email": "ann@example.org", "role": "admin"}, project="zoo")
    assert (answer.status, answer.body["code"]) == (409, "Conflict")


def test_account_without_a_role_in_the_project_is_no_member(people: People) -> None:
    eve = people.invite("lab", "eve@example.org", "viewer")["user"]
    for user in (eve, "eve@example.org", "nobody", "x" * 200, ""):
        answer = people.call("zoo:admin", CHANGE, {"role": "admin"}, project="zoo", user=user)
        assert (answer.status, answer.body["code"]) == (404, "NoSuchMember"), user


def test_members_are_listed_page_by_page_each_role_behind_the_other(people: People) -> None:
    wanted = [(f"{role}{number}@example.org", role) for role in ("admin", "editor", "viewer") for number in range(3)]
    for email, role in wanted:
        people.invite("zoo", email, role)
    found: list[tuple[str, str]] = []
    token: str | None = None
    while True:
        more: dict[str, str] = {"next_token": token} if token else {}
        page = people.call("zoo:admin", LIST, project="zoo", limit="2", **more).body
        assert len(page["items"]) <= 2
        found += [(each["email"], each["role"]) for each in page["items"]]
        token = page["next_token"]
        if token is None:
            break
    assert found == wanted
    assert people.call("lab:admin", LIST, project="lab", next_token="x").status == 400


def test_operator_sees_every_project_and_others_those_of_their_token(people: People) -> None:
    for name in ("zoo", "lab"):
        people.invite(name, "ann@example.org", "admin")
    found = people.call(f"{OPERATOR} zoo:viewer", "GET /v1/projects").body
    assert found == {"items": [{"name": "lab", "role": None}, {"name": "zoo", "role": "viewer"}], "next_token": None}
    assert people.call("zoo:editor", "GET /v1/projects").body["items"] == [{"name": "zoo", "role": "editor"}]


def test_audit_record_names_subject_and_role_and_no_address(people: People, caplog: pytest.LogCaptureFixture) -> None:
    member = people.invite("zoo", "ann@example.org", "viewer")
    (record,) = [vars(each)["audit"] for each in caplog.records if each.name == "audit"]
    assert record == {
        "action": "invite",
        "subject": "caller-1",
        "project": "zoo",
        "asset_ids": [],
        "member": member["subject"],
        "role": "viewer",
    }
    caplog.clear()
    people.call("zoo:viewer", LIST, project="zoo")
    (record,) = [vars(each)["audit"] for each in caplog.records if each.name == "audit"]
    assert (record["action"], record["code"]) == ("denied", "AccessDenied")


def test_issuer_outside_of_the_stack_is_named_with_the_claim_to_set(started: Callable[..., Any]) -> None:
    api = started(ROLES_CLAIM="roles")
    token = {**claims("", "ann"), "roles": "[zoo:admin foveal:operator]"}
    shown = json.loads(SHOWN_BY_THE_CONSOLE.read_text())
    for route, body in (
        (LIST, None),
        (INVITE, {"email": "a@example.org", "role": "viewer"}),
        ("POST /v1/projects", {"name": "new", "admin_email": "a@example.org"}),
    ):
        answer = json.loads(api(gateway_event(route, {"project": "zoo"}, body, authorized=token), None)["body"])
        assert answer["code"] == "RolesHeldByIssuer"
        assert (answer["issuer"], answer["roles_claim"]) == ("https://issuer.example", "roles")
        assert "zoo:editor" in answer["detail"]
        assert {**answer, "request_id": shown["request_id"]} == shown
    listed = api(gateway_event("GET /v1/projects", authorized=token), None)
    assert json.loads(listed["body"])["items"] == [{"name": "zoo", "role": "admin"}]
