"""A browser, the console beside the stack, and pages of people who are signed in."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.console.served import served_console, signed_in
from tests.e2e.stack import Caller, Stack

expect.set_options(timeout=20_000)  # a machine that runs a stack beside the browser is slow at times

Open = Callable[..., Page]
Shot = Callable[[Page, str], None]


@pytest.fixture(scope="session")
def console(stack: Stack) -> Iterator[str]:
    """The address of the console, that ends with `/console/`: as the stack hosts it.

    With FOVEAL_CONSOLE=built, and where the stack hosts none, the console is built and served beside the stack.
    """
    hosted = stack.values.get("console_url")
    if hosted and os.environ.get("FOVEAL_CONSOLE") != "built":
        yield hosted
        return
    with served_console(stack) as address:
        yield address


@pytest.fixture(scope="session")
def admin(stack: Stack) -> Caller:
    return stack.caller("demo:admin")


@pytest.fixture
def open_console(browser: Browser, console: str) -> Iterator[Open]:
    """Return a function that opens a path of the console as a caller; no page may break its security policy."""
    violations: list[str] = []
    with ExitStack() as opened:

        def run(caller: Caller, path: str, **options: Any) -> Page:
            context = signed_in(browser, caller, **options)
            opened.callback(context.close)
            page = context.new_page()
            page.on("console", lambda each: violations.append(each.text) if _is_violation(each.text) else None)
            page.goto(console + path)
            return page

        yield run
    assert violations == []


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    """Return a function that keeps a screenshot of a page in FOVEAL_SCREENSHOTS."""

    def keep(page: Page, name: str) -> None:
        page.screenshot(path=Path(os.environ.get("FOVEAL_SCREENSHOTS") or tmp_path) / f"{name}.png")

    return keep


def _is_violation(text: str) -> bool:
    return "Content Security Policy" in text or "TrustedScriptURL" in text
