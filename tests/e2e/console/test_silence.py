"""A server that accepts requests and never answers: each screen says so after a while, and offers another attempt."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.console.conftest import Open, Shot
from tests.e2e.stack import Caller

FASTER = 20
"""The page's limits of time pass this many times as fast."""
HURRY = f"""
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  AbortSignal.timeout = milliseconds => timeout(milliseconds / {FASTER})
"""
SCREENS = (
    "assets",
    "assets?map=all",
    "a/00000000-0000-4000-8000-000000000000",
    "review",
    "labels",
    "datasets",
    "settings",
    "settings?schema=default",
    "upload",
)


def silent(route: Route) -> None:
    """Leave a request without an answer; the caller's account, which the page needs to begin, has one."""
    if re.search(r"/v1/me$", route.request.url):
        route.continue_()


@pytest.mark.parametrize("path", SCREENS)
def test_screen_says_that_the_server_does_not_answer(
    open_console: Open, console: str, admin: Caller, shot: Shot, path: str
) -> None:
    page = open_console(admin, "")
    page.context.add_init_script(HURRY)
    page.context.route(re.compile(r"/v1/"), silent)
    page.goto(f"{console}p/demo/{path}")
    said = page.get_by_text(re.compile("The server did not answer|No connection")).first
    expect(said).to_be_visible(timeout=30_000)
    shot(page, "silent-" + re.sub(r"\W+", "-", path))
