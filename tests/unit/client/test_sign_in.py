"""Sign-in flows: discovery that is checked, the loopback redirect, device codes, revocation."""

import base64
import hashlib
import socket
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
import pytest

from foveal.client import APIError, ConfigurationError, NetworkError, SignInError
from foveal.client.sign_in.flows import DEVICE_GRANT, code_challenge, revoke, sign_in_with_browser, sign_in_with_code
from foveal.client.sign_in.issuer import Issuer, find_issuer
from foveal.client.sign_in.loopback import LoopbackServer

API, LOGIN = "https://api.example", "https://login.example"
DISCOVERY = f"{LOGIN}/.well-known/openid-configuration"
CONFIG = {
    "issuer": LOGIN,
    "discovery_url": DISCOVERY,
    "client_id": "cli",
    "scopes": ["openid", "offline_access"],
    "redirect_uris": ["http://localhost:7863/callback"],
}
DOCUMENT = {
    "issuer": LOGIN,
    "authorization_endpoint": f"{LOGIN}/authorize?tenant=1",
    "token_endpoint": f"{LOGIN}/token",
}
Handler = Callable[[httpx2.Request], httpx2.Response]


def client(handler: Handler) -> httpx2.Client:
    return httpx2.Client(transport=httpx2.MockTransport(handler))


def discovered(config: Any = CONFIG, document: Any = DOCUMENT, api: str = API) -> Issuer:
    def handler(request: httpx2.Request) -> httpx2.Response:
        answers = {f"{api}/v1/client-config": {"sign_in": config}, DISCOVERY: document}
        return httpx2.Response(200, json=answers[str(request.url)])

    return find_issuer(client(handler), api)


def free_uris(count: int = 1) -> list[str]:
    listeners = [socket.socket() for _ in range(count)]
    for each in listeners:
        each.bind(("127.0.0.1", 0))
    uris = [f"http://localhost:{each.getsockname()[1]}/callback" for each in listeners]
    for each in listeners:
        each.close()
    return uris


def issuer(**members: Any) -> Issuer:
    given: dict[str, Any] = {
        "issuer": LOGIN,
        "client_id": "cli",
        "scopes": ("openid",),
        "redirect_uris": tuple(free_uris()),
        "authorization_url": f"{LOGIN}/authorize",
        "token_url": f"{LOGIN}/token",
        "revocation_url": None,
        "device_url": f"{LOGIN}/device_authorization",
    }
    return Issuer(**{**given, **members})


def test_issuer_is_found_by_client_config_and_discovery() -> None:
    found = discovered(document={**DOCUMENT, "revocation_endpoint": f"{LOGIN}/revoke"})
    assert (found.token_url, found.revocation_url, found.device_url) == (f"{LOGIN}/token", f"{LOGIN}/revoke", None)
    assert found.scopes == ("openid", "offline_access")


def test_api_without_a_client_for_apps_says_what_to_set() -> None:
    with pytest.raises(SignInError, match=r"auth\.native_client_id"):
        discovered(config=None)


def test_discovery_of_another_issuer_is_refused() -> None:
    with pytest.raises(SignInError, match="not the document of the issuer"):
        discovered(document={**DOCUMENT, "issuer": "https://evil.example"})


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": LOGIN, "authorization_endpoint": f"{LOGIN}/authorize"},
        {**DOCUMENT, "token_endpoint": "http://login.example/token"},
        {**DOCUMENT, "device_authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_discovery_is_refused_when_an_endpoint_is_missing_or_unprotected(document: Any) -> None:
    with pytest.raises((SignInError, ConfigurationError), match=r"token_endpoint|begins with https"):
        discovered(document=document)


@pytest.mark.parametrize("api", ["http://api.example", "api.example", "ftp://api.example", "https://", "file:///etc"])
def test_api_is_refused_when_tokens_would_travel_in_the_clear(api: str) -> None:
    with pytest.raises(ConfigurationError, match="begins with https://"):
        discovered(api=api)


@pytest.mark.parametrize("api", ["http://127.0.0.1:4567", "http://localhost:4567", "http://[::1]:4567"])
def test_plain_http_is_allowed_on_this_machine(api: str) -> None:
    assert discovered(api=api).client_id == "cli"


def test_proxy_page_in_place_of_the_client_config_is_an_error_with_its_status() -> None:
    with pytest.raises(APIError, match="HTTP 502"):
        find_issuer(client(lambda _: httpx2.Response(502, text="<h1>")), API)


def opened(uri: str, **query: str) -> tuple[int, str]:
    """Open the redirect as a browser does."""
    try:
        with urllib.request.urlopen(  # noqa: S310 - a loopback address
            f"{uri.replace('localhost', '127.0.0.1')}?{urlencode(query)}"
        ) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_browser_sign_in_sends_pkce_and_state_and_exchanges_the_code() -> None:
    sent: dict[str, str] = {}
    asked: dict[str, str] = {}

    def token(request: httpx2.Request) -> httpx2.Response:
        sent.update(parse_qsl(request.content.decode()))
        return httpx2.Response(200, json={"access_token": "a", "refresh_token": "r", "expires_in": 60})

    def browser(url: str) -> None:
        asked.update(parse_qsl(urlsplit(url).query))
        assert opened(asked["redirect_uri"], code="the code", state=asked["state"])[0] == 200

    tokens = sign_in_with_browser(client(token), issuer(authorization_url=f"{LOGIN}/authorize?tenant=1"), browser, 5)
    assert (tokens.access_token, tokens.refresh_token) == ("a", "r")
    assert asked.items() >= {"response_type": "code", "client_id": "cli", "scope": "openid", "tenant": "1"}.items()
    assert (sent["code"], sent["redirect_uri"]) == ("the code", asked["redirect_uri"])
    digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
    assert asked["code_challenge"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert asked["code_challenge_method"] == "S256"
    assert 43 <= len(sent["code_verifier"]) <= 128


def test_challenge_is_that_of_the_specification() -> None:
    """RFC 7636, appendix B."""
    assert code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == (
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )


@contextmanager
def listening(state: str = "right", count: int = 1) -> Iterator[LoopbackServer]:
    with LoopbackServer(free_uris(count), state) as server:
        yield server


def test_redirect_with_another_state_changes_nothing() -> None:
    with listening() as server:
        for query in ({"code": "evil"}, {"code": "evil", "state": "wrong"}, {"error": "denied", "state": "ä"}):
            assert opened(server.redirect_uri, **query)[0] == 400
        assert opened(server.redirect_uri, code="good", state="right")[0] == 200
        assert server.wait(1) == "good"


def test_refusal_of_the_issuer_is_told_and_escaped_in_the_page() -> None:
    with listening() as server:
        status, page = opened(server.redirect_uri, error="access_denied", error_description="<b>No", state="right")
        assert (status, "&lt;b&gt;No" in page, "<b>" in page) == (400, True, False)
        with pytest.raises(SignInError, match="<b>No"):
            server.wait(1)


def test_other_paths_of_the_loopback_are_not_found() -> None:
    with listening() as server:
        assert opened(server.redirect_uri.replace("callback", "favicon.ico"))[0] == 404
        with pytest.raises(SignInError, match="Nobody signed in within"):
            server.wait(0.01)


def test_next_port_is_taken_when_the_first_is_not_free() -> None:
    uris = free_uris(2)
    with LoopbackServer(uris, "a") as first, LoopbackServer(uris, "b") as second:
        assert [first.redirect_uri, second.redirect_uri] == uris
        with pytest.raises(SignInError, match="No port is free"):
            LoopbackServer(uris, "c")


def test_loopback_answers_while_another_connection_sends_nothing() -> None:
    with listening() as server, socket.create_connection(("127.0.0.1", urlsplit(server.redirect_uri).port or 0)):
        assert opened(server.redirect_uri, code="good", state="right")[0] == 200


class DeviceIssuer:
    """An issuer of device codes that gives prepared answers; time passes only while the client sleeps."""

    def __init__(self, *answers: Any, **device: Any) -> None:
        self.answers, self.slept, self.shown = list(answers), list[float](), list[tuple[str, str]]()
        self.device = {
            "device_code": "d",
            "user_code": "BCDF-GHJK",
            "verification_uri": f"{LOGIN}/device",
            "expires_in": 60,
            **device,
        }

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        if request.url.path == "/device_authorization":
            assert form == {"client_id": "cli", "scope": "openid"}
            return httpx2.Response(200, json=self.device)
        assert form == {"grant_type": DEVICE_GRANT, "client_id": "cli", "device_code": "d"}
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, str):
            return httpx2.Response(400, json={"error": answer})
        return httpx2.Response(200, json=answer)

    def sign_in(self) -> Any:
        return sign_in_with_code(
            client(self),
            issuer(),
            lambda url, code: self.shown.append((url, code)),
            self.slept.append,
            lambda: sum(self.slept),
        )


TOKENS = {"access_token": "a", "refresh_token": "r"}


def test_device_waits_while_the_person_has_not_signed_in() -> None:
    found = DeviceIssuer("authorization_pending", "authorization_pending", TOKENS)
    assert found.sign_in().refresh_token == "r"
    assert found.slept == [5.0, 5.0, 5.0]
    assert found.shown == [(f"{LOGIN}/device", "BCDF-GHJK")]


def test_device_asks_less_often_when_told_to_or_when_the_network_fails() -> None:
    found = DeviceIssuer("slow_down", httpx2.ReadTimeout("slow"), "authorization_pending", TOKENS, interval=2)
    assert found.sign_in().access_token == "a"
    assert found.slept == [2.0, 7.0, 14.0, 14.0]


def test_device_gives_up_when_the_code_expires() -> None:
    for found in (DeviceIssuer("expired_token"), DeviceIssuer(*["authorization_pending"] * 99, expires_in=20)):
        with pytest.raises(SignInError, match="expired: run `foveal login --device` again"):
            found.sign_in()
        assert sum(found.slept) <= 20


def test_device_gives_up_when_the_person_refuses() -> None:
    with pytest.raises(SignInError, match="access_denied"):
        DeviceIssuer("access_denied").sign_in()


def test_complete_address_is_shown_when_the_issuer_has_one() -> None:
    found = DeviceIssuer(TOKENS, verification_uri_complete=f"{LOGIN}/device?user_code=BCDF-GHJK")
    found.sign_in()
    assert found.shown[0][0].endswith("user_code=BCDF-GHJK")


def test_device_code_is_refused_when_the_issuer_has_none() -> None:
    with pytest.raises(SignInError, match="without --device"):
        sign_in_with_code(client(DeviceIssuer()), issuer(device_url=None), lambda *_: None)


@pytest.mark.parametrize("answer", [{}, [], {"token": "secret"}, {"access_token": ""}])
def test_answer_without_a_token_is_an_error_that_repeats_nothing(answer: Any) -> None:
    with pytest.raises(SignInError, match="without access_token") as caught:
        DeviceIssuer(answer).sign_in()
    assert "secret" not in str(caught.value)


def test_revocation_sends_the_refresh_token_and_tells_a_refusal() -> None:
    sent: dict[str, str] = {}

    def handler(request: httpx2.Request) -> httpx2.Response:
        sent.update(parse_qsl(request.content.decode()))
        return httpx2.Response(200 if sent["token"] == "r" else 400)

    revoke(client(handler), f"{LOGIN}/revoke", "cli", "r")
    assert sent == {"token": "r", "token_type_hint": "refresh_token", "client_id": "cli"}
    with pytest.raises(SignInError, match="did not revoke"):
        revoke(client(handler), f"{LOGIN}/revoke", "cli", "other")


def test_network_failure_names_the_address() -> None:
    def handler(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    with pytest.raises(NetworkError, match=f"GET {API}/v1/client-config: refused"):
        find_issuer(client(handler), API)
