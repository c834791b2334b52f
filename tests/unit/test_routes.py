"""The functions serve exactly the routes from which the stack makes the gateway's."""

import importlib
import sys
from pathlib import Path

import pytest

from foveal.api.gateway import Api
from foveal.settings import MissingSetting
from foveal.stack_contract import PUBLIC_ROUTES, ROUTES
from tools.openapi import ENVIRONMENT

HANDLERS = Path(__file__).resolve().parents[2] / "functions"


@pytest.mark.parametrize("function", sorted(ROUTES))
def test_function_serves_exactly_its_routes(function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    handler = importlib.import_module(f"functions.{function}.handler").handler
    assert isinstance(handler, Api)
    assert sorted(handler.routes) == sorted(ROUTES[function])


@pytest.mark.parametrize(
    ("function", "setting"),
    [
        ("downloads", "RENDER_FUNCTION_NAME"),
        ("downloads", "URL_TTL_SECONDS"),
        ("uploads", "UPLOAD_LIMITS"),
        ("versions", "MEDIA_BUCKET"),
        ("versions", "TOKEN_SECRET_ARN"),
    ],
)
def test_function_start_fails_by_name_when_a_setting_is_missing(
    function: str, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(setting)
    monkeypatch.delitem(sys.modules, f"functions.{function}.handler", raising=False)
    with pytest.raises(MissingSetting, match=setting):
        importlib.import_module(f"functions.{function}.handler")


def test_routes_are_served_by_one_function_each() -> None:
    keys = [key for routes in ROUTES.values() for key in routes]
    assert len(keys) == len(set(keys))


def test_public_routes_are_routes() -> None:
    assert {key for routes in ROUTES.values() for key in routes} >= PUBLIC_ROUTES


def test_functions_with_an_http_handler_have_their_routes_listed() -> None:
    serving = {path.parent.name for path in HANDLERS.glob("*/handler.py") if "Api(" in path.read_text()}
    assert serving == set(ROUTES)
