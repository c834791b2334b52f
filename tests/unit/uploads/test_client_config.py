"""The client configuration names sign-in and limits to anybody, before a token exists."""

import json
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from foveal.api.gateway import Api
from foveal.settings import AccessSettings
from foveal.stack_contract import SIGN_IN_REDIRECT_URIS
from foveal.uploads.limits import UploadLimits
from foveal.uploads.routes import client_config
from foveal.uploads.routes.client_config import SignInClient
from tests.gateway import gateway_event

LIMITS = UploadLimits(
    allowed_types=("image/*",),
    max_object_bytes=10**9,
    daily_quota_bytes=10**12,
    url_ttl_seconds=900,
    transfer_acceleration=True,
)
POOL = SignInClient(
    issuer="https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab", client_id="native", scopes=("openid",)
)


def answer(sign_in: SignInClient | None, issuer_origin: str | None = None) -> dict[str, Any]:
    api = Api(Logger(service="client-config"), lambda: AccessSettings("cognito:groups", "foveal/", "secret"))
    client_config.add(api, lambda: LIMITS, lambda: sign_in, issuer_origin)
    payload = api(gateway_event("GET /v1/client-config", {}), None)
    assert payload["statusCode"] == 200
    assert payload["headers"]["cache-control"] == "public, max-age=300"
    found: dict[str, Any] = json.loads(payload["body"])
    return found


def test_client_config_names_issuer_client_and_loopback_addresses_without_a_token() -> None:
    assert answer(POOL)["sign_in"] == {
        "issuer": POOL.issuer,
        "discovery_url": f"{POOL.issuer}/.well-known/openid-configuration",
        "client_id": "native",
        "scopes": ["openid"],
        "redirect_uris": list(SIGN_IN_REDIRECT_URIS),
    }


def test_client_config_has_no_sign_in_when_the_stage_names_no_client() -> None:
    assert answer(None)["sign_in"] is None


@pytest.mark.parametrize("slash", ["", "/"])
def test_discovery_url_is_below_the_issuer_when_it_ends_in_a_slash_too(slash: str) -> None:
    issuer = SignInClient(issuer=f"https://acme.eu.auth0.com{slash}", client_id="cli", scopes=("openid",))
    found = answer(issuer)["sign_in"]
    assert found["discovery_url"] == "https://acme.eu.auth0.com/.well-known/openid-configuration"
    assert found["issuer"] == issuer.issuer


def test_discovery_is_at_another_origin_when_the_issuer_is_emulated() -> None:
    found = answer(POOL, "http://127.0.0.1:4566")["sign_in"]
    assert found["discovery_url"] == "http://127.0.0.1:4566/eu-west-1_Ab/.well-known/openid-configuration"
    assert found["issuer"] == POOL.issuer


def test_client_config_has_the_limits_of_the_stage() -> None:
    found = answer(None)
    assert found["api_version"] == "v1"
    assert (
        found["uploads"].items()
        >= {
            "max_uploads_per_call": 1_000,
            "max_object_bytes": 10**9,
            "multipart_threshold_bytes": 100 * 1024**2,
            "url_ttl_seconds": 900,
            "can_accelerate": True,
        }.items()
    )
