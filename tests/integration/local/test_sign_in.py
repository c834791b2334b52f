"""The local issuer: sign-in page, PKCE, refresh tokens for one use, revocation, device codes."""

import base64
import html
import json
import re
import time
import uuid
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from foveal.client.sign_in.flows import code_challenge
from local.instance import Instance
from local.processes import emulator_process

PASSWORD, REDIRECT = "Aa1-abcdefghij", "http://localhost:7863/callback"
VERIFIER = "v" * 64


@dataclass
class Pool:
    """A user pool with one person and a client as the stack makes it."""

    http: httpx2.Client
    url: str
    client_id: str
    document: dict[str, Any]

    @classmethod
    def create(cls, emulator: Instance) -> Self:
        cognito, url = emulator_process.client(emulator, "cognito-idp"), emulator.aws_url
        pool = cognito.create_user_pool(PoolName=f"p-{uuid.uuid4().hex[:8]}")["UserPool"]["Id"]
        cognito.create_group(UserPoolId=pool, GroupName="zoo:editor")
        cognito.admin_create_user(UserPoolId=pool, Username="ann", MessageAction="SUPPRESS")
        cognito.admin_set_user_password(UserPoolId=pool, Username="ann", Password=PASSWORD, Permanent=True)
        cognito.admin_add_user_to_group(UserPoolId=pool, Username="ann", GroupName="zoo:editor")
        client = cognito.create_user_pool_client(
            UserPoolId=pool,
            ClientName="native",
            ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
            AllowedOAuthFlows=["code"],
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthScopes=["openid"],
            CallbackURLs=[REDIRECT],
        )["UserPoolClient"]["ClientId"]
        http = httpx2.Client(trust_env=False)
        document = http.get(f"{url}/{pool}/.well-known/openid-configuration").json()
        return cls(http, url, client, document)

    def code(self) -> str:
        """Return the code of a sign-in on the page."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": REDIRECT,
            "scope": "openid",
            "state": "s",
            "code_challenge": code_challenge(VERIFIER),
            "code_challenge_method": "S256",
        }
        page = self.http.get(self.document["authorization_endpoint"], params=query)
        fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
        form = {name: html.unescape(value) for name, value in fields}
        answer = self.http.post(f"{self.url}/login", data={**form, "username": "ann", "password": PASSWORD})
        redirect = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
        assert redirect["state"] == "s"
        return redirect["code"]

    def token(self, **form: str) -> tuple[int, dict[str, Any]]:
        answer = self.http.post(self.document["token_endpoint"], data={"client_id": self.client_id, **form})
        return answer.status_code, answer.json()

    def exchange(self, verifier: str = VERIFIER) -> tuple[int, dict[str, Any]]:
        return self.token(
            grant_type="authorization_code", code=self.code(), redirect_uri=REDIRECT, code_verifier=verifier
        )

    def refresh(self, refresh_token: str) -> tuple[int, dict[str, Any]]:
        return self.token(grant_type="refresh_token", refresh_token=refresh_token)


def claims_of(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


@pytest.fixture
def pool(emulator: Instance) -> Pool:
    return Pool.create(emulator)


def test_discovery_names_endpoints_that_are_reached(pool: Pool) -> None:
    names = ("authorization", "token", "revocation", "device_authorization")
    assert all(pool.document[f"{name}_endpoint"].startswith(f"{pool.url}/oauth2/") for name in names)
    assert pool.document["issuer"].startswith("https://cognito-idp.")


def test_code_is_exchanged_only_with_its_verifier(pool: Pool) -> None:
    assert pool.exchange("another" * 8)[0] == 400
    status, answer = pool.exchange()
    assert status == 200
    assert claims_of(answer["access_token"])["cognito:groups"] == ["zoo:editor"]


def test_refreshed_token_keeps_the_roles_and_comes_with_a_new_refresh_token(pool: Pool) -> None:
    _, first = pool.exchange()
    status, second = pool.refresh(first["refresh_token"])
    assert status == 200
    assert claims_of(second["access_token"])["cognito:groups"] == ["zoo:editor"]
    assert second["refresh_token"] != first["refresh_token"]
    assert pool.refresh(second["refresh_token"])[0] == 200


def test_revoked_sign_in_cannot_be_refreshed_by_any_of_its_tokens(pool: Pool) -> None:
    _, first = pool.exchange()
    _, second = pool.refresh(first["refresh_token"])
    form = {"token": second["refresh_token"], "client_id": pool.client_id}
    assert pool.http.post(pool.document["revocation_endpoint"], data=form).status_code == 200
    for each in (first, second):
        assert pool.refresh(each["refresh_token"]) == (
            400,
            {"error": "invalid_grant", "error_description": "Invalid Refresh Token"},
        )


@pytest.mark.parametrize(("token", "client"), [("x", None), (None, "other")])
def test_revocation_is_refused_when_token_or_client_is_another(
    pool: Pool, token: str | None, client: str | None
) -> None:
    _, first = pool.exchange()
    form = {"token": token or first["refresh_token"], "client_id": client or pool.client_id}
    assert pool.http.post(pool.document["revocation_endpoint"], data=form).status_code == 400
    assert pool.refresh(first["refresh_token"])[0] == 200


def test_device_code_waits_for_the_person_and_is_good_for_once(pool: Pool) -> None:
    def ask() -> tuple[int, dict[str, Any]]:
        return pool.token(grant_type="urn:ietf:params:oauth:grant-type:device_code", device_code=device["device_code"])

    begun = {"client_id": pool.client_id, "scope": "openid"}
    device = pool.http.post(pool.document["device_authorization_endpoint"], data=begun).json()
    assert ask() == (400, {"error": "authorization_pending"})
    assert ask() == (400, {"error": "slow_down"})
    assert device["user_code"] in pool.http.get(device["verification_uri_complete"]).text
    person = {"user_code": device["user_code"].lower(), "username": "ann"}
    page = device["verification_uri"]
    assert "Incorrect username or password" in pool.http.post(page, data={**person, "password": "no"}).text
    assert "signed in" in pool.http.post(page, data={**person, "password": PASSWORD}).text
    time.sleep(device["interval"] + 0.1)
    status, answer = ask()
    assert (status, claims_of(answer["access_token"])["cognito:groups"]) == (200, ["zoo:editor"])
    assert ask() == (400, {"error": "invalid_grant"})
