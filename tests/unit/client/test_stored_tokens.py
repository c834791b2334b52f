"""Stored tokens: where they lie, how they are renewed, and that two programs do not spend one refresh token."""

import asyncio
import json
import stat
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx2
import pytest

from foveal.client import APIError, AsyncFoveal, Foveal, SignInError
from foveal.client.retries import RetryPolicy
from foveal.client.sign_in.profiles import SavedProfile, save_profile
from foveal.client.sign_in.tokens import StoredTokens, TokenStore, has_keyring

API, TOKEN_URL = "https://api.example", "https://login.example/token"
RETRIES = RetryPolicy(chance=lambda: 0.0)
Handler = Callable[[httpx2.Request], httpx2.Response]


class Issuer:
    """An issuer whose refresh tokens are good for once, and an API that takes its newest access token only."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds, self.generation, self.refreshes = seconds, 1, list[str]()
        self.lock = threading.Lock()

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if str(request.url) == TOKEN_URL:
            time.sleep(self.seconds)
            return self._token(dict(httpx2.QueryParams(request.content.decode())))
        if request.headers["authorization"] != f"Bearer access-{self.generation}":
            return httpx2.Response(401, json={"message": "Unauthorized"})
        return httpx2.Response(200, json={"subject": "ann", "projects": []})

    def _token(self, form: dict[str, str]) -> httpx2.Response:
        with self.lock:
            self.refreshes.append(form["refresh_token"])
            assert (form["grant_type"], form["client_id"]) == ("refresh_token", "cli")
            if form["refresh_token"] != f"refresh-{self.generation}":
                return httpx2.Response(400, json={"error": "invalid_grant"})
            self.generation += 1
            answer = {"access_token": f"access-{self.generation}", "refresh_token": f"refresh-{self.generation}"}
            return httpx2.Response(200, json={**answer, "expires_in": 3600})


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TokenStore:
    for name in ("API_URL", "TOKEN", "PROFILE", "TOKEN_URL"):
        monkeypatch.delenv(f"FOVEAL_{name}", raising=False)
    monkeypatch.setenv("FOVEAL_CONFIG_DIR", str(tmp_path))
    save_profile(SavedProfile(name="work", api_url=API, issuer="i", client_id="cli", token_url=TOKEN_URL))
    return TokenStore("work")


def tokens(generation: int = 1, seconds: float = 3600) -> StoredTokens:
    return StoredTokens(f"access-{generation}", time.time() + seconds, f"refresh-{generation}")


def me(handler: Handler) -> Any:
    http = httpx2.Client(transport=httpx2.MockTransport(handler))
    with Foveal(profile="work", retries=RETRIES, http=http) as foveal:
        return foveal.api.get_me()


def me_asynchronously(handler: Handler) -> Any:
    async def run() -> Any:
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(handler))
        async with AsyncFoveal(profile="work", retries=RETRIES, http=http) as foveal:
            return await foveal.api.get_me()

    return asyncio.run(run())


BOTH = pytest.mark.parametrize("call", [me, me_asynchronously])


def test_tokens_lie_in_a_private_file_of_a_private_folder(store: TokenStore, tmp_path: Path) -> None:
    store.save(tokens())
    (file,) = (tmp_path / "tokens").glob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert store.load().refresh_token == "refresh-1"
    store.delete()
    with pytest.raises(SignInError, match="foveal login --profile work"):
        store.load()


def test_tokens_are_in_no_representation() -> None:
    assert "access" not in repr(tokens())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"access_token": "x"}'])
def test_damaged_token_file_asks_for_a_sign_in(store: TokenStore, tmp_path: Path, text: str) -> None:
    (tmp_path / "tokens").mkdir()
    (tmp_path / "tokens/work.json").write_text(text)
    with pytest.raises(SignInError, match="cannot be read: run `foveal login"):
        store.load()


@BOTH
def test_token_is_used_while_it_is_good(store: TokenStore, call: Callable[[Handler], Any]) -> None:
    issuer = Issuer()
    store.save(tokens())
    assert call(issuer)["subject"] == "ann"
    assert issuer.refreshes == []


@BOTH
def test_token_is_renewed_before_it_expires(store: TokenStore, call: Callable[[Handler], Any]) -> None:
    issuer = Issuer()
    store.save(tokens(seconds=30))
    assert call(issuer)["subject"] == "ann"
    assert issuer.refreshes == ["refresh-1"]
    assert store.load().refresh_token == "refresh-2"


@BOTH
def test_token_is_renewed_once_when_the_api_refuses_it(store: TokenStore, call: Callable[[Handler], Any]) -> None:
    issuer = Issuer()
    store.save(StoredTokens("access-0", time.time() + 3600, "refresh-1"))
    assert call(issuer)["subject"] == "ann"
    assert issuer.refreshes == ["refresh-1"]


def test_api_that_refuses_every_token_is_asked_twice(store: TokenStore) -> None:
    issuer, calls = Issuer(), list[str]()

    def handler(request: httpx2.Request) -> httpx2.Response:
        calls.append(str(request.url))
        return issuer(request) if str(request.url) == TOKEN_URL else httpx2.Response(401, json={"message": "no"})

    store.save(tokens())
    with pytest.raises(APIError, match="401"):
        me(handler)
    assert calls == [f"{API}/v1/me", TOKEN_URL, f"{API}/v1/me"]


@BOTH
def test_sign_in_that_has_ended_says_how_to_sign_in(store: TokenStore, call: Callable[[Handler], Any]) -> None:
    store.save(StoredTokens("access-0", time.time(), "spent"))
    with pytest.raises(SignInError, match="has ended: run `foveal login --profile work`"):
        call(Issuer())
    store.save(StoredTokens("access-0", time.time(), None))
    with pytest.raises(SignInError, match="has ended"):
        call(Issuer())


def test_refresh_token_stays_when_the_issuer_does_not_rotate_it(store: TokenStore) -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        if str(request.url) == TOKEN_URL:
            return httpx2.Response(200, json={"access_token": "new"})
        return httpx2.Response(200, json={})

    store.save(tokens(seconds=0))
    me(handler)
    assert (store.load().access_token, store.load().refresh_token) == ("new", "refresh-1")


def test_answer_of_a_faulty_issuer_repeats_no_token(store: TokenStore) -> None:
    store.save(tokens(seconds=0))
    with pytest.raises(APIError) as caught:
        me(lambda _: httpx2.Response(200, json={"token": "secret"}))
    assert "secret" not in str(caught.value)


def test_one_refresh_token_is_spent_once_when_many_clients_renew_together(store: TokenStore) -> None:
    issuer, failures = Issuer(seconds=0.1), list[Exception]()
    store.save(tokens(seconds=0))

    def run() -> None:
        try:
            me(issuer)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert issuer.refreshes == ["refresh-1"]


def test_threads_of_one_client_renew_once_when_their_token_is_refused(store: TokenStore) -> None:
    issuer = Issuer()
    store.save(StoredTokens("access-0", time.time() + 3600, "refresh-1"))
    http = httpx2.Client(transport=httpx2.MockTransport(issuer))
    barrier, found = threading.Barrier(8), list[Any]()
    with Foveal(profile="work", retries=RETRIES, http=http) as foveal:

        def run() -> None:
            barrier.wait()
            found.append(foveal.api.get_me()["subject"])

        threads = [threading.Thread(target=run) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == ["ann"] * 8
    assert issuer.refreshes == ["refresh-1"]


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    kept: dict[str, str] = {}
    module: Any = ModuleType("keyring")
    module.get_keyring = lambda: SimpleNamespace(priority=5)
    module.get_password = lambda _service, name: kept.get(name)
    module.set_password = lambda _service, name, text: kept.update({name: text})
    module.delete_password = lambda _service, name: kept.pop(name)
    monkeypatch.setitem(sys.modules, "keyring", module)
    return kept


def test_keyring_holds_the_tokens_in_place_of_a_file(keyring: dict[str, str], tmp_path: Path) -> None:
    store = TokenStore("work", uses_keyring=True)
    TokenStore("work").save(tokens(1))
    store.save(tokens(2))
    assert has_keyring()
    assert json.loads(keyring["work"])["refresh_token"] == "refresh-2"
    assert not list((tmp_path / "tokens").glob("*.json"))
    assert store.load().refresh_token == "refresh-2"
    store.delete()
    assert keyring == {}


def test_tokens_go_to_the_file_when_the_keyring_does_not_take_them(
    keyring: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = TokenStore("work", uses_keyring=True)
    store.save(tokens(1))

    def refuse(*_: str) -> None:
        raise RuntimeError("too long")

    monkeypatch.setattr(sys.modules["keyring"], "set_password", refuse)
    store.save(tokens(2))
    assert store.load().refresh_token == "refresh-2"
    assert keyring == {}


def test_no_keyring_is_used_when_the_package_or_a_backend_is_missing(
    keyring: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["keyring"], "get_keyring", lambda: SimpleNamespace(priority=0))
    assert not has_keyring()
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert not has_keyring()
    store = TokenStore("work", uses_keyring=True)
    store.save(tokens(3))
    assert store.load().refresh_token == "refresh-3"
