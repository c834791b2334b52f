"""A stack for the end-to-end tests alone: own state, own ports, the real `cdk deploy`; stopped when they end."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from rich.console import Console

from local.instance import Instance
from local.lifecycle import down, up
from tests.e2e.stack import Caller, Stack
from tests.e2e.uppy.browser import chromium
from tests.ports import free_ports

PORTS = ("AWS", "API", "CDN", "MONGODB")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A deployed local stack without samples, stopped when the tests end.

    With FOVEAL_TEST_STACK=running, the one that FOVEAL_STATE and the ports name, which must run; quick.
    """
    if os.environ.get("FOVEAL_TEST_STACK") == "running":
        yield Stack(Instance.from_environment())
        return
    instance = own_instance(tmp_path_factory.mktemp("stack"))
    try:
        up(instance, Console(quiet=True), with_samples=False)
        yield Stack(instance)
    finally:
        down(instance)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium. Playwright's loop runs while it is open, and other modules run loops of their own."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="session")
def editor(stack: Stack) -> Caller:
    return stack.caller("demo:editor")


@pytest.fixture(scope="session")
def photo(editor: Caller) -> dict[str, Any]:
    """A ready asset."""
    ticket = editor.begin()
    assert editor.put(ticket).status_code == 200
    return editor.ready(ticket["asset_id"])


def own_instance(state: Path) -> Instance:
    """Return an instance with this state folder and free ports."""
    chosen = dict(zip((f"FOVEAL_{name}_PORT" for name in PORTS), map(str, free_ports(len(PORTS))), strict=True))
    return Instance.from_environment({"FOVEAL_STATE": str(state), **chosen})
