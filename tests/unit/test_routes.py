"""The functions serve exactly the routes from which the stack makes the gateway's."""

import importlib
from pathlib import Path

import pytest

from foveal.api.gateway import Api
from foveal.stack_contract import PUBLIC_ROUTES, ROUTES

HANDLERS = Path(__file__).resolve().parents[2] / "functions"


@pytest.mark.parametrize("function", sorted(ROUTES))
def test_function_serves_exactly_its_routes(function: str) -> None:
    handler = importlib.import_module(f"functions.{function}.handler").handler
    assert isinstance(handler, Api)
    assert sorted(handler.routes) == sorted(ROUTES[function])


def test_no_route_is_served_by_two_functions() -> None:
    keys = [key for routes in ROUTES.values() for key in routes]
    assert len(keys) == len(set(keys))


def test_public_routes_are_routes() -> None:
    assert {key for routes in ROUTES.values() for key in routes} >= PUBLIC_ROUTES


def test_every_function_with_an_http_handler_has_its_routes_listed() -> None:
    serving = {path.parent.name for path in HANDLERS.glob("*/handler.py") if "Api(" in path.read_text()}
    assert serving == set(ROUTES)
