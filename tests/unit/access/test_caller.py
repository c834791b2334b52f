"""Claims become roles; whoever has no role in a project cannot tell that it exists."""

from typing import Any

import pytest

from foveal.access.caller import Caller, Role
from foveal.api.claims import caller_of
from foveal.errors import AccessDenied, NoSuchAsset, NoSuchProject, Unauthenticated
from foveal.settings import AccessSettings

ACCESS = AccessSettings("cognito:groups", "foveal/", "arn:secret")


def caller(**claims: Any) -> Caller:
    event = {"requestContext": {"authorizer": {"jwt": {"claims": {"sub": "ann", "token_use": "access", **claims}}}}}
    return caller_of(event, ACCESS)


@pytest.mark.parametrize("claim", ["[zoo:editor lab-2:viewer]", "zoo:editor lab-2:viewer"])
def test_groups_become_roles_in_every_form_that_the_gateway_hands_over(claim: str) -> None:
    assert caller(**{"cognito:groups": claim}).roles == {"zoo": Role.EDITOR, "lab-2": Role.VIEWER}


def test_highest_role_counts_when_a_caller_has_several_in_a_project() -> None:
    assert caller(**{"cognito:groups": "[zoo:viewer zoo:admin zoo:editor]"}).roles == {"zoo": Role.ADMIN}


@pytest.mark.parametrize("name", ["scope", "scp"])
def test_scopes_become_roles_when_a_machine_calls(name: str) -> None:
    assert caller(**{name: "openid foveal/zoo:editor other/zoo:admin"}).roles == {"zoo": Role.EDITOR}
    assert caller(**{name: "[openid foveal/zoo:editor]"}).roles == {"zoo": Role.EDITOR}


@pytest.mark.parametrize("group", ["x,zoo:admin", "zoo:admin,x", "x\tzoo:admin", "x\u00a0zoo:admin", "[zoo:admin"])
def test_group_is_one_entry_whatever_its_name_holds(group: str) -> None:
    assert caller(**{"cognito:groups": f"[{group} lab:viewer]"}).roles == {"lab": Role.VIEWER}


@pytest.mark.parametrize(
    "entry", ["zoo", "zoo:owner", "zoo:ADMIN", "Zoo:admin", ":admin", "zoo/x:admin", "*:admin", "-a:admin"]
)
def test_entry_gives_no_role_when_it_is_not_project_and_role(entry: str) -> None:
    assert caller(**{"cognito:groups": f"[{entry}]"}).roles == {}


@pytest.mark.parametrize("claims", [{"cognito:groups": "[foveal:operator]"}, {"scope": "foveal/foveal:operator"}])
def test_operator_is_known_by_group_or_scope_and_has_no_role_in_any_project(claims: dict[str, str]) -> None:
    found = caller(**claims)
    assert found.is_operator
    assert found.roles == {}


@pytest.mark.parametrize("entry", ["zoo:operator", "operator", "foveal:admin", "x,foveal:operator", "FOVEAL:OPERATOR"])
def test_caller_is_no_operator_by_another_entry(entry: str) -> None:
    with pytest.raises(AccessDenied, match="foveal:operator"):
        caller(**{"cognito:groups": f"[{entry}]"}).require_operator()


def test_project_looks_absent_when_the_caller_has_no_role_in_it() -> None:
    with pytest.raises(NoSuchProject):
        caller(**{"cognito:groups": "[zoo:admin]"}).require("lab", Role.VIEWER)


def test_missing_thing_is_named_by_the_route_when_the_project_is_a_wall() -> None:
    with pytest.raises(NoSuchAsset):
        caller().require("lab", Role.VIEWER, lambda: NoSuchAsset("There is no such asset."))


def test_caller_is_told_the_role_when_it_is_too_low() -> None:
    with pytest.raises(AccessDenied, match="editor"):
        caller(**{"cognito:groups": "[zoo:viewer]"}).require("zoo", Role.EDITOR)


def test_id_token_is_refused() -> None:
    with pytest.raises(Unauthenticated, match="access token"):
        caller(token_use="id")


def test_caller_is_the_client_when_a_machine_token_has_no_subject() -> None:
    claims = {"client_id": "robot", "scope": "foveal/zoo:viewer"}
    assert caller_of({"requestContext": {"authorizer": {"jwt": {"claims": claims}}}}, ACCESS).subject == "robot"
