"""The origin key: calls that have not come through the CDN are refused, and so are all when a key cannot be read."""

from collections.abc import Mapping
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from foveal.access import origin
from foveal.api.gateway import Api, Request, Response
from foveal.aws.errors import AwsError
from foveal.settings import AccessSettings, Environment
from foveal.stack_contract import ORIGIN_KEY_HEADER

KEYS = {"arn:new": "n" * 64, "arn:old": "o" * 64}


def answer(headers: Mapping[str, str], arns: tuple[str, ...]) -> dict[str, Any]:
    api = Api(Logger("test"), lambda: AccessSettings("cognito:groups", "foveal/", "arn:secret", arns))

    @api.route("GET /v1/me")
    def serve(_request: Request) -> Response:
        return Response({})

    return api({"routeKey": "GET /v1/me", "headers": headers}, None)


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origin, "get_secret", KEYS.__getitem__)


@pytest.mark.parametrize("key", KEYS.values())
def test_call_with_any_generation_of_the_key_is_answered(key: str) -> None:
    assert answer({ORIGIN_KEY_HEADER: key}, tuple(KEYS))["statusCode"] == 200


@pytest.mark.parametrize("headers", [{}, {ORIGIN_KEY_HEADER: ""}, {ORIGIN_KEY_HEADER: "n" * 63}, {"x-other": "n" * 64}])
def test_call_without_the_key_is_refused_and_told_the_way(headers: Mapping[str, str]) -> None:
    refused = answer(headers, tuple(KEYS))
    assert (refused["statusCode"], "address of the CDN" in refused["body"]) == (403, True)


def test_call_is_answered_without_a_key_where_none_is_demanded() -> None:
    assert answer({}, ())["statusCode"] == 200


def test_call_is_not_let_through_when_a_key_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(_arn: str) -> str:
        raise AwsError("GetSecretValue", "ThrottlingException")

    monkeypatch.setattr(origin, "get_secret", unreadable)
    assert answer({ORIGIN_KEY_HEADER: KEYS["arn:new"]}, ("arn:new",))["statusCode"] == 500


def test_keys_come_from_the_environment() -> None:
    values = {"ROLES_CLAIM": "c", "SCOPE_PREFIX": "f/", "TOKEN_SECRET_ARN": "t", "ORIGIN_KEY_ARNS": "arn:new,arn:old"}
    assert AccessSettings.from_environment(Environment(values)).origin_key_arns == ("arn:new", "arn:old")
    del values["ORIGIN_KEY_ARNS"]
    assert AccessSettings.from_environment(Environment(values)).origin_key_arns == ()
