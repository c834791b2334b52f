"""`foveal login` against the deployed stack: its page in a real browser, profiles, renewal, device code, logout."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import httpx2
import pytest
from playwright.sync_api import sync_playwright

from tests.e2e.stack import Stack
from tests.e2e.uppy.browser import chromium

FOVEAL = (sys.executable, "-c", "from foveal.cli import main; main()")
ADDRESS = re.compile(r"https?://\S+")


class Terminal:
    """Runs commands with a configuration folder of its own and nothing of the environment."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack = stack
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FOVEAL_")}
        kept.pop("BROWSER", None)
        self._environment = {**kept, "FOVEAL_CONFIG_DIR": str(folder / "config"), "FOVEAL_STATE": str(folder / "none")}

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*FOVEAL, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self._environment
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def json(self, *arguments: str) -> Any:
        code, out, err = self.run(*arguments, "--json")
        assert code == 0, err
        return json.loads(out)

    @property
    def tokens(self) -> Path:
        return Path(self._environment["FOVEAL_CONFIG_DIR"]) / "tokens/default.json"


@pytest.fixture
def terminal(stack: Stack, tmp_path: Path) -> Terminal:
    return Terminal(stack, tmp_path)


@pytest.fixture
def person(stack: Stack) -> tuple[str, str]:
    return stack.values["demo_username"], stack.values["demo_password"]


def address_in(stream: "IO[str] | None") -> str:
    assert stream is not None
    for line in stream:
        if found := ADDRESS.search(line):
            threading.Thread(target=stream.read, daemon=True).start()
            return found[0]
    raise AssertionError("no address was printed")


@pytest.fixture
def signed_in(terminal: Terminal, person: tuple[str, str]) -> Iterator[dict[str, Any]]:
    """Sign in on the page, in Chromium."""
    login = terminal.start("login", "--api", terminal.stack.values["api_url"], "--no-browser", "--no-keyring", "--json")
    try:
        url = address_in(login.stderr)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            page = browser.new_page()
            page.goto(url)
            page.get_by_label("Username").fill(person[0])
            page.get_by_label("Password").fill("not the password")
            page.get_by_role("button", name="Sign in").click()
            page.get_by_text("Incorrect username or password").wait_for()
            page.get_by_label("Username").fill(person[0])
            page.get_by_label("Password").fill(person[1])
            page.get_by_role("button", name="Sign in").click()
            page.get_by_role("heading", name="You are signed in").wait_for()
            browser.close()
        assert login.wait(timeout=30) == 0
        assert login.stdout is not None
        yield json.loads(login.stdout.read())
    finally:
        login.kill()
        login.wait()


def test_person_signs_in_in_the_browser_and_out_again(terminal: Terminal, signed_in: dict[str, Any]) -> None:
    assert signed_in["projects"] == [{"name": "demo", "role": "admin"}]
    assert (signed_in["profile"], signed_in["project"]) == ("default", "demo")
    assert terminal.json("whoami") == signed_in
    (listed,) = terminal.json("profiles")
    assert listed == {
        "name": "default",
        "api_url": terminal.stack.values["api_url"],
        "project": "demo",
        "is_current": True,
    }
    refresh_token = json.loads(terminal.tokens.read_text())["refresh_token"]
    assert terminal.json("logout") == {"profile": "default", "is_revoked": True, "problem": None}
    assert not terminal.tokens.exists()
    code, _, err = terminal.run("whoami")
    assert (code, "run `foveal login --profile default`" in err) == (3, True)
    sign_in = httpx2.get(f"{terminal.stack.values['api_url']}/v1/client-config").json()["sign_in"]
    endpoints = httpx2.get(sign_in["discovery_url"]).json()
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": sign_in["client_id"]}
    assert httpx2.post(endpoints["token_endpoint"], data=form).json()["error"] == "invalid_grant"


def test_programs_that_run_together_share_one_renewal(terminal: Terminal, signed_in: dict[str, Any]) -> None:
    kept = json.loads(terminal.tokens.read_text())
    terminal.tokens.write_text(json.dumps({**kept, "expires_at": 0}))
    programs = [terminal.start("whoami", "--json") for _ in range(4)]
    found = [json.loads(program.communicate(timeout=60)[0]) for program in programs]
    assert [each["subject"] for each in found] == [signed_in["subject"]] * 4
    renewed = json.loads(terminal.tokens.read_text())
    assert {each["token_expires_at"] for each in found} == {terminal.json("whoami")["token_expires_at"]}
    assert renewed["refresh_token"] != kept["refresh_token"]


def test_person_signs_in_with_a_code_on_another_device(terminal: Terminal, person: tuple[str, str]) -> None:
    login = terminal.start("login", "--api", terminal.stack.values["api_url"], "--device", "--no-keyring", "--json")
    try:
        page = httpx2.URL(address_in(login.stderr))
        form = {"user_code": page.params["user_code"], "username": person[0], "password": person[1]}
        assert "The device is signed in" in httpx2.post(page.copy_with(query=None), data=form).text
        out, _ = login.communicate(timeout=30)
        assert (login.returncode, json.loads(out)["project"]) == (0, "demo")
    finally:
        login.kill()
        login.wait()
