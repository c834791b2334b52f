"""Renewal of a machine's token by several threads of one client."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx2

from foveal.client._sync.tokens import Tokens
from foveal.client.profile import MachineClient, Profile


def test_token_is_fetched_once_when_threads_ask_at_the_same_time() -> None:
    asked: list[httpx2.Request] = []

    def issue(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        time.sleep(0.05)  # others ask meanwhile
        return httpx2.Response(200, json={"access_token": f"token-{len(asked)}", "expires_in": 3600})

    http = httpx2.Client(transport=httpx2.MockTransport(issue))
    machine = MachineClient("https://login.example.com/token", "cam", "secret")
    tokens = Tokens(Profile("https://api.example.com", machine=machine), http)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: tokens.current(), range(8)))

    assert found == ["token-1"] * 8
    assert len(asked) == 1
