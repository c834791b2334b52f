"""Refresh tokens of the local issuer: one use, and half a minute in which a lost answer may be asked for again."""

import json
import sys
from types import ModuleType
from typing import Any

import pytest

from local.ministack_patches.sign_in import refresh

FORM = {"client_id": "native", "refresh_token": "r1"}


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which a test may change; MiniStack's module is a stand-in with one person and one client."""
    found: Any = ModuleType("ministack.services.cognito")
    found._find_pool_by_client_id = lambda client_id: ("pool", {}, CLIENTS.get(client_id))
    found._refresh_auth_user = lambda *given: ({"Username": "ann"}, None) if given[3] == "r1" else (None, "refused")
    found._token_claims = lambda _token: {"origin_jti": "j", "scope": "openid"}
    found._build_auth_result = lambda *_, **named: {
        "AccessToken": "a",
        "IdToken": "i",
        "RefreshToken": f"of {named['origin_jti']}",
        "ExpiresIn": 3600,
    }
    found._oauth2_error = lambda error, _text, status=400: (status, {}, json.dumps({"error": error}).encode())
    found._refresh_tokens = {}
    services: Any = ModuleType("ministack.services")
    services.cognito = found
    for module in (ModuleType("ministack"), services, found):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    clock = [1_000.0]
    monkeypatch.setattr("local.ministack_patches.sign_in.refresh.time.time", lambda: clock[0])
    return clock


CLIENTS = {
    "native": {"AllowedOAuthFlows": ["code"], "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]},
    "web": {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]},
    "kept": {"AllowedOAuthFlows": ["code"], "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]},
}


@pytest.mark.usefixtures("now")
def test_client_rotates_when_it_has_the_code_grant_and_no_other_way_to_refresh() -> None:
    assert [refresh.is_rotated(name) for name in (*CLIENTS, "unknown")] == [True, False, False, False]


def test_refresh_token_may_be_repeated_for_half_a_minute_and_no_longer(now: list[float]) -> None:
    for _ in range(2):
        status, _, body = refresh.token(FORM)
        assert (status, json.loads(body)["refresh_token"]) == (200, "of j")
        now[0] += refresh.GRACE_SECONDS
    now[0] += 1
    assert refresh.token(FORM)[0] == 400


@pytest.mark.usefixtures("now")
def test_refused_refresh_token_is_no_grant() -> None:
    status, _, body = refresh.token({**FORM, "refresh_token": "other"})
    assert (status, json.loads(body)) == (400, {"error": "invalid_grant"})
