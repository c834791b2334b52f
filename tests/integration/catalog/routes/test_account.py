"""The caller's own account."""

from tests.integration.catalog.conftest import Client

ROUTE = "GET /v1/me"


def test_account_lists_the_projects_of_the_token_by_name_with_the_highest_role() -> None:
    answer = Client("[zoo:viewer cats:admin zoo:editor other-group]", subject="ann").call(ROUTE)
    projects = [{"name": "cats", "role": "admin"}, {"name": "zoo", "role": "editor"}]
    assert (answer.status, answer.body) == (200, {"subject": "ann", "is_operator": False, "projects": projects})


def test_account_tells_an_operator_of_the_stage() -> None:
    assert Client("[zoo:viewer foveal:operator]").call(ROUTE).body["is_operator"] is True


def test_account_has_no_projects_when_the_token_opens_none() -> None:
    assert Client("[]").call(ROUTE).body["projects"] == []


def test_account_is_refused_without_a_token() -> None:
    assert Client("", subject="").call(ROUTE).status == 401
