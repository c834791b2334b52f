"""People in the deployed stack: invited by an admin, signed in, with the role that they were given, and put out."""

import importlib
import secrets
import uuid

import pytest
from typer.testing import CliRunner

from foveal.cli import GROUPS
from foveal.cli.root import build
from local.deployment import demo
from tests.e2e.stack import Caller, Stack


def test_person_is_invited_signs_in_reads_cannot_write_and_is_put_out(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, address = f"p-{uuid.uuid4().hex[:8]}", f"Ann-{uuid.uuid4().hex[:8]}@example.org"
    operator, password = stack.caller("foveal:operator"), f"Aa1-{secrets.token_hex(12)}"
    boss = f"boss-{uuid.uuid4().hex[:8]}@example.org"
    created = operator.call("POST", "/v1/projects", {"name": project, "admin_email": boss})
    assert created.status_code == 201, created.text
    admin = Caller(stack, _token(stack, boss, password))
    monkeypatch.setenv("FOVEAL_API_URL", stack.values["api_url"])
    monkeypatch.setenv("FOVEAL_TOKEN", str(admin.token))

    assert "viewer" in _foveal("members", "invite", address, "viewer", "--project", project)
    (member,) = [each for each in _listed(admin, project) if each["email"] == address.lower()]
    assert (member["role"], member["state"]) == ("viewer", "invited")
    ann = Caller(stack, _token(stack, address.lower(), password))
    assert ann.call("GET", f"/v1/projects/{project}/assets").status_code == 200
    assert ann.call("GET", f"/v1/projects/{project}/members").status_code == 403
    upload = {"file_name": "a.jpg", "content_type": "image/jpeg", "size_bytes": 1, "method": "put"}
    refused = ann.call("POST", f"/v1/projects/{project}/uploads", {"uploads": [upload]})
    assert (refused.status_code, refused.json()["code"]) == (403, "AccessDenied")

    assert "editor" in _foveal("members", "grant", address.lower(), "editor", "--project", project)
    editor = Caller(stack, _token(stack, address.lower(), password))
    assert editor.call("POST", f"/v1/projects/{project}/uploads", {"uploads": [upload]}).status_code == 201

    assert "no role" in _foveal("members", "revoke", member["user"], "--yes", "--project", project)
    assert ann.call("GET", f"/v1/projects/{project}/assets").status_code == 200, "a token opens it until it expires"
    again = Caller(stack, _token(stack, address.lower(), password))
    assert again.call("GET", f"/v1/projects/{project}/assets").status_code == 404
    assert [each["email"] for each in _listed(admin, project)] == [boss]
    assert project in _foveal("projects", "list")


def _token(stack: Stack, email: str, password: str) -> str:
    """Choose a password, as the invitation asks for, and sign in by e-mail address."""
    pool = {"UserPoolId": stack.values["user_pool_id"]}
    stack.aws("cognito-idp").admin_set_user_password(**pool, Username=email, Password=password, Permanent=True)
    return demo.token({**stack.values, "demo_username": email, "demo_password": password})


def _listed(caller: Caller, project: str) -> list[dict[str, str]]:
    answer = caller.call("GET", f"/v1/projects/{project}/members")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, str]] = answer.json()["items"]
    return found


def _foveal(*words: str) -> str:
    """Run a command and return what it printed."""
    done = CliRunner().invoke(build([importlib.import_module(GROUPS[words[0]])]), list(words))
    assert done.exit_code == 0, done.output
    return done.output
