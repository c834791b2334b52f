"""The people function over the user pool of an AWS emulator."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from foveal.aws import secrets
from tests.gateway import NO_BODY, claims, gateway_event
from tests.integration.ingest import aws_emulator

OPERATOR = "foveal:operator"


@dataclass
class Answer:
    """Status and body of an answer."""

    status: int
    body: Any


@dataclass
class People:
    """The function, and the pool behind it."""

    api: Any
    cognito: Any
    pool: dict[str, str]

    def call(self, groups: str, route: str, body: Any = NO_BODY, **path: str) -> Answer:
        """Call a route as somebody in these groups; `limit` and `next_token` are of the query."""
        query: dict[str, str] = {name: path.pop(name) for name in ("limit", "next_token") if name in path}
        event = gateway_event(route, path, body, query=query, authorized=claims(groups, "caller-1"))
        payload = self.api(event, None)
        return Answer(payload["statusCode"], json.loads(payload["body"]) if payload.get("body") else None)

    def groups_of(self, user: str) -> set[str]:
        found = self.cognito.admin_list_groups_for_user(**self.pool, Username=user)["Groups"]
        return {each["GroupName"] for each in found}

    def invite(self, project: str, email: str, role: str) -> dict[str, Any]:
        """Invite somebody, and return the member."""
        answer = self.call(
            f"{project}:admin",
            "POST /v1/projects/{project}/members",
            {"email": email, "role": role},
            project=project,
        )
        assert answer.status == 201, answer
        found: dict[str, Any] = answer.body
        return found


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with aws_emulator.running(tmp_path_factory.mktemp("cloud")) as url:
        yield url


@pytest.fixture
def started(cloud: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that loads the people function with settings."""
    settings = {**aws_emulator.KEYS, "AWS_ENDPOINT_URL": cloud, "ROLES_CLAIM": "cognito:groups"}
    settings |= {"SCOPE_PREFIX": "foveal/", "TOKEN_SECRET_ARN": "token", "ISSUER": "https://issuer.example"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("USER_POOL_ID", raising=False)
    monkeypatch.setattr(secrets, "get_secret", {"token": "t"}.__getitem__)

    def start(**more: str) -> Any:
        for name, value in more.items():
            monkeypatch.setenv(name, value)
        sys.modules.pop("functions.people.handler", None)
        return importlib.import_module("functions.people.handler").api

    return start


@pytest.fixture
def people(cloud: str, started: Callable[..., Any]) -> People:
    cognito = aws_emulator.client(cloud, "cognito-idp")
    pool = cognito.create_user_pool(PoolName="people", AliasAttributes=["email"])["UserPool"]["Id"]
    return People(started(USER_POOL_ID=pool), cognito, {"UserPoolId": pool})
